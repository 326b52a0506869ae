"""Entropy of counts over cells, and what changes it: exact splits by channel, by moves and by subsystem.

All are pure; the last axis is the cell (or the last axes where said), axes before it are cases of any number.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def entropy(counts: Array) -> Array:
    """How evenly units are spread over cells, in nat: 0 when one cell holds all, ln R when R cells hold equally many.

        S = -sum_r p_r ln p_r,   p_r = n_r / sum n                              (0 ln 0 = 0)

    >>> round(float(entropy(np.array([1.0, 1.0, 0.0]))), 4)
    0.6931
    """
    total = counts.sum(axis=-1, keepdims=True)
    shares = counts / np.where(total > 0, total, 1.0)
    return np.asarray(-(shares * _log(shares)).sum(axis=-1))


def marginal(before: Array, after: Array) -> Array:
    """What one more unit in each cell adds to the entropy, in nat, averaged along the way from `before` to `after`.

        G_r = int_0^1 -(ln p_r + S)/M dtau,   n(tau) = (1 - tau) n_before + tau n_after,   M = sum n(tau)

    A unit in a cell below the mean (in logs) raises entropy, one in a large cell lowers it. Cells that are empty at
    both ends have no margin and get 0. With u = ln(M/M_before)/ln(M_after/M_before) the factor dtau/M is constant; the
    integral over u runs over tanh-sinh nodes, which bear the ln 0 of a cell that is empty at one end.
    """
    first, last = before.sum(axis=-1, keepdims=True), after.sum(axis=-1, keepdims=True)
    growth = np.log(last / first)
    grows = np.abs(growth) > 1e-9
    mean = np.where(grows, (last - first) / np.where(grows, growth, 1.0), (first + last) / 2)
    whole = np.zeros(np.broadcast_shapes(before.shape, after.shape))
    for near, far, weight in zip(*_NODES, strict=True):
        passed, left = _way(growth, near, far)
        counts = left * before + passed * after
        logs = _log(counts / counts.sum(axis=-1, keepdims=True))
        shares = np.where(counts > 0, np.exp(logs), 0.0)
        spread = -(shares * logs).sum(axis=-1, keepdims=True)
        whole -= weight * np.where(counts > 0, logs + spread, 0.0)
    return np.asarray(whole / mean)


def contributions(before: Array, after: Array, changes: Array) -> Array:
    """How much each channel changed the entropy, in nat; the channels add up to S(after) - S(before).

        contribution_c = int_0^1 sum_r dn_{r,c} [-(ln p_r + S)/M] dtau             along n + tau dn

    `changes` has shape (..., channel, cell) and its channels add up to after - before. Nothing is attributed by a
    reference year or an order of channels. In a cell that is empty at both ends whatever came also went: 0.
    """
    return np.asarray((changes * marginal(before, after)[..., None, :]).sum(axis=-1))


def produced_and_exchanged(stock: Array, moves: Array) -> tuple[Array, Array]:
    """The entropy change of observed moves, split into what they produce (never negative) and the rest, in nat.

        d_iS = sum p_i P_ij ln[p_i P_ij / (p'_j P_ji)] >= 0,   d_eS = -sum p_i P_ij ln(P_ij / P_ji)        Wang (a)

    `stock[i]` units stand in cell i before, `moves[..., i, j]` of them go from i to j (the diagonal is not read:
    who does not move, stays); P_ij is the share of i's units that go to j, p' the shares after the moves. The sum is
    S(p') - S(p) exactly. Where a way is open in one direction only the split is infinite: see `opened`.
    """
    flows = _with_stayers(stock, moves)
    total = stock.sum(axis=-1)[..., None, None]
    safe = np.where(stock > 0, stock, 1.0)
    after = flows.sum(axis=-2)
    forward = flows / total
    onward = flows / safe[..., None]
    back = np.swapaxes(onward, -1, -2)
    arrived = after[..., None, :] / total
    there = forward > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(there, np.log(np.where(there, onward, 1.0)) - np.log(np.where(there, back, 1.0)), 0.0)
        drift = np.where(there, _log(np.broadcast_to(stock[..., None] / total, forward.shape)) - _log(arrived), 0.0)
    produced = (forward * (ratio + drift)).sum(axis=(-2, -1))
    exchanged = -(forward * ratio).sum(axis=(-2, -1))
    return np.asarray(produced), np.asarray(exchanged)


def opened(moves: Array, stock: Array) -> tuple[Array, NDArray[np.int64]]:
    """Moves with half a unit added in both directions of every way that was used in one direction only.

    Both cells lose as many as they gain, so the shares before and after stay exactly as observed. Also gives how many
    ways were opened. Where a cell has too few stayers for it, as much as they allow is added.
    """
    apart = ~np.eye(moves.shape[-1], dtype=bool)
    one_way = ((moves > 0) != (np.swapaxes(moves, -1, -2) > 0)) & apart
    stayers = stock - np.where(apart, moves, 0.0).sum(axis=-1)
    ways = np.maximum(one_way.sum(axis=-1), 1)
    room = np.minimum(0.5, 0.5 * stayers / ways)
    added = np.where(one_way, np.minimum(room[..., :, None], room[..., None, :]), 0.0)
    return moves + added, np.asarray(one_way.sum(axis=(-2, -1)) // 2)


def reversible(moves: Array, stock: Array) -> Array:
    """The moves whose way back can be judged: none into or out of cells that were empty before, and where nearly all
    of a cell left, so many fewer that one unit (or half of the stock) stays."""
    apart = np.where(np.eye(moves.shape[-1], dtype=bool), 0.0, moves)
    known = (stock > 0)[..., None, :] & (stock > 0)[..., :, None]
    kept = np.where(known, apart, 0.0)
    out = kept.sum(axis=-1)
    most = stock - np.minimum(1.0, stock / 2)
    return np.asarray(kept * np.minimum(1.0, most / np.where(out > 0, out, 1.0))[..., None])


def total_correlation(counts: Array, axes: int = 2) -> Array:
    """How far the attributes of the same units depend on each other, in nat; 0 when they are independent.

        TC = sum_k S_k - S(joint)                       Wang (b), exact:  dS = sum dS_k - dTC

    The last `axes` axes of `counts` are the attributes (region, industry, ...).
    """
    return np.asarray(sum(marginal_entropies(counts, axes)) - joint_entropy(counts, axes))


def joint_entropy(counts: Array, axes: int = 2) -> Array:
    """Entropy over the cells of all attributes together, in nat."""
    return entropy(counts.reshape(*counts.shape[: counts.ndim - axes], -1))


def marginal_entropies(counts: Array, axes: int = 2) -> tuple[Array, ...]:
    """Entropy of each attribute alone, in nat."""
    last = tuple(range(counts.ndim - axes, counts.ndim))
    return tuple(entropy(counts.sum(axis=tuple(a for a in last if a != kept))) for kept in last)


def between_and_within(counts: Array, kind: Sequence[int] | NDArray[np.int64]) -> tuple[Array, Array, Array]:
    """The entropy of cells that fall into kinds: between the kinds, their shares, and within each, in nat.

        S = S_between + sum_k pi_k S_k              Wang (b), exact for a partition:  dS = dS_between + d sum pi_k S_k

    `kind[r]` is the kind of cell r. Shares and entropies within have the kind as last axis.
    """
    of = np.asarray(kind)
    kinds = int(of.max()) + 1
    sums = np.stack([counts[..., of == k].sum(axis=-1) for k in range(kinds)], axis=-1)
    within = np.stack([entropy(counts[..., of == k]) for k in range(kinds)], axis=-1)
    total = sums.sum(axis=-1, keepdims=True)
    return entropy(sums), sums / np.where(total > 0, total, 1.0), within


def three_way(counts: Array) -> tuple[Array, Array]:
    """What three attributes of the same units share beyond pairs, in nat: T and the O-information.

        T = H_R + H_K + H_U - H_RK - H_RU - H_KU + H_RKU            (Leydesdorff, Park & Lengyel 2014)
        O = TC - DTC,   TC = sum H_k - H_RKU,   DTC = sum_k H_(all but k) - 2 H_RKU

    Below 0: synergy (pairs know less than the whole); above 0: redundancy. For three attributes T = O exactly.
    """
    one = sum(marginal_entropies(counts, 3))
    two = sum(joint_entropy(counts.sum(axis=axis), 2) for axis in (-1, -2, -3))
    whole = joint_entropy(counts, 3)
    return np.asarray(one - two + whole), np.asarray((one - whole) - (two - 2 * whole))


def _with_stayers(stock: Array, moves: Array) -> Array:
    size = moves.shape[-1]
    apart = np.where(np.eye(size, dtype=bool), 0.0, moves)
    flows = apart.copy()
    places = np.arange(size)
    flows[..., places, places] = stock - apart.sum(axis=-1)
    return flows


def _way(growth: Array, near: float, far: float) -> tuple[Array, Array]:
    """How much of the way is passed and left (tau and 1 - tau) once a share `near` of the growth of M is done."""
    still = np.abs(growth) < 1e-12
    safe = np.where(still, 1.0, growth)
    whole = np.expm1(safe)
    passed = np.where(still, near, np.expm1(near * safe) / whole)
    left = np.where(still, far, np.exp(near * safe) * np.expm1(far * safe) / whole)
    return passed, left


def _log(values: Array) -> Array:
    return np.asarray(np.log(values, out=np.zeros(np.shape(values)), where=values > 0))


def _tanh_sinh(step: float = 0.0625, reach: float = 3.25) -> tuple[list[float], list[float], list[float]]:
    """Nodes tau, 1 - tau (each exact near its own end) and weights that sum to 1, on the way from 0 to 1."""
    at = np.arange(-reach, reach + step / 2, step)
    turn = np.pi * np.sinh(at)
    near, far = 1 / (1 + np.exp(-turn)), 1 / (1 + np.exp(turn))
    weight = np.cosh(at) * near * far
    return near.tolist(), far.tolist(), (weight / weight.sum()).tolist()


_NODES = _tanh_sinh()

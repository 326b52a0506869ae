"""What an econometrician would read off a pair's series: shifts, slopes, asymmetries, and how outputs pull each other.

These are the features of the classifier that stands beside the network: few, plain, and robust where the simulated
world is not quite the real one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

OUTPUTS = ("log_a", "log_b")
MIRRORS = (("a_ab", "a_ba"), ("p_b", "p_a"))
"""Channels whose difference tells who enters whom."""


def features_of(values: Array, channels: tuple[str, ...]) -> Array:
    """Features of each pair, (pair, feature), from yearly values (pair, year, channel); gaps (NaN) are bridged.

    For every channel: the change from the first to the last third, that change against what a random walk with the
    same yearly steps would show, the slope, the curvature and the noise of single years. For mirrored channels the
    difference of their changes. With both outputs: growth regressed on both levels, early and late.
    """
    series = bridged(values)
    parts = [_of_channel(series[:, :, c]) for c in range(len(channels))]
    place = {name: c for c, name in enumerate(channels)}
    for one, other in MIRRORS:
        if one in place and other in place:
            gap = series[:, :, place[one]] - series[:, :, place[other]]
            parts.append(_of_channel(gap))
    if all(name in place for name in OUTPUTS):
        parts.append(_pulls(series[:, :, [place[name] for name in OUTPUTS]]))
        parts.append(_of_channel(series[:, :, place["log_b"]] - series[:, :, place["log_a"]]))
    return np.concatenate(parts, axis=1)


def bridged(values: Array) -> Array:
    """Values without gaps: bridged along a line, held at the ends, zero for a channel never seen."""
    if np.isfinite(values).all():
        return values
    out = np.array(values)
    years = np.arange(values.shape[1])
    for pair, channel in zip(*np.nonzero(~np.isfinite(values).all(axis=1)), strict=True):
        line = values[pair, :, channel]
        seen = np.isfinite(line)
        out[pair, :, channel] = np.interp(years, years[seen], line[seen]) if seen.any() else 0.0
    return out


def _of_channel(line: Array) -> Array:
    years = line.shape[1]
    third = max(2, years // 3)
    shift = line[:, -third:].mean(axis=1) - line[:, :third].mean(axis=1)
    steps = np.diff(line, axis=1)
    walk = steps.std(axis=1) * np.sqrt(years - third) + 1e-9
    clock = np.linspace(-1.0, 1.0, years)
    bend = clock**2 - (clock**2).mean()
    slope = line @ clock / (clock @ clock)
    curve = line @ bend / (bend @ bend)
    rest = line - line.mean(axis=1, keepdims=True) - slope[:, None] * clock - curve[:, None] * bend
    noise = np.log(rest.std(axis=1) + 1e-6)
    return np.stack([shift, np.clip(shift / walk, -6.0, 6.0), slope, curve, noise], axis=1)


def _pulls(logs: Array) -> Array:
    """How the growth of each output leans on both levels, over all years and in the later half, standardised.

    The regression of d(log x_i) on the levels of both, Tong & Wang (9), (10) linearised; t values, clipped.
    """
    half = logs.shape[1] // 2
    return np.concatenate([_leaning(logs), _leaning(logs[:, half:])], axis=1)


def _leaning(logs: Array) -> Array:
    growth = np.diff(logs, axis=1)
    levels = np.exp(logs[:, :-1] - logs.mean(axis=1, keepdims=True))
    clock = np.broadcast_to(np.linspace(-1.0, 1.0, levels.shape[1])[None, :, None], (*levels.shape[:2], 1))
    design = np.concatenate([np.ones_like(clock), clock, levels], axis=2)
    gram = np.einsum("nti,ntj->nij", design, design) + 1e-6 * np.eye(4)
    inverse = np.linalg.inv(gram)
    slope = inverse @ np.einsum("nti,ntk->nik", design, growth)
    rest = growth - np.einsum("nti,nik->ntk", design, slope)
    freedom = max(1, levels.shape[1] - 4)
    spread = np.sqrt((rest**2).sum(axis=1) / freedom)
    error = np.sqrt(np.diagonal(inverse, axis1=1, axis2=2))[:, 2:, None] * spread[:, None, :] + 1e-9
    t = np.clip(slope[:, 2:] / error, -8.0, 8.0)
    pull = np.clip(slope[:, 2:], -2.0, 2.0)
    return np.concatenate([t.reshape(len(t), -1), pull.reshape(len(t), -1)], axis=1)

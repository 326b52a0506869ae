"""How a series answers to all others, straight and bent: response surfaces by ridge, blind to what they are judged on.

    straight:   y_i(t) = b_i + sum_l A_i(l) . x(t - l) + e_i(t)
    squares:    y_i(t) = b_i + sum_l [A_i(l) . x(t - l) + S_i(l) . x(t - l)^2] + e_i(t)
    products:   y_i(t) = b_i + A_i . x(t) + x(t)' C_i x(t) / 2 + e_i(t)

The last is of second order, as a translog function is: every product of two levels of the same period. How strong the
ridge is, and how much stronger for products than for levels, is chosen for each target by the squared errors on folds
of the data that were not used. Where only chance is to be had the strongest ridge wins, and next to nothing is left of
the surface.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .held_out import lagged
from .sequences import Sequences

Numbers = NDArray[np.float64]
RIDGES = (1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0)  # as a share of the number of observations, for standardised columns
STRICTER = (1.0, 10.0)  # how many times stronger for products
MOST_PRODUCTS = 3000  # more are not asked: the surface is then straight
LEAST_DEVIATION = 1e-9  # of a column that varies at all


@dataclass(frozen=True)
class Surface:
    """A surface found without each fold in turn, and last with all data: the first axis of its coefficients.

    `predicted[target, sequence, step]` is blind to the fold of each place; `linear[fold + 1, target, lag, source]` and
    `square`, `bend[fold + 1, target, source, source]` (symmetric, of the last level), `constant[fold + 1, target]`.
    """

    predicted: Numbers
    linear: Numbers
    square: Numbers
    bend: Numbers
    constant: Numbers


def own_history(of: Sequences, lags: int, folds: NDArray[np.int64], bent: bool) -> Surface:
    """What its own past tells of every series: its lags, and with `bent` their squares."""
    series = of.x.shape[2]
    history = lagged(of.x, lags)
    linear = np.zeros((len(folds) + 1, series, lags, series))
    square, constant = np.zeros(linear.shape), np.zeros(linear.shape[:2])
    predicted = np.zeros((series, *of.fold.shape))
    for i in range(series):
        levels = history[..., i].reshape(-1, lags)
        columns = np.concatenate([levels, levels**2], axis=1) if bent else levels
        strengths = [np.ones(columns.shape[1])]
        found, guess = _ridges(columns, strengths, of.y[..., [i]], of.counts[..., i], of.fold, folds)
        predicted[i] = guess[0].reshape(of.fold.shape)
        linear[:, i, :, i], constant[:, i] = found[:, 0, :lags], found[:, 0, -1]
        if bent:
            square[:, i, :, i] = found[:, 0, lags:-1]
    return Surface(predicted, linear, square, np.zeros((len(folds) + 1, series, series, series)), constant)


def straight(of: Sequences, lags: int, folds: NDArray[np.int64]) -> Surface:
    """The answer of every series to `lags` levels of all."""
    return _of_columns(of, lags, lagged(of.x, lags), folds)


def squares(of: Sequences, lags: int, folds: NDArray[np.int64]) -> Surface:
    """The answer of every series to `lags` levels of all and their squares."""
    history = lagged(of.x, lags)
    found = _of_columns(of, 2 * lags, np.concatenate([history, history**2], axis=2), folds)
    return replace(found, linear=found.linear[:, :, :lags], square=found.linear[:, :, lags:])


def products(of: Sequences, lags: int, folds: NDArray[np.int64]) -> Surface:
    """The answer of every series to the last level of all and the products of any two; of too many series, straight.

    `lags` is only the length of the arrays that are given back.
    """
    series = of.x.shape[2]
    first, second = np.triu_indices(series)
    shape = (len(folds) + 1, series)
    linear, bend = np.zeros((*shape, lags, series)), np.zeros((*shape, series, series))
    if len(first) > MOST_PRODUCTS:
        found = straight(of, 1, folds)
        linear[:, :, 0] = found.linear[:, :, 0]
        return replace(found, linear=linear, square=np.zeros(linear.shape))
    levels = of.x.reshape(-1, series).astype(float)
    columns = np.concatenate([levels, levels[:, first] * levels[:, second]], axis=1)
    strengths = [np.repeat([1.0, stricter], [series, len(first)]) for stricter in STRICTER]
    coefficient, predicted = _all_targets(of, columns, strengths, folds)
    linear[:, :, 0] = coefficient[..., :series]
    bend[:, :, first, second] += coefficient[..., series:-1]
    bend[:, :, second, first] += coefficient[..., series:-1]
    return Surface(predicted, linear, np.zeros(linear.shape), bend, coefficient[..., -1])


def _of_columns(of: Sequences, blocks: int, columns: Numbers, folds: NDArray[np.int64]) -> Surface:
    """A surface straight in columns[sequence, step, block, series]."""
    series = of.x.shape[2]
    flat = columns.reshape(-1, blocks * series)
    coefficient, predicted = _all_targets(of, flat, [np.ones(flat.shape[1])], folds)
    linear = coefficient[..., :-1].reshape(len(folds) + 1, series, blocks, series)
    none = np.zeros((len(folds) + 1, series, series, series))
    return Surface(predicted, linear, np.zeros(linear.shape), none, coefficient[..., -1])


def _all_targets(
    of: Sequences, columns: Numbers, strengths: list[Numbers], folds: NDArray[np.int64]
) -> tuple[Numbers, Numbers]:
    """Coefficients (fold + 1, target, column and constant) and blind predictions (target, sequence, step)."""
    series = of.x.shape[2]
    found = np.zeros((len(folds) + 1, series, columns.shape[1] + 1))
    predicted = np.zeros((series, *of.fold.shape))
    for group in _alike(of.counts):
        found[:, group], guess = _ridges(columns, strengths, of.y[..., group], of.counts[..., group[0]], of.fold, folds)
        predicted[group] = guess.reshape(len(group), *of.fold.shape)
    return found, predicted


def _alike(counts: NDArray[np.float32]) -> list[NDArray[np.int64]]:
    """Targets that count at the same places, together."""
    flat = counts.reshape(-1, counts.shape[2]).T
    _, kind = np.unique(flat, axis=0, return_inverse=True)
    return [np.flatnonzero(kind.ravel() == k) for k in range(int(kind.max()) + 1)]


def _ridges(
    columns: Numbers,
    strengths: list[Numbers],
    y: NDArray[np.float32],
    counts: NDArray[np.float32],
    fold: NDArray[np.int64],
    folds: NDArray[np.int64],
) -> tuple[Numbers, Numbers]:
    """Coefficients (fold + 1, target, column and constant), and y[..., target] told blind to each fold (target, row).

    For every fold the ridge that tells the other folds best; `strengths` hold what multiplies it, by column.
    """
    count, fold = counts.ravel() > 0, fold.ravel()
    target = y.reshape(-1, y.shape[-1]).T.astype(float)
    deviation = columns[count].std(axis=0) if count.any() else np.ones(columns.shape[1])
    scale = np.where(deviation > LEAST_DEVIATION, 1.0 / np.maximum(deviation, LEAST_DEVIATION), 0.0)
    every, losses = [], []
    for name in [*folds.tolist(), None]:
        rows = count if name is None else count & (fold != name)
        solved = [_solved(columns[rows], scale / np.sqrt(strength), target[:, rows]) for strength in strengths]
        every.append(np.concatenate(solved))  # option, target, column and constant
        if name is not None:
            held = count & (fold == name)
            guess = every[-1][..., :-1] @ columns[held].T + every[-1][..., -1:]
            losses.append(((target[:, held] - guess) ** 2).sum(axis=2))
    loss = np.array(losses)  # fold, option, target
    best = np.concatenate([loss.sum(axis=0) - loss, loss.sum(axis=0)[None]]).argmin(axis=1)
    found = np.stack([each[pick, np.arange(len(target))] for each, pick in zip(every, best, strict=True)])
    predicted = np.zeros(target.shape)
    for place, name in enumerate(folds):
        held = fold == name
        predicted[:, held] = found[place][:, :-1] @ columns[held].T + found[place][:, -1:]
    return found, predicted


def _solved(columns: Numbers, scale: Numbers, y: Numbers) -> Numbers:
    """Coefficients and constant for every ridge, (ridge, target, column + 1), the cheaper way."""
    if not len(columns):
        return np.zeros((len(RIDGES), len(y), len(scale) + 1))
    middle, level = columns.mean(axis=0), y.mean(axis=1)
    even, rest = (columns - middle) * scale, (y - level[:, None]).T
    if even.shape[1] <= len(even):
        values, vectors = np.linalg.eigh(even.T @ even)
        moment, back = vectors.T @ (even.T @ rest), vectors
    else:
        values, vectors = np.linalg.eigh(even @ even.T)
        moment, back = vectors.T @ rest, even.T @ vectors
    ridges = np.array(RIDGES) * len(columns)
    shrunk = np.stack([back @ (moment / (np.maximum(values, 0.0) + ridge)[:, None]) for ridge in ridges])
    slopes = np.swapaxes(shrunk, 1, 2) * scale
    return np.concatenate([slopes, (level - slopes @ middle)[..., None]], axis=2)

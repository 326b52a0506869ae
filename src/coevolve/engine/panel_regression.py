"""What every series of a panel owes to every other: one regression over all regions, free of short-panel bias.

    g_rit = a_ri + c_ri x_ri,t-1 + year_it + own lags + sum_{j != i} sum_l b_ijl d_rj,t-l + e_rit

g is growth, d the driver (a log level or a relative level), x the relative level of the series itself. Intercept and
own slope belong to each region and are partialled out by `panel_rows`; b is shared. In short panels b is biased as soon
as the innovations of two series go together, however many regions there are. The half-panel jackknife (Dhaene &
Jochmans 2015; Juodis, Karavias & Sarafidis 2021) takes that bias off: b~ = 2 b - (T1/T) b1 - (T2/T) b2, with b1 and b2
from the first and the second half of each region's periods. Its error is found by leaving out one cluster at a time.
What the jackknife leaves of the bias is of the order 1/T^2, which no number of regions makes smaller, while the error
falls as 1/sqrt(N T): their ratio grows as sqrt(N/T^3), and tests that leave it out call links in noise where regions
are many and periods few. So the covariance of b~ is widened by 1 + 2 N/T^3 (N regions, or clusters of them).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .panel_rows import Part, Sample, clusters_with_rows, columns_of, part_of, part_with, partial_out, residuals
from .significance import delete_one, signed_rank, wald

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LEFT_OVER = 2.0  # squared bias left by the jackknife, in squared errors at N = T^3 (300 x 15: .46 to .57 of an error)
_PULL = 3.0  # how many regions' worth of evidence the mean own slope has, for the ranking
_GONE = 1e-9  # what is left of a column, as a share of its squares, when nothing is left
_ROUNDING = 1e-20  # the same as a share of its squares about 0: less is rounding


@dataclass(frozen=True)
class Pooled:
    """What the pooled regression found; the first two axes are (target, source), NaN on the diagonal.

    `coefficient[i, j, l]` and its `error` belong to lag l + 1, `p[i, j]` tests all lags of a pair together, `lag[i, j]`
    is the lag (from 1) whose coefficient stands out most. `score[i, j]` ranks pairs: the t statistic without the
    jackknife and with own slopes drawn towards their mean, which ranks better and tests worse. `rows[i]` counts
    region-periods used, `clusters[i]` the clusters among them.
    """

    coefficient: Floats
    error: Floats
    p: Floats
    lag: Ints
    score: Floats
    rows: Ints
    clusters: Ints

    def strongest(self) -> tuple[Floats, Floats]:
        """The coefficient of each pair at its lag, and its error."""
        place = (self.lag - 1)[..., None]
        take = np.take_along_axis
        return take(self.coefficient, place, axis=2)[..., 0], take(self.error, place, axis=2)[..., 0]


def pooled(sample: Sample, lags: int, *, years: bool = True, jackknife: bool = True, ranks: bool = True) -> Pooled:
    """The pooled regression of every series on every other, with `lags` lags of all drivers.

    `years` adds an effect of each period, shared by all regions. A pair that the panel cannot tell (a driver that
    never varies beside the target's own history) is NaN. Raises nothing: too few rows give NaN. Without `ranks` there
    is no score, at half the cost.
    """
    series = sample.shape[2]
    coefficient = np.full((series, series, lags), np.nan)
    error, p, score = coefficient.copy(), np.full((series, series), np.nan), np.full((series, series), np.nan)
    lag, rows, clusters = np.ones((series, series), np.int64), np.zeros(series, np.int64), np.zeros(series, np.int64)
    columns, known = columns_of(sample, lags)
    for i in range(series):
        part, tested = part_of(sample, columns, known, lags, i)
        rows[i] = int(part.mask.sum())
        present = clusters_with_rows(sample, part, lags)
        clusters[i] = len(present)
        found = _estimate(sample, part, lags, years, jackknife, present)
        if found is None:
            continue
        value, covariance = found
        ranking = _ranking(sample, part, lags, years, present) if ranks else np.full(len(value), np.nan)
        others = np.array([j for j in range(series) if j != i], np.int64)
        for k, j in enumerate(others.tolist()):
            places = tested[k]
            coefficient[i, j] = value[places]
            error[i, j] = np.sqrt(np.diag(covariance)[places])
            score[i, j] = ranking[places].max()
        p[i, others] = _tests(value, covariance, tested, len(present))
        size = np.abs(coefficient[i] / error[i])
        lag[i, others] = np.argmax(np.where(np.isfinite(size), size, -1.0), axis=1)[others] + 1
    return Pooled(coefficient, error, p, lag, score, rows, clusters)


def added_tests(sample: Sample, added: Floats, alone: Floats, *, years: bool) -> Floats:
    """One-sided p of what each driver is said to add to the growth of each target, (target, source).

    `added[target, source, region, period]` and `alone[target, region, period]` (what own history is said to give)
    belong to the growth of the second period and later. They take the place of the levels in the same regression,
    intercepts, own slopes, period effects, jackknife and all: what helps to foretell a target only because it tells
    which regions grow at what pace, or because histories are short, is found to add nothing.
    """
    series = sample.shape[2]
    p = np.full((series, series), np.nan)
    for i in range(series):
        others = [j for j in range(series) if j != i]
        part = part_with(sample, i, np.moveaxis(np.concatenate([added[i, others], alone[i][None]]), 0, 2))
        present = clusters_with_rows(sample, part, 1)
        found = _estimate(sample, part, 1, years, True, present)
        if found is None:
            continue
        value, covariance = found
        count = len(others)
        both = _tests(value, covariance, [[k] for k in range(count)], len(present))
        p[i, others] = np.where(value[:count] > 0.0, both / 2.0, 1.0 - both / 2.0)
    return p


def encompassing(sample: Sample, one: Floats, others: list[Floats], *, years: bool) -> Floats:
    """Whether a forecast of growth tells what others leave out: a z by target, far above 0 where it surely does.

    Forecast encompassing (Davidson & MacKinnon 1981): what is left of growth, times what is left of `one`, after
    intercepts, own slopes, period effects and the `others`; its sums by cluster are tested by their signed ranks,
    because a few wild clusters would hide a gain that most have. NaN where nothing is left. Forecasts are [target,
    region, period] and belong to the growth of the second period and later.
    """
    many = int(sample.blocks.max()) + 1
    cluster = (sample.cluster[:, None] * many + sample.blocks[None, 1:]).ravel()
    found = np.full(sample.shape[2], np.nan)
    for i in range(len(found)):
        part = part_with(sample, i, np.stack([one[i], *(other[i] for other in others)], axis=2))
        left = partial_out(part, part.mask, years)
        left = left.reshape(-1, left.shape[2])
        beside, both = left[:, 2:], left[:, :2]
        rest = both - beside @ np.linalg.lstsq(beside, both, rcond=None)[0]
        if (rest[:, 1] ** 2).sum() > _GONE * (both[:, 1] ** 2).sum():
            found[i] = signed_rank(np.asarray(np.bincount(cluster, rest[:, 0] * rest[:, 1]), np.float64))
    return found


def held_out(sample: Sample, lags: int, folds: Ints, *, years: bool = True) -> tuple[Floats, Floats, Floats]:
    """Squared errors of growth in regions (or periods) that the regression has not seen: own history, all drivers.

    Two sums of squares and the number of rows, each (region, fold, target): b is found without a fold and judged in
    it. Intercepts, own slopes and period effects are those of the whole panel for both, so that only b is on trial.
    """
    regions, _, series = sample.shape
    many = int(folds.max()) + 1
    own, full, rows = (np.zeros((regions, many, series)) for _ in range(3))
    inside = folds[:, lags:]
    for i in range(series):
        left, mask = residuals(sample, lags, i, years=years)
        drivers, kept = _split(left, series, lags, i)
        for fold in range(many):
            here = (inside == fold) & (mask > 0.0)
            rows[:, fold, i] = here.sum(axis=1)
            there = (inside != fold) & (mask > 0.0)
            for columns, into in ((kept, own), (np.concatenate([kept, drivers], axis=2), full)):
                into[:, fold, i] = _missed(columns, left[..., 0], there, here)
    return own, full, rows


def _split(left: Floats, series: int, lags: int, target: int) -> tuple[Floats, Floats]:
    """The columns of the other series, and those of the target's own past (further lags, and a shared own slope)."""
    own = [step * series + target - 1 for step in range(1, lags)]
    own += range(lags * series - 1, left.shape[2] - 1)
    others = [k for k in range(left.shape[2] - 1) if k not in own]
    return left[..., [k + 1 for k in others]], left[..., [k + 1 for k in own]]


def _missed(columns: Floats, growth: Floats, there: NDArray[np.bool_], here: NDArray[np.bool_]) -> Floats:
    """Squared errors by region in the rows `here` of a least-squares fit to the rows `there`."""
    if columns.shape[2] == 0:
        return np.asarray((growth**2 * here).sum(axis=1))
    design, values = columns[there], growth[there]
    length = np.sqrt((design**2).sum(axis=0))
    scale = np.where(length > 0.0, length, 1.0)
    scaled = design / scale
    gram = scaled.T @ scaled + 1e-8 * np.eye(len(scale))
    value = np.linalg.solve(gram, scaled.T @ values) / scale
    return np.asarray((((growth - columns @ value) ** 2) * here).sum(axis=1))


def _estimate(
    sample: Sample, part: Part, lags: int, years: bool, jackknife: bool, present: Ints
) -> tuple[Floats, Floats] | None:
    """Coefficients and their covariance; None where rows are too few, NaN where they cannot tell a column."""
    count = part.table.shape[2] - 1
    first, second, share = _halves(part.mask)
    pieces = [(part.mask, 2.0), (first, -share), (second, share - 1.0)] if jackknife else [(part.mask, 1.0)]
    own = 2.0 if part.slope.any() else 1.0
    if len(present) < 3 or any(_free(mask, years, own) < count + 2 for mask, _ in pieces):
        return None
    value, without = np.zeros(count), np.zeros((len(present), count))
    dead = np.zeros(count, bool)
    for mask, weight in pieces:
        left = partial_out(part, mask, years)
        here, out, gone = _solved(sample, left, lags, present, _least(part, mask))
        value, without, dead = value + weight * here, without + weight * out, dead | gone
    covariance = delete_one(value, without)
    if jackknife:
        covariance *= 1.0 + LEFT_OVER * _crowding(sample, part, present)
    value[dead], covariance[dead], covariance[:, dead] = np.nan, np.nan, np.nan
    return value, covariance


def _crowding(sample: Sample, part: Part, present: Ints) -> float:
    """N/T^3: regions (or clusters of them) with rows, over the cube of their rows on average."""
    rows = part.mask.sum(axis=1)
    regions = int((rows > 0.0).sum())
    return (regions if sample.blocks.any() else len(present)) / (float(rows.sum()) / regions) ** 3


def _free(mask: Floats, years: bool, own: float) -> float:
    """Degrees of freedom left after `own` terms of each region and the period effects."""
    return float(np.maximum(mask.sum(axis=1) - own, 0.0).sum() - (mask.any(axis=0).sum() if years else 0))


def _least(part: Part, mask: Floats) -> Floats:
    """What must be left of each column for it to count: a trace of its squares about its regions' means."""
    columns = part.table[..., 1:] * mask[..., None]
    mean = columns.sum(axis=1, keepdims=True) / np.maximum(mask.sum(axis=1), 1.0)[:, None, None]
    about = (((part.table[..., 1:] - mean) * mask[..., None]) ** 2).sum(axis=(0, 1))
    return np.asarray(_GONE * about + _ROUNDING * (columns**2).sum(axis=(0, 1)))


def _halves(mask: Floats) -> tuple[Floats, Floats, float]:
    """The first and the second half of each region's own rows, and the share of the first in all rows."""
    rank, total = np.cumsum(mask, axis=1), mask.sum(axis=1, keepdims=True)
    first = mask * (rank <= np.floor(total / 2.0))
    return first, mask - first, float(first.sum() / max(mask.sum(), 1.0))


def _by_cluster(sample: Sample, left: Floats, weighed: Floats, lags: int, present: Ints) -> tuple[Floats, Floats]:
    """X'X (cluster, column, column) and X'y (cluster, column), with the second table in the place of X and y."""
    blocks, many = sample.blocks[lags:], int(sample.blocks.max()) + 1
    groups = int(sample.cluster.max()) + 1
    member = None
    if groups < len(sample.cluster) or (sample.cluster != np.arange(groups)).any():
        member = (sample.cluster[None, :] == np.arange(groups)[:, None]).astype(float)
    found = []
    for block in range(many):
        rows = blocks == block
        sums = np.swapaxes(left[:, rows], 1, 2) @ weighed[:, rows]
        found.append(sums if member is None else np.tensordot(member, sums, axes=1))
    sums = np.stack(found, axis=1).reshape(groups * many, left.shape[2], left.shape[2])[present]
    return sums[:, 1:, 1:], sums[:, 1:, 0]


def _solved(
    sample: Sample, left: Floats, lags: int, present: Ints, least: Floats
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """The coefficients, those without each cluster, and which columns the rows cannot tell, the cheaper way."""
    alone = len(present) == len(left) and not sample.blocks.any()
    if not alone or left.shape[2] <= 2 * left.shape[1]:
        return _solve_all(*_by_cluster(sample, left, left, lags, present), least)
    flat = left.reshape(-1, left.shape[2])
    gram = flat.T @ flat
    dead = ~(np.diag(gram)[1:] > least)
    scale = 1.0 / np.sqrt(np.where(dead, 1.0, np.diag(gram)[1:]))
    columns = np.where(dead, 0.0, left[..., 1:] * scale)
    inverse = np.linalg.inv(_settled(gram[1:, 1:], scale, dead))
    value = inverse @ (np.where(dead, 0.0, gram[1:, 0] * scale))
    error = left[..., 0] - columns @ value
    reached = columns @ inverse
    leverage = reached @ np.swapaxes(columns, 1, 2)
    inside = np.linalg.solve(np.eye(left.shape[1]) - leverage, error[..., None])
    moved = (np.swapaxes(reached, 1, 2) @ inside)[..., 0]
    order = np.argsort(sample.cluster, kind="stable")
    return value * scale, ((value - moved) * scale)[order], dead


def _solve_all(grams: Floats, moments: Floats, least: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """The coefficients, those without each cluster, and which columns the rows cannot tell."""
    gram, moment = grams.sum(axis=0), moments.sum(axis=0)
    dead = ~(np.diag(gram) > least)
    scale = 1.0 / np.sqrt(np.where(dead, 1.0, np.diag(gram)))
    scaled = _settled(gram, scale, dead)
    value = np.linalg.solve(scaled, moment * scale) * scale
    others = _settled(gram - grams, scale, dead)
    without = np.linalg.solve(others, ((moment - moments) * scale)[..., None])[..., 0] * scale
    return np.where(dead, 0.0, value), np.where(dead, 0.0, without), dead


def _settled(gram: Floats, scale: Floats, dead: NDArray[np.bool_]) -> Floats:
    """A gram matrix with columns of one length, and a 1 for each dead one; a trace on the diagonal keeps it soluble."""
    scaled = gram * scale * scale[:, None]
    scaled = np.where(dead | dead[:, None], 0.0, scaled)
    return np.asarray(scaled + np.diag(np.where(dead, 1.0, 1e-10)))


def _ranking(sample: Sample, part: Part, lags: int, years: bool, present: Ints) -> Floats:
    """|t| of every column with own slopes drawn three quarters to one for all regions, without the jackknife."""
    flat = replace(part, slope=np.zeros_like(part.slope), table=np.dstack([part.table, part.slope]))
    left = partial_out(flat, part.mask, years)
    slope = left[..., -1]
    squares = (slope**2).sum(axis=1)
    ridge = _PULL * squares[squares > 0.0].mean() if (squares > 0.0).any() else 1.0
    taken = slope[..., None] * (np.matmul(slope[:, None, :], left)[:, 0] / (squares + ridge)[:, None])[:, None, :]
    grams, moments = _by_cluster(sample, left, left - taken, lags, present)
    least = np.append(_least(part, part.mask), 1e-300)
    value, without, dead = _solve_all(grams, moments, least)
    error = np.sqrt(np.diag(delete_one(value, without)))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(dead, np.nan, np.abs(value / error))[:-1]


def _tests(value: Floats, covariance: Floats, tested: list[list[int]], clusters: int) -> Floats:
    """The p of each driver: all its lags together."""
    places = np.array(tested)
    part = value[places]
    block = covariance[places[:, :, None], places[:, None, :]]
    diagonal = np.diagonal(block, axis1=1, axis2=2)
    sound = np.isfinite(part).all(axis=1) & np.isfinite(block).all(axis=(1, 2)) & (diagonal > 0.0).all(axis=1)
    found = np.full(len(places), np.nan)
    inner = np.linalg.solve(block[sound], part[sound][..., None])[..., 0]
    found[sound] = wald((part[sound] * inner).sum(axis=1), places.shape[1], clusters)
    return found

"""Numbers that cannot well be right: spikes, slips of the decimal point, breaks, zeros that mean missing, copies.

All on arrays of shape (region, industry, period), NaN where nothing was observed. A change is judged against three
things at once: how much this series usually changes, how much all regions changed in that period, and, for counts,
the noise that small counts have (a count of 1 after 3 is no outlier). Only what is many times larger is named.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Cube = NDArray[np.float64]
Place = tuple[int, int, int]

TIMES = 10.0  # how many times its usual size a change must have
FEWEST_REGIONS = 8  # from which a change common to all regions can be told


@dataclass(frozen=True)
class Suspect:
    """One suspicion: its kind, the cell it begins at, the last cell it covers, and its size (a ratio, or a count)."""

    kind: str
    place: Place
    last: int
    size: float = 0.0


def is_count(values: Cube) -> bool:
    """Whether every observed number is whole and none is negative."""
    seen = values[~np.isnan(values)]
    return bool(len(seen)) and bool((seen >= 0).all()) and bool((seen == np.floor(seen)).all())


def _median(array: Cube, axis: int | tuple[int, ...] | None = None) -> Cube:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # all-NaN slices give NaN, which is meant
        return np.asarray(np.nanmedian(array, axis=axis))


def changes(values: Cube) -> tuple[Cube, Cube, Cube]:
    """(log change against that of all regions, how many times its usual size it is, the change common to all)."""
    steps = np.diff(np.log(np.where(values > 0, values, np.nan)), axis=2)
    many = (~np.isnan(steps)).sum(axis=0) >= FEWEST_REGIONS
    common = np.where(many, np.nan_to_num(_median(steps, axis=0)), 0.0)
    own = steps - common[None]
    noise: Cube = np.zeros(1)
    if is_count(values):
        level = np.where(values > 0, values, np.nan)
        noise = 1 / level[:, :, 1:] + 1 / level[:, :, :-1]
    return own, np.abs(own) / np.sqrt(_usual(own)[:, :, None] ** 2 + noise), common


def _usual(own: Cube) -> Cube:
    """The usual size of a log change of each series, at least that of the middle series and 2 %."""
    usual = 1.4826 * _median(np.abs(own - _median(own, axis=2)[:, :, None]), axis=2)
    pooled = float(np.nan_to_num(_median(usual)))
    return np.asarray(np.maximum(np.nan_to_num(usual, nan=pooled), max(pooled, 0.02)))


def jumps(values: Cube) -> list[Suspect]:
    """Spikes (up and back), first and last values far off, and levels that shift for good.

    `size` is the ratio to the neighbours; a kind of "tenfold" is a spike of ten, a hundred or a thousand times.
    """
    own, times, _ = changes(values)
    big = np.nan_to_num(times) > TIMES
    found: list[Suspect] = []
    taken = np.zeros(values.shape, bool)
    rise, fall = own[:, :, :-1], own[:, :, 1:]
    back = (
        big[:, :, :-1]
        & big[:, :, 1:]
        & (np.sign(rise) != np.sign(fall))
        & (np.minimum(np.abs(rise), np.abs(fall)) > np.log(2))
    )
    for r, i, t in np.argwhere(back):
        size = float((rise[r, i, t] - fall[r, i, t]) / 2)
        found.append(
            Suspect(
                "tenfold" if _is_power(size) else "spike", (int(r), int(i), int(t) + 1), int(t) + 1, float(np.exp(size))
            )
        )
        taken[r, i, t : t + 2] = True
    first, last = _ends(values)
    for r, i, t in np.argwhere(big & ~taken[:, :, : big.shape[2]] & (np.abs(np.nan_to_num(own)) > np.log(2.5))):
        change = float(own[r, i, t])
        cell = (int(r), int(i), int(t))
        if t == first[r, i]:
            if change < -np.log(4) or change > np.log(10):
                found.append(Suspect("tenfold" if _is_power(change) else "end", cell, int(t), float(np.exp(-change))))
        elif t + 1 == last[r, i]:
            if abs(change) > np.log(4):
                found.append(
                    Suspect(
                        "tenfold" if _is_power(change) else "end",
                        (int(r), int(i), int(t) + 1),
                        int(t) + 1,
                        float(np.exp(change)),
                    )
                )
        elif _stays(own[r, i], int(t)):
            found.append(
                Suspect(
                    "unit" if _is_power(change) else "break",
                    (int(r), int(i), int(t) + 1),
                    int(t) + 1,
                    float(np.exp(change)),
                )
            )
    return found


def _stays(row: Cube, t: int) -> bool:
    """Whether a series is calm for two periods before and after its change at t, so that the change is a shift."""
    if t < 2 or t + 3 > len(row):
        return False
    beside = np.concatenate([row[t - 2 : t], row[t + 1 : t + 3]])
    return bool((np.abs(beside) < 0.25 * abs(row[t])).all())  # a comparison with NaN is false


def common_breaks(values: Cube) -> list[Suspect]:
    """Periods in which the level of all regions moves at once by over a third, far more than in other periods."""
    _, _, common = changes(values)
    found = []
    for i in range(common.shape[0]):
        row = common[i]
        if np.count_nonzero(row) < 5:
            continue
        middle = float(np.median(row))
        usual = max(1.4826 * float(np.median(np.abs(row - middle))), 0.02)
        for t in np.flatnonzero((np.abs(row - middle) > TIMES * usual) & (np.abs(row - middle) > np.log(4 / 3))):
            found.append(Suspect("common break", (0, i, int(t) + 1), int(t) + 1, float(np.exp(row[t]))))
    return found


def zeros(values: Cube) -> list[Suspect]:
    """Zeros that probably mean missing: between large numbers, or a run before (after) the series stands at its level.

    Large is a fifth of the usual level of the series or more, and, for one or two zeros, so far above the smallest
    number of the table that the fall would be ten times the usual change of the series; for counts, where a zero
    beside m has a chance of about exp(-m), also above 9. Other numbers are named only where zeros are under a tenth.
    """
    seen = ~np.isnan(values)
    count = is_count(values)
    if not (values > 0).any() or not (count or (values == 0).sum() < 0.1 * seen.sum()):
        return []
    least = float(values[values > 0].min()) / 2
    usual = _usual(changes(values)[0])
    found = []
    for r, i in np.argwhere((values == 0).any(axis=2)):
        row = values[r, i]
        places = np.flatnonzero(~np.isnan(row))
        positive = row[places][row[places] > 0]
        for start, stop in _runs(row[places] == 0):
            sides = [float(row[places[k]]) for k in (start - 1, stop) if 0 <= k < len(places)]
            if not sides:
                continue
            near, both = min(sides), len(sides) == 2
            unusual = stop - start >= 3 or np.log(near / least) > TIMES * usual[r, i]
            large = unusual and near >= 0.2 * float(np.median(positive))
            if large and (not count or near > (9 if both else 20)) and (stop - start <= 3 or not both):
                found.append(
                    Suspect("zero", (int(r), int(i), int(places[start])), int(places[stop - 1]), float(stop - start))
                )
    return found


def outside(values: Cube, name: str) -> list[Suspect]:
    """Values beyond what nearly all others keep to: negative ones, shares above 1 or 100, and cells that lie tenfold
    off all other regions of the period where those agree closely (a price index of 30 beside 0.3)."""
    seen = ~np.isnan(values)
    total = int(seen.sum())
    if total < 20:
        return []
    found = (
        [Suspect("negative", (int(r), int(i), int(t)), int(t)) for r, i, t in np.argwhere(seen & (values < 0))]
        if (0 < int((values < 0).sum()) <= 0.01 * total)
        else []
    )
    words = set(name.casefold().replace("-", "_").split("_"))
    if words & {"share", "shares", "percent", "pct", "ratio"}:
        for top in (1.0, 100.0):
            over = seen & (values > top * 1.0001)
            if 0 < int(over.sum()) <= 0.02 * total:
                found += [Suspect("share", (int(r), int(i), int(t)), int(t), top) for r, i, t in np.argwhere(over)]
                break
    if values.shape[0] >= FEWEST_REGIONS:
        logs = np.log(np.where(values > 0, values, np.nan))
        middle = _median(logs, axis=0)
        spread = 1.4826 * _median(np.abs(logs - middle[None]), axis=0)
        off = np.abs(logs - middle[None])
        far = np.nan_to_num(off) > np.maximum(np.log(8), 15 * np.nan_to_num(spread, nan=np.inf))[None]
        close = np.nan_to_num(spread, nan=np.inf) < 0.25
        found += [
            Suspect("beside", (int(r), int(i), int(t)), int(t), float(np.exp((logs - middle[None])[r, i, t])))
            for r, i, t in np.argwhere(far & close[None])
        ]
    return found


def flat(values: Cube) -> list[Suspect]:
    """Series that never change, and stretches of five or more equal numbers that are not small counts."""
    found = []
    with np.errstate(invalid="ignore"):
        same = np.diff(values, axis=2) == 0
    for r, i in np.argwhere(same.sum(axis=2) >= 4):
        row = values[r, i]
        places = np.flatnonzero(~np.isnan(row))
        if len(places) >= 5 and row[places[0]] != 0 and bool((row[places] == row[places[0]]).all()):
            found.append(Suspect("constant", (int(r), int(i), int(places[0])), int(places[-1]), float(len(places))))
            continue
        for start, stop in _runs(same[r, i]):
            if stop - start >= 4 and abs(row[start]) > 100:
                found.append(Suspect("repeat", (int(r), int(i), start), stop, float(stop - start + 1)))
    return found


def interpolated(values: Cube) -> list[Suspect]:
    """Stretches of six or more points on an exact line or an exact exponential: filled in, not observed."""
    if values.shape[2] < 6:
        return []
    logs = np.log(np.where(values > 0, values, np.nan))
    with np.errstate(invalid="ignore"):
        step, growth, middle = np.diff(values, axis=2), np.diff(logs, axis=2), np.abs(values[:, :, 1:-1])
        line = (np.abs(np.diff(step, axis=2)) < 1e-9 * middle) & (np.abs(step[:, :, 1:]) > 1e-6 * middle)
        exponential = (np.abs(np.diff(growth, axis=2)) < 1e-7) & (np.abs(growth[:, :, 1:]) > 1e-5)
        small = ((values == np.floor(values)) | np.isnan(values)).all(axis=2) & ~(values >= 1000).any(axis=2)
    exact = (line | exponential) & ~small[:, :, None]
    found = []
    for r, i in np.argwhere(exact.sum(axis=2) >= 4):
        for start, stop in _runs(exact[r, i]):
            if stop - start >= 4:
                found.append(Suspect("interpolated", (int(r), int(i), start), stop + 1, float(stop - start + 2)))
    return found


def doubles(values: Cube) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Pairs of series that hold the same changing numbers: five or more, four of them different, one above 20."""
    rows = values.reshape(-1, values.shape[2])
    known = ~np.isnan(rows)
    some = (known.sum(axis=1) >= 5) & (np.where(known, np.abs(rows), 0).max(axis=1, initial=0) >= 20)
    places = np.flatnonzero(some)
    if len(places) < 2:
        return []
    sums = np.where(known, rows, 0)[places] @ np.sqrt(np.arange(2, rows.shape[1] + 2))
    _, inverse, often = np.unique(sums, return_inverse=True, return_counts=True)
    first: dict[bytes, int] = {}
    pairs = []
    for k in places[often[inverse] > 1].tolist():
        if len(np.unique(rows[k][known[k]])) < 4:
            continue
        twin = first.setdefault(np.nan_to_num(rows[k], nan=-1.5e300).tobytes(), k)
        if twin != k:
            size = values.shape[1]
            pairs.append(((twin // size, twin % size), (k // size, k % size)))
    return pairs


def share_total(values: Cube) -> float | None:
    """1 or 100 where the industries of every region and period add up to it, else none."""
    if values.shape[1] < 2:
        return None
    sums = values.sum(axis=1)
    sums = sums[~np.isnan(sums)]
    if len(sums) < 5:
        return None
    for total in (1.0, 100.0):
        if bool((np.abs(sums - total) < 0.011 * total).all()):
            return total
    return None


def _is_power(change: float) -> bool:
    """Whether a log change is near ten, a hundred or a thousand, up or down."""
    tens = abs(change) / np.log(10)
    return bool(0.5 < tens < 3.5 and abs(tens - round(tens)) < 0.08)


def _ends(values: Cube) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    seen = ~np.isnan(values) & (values > 0)
    return seen.argmax(axis=2).astype(np.int64), (values.shape[2] - 1 - seen[:, :, ::-1].argmax(axis=2)).astype(
        np.int64
    )


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where a mask is true without a break: (start, stop) with stop exclusive."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]

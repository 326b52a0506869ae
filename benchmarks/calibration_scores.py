"""How well draws know the truth: intervals, signs, relations and ranks of one world, and their shares over worlds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from calibration_fits import Draws
from calibration_store import Record
from calibration_worlds import World
from scipy import stats

from coevolve.themes.symbiosis.equations import UNDETERMINED, claimed, relation, relation_masses

Array = np.ndarray

RANKS = 99  # draws that a truth is ranked among, spread evenly over all draws: ranks run from 0 to 99
BINS = 20
SEEN = 0.1  # a true effect larger than this should be found


def score(world: World, draws: Draws, turn: int, is_prior: bool) -> Record:
    """Everything the tables need of one world, as plain numbers."""
    n = world.mean_b.shape[0]
    off = ~np.eye(n, dtype=bool)
    found: Record = {"b": _rows(draws.mean_b[:, off], world.mean_b[off]), "health": _rounded(draws.health)}
    found["regional_b"] = _rows(draws.b[:, :, off].reshape(len(draws.b), -1), world.b[:, off].ravel(), brief=True)
    for name, one, true in (("rate", draws.rate, world.rate), ("capacity", draws.capacity, world.capacity)):
        found[name] = _rows(np.log(one).reshape(len(one), -1), np.log(true).ravel(), brief=True)
    found["relations"] = [
        [relation(world.mean_b[i, j], world.mean_b[j, i]), *_claim(draws.mean_b[:, i, j], draws.mean_b[:, j, i])]
        for i in range(n)
        for j in range(i + 1, n)
    ]
    if is_prior:
        found["ranks"] = _ranks(world, draws, turn)
    return found


def _claim(first: Array, second: Array) -> list[Any]:
    word, _, mass = claimed(relation_masses(first, second))
    return [word, round(mass, 4)]


def _rows(draws: Array, truth: Array, brief: bool = False) -> Any:
    """Truth, median and 90 % interval of each; brief: how many, how many held, and the median absolute error."""
    lo, median, hi = np.nanquantile(draws, [0.05, 0.5, 0.95], axis=0)
    if brief:
        held = int(((lo <= truth) & (truth <= hi)).sum())
        return [len(truth), held, round(float(np.median(np.abs(median - truth))), 5), _mean(median - truth)]
    return [[round(float(x), 5) for x in row] for row in zip(truth, median, lo, hi, strict=True)]


def _mean(values: Array) -> float:
    return round(float(np.mean(values)), 5)


def _rounded(health: dict[str, float]) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in health.items()}


def _ranks(world: World, draws: Draws, turn: int) -> dict[str, int]:
    """Rank of one truth of each kind among thinned draws; which pair, pole and region goes round with `turn`."""
    n, g = world.mean_b.shape[0], len(world.rate)
    pairs = [(i, j) for i in range(n) for j in range(n) if i != j]
    (i, j), pole, region = pairs[turn % len(pairs)], turn % n, turn % g
    kinds = {
        "mean b": (draws.mean_b[:, i, j], world.mean_b[i, j]),
        "b of a region": (draws.b[:, region, i, j], world.b[region, i, j]),
        "rate": (draws.rate[:, region, pole], world.rate[region, pole]),
        "capacity": (draws.capacity[:, region, pole], world.capacity[region, pole]),
    }
    for name, true in world.noise.items():
        values = draws.scales[name]
        place = pole if values.shape[1] > 1 else 0
        if np.ptp(values[:, place]) > 0.0:
            kinds[name] = (values[:, place], np.atleast_1d(true)[place if np.size(true) > 1 else 0])
    if g == 1:
        del kinds["b of a region"]
    return {name: rank(values, float(true)) for name, (values, true) in kinds.items()}


def rank(draws: Array, truth: float) -> int:
    """How many of 99 draws, taken evenly from all, lie below the truth."""
    places = np.linspace(0, len(draws) - 1, RANKS).round().astype(int)
    return int((draws[places] < truth).sum())


def share(held: Sequence[Sequence[bool]]) -> tuple[float, float, float, int]:
    """A share over worlds with its 95 % interval (Wilson 1927) and the number of cases.

    Cases of one world are not independent: the number that the interval uses is smaller by how much more worlds
    differ than independent cases would (the design effect of clusters, at least one).
    """
    sizes = np.array([len(one) for one in held], float)
    hits = np.array([sum(one) for one in held], float)
    total = sizes.sum()
    if total == 0:
        return float("nan"), float("nan"), float("nan"), 0
    p = hits.sum() / total
    effect = 1.0
    if 0.0 < p < 1.0 and len(held) > 1:
        effect = max(1.0, float(((hits - p * sizes) ** 2).sum()) / (total * p * (1.0 - p)))
    low, high = wilson(p, total / effect)
    return float(p), low, high, int(total)


def wilson(p: float, n: float, z: float = 1.959964) -> tuple[float, float]:
    """Interval of a share p of n cases, Wilson (1927)."""
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return float(max(0.0, middle - half)), float(min(1.0, middle + half))


def summary(records: Sequence[Record]) -> dict[str, Any]:
    """Shares over the worlds of one cell."""
    done = [one for one in records if "failed" not in one]
    rows = [np.array(one["b"]) for one in done]
    every = np.concatenate(rows)
    true, median = every[:, 0], every[:, 1]
    large = np.abs(true) > SEEN

    def of(rule: Any, where: Any = lambda r: np.ones(len(r), bool)) -> tuple[float, float, float, int]:
        return share([list(rule(r[where(r)])) for r in rows])

    def decisive(r: Array) -> Array:
        return (r[:, 2] > 0) | (r[:, 3] < 0)

    def right(r: Array) -> Array:
        return np.where(r[:, 0] > 0, r[:, 2] > 0, r[:, 3] < 0)

    found: dict[str, Any] = {
        "worlds": len(done),
        "failed": len(records) - len(done),
        "trusted": float(np.mean([one["health"].get("trusted", 1.0) for one in done])),
        "coverage_b": of(lambda r: (r[:, 2] <= r[:, 0]) & (r[:, 0] <= r[:, 3])),
        "median_error_b": float(np.median(np.abs(median - true))),
        "bias_b": float(np.mean(median - true)),
        "slope_b": float(true @ median / (true @ true)),
        "sign_right": float(np.mean(np.sign(median[large]) == np.sign(true[large]))),
        "decisive": of(decisive, lambda r: np.abs(r[:, 0]) > SEEN),
        "decisive_right": of(right, lambda r: decisive(r) & (r[:, 0] != 0.0)),
        "wrong_sign": of(lambda r: decisive(r) & ~right(r) & (r[:, 0] != 0.0)),
        "false_effect": of(decisive, lambda r: r[:, 0] == 0.0),
        "wrong_or_false": of(lambda r: decisive(r) & ((r[:, 0] == 0.0) | ~right(r))),
        "claimed": share([[one[1] != UNDETERMINED for one in r["relations"]] for r in done]),
        "claimed_wrong": share([[one[1] != one[0] for one in r["relations"] if one[1] != UNDETERMINED] for r in done]),
        "seconds": float(np.median([one["seconds"] for one in done])),
    }
    for name in ("regional_b", "rate", "capacity"):
        counts = [[True] * one[name][1] + [False] * (one[name][0] - one[name][1]) for one in done]
        found[f"coverage_{name}"] = share(counts)
        found[f"error_{name}"] = float(np.median([one[name][2] for one in done]))
        found[f"bias_{name}"] = float(np.mean([one[name][3] for one in done]))
    for name in done[0]["health"]:
        values = np.array([one["health"][name] for one in done])
        found[f"health_{name}"] = [float(np.median(values)), float(values.min()), float(values.max())]
    if "ranks" in done[0]:
        found["ranks"] = {name: uniformity([one["ranks"][name] for one in done]) for name in done[0]["ranks"]}
    return found


def uniformity(ranks: Sequence[int]) -> dict[str, Any]:
    """Are ranks uniform: chi-square over 20 bins (Talts et al. 2018), and how far their distribution strays at all
    places at once (Saeilynoja et al. 2022, by simulation); `counts` by bin, and mean and spread against uniform."""
    values = np.asarray(ranks)
    counts = np.bincount(values * BINS // (RANKS + 1), minlength=BINS)
    p = float(stats.chisquare(counts).pvalue)
    unit = (values + 0.5) / (RANKS + 1)
    return {
        "chi2_p": round(p, 4),
        "ecdf_p": round(_ecdf_p(values), 4),
        "mean": round(float(unit.mean()), 4),
        "sd_ratio": round(float(unit.std() * np.sqrt(12.0)), 4),
        "counts": counts.tolist(),
    }


def _ecdf_p(values: Array, worlds: int = 2000) -> float:
    """Probability of straying so far, under uniform ranks; the same simulated worlds for the same number of ranks."""
    random = np.random.default_rng(len(values))
    null = random.integers(0, RANKS + 1, (worlds, len(values)))
    own = _least(values[None])[0]
    return float((1 + (_least(null) <= own).sum()) / (worlds + 1))


def _least(values: Array) -> Array:
    """The least pointwise two-sided probability of the empirical distribution, over all places."""
    size = values.shape[1]
    at = np.arange(1, RANKS + 1)
    below = np.stack([(values < place).sum(axis=1) for place in at], axis=1)
    law = stats.binom(size, at / (RANKS + 1))
    return np.asarray(np.minimum(law.cdf(below), law.sf(below - 1)).min(axis=1))

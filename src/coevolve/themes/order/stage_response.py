"""How a place answers the unexpected loss of firms: does it fill the gap, keep it, or lose more?

Where firms follow firms, a region that loses a few by accident gets fewer entrants too. With neutral exit and shares
near their usual level, an unexpected loss u at t leaves

    E[n_{t+k} - n_t | u] = -phi^(k-1) u,     phi = 1 - h lambda

so the path of slopes gives the restoring force lambda: 1 where entrants do not look at firms, 0 at the threshold,
negative where a cluster forms. No natural advantage enters, however it grows, as long as losses are accidents.
Three gates say whether they are; where one fails there is no lambda.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

HORIZONS = (1, 2, 3, 5, 8)
BEHIND = 2  # periods before the loss that its own mean leaves out
LEAST_FAR = 6  # periods outside the window that a mean needs
LEAST_CELLS = 20
NORMAL_90, NORMAL_95 = 1.6449, 1.96
GATE = 2.394  # each gate at 98.3 %, so that all three hold with 95 % where all are true
UNCORRELATED = (
    "unexpected exits of one period do not foretell those of the next",
    "unexpected exits foretell those of the next period",
)
PLACEBO = ("past growth does not foretell unexpected exits", "past growth foretells unexpected exits")
ONE_FEWER = (
    "an unexpected exit is one fewer in the next count",
    "an unexpected exit is not one fewer in the next count",
)
FORCE = np.linspace(-1.0, 1.5, 501)  # the values of lambda looked at: 1 is the most that entrants can restore


@dataclass(frozen=True)
class Gate:
    """One condition: what must hold, what it means if not, the value found, its interval, what must lie inside."""

    name: str
    broken: str
    value: float
    lo: float
    hi: float
    wanted: float

    @property
    def holds(self) -> bool:
        """Whether the wanted value lies inside."""
        return bool(self.lo <= self.wanted <= self.hi)


@dataclass(frozen=True)
class Response:
    """The answer to unexpected losses: slopes by horizon with standard errors, gates, and lambda with its weights.

    `force` is lambda with its 90 % interval; `grid` and `weight` are its distribution; all NaN where `why_not` says
    why nothing was estimated. `exit` is the mean chance to leave h.
    """

    horizons: tuple[int, ...]
    slopes: Array
    errors: Array
    gates: tuple[Gate, ...]
    exit: float
    force: float
    lo: float
    hi: float
    grid: Array
    weight: Array
    why_not: str = ""

    @property
    def identified(self) -> bool:
        """Whether lambda may be read."""
        return not self.why_not

    def chance(self, low: float, high: float) -> float:
        """The probability that lambda lies in [low, high)."""
        inside = (self.grid >= low) & (self.grid < high)
        return float(self.weight[inside].sum())

    def excludes(self, value: float) -> bool:
        """Whether the 95 % interval of lambda leaves a value out."""
        below = self.chance(-np.inf, value)
        return bool(min(below, 1 - below) < 0.025)


def respond(counts: Array, exits: Array) -> Response:
    """The response of shares to unexpected exits; `counts` (period, cell), `exits[t]` those between t - 1 and t."""
    periods, cells = counts.shape
    horizons = tuple(k for k in HORIZONS if periods - 1 - (k + 1 + BEHIND) >= LEAST_FAR and 2 * k <= periods - 1)
    base, left = counts[:-1], exits[1:]
    exit = float(left.sum() / base.sum())
    if cells < LEAST_CELLS or len(horizons) < 2:
        return _nothing(exit, cells, periods)
    usable = np.asarray((base > 0).all(axis=0))
    if usable.sum() < LEAST_CELLS:
        return _nothing(exit, int(usable.sum()), periods)
    base, left, whole = base[:, usable], left[:, usable], counts.sum(axis=1)
    share = counts[:, usable] / whole[:, None]
    rate = left / base - (left.sum(axis=1) / base.sum(axis=1))[:, None]
    mean, far = _far_means(len(rate), horizons[-1])
    weight = base / base.mean()
    square = (rate - mean @ rate) ** 2 * (far / (far + 1))[:, None]
    lasting = _lasting(rate, base, far)
    surprise = rate - lasting * (mean @ rate)
    held = float((lasting * weight.mean(axis=0)).mean())
    overlap = np.einsum("ts,ts->t", mean[1:], mean[:-1])[:, None] * lasting**2
    steps = len(rate)
    tops, bottoms = [], []
    for k in horizons:
        moved = (share[k : steps + 1] - share[: steps + 1 - k]) / share[: steps + 1 - k]
        rows = slice(0, steps + 1 - k)
        tops.append((weight * surprise)[rows] * moved)
        bottoms.append((weight * square)[rows])
    slopes, influence = _ratios([one.sum(axis=0) for one in tops], [one.sum(axis=0) for one in bottoms])
    errors = np.sqrt(np.diag(influence.T @ influence))
    phi = 1 - exit * FORCE
    recovery = held * np.stack([_recovery(k, phi, steps, far) for k in horizons], axis=1)
    force, inside = _force(horizons, slopes, influence, recovery, phi)
    gates = _gates(weight * surprise, weight, square, share, overlap, recovery[inside], slopes[0], errors[0])
    slopes = slopes - recovery[int(np.argmax(force[-1]))]
    found = Response(horizons, slopes, errors, gates, exit, *force)
    failed = [gate for gate in gates if not gate.holds]
    if failed:
        words = "; ".join(f"{gate.broken} ({gate.value:.2f}, {gate.wanted:.0f} wanted)" for gate in failed)
        return replace(found, force=np.nan, lo=np.nan, hi=np.nan, weight=np.full(len(FORCE), np.nan), why_not=words)
    return found


def _gates(
    pull: Array,
    weight: Array,
    square: Array,
    share: Array,
    overlap: Array,
    recovery: Array,
    first: float,
    error: float,
) -> tuple[Gate, ...]:
    """The three gates; `pull` is the weighed surprise, `recovery` that of all phi inside the interval of lambda."""
    steps = len(pull)
    again = pull[1:] * (pull[:-1] / weight[:-1]) - overlap * weight[1:] * square[:-1]
    grew = (share[1:steps] - share[: steps - 1]) / share[: steps - 1]
    ratio, influence = _ratios(
        [again.sum(axis=0), (grew * pull[1:]).sum(axis=0)],
        [(weight[1:] * square[:-1]).sum(axis=0), (weight[1:] * square[1:]).sum(axis=0)],
    )
    wide = np.sqrt((influence**2).sum(axis=0))
    return (
        _gate(UNCORRELATED, ratio[0], wide[0], 0.0),
        _gate(PLACEBO, ratio[1], wide[1], 0.0, recovery[:, 0]),
        _gate(ONE_FEWER, first, error, -1.0, recovery[:, 0]),
    )


def _far_means(steps: int, ahead: int) -> tuple[Array, Array]:
    """For each loss the mean over periods far from it, as weights, and how many these are.

    Neither the losses of its window ahead nor those just before are in it, so that they cannot feign an answer.
    """
    places = np.arange(steps)
    gap = places[None, :] - places[:, None]
    away = ((gap < -BEHIND) | (gap > ahead)).astype(float)
    far = away.sum(axis=1)
    return away / far[:, None], far


def _lasting(rate: Array, base: Array, far: Array) -> Array:
    """The share of a cell's far mean that lasts, 0 to 1 by cell: the rest is chance (a random effect, shrunk).

    0 for all where mean exit rates differ no more than by chance (two standard errors); then nobody's mean is taken.
    """
    steps, cells = rate.shape
    own = rate.mean(axis=0)
    size = base.mean(axis=0)
    noise = (size * ((rate - own) ** 2).sum(axis=0) / (steps - 1)).mean() / size
    excess = float((own**2 * steps / noise).mean()) - 1.0
    if excess < 2 * np.sqrt(2 / cells):
        return np.zeros(cells)
    between = max(0.0, float((own**2 - noise / steps).mean()))
    return np.asarray(between / (between + noise / far.mean()))


def _recovery(horizon: int, phi: Array, steps: int, far: Array) -> Array:
    """What the far mean adds to a slope: earlier losses are in it, and places were still recovering from them.

    By the same theory it is -(1 - phi^k) sum_j phi^j / (periods of the mean), j from BEHIND on; one value a phi.
    """
    powers = np.cumsum(phi[:, None] ** np.arange(steps), axis=1)
    rows = np.arange(steps + 1 - horizon)
    earlier = np.where(rows > BEHIND, powers[:, np.maximum(rows - 1, 0)] - powers[:, [BEHIND - 1]], 0.0)
    return np.asarray(-(1 - phi**horizon) * (earlier / far[rows]).mean(axis=1))


def _ratios(tops: list[Array], bottoms: list[Array]) -> tuple[Array, Array]:
    """Ratios of sums over cells, and the influence of each cell on each (cell, ratio)."""
    top, bottom = np.array(tops), np.array(bottoms)
    ratio = top.sum(axis=1) / bottom.sum(axis=1)
    cells = top.shape[1]
    influence = (top - ratio[:, None] * bottom) / bottom.sum(axis=1)[:, None] * np.sqrt(cells / (cells - 1))
    return ratio, influence.T


def _gate(words: tuple[str, str], value: float, error: float, wanted: float, bias: Array | None = None) -> Gate:
    """A gate; `bias` is what the far mean may add to the value, over the phi that the data allow."""
    adds = np.zeros(1) if bias is None else bias
    lo, hi = value - adds.max() - GATE * error, value - adds.min() + GATE * error
    return Gate(*words, float(value - np.median(adds)), float(lo), float(hi), wanted)


def _force(
    horizons: tuple[int, ...], slopes: Array, influence: Array, recovery: Array, phi: Array
) -> tuple[tuple[float, float, float, Array, Array], NDArray[np.bool_]]:
    """The lambda in how slopes differ from the first: slope_k - slope_1 = 1 - phi^(k-1), all horizons weighed."""
    gain = slopes[1:] - slopes[0]
    lean = influence[:, 1:] - influence[:, [0]]
    spread = lean.T @ lean
    power = np.array(horizons[1:]) - 1
    away = gain - (1 - phi[:, None] ** power) - (recovery[:, 1:] - recovery[:, [0]])
    distance = np.einsum("gi,ij,gj->g", away, np.linalg.pinv(spread), away)
    weight = np.exp(-(distance - distance.min()) / 2)
    weight /= weight.sum()
    inside = distance - distance.min() <= NORMAL_90**2
    best = float(FORCE[distance.argmin()])
    return (best, float(FORCE[inside].min()), float(FORCE[inside].max()), FORCE, weight), inside


def _nothing(exit: float, cells: int, periods: int) -> Response:
    empty = np.array([np.nan])
    words = (
        f"{cells} cells are too few, {LEAST_CELLS} with firms throughout are needed"
        if cells < LEAST_CELLS
        else f"{periods} periods are too few, {LEAST_FAR + HORIZONS[1] + BEHIND + 2} are needed"
    )
    nan = float("nan")
    return Response((1,), empty, empty, (), exit, nan, nan, nan, empty, empty, words)

"""Which of many findings to believe: false discoveries, errors shared within clusters, and panels of noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, fdtrc, stdtrit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_SMALLEST = 1e-300  # a p-value of 0 has no tangent


def benjamini_hochberg(p: ArrayLike) -> Floats:
    """The q of each p: the least false discovery rate at which it is still called. Shape as given; NaN stays NaN.

        q_(k) = min_{l >= k} m p_(l) / l                              Benjamini & Hochberg (1995), m tests in all

    >>> benjamini_hochberg([0.01, 0.04, 0.5]).round(3).tolist()
    [0.03, 0.06, 0.5]
    """
    given = np.asarray(p, np.float64)
    known = np.flatnonzero(np.isfinite(given.ravel()))
    values = given.ravel()[known]
    order = np.argsort(values, kind="stable")
    scaled = values[order] * len(values) / np.arange(1, len(values) + 1)
    least = np.minimum.accumulate(scaled[::-1])[::-1]
    q = np.full(given.size, np.nan)
    q[known[order]] = np.minimum(least, 1.0)
    return q.reshape(given.shape)


def cauchy_combination(p: ArrayLike, weight: ArrayLike) -> Floats:
    """One p from several about the same thing, whatever their dependence: sums over the first axis.

        T = sum_k w_k tan(pi (1/2 - p_k)),   p = 1/2 - arctan(T) / pi                         Liu & Xie (2020)

    Weights are made to sum to 1; a p of weight 0 is not read. Good in the tail, where it matters.

    >>> float(cauchy_combination([[0.01], [0.7]], [[1.0], [0.0]])[0].round(6))
    0.01
    """
    values, shares = np.broadcast_arrays(np.asarray(p, np.float64), np.asarray(weight, np.float64))
    shares = shares / shares.sum(axis=0)
    inside = np.clip(np.where(shares > 0.0, values, 0.5), _SMALLEST, 1.0 - 1e-15)
    tangent = np.where(inside < 1e-8, 1.0 / (np.pi * inside), np.tan(np.pi * (0.5 - inside)))
    total = (shares * tangent).sum(axis=0)
    with np.errstate(divide="ignore"):
        tail = 1.0 / (np.pi * total)
    return np.asarray(np.where(total > 1e8, tail, 0.5 - np.arctan(total) / np.pi))


def wald(statistic: ArrayLike, tested: int, clusters: int) -> Floats:
    """The p of a Wald statistic of `tested` coefficients whose covariance comes from `clusters` clusters.

        F = W (G - q) / (q (G - 1)),  q and G - q degrees of freedom      (Hotelling's T squared)

    With one coefficient this is the two-sided t test on G - 1 degrees. NaN where G <= q.
    """
    value = np.asarray(statistic, np.float64)
    left = clusters - tested
    if left <= 0:
        return np.full(value.shape, np.nan)
    return np.asarray(fdtrc(tested, left, value * left / (tested * (clusters - 1.0))))


def signed_rank(values: Floats) -> float:
    """The z of Wilcoxon's (1945) signed ranks in their normal form: above 0 where most values are, and the large ones.

    Zeros are left out; NaN where nothing else is.

    >>> round(signed_rank(np.array([1.0, 2.0, 3.0, -0.5, 4.0, 0.0])), 3)
    1.753
    """
    some = values[values != 0.0]
    many = len(some)
    if not many:
        return float("nan")
    rank = np.argsort(np.argsort(np.abs(some), kind="stable"), kind="stable") + 1.0
    apart = float(rank[some > 0.0].sum()) - many * (many + 1) / 4.0
    return apart / float(np.sqrt(many * (many + 1) * (2 * many + 1) / 24.0))


def t_quantile(level: float, degrees: float) -> float:
    """The value that a t statistic stays below with chance `level`."""
    return float(stdtrit(degrees, level))


def delete_one(whole: Floats, without: Floats) -> Floats:
    """The covariance of an estimate from what it becomes when each cluster in turn is left out.

        V = (G - 1)/G sum_g (b_(-g) - b)(b_(-g) - b)'                     the jackknife, centred at the estimate

    `whole` is (..., coefficient), `without` (..., cluster, coefficient). It contains the leverage of each cluster,
    so that few clusters do not make it too small.
    """
    clusters = without.shape[-2]
    apart = without - whole[..., None, :]
    return np.asarray((clusters - 1.0) / clusters * np.swapaxes(apart, -1, -2) @ apart)


def clopper_pearson(hits: int, draws: int, mass: float = 0.95) -> tuple[float, float]:
    """The exact interval of a share of `hits` in `draws`.

    >>> tuple(round(end, 3) for end in clopper_pearson(0, 100))
    (0.0, 0.036)
    """
    tail = (1.0 - mass) / 2.0
    low = 0.0 if hits == 0 else float(betaincinv(hits, draws - hits + 1, tail))
    high = 1.0 if hits == draws else float(betaincinv(hits + 1, draws - hits, 1.0 - tail))
    return low, high


def elsewhere(generator: np.random.Generator, size: int) -> Ints:
    """A shuffle of 0 ... size - 1 in which nobody stays in place (one of all such, each as likely).

    >>> places = elsewhere(np.random.default_rng(1), 6)
    >>> bool((places != np.arange(6)).all()), sorted(places.tolist())
    (True, [0, 1, 2, 3, 4, 5])
    """
    while True:
        places = generator.permutation(size)
        if size < 2 or not (places == np.arange(size)).any():
            return places

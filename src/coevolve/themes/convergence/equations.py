"""How far two industries have come together, in formulas: shares of common patents, inputs, customers, units.

A is the first industry of a pair and B the second; input-output arrays keep (supplier, user). All are pure, for one
pair and one year. The measures are the field's; Ma (2021) names the six aspects (Fig. 7) and defines none of them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, gammaincinv, gammaln

Array = NDArray[np.float64]


def directional_share(both: float, one: float) -> float:
    """The share of an industry's patents that carry a class of the other too, from 0 to 1.

        p_A = n_AB / n_A                                                       Ma Fig. 7, technology

    NaN where the industry has none.

    >>> directional_share(3.0, 12.0)
    0.25
    """
    return both / one if one > 0 else float("nan")


def jaccard(both: float, first: float, second: float) -> float:
    """The share of all patents of the two industries that belong to both, from 0 to 1.

        J = n_AB / (n_A + n_B - n_AB)

    Grows with the volume of patents alone: read it beside `log_ratio`.

    >>> jaccard(2.0, 5.0, 7.0)
    0.2
    """
    whole = first + second - both
    return both / whole if whole > 0 else float("nan")


def expected_both(first: float, second: float, whole: float) -> float:
    """How many patents would carry both if classes fell on them by chance: the hypergeometric mean n_A n_B / n."""
    return first * second / whole if whole > 0 else float("nan")


def log_ratio(both: float, first: float, second: float, whole: float) -> float:
    """How much more often two classes meet than by chance, in log units; half a patent is added to both sides.

        J* = log[(n_AB + 1/2) / (n_A n_B / n + 1/2)]

    >>> round(log_ratio(30.0, 100.0, 100.0, 1000.0), 3)
    1.066
    """
    return float(np.log((both + 0.5) / (expected_both(first, second, whole) + 0.5)))


def chance_of_as_many(both: float, first: float, second: float, whole: float) -> float:
    """The probability that chance alone puts at least `both` patents in both classes.

        P(X >= n_AB),  X hypergeometric: n_B drawn from n of which n_A are marked

    All four are counts; they are rounded. Large classes are summed in logs.

    >>> round(chance_of_as_many(1, 1, 1, 10), 12)
    0.1
    """
    k, a, b, n = (round(one) for one in (both, first, second, whole))
    top = min(a, b)
    if k > top:
        return 0.0
    low = max(k, a + b - n, 0)
    x = np.arange(low, top + 1)
    logs = _log_choose(a, x) + _log_choose(n - a, b - x) - _log_choose(n, np.array([b]))
    return float(min(1.0, np.exp(logs).sum()))


def _log_choose(many: int, few: ArrayLike) -> Array:
    k = np.asarray(few, float)
    return np.asarray(gammaln(many + 1.0) - gammaln(k + 1.0) - gammaln(many - k + 1.0))


def share_interval(part: float, whole: float, mass: float = 0.9) -> tuple[float, float]:
    """Between which shares the true one lies: equal tails of Beta(part + 1/2, whole - part + 1/2)  (Jeffreys).

    >>> [round(one, 3) for one in share_interval(0.0, 10.0)]
    [0.0, 0.171]
    """
    if not whole > 0:
        return float("nan"), float("nan")
    tail = (1 - mass) / 2
    a, b = part + 0.5, max(whole - part, 0.0) + 0.5
    low = 0.0 if part <= 0 else float(betaincinv(a, b, tail))
    high = 1.0 if part >= whole else float(betaincinv(a, b, 1 - tail))
    return low, high


def count_interval(count: float, mass: float = 0.9) -> tuple[float, float]:
    """Between which rates the rate behind a count lies: equal tails of Gamma(count + 1/2)  (Jeffreys, Poisson)."""
    tail = (1 - mass) / 2
    return float(gammaincinv(count + 0.5, tail)), float(gammaincinv(count + 0.5, 1 - tail))


def direct_inputs(flows: ArrayLike, output: ArrayLike) -> Array:
    """What each industry buys from each other one per unit of its output, shape (supplier, user).

    a_ij = z_ij / x_j                                                      Ma Fig. 7, business
    """
    z, x = np.asarray(flows, float), np.asarray(output, float)
    found: Array = np.divide(z, x, out=np.zeros_like(z), where=x > 0)
    return found


def proportional_inputs(flows: ArrayLike, output: ArrayLike) -> Array:
    """The inputs if nobody preferred any supplier: each user spreads its purchases as all users together do.

        a*_ij = (z_i. z_.j / z_..) / x_j

    >>> proportional_inputs([[1.0, 3.0], [1.0, 3.0]], [4.0, 12.0]).tolist()
    [[0.25, 0.25], [0.25, 0.25]]
    """
    z = np.asarray(flows, float)
    total = z.sum()
    if not total > 0:
        return np.zeros_like(z)
    return direct_inputs(np.outer(z.sum(axis=1), z.sum(axis=0)) / total, output)


def likeness_of_customers(sales: ArrayLike, first: int, second: int) -> float:
    """How alike two industries' customers are: the cosine of their sales rows, from 0 to 1.

        cos = sum_k z_Ak z_Bk / sqrt(sum z_Ak^2 sum z_Bk^2),  k neither A nor B        Ma Fig. 7, market

    `sales` has shape (supplier, customer); its first columns are the industries themselves, more may follow (final
    uses). What the pair sells to itself is left out. NaN where one of them sells to nobody else.
    """
    z = np.asarray(sales, float)
    return _cosine(z[first], z[second], (first, second))


def likeness_of_inputs(flows: ArrayLike, first: int, second: int) -> float:
    """How alike two industries' inputs are: the cosine of their purchase columns, 0 to 1; Ma Fig. 7, product.

    What the pair buys from itself is left out.
    """
    z = np.asarray(flows, float)
    return _cosine(z[:, first], z[:, second], (first, second))


def _cosine(one: Array, other: Array, without: tuple[int, int]) -> float:
    keep = np.ones(len(one), bool)
    keep[list(without)] = False
    u, v = np.maximum(one[keep], 0.0), np.maximum(other[keep], 0.0)
    size = float(np.sqrt((u @ u) * (v @ v)))
    return float(u @ v) / size if size > 0 else float("nan")


def cosines(vectors: ArrayLike) -> Array:
    """The likeness of every two industries at once (rows), the own pair left out as in `likeness_of_customers`.

    `vectors` has shape (industry, partner); the first partners are the industries themselves, in their order.
    """
    v = np.maximum(np.asarray(vectors, float), 0.0)
    many = len(v)
    own = v[:, :many]
    inner, size = v @ v.T, (v**2).sum(axis=1)
    self_sold = np.diag(own)
    inner = inner - self_sold[:, None] * own.T - own * self_sold[None, :]  # partners A and B leave the inner product
    length = np.maximum(size[:, None] - self_sold[:, None] ** 2 - own**2, 0.0)
    norm = np.sqrt(length * length.T)
    kept = np.minimum(length, length.T) > 1e-9 * size.max()  # what is left of the sums is more than rounding
    found: Array = np.divide(inner, norm, out=np.full((many, many), np.nan), where=kept)
    return np.asarray(np.clip(found, 0.0, 1.0))


def secondary_share(make: ArrayLike) -> float:
    """The share of two industries' output that is the other's product: the off-diagonal of their make table.

        N = (V_AB + V_BA) / (V_AA + V_AB + V_BA + V_BB)                        Ma Fig. 7, enterprise

    >>> secondary_share([[8.0, 1.0], [1.0, 10.0]])
    0.1
    """
    v = np.asarray(make, float)
    total = float(v.sum())
    return float(v[0, 1] + v[1, 0]) / total if total > 0 else float("nan")


def logistic(time: ArrayLike, speed: float, midpoint: float) -> Array:
    """The convergence degree along one wave: s(t) = 1 / (1 + exp(-speed (t - midpoint))), from 0 to its ceiling 1."""
    return np.asarray(1.0 / (1.0 + np.exp(-speed * (np.asarray(time, float) - midpoint))))


def normalised_mutual_information(first: ArrayLike, second: ArrayLike) -> float:
    """How well one grouping tells the other: 1 the same groups, 0 nothing.

        NMI = 2 I(U; V) / (H(U) + H(V));    integration index = 1 - NMI        Ma Fig. 5

    1 where both groupings have one group only (they agree).

    >>> normalised_mutual_information([0, 0, 1, 1], [1, 1, 0, 0])
    1.0
    """
    table = _crossed(first, second)
    joint = table / table.sum()
    rows, columns = joint.sum(axis=1), joint.sum(axis=0)
    entropy = -(rows * np.log(rows)).sum() - (columns * np.log(columns)).sum()
    if entropy <= 0:
        return 1.0
    there = joint > 0
    shared = float((joint[there] * np.log((joint / np.outer(rows, columns))[there])).sum())
    return min(max(2.0 * shared / float(entropy), 0.0), 1.0)


def adjusted_rand(first: ArrayLike, second: ArrayLike) -> float:
    """How often two groupings agree on pairs, corrected for chance: 1 the same, 0 as by chance.

        ARI = (S - E) / (M - E),  S = sum C(n_ij, 2), E its mean by chance         Hubert & Arabie (1985)

    >>> adjusted_rand([0, 0, 1, 1], [5, 5, 7, 7])
    1.0
    """
    table = _crossed(first, second)
    total = table.sum()

    def pairs(many: Array) -> float:
        return float((many * (many - 1) / 2).sum())

    both, rows, columns = pairs(table), pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    chance = rows * columns / max(total * (total - 1) / 2, 1.0)
    most = (rows + columns) / 2
    return 1.0 if most == chance else float((both - chance) / (most - chance))


def _crossed(first: ArrayLike, second: ArrayLike) -> Array:
    rows, u = np.unique(np.asarray(first), return_inverse=True)
    columns, v = np.unique(np.asarray(second), return_inverse=True)
    table = np.zeros((len(rows), len(columns)))
    np.add.at(table, (u, v), 1.0)
    return table


def coupling_of_two(first: ArrayLike, second: ArrayLike) -> tuple[Array, Array, Array]:
    """Coupling degree C, coordination index T and coupling coordination degree D of two industries' scores in [0, 1].

        C = 2 sqrt(U_1 U_2) / (U_1 + U_2),   T = (U_1 + U_2) / 2,   D = sqrt(C T)

    C compares levels: it is near 1 whenever the two are alike, even if they have nothing to do with each other.
    D^2 is the geometric mean of the scores. C is NaN where both are 0.
    """
    u, v = np.asarray(first, float), np.asarray(second, float)
    mean, middle = (u + v) / 2, np.sqrt(u * v)
    coupling = np.divide(middle, mean, out=np.full(np.shape(mean), np.nan), where=mean > 0)
    return coupling, mean, np.sqrt(middle)

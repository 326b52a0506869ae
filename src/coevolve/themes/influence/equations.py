"""What standing in a network means: Tong & Wang (1) to (5), undirected, directed and two-mode.

g actors, l links; loops and duplicate links are already gone. A two-mode network ties g1 actors of one kind to g2 of
another (clusters and innovators) and never two of a kind, so its measures are scaled by what such a network can reach.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def mean_degree(links: int, actors: int, *, directed: bool = False) -> float:
    """How many ties an actor has on average, in links an actor.

        undirected  d = sum_i d_i / g = 2 l / g          directed  d_in = d_out = l / g          Tong & Wang (1)

    NaN without actors. For a two-mode network call it once a mode with `directed=True`: l / g1 and l / g2.

    >>> mean_degree(3, 4), mean_degree(3, 4, directed=True)
    (1.5, 0.75)
    """
    return float(_ratio(links if directed else 2.0 * links, actors))


def density(links: int, actors: int, *, directed: bool = False) -> float:
    """The share of all possible links that exist, 0 to 1.

        undirected  m = 2 l / (g (g - 1))                directed  m = l / (g (g - 1))           Tong & Wang (2)

    NaN below two actors.

    >>> density(3, 3)
    1.0
    """
    return float(_ratio(links if directed else 2.0 * links, actors * (actors - 1.0)))


def two_mode_density(links: int, first: int, second: int) -> float:
    """The share of possible links between two modes that exist, 0 to 1.

        m = l / (g1 g2)                                                                          Tong & Wang (2)

    The one-mode form can never reach 1 here, since two actors of one mode are never tied.

    >>> two_mode_density(6, 2, 3)
    1.0
    """
    return float(_ratio(links, float(first) * second))


def degree_centrality(degree: ArrayLike, others: ArrayLike) -> Floats:
    """Local centrality: an actor's ties as a share of the ties it could have; 0 isolated, 1 the core.

        C1(i) = d_i / (g - 1)                            two-mode  d_i / g_other                 Tong & Wang (3)

    `others` is g - 1 (also for the inward and the outward degree of a directed network, each), or g_other.

    >>> degree_centrality([2, 1, 1], 2).tolist()
    [1.0, 0.5, 0.5]
    """
    return _ratio(degree, others)


def betweenness_normalised(betweenness: ArrayLike, actors: int, *, directed: bool = False) -> Floats:
    """Betweenness as a share of its largest possible value, that of the centre of a star.

        C2(i) / ((g - 1)(g - 2) / 2)                     directed  C2(i) / ((g - 1)(g - 2))      Tong & Wang (4)

    NaN below three actors.

    >>> betweenness_normalised([3.0, 0.0, 0.0, 0.0], 4).tolist()
    [1.0, 0.0, 0.0, 0.0]
    """
    return _ratio(betweenness, (actors - 1.0) * (actors - 2.0) / (1.0 if directed else 2.0))


def two_mode_betweenness_maximum(own: int, other: int) -> float:
    """The largest betweenness an actor can have when `own` actors of its mode face `other` of the other mode.

        [g2^2 (s+1)^2 + g2 (s+1)(2t - s - 1) - t (2s - t + 3)] / 2,   s = (g1 - 1) div g2,  t = (g1 - 1) mod g2

    with g1 own and g2 other: Borgatti & Everett (1997), for Tong & Wang (4). NaN when the other mode is empty.

    >>> two_mode_betweenness_maximum(1, 3)
    3.0
    """
    if other == 0:
        return float("nan")
    s, t = divmod(own - 1, other)
    return (other**2 * (s + 1) ** 2 + other * (s + 1) * (2 * t - s - 1) - t * (2 * s - t + 3)) / 2.0


def closeness(total: ArrayLike) -> Floats:
    """Raw closeness: one over the sum of geodesic distances to the actors within reach, in 1/links.

        C3(i) = 1 / sum_j d_ij                                                                   Tong & Wang (5)

    NaN for an isolated actor, which has no distances. Not comparable across components: a lone pair scores 1, more
    than anyone in a large component. Rank by `wasserman_faust`.

    >>> closeness([3.0, 0.0])
    array([0.33333333,        nan])
    """
    return _ratio(1.0, total)


def wasserman_faust(reached: ArrayLike, total: ArrayLike, actors: int) -> Floats:
    """Closeness that counts how many an actor reaches, 0 (nobody) to 1 (everybody, at one step).

        C3'(i) = [r / (g - 1)] [r / sum_j d_ij],   r actors within reach       Wasserman & Faust (1994), ch. 5

    >>> wasserman_faust([3, 1, 0], [3.0, 1.0, 0.0], 5)
    array([0.75, 0.25, 0.  ])
    """
    return two_mode_closeness(reached, 0, total, actors)


def two_mode_closeness(reached_other: ArrayLike, reached_own: ArrayLike, total: ArrayLike, actors: int) -> Floats:
    """Closeness against the nearest that a two-mode network allows: 1 step to the other mode, 2 to one's own.

        C3'(i) = [r / (g - 1)] [(r_other + 2 r_own) / sum_j d_ij],   r = r_other + r_own

    Borgatti & Everett (1997) within the component, times the share of actors within reach, as Wasserman & Faust do;
    in a connected network it is Borgatti & Everett's measure. 0 for an isolated actor.

    >>> two_mode_closeness([2, 1], [0, 1], [2.0, 3.0], 3).tolist()
    [1.0, 1.0]
    """
    other, own = np.asarray(reached_other, float), np.asarray(reached_own, float)
    share = _ratio(other + own, actors - 1.0)
    nearness = _ratio(other + 2.0 * own, total)
    return np.where(other + own > 0.0, share * nearness, 0.0)


def _ratio(above: ArrayLike, below: ArrayLike) -> Floats:
    """One by the other, and NaN where there is nothing to divide by."""
    upper, lower = np.broadcast_arrays(np.asarray(above, np.float64), np.asarray(below, np.float64))
    return np.asarray(np.divide(upper, lower, out=np.full(lower.shape, np.nan), where=lower > 0.0))

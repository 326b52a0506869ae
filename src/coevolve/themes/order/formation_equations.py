"""The theory of cluster formation: when firms that follow each other stay dispersed, and when they gather.

Entrants choose q_r = eps e_r + sigma n_r/M + (1 - eps - sigma) n_r^alpha / sum n^alpha; firms leave with chance h.
All here holds for neutral exit and equal natural advantage (Wang §1 made exact; Arthur's urn, Kirman's ants).
"""

from __future__ import annotations

import numpy as np


def restoring_force(feedback: float, external: float, spin_off: float) -> float:
    """How strongly an even spread is restored after a disturbance: above 0 it is, below 0 a cluster forms.

        lambda = 1 - [sigma + (1 - eps - sigma) alpha]                              Wang §1, linearised

    >>> round(restoring_force(1.0, 0.1, 0.2), 9)
    0.1
    """
    return 1.0 - (spin_off + (1.0 - external - spin_off) * feedback)


def threshold(external: float, spin_off: float) -> float:
    """The self-enhancement from which an even spread cannot last.

        alpha_c = (1 - sigma) / (1 - eps - sigma)

    It grows with external inflow. Infinite where nobody follows others (eps + sigma = 1).

    >>> round(threshold(0.1, 0.2), 4)
    1.1429
    """
    own = 1.0 - external - spin_off
    return (1.0 - spin_off) / own if own > 0 else float("inf")


def persistence(force: float, exit: float) -> float:
    """What is left after a year of a small deviation from an even spread: the AR(1) coefficient of its share.

    phi = 1 - h lambda
    """
    return 1.0 - exit * force


def share_variance(force: float, exit: float, firms: int, regions: int) -> float:
    """The variance of a region's share around an even spread; NaN at and beyond the threshold.

    Var(p_r) = (2h - h^2) (1/R) (1 - 1/R) / (M (1 - phi^2))
    """
    phi = persistence(force, exit)
    if not abs(phi) < 1:
        return float("nan")
    return (2 * exit - exit**2) * (1 / regions) * (1 - 1 / regions) / (firms * (1 - phi**2))


def amplification(force: float, exit: float) -> float:
    """How many times larger the variance of shares is than if every firm located on its own; near 1/lambda.

    (2h - h^2) / (1 - phi^2): 1 where nothing feeds back (lambda = 1), without bound at the threshold.
    """
    phi = persistence(force, exit)
    return (2 * exit - exit**2) / (1 - phi**2) if abs(phi) < 1 else float("inf")


def drift_of_share(share: float, feedback: float, external: float, spin_off: float, regions: int) -> float:
    """Where the next entrants go less where firms stand, for one region at `share` and all others alike: q - x."""
    others = (1.0 - share) / (regions - 1)
    own = share**feedback / (share**feedback + (regions - 1) * others**feedback)
    return float(external / regions + spin_off * share + (1 - external - spin_off) * own - share)


def sustain_point(external: float, spin_off: float, regions: int) -> float:
    """The self-enhancement down to which a cluster that is already there can hold itself (the saddle-node).

    Between it and the threshold both an even spread and a cluster last: history decides. Found where the drift of
    the leading share first has a second zero; as fine as 1e-4. Equal to the threshold where there is no such range.

    >>> round(sustain_point(0.1, 0.2, 100), 3)
    1.05
    """
    shares = 1 / regions + (1 - 1 / regions) * np.linspace(0.02, 0.9999, 4000)

    def holds(feedback: float) -> bool:
        others = (1.0 - shares) / (regions - 1)
        own = shares**feedback / (shares**feedback + (regions - 1) * others**feedback)
        drift = external / regions + spin_off * shares + (1 - external - spin_off) * own - shares
        return bool((drift > 0).any())

    low, high = 0.0, threshold(external, spin_off)
    if not np.isfinite(high):
        return high
    while high - low > 1e-5:
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def simon_exponent(novelty: float) -> float:
    """The exponent of the density of sizes where entrants join in proportion to size and nobody leaves.

    1 + 1/(1 - mu), mu the chance of an entrant to open a new place (Yule 1925, Simon 1955)
    """
    return 1.0 + 1.0 / (1.0 - novelty)

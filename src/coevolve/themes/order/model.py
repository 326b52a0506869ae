"""The index of coupling coordination on arrays: goalposts, weights, scores and degrees.

Rows are the region-years that have every indicator; columns are the indicators of all subsystems.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from . import equations

Array = NDArray[np.float64]
Weighting = Literal["entropy", "critic", "equal", "blend"]
Form = Literal["standard", "wang2021"]


@dataclass(frozen=True)
class Scheme:
    """What is measured and how: `members[j]` is the subsystem of indicator j, `less[j]` whether less of it is better,
    `shares` how much each subsystem counts in the coordination index (they sum to 1)."""

    members: NDArray[np.int64]
    less: NDArray[np.bool_]
    shares: Array
    weights: Weighting = "entropy"
    form: Form = "standard"

    @classmethod
    def of(
        cls, sizes: Sequence[int], less: Sequence[bool] = (), weights: Weighting = "entropy", form: Form = "standard"
    ) -> Scheme:
        """A scheme of subsystems of `sizes` indicators that count alike; more is better unless `less` says so."""
        members = np.repeat(np.arange(len(sizes)), sizes)
        turned = np.asarray(less, bool) if len(less) else np.zeros(len(members), bool)
        return cls(members, turned, np.full(len(sizes), 1 / len(sizes)), weights, form)

    def places(self, subsystem: int) -> NDArray[np.int64]:
        """The columns of one subsystem."""
        return np.flatnonzero(self.members == subsystem)


@dataclass(frozen=True)
class Index:
    """The measured index: goalposts and weights by indicator; `scores` (subsystem, row) and the rest by row."""

    low: Array
    high: Array
    y: Array
    entropy_weight: Array
    weight: Array
    scores: Array
    coupling: Array
    index: Array
    degree: Array


def measure(values: Array, scheme: Scheme, low: Array | None = None, high: Array | None = None) -> Index:
    """The index of these rows (no NaN), between goalposts that are the extremes of all rows unless given."""
    bottom = values.min(axis=0) if low is None else low
    top = values.max(axis=0) if high is None else high
    y = equations.normalise(values, bottom, top, scheme.less)
    redundancy = equations.entropy_redundancy(y)
    covariance = np.atleast_2d(np.cov(y, rowvar=False, bias=True)) if needs_covariance(scheme) else None
    weight = weights_from(redundancy, covariance, redundancy > 0, scheme)
    scores = scores_of(y, weight, scheme)
    entropy_weight = equations.shares_within(redundancy, scheme.members)
    return Index(bottom, top, y, entropy_weight, weight, scores, *degrees(scores, scheme))


def weights_from(redundancy: Array, covariance: Array | None, varies: NDArray[np.bool_], scheme: Scheme) -> Array:
    """The weights in use (last axis: indicator), from 1 - e and the covariances of the normalised indicators.

    They sum to 1 within each subsystem; constant indicators have 0. CRITIC compares indicators within their own
    subsystem; where all of it say the same, or it has one indicator, they weigh alike. "blend" is the product of
    entropy and CRITIC weights.
    """
    members = scheme.members
    alike = equations.shares_within(varies.astype(float), members)
    if scheme.weights == "equal":
        return np.broadcast_to(alike, redundancy.shape)
    entropy = equations.shares_within(redundancy, members)
    if covariance is None:
        return entropy
    contrast = np.zeros(redundancy.shape)
    for k in range(len(scheme.shares)):
        here = scheme.places(k)
        contrast[..., here] = equations.contrast_from(covariance[..., here[:, None], here])
    critic = equations.shares_within(contrast, members)
    critic = np.where(np.isnan(critic), alike, critic)
    return critic if scheme.weights == "critic" else equations.shares_within(entropy * critic, members)


def needs_covariance(scheme: Scheme) -> bool:
    """Whether the weights in use ask how indicators move together."""
    return scheme.weights in ("critic", "blend")


def scores_of(y: Array, weight: Array, scheme: Scheme) -> Array:
    """U_k = sum_{j in k} w_j y_j, shape (subsystem, row); a last axis of draws when `weight` is (draw, indicator)."""
    if weight.ndim == 1:
        own = scheme.members == np.arange(len(scheme.shares))[:, None]
        return np.where(own, weight, 0.0) @ y.T
    scores = np.empty((len(scheme.shares), len(y), len(weight)))
    for k in range(len(scheme.shares)):
        here = scheme.places(k)
        np.matmul(y[:, here], weight[:, here].T, out=scores[k])
    return scores


def degrees(scores: Array, scheme: Scheme) -> tuple[Array, Array, Array]:
    """C, T and D of scores whose first axis is the subsystem."""
    last = np.moveaxis(scores, 0, -1)
    form = equations.coupling_degree if scheme.form == "standard" else equations.coupling_degree_wang2021
    coupling = form(last)
    index = equations.coordination_index(last, scheme.shares)
    return coupling, index, equations.coupling_coordination_degree(coupling, index)

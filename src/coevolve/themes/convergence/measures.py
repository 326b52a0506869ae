"""What is measured of a pair of industries: each measure's aspect, the scale on which it changes, and its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Scale = Literal["log", "log_odds", "plain"]

ASPECTS: tuple[str, ...] = ("technology", "product", "market", "business", "enterprise", "system")
"""The six aspects of Ma Fig. 7, "business and management" as business."""

ASPECT_WORDS: Mapping[str, str] = {
    "technology": "common patents",
    "product": "likeness of inputs",
    "market": "likeness of customers",
    "business": "what each buys from the other",
    "enterprise": "activity in both",
    "system": "common rules",
    "dynamics": "effects on each other",
    "modules": "links in common",
}
"""What stands behind the name of an aspect, and of what else a type needs."""

STAGES: Mapping[str, str] = {
    "technology": "technology",
    "product": "market",
    "market": "market",
    "business": "industry",
    "enterprise": "industry",
}
"""The stage that an aspect belongs to: science, technology, market, industry (Curran & Leker 2011); none for system."""


@dataclass(frozen=True)
class Kind:
    """One measure: its aspect, the scale on which its change is measured, words with {A} and {B} for sentences, and a
    short label of the same for tables and pictures."""

    aspect: str
    scale: Scale
    words: str
    label: str


KINDS: Mapping[str, Kind] = {
    "p_a": Kind("technology", "log_odds", "share of the patents of {A} that are of {B} too", "common patents in {A}"),
    "p_b": Kind("technology", "log_odds", "share of the patents of {B} that are of {A} too", "common patents in {B}"),
    "coclass": Kind("technology", "plain", "common patents over chance (log)", "common patents over chance"),
    "jaccard": Kind("technology", "log_odds", "common patents in all patents of both", "common patents in both"),
    "product": Kind("product", "log_odds", "likeness of inputs", "likeness of inputs"),
    "market": Kind("market", "log_odds", "likeness of customers", "likeness of customers"),
    "a_ab": Kind("business", "log", "input from {A} per unit of {B}", "input: {A} to {B}"),
    "a_ba": Kind("business", "log", "input from {B} per unit of {A}", "input: {B} to {A}"),
    "enterprise": Kind("enterprise", "log_odds", "activity in both", "activity in both"),
    "system": Kind("system", "plain", "index of common rules", "common rules"),
    "share_b": Kind("", "log_odds", "share of {B} in joint output", "output share: {B}"),
}
"""Every measure; `share_b` belongs to no aspect and tells displacement only."""

RISING: tuple[str, ...] = ("p_a", "p_b", "coclass", "product", "market", "a_ab", "a_ba", "enterprise", "system")
"""The measures whose rise is convergence: each is tested. `jaccard` only describes: it grows with volume."""

MIRROR: Mapping[str, str] = {"p_a": "p_b", "p_b": "p_a", "a_ab": "a_ba", "a_ba": "a_ab", "b_ab": "b_ba", "b_ba": "b_ab"}
"""The measure that takes a measure's place when A and B change places."""


@dataclass(frozen=True)
class Measure:
    """One measure of one pair over time: values with what chance would give (`null`) and how likely chance gives as
    much (`p`), NaN where nothing is known. `lo` and `hi` bound counted shares (90 %); NaN for money, whose bounds come
    from the unrest of single years. `segments` says between which breaks each time lies."""

    name: str
    times: Array
    values: Array
    lo: Array
    hi: Array
    null: Array
    p: Array
    segments: NDArray[np.int64]

    @property
    def kind(self) -> Kind:
        """Its aspect, scale and words."""
        return KINDS[self.name]

    @property
    def index(self) -> Array:
        """The values on the scale on which change is measured; NaN where the scale has no place for them."""
        return to_scale(self.values, self.kind.scale)


def to_scale(values: Array, scale: Scale) -> Array:
    """Logs, log-odds, or the values themselves; NaN outside.

    >>> to_scale(np.array([0.5, 0.0]), "log_odds")
    array([ 0., nan])
    """
    x = np.asarray(values, float)
    if scale == "plain":
        return x
    with np.errstate(invalid="ignore"):
        fits = (x > 0) & ((x < 1) | (scale == "log"))
    safe = np.where(fits, x, 0.5)
    found = np.log(safe) if scale == "log" else np.log(safe / (1 - safe)) if fits.any() else safe
    return np.asarray(np.where(fits, found, np.nan))


def from_scale(index: Array, scale: Scale) -> Array:
    """The inverse of `to_scale`."""
    x = np.asarray(index, float)
    if scale == "plain":
        return x
    return np.asarray(np.exp(x) if scale == "log" else 1.0 / (1.0 + np.exp(-x)))

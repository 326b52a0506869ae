"""Chains, links, modules: which links of industries belong together by year, and whether modules cross industries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...engine.communities import aligned, modules_of
from ...engine.drift import Rise, rise_of
from ...evidence.fit import Fit
from ...evidence.network import Network
from ...inquiry.key import Key
from .equations import normalised_mutual_information
from .industries import members

Array = NDArray[np.float64]


@dataclass(frozen=True)
class YearCase:
    """One year's network, dense, with the industry of each link (-1: none) and how often to shuffle."""

    year: int
    weights: Array
    industry: NDArray[np.int64]
    shuffles: int
    key: Key


@dataclass(frozen=True)
class YearFound:
    """Modules of one year, the integration index 1 - NMI, its mean and its share at or below when industries are
    dealt out to links at random."""

    module: NDArray[np.int64]
    index: float
    null: float
    p: float


def find_year(case: YearCase) -> YearFound:
    """Modules of one year's network, and how much they cross industries."""
    module = modules_of(case.weights, case.key.child("modules").numpy())
    named = case.industry >= 0
    own, kept = case.industry[named], module[named]
    index = 1.0 - normalised_mutual_information(kept, own)
    random = case.key.child("shuffles").numpy()
    drawn = np.array([1.0 - normalised_mutual_information(kept, random.permutation(own)) for _ in range(case.shuffles)])
    p = float((1 + (drawn <= index + 1e-12).sum()) / (1 + len(drawn)))
    return YearFound(module, index, float(drawn.mean()) if len(drawn) else float("nan"), p)


@dataclass(frozen=True)
class Found:
    """All years: `module` (year, link) with -1 where a link is not there, aligned from year to year."""

    links: tuple[str, ...]
    industries: tuple[str, ...]
    industry: NDArray[np.int64]
    years: tuple[int, ...]
    module: NDArray[np.int64]
    each: Sequence[YearFound]
    rise: Rise | None


def industry_of(network: Network, industries: Mapping[str, Sequence[str]]) -> NDArray[np.int64]:
    """The industry of each link (an actor of the network), -1 where none is named; the first named one counts."""
    owner = np.full(len(network.labels), -1, np.int64)
    for number, places in reversed(list(enumerate(members(industries, network.labels).values()))):
        owner[list(places)] = number
    return owner


def cases_of(
    network: Network, owner: NDArray[np.int64], years: Sequence[int], shuffles: int, key: Key
) -> tuple[list[YearCase], list[NDArray[np.int64]]]:
    """One case a year, over the links that are there; and their places among all links."""
    cases, places = [], []
    for year in years or (0,):
        part = network.during(year) if network.year is not None else network
        place = np.array([network.labels.index(label) for label in part.labels], np.int64)
        cases.append(YearCase(int(year), part.matrix(), owner[place], shuffles, key.child(str(year))))
        places.append(place)
    return cases, places


def joined(
    network: Network,
    industries: Sequence[str],
    owner: NDArray[np.int64],
    years: Sequence[int],
    places: Sequence[NDArray[np.int64]],
    each: Sequence[YearFound],
) -> Found:
    """The years together: modules keep their names while they overlap, and the index over time."""
    size = len(network.labels)
    rows = np.full((len(each), size), -1, np.int64)
    fresh, before = 0, np.full(size, -1, np.int64)
    for k, (place, found) in enumerate(zip(places, each, strict=True)):
        raw = np.full(size, -1, np.int64)
        raw[place] = found.module
        rows[k] = aligned(raw, before, fresh)
        fresh = max(fresh, int(rows[k].max()) + 1)
        before = rows[k]
    times = np.asarray(years or (0,), float)
    index = np.array([found.index for found in each])
    rise = rise_of(times, index, np.zeros(len(times), np.int64))
    return Found(network.labels, tuple(industries), owner, tuple(years), rows, each, rise)


def fit_of(found: Found, options: Mapping[str, object]) -> Fit:
    """The modules by year as a Fit, for `convergence` to read."""
    labels = {"year": tuple(str(one) for one in found.years or (0,)), "link": found.links}
    module = np.where(found.module >= 0, found.module, np.nan).astype(float)
    return Fit("modules", {"module": module}, {"module": ("year", "link")}, labels, dict(options))

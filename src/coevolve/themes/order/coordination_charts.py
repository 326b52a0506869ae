"""What `coordination` found, in pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ...inquiry.finding import Chart, Table
from ...inquiry.wording import counted
from .model import Scheme
from .rows import Rows

DEGREE = "coupling_coordination_degree"


@dataclass(frozen=True)
class _View:
    """What all pictures share: the period column, the last period, regions by their last degree, words."""

    time: str
    last: str
    order: list[str]
    by_last: str
    regions: str
    span: str

    @classmethod
    def of(cls, rows: Rows, change: Table) -> _View:
        ranked = np.argsort(-np.nan_to_num(change["last_degree"], nan=-1.0), kind="stable")
        last = rows.periods.labels[rows.ends[1]]
        regions = counted(len(rows.regions), "region")
        return cls(
            "year" if rows.periods.kind in ("year", "none") else "period",
            last,
            [rows.regions[k] for k in ranked],
            f"regions by their degree in {last}, highest first" if last else "",
            regions,
            f"0 to 1, {regions}, {rows.periods.labels[0]} to {rows.periods.labels[-1]}",
        )

    def said(self, words: str) -> str:
        """A subtitle that ends with the order of the regions."""
        return "; ".join(one for one in (words, self.by_last) if one)


def charts(rows: Rows, scheme: Scheme, change: Table) -> Iterator[Chart]:
    """The pictures: where, when, why; regions by their last degree, the highest first."""
    view = _View.of(rows, change)
    yield from _of_all(view, rows.periods.word)
    yield from _of_one_region(view)
    yield from _why(view, scheme)


def _of_all(view: _View, word: str) -> Iterator[Chart]:
    yield Chart(
        "degrees",
        "heat",
        "coordination",
        {"row": "region", "column": view.time, "value": DEGREE},
        "Coupling coordination degree by region",
        view.said(view.span),
        f"Heat map of the coupling coordination degree of {view.regions} by {word}.",
        options={"limits": [0, 1], "sort": "none", "order": view.order},
    )
    yield Chart(
        "middle",
        "lines",
        "summary",
        {"x": view.time, "y": "median", "lo": "lower_quartile", "hi": "upper_quartile"},
        "Median over regions, with the middle half of regions",
        f"{view.span}; the band is the middle half of regions, not an interval",
        "Line of the median coupling coordination degree with its quartiles.",
        options={"limits": [0, 1]},
    )


def _of_one_region(view: _View) -> Iterator[Chart]:
    yield Chart(
        "region",
        "lines",
        "coordination",
        {"x": view.time, "y": DEGREE, "lo": f"{DEGREE}_lo", "hi": f"{DEGREE}_hi", "facet": "region"},
        "Coupling coordination degree of one region",
        view.said("0 to 1, with the 95 % range over redrawn regions"),
        "Line of the degree of a chosen region with its 95 % range.",
        options={"limits": [0, 1], "order": view.order},
    )
    yield Chart(
        "subsystems",
        "lines",
        "scores",
        {"x": view.time, "y": "score", "lo": "score_lo", "hi": "score_hi", "series": "subsystem", "facet": "region"},
        "Scores of the subsystems in one region",
        view.said("0 worst, 1 best goalpost, with 95 % ranges"),
        "Lines of the subsystem scores of a chosen region.",
        options={"limits": [0, 1], "order": view.order},
    )


def _why(view: _View, scheme: Scheme) -> Iterator[Chart]:
    last = view.last
    yield Chart(
        "where",
        "map",
        "change",
        {"place": "region", "value": "last_degree"},
        f"Coupling coordination degree in {last}" if last else "Coupling coordination degree",
        "0 to 1",
        "Map of the coupling coordination degree by region.",
        options={"limits": [0, 1]},
    )
    used = "entropy_weight" if scheme.weights == "entropy" else "weight"
    bounds = ("lo", "hi") if scheme.weights == "entropy" else ("weight_lo", "weight_hi")
    yield Chart(
        "weights",
        "bars",
        "weights",
        {"label": "indicator", "value": used, "lo": bounds[0], "hi": bounds[1], "series": "subsystem"},
        "What each indicator weighs in its subsystem",
        "weights sum to 1 within a subsystem; 95 % ranges",
        "Bars of the indicators' weights with intervals.",
    )
    yield Chart(
        "holding_back",
        "bars",
        "main_obstacles",
        {
            "label": "indicator",
            "value": "obstacle_degree",
            "lo": "lower_quartile",
            "hi": "upper_quartile",
            "series": "subsystem",
        },
        f"Where the distance to the best goalposts lies{f' in {last}' if last else ''}",
        "share of each indicator in the weighted distance, on these scales; median and middle half of regions (the "
        "line is not an interval)",
        "Bars of the middle region's obstacle degree of each indicator.",
        options={"sort": "value"},
    )

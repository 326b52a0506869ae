"""What `coordination` found, in pictures."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...inquiry.finding import Chart, Table
from .model import Scheme
from .rows import Rows
from .wording import count


def charts(rows: Rows, scheme: Scheme, change: Table) -> Iterator[Chart]:
    """The pictures: where, when, why; regions by their last degree, the highest first."""
    order = [rows.regions[k] for k in np.argsort(-np.nan_to_num(change["last_degree"], nan=-1.0), kind="stable")]
    by_last = f"regions by their degree in {last}, highest first" if (last := rows.periods.labels[rows.ends[1]]) else ""
    time = "year" if rows.periods.kind in ("year", "none") else "period"
    degree = "coupling_coordination_degree"
    regions = count(len(rows.regions), "region")
    span = f"0 to 1, {regions}, {rows.periods.labels[0]} to {rows.periods.labels[-1]}"
    yield Chart(
        "degrees",
        "heat",
        "coordination",
        {"row": "region", "column": time, "value": degree},
        "Coupling coordination degree by region",
        "; ".join(one for one in (span, by_last) if one),
        f"Heat map of the coupling coordination degree of {regions} by {rows.periods.word}.",
        options={"limits": [0, 1], "sort": "none", "order": order},
    )
    yield Chart(
        "middle",
        "lines",
        "summary",
        {"x": time, "y": "median", "lo": "lower_quartile", "hi": "upper_quartile"},
        "Median over regions, with the middle half of regions",
        f"{span}; the band is the middle half of regions, not an interval",
        "Line of the median coupling coordination degree with its quartiles.",
        options={"limits": [0, 1]},
    )
    yield Chart(
        "region",
        "lines",
        "coordination",
        {"x": time, "y": degree, "lo": f"{degree}_lo", "hi": f"{degree}_hi", "facet": "region"},
        "Coupling coordination degree of one region",
        "; ".join(one for one in ("0 to 1, with the 95 % range over redrawn regions", by_last) if one),
        "Line of the degree of a chosen region with its 95 % range.",
        options={"limits": [0, 1], "order": order},
    )
    yield Chart(
        "subsystems",
        "lines",
        "scores",
        {"x": time, "y": "score", "lo": "score_lo", "hi": "score_hi", "series": "subsystem", "facet": "region"},
        "Scores of the subsystems in one region",
        "; ".join(one for one in ("0 worst, 1 best goalpost, with 95 % ranges", by_last) if one),
        "Lines of the subsystem scores of a chosen region.",
        options={"limits": [0, 1], "order": order},
    )
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

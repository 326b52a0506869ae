"""The entropy flows of Zhang, Yang and Li (2006), and how often other units of measurement turn them round."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...inquiry.finding import Chart, Finding, Note, Source, Table
from ...inquiry.wording import counted
from .legacy_equations import indicator_entropy
from .rows import Rows
from .wording import percent

Array = NDArray[np.float64]
UNITS = 400
SIGNS = {"sustaining": -1.0, "imposed": 1.0, "regenerative": -1.0, "destructive": 1.0}

SOURCE = Source(
    "zhang2006",
    "Zhang, Y., Yang, Z. and Li, W. (2006). Analyses of urban ecosystem based on information entropy. Ecological "
    "Modelling 197, 1-12.",
)


def finding(rows: Rows, draw: np.random.Generator) -> Finding:
    """The flows by region and period, and the same in other units."""
    flows = flows_of(rows.values, rows)
    factors = np.exp(draw.uniform(np.log(1e-3), np.log(1e3), (UNITS, len(rows.indicators))))
    own = np.sign(np.diff(flows.sum(axis=0), axis=1))
    turned = [np.sign(np.diff(flows_of(rows.values * one, rows).sum(axis=0), axis=1)) for one in factors]
    known = np.isfinite(own) & (own != 0)
    share = float(np.mean([(one[known] != own[known]).mean() for one in turned])) if known.any() else float("nan")
    table, summary = _table(rows, flows), _summary(rows, flows)
    falls = int((own[known] < 0).sum())
    claim = (
        "The signs of zhang2006 are not found in the data: the classes of the indicators decide which flow counts as "
        f"order, and the sums mix units. In other units of measurement {percent(share)} of its yearly changes turn "
        f"round. As published, total entropy fell in {falls} of "
        f"{counted(int(known.sum()), 'region-' + rows.periods.word)}."
    )
    notes = (
        Note(
            "Use `entropy` instead: its channels are counted flows, its sum is exact, and its signs are measured.",
            "caution",
        ),
        Note(
            f"Do not read produced entropy here as Prigogine's: it can be negative. {percent(share)} is the mean over "
            f"{UNITS} draws of units, each indicator rescaled by a factor between 1/1000 and 1000."
        ),
        Note("Check against the paper before quoting: the formulas are those of the secondary literature."),
    )
    chart = Chart(
        "flows",
        "lines",
        "summary",
        {"x": _time(rows), "y": "mean", "series": "flow"},
        "Entropy flows as zhang2006 computes them",
        "mean over regions; signs are set by the classes, sizes by the units",
        "Lines of exchanged, produced and total entropy by period.",
        options={"zero": True},
    )
    return Finding(claim, "Entropy flows (Zhang et al. 2006)", (table, summary), (chart,), notes, (SOURCE,))


def flows_of(values: Array, rows: Rows) -> Array:
    """Exchanged and produced entropy, shape (2, region, period), from values (region, period, indicator)."""
    parts = {
        name: SIGNS[name] * indicator_entropy(values[..., rows.subsystem == k])
        for k, name in enumerate(rows.subsystems)
    }
    return np.stack([parts["sustaining"] + parts["imposed"], parts["regenerative"] + parts["destructive"]])


def _table(rows: Rows, flows: Array) -> Table:
    region, period = (axis.ravel() for axis in np.indices(rows.complete.shape))
    columns = {
        "region": np.array(rows.regions, dtype=object)[region],
        _time(rows): _labels(rows)[period],
        "exchanged": flows[0].ravel(),
        "produced": flows[1].ravel(),
        "total": flows.sum(axis=0).ravel(),
    }
    return Table("flows", columns, caption="As published: differences of the indicator entropies of the four classes.")


def _summary(rows: Rows, flows: Array) -> Table:
    found = {"exchanged": flows[0], "produced": flows[1], "total": flows.sum(axis=0)}
    labels = _labels(rows)
    made = []
    for name, values in found.items():
        for k, label in enumerate(labels):
            known = values[np.isfinite(values[:, k]), k]
            made.append((name, label, float(known.mean()) if len(known) else float("nan"), len(known)))
    return Table.of_rows("summary", ("flow", _time(rows), "mean", "regions"), made, caption="Mean over regions.")


def _time(rows: Rows) -> str:
    return "year" if rows.periods.kind == "year" else "period"


def _labels(rows: Rows) -> NDArray[np.generic]:
    if rows.periods.kind == "year":
        return np.array([int(one) for one in rows.periods.labels])
    return np.array(rows.periods.labels, dtype=object)

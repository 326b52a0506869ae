"""Cells that the study declares wrong: `blank` reads them as missing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..errors import Fault, nearest
from .panel import Panel, Status
from .periods import canonical
from .specification import EvidenceSpec


def blanked(panel: Panel, spec: EvidenceSpec, where: str) -> tuple[Panel, list[str], list[Fault]]:
    """The panel with the cells of `blank` read as missing; labels that are not there are faults."""
    notes: list[str] = []
    faults: list[Fault] = []
    indicators = dict(panel.indicators)
    for one in spec.blank:
        years = tuple(canonical(label) for label in one.year)
        for key, said, there in (
            ("region", one.region, panel.regions),
            ("industry", one.industry, panel.industries),
            ("year", years, panel.periods.labels),
            ("indicator", one.indicator, tuple(indicators)),
        ):
            faults += [
                Fault(f"'blank' names a {key} that is not there.", where, label, nearest(label, there))
                for label in said
                if label not in there
            ]
        count = 0
        for name in one.indicator or tuple(panel.indicators):
            held = indicators.get(name)
            if held is None:
                continue
            mask = np.ix_(
                np.isin(panel.regions, one.region) if one.region else np.ones(len(panel.regions), bool),
                np.isin(held.industries, one.industry) if one.industry else np.ones(len(held.industries), bool),
                np.isin(panel.periods.labels, years) if years else np.ones(len(panel.periods), bool),
            )
            status = held.status.copy()
            part = status[mask]
            count += int((part == Status.OBSERVED).sum())
            status[mask] = np.where(part == Status.OBSERVED, Status.MISSING, part)
            indicators[name] = replace(held, status=status)
        words = ", ".join(one_ for few in (one.indicator, one.region, one.industry, years) for one_ in few)
        cells = "1 cell was" if count == 1 else f"{count:,} cells were"
        notes.append(f"{cells} read as missing, as the study says (blank): {words}.")
    return Panel(panel.regions, panel.periods, indicators), notes, faults

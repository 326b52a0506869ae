"""What can be asked of a published table of coupling coordination: which rows are wrong, and how it came about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from pydantic import Field

from ...errors import CoevolveError, Fault, StudyError, nearest
from ...evidence.evidence import Evidence
from ...evidence.panel import Panel
from ...inquiry.at import At
from ...inquiry.finding import Finding, Note
from ...inquiry.question import PanelName, Question

if TYPE_CHECKING:
    from .lint_model import Fitting, Printed


class Lint(Question):
    """Which rows of a published table of coupling coordination are wrong, and which slip would explain them.

    Scores U of the subsystems are put into the formulas

        C = n (prod U)^(1/n) / sum U,   T = sum a_k U_k,   D = sqrt(C T)

    and into those found in print: a lost coefficient n, an exponent that is not 1/n, sums over pairs, the form of Wang
    et al. (2021) with and without its root. A row is a defect when no right formula gives the printed number within
    what rounding allows, of the scores too.

    When not to trust it: it judges arithmetic and not whether the scores mean anything. Numbers printed with two
    decimals let wrong formulas pass, and where several explain a row the one that explains most rows is named, which
    need not be what the authors did. A form that is not listed here looks like an error.
    """

    name: ClassVar[str] = "lint"

    panel: PanelName
    scores: Annotated[tuple[str, ...], Field(min_length=2, description="the columns of the subsystems' scores U")]
    coupling: Annotated[str | None, Field(description="the column of the coupling degree C")] = None
    index: Annotated[str | None, Field(description="the column of the coordination index T")] = None
    degree: Annotated[str | None, Field(description="the column of the coupling coordination degree D")] = None
    subsystem_weights: Annotated[
        tuple[float, ...] | None,
        Field(description="how much each subsystem counts in T, in the order of the scores; alike when left out"),
    ] = None
    decimals: Annotated[
        int | None, Field(ge=0, le=12, description="to how many decimals the table is printed; found when left out")
    ] = None

    def answer(self, evidence: Evidence, at: At) -> Finding:
        """The Finding; the same for the same panel and options."""
        from dataclasses import replace

        from .lint_words import finding

        faults = list(self.faults(evidence))
        if faults:
            raise StudyError(faults)
        panel = evidence.panel(self.panel)
        found = finding(panel.regions, panel.periods, self._fittings(panel), len(self.scores))
        return replace(found, notes=(*found.notes, *(Note(text) for text in panel.notes)))

    def faults(self, evidence: Evidence) -> Iterator[Fault]:
        """Columns that are not there, scores below 0, weights that do not fit, and nothing to judge."""
        try:
            panel = evidence.panel(self.panel)
        except CoevolveError as error:
            yield from error.faults
            return
        columns = [one for one in (self.coupling, self.index, self.degree) if one is not None]
        if not columns:
            do = 'Name a printed column: coupling, index or degree = "...".'
            yield Fault("there is nothing to judge.", got="scores alone", do=do)
        if self.degree is not None and self.coupling is None:
            do = "Name the column of the coupling degree too: D is held against the printed C."
            yield Fault("a degree is judged by its coupling degree.", got=self.degree, do=do)
        for name in (*self.scores, *columns):
            if name not in panel.indicators:
                yield Fault(f"there is no column '{name}'.", got=name, do=nearest(name, list(panel.indicators)))
            elif not panel.indicator(name).is_regional:
                yield Fault(
                    f"'{name}' has industries.", got=len(panel.indicator(name).industries), do="Give one a row."
                )
            elif name in self.scores and (panel.indicator(name).values < 0).any():
                lowest = float(np.nanmin(panel.indicator(name).values))
                yield Fault(f"score '{name}' is below 0 somewhere.", got=lowest, do="Scores run from 0 up.")
        given = self.subsystem_weights
        if given is not None and (len(given) != len(self.scores) or min(given) < 0 or sum(given) <= 0):
            do = f"Give {len(self.scores)} numbers from 0 up."
            yield Fault("'subsystem_weights' does not fit the scores.", got=str(list(given)), do=do)

    def _fittings(self, panel: Panel) -> list[Fitting]:
        from . import lint_model as model

        scores = self._printed(panel, self.scores)
        found = []
        weights = np.array(self.subsystem_weights or [1.0] * len(self.scores))
        weights = weights / weights.sum()
        if self.coupling is not None:
            found.append(model.fit_coupling(scores, self._column(panel, self.coupling)))
        if self.index is not None:
            found.append(model.fit_index(scores, self._column(panel, self.index), weights))
        if self.degree is not None and self.coupling is not None:
            listed = (self.coupling, self.index) if self.index is not None else (self.coupling,)
            parts = self._printed(panel, listed)
            if self.index is None:
                whole = np.vstack([parts.values, weights @ scores.values])
                parts = model.Printed(whole, max(parts.half, scores.half))
            found.append(model.fit_degree(parts, self._column(panel, self.degree)))
        return found

    def _printed(self, panel: Panel, columns: tuple[str, ...]) -> Printed:
        from .lint_model import Printed

        parts = [self._column(panel, one) for one in columns]
        return Printed(np.stack([one.values for one in parts]), max(one.half for one in parts))

    def _column(self, panel: Panel, name: str) -> Printed:
        from .lint_model import Printed, decimals

        values = panel.indicator(name).values[:, 0, :].ravel()
        places = decimals(values) if self.decimals is None else self.decimals
        return Printed(values, 0.5 * 10.0**-places)

"""What can be asked about synergy: do competition, technology and support move together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ...errors import CoevolveError, Fault, StudyError, nearest
from ...evidence.evidence import Evidence
from ...evidence.panel import Panel
from ...inquiry.at import At
from ...inquiry.finding import Finding, Note
from ...inquiry.question import Names, PanelName, Question, names
from .rows import Rows, constant_faults, goalpost_faults, row_faults, rows_of, signed

if TYPE_CHECKING:
    from .synergy_model import Plan

PUBLISHED_DRAWS = 2000
EDGES = {"quantile": 0.01, "pooled": 0.0}


class Synergy(Question):
    """Whether subsystems such as competition, technology innovation and environmental support gain order together.

        u_k: order degree of subsystem k, 0 at its worst and 1 at its best goalposts
        C = theta (prod_k |u_k1 - u_k0|)^(1/n),  theta = 1 if all rose, else -1        Meng & Han (1999)

    against a fixed base year and against the year before. The smooth composite, mean product of increments over their
    mean square, has no jumps. The table `pairs` asks the question that Wang's argument needs: do regions in which one
    subsystem gains more than elsewhere in a year also gain more in the other? It carries a null.

    With `joint` (counts of the same units by region, industry and a third attribute) three-way synergy is measured:

        T_RKU = H_R + H_K + H_U - H_RK - H_RU - H_KU + H_RKU                    below 0: synergy

    for three attributes the same number as the O-information.

    When not to trust it: Meng and Han's composite is 0 as soon as one subsystem stands still, changes sign by a jump,
    and rests on the goalposts and the base year. That all rise together may be the whole country's growth: look at
    `pairs`. Moving together is not acting on one another. Entropy and three-way synergy cannot be read off indicators
    over regions, only off joint counts.
    """

    name: ClassVar[str] = "synergy"

    panel: PanelName
    subsystems: Annotated[
        dict[str, Names],
        Field(
            description='each subsystem with its indicators, "-x" where less is better; Wang\'s are competition, '
            "technology innovation, environmental support"
        ),
    ]
    base_year: Annotated[str | int | None, Field(description="the fixed base; the first period when left out")] = None
    goalposts: Annotated[
        Literal["quantile", "pooled"] | dict[str, tuple[float, float]],
        Field(description='"quantile" (1 % and 99 % of all region-years), "pooled" (extremes), or name = [low, high]'),
    ] = "quantile"
    combine: Annotated[
        Literal["mean", "geometric"], Field(description="how indicators make the order degree of a subsystem")
    ] = "mean"
    joint: Annotated[
        Names,
        Field(description="indicators that count the same units by region and industry, one for each third class"),
    ] = ()
    regions: Annotated[tuple[str, ...], Field(description="the regions to use; all when left out")] = ()
    since: Annotated[str | int | None, Field(description="the first period to use")] = None
    until: Annotated[str | int | None, Field(description="the last period to use")] = None
    draws: Annotated[int, Field(ge=50, le=100_000, description="resamples of the regions, and draws of the nulls")] = (
        500
    )

    def answer(self, evidence: Evidence, at: At) -> Finding:
        """The Finding; the same for the same panel, options and key."""
        from . import synergy_model as model
        from .synergy_tables import Outcome, tables
        from .synergy_words import finding

        faults = list(self.faults(evidence))
        if faults:
            raise StudyError(faults)
        panel = self._panel(evidence)
        rows, lost, skipped = self._whole(rows_of(panel, self._listed()))
        draws = max(self.draws, PUBLISHED_DRAWS) if at.publish else self.draws
        plan = self._plan(rows)
        base = 0 if self.base_year is None else rows.periods.index(self.base_year)
        measured = model.paths(rows.values, plan, base, *model.goalposts(rows.values, plan))
        picks = at.key.child("regions").numpy().integers(0, len(rows.regions), (draws, len(rows.regions)))
        again = []
        for d, one in enumerate(model.resamples(rows.values, plan, base, picks)):
            if d % 50 == 0:
                at.tick(d, draws, "redrawing regions")
            again.append(one)
        pairs = self._pairs(measured.degree, picks, draws, at)
        outcome = Outcome(rows, base, measured, tuple(again), pairs, self._three_way(panel, draws, at), lost, skipped)
        made = finding(outcome, tables(outcome), draws, self.combine)
        return replace(made, notes=(*made.notes, *(Note(text) for text in panel.notes)))

    def faults(self, evidence: Evidence) -> Iterator[Fault]:
        """What is wrong with the asking; nothing is computed before all of it is put right."""
        listed = self._listed()
        try:
            panel = self._panel(evidence)
        except CoevolveError as error:
            yield from error.faults
            return
        found = list(row_faults(panel, listed))
        indicators = tuple(signed(one)[0] for named in listed.values() for one in named)
        if isinstance(self.goalposts, dict):
            found.extend(goalpost_faults(self.goalposts, indicators))
        if not found:
            found.extend(self._row_faults(rows_of(panel, listed)))
        found.extend(_joint_faults(panel, names(self.joint)))
        yield from found

    def prospects(self, evidence: Evidence) -> Iterator[Note]:
        """How many regions have every indicator in every period used."""
        panel = self._panel(evidence)
        if any(True for _ in row_faults(panel, self._listed())):
            return
        rows, lost, skipped = self._whole(rows_of(panel, self._listed()))
        words = f"{len(rows.regions)} regions over {len(rows.periods)} {rows.periods.word}s"
        yield Note(f"synergy can use {words}; {len(lost)} regions and {len(skipped)} {rows.periods.word}s have gaps.")

    def _row_faults(self, rows: Rows) -> Iterator[Fault]:
        whole, _, _ = self._whole(rows)
        if len(whole.regions) < 2 or len(whole.periods) < 3:
            got = f"{len(whole.regions)} regions over {len(whole.periods)} periods without gaps"
            yield Fault(
                "synergy needs two regions and three periods.", got=got, do="Fill gaps, or set since and until."
            )
            return
        yield from constant_faults(whole, *_extremes(whole))
        if self.base_year is not None and str(self.base_year) not in whole.periods.labels:
            span = f"Choose from {whole.periods.labels[0]} to {whole.periods.labels[-1]}."
            yield Fault("the base year has no complete data.", got=str(self.base_year), do=span)

    def _listed(self) -> dict[str, tuple[str, ...]]:
        return {subsystem: names(named) for subsystem, named in self.subsystems.items()}

    def _panel(self, evidence: Evidence) -> Panel:
        return evidence.panel(self.panel).window(self.since, self.until, regions=self.regions)

    def _whole(self, rows: Rows) -> tuple[Rows, tuple[str, ...], tuple[str, ...]]:
        """Only periods that most regions have whole, and regions that have all of those; and what was left out."""
        complete = rows.complete
        many = complete.sum(axis=0)
        kept = 2 * many > max(1, many.max())
        there = complete[:, kept].all(axis=1) & bool(kept.any())
        used = replace(
            rows,
            regions=tuple(rows.regions[r] for r in np.flatnonzero(there)),
            periods=replace(rows.periods, labels=tuple(rows.periods.labels[t] for t in np.flatnonzero(kept))),
            values=rows.values[there][:, kept],
            status=rows.status[there][:, kept],
        )
        lost = tuple(rows.regions[r] for r in np.flatnonzero(~there))
        return used, lost, tuple(rows.periods.labels[t] for t in np.flatnonzero(~kept))

    def _plan(self, rows: Rows) -> Plan:
        from . import synergy_model as model

        given = np.full((len(rows.indicators), 2), np.nan)
        if isinstance(self.goalposts, dict):
            for name, posts in self.goalposts.items():
                given[rows.indicators.index(signed(name)[0])] = posts
        edge = EDGES[self.goalposts] if isinstance(self.goalposts, str) else EDGES["quantile"]
        return model.Plan(rows.subsystem, rows.less, given, edge, self.combine)

    def _pairs(
        self, degree: NDArray[np.float64], picks: NDArray[np.int64], draws: int, at: At
    ) -> tuple[tuple[int, int, float, float, float, float, float], ...]:
        """(one, other, correlation, lo, hi, 95 % of the null's size, p) of every pair of subsystems."""
        from . import synergy_model as model

        found = []
        many = degree.shape[1]
        for one in range(many):
            for other in range(one + 1, many):
                at.tick(one, many, "shuffling regions")
                value = model.pair_correlation(degree, one, other)
                again = np.array([model.pair_correlation(degree[drawn], one, other) for drawn in picks])
                key = at.key.child(f"pair {one} {other}")
                null = np.abs(model.pair_null(degree, one, other, key.numpy(), draws))
                low, high = np.nanquantile(again, model.QUANTILES) if np.isfinite(value) else (np.nan, np.nan)
                chance = (1 + int((null >= abs(value)).sum())) / (1 + draws)
                found.append(
                    (one, other, value, float(low), float(high), float(np.nanquantile(null, 0.95)), float(chance))
                    if np.isfinite(value)
                    else (one, other, value, float("nan"), float("nan"), float("nan"), float("nan"))
                )
        return tuple(found)

    def _three_way(self, panel: Panel, draws: int, at: At) -> tuple[dict[str, object], ...]:
        """T_RKU of every period in which all joint counts are known."""
        from . import synergy_model as model

        listed = names(self.joint)
        if not listed:
            return ()
        cubes = np.stack([panel.indicator(one).values for one in listed], axis=2)  # region, industry, class, period
        found: list[dict[str, object]] = []
        for t, label in enumerate(panel.periods.labels):
            table = cubes[..., t]
            if np.isfinite(table).all() and table.sum() > 0:
                at.tick(t, len(panel.periods), "redrawing units")
                found.append({"period": label, **model.three_way(table, at.key.child(f"joint {label}").numpy(), draws)})
        return tuple(found)


def _extremes(rows: Rows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    table = rows.table
    return table.min(axis=0, initial=np.inf), table.max(axis=0, initial=-np.inf)


def _joint_faults(panel: Panel, listed: tuple[str, ...]) -> Iterator[Fault]:
    if not listed:
        return
    if len(listed) < 2:
        yield Fault("'joint' needs two classes of a third attribute.", got=listed[0], do="Name an indicator for each.")
    known = []
    for name in listed:
        if name in panel.indicators:
            known.append(panel.indicator(name))
        else:
            yield Fault(f"there is no indicator '{name}'.", got=name, do=nearest(name, list(panel.indicators)))
    for one in known:
        if len(one.industries) < 2 or one.industries != known[0].industries:
            what = f"'{one.name}' is not counted by region and the same industries as '{known[0].name}'."
            yield Fault(
                what, got=f"{len(one.industries)} industries", do="Joint counts need region, industry and class."
            )
        elif (one.values < 0).any():
            yield Fault(
                f"'{one.name}' has counts below 0.", got=float(np.nanmin(one.values)), do="Name counts of units."
            )
    if len({one.unit for one in known}) > 1:
        got = ", ".join(sorted({one.unit or "no unit" for one in known}))
        yield Fault("joint counts are of one unit.", got=got, do="Name indicators that count the same kind of units.")

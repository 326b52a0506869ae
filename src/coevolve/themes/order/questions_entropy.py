"""What can be asked about entropy: is the system ordering itself, and which flows do it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from ...errors import CoevolveError, Fault, StudyError, nearest
from ...evidence.evidence import Evidence
from ...evidence.network import Network
from ...evidence.panel import Panel
from ...inquiry.at import At
from ...inquiry.finding import Finding, Note
from ...inquiry.question import Names, NetworkName, PanelName, Question, names
from .entropy_cells import Cells, axes_of, cell_faults, cells_of

if TYPE_CHECKING:
    from .entropy_coupling import Coupling

PUBLISHED_DRAWS = 2000


class Entropy(Question):
    """Whether units (firms, workers, projects) gather in few regions or industries or spread, and which flows do it.

        S = -sum_r p_r ln p_r                       entropy in nat: low when concentrated, ln R when even
        dS = sum_c int_0^1 sum_r dn_{r,c} [-(ln p_r + S)/M] dtau          exact split by channel c
        dS = d_iS + d_eS,  d_iS = sum p_i P_ij ln[p_i P_ij/(p'_j P_ji)] >= 0     where moves are observed, Wang (a)
        joint attributes: dS = sum dS_k - dTC;  a partition: dS = dS_between + d sum pi_k S_k            Wang (b)

    Channels are the flows that are named (entry, exit), `moves`, and `reclassified`: what the flows do not close.
    A year is `orderly` (entropy fell), `disorderly` (it rose) or `balanced` by a test against delta, Wang (c): a state
    is named only when the 90 % interval lies wholly on one side; else it is undetermined. Without moves nothing can
    be said about what is produced inside and what is exchanged: these columns then read "not observed".

    The intervals redraw every entry, exit and move as a chance event of its own. Shocks that hit many units at once
    make true uncertainty larger.

    When not to trust it: this is entropy of shares, not of heat, and by its definition order means concentration
    alone, whether that is good or bad for the regions. Signs are measured: inflow from outside may raise or lower it.
    What is produced by moves holds only what the cells can see. Where the reclassified part is as large as the change,
    the statistics changed and not the system. A total correlation says that attributes depend on each other, not why.
    """

    name: ClassVar[str] = "entropy"

    panel: PanelName
    stocks: Annotated[str, Field(description="the indicator that counts units: establishments, firms, employment")]
    flows: Annotated[
        dict[str, str],
        Field(
            description='what came and went in each period: entry = "births", exit = "-deaths" (minus: it left)',
            default_factory=dict,
        ),
    ]
    moves: Annotated[
        NetworkName | None,
        Field(description="a directed network by year: from cell, to cell, units that moved since the period before"),
    ] = None
    cells: Annotated[
        Literal["region", "industry", "both"] | None,
        Field(description="over what the units are spread; over all axes that the stock has when left out"),
    ] = None
    subsystems: Annotated[
        dict[str, Names] | None,
        Field(description="a partition: each subsystem with its regions or its industries; cells left out are refused"),
    ] = None
    delta: Annotated[
        float | None,
        Field(ge=0, description="a change within delta (nat) is balanced; 2 s.e. or the reclassified part if left out"),
    ] = None
    outside: Annotated[
        tuple[float, ...],
        Field(description="stocks of an outside cell to try, as multiples of the first stock inside; none by default"),
    ] = ()
    regions: Annotated[tuple[str, ...], Field(description="the regions to use; all when left out")] = ()
    industries: Annotated[tuple[str, ...], Field(description="the industries to use; all when left out")] = ()
    since: Annotated[str | int | None, Field(description="the first period to use")] = None
    until: Annotated[str | int | None, Field(description="the last period to use")] = None
    draws: Annotated[int, Field(ge=50, le=100_000, description="how often events are redrawn for the intervals")] = 500

    def answer(self, evidence: Evidence, at: At) -> Finding:
        """The Finding; the same for the same panel, options and key."""
        from . import entropy_claim, entropy_model, entropy_tables, entropy_words

        faults = list(self.faults(evidence))
        if faults:
            raise StudyError(faults)
        panel = self._panel(evidence)
        cells = cells_of(panel, self.stocks, self._signed(), self._network(evidence), self.cells)
        draws = max(self.draws, PUBLISHED_DRAWS) if at.publish else self.draws
        found = None
        if len(cells.periods) > 1:
            each, listed = [], entropy_model.steps(cells)
            for k, step in enumerate(listed):
                at.tick(k, len(listed), "redrawing flows")
                key = at.key.child(f"flows {cells.periods.labels[k + 1]}")
                each.append(entropy_model.drawn(step, key.numpy(), draws))
            found = entropy_model.ledger(cells, each, self.delta)
        coupling = self._coupling(cells, draws, at)
        outside = [(one, *entropy_model.with_outside(cells, one)) for one in self.outside]
        tables = entropy_tables.tables(cells, found, coupling, outside)
        told = entropy_claim.Told(cells, found, coupling, outside, draws, self.delta, self.subsystems is not None)
        finding = entropy_words.finding(told, tables)
        return replace(finding, notes=(*finding.notes, *(Note(text) for text in panel.notes)))

    def faults(self, evidence: Evidence) -> Iterator[Fault]:
        """What is wrong with the asking; nothing is computed before all of it is put right."""
        try:
            panel, network = self._panel(evidence), self._network(evidence)
        except CoevolveError as error:
            yield from error.faults
            return
        found = list(cell_faults(panel, self.stocks, self._signed(), network, self.cells))
        if not found:
            found += self._subsystem_faults(panel)
            found += self._outside_faults(panel)
        yield from found

    def prospects(self, evidence: Evidence) -> Iterator[Note]:
        """How many cells and steps there are, and whether flows and moves are there to split the change."""
        panel = self._panel(evidence)
        if any(True for _ in cell_faults(panel, self.stocks, self._signed(), None, self.cells)):
            return
        cells = cells_of(panel, self.stocks, self._signed(), None, self.cells)
        split = f"by {', '.join(self.flows)}" if self.flows else "by nothing: name flows to see what changed it"
        moves = "with" if self.moves else "without moves: produced and exchanged will read 'not observed'"
        words = f"{len(cells.labels)} cells over {len(cells.periods)} {cells.periods.word}s"
        yield Note(f"entropy of {words}, its change split {split}, {moves}{' moves' if self.moves else ''}.")

    def _signed(self) -> dict[str, str]:
        """The flows with a minus before what leaves; a channel called exit always leaves."""
        return {
            channel: f"-{name.removeprefix('-')}" if channel in ("exit", "exits") else name
            for channel, name in self.flows.items()
        }

    def _panel(self, evidence: Evidence) -> Panel:
        return evidence.panel(self.panel).window(
            self.since, self.until, regions=self.regions, industries=self.industries
        )

    def _network(self, evidence: Evidence) -> Network | None:
        return evidence.network(self.moves) if self.moves else None

    def _kinds(self, panel: Panel) -> tuple[str, tuple[str, ...]]:
        """Which axis the subsystems divide, and its labels."""
        wanted = {label for named in (self.subsystems or {}).values() for label in names(named)}
        industries = panel.indicator(self.stocks).industries
        if len(wanted & set(industries)) >= len(wanted & set(panel.regions)) and len(industries) > 1:
            return "industry", industries
        return "region", panel.regions

    def _subsystem_faults(self, panel: Panel) -> Iterator[Fault]:
        if self.subsystems is None:
            return
        if len(self.subsystems) < 2:
            yield Fault("a partition needs two subsystems.", got=list(self.subsystems), do="Name two or more.")
        named = [label for one in self.subsystems.values() for label in names(one)]
        indicators = [label for label in named if label in panel.indicators]
        if indicators:
            yield Fault(
                "indicators over regions are neither attributes of the same units nor a partition of them, so their "
                "entropies do not add up to that of a whole.",
                got=", ".join(indicators),
                do="Name regions or industries of one stock; put kinds of units into an industry column of it.",
            )
            return
        axis, labels = self._kinds(panel)
        cells = axes_of(panel, self.stocks, self.cells)
        if cells not in (axis, "both"):
            yield Fault(f"the subsystems are of {axis} labels.", got=f'cells = "{cells}"', do=f'Set cells = "{axis}".')
        for label in dict.fromkeys(named):
            if label not in labels:
                yield Fault(f"there is no {axis} '{label}' in '{self.stocks}'.", got=label, do=nearest(label, labels))
            elif named.count(label) > 1:
                yield Fault(f"{axis} '{label}' stands in two subsystems.", got=label, do="Name it once.")
        missing = [label for label in labels if label not in named]
        if missing:
            got = ", ".join(missing[:8])
            yield Fault(f"the subsystems leave out {axis} labels.", got=got, do="Name each once: parts make the whole.")

    def _outside_faults(self, panel: Panel) -> Iterator[Fault]:
        if not self.outside:
            return
        if not self.flows:
            yield Fault("an outside cell needs flows.", got="no flows", do="Name entry and exit in 'flows'.")
            return
        cells = cells_of(panel, self.stocks, self._signed(), None, self.cells)
        totals = cells.stock.sum(axis=1)
        most = float(np.nanmax(np.maximum(cells.changes, 0).sum(axis=(1, 2)), initial=0.0) + totals.max() - totals[0])
        for one in self.outside:
            if one * totals[0] <= most:
                do = f"Take more than {most / totals[0]:.2g}."
                yield Fault(f"an outside cell of {one:g} times the first stock runs empty.", got=one, do=do)

    def _coupling(self, cells: Cells, draws: int, at: At) -> Coupling | None:
        from . import entropy_coupling as coupling

        many = len(cells.periods)
        if self.subsystems is not None:
            members = {label: k for k, one in enumerate(self.subsystems.values()) for label in names(one)}
            regional = all(label in cells.regions for label in members)
            column, labels = (0, cells.regions) if regional else (1, cells.industries)
            kind = np.array([members[labels[place]] for place in cells.place[:, column]])
            again = []
            for k, label in enumerate(cells.periods.labels):
                at.tick(k, many, "redrawing units")
                again.append(coupling.redrawn_stock(cells.stock[k], at.key.child(f"units {label}").numpy(), draws))
            return coupling.partition(cells.stock, kind, tuple(self.subsystems), again)
        if cells.axes != "both":
            return None
        each, tables = [], cells.table
        for k, label in enumerate(cells.periods.labels):
            at.tick(k, many, "redrawing units")
            each.append(coupling.drawn_joint(tables[k], at.key.child(f"units {label}").numpy(), draws))
        return coupling.joint(tables, each, ("region", "industry"))

"""What can be asked about the formation of clusters: simulate it by rule, or calibrate the rule to a stage ask."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field, model_validator

from ...errors import Fault, StudyError
from ...evidence.evidence import Evidence
from ...inquiry.at import At
from ...inquiry.finding import Finding, Note
from ...inquiry.question import FitName, Question

if TYPE_CHECKING:
    from .formation_model import Plan

MOST_WORK = 2_000_000_000  # firm-years of one ask


class Formation(Question):
    """How clusters form when firms choose regions by firms, by places, or by their parents: simulated firm by firm.

    Each year every firm leaves with chance `exit`; an entrant takes its place and chooses region r with

        q_r = eps e_r + sigma n_r/M + (1 - eps - sigma) n_r^alpha / sum n^alpha

    (`external` eps: by natural advantage e_r; `spin_off` sigma: where its parent is; the rest: by firms, with
    feedback alpha). An even spread lasts below alpha_c = (1 - sigma)/(1 - eps - sigma) and breaks above it. Three
    powers act on top: innovation (research; entrants prefer knowing regions), competition (firms leave crowded
    regions, weak ones first) and environment (support raises e_r in some regions). What competition and environment
    do is split into a direct effect and one that goes through innovation, by switching that path off.

    With `calibrate` it names a `stage` ask with entries and exits and finds which rules could have made its counts,
    natural advantage integrated out.

    When not to trust it: it is a thought experiment whose sizes of powers are conventions, so read signs and shapes,
    not levels. Calibrated, it holds only where the check of the model passes; the Finding says when it does not.
    """

    name: ClassVar[str] = "formation"

    firms: Annotated[int, Field(ge=100, le=10_000_000, description="how many firms")] = 10_000
    number_of_regions: Annotated[int, Field(ge=2, le=10_000, description="how many regions")] = 100
    feedback: Annotated[float, Field(ge=0, le=5, description="alpha, how strongly firms attract firms")] = 1.3
    external: Annotated[float, Field(ge=0, le=1, description="eps, share of entrants who go by places")] = 0.1
    spin_off: Annotated[float, Field(ge=0, le=1, description="sigma, share of entrants who stay with parents")] = 0.2
    exit: Annotated[float, Field(gt=0, lt=1, description="chance that a firm leaves in a year")] = 0.1
    advantage: Annotated[float, Field(ge=0, le=3, description="spread (sd of log) of natural advantage e_r")] = 0.0
    innovation: Annotated[float, Field(ge=0, le=1, description="power of innovation, 0 to 1")] = 0.0
    environment: Annotated[float, Field(ge=0, le=4, description="power of the environment: e_r raised by so much")] = (
        0.0
    )
    competition: Annotated[float, Field(ge=0, le=1, description="power of competition, 0 to 1")] = 0.0
    imitation: Annotated[float, Field(ge=0, le=1, description="chance a year that a firm imitates another")] = 0.1
    tacit: Annotated[float, Field(ge=0, le=1, description="share of imitation that needs a neighbour")] = 0.5
    supported: Annotated[float, Field(gt=0, le=1, description="share of regions that the environment supports")] = 0.1
    years: Annotated[int, Field(ge=10, le=5000, description="how many years")] = 400
    replicas: Annotated[int, Field(ge=4, le=1000, description="how many worlds of the same rule")] = 20
    calibrate: Annotated[FitName | None, Field(description="a stage ask with entries and exits")] = None
    unit: Annotated[str | None, Field(description="which industry of that ask; the first when left out")] = None
    simulations: Annotated[int, Field(ge=500, le=1_000_000, description="worlds drawn to calibrate")] = 4000

    @model_validator(mode="after")
    def _shares(self) -> Formation:
        if self.external + self.spin_off > 1:
            raise ValueError("external and spin_off are shares of the entrants: together at most 1")
        return self

    def answer(self, evidence: Evidence, at: At) -> Finding:
        """The Finding; the same for the same options and key."""
        faults = list(self.faults(evidence))
        if faults:
            raise StudyError(faults)
        if self.calibrate is not None:
            return self._calibrated(evidence, at)
        from . import formation_model, formation_tables, formation_words

        plan = self.plan()
        simulated = formation_model.simulate(plan, at)
        tables = formation_tables.tables(plan, simulated)
        return formation_words.finding(plan, simulated, tables)

    def faults(self, evidence: Evidence) -> Iterator[Fault]:
        """More work than one ask may do, fewer firms than regions, or nothing to calibrate to."""
        work = self.firms * self.years * self.replicas
        if work > MOST_WORK:
            do = f"Keep firms × years × replicas below {MOST_WORK:.0e}; shares depend little on the number of firms."
            yield Fault("this is more than one ask can simulate.", got=f"{work:.1e} firm-years", do=do)
        if self.firms < 5 * self.number_of_regions:
            got = f"{self.firms} firms in {self.number_of_regions} regions"
            yield Fault("formation needs five firms a region.", got=got, do="Take more firms or fewer regions.")
        if self.unit is not None and self.calibrate is None:
            yield Fault("'unit' is only read with 'calibrate'.", got=self.unit, do='Write calibrate = "ask".')
        if self.calibrate is not None and self.calibrate in evidence.items:
            from .formation_calibrate import calibration_faults

            yield from calibration_faults(evidence.fit(self.calibrate), self.unit)

    def prospects(self, evidence: Evidence) -> Iterator[Note]:
        """Which side of the threshold the rule is on."""
        from .formation_equations import threshold

        if self.calibrate is None:
            edge = threshold(self.external, self.spin_off)
            side = "above" if self.feedback > edge else "below"
            yield Note(f"The rule is {side} the threshold: feedback {self.feedback:g} against {edge:.3f}.")

    def plan(self) -> Plan:
        """The options as the simulator takes them."""
        from ...engine.formation import Powers
        from ...engine.lumped import Rules
        from .formation_model import Plan

        rules = Rules(self.feedback, self.external, self.spin_off, self.exit)
        supported = max(1, round(self.supported * self.number_of_regions))
        powers = Powers(self.innovation, self.environment, self.competition, self.imitation, self.tacit, supported)
        return Plan(self.firms, self.number_of_regions, rules, self.advantage, powers, self.years, self.replicas)

    def _calibrated(self, evidence: Evidence, at: At) -> Finding:
        from .formation_calibrate import calibrate, observed_of
        from .formation_posterior import finding

        assert self.calibrate is not None
        observed = observed_of(evidence.fit(self.calibrate), self.unit)
        draws = max(self.simulations, 20_000) if at.publish else self.simulations
        return finding(observed, calibrate(observed, draws, at))

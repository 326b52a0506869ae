"""What can be asked about growth: along which law each series grows, and how poles grow together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from ...errors import CoevolveError, Fault, StudyError
from ...evidence.evidence import Evidence
from ...evidence.panel import Panel
from ...inquiry.at import At, Case, attempt
from ...inquiry.finding import Finding, Note
from ...inquiry.question import Names, PanelName, Question

if TYPE_CHECKING:
    from .model import Part, Settings
    from .sample import Sample


class Growth(Question):
    """Along which law each series grows, how fast, whether it bends towards a ceiling, and where it goes next.

        exponential   x = x_0 e^(r t)                                            Tong & Wang (6)
        logistic      dx/dt = R x (1 - x/N)                                      Tong & Wang (7), (8)

    Each law is fitted to each series of each region on the log scale; deviations may last from period to period, so
    both noisy counting and wandering growth are covered. Akaike weights say which law the data favour. `rate` is per
    period, `capacity` (N) in the unit of the series, `midpoint` the year in which half of N is reached.

    When not to trust it: a series without a bend cannot tell its capacity: then only a lower bound is reported, and
    any forecast far ahead is a guess between the laws. One break in the series (a new classification, a merged
    region) looks like a bend. A logistic curve has one ceiling for ever; real ceilings move. Series are taken one by
    one: what they do to each other is asked by `symbiosis`.
    """

    name: ClassVar[str] = "growth"

    panel: PanelName
    of: Annotated[Names, Field(description="the indicator, or several, whose growth is asked")]
    laws: Annotated[
        tuple[Literal["exponential", "logistic"], ...],
        Field(min_length=1, description="the laws that compete: exponential (no ceiling), logistic (a ceiling)"),
    ] = ("exponential", "logistic")
    until: Annotated[str | int | None, Field(description="the last period to forecast; five ahead when left out")] = (
        None
    )

    def answer(self, evidence: Evidence, at: At) -> Finding:
        """The Finding; the same for the same panel, options and key."""
        from .future import labels_ahead, quantiles_of, times_ahead
        from .growth_finding import growth_finding
        from .growth_model import fit_growth, forecast_growth

        faults = list(self.faults(evidence))
        if faults:
            raise StudyError(faults)
        panel = evidence.panel(self.panel)
        series, laws = panel.series(self.of), tuple(dict.fromkeys(self.laws))
        fit = fit_growth(series, laws, at.key, tick=lambda done, of: at.tick(done, 3 * of, "fitting growth laws"))
        labels = labels_ahead(series.periods, self.until)
        draws = forecast_growth(
            fit,
            times_ahead(series.periods, labels),
            at.key,
            tick=lambda done, of: at.tick(of + done, 3 * of, "forecasting"),
        )
        at.tick(2, 3, "taking quantiles")
        values = quantiles_of(draws)
        at.tick(5, 6, "writing it down")
        return _noted(growth_finding(series, fit, labels, values), panel)

    def faults(self, evidence: Evidence) -> Iterator[Fault]:
        """An indicator that is not there, and `until` before the data end."""
        from .future import until_faults

        try:
            series = evidence.panel(self.panel).series(self.of)
        except CoevolveError as error:
            yield from error.faults
            return
        yield from until_faults(self.until, series.periods)

    def prospects(self, evidence: Evidence) -> Iterator[Note]:
        """How many series are long enough for each law."""
        series = evidence.panel(self.panel).series(self.of)
        counts = (series.observed & (series.values > 0)).sum(axis=2)
        yield Note(
            f"growth can fit a steady rate to {int((counts >= 4).sum())} of {counts.size} series (4 values or more) "
            f"and look for a ceiling in {int((counts >= 6).sum())} (6 or more)."
        )


class Symbiosis(Question):
    """How poles grow together: who helps whom, who holds whom back, where it settles, and what comes next.

        dx_i/dt = R_i x_i (1 - x_i/N_i - sum_{j != i} b_ij x_j/N_j)          Tong & Wang (9), (10), for n poles

    x_i is the scale of pole i, R_i its own rate per period, N_i its capacity when alone, b_ij the effect of pole j on
    pole i: **below 0 helps, above 0 hurts**. Estimates carry 90 % intervals that allow for noise in growth and in
    counting, shocks shared between poles, and years shared by all regions. A relation (mutualism, competition,
    predation, commensalism, amensalism, independence) is claimed only at a probability of .95, else `undetermined`.

    When not to trust it: one region and twenty years seldom tell b: the forecast may be good while b is anything,
    so never judge b by how well the curve fits. A third thing that drives both poles looks like symbiosis. Poles that
    stand near their equilibrium hardly move, and then tell little. With rates and capacities that change over time
    (crisis, new technology) the equations are only a summary. Measurement noise alone (`noise = "measurement"`) makes
    intervals too narrow as soon as growth itself is noisy. With `law = "predator_prey"`,

        dx_i/dt = x_i (r_i - |r_i| sum_{j != i} b_ij x_j/S_j)               Lotka (1925), Volterra (1926)

    no pole has a limit of its own: S_j is the typical scale of pole j, and a pole that lives on another has r_i < 0.
    """

    name: ClassVar[str] = "symbiosis"
    makes: ClassVar[str] = "fit"

    panel: PanelName
    poles: Annotated[
        tuple[str, ...],
        Field(description="the poles: two or more series, named by industry (or indicator/industry with several of)"),
    ]
    of: Annotated[Names, Field(description="the indicator, or several, that measures the scale of the poles")]
    regions: Annotated[tuple[str, ...], Field(description="the regions to fit; all when left out")] = ()
    noise: Annotated[
        Literal["state-space", "measurement", "one-step"],
        Field(
            description="what is noisy: growth and counting (state-space), counting alone, or growth alone (one-step)"
        ),
    ] = "state-space"
    pooling: Annotated[
        Literal["hierarchical", "complete", "none"],
        Field(
            description="b over regions: alike but not equal (hierarchical), one for all (complete), each alone (none)"
        ),
    ] = "hierarchical"
    law: Annotated[
        Literal["symbiosis", "predator_prey"],
        Field(
            description="symbiosis: each pole has a capacity of its own; predator_prey: none has, and own rates may be "
            "negative"
        ),
    ] = "symbiosis"
    population: Annotated[
        str,
        Field(description="an indicator of each region that capacities move with, one for one (Tong & Wang 6)"),
    ] = ""
    replicates: Annotated[
        bool,
        Field(description="whether regions repeat one system (cultures, twin sites): one set of rates and capacities"),
    ] = False
    inference: Annotated[
        Literal["auto", "chains", "laplace"],
        Field(
            description="chains: draws by chains, slower; laplace: a normal approximation; auto: chains for regions "
            "fitted together (up to 1600 regions x periods of two poles) and where laplace cannot be made "
            "(predator_prey, population, replicates, a pole absent somewhere), else laplace"
        ),
    ] = "auto"
    year_effects: Annotated[
        bool | None,
        Field(description="whether all regions share a shock each period; from five regions on when left out"),
    ] = None
    until: Annotated[str | int | None, Field(description="the last period to forecast; five ahead when left out")] = (
        None
    )
    draws: Annotated[int, Field(ge=200, le=20_000, description="how many draws of all parameters are kept")] = 1000

    def answer(self, evidence: Evidence, at: At) -> Finding:
        """The Finding, with the Fit it made; the same for the same panel, options and key."""
        from . import model
        from .admission import refusals
        from .refusal import refused_finding
        from .symbiosis_finding import could_not, symbiosis_finding

        faults = list(self.faults(evidence))
        if faults:
            raise StudyError(faults)
        panel = self._panel(evidence)
        every = panel.series(self.of)
        series = every.pick(self.poles)
        sample = self._sample(panel)
        refused = refusals(every, series, self.pooling, sample, self.replicates)
        if refused:
            return _noted(refused_finding(series, refused), panel)
        settings = self._settings(sample, at.publish)
        parts = model.parts_of(sample, settings, at.key.child("fit"))
        cases = self._fit(parts, sample, at)
        if not any(case.is_done for case in cases):
            return _noted(could_not(series, cases[0].trouble), panel)
        results = [case.value for case in cases]
        options = {key: value for key, value in self.options().items() if key != "panel"}
        fit = model.merge(results, sample, self.poles, options, panel.digest())
        trouble = {name: case.trouble for name, case in zip(sample.regions, cases, strict=False) if not case.is_done}
        return _noted(symbiosis_finding(series, sample, settings, fit, self.until, trouble, at.key), panel)

    def _fit(self, parts: list[Part], sample: Sample, at: At) -> list[Case]:
        from .model import fit_part

        if len(parts) > 1:
            return at.map(fit_part, parts, words="fitting regions")
        words = f"fitting {len(sample.regions)} regions together" if len(sample.regions) > 1 else "fitting"
        if parts[0].settings.inference == "chains":
            return [self._draw(parts[0], at, words)]
        return [attempt(lambda part: fit_part(part, lambda done, of: at.tick(done, of, words)), parts[0])]

    def _draw(self, part: Part, at: At, words: str) -> Case:
        """One fit by chains that run side by side, each kept in the store."""
        from .model import chain_of, chains_of, gathered

        ready = attempt(lambda one: chains_of(one, lambda done, of: at.tick(done, of, words)), part)
        if not ready.is_done:
            return ready
        chains = at.map(chain_of, ready.value, words="drawing")
        failed = [case for case in chains if not case.is_done]
        return failed[0] if failed else attempt(lambda one: gathered(one, [c.value for c in chains]), ready.value)

    def _sample(self, panel: Panel) -> Sample:
        from .sample import sample_of, with_all_poles

        driver = panel.series(self.population) if self.population else None
        sample = sample_of(panel.series(self.of).pick(self.poles), driver, self.replicates)
        return with_all_poles(sample) if self.inference == "laplace" else sample

    def _settings(self, sample: Sample, is_published: bool) -> Settings:
        from .model import PUBLISHED_CHAINS, PUBLISHED_WARM_UP, YEAR_EFFECTS_FROM, Settings, is_small

        regions = len(sample.regions)
        together = regions > 1 and self.pooling != "none"
        wanted = regions >= YEAR_EFFECTS_FROM if self.year_effects is None else self.year_effects
        has_years = together and wanted and self.noise != "measurement"
        is_same = self.replicates and regions > 1
        beyond = self.law != "symbiosis" or bool(self.population) or self.replicates or not sample.present.all()
        inference = self.inference
        if inference == "auto":
            inference = "chains" if beyond or (together and is_small(sample)) else "laplace"
        chosen = Settings(
            self.noise, self.pooling, has_years, self.draws, law=self.law, inference=inference, is_same=is_same
        )
        return replace(chosen, chains=PUBLISHED_CHAINS, warm_up=PUBLISHED_WARM_UP) if is_published else chosen

    def _panel(self, evidence: Evidence) -> Panel:
        return evidence.panel(self.panel).select(regions=self.regions or None)

    def faults(self, evidence: Evidence) -> Iterator[Fault]:
        """Options that contradict each other or name what is not there, found before anything is computed."""
        from .admission import option_faults, pole_faults
        from .future import until_faults
        from .options import inference_faults, population_faults

        try:
            panel = self._panel(evidence)
            every = panel.series(self.of)
        except CoevolveError as error:
            yield from error.faults
            return
        yield from until_faults(self.until, every.periods)
        yield from option_faults(self.noise, self.pooling, self.year_effects, len(panel.regions))
        yield from pole_faults(self.poles, every)
        yield from inference_faults(self.inference, self.law, self.population, self.replicates, self.pooling)
        if self.population:
            yield from population_faults(self.population, panel)

    def prospects(self, evidence: Evidence) -> Iterator[Note]:
        """Whether this much data usually tells the sign of b."""
        if any(True for _ in self.faults(evidence)):
            return
        from .admission import refusals
        from .refusal import refused_prospects

        panel = self._panel(evidence)
        sample = self._sample(panel)
        every = panel.series(self.of)
        refused = refusals(every, every.pick(self.poles), self.pooling, sample, self.replicates)
        if refused:
            yield from refused_prospects(every.pick(self.poles), refused)
            return
        span, regions = sample.logs.shape[1], len(sample.regions)
        if regions >= 15 and span >= 15 and self.pooling != "none":
            said = "enough to tell the sign of most effects, if noise is 3 % or less and the poles still grow"
        elif span >= 40:
            said = "often enough to tell the sign of large effects, if noise is 3 % or less"
        else:
            said = "seldom enough to tell help from harm: expect `undetermined`; more regions help most"
        yield Note(f"symbiosis has {regions} regions and {span} periods of {len(self.poles)} poles: {said}.")


def _noted(finding: Finding, panel: Panel) -> Finding:
    """The Finding with what the panel says of itself: regions and periods left out when several were joined."""
    return replace(finding, notes=(*finding.notes, *(Note(text) for text in panel.notes)))

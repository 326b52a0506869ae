"""What can be asked about links of industries (their modules), and about the levels of two industries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from ...errors import CoevolveError, Fault, StudyError, nearest
from ...evidence.evidence import Evidence
from ...inquiry.at import At
from ...inquiry.finding import Finding
from ...inquiry.question import Names, NetworkName, PanelName, Question, names
from .industries import members


class Modules(Question):
    """Which links of industrial chains belong together, year by year, and do such modules cross industries?

    Chains fall into links (sub-industries), links regroup into modules, modules align into a network (Ma Fig. 5).
    Modules come from Louvain's method on the ties of each year and keep their names while they overlap.

        integration index = 1 - NMI(modules, industries)

    is 0 where modules are the industries and 1 where they have nothing to do with them. Beside it stands what the
    index would be if industries were dealt out to links at random.

    When not to trust it: modules of a sparse network move with every link, so a jump of one year means little.
    Louvain's method cannot see modules much smaller than the whole network allows. The index depends on how finely
    links are cut. Heavier trade everywhere leaves modules alone; a new way of recording trade may not.
    """

    name: ClassVar[str] = "modules"
    makes: ClassVar[str] = "fit"

    network: NetworkName
    industries: Annotated[
        dict[str, Names], Field(description="each industry with its links (labels of the network; farms* for several)")
    ]
    years: Annotated[tuple[int, ...], Field(description="the years to look at; all when left out")] = ()
    shuffles: Annotated[int, Field(ge=0, le=10_000, description="how often industries are dealt out at random")] = 199

    def answer(self, evidence: Evidence, at: At) -> Finding:
        """The Finding, with the modules as a Fit for `convergence`."""
        from . import modules_finding, modules_found

        faults = list(self.faults(evidence))
        if faults:
            raise StudyError(faults)
        network = evidence.network(self.network)
        industries = {name: names(codes) for name, codes in self.industries.items()}
        owner = modules_found.industry_of(network, industries)
        years = [year for year in network.years if not self.years or year in self.years]
        shuffles = max(self.shuffles, 999) if at.publish and self.shuffles else self.shuffles
        cases, places = modules_found.cases_of(network, owner, years, shuffles, at.key)
        done = at.map(modules_found.find_year, cases, words="looking for modules")
        doubts = [case.trouble for case in done if not case.is_done]
        kept = [k for k, case in enumerate(done) if case.is_done]
        if not kept:
            return Finding(f"No modules could be found: {doubts[0]}.", "Modules of links")
        found = modules_found.joined(
            network,
            tuple(industries),
            owner,
            [years[k] for k in kept] if years else [],
            [places[k] for k in kept],
            [done[k].value for k in kept],
        )
        options = {key: value for key, value in self.options().items() if key != "network"}
        return modules_finding.finding(found, shuffles, modules_found.fit_of(found, options), doubts)

    def faults(self, evidence: Evidence) -> Iterator[Fault]:
        """Industries without links, years that are not there, weights below zero."""
        try:
            network = evidence.network(self.network)
        except CoevolveError as error:
            yield from error.faults
            return
        if len(self.industries) < 2:
            do = 'Name two or more: industries = { farms = ["farms*"], software = ["software*"] }.'
            yield Fault("modules need the industries of the links.", got=", ".join(self.industries) or "none", do=do)
        industries = {name: names(codes) for name, codes in self.industries.items()}
        for name, places in members(industries, network.labels).items():
            if not places:
                wanted = industries[name][0] if industries[name] else name
                yield Fault(f"the network has no link of '{name}'.", got=wanted, do=nearest(wanted, network.labels))
        for year in self.years:
            if year not in network.years:
                span = f"It holds {', '.join(map(str, network.years)) or 'no years'}."
                yield Fault(f"the network has no year {year}.", got=year, do=span)
        if network.is_two_mode:
            do = 'Project it: project = "source" or "target".'
            yield Fault("modules need ties between links, not between two kinds of things.", got="two-mode", do=do)
        if len(network.weight) and float(network.weight.min()) < 0:
            do = 'Leave negative ties out (where = "weight > 0").'
            yield Fault("modules need weights of 0 or more.", got=float(network.weight.min()), do=do)


class CoordinationOfIndustries(Question):
    """Do two industries stand at like and high levels, more than their years dealt out at random would have it?

    Indicators of both are put on a scale from the lowest to the highest region-year; their mean is a score U. Then

        C = 2 sqrt(U1 U2) / (U1 + U2),   T = (U1 + U2) / 2,   D = sqrt(C T)

    are the coupling degree, the coordination index and the coupling coordination degree. The null shuffles the years
    of the second industry within each region: what is left above it is due to their going together in time.

    When not to trust it: C is near 1 whenever two levels are alike, even if both are near zero or unrelated: it
    compares levels and describes, it does not show that one acts on the other. Two industries that both grow go
    together in time for that reason alone. Scores depend on which regions and years are in.
    """

    name: ClassVar[str] = "coordination_of_industries"

    panel: PanelName
    first: Annotated[str, Field(description="the first industry of the panel")]
    second: Annotated[str, Field(description="the second industry of the panel")]
    of: Annotated[Names, Field(description='the indicators that measure both, "-so2" where less is better')]
    regions: Annotated[tuple[str, ...], Field(description="the regions to measure; all when left out")] = ()
    shuffles: Annotated[int, Field(ge=99, le=10_000, description="how often the years are shuffled")] = 499

    def answer(self, evidence: Evidence, at: At) -> Finding:
        """The Finding; the same for the same panel, options and key."""
        from . import coordination

        faults = list(self.faults(evidence))
        if faults:
            raise StudyError(faults)
        panel = evidence.panel(self.panel).select(regions=self.regions or None)
        shuffles = max(self.shuffles, 1999) if at.publish else self.shuffles
        levels = coordination.levels_of(panel, (self.first, self.second), names(self.of))
        return coordination.finding(levels, shuffles, at.key.child("shuffles").numpy(), panel.notes)

    def faults(self, evidence: Evidence) -> Iterator[Fault]:
        """Indicators or industries that are not there."""
        try:
            panel = evidence.panel(self.panel).select(regions=self.regions or None)
        except CoevolveError as error:
            yield from error.faults
            return
        if self.first == self.second:
            yield Fault("both industries are the same.", got=self.first, do="Name two different ones.")
        for said in names(self.of):
            try:
                one = panel.indicator(said.removeprefix("-").strip())
            except CoevolveError as error:
                yield from error.faults
                continue
            for name in (self.first, self.second):
                if name not in one.industries:
                    what = f"indicator '{one.name}' has no industry '{name}'."
                    yield Fault(what, got=name, do=nearest(name, one.industries))

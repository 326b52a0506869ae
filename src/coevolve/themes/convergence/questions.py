"""What can be asked about two industries that may be merging: how far, in which way, and what would help."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from ...errors import CoevolveError, Fault, StudyError, nearest
from ...evidence.evidence import Evidence
from ...inquiry.at import At
from ...inquiry.finding import Finding, Note
from ...inquiry.question import FitName, Names, NetworkName, PanelName, Question, Reads, names
from .industries import MOST_PAIRS, members, pairs_of

if TYPE_CHECKING:
    from .gather import Asked
    from .outcome import Outcome
    from .recognised import Recognition

AccountsNames = Annotated[
    str | tuple[str, ...],
    Reads("accounts"),
    Field(description="input-output accounts of several years, or several in turn where the classification changed"),
]
Industries = Annotated[
    dict[str, Names],
    Field(
        default_factory=dict,
        description="each industry with its codes (sectors, classes, units' labels; A01* for all that begin so)",
    ),
]


class Known(BaseModel):
    """A pair whose type is known: the first penetrates, or displaces, the second."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pair: tuple[str, str]
    type: Literal["none", "penetration", "complementary", "reorganisation", "substitution"]


class Convergence(Question):
    """Which industries are coming together, in which way, how far along they are, and how sure that is.

    Six aspects (Ma Fig. 7) are measured year by year, each beside what chance would give: technology (common
    patents), product (inputs alike), market (customers alike), business (what each buys from the other), enterprise
    (activity in both), system (common rules). An aspect rises when its change is more than wandering and single years'
    unrest make; over all aspects of all pairs at most 10 % of the rises claimed are false by expectation.

        s(t) = 1 / (1 + exp(-k (t - tau)))      convergence degree: one wave shared by the aspects that rise
        type = penetration, complementary, reorganisation, substitution, none, or undetermined

    A type is named when all its conditions hold together with probability .8. Where something it needs was not
    observed the verdict says "consistent with" it and names what is missing. Beside the rule stands a classifier
    (Ma's net with a regression) that learnt from simulated pairs seen the same way: its probabilities are a second
    opinion, and the tables say where the two agree.

    When not to trust it: input coefficients in current prices move with relative prices, and industries that are
    reclassified seem to converge; give `breaks` where a classification changed. Fewer than fifteen years seldom tell
    a slow wave from wandering. A degree near 1 means the end of the wave seen so far, not one merged industry. A type
    is a pattern of several numbers, not the story of why they moved. Interpolated years look like smooth convergence.
    """

    name: ClassVar[str] = "convergence"
    makes: ClassVar[str] = "fit"

    pairs: Annotated[
        Literal["all"] | tuple[tuple[str, str], ...],
        Field(description='the pairs of industries: [["farms", "telecom"]], or "all" for every two'),
    ] = "all"
    industries: Industries
    accounts: AccountsNames = ""
    technology: Annotated[
        NetworkName,
        Field(description="patents and their classes by year (patent - class), or classes that stand together"),
    ] = ""
    panel: Annotated[
        PanelName, Field(description="a panel with classes by region (`of`), prices or an index of common rules")
    ] = ""
    of: Annotated[str, Field(description="the indicator of the panel that counts patents by region and class")] = ""
    enterprise: Annotated[
        NetworkName,
        Field(description="units and the industries they are active in (unit - industry), or a make table, by year"),
    ] = ""
    regulation: Annotated[str, Field(description="the indicator of the panel that is an index of common rules")] = ""
    prices: Annotated[str, Field(description="the indicator of the panel that is a price index by industry")] = ""
    dynamics: Annotated[FitName, Field(description="the symbiosis ask that tells how the two act on each other")] = ""
    poles: Annotated[
        dict[str, str],
        Field(
            default_factory=dict,
            description="the pole of the symbiosis ask that stands for an industry, where names differ",
        ),
    ]
    modules: Annotated[FitName, Field(description="the ask of modules that tells which links belong together")] = ""
    high_technology: Annotated[
        tuple[str, ...], Field(description="the industries that are high technology, by their research or patents")
    ] = ()
    breaks: Annotated[
        tuple[int, ...], Field(description="first years of a new classification: no change is measured across")
    ] = ()
    regions: Annotated[tuple[str, ...], Field(description="the regions of the accounts; all when left out")] = ()
    until: Annotated[int | None, Field(description="the last year to forecast; five ahead when left out")] = None
    draws: Annotated[int, Field(ge=200, le=20_000, description="how many draws of all changes")] = 1000
    classifier: Annotated[
        bool,
        Field(description="whether a classifier taught on simulated pairs gives a second opinion (about ten seconds)"),
    ] = True
    labels: Annotated[
        tuple[Known, ...],
        Field(description='pairs whose type you know: { pair = ["a", "b"], type = "none" }; used from 100 on'),
    ] = ()

    def answer(self, evidence: Evidence, at: At) -> Finding:
        """The Finding, with the Fit it made; the same for the same evidence, options and key."""
        from . import outcome, tables, words
        from .gather import gather

        faults = list(self.faults(evidence))
        if faults:
            raise StudyError(faults)
        asked = self._asked(evidence)
        found = outcome.of(gather(asked), asked, self.until, self.draws, at)
        made = outcome.fit_of(found, {key: value for key, value in self.options().items() if value})
        told = self._recognised(found, at) if self.classifier else None
        return words.finding(found, tables.tables(found, told), made, told, len(self.labels))

    def _recognised(self, found: Outcome, at: At) -> Recognition:
        from . import recognised

        labels = {one.pair: one.type for one in self.labels}
        return recognised.recognise(found, labels, at.key.child("classifier"), at.tick, recognised.SCHOOLING)

    def faults(self, evidence: Evidence) -> Iterator[Fault]:
        """What is wrong with the asking; nothing is computed before all of it is put right."""
        if not (self.accounts or self.technology or self.enterprise or self.panel):
            do = "Name accounts, technology, enterprise, or a panel."
            yield Fault("convergence needs evidence of the pairs.", got="none is named", do=do)
            return
        try:
            asked = self._asked(evidence)
        except CoevolveError as error:
            yield from error.faults
            return
        yield from self._industry_faults(asked)
        yield from self._label_faults(asked)
        yield from self._indicator_faults(asked)
        yield from self._region_faults(asked)
        yield from self._year_faults(asked)

    def prospects(self, evidence: Evidence) -> Iterator[Note]:
        """How many pairs are looked at over how many years."""
        if any(True for _ in self.faults(evidence)):
            return
        asked = self._asked(evidence)
        years = {year for one in asked.accounts for year in one.years}
        if asked.accounts and len(years) < 15:
            yield Note(f"Expect few clear answers: {len(years)} years seldom tell a slow wave from wandering.")
        pairs = "1 pair" if len(asked.pairs) == 1 else f"{len(asked.pairs)} pairs"
        yield Note(f"convergence looks at {pairs} of {len(asked.industries)} industries.")

    def _asked(self, evidence: Evidence) -> Asked:
        from .gather import Asked

        accounts = tuple(evidence.accounts(one) for one in names(self.accounts)) if self.accounts else ()
        technology = evidence.network(self.technology) if self.technology else None
        enterprise = evidence.network(self.enterprise) if self.enterprise else None
        panel = evidence.panel(self.panel) if self.panel else None
        industries = {name: names(codes) for name, codes in self.industries.items()}
        if not industries:
            listed = self._labels(accounts, panel)
            said = () if self.pairs == "all" else tuple(one for pair in self.pairs for one in pair)
            industries = {name: (name,) for name in (dict.fromkeys(said) if said else listed)}
        fits = [evidence.fit(one) if one and one in evidence.items else None for one in (self.dynamics, self.modules)]
        return Asked(
            industries,
            tuple(pairs_of(self.pairs, tuple(industries))),
            self.regions,
            tuple(float(one) for one in self.breaks),
            accounts,
            technology,
            enterprise,
            panel,
            self.of,
            self.regulation,
            self.prices,
            fits[0],
            self.poles,
            fits[1],
            self.high_technology,
        )

    def _labels(self, accounts: tuple[object, ...], panel: object) -> tuple[str, ...]:
        from ...evidence.accounts import Accounts
        from ...evidence.panel import Panel

        listed = [one.sectors for one in accounts if isinstance(one, Accounts)]
        if listed:
            return listed[0]
        return panel.industries if isinstance(panel, Panel) else ()

    def _industry_faults(self, asked: Asked) -> Iterator[Fault]:
        if len(asked.industries) < 2:
            do = 'Name them: industries = { farms = ["c1"], telecom = ["c27"] }.'
            yield Fault("convergence needs two industries or more.", got=", ".join(asked.industries) or "none", do=do)
            return
        for first, second in asked.pairs:
            for one in (first, second):
                if one not in asked.industries:
                    yield Fault(f"'pairs' names no industry '{one}'.", got=one, do=nearest(one, list(asked.industries)))
            if first == second:
                yield Fault("a pair names one industry twice.", got=first, do="Name two different industries.")
        if len(asked.pairs) > MOST_PAIRS:
            do = f"List those you mean in `pairs`, at most {MOST_PAIRS}."
            yield Fault("these are too many pairs for one ask.", got=len(asked.pairs), do=do)
        labels = _labels_of(asked)
        for name, places in members(asked.industries, labels).items():
            if not places:
                wanted = asked.industries[name][0] if asked.industries[name] else name
                yield Fault(f"no evidence has the codes of '{name}'.", got=wanted, do=nearest(wanted, labels))
        for name in self.high_technology:
            if name not in asked.industries:
                do = nearest(name, list(asked.industries))
                yield Fault(f"'high_technology' names no industry '{name}'.", got=name, do=do)
        for name in self.poles:
            if name not in asked.industries:
                yield Fault(f"'poles' names no industry '{name}'.", got=name, do=nearest(name, list(asked.industries)))

    def _label_faults(self, asked: Asked) -> Iterator[Fault]:
        if self.labels and not self.classifier:
            do = "Set classifier = true, or leave out `labels`."
            yield Fault("'labels' teach the classifier, which is left out.", got=len(self.labels), do=do)
        there = {frozenset(pair) for pair in asked.pairs}
        seen: set[frozenset[str]] = set()
        for one in self.labels:
            said, pair = " × ".join(one.pair), frozenset(one.pair)
            if pair not in there:
                listed = [" × ".join(each) for each in asked.pairs]
                yield Fault(f"'labels' has a pair that is not asked: {said}.", got=said, do=nearest(said, listed))
            elif pair in seen:
                yield Fault(f"'labels' has the pair {said} twice.", got=said, do="Leave one.")
            seen.add(pair)

    def _indicator_faults(self, asked: Asked) -> Iterator[Fault]:
        for option in ("of", "regulation", "prices"):
            said = getattr(self, option)
            if not said:
                continue
            if asked.panel is None:
                yield Fault(f"'{option}' needs a panel to read from.", got=said, do='Name it: panel = "...".')
                continue
            try:
                asked.panel.indicator(said)
            except CoevolveError as error:
                yield from error.faults

    def _region_faults(self, asked: Asked) -> Iterator[Fault]:
        there = [region for one in asked.accounts for region in one.regions]
        for region in self.regions:
            if region not in there:
                yield Fault(f"the accounts have no region '{region}'.", got=region, do=nearest(region, there))

    def _year_faults(self, asked: Asked) -> Iterator[Fault]:
        last = 0.0
        for one in asked.accounts:
            wrong = [year for year in one.years if not year.isdigit()]
            if wrong:
                do = "Give the accounts a year column with whole years."
                yield Fault("accounts need years for convergence.", got=wrong[0], do=do)
                return
            last = max(last, *(float(year) for year in one.years))
        spans = [(min(map(int, one.years)), max(map(int, one.years))) for one in asked.accounts]
        for k, (start, _) in enumerate(sorted(spans)[1:], start=1):
            if start <= sorted(spans)[k - 1][1]:
                do = 'Let one end before the next begins (where = "year < ...").'
                yield Fault("two accounts hold the same years.", got=start, do=do)
        for network in (asked.technology, asked.enterprise):
            if network is not None and network.year is not None and len(network.year):
                last = max(last, float(np.max(network.year)))
        if self.until is not None and last and self.until <= last:
            yield Fault("'until' lies before the data end.", got=self.until, do=f"Name a year after {last:.0f}.")


def _labels_of(asked: Asked) -> list[str]:
    """Every code that any evidence has."""
    found: dict[str, None] = {}
    for accounts in asked.accounts:
        found.update(dict.fromkeys(accounts.sectors))
    for network in (asked.technology, asked.enterprise):
        if network is not None:
            found.update(dict.fromkeys(network.labels))
    if asked.panel is not None:
        found.update(dict.fromkeys(asked.panel.industries))
    return list(found)

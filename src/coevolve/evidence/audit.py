"""What is doubtful in the evidence, before anything is computed: a score, and every doubt with its place and repair."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from .accounts import Accounts
from .audit_doubts import COSTLY, MOST_LINES, AuditLine, doubts
from .gaps import gaps_in, spans
from .network import Network
from .panel import Indicator, Panel, Status
from .read import Reading
from .words import few_of

SCORE = (
    "score = 50 x share of the cells inside the series that are observed + 20 x share of series over the whole span "
    "+ 30 x trust, which falls from 1 to 0 as doubtful cells grow from none to one in a hundred"
)


def audit(readings: Mapping[str, Reading] | Iterable[Reading]) -> tuple[AuditLine, ...]:
    """Everything doubtful in the evidence; for each panel first its score from 0 to 100 and how it is made.

    Rows that `where` leaves out are looked at too and said apart: they cost no score.
    """
    listed = readings.values() if isinstance(readings, Mapping) else readings
    lines: list[AuditLine] = []
    for reading in listed:
        if isinstance(reading.item, Panel):
            own = panel_lines(reading.name, reading.item)
            lines += [*own, *_left_out(reading, reading.item, own)]
        elif isinstance(reading.item, Network):
            lines += _network_lines(reading.name, reading.item)
        else:
            lines += _accounts_lines(reading.name, reading.item)
    return tuple(lines)


def panel_lines(name: str, panel: Panel) -> list[AuditLine]:
    """The audit of one panel: score, cells by status, late starts, then every doubt."""
    found = [line for one in panel.indicators.values() for line in doubts(name, panel, one)]
    found += _same_indicators(name, panel)
    score = _score(name, panel, sum(line.doubtful for line in found))
    return [score, *_cells(name, panel), *_late(name, panel), *found]


def _score(name: str, panel: Panel, doubtful: int) -> AuditLine:
    observed = inside = series = whole = 0
    for one in panel.indicators.values():
        _, begins, ends = spans(one.status)
        observed += int((one.status == Status.OBSERVED).sum())
        can_be = ~(one.status == Status.NOT_APPLICABLE).any(axis=2) | (one.status == Status.OBSERVED).any(axis=2)
        inside += int(gaps_in(panel, one).sum()) + int((one.status == Status.SUPPRESSED).sum())
        series += int(((ends >= 0) & can_be).sum())
        whole += int(((begins == 0) & (ends == len(panel.periods) - 1) & can_be).sum())
    complete = observed / max(observed + inside, 1)
    trust = max(0.0, 1 - 100 * doubtful / max(observed, 1))
    score = 50 * complete + 20 * whole / max(series, 1) + 30 * trust
    span = f"{panel.periods.labels[0]} to {panel.periods.labels[-1]}"
    words = (
        f"score {score:.0f} of 100: {100 * complete:.1f} % of the cells inside the series are observed, "
        f"{whole:,} of {series:,} series cover {span}, {doubtful:,} of {observed:,} cells are doubtful ({SCORE})."
    )
    return AuditLine(name, "score", words, value=round(score, 1))


def _cells(name: str, panel: Panel) -> Iterator[AuditLine]:
    """How many cells stand in each status; indicators with equal counts share a line."""
    said: dict[str, list[str]] = {}
    for one in panel.indicators.values():
        said.setdefault(_counts(panel, one), []).append(f"{one.name} ({one.unit})" if one.unit else one.name)
    for words, names in said.items():
        few = few_of(names, 4)
        yield AuditLine(name, "cells", f"{few}: {words}", names[0] if len(names) == 1 else "")


def _counts(panel: Panel, one: Indicator) -> str:
    _, begins, ends = spans(one.status)
    kinds = ((Status.MISSING, "missing"), (Status.SUPPRESSED, "suppressed"), (Status.NOT_APPLICABLE, "not applicable"))
    parts = [
        f"{int((one.status == Status.OBSERVED).sum()):,} observed",
        f"{int((one.values == 0).sum()):,} of them zero",
    ]
    parts += [f"{count:,} {word}" for kind, word in kinds if (count := int((one.status == kind).sum()))]
    listed = ends >= 0
    late, early = int((begins > 0).sum()), int((listed & (ends < len(panel.periods) - 1)).sum())
    gaps = int(gaps_in(panel, one).sum())
    series = f"{int(listed.sum()):,} series, {late:,} start late, {early:,} end early, {gaps:,} gaps"
    return f"{', '.join(parts)}; {series}."


def _late(name: str, panel: Panel) -> Iterator[AuditLine]:
    """Regions where at least half of the indicators start three or more periods after those of other regions."""
    never = len(panel.periods)
    starts = np.zeros((len(panel.regions), len(panel.indicators)), np.int64)
    for g, one in enumerate(panel.indicators.values()):
        _, begins, _ = spans(one.status)
        begins = np.where(begins < 0, never, begins).min(axis=1)
        if (begins < never).any():
            late = (begins < never) & (begins > np.median(begins[begins < never]) + 2)
            starts[late, g] = begins[late]
    for r in np.flatnonzero((starts > 0).mean(axis=1) >= 0.5)[:MOST_LINES].tolist():
        places, often = np.unique(starts[r][starts[r] > 0], return_counts=True)
        label = panel.periods.labels[int(places[often.argmax()])]
        names = [one for one, start in zip(panel.indicators, starts[r], strict=True) if start > 0]
        few = ", ".join(names[:4]) + (" ..." if len(names) > 4 else "")
        of = f"{len(names)} of {len(panel.indicators)} indicators"
        words = f"{panel.regions[r]} starts late in {of}, mostly in {label} ({few})."
        repair = f"To compare all regions, begin in {label} with where."
        yield AuditLine(name, "late", words, region=panel.regions[r], period=label, repair=repair)


def _same_indicators(name: str, panel: Panel) -> Iterator[AuditLine]:
    seen: dict[bytes, str] = {}
    for one in panel.indicators.values():
        if np.isnan(one.values).all() or len(np.unique(one.values[~np.isnan(one.values)])) < 10:
            continue
        first = seen.setdefault(np.nan_to_num(one.values, nan=-1.5e300).tobytes(), one.name)
        if first != one.name:
            words = f"'{one.name}' holds the same numbers as '{first}'."
            yield AuditLine(name, "double", words, one.name, repair="Use one of them.")


def _left_out(reading: Reading, kept: Panel, own: list[AuditLine]) -> Iterator[AuditLine]:
    """Doubts in the rows that `where` leaves out, without a repair: they are not computed with."""
    panel = reading.whole() if reading.whole is not None else None
    if panel is None:
        return
    known = {(line.kind, line.indicator, line.region, line.industry, line.period) for line in own}
    for line in panel_lines(reading.name, panel):
        place = (line.kind, line.indicator, line.region, line.industry, line.period)
        if line.kind not in (*COSTLY, "late", "unit") or place in known or not line.period:
            continue
        outside = (
            line.period not in kept.periods.labels
            or line.region not in kept.regions
            or (line.industry != "" and line.industry not in kept.industries)
        )
        if outside or line.kind == "late":
            words = f"(rows that where leaves out) {line.words}"
            yield AuditLine(line.evidence, line.kind, words, *place[1:], line.value)


def _network_lines(name: str, network: Network) -> Iterator[AuditLine]:
    tied = np.zeros(len(network.labels), bool)
    tied[network.source] = tied[network.target] = True
    loops = int((network.source == network.target).sum())
    years = f", {network.years[0]} to {network.years[-1]}" if network.years else ""
    size = f"{len(network.labels):,} actors, {len(network.source):,} links{years}"
    alone = f"{int((~tied).sum()):,} actors have no link, {loops:,} links are loops"
    yield AuditLine(name, "network", f"{size}; {alone}; a weight is: {network.meaning}.")
    zero, negative = int((network.weight == 0).sum()), int((network.weight < 0).sum())
    if zero:
        yield AuditLine(name, "network", f"{zero:,} links have the weight 0.", repair="Leave them out with where.")
    if negative:
        words = f"{negative:,} of {len(network.weight):,} links are negative: the network is signed."
        yield AuditLine(name, "network", words, repair="Distances and clusters over it need a rule for the sign.")


def _accounts_lines(name: str, accounts: Accounts) -> Iterator[AuditLine]:
    gap = np.abs(np.nan_to_num(accounts.imbalance()))
    k, i = (int(one) for one in np.unravel_index(int(gap.argmax()), gap.shape))
    size = f"{len(accounts.sectors)} sectors, {len(accounts.years)} tables"
    worst = (
        f"the row that balances worst is {accounts.sectors[i]}{_table(accounts, k)} ({100 * gap[k, i]:.2f} % of output)"
    )
    yield AuditLine(name, "accounts", f"{size}; {worst}.", value=float(gap[k, i]))
    empty = int((accounts.gross_output == 0).sum())
    if empty:
        yield AuditLine(name, "accounts", f"{empty:,} sectors have no output; their coefficients are 0.")
    sums = accounts.direct.sum(axis=1)
    k, j = (int(one) for one in np.unravel_index(int(sums.argmax()), sums.shape))
    largest = f"the largest column sum of coefficients is {sums[k, j]:.3f} ({accounts.sectors[j]}{_table(accounts, k)})"
    yield AuditLine(
        name, "accounts", f"{largest}; from 1 on inputs cost more than the output.", value=float(sums[k, j])
    )
    if not accounts.prices:
        words = "the prices are not said; several years are taken as current prices."
        yield AuditLine(name, "accounts", words, repair='Say prices = "current", or the base year.')


def _table(accounts: Accounts, k: int) -> str:
    words = " ".join(one for one in (accounts.regions[k], accounts.years[k]) if one)
    return f" {words}" if words else ""

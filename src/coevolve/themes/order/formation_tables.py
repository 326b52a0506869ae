"""What `formation` simulated, as tables: paths, phases, the entropy ledger, powers, and published facts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...inquiry.finding import Table
from .formation_equations import amplification, persistence, restoring_force, share_variance
from .formation_facts import facts
from .formation_model import ALL_CHANNELS, OUTCOMES, POWERS, Plan, Simulated

Array = NDArray[np.float64]


def tables(plan: Plan, found: Simulated) -> tuple[Table, ...]:
    """All tables."""
    return (theory(plan, found), paths(found), phases(found), ledger(found), powers(found), stylised_facts(found))


def theory(plan: Plan, found: Simulated) -> Table:
    """What is known of the rule without simulating: exact for equal advantage and neutral exit."""
    rules = plan.rules
    force = restoring_force(rules.feedback, rules.external, rules.spin_off)
    rows = [
        ("feedback", rules.feedback),
        ("threshold of feedback", found.edge),
        ("feedback from which a cluster can hold itself", found.sustain),
        ("restoring force", force),
        ("autocorrelation of shares", persistence(force, rules.exit)),
        ("standard deviation of a share", share_variance(force, rules.exit, plan.firms, plan.regions) ** 0.5),
        ("fluctuations against firms on their own", amplification(force, rules.exit)),
    ]
    return Table.of_rows("theory", ("quantity", "value"), rows, caption="Empty or infinite past the threshold.")


def paths(found: Simulated) -> Table:
    """One row a year and outcome: median and 90 % range over worlds."""
    rows: list[tuple[object, ...]] = []
    for outcome in OUTCOMES:
        stacked = np.array([getattr(world, outcome) for world in found.worlds])
        for year in range(stacked.shape[1]):
            lo, middle, hi = np.quantile(stacked[:, year], (0.05, 0.5, 0.95))
            rows.append((outcome.replace("_", " "), year, middle, lo, hi))
    columns = ("outcome", "year", "median", "lo", "hi")
    return Table.of_rows(
        "paths",
        columns,
        rows,
        caption="Evenness is S/ln R: 1 even, 0 all in one region. 90 % of worlds.",
    )


def phases(found: Simulated) -> Table:
    """One row a feedback and start: where the chain stands after many years."""
    rows = [
        (alpha, "dispersed" if start else "agglomerated", even, largest, spread, apart)
        for alpha, start, even, largest, spread, apart in found.phases
    ]
    columns = ("feedback", "start", "evenness", "largest_share", "evenness_sd", "largest_share_sd")
    return Table.of_rows(
        "phases",
        columns,
        rows,
        caption="The exact chain of counts (neutral exit, equal advantage) from two starts; where they end apart, "
        "history decides. sd between worlds.",
    )


def ledger(found: Simulated) -> Table:
    """One row a channel: its contribution to the entropy of a year early and late, and the sum."""
    rows: list[tuple[object, ...]] = []
    years = len(found.worlds[0].channels)
    fifth = max(1, years // 5)
    for when, cut in (
        ("first fifth", slice(0, fifth)),
        ("last fifth", slice(-fifth, None)),
        ("all years", slice(None)),
    ):
        each = np.array([world.channels[cut].mean(axis=0) for world in found.worlds])
        for k, channel in enumerate((*ALL_CHANNELS, "sum")):
            values = each.sum(axis=1) if channel == "sum" else each[:, k]
            mean, error = _mean(values)
            rows.append((when, channel, mean, mean - 1.645 * error, mean + 1.645 * error))
    columns = ("when", "channel", "contribution", "lo", "hi")
    return Table.of_rows(
        "ledger",
        columns,
        rows,
        {"contribution": "nat a year"},
        caption="What each flow adds to the entropy of location a year (below 0 gathers, above 0 spreads); the "
        "channels add up to its change exactly. Mean over worlds, 90 % interval of the mean.",
    )


def powers(found: Simulated) -> Table:
    """One row a power and outcome: its direct effect, the one through innovation, and their sum."""
    rows: list[tuple[object, ...]] = []
    for power in POWERS:
        for outcome, effects in zip(OUTCOMES, found.effects[power], strict=True):
            row: list[object] = [power, outcome.replace("_", " "), found.levels[power]]
            for k in range(3):
                mean, error = _mean(effects[:, k])
                if power == "innovation" and k == 1:
                    mean = error = float("nan")
                row += [mean, mean - 1.645 * error, mean + 1.645 * error]
            rows.append(tuple(row))
    names = [f"{name}{end}" for name in ("direct", "indirect", "total") for end in ("", "_lo", "_hi")]
    return Table.of_rows(
        "powers",
        ("power", "outcome", "level", *names),
        rows,
        caption="Effect of setting a power from 0 to its level, late in the run; indirect goes through innovation "
        "(research), which is itself internal and has no indirect part. Mean over worlds, 90 % interval of the mean.",
    )


def stylised_facts(found: Simulated) -> Table:
    """One row a published fact: what the worlds show and whether they agree."""
    rows = [(one.name, one.model, one.lo, one.hi, one.published, one.agrees, one.source) for one in facts(found.worlds)]
    columns = ("fact", "model", "lo", "hi", "published", "agrees", "source")
    return Table.of_rows("stylised_facts", columns, rows, caption="Median over worlds with their 90 % range.")


def _mean(values: Array) -> tuple[float, float]:
    known: Array = values[np.isfinite(values)]
    if len(known) < 2:
        return float("nan"), float("nan")
    return float(known.mean()), float(known.std(ddof=1) / np.sqrt(len(known)))

"""What `formation` simulated, in words and pictures."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...inquiry.finding import Chart, Finding, Note, Source, Table
from ...inquiry.wording import counted, digits, listed
from .formation_equations import restoring_force
from .formation_model import EFFECT_FIRMS, EFFECT_YEARS, PHASE_REPLICAS, PHASE_YEARS, Plan, Simulated

SOURCES = (
    Source(
        "wang2019",
        "Wang, P. Research on the Formation Mechanism of Innovation Clusters Based on "
        "Self-Organization Theory. Dalian University.",
    ),
    Source("arthur1990", "Arthur, W. B. (1990). 'Silicon Valley' locational clusters: when do increasing returns imply "
           "monopoly? Mathematical Social Sciences 19(3), 235-251."),
    Source("buenstorf2009", "Buenstorf, G. and Klepper, S. (2009). Heritage and agglomeration: the Akron tyre cluster "
           "revisited. Economic Journal 119, 705-733."),
    Source("ellison1997", "Ellison, G. and Glaeser, E. L. (1997). Geographic concentration in U.S. manufacturing "
           "industries: a dartboard approach. Journal of Political Economy 105(5), 889-927."),
)  # fmt: skip


def finding(plan: Plan, found: Simulated, tables: tuple[Table, ...]) -> Finding:
    """The whole Finding."""
    by_name = {table.name: table for table in tables}
    return Finding(
        claim=claim(plan, found, by_name),
        title="Formation of clusters, simulated",
        tables=tables,
        charts=tuple(charts(found)),
        notes=tuple(notes(plan, found, by_name)),
        sources=SOURCES,
    )


def claim(plan: Plan, found: Simulated, tables: dict[str, Table]) -> str:
    """Which side of the threshold, what the worlds did, which flow gathers and which spreads."""
    rules = plan.rules
    side = "above" if rules.feedback > found.edge else "below"
    shares = np.array([world.largest_share[-1] for world in found.worlds])
    gathered = int((shares > 0.5).sum())
    many = len(found.worlds)
    who = {0: "none", many: "all"}.get(gathered, str(gathered))
    end = (
        f"after {plan.years} years {who} of {many} simulated worlds have more than half of their firms in one region "
        f"(median largest share {np.median(shares):.2f})"
    )
    late = [row for row in tables["ledger"].rows() if row["when"] == "all years" and row["channel"] != "sum"]
    gathers = [str(row["channel"]) for row in late if _below(row["hi"])]
    spreads = [str(row["channel"]) for row in late if _above(row["lo"])]
    flows = ""
    if gathers and spreads:
        flows = (
            f" In these worlds {listed(gathers)} {_verb(gathers, 'lower')} the entropy of location and "
            f"{listed(spreads)} "
            f"{_verb(spreads, 'raise')} it."
        )
    return (
        f"With feedback {rules.feedback:g}, {side} the threshold {found.edge:.3f} of this rule, {end}.{flows} "
        "These are simulated worlds, not data."
    )


def notes(plan: Plan, found: Simulated, tables: dict[str, Table]) -> Iterator[Note]:
    """What to keep in mind, the gravest first."""
    if found.lost:
        yield Note(
            f"Look at the worlds that failed: {len(found.lost)} could not be computed ({found.lost[0]}).", "caution"
        )
    rules, powers = plan.rules, plan.powers
    force = restoring_force(rules.feedback, rules.external, rules.spin_off)
    neutral = not powers.innovation and not powers.competition and not powers.environment and not plan.advantage
    exact = "holds exactly" if neutral else "holds without powers and natural advantage; with them it is a guide"
    yield Note(
        f"Read the threshold as theory: alpha_c = (1 - sigma)/(1 - eps - sigma) = {found.edge:.3f} {exact}. The "
        f"restoring force here is {force:.3f}. Chance carries a spread over the edge somewhat earlier, and near it "
        "centuries pass before a world settles."
    )
    if found.sustain < found.edge - 1e-3:
        yield Note(
            f"Mind history: between feedback {found.sustain:.3f} and {found.edge:.3f} an even spread and a cluster "
            "both last, so breaking up a cluster takes more than undoing what formed it."
        )
    small = {name: level for name, level in found.levels.items() if not getattr(powers, name)}
    tried = f" Powers that the ask leaves at 0 are tried at 0.5 ({', '.join(small)})." if small else ""
    yield Note(
        "Read the powers for sign, not size: their levels are conventions. They are compared in "
        f"{counted(plan.replicas, 'world')} of up to {digits(EFFECT_FIRMS)} firms over up to {EFFECT_YEARS} "
        f"years.{tried}"
    )
    yield Note(
        f"Trust the ledger to rounding: its channels add up to the change of entropy within "
        f"{max(world.residual for world in found.worlds):.0e} nat in every year and world. Its signs are found, not "
        "assumed."
    )
    yield Note(
        f"Take the phases as a map: {PHASE_REPLICAS} worlds of the exact chain for each feedback and start, "
        f"{PHASE_YEARS} years each, which near the threshold is too short to forget the start."
    )
    lacking = [str(row["fact"]) for row in tables["stylised_facts"].rows() if row["agrees"] == "no"]
    if lacking:
        yield Note(f"Do not expect every published fact: these worlds miss {len(lacking)} ({'; '.join(lacking)}).")
    yield Note(
        "Leave sizes of firms aside: all firms here are alike in size, so laws of firm size are not in the model."
    )


def charts(found: Simulated) -> Iterator[Chart]:
    """The pictures: what happened, when clusters form, which flows do it, what the powers do."""
    yield Chart(
        "paths",
        "lines",
        "paths",
        {"x": "year", "y": "median", "lo": "lo", "hi": "hi", "facet": "outcome"},
        "What becomes of the regions",
        "median world and 90 % of worlds",
        "Lines of evenness, the largest region's share and knowledge over the years, with ranges over worlds.",
    )
    yield Chart(
        "phases",
        "lines",
        "phases",
        {"x": "feedback", "y": "largest_share", "series": "start"},
        "Share of the largest region by strength of feedback",
        f"threshold {found.edge:.3f}; a cluster holds from {found.sustain:.3f}; where the lines part, history decides",
        "Lines of the largest region's share over feedback from a dispersed and an agglomerated start.",
        options={"limits": [0, 1]},
    )
    yield Chart(
        "ledger",
        "bars",
        "ledger",
        {"label": "channel", "value": "contribution", "lo": "lo", "hi": "hi", "facet": "when"},
        "Which flows gather firms and which spread them",
        "change of location entropy, nat a year; below 0 gathers",
        "Bars of each flow's contribution to the entropy of location.",
        options={"sort": "none"},
    )
    yield Chart(
        "powers",
        "bars",
        "powers",
        {"label": "power", "value": "total", "lo": "total_lo", "hi": "total_hi", "mark": "direct", "facet": "outcome"},
        "What each power does",
        "total effect with its 90 % interval; the tick is the direct effect, the rest goes through innovation",
        "Bars of total effects of the powers with ticks at their direct effects.",
        options={"sort": "none"},
    )


def _below(value: object) -> bool:
    return isinstance(value, float) and value < 0


def _above(value: object) -> bool:
    return isinstance(value, float) and value > 0


def _verb(who: list[str], verb: str) -> str:
    return verb if len(who) > 1 else f"{verb}s"

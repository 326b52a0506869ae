"""The Finding of `policy`: plan, gains beside plain baselines, ranks of levers, and what to doubt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ...inquiry.finding import Chart, Finding, Note, Source, Table
from .policy_model import Past, Task
from .policy_names import MOTIVES
from .policy_plans import Plans

ACTS_ON = {
    "technology_diffusion": "how fast convergence spreads",
    "asset_versatility": "how far it can go",
    "market_demand": "growth of capacity",
    "deregulation": "its onset",
    "competition_cooperation": "how much the two help each other",
    "profit": "how fast output grows",
}
PLAIN = {
    "equal split": "an equal split",
    "past shares": "past shares",
    "OLS-proportional": "shares by least squares",
    "prior-mean optimum": "what theory alone advises",
}
SOURCE = Source("ma2021-policy", "Ma, Y. (2021). Fig. 9: six motives of industry convergence.")


def finding(
    pair: str, names: Sequence[str], past: Past, task: Task, made: Plans, first_year: int, draws: int
) -> Finding:
    """Everything about one plan; `names[k]` is the user's name of the lever of motive k, "" where there is none."""
    tables = (
        plan_table(names, task, made, first_year),
        gain_table(made),
        ranking_table(names, past, made),
        placebo_table(names, made),
    )
    return Finding(
        claim(pair, names, past, made),
        f"A plan for {pair}",
        tables,
        tuple(charts()),
        tuple(notes(names, past, made, task, draws)),
        (SOURCE,),
    )


def plan_table(names: Sequence[str], task: Task, made: Plans, first_year: int) -> Table:
    """One row a plan, lever and year: what is spent."""
    rows = []
    for name in sorted(made.plans, key=lambda each: each != "plan"):
        if name == "nothing":
            continue
        plan = made.plans[name]
        for lever in np.flatnonzero(task.past.has).tolist():
            for year in range(task.horizon):
                period = 0 if year < task.halves[0] else 1
                spend = float(plan[period, lever]) / max(task.halves[period], 1)
                rows.append((name, names[lever], MOTIVES[lever], first_year + year, spend))
    caption = "One row a plan, lever and year: spending in the unit of the levers."
    return Table.of_rows("plan", ("plan", "lever", "motive", "year", "spend"), rows, caption=caption)


def gain_table(made: Plans) -> Table:
    """One row a plan: predicted gain in discounted joint output over doing nothing."""
    rows = []
    for name, gain in made.gains.items():
        lo, middle, hi = (float(one) for one in np.quantile(gain, [0.05, 0.5, 0.95]))
        rows.append((name, middle, lo, hi))
    caption = "One row a plan: gain over spending nothing, with 90 % bounds over what the past leaves open."
    return Table.of_rows("gain", ("plan", "gain", "lo", "hi"), rows, {"gain": "% of joint output"}, caption)


def ranking_table(names: Sequence[str], past: Past, made: Plans) -> Table:
    """One row a lever: its rank by what a little more money on it adds, and in how many draws that rank holds."""
    used = np.flatnonzero(past.has)
    ranks = 1 + np.argsort(np.argsort(-made.marginal[:, used], axis=1), axis=1)
    order = np.argsort(np.median(-made.marginal[:, used], axis=0), kind="stable")
    rows = []
    for rank, k in enumerate(order, start=1):
        lo, middle, hi = (float(one) for one in np.quantile(made.marginal[:, used[k]], [0.05, 0.5, 0.95]))
        stability = float((np.abs(ranks[:, k] - rank) <= 1).mean())
        motive = MOTIVES[used[k]]
        rows.append((names[used[k]], motive, ACTS_ON[motive], rank, stability, middle, lo, hi))
    columns = ("lever", "motive", "acts_on", "rank", "stability", "gain_of_more", "gain_of_more_lo", "gain_of_more_hi")
    caption = (
        "One row a lever. gain_of_more: what one hundredth of the budget more adds (%), 90 % bounds; stability: the "
        "share of draws in which its rank is this one or the next to it."
    )
    return Table.of_rows("ranking", columns, rows, caption=caption)


def placebo_table(names: Sequence[str], made: Plans) -> Table:
    """One row a lever: whether next year's spending goes with this year's growth."""
    rows = [(names[MOTIVES.index(motive)], *found) for motive, found in made.placebo.items()]
    caption = "One row a lever: slope of growth on next year's spending (90 %). It should be nothing."
    return Table.of_rows("placebo", ("lever", "slope_on_next_year", "lo", "hi", "p"), rows, caption=caption)


def claim(pair: str, names: Sequence[str], past: Past, made: Plans) -> str:
    """The predicted gain beside the best plain plan, first of all where the plan adds nothing to it."""
    gain = made.gains["plan"]
    lo, middle, hi = (float(one) for one in np.quantile(gain, [0.05, 0.5, 0.95]))
    plain = {name: float(np.median(made.gains[name])) for name in made.gains if name not in ("plan", "nothing")}
    best = max(plain, key=lambda name: plain[name])
    ahead = float((gain > made.gains[best]).mean())
    rank = ranking_table(names, past, made).rows()[0]
    first = (
        f"the lever that pays most is {str(rank['lever']).replace('_', ' ')}"
        if float(str(rank["stability"])) >= 0.8
        else ""
    )
    lever = f"; {first}" if first else "; which lever pays most cannot be told"
    said = f"predicted gain of {middle:.1f} % of joint output over spending nothing (90 %: {lo:.1f} to {hi:.1f})"
    if ahead < 0.8:
        return (
            f"For {pair} the plan is not surely better than {PLAIN[best]} ({plain[best]:.1f} %): it has a {said}"
            f"{lever}. This is a prediction of a model, not a measured effect."
        )
    return (
        f"For {pair} the plan has a {said}, more than {PLAIN[best]} ({plain[best]:.1f} %){lever}. This is "
        "a prediction of a model, not a measured effect."
    )


def notes(names: Sequence[str], past: Past, made: Plans, task: Task, draws: int) -> Iterator[Note]:
    """What to doubt: spending that follows growth, levers that move together, a fit that did not settle."""
    follow = [motive for motive, found in made.placebo.items() if found[3] < 0.05 / max(len(made.placebo), 1)]
    if follow:
        listed = ", ".join(names[MOTIVES.index(one)] for one in follow)
        yield Note(f"Do not trust the effect of {listed}: its spending follows growth (placebo test).", "caution")
    used = np.flatnonzero(past.has)
    together = np.atleast_2d(np.corrcoef(past.levers[:, used].T))
    pairs = [
        (i, j) for i in range(len(used)) for j in range(i) if abs(together[i, j]) > 0.9 and np.isfinite(together[i, j])
    ]
    for i, j in pairs[:3]:
        first, second = names[used[i]], names[used[j]]
        yield Note(f"Do not tell {first} from {second}: they moved together in the past.", "caution")
    if not made.fitted.settled:
        yield Note("Look at the past once more: the fit did not settle, and the plan rests on it.", "caution")
    absent = [motive for motive, there in zip(MOTIVES, past.has, strict=True) if not there]
    if absent:
        yield Note(f"Remember what no lever moves: {', '.join(one.replace('_', ' ') for one in absent)}.")
    if not (task.budget <= 1.5 * float(task.most.sum()) * task.horizon):
        yield Note("Lower the budget: more than one and a half times the most ever spent a year is not spent at all.")
    yield Note(
        f"Ask again with other years left out before you act: {draws} draws hold what the past leaves open, not the "
        "doubt about the equations themselves."
    )


def charts() -> Iterator[Chart]:
    """Gains of the plans, and the plan."""
    yield Chart(
        "gain",
        "bars",
        "gain",
        {"label": "plan", "value": "gain", "lo": "lo", "hi": "hi"},
        "Predicted gain of each plan over spending nothing",
        "% of discounted joint output, with 90 % bounds",
        "Bars of the predicted gain of the plan and of plain baselines.",
        options={"dots": True, "rule": 0},
    )
    yield Chart(
        "plan",
        "lines",
        "plan",
        {"x": "year", "y": "spend", "series": "lever", "facet": "plan"},
        "Spending by lever and year",
        "in the unit of the levers",
        "Lines of spending by lever of a chosen plan.",
    )

"""Policy against equations stepped out by hand, plans that must be found, and what must be refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import coevolve
from coevolve.errors import StudyError
from coevolve.evidence.fit import Fit
from coevolve.evidence.panel import Panel
from coevolve.themes.convergence.policy_model import ETA, MOST, STATE, Past, Task, best_plan, fit, simulate, values_of
from coevolve.themes.convergence.policy_names import MOTIVES
from coevolve.themes.convergence.policy_plans import make_plans, placebo, variation

EVERY = np.ones(6, bool)


def truth(**effects: float) -> np.ndarray:
    """log p, log q, log m, log R, log N, b, g, log x, log-odds of s, log effects (1e-9 where not named)."""
    eta = [np.log(effects.get(name, 1e-9)) for name in MOTIVES]
    state = [np.log(0.02), np.log(0.3), 0.0, *np.log([0.25, 0.3, 600.0, 500.0]), -0.2, 0.1, 0.02]
    return np.array([*state, *np.log([300.0, 220.0]), -3.0, *eta])


def past_of(unknowns: np.ndarray, years: int = 24, noise: float = 0.01, seed: int = 0) -> tuple[Past, np.ndarray]:
    random = np.random.default_rng(seed)
    spending = np.exp(random.normal(0.0, 0.5, (years, 6)))
    log_x, s = simulate(unknowns, spending / spending.mean(axis=0), EVERY)
    seen = log_x[0] + random.normal(0, noise, (years, 2))
    degree = np.clip(s[0] + random.normal(0, 0.02, years), 0.01, 1.2)
    return Past(seen, degree, np.full(years, 0.03), spending / spending.mean(axis=0), EVERY), spending


def test_one_year_by_hand() -> None:
    """Two half-year steps of ds = (p + q s)(m - s), d log x = R (1 - x/N - b s x'/N'), without levers."""
    theta = truth()
    log_x, s = simulate(theta, np.zeros((2, 6)), EVERY)
    x, n, degree = np.log([300.0, 220.0]), np.log([600.0, 500.0]), 1 / (1 + np.exp(3.0))
    for _ in range(2):
        pull = MOST * np.tanh(np.array([-0.2, 0.1]) * degree / MOST)
        share = np.exp(x - n)
        x = x + 0.5 * np.array([0.25, 0.3]) * (1 - share - pull * share[::-1])
        degree, n = degree + 0.5 * (0.02 + 0.3 * degree) * (1 - degree), n + 0.5 * 0.02
    assert log_x[0, 1] == pytest.approx(x)
    assert s[0, 1] == pytest.approx(degree)


@pytest.mark.parametrize(("motive", "place"), [(name, k) for k, name in enumerate(MOTIVES)])
def test_each_motive_moves_its_own_part(motive: str, place: int) -> None:
    """Only its own lever matters, and it never lowers what it acts on."""
    theta = truth(**{motive: float(np.exp(ETA[place]))})
    own, other = np.zeros((12, 6)), np.zeros((12, 6))
    own[:, place], other[:, (place + 1) % 6] = 1.0, 1.0
    base, moved, untouched = (simulate(theta, levers, EVERY) for levers in (np.zeros((12, 6)), own, other))
    assert untouched[0] == pytest.approx(base[0], abs=1e-6)
    if motive in ("technology_diffusion", "deregulation", "asset_versatility"):
        assert moved[1][0, -1] > base[1][0, -1]
    else:
        assert moved[0][0, -1].sum() > base[0][0, -1].sum()
    without = simulate(theta, own, EVERY & (np.arange(6) != place))
    assert without[0] == pytest.approx(base[0])


def test_effects_have_diminishing_returns() -> None:
    theta = truth(market_demand=0.02)
    end = [simulate(theta, np.full((10, 6), u), EVERY)[0][0, -1].sum() for u in (0.0, 1.0, 2.0)]
    assert end[1] - end[0] > end[2] - end[1] > 0


def test_the_past_is_fitted() -> None:
    """Paths are met to the noise; rates, capacities and the ceiling of b within their own bounds."""
    theta = truth(**{name: float(np.exp(one)) for name, one in zip(MOTIVES, ETA, strict=True)})
    past, _ = past_of(theta)
    found = fit(past)
    assert found.settled
    log_x, s = simulate(found.mode, past.levers, past.has)
    assert np.abs(log_x[0] - past.log_x).mean() < 0.012
    assert np.abs(s[0] - past.degree).mean() < 0.03
    spread = np.sqrt((found.factor**2).sum(axis=1))
    assert (np.abs(found.mode - theta)[:STATE] < 3.5 * spread[:STATE]).all()


def test_the_plan_spends_on_the_only_lever_that_works() -> None:
    theta = truth(market_demand=0.03)
    past, spending = past_of(theta)
    task = Task(theta[None], past, 10, 5.0, spending.mean(axis=0), spending.max(axis=0))
    plan = best_plan(task)
    assert plan.sum() == pytest.approx(5.0)
    assert plan[:, MOTIVES.index("market_demand")].sum() > 0.8 * 5.0
    split = np.full((2, 6), 5.0 / 12)
    worth = values_of(task, np.stack([np.zeros((2, 6)), split, plan]))[:, 0]
    assert worth[0] < worth[1] < worth[2]


def test_spending_above_the_cap_is_lost() -> None:
    theta = truth(profit=0.2)
    past, spending = past_of(theta)
    task = Task(theta[None], past, 4, 1.0, spending.mean(axis=0), spending.max(axis=0))
    plan = np.zeros((2, 2, 6))
    plan[0, :, 5], plan[1, :, 5] = 1.5 * spending[:, 5].max() * 2, 999.0
    worth = values_of(task, plan)
    assert worth[0] == pytest.approx(worth[1])


def test_the_placebo_sees_spending_that_follows_growth() -> None:
    past, _ = past_of(truth(), 40, 0.0)
    levers = past.levers.copy()
    growth = np.diff(np.log(np.exp(past.log_x).sum(axis=1)))
    noisy = past.log_x + np.random.default_rng(1).normal(0, 0.03, past.log_x.shape).cumsum(axis=0)
    growth = np.diff(np.log(np.exp(noisy).sum(axis=1)))
    levers[2:, 0] = 1.0 + 8.0 * growth[: len(levers) - 2]
    found = placebo(replace(past, log_x=noisy, levers=levers))
    assert found[MOTIVES[0]][3] < 0.001
    assert found[MOTIVES[3]][3] > 0.001


def test_all_plans_are_judged_alike() -> None:
    past, spending = past_of(truth(market_demand=0.02, profit=0.2))
    made = make_plans(past, spending, 6, 6.0, 20, np.random.default_rng(0))
    assert list(made.plans) == [
        "nothing",
        "equal split",
        "past shares",
        "OLS-proportional",
        "prior-mean optimum",
        "plan",
    ]
    assert (made.gains["nothing"] == 0).all()
    assert np.median(made.gains["plan"]) >= np.median(made.gains["equal split"])
    assert variation(spending) == pytest.approx(spending.std(axis=0) / spending.mean(axis=0))


def convergence_fit(years: int = 24) -> Fit:
    theta = truth(market_demand=0.02)
    past, _ = past_of(theta, years)
    bounds = np.stack([past.degree - 0.05, past.degree, past.degree + 0.05], axis=1)
    labels = {
        "pair": ("a × b",),
        "bound": ("lo", "median", "hi"),
        "side": ("first", "second"),
        "year": tuple(str(1991 + k) for k in range(years)),
    }
    axes = {"convergence_degree": ("pair", "year", "bound"), "output": ("pair", "side", "year")}
    arrays = {"convergence_degree": bounds[None], "output": np.exp(past.log_x).T[None]}
    return Fit("convergence", arrays, axes, labels)


def levers_of(years: int = 24, **given: np.ndarray) -> Panel:
    random = np.random.default_rng(0)
    spending = np.exp(random.normal(0.0, 0.5, (years, 6)))
    values = {name: spending[:, k] for k, name in enumerate(MOTIVES)} | given
    arrays = {name: one[None] for name, one in values.items()}
    return Panel.of(arrays, regions=["all"], periods=range(1991, 1991 + years))


def test_the_answer_has_baselines_and_is_no_score() -> None:
    finding = coevolve.convergence.policy(convergence_fit(), levers_of(), 10.0, draws=20, horizon=4)
    assert "not a measured effect" in finding.claim
    plans = {row["plan"] for row in finding["gain"].rows()}
    assert plans == {"nothing", "equal split", "past shares", "OLS-proportional", "prior-mean optimum", "plan"}
    spent = [float(str(row["spend"])) for row in finding["plan"].rows() if row["plan"] == "plan"]
    assert sum(spent) == pytest.approx(10.0)
    assert {row["year"] for row in finding["plan"].rows()} == {2015, 2016, 2017, 2018}
    assert sorted(int(str(row["rank"])) for row in finding["ranking"].rows()) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("panel", "options", "words"),
    [
        (levers_of(profit=np.full(24, 3.0)), {}, "'profit' hardly varied"),
        (levers_of(profit=-np.ones(24)), {}, "'profit' is below 0"),
        (levers_of(profit=np.where(np.arange(24) == 3, np.nan, 2.0)), {}, "'profit' has gaps"),
        (levers_of(8), {}, "share too few years"),
        (levers_of(), {"motives": {"profit": "luck"}}, "'luck' is no motive"),
        (levers_of(), {"motives": {"subsidy": "profit"}}, "no 'subsidy'"),
        (levers_of(), {"motives": {"profit": "profit", "deregulation": "profit"}}, "two levers serve one motive"),
        (levers_of(), {"pair": "c × d"}, "no degree of 'c × d'"),
    ],
)
def test_levers_that_teach_nothing_are_refused(panel: Panel, options: dict[str, object], words: str) -> None:
    with pytest.raises(StudyError, match=words):
        coevolve.convergence.policy(convergence_fit(), panel, 10.0, **options)


def test_a_wish_to_stop_is_heard() -> None:
    """The search asks between its steps: progress that raises ends it."""
    past, spending = past_of(truth(profit=0.2))

    class Enough(Exception):
        pass

    said: list[str] = []

    def tick(done: int, of: int, words: str) -> None:
        said.append(words)
        if words == "searching a plan":
            raise Enough

    with pytest.raises(Enough):
        make_plans(past, spending, 6, 6.0, 20, np.random.default_rng(0), tick)
    assert said.count("fitting the past") > 5


def test_without_a_degree_there_is_no_plan() -> None:
    """An ask of convergence in which nothing rose makes no Fit: policy says so and makes no plan."""
    from coevolve.evidence.evidence import Evidence
    from coevolve.inquiry.at import Here
    from coevolve.inquiry.options import question_of
    from coevolve.themes.convergence.questions_policy import Policy

    question = question_of(Policy, {"of": "nothing", "levers": "levers", "budget": 1.0}, "policy")
    finding = question.answer(Evidence({"levers": levers_of()}), Here())
    assert finding.claim.startswith("No plan can be made")
    assert finding.tables == ()

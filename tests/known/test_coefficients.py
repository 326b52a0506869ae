"""Coefficients over years: each formula against a plain loop, the answer against tables worked out again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coevolve.errors import StudyError
from coevolve.evidence.accounts import Accounts
from coevolve.evidence.evidence import Evidence
from coevolve.inquiry.at import Here
from coevolve.inquiry.finding import QUANTILES, Finding
from coevolve.inquiry.key import Key
from coevolve.themes.production import coefficients_model as model
from coevolve.themes.production.coefficients_backtest import Plan, backtest
from coevolve.themes.production.coefficients_equations import (
    chain_sums,
    complete_of,
    conditional,
    error_of,
    grown_output,
    partners,
    rebalanced,
    trend,
)
from coevolve.themes.production.coefficients_series import series_of
from coevolve.themes.production.questions_coefficients import Coefficients

SECTORS = ("farms", "mines", "machinery", "electronics", "software", "trade")
LAST = "B: last value"
DRIFT = "drift: average past change"


def made_accounts(years: int = 12, regions: tuple[str, ...] = ("",), seed: int = 5, move: float = 0.05) -> Accounts:
    """Accounts whose log coefficients walk at random, and whose outputs grow."""
    draw, size, many = np.random.default_rng(seed), len(SECTORS), len(regions)
    logs = np.log(draw.uniform(0.01, 0.12, (1, many, size, size)))
    walk = np.cumsum(draw.normal(0, move, (years, many, size, size)), axis=0)
    direct = np.exp(logs + walk)
    direct[:, :, 0, 1] = 0.0
    output = 100 * np.exp(np.cumsum(draw.normal(0.03, 0.02, (years, many, size)), axis=0))
    flows = (direct * output[:, :, None, :]).reshape(-1, size, size)
    output = output.reshape(-1, size)
    labels = tuple(str(1990 + t) for t in range(years) for _ in regions)
    return Accounts(
        SECTORS,
        labels,
        regions * years,
        flows,
        output,
        output - flows.sum(axis=2),
        output - flows.sum(axis=1),
        unit="million",
        basis="domestic",
    )


def ask(accounts: Accounts, **options: object) -> Finding:
    said = {"accounts": "io", "industry": "electronics", "models": ("B", "C"), **options}
    question = Coefficients.model_validate(said)
    return question.answer(Evidence({"io": accounts}), Here(Key.of(7, "coefficients")))


def test_complete_coefficients_are_the_sum_of_all_rounds_and_an_impossible_table_is_marked() -> None:
    direct = made_accounts(1).direct[0]
    rounds, power = np.zeros_like(direct), np.eye(len(direct))
    for _ in range(300):
        power = power @ direct
        rounds += power
    complete, sound = complete_of(np.stack([direct, direct * 9]))
    np.testing.assert_allclose(complete[0], rounds, atol=1e-12)
    assert sound.tolist() == [True, False]
    assert np.isnan(complete[1]).all()


def test_the_error_is_the_median_over_cells_above_a_hundred_thousandth() -> None:
    actual = np.array([[0.1, 0.2], [1e-6, 0.4]])
    told = np.array([[0.11, 0.1], [5.0, 0.4]])
    assert error_of(told, actual) == pytest.approx(10.0)
    assert np.isnan(error_of(told, np.zeros((2, 2))))


def test_the_trend_is_the_least_squares_line_of_each_cell() -> None:
    direct = made_accounts(9).direct[:, None]
    made = trend(direct, 3)
    for i in range(6):
        for j in range(6):
            slope, level = np.polyfit(np.arange(9), direct[:, 0, i, j], 1)
            line = np.maximum(level + slope * np.arange(9, 12), 0) if direct[-1, 0, i, j] > 0 else np.zeros(3)
            np.testing.assert_allclose(made[:, 0, i, j], line, atol=1e-12)
    falling = np.linspace(0.5, 0.05, 6)[:, None, None]
    assert trend(falling, 3)[:, 0, 0].tolist() == [0, 0, 0]
    assert trend(np.full((4, 1, 1), -0.2), 2)[:, 0, 0].tolist() == [-0.2, -0.2]


def test_output_goes_on_with_half_its_recent_growth() -> None:
    output = np.array([1.0, 50.0, 55, 60, 70, 80, 90])[:, None] * np.array([1.0, 0.0])
    growth = np.log(90 / 50) / 5
    np.testing.assert_allclose(grown_output(output, 2)[:, 0], 90 * np.exp(0.5 * growth * np.array([1, 2])))
    assert grown_output(output, 2)[:, 1].tolist() == [0, 0]
    steep = np.array([[1.0], [100.0]])
    assert grown_output(steep, 1)[0, 0] == pytest.approx(100 * np.exp(0.1))


def test_margins_pull_row_sums_and_leave_column_sums() -> None:
    accounts = made_accounts(2)
    direct, output = accounts.direct[1], accounts.gross_output[1] * 1.1
    sold = accounts.flows[0].sum(axis=1) / accounts.gross_output[0]
    for pull in (0.4, 1.0):
        made, settled = rebalanced(direct, output, sold, pull)
        assert settled
        before, after, told = (direct * output).sum(axis=1), (made * output).sum(axis=1), sold * output
        told = told * before.sum() / told.sum()
        wanted = before * (told / before) ** pull
        np.testing.assert_allclose(after, wanted * before.sum() / wanted.sum(), rtol=1e-5)
        np.testing.assert_allclose(made.sum(axis=0), direct.sum(axis=0), rtol=1e-5)
        assert ((made == 0) == (direct == 0)).all()
    assert rebalanced(direct, output, sold, 0.0)[0] is direct


def test_conditional_ras_has_the_margins_of_the_year_it_tells_of() -> None:
    accounts = made_accounts(2)
    made, settled = conditional(accounts.direct[0], accounts.flows[1], accounts.gross_output[1])
    assert settled
    flows = accounts.direct[0] * accounts.gross_output[1]
    for _ in range(500):
        flows = flows * (accounts.flows[1].sum(axis=1) / flows.sum(axis=1))[:, None]
        flows = flows * (accounts.flows[1].sum(axis=0) / flows.sum(axis=0))
    np.testing.assert_allclose(made, flows / accounts.gross_output[1], rtol=1e-5)


def test_the_chain_adds_up_the_largest_partners_without_the_industry_itself() -> None:
    complete, _ = complete_of(made_accounts(1).direct[0])
    suppliers, users = partners(complete, 2)
    sums = chain_sums(complete, suppliers, users)
    for k in range(6):
        bought = sorted((complete[i, k] for i in range(6) if i != k), reverse=True)
        sold = sorted((complete[k, j] for j in range(6) if j != k), reverse=True)
        np.testing.assert_allclose(sums[k], [sum(bought[:2]), sum(sold[:2])], rtol=1e-14)
    assert partners(complete, 50)[0].shape == (6, 5)


def experts_at(known: int, cost: list[list[float]]) -> model.Experts:
    """An origin at which only the first blends have costs worth looking at."""
    table = np.full((len(cost), len(model.BLENDS)), 1.0)
    for step, row in enumerate(cost):
        table[step, : len(row)] = row
    return model.Experts(known, np.zeros((1, 1, 1, 1)), np.zeros((1, 1, 1, 1)), table, True)


def test_a_blend_is_chosen_on_years_that_were_known_and_drawn_towards_the_last_value() -> None:
    assert model.BLENDS[0] == (0.0, 0.0, 0.0)
    first = experts_at(8, [[0.0, -0.1, -0.2], [0.0, -0.1, -0.2]])
    second = experts_at(9, [[0.0, -0.3, 0.9], [0.0, 0.0, -9.0]])
    assert model.weights_at(8, [first, second]) == ((0.0, 0.0, 0.0), 0)
    blend, count = model.weights_at(9, [first, second])
    assert count == 1
    assert blend == tuple(weight / 4 for weight in model.BLENDS[2])
    blend, count = model.weights_at(10, [first, second])  # the -9 of two years ahead is not known yet
    assert count == 2
    assert blend == pytest.approx(tuple(weight * 2 / 5 for weight in model.BLENDS[1]))
    third = pytest.approx(tuple(weight * 2 / 5 for weight in model.BLENDS[2]))
    assert model.weights_at(11, [first, second])[0] == third


def test_nothing_of_later_years_reaches_an_origin() -> None:
    """The trend and the net of an origin stay the same to the last digit when the years after it are other ones."""
    accounts = made_accounts(12)
    direct, output = accounts.direct[:, None], accounts.gross_output[:, None]
    other = direct.copy()
    other[9:] *= 1.7
    cases = [model.OriginCase(one, output, 9, 2, True, Key.of(1, "a")) for one in (direct, other)]
    here, there = (model.at_origin(case) for case in cases)
    np.testing.assert_array_equal(here.trend, there.trend)
    np.testing.assert_array_equal(here.net, there.net)
    assert np.abs(here.net).max() > 0
    assert here.has_net
    assert (here.cost != there.cost).any()
    assert here.net[:, 0, 0, 1].tolist() == [0, 0]  # a cell of zero stays


def test_errors_of_last_value_and_trend_are_those_worked_out_again() -> None:
    accounts = made_accounts(12, ("X", "Y"))
    found = ask(accounts, hold_out=2, origins=4)
    flows = accounts.flows.reshape(12, 2, 6, 6)
    output = accounts.gross_output.reshape(12, 2, 6)
    direct = flows / output[:, :, None, :]
    for row in found["backtest"].rows():
        known, step = int(str(row["origin"])) - 1990 + 1, int(str(row["horizon"]))
        assert row["year"] == 1990 + known + step - 1
        if row["model"] == "RAS (conditional)":
            continue
        made = direct[known - 1]
        if row["model"] == DRIFT:
            change = (direct[known - 1] - direct[0]) / (known - 1)
            made = np.maximum(direct[known - 1] + step * change, 0.0)
        elif row["model"] != LAST:
            made = np.empty_like(direct[0])
            for r, i, j in np.ndindex(made.shape):
                slope, level = np.polyfit(np.arange(known), direct[:known, r, i, j], 1)
                made[r, i, j] = max(level + slope * (known + step - 1), 0.0)
        actual = np.linalg.inv(np.eye(6) - direct[known + step - 1]) - np.eye(6)
        told = np.linalg.inv(np.eye(6) - made) - np.eye(6)
        scored = actual > 1e-5
        assert row["cells"] == scored.sum()
        assert row["error"] == pytest.approx(100 * np.median(np.abs(told - actual)[scored] / actual[scored]), rel=1e-9)


def test_the_comparison_has_the_layout_of_table_2_and_its_errors_are_its_own() -> None:
    accounts = made_accounts(12)
    found = ask(accounts, hold_out=2, top=3)
    rows = {row["model"]: row for row in found["comparison"].rows()}
    assert list(rows) == [LAST, "C: linear trend", DRIFT, "RAS (conditional)", "actual"]
    b_last, b_known = (np.linalg.inv(np.eye(6) - accounts.direct[k]) - np.eye(6) for k in (-1, -3))
    k = SECTORS.index("electronics")
    suppliers = sorted((i for i in range(6) if i != k), key=lambda i: -b_known[i, k])[:3]
    users = sorted((j for j in range(6) if j != k), key=lambda j: -b_known[k, j])[:3]
    actual, told = rows["actual"], rows[LAST]
    assert actual["complete_supply"] == pytest.approx(sum(b_last[i, k] for i in suppliers))
    assert actual["complete_demand"] == pytest.approx(sum(b_last[k, j] for j in users))
    assert told["complete_supply"] == pytest.approx(sum(b_known[i, k] for i in suppliers))
    for side in ("supply", "demand"):
        off = abs(float(str(told[f"complete_{side}"])) / float(str(actual[f"complete_{side}"])) - 1)
        assert told[f"error_{side}"] == pytest.approx(100 * off)
    assert actual["innovation_industries"] == 3
    assert actual["year"] == 2001


def test_the_papers_table_is_quoted_with_its_two_cells() -> None:
    rows = {row["model"]: row for row in ask(made_accounts())["paper"].rows()}
    assert round(float(str(rows["A"]["error_supply"])), 2) == 0.40
    assert round(float(str(rows["A"]["error_demand"])), 2) == 0.05
    assert round(float(str(rows["B"]["error_supply"])), 1) == 56.2
    assert round(float(str(rows["C"]["error_demand"])), 1) == 40.6


def test_the_forecast_table_has_the_form_of_all_forecasts() -> None:
    table = ask(made_accounts(14, ("X", "Y")), hold_out=2)["forecast"]
    assert list(table.columns)[:6] == ["region", "industry", "indicator", "year", "quantile", "value"]
    assert len(table) == 2 * 2 * 2 * len(QUANTILES)
    values = table["value"].reshape(-1, len(QUANTILES))
    assert (np.diff(values, axis=1) >= 0).all()
    assert (values >= 0).all()
    assert sorted(set(table["year"].tolist())) == [2004, 2005]


def test_the_forecast_tables_are_accounts_for_later_asks() -> None:
    accounts = made_accounts(12, ("X", "Y"))
    found = ask(accounts, hold_out=2)
    made = found.made
    assert isinstance(made, Accounts)
    assert (made.years, made.regions) == (("2002", "2002", "2003", "2003"), ("X", "Y", "X", "Y"))
    np.testing.assert_allclose(made.direct, np.concatenate([accounts.direct[-2:]] * 2), rtol=1e-12)
    np.testing.assert_allclose(made.imbalance(), 0, atol=1e-12)
    last = ask(accounts, hold_out=2, regions=("X",))["baselines"].rows()[0]
    k = SECTORS.index("electronics")
    complete = np.sort(np.delete(made.complete[0][:, k], k))[::-1]
    assert last["value"] == pytest.approx(complete[:5].sum())
    assert made.basis == "domestic"


def test_drift_stands_beside_every_forecast_and_the_bands_are_counted() -> None:
    found = ask(made_accounts(14, ("X", "Y")), hold_out=2)
    assert {DRIFT, LAST} <= set(found["baselines"]["model"].tolist())
    assert {DRIFT, LAST} <= set(found["fan"]["model"].tolist())
    begins = [row for row in found["fan"].rows() if row["model"] == DRIFT and row["year"] == 2003]
    last = {row["chain"]: row["value"] for row in found["history"].rows() if row["year"] == 2003}
    assert {row["chain"]: row["value"] for row in begins} == last
    held = found["coverage"]
    assert ((held["share"] >= 0) & (held["share"] <= 1)).all()
    assert any("the 80 % range held" in note.text for note in found.notes)


def test_the_claim_calls_noise_what_the_horizons_call_noise() -> None:
    found = ask(made_accounts(16), hold_out=2)
    gains = [row for row in found["gain"].rows() if row["model"] == "C: linear trend" and row["horizon"] is not None]
    assert [row["horizon"] for row in gains if row["gain_hi"] < 0] == [1.0]
    told = found.claim.partition("the linear trend erred")[2].partition(")")[0]
    assert "more" in told
    assert "outside noise 1 year ahead" in told


def test_when_nothing_ever_changes_nobody_errs_and_the_last_value_is_named_first() -> None:
    still = made_accounts(10, move=0.0)
    found = ask(still)
    assert found.claim.startswith("Keeping the last value forecast complete consumption coefficients best")
    assert np.abs(found["errors"]["error"]).max() < 1e-6


def test_a_change_of_the_list_of_industries_is_not_crossed() -> None:
    accounts = made_accounts(14)
    flows, output = accounts.flows.copy(), accounts.gross_output.copy()
    flows[:6, 4:], flows[:6, :, 4:], output[:6, 4:] = 0, 0, 0
    found = ask(replace(accounts, flows=flows, gross_output=output))
    assert "the list of industries changes after 1995" in found.notes[0].text
    assert found.notes[0].level == "caution"
    assert found["backtest"]["origin"].min() >= 1996


def test_regions_without_all_years_are_left_out_and_named() -> None:
    accounts = made_accounts(10, ("X", "Y"))
    keep = np.array([not (y == "1993" and r == "Y") for y, r in zip(accounts.years, accounts.regions, strict=True)])
    cut = Accounts(
        SECTORS,
        tuple(np.array(accounts.years)[keep]),
        tuple(np.array(accounts.regions)[keep]),
        *(getattr(accounts, name)[keep] for name in ("flows", "gross_output", "final_demand", "value_added")),
    )
    found = ask(cut)
    assert set(found["comparison"]["region"]) == {"X"}
    assert any("they are left out: Y" in note.text for note in found.notes)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"industry": "electronic"}, "Did you mean 'electronics'"),
        ({"regions": ("Z",)}, "no region 'Z'"),
        ({"hold_out": 10}, "need 3 years to learn from and 10 to hold out"),
        ({"origins": 9}, "Ask for 7 at most"),
        ({"flows": "total"}, "no total flows"),
        ({"since": 1850}, "1850"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_computed(options: dict[str, object], words: str) -> None:
    with pytest.raises(StudyError, match=words):
        ask(made_accounts(12), **options)


def test_plans_hold_out_what_they_say() -> None:
    plan = Plan.of(34, 3, None)
    assert (len(plan.origins), plan.origins[-1]) == (20, 31)
    assert plan.experts[0] == plan.origins[0] - 4
    assert plan.experts[-1] == 34
    assert Plan.of(6, 3, None).origins == (3,)
    assert Plan.of(15, 3, 2).origins == (11, 12)
    assert Plan.of(15, 3, 2, net=False).experts == ()


def test_bands_rest_on_earlier_origins_only() -> None:
    """The ranges at an origin do not change when the years after it do; the first origin has none."""
    accounts = made_accounts(14)
    flows = accounts.flows.copy()
    flows[11:] *= 0.8
    results = [
        backtest(series_of(one, None, None), Plan.of(14, 3, 4, net=False), ("B",), 3, Here())
        for one in (accounts, replace(accounts, flows=flows))
    ]
    assert np.isnan(results[0].quantiles("B", 0)[..., 0]).all()
    one, other = (result.quantiles("B", 3) for result in results)
    assert np.isfinite(one).all()
    np.testing.assert_array_equal(one, other)


def test_the_same_seed_gives_the_same_answer_with_the_net_in_it() -> None:
    accounts = made_accounts(9)
    one, other = (ask(accounts, models=("A", "B"), hold_out=1, origins=1) for _ in range(2))
    assert one.claim == other.claim
    for name in ("comparison", "backtest", "forecast", "weights"):
        for column, values in one[name].columns.items():
            np.testing.assert_array_equal(values, other[name][column])
    assert "A: LSTM blend" in one["comparison"]["model"]


def test_the_last_value_wins_when_only_noise_moves_the_coefficients() -> None:
    """A straight line through a random walk does worse, and the first sentence does not hide it."""
    found = ask(made_accounts(24, seed=11), hold_out=2)
    assert found.claim.startswith("Keeping the last value")
    assert "% more" in found.claim

"""Consumption, linkages, chains, propagation: against hand computation, series, models solved again, BEA's inverse."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import duckdb
import numpy as np
import pytest

from coevolve.errors import StudyError
from coevolve.evidence.accounts import Accounts
from coevolve.evidence.evidence import Evidence
from coevolve.evidence.network import Network
from coevolve.evidence.read import read
from coevolve.inquiry.at import Here
from coevolve.inquiry.finding import Finding
from coevolve.inquiry.key import Key
from coevolve.themes import production
from coevolve.themes.production import equations, questions
from coevolve.themes.production.model import Economy, draw, steps, tiers
from coevolve.themes.production.questions import Consumption, Linkages, Propagation
from coevolve.themes.production.worlds import accounts_of_a_chain

# Miller & Blair (2009), section 2.3: flows and output of agriculture and manufacturing.
FLOWS = np.array([[150.0, 500.0], [200.0, 100.0]])
OUTPUT = np.array([1000.0, 2000.0])


def two_sectors(**more: Any) -> Accounts:
    final, added = OUTPUT - FLOWS.sum(axis=1), OUTPUT - FLOWS.sum(axis=0)
    arrays = (FLOWS[None], OUTPUT[None], final[None], added[None])
    return Accounts(("farms", "works"), ("2000",), ("",), *arrays, **{"basis": "domestic", **more})


def random_economy(size: int = 9, seed: int = 4) -> Economy:
    rng = np.random.default_rng(seed)
    flows = rng.random((size, size)) * (rng.random((size, size)) < 0.7)
    output = flows.sum(axis=1) + flows.sum(axis=0) + rng.random(size) + 0.1
    names = tuple(f"s{k}" for k in range(size))
    return Economy(names, flows, output, output - flows.sum(axis=1), output - flows.sum(axis=0))


def column(finding: Finding, table: str, name: str) -> dict[str, Any]:
    rows = finding[table].rows()
    key = next(iter(rows[0]))
    return {str(row[key]): row[name] for row in rows}


def test_coefficients_of_the_textbook() -> None:
    found = production.consumption(two_sectors())
    rows = {(row["supplier"], row["user"]): row for row in found["coefficients"].rows()}
    assert rows["farms", "works"]["direct"] == 0.25
    printed = {("farms", "farms"): 0.2541, ("farms", "works"): 0.3300, ("works", "farms"): 0.2640}
    for pair, value in {**printed, ("works", "works"): 0.1221}.items():
        assert round(float(str(rows[pair]["complete"])), 4) == value
    multipliers = column(found, "multipliers", "output_multiplier")
    assert multipliers["farms"] == pytest.approx(1.2541254 + 0.2640264, abs=1e-6)
    assert all(row["holds"] for row in found["balance"].rows())


def test_the_ghosh_inverse_of_the_textbook_table() -> None:
    """H = x^-1 Z = [[.15, .5], [.1, .05]], det(I - H) = .7575: G = [[.95, .5], [.1, .85]] / .7575."""
    assert equations.allocation_coefficients(FLOWS, OUTPUT).tolist() == [[0.15, 0.5], [0.1, 0.05]]
    rows = np.array([0.95 + 0.5, 0.1 + 0.85]) / 0.7575
    found = production.linkages(two_sectors())
    upstream = column(found, "linkages", "upstreamness")
    assert [upstream[one] for one in ("farms", "works")] == pytest.approx(rows, rel=1e-14)
    forward = column(found, "linkages", "forward_linkage")
    assert [forward[one] for one in ("farms", "works")] == pytest.approx(2 * rows / rows.sum(), rel=1e-14)
    inputs = column(production.consumption(two_sectors()), "multipliers", "input_multiplier")
    assert inputs == upstream


def test_upstreamness_counts_the_steps_to_final_use() -> None:
    """u_i = sum_k k (share of i's output that reaches final use in step k), summed term by term."""
    economy = random_economy()
    allocation = equations.allocation_coefficients(economy.flows, economy.output)
    share, total = economy.final_demand / economy.output, np.zeros(9)
    for k in range(1, 2000):
        total += k * share
        share = allocation @ share
    np.testing.assert_allclose(economy.input_multipliers, total, rtol=1e-10)


def test_one_factorisation_gives_what_plain_inverses_give() -> None:
    economy = random_economy()
    direct = economy.flows / economy.output
    inverse = np.linalg.inv(np.eye(9) - direct)
    ghosh = np.linalg.inv(np.eye(9) - economy.flows / economy.output[:, None])
    np.testing.assert_allclose(economy.leontief, inverse, rtol=1e-12)
    np.testing.assert_allclose(economy.complete, inverse - np.eye(9), atol=1e-13)
    np.testing.assert_allclose(economy.output_multipliers, inverse.sum(axis=0), rtol=1e-12)
    np.testing.assert_allclose(economy.input_multipliers, ghosh.sum(axis=1), rtol=1e-12)
    np.testing.assert_allclose(economy.needed(economy.final_demand), economy.output, rtol=1e-12)
    np.testing.assert_allclose(equations.output_multipliers(inverse), economy.output_multipliers, rtol=1e-12)
    np.testing.assert_allclose(
        equations.input_multipliers(inverse, economy.output), economy.input_multipliers, rtol=1e-12
    )


def test_extraction_of_every_industry_equals_solving_again_without_it() -> None:
    economy = random_economy()
    lost = []
    for k in range(9):
        direct, final = economy.direct.copy(), economy.final_demand.copy()
        direct[k], direct[:, k], final[k] = 0, 0, 0
        lost.append(economy.output.sum() - np.linalg.solve(np.eye(9) - direct, final).sum())
    np.testing.assert_allclose(economy.extraction_losses, lost, rtol=1e-12)
    np.testing.assert_allclose(equations.extraction_losses(economy.leontief, economy.output), lost, rtol=1e-12)


def test_tiers_and_mean_steps_are_those_of_the_rounds() -> None:
    economy, place = random_economy(), 3
    rounds = [economy.direct]
    for _ in range(600):
        rounds.append(rounds[-1] @ economy.direct)
    powers = np.array(rounds)
    weighted = (np.arange(1, len(powers) + 1)[:, None, None] * powers).sum(axis=0) / powers.sum(axis=0)
    np.testing.assert_allclose(equations.mean_steps(economy.direct, economy.leontief), weighted, rtol=1e-9)
    np.testing.assert_allclose(steps(economy, place, supply=True), weighted[:, place], rtol=1e-9)
    np.testing.assert_allclose(steps(economy, place, supply=False), weighted[place], rtol=1e-9)
    assert tiers(economy.direct, place, supply=True).tolist() == (powers[:, :, place].argmax(axis=0) + 1).tolist()
    assert tiers(economy.direct, place, supply=False).tolist() == (powers[:, place].argmax(axis=0) + 1).tolist()


def test_a_chain_through_another_industry_has_tier_two() -> None:
    """Ore goes to steel alone, steel to cars alone: ore reaches cars in the second round, by .5 times .4."""
    direct = np.array([[0.0, 0.5, 0.0], [0.0, 0.0, 0.4], [0.0, 0.0, 0.0]])
    output = np.array([100.0, 100.0, 100.0])
    flows = direct * output
    arrays = (flows[None], output[None], (output - flows.sum(axis=1))[None], (output - flows.sum(axis=0))[None])
    accounts = Accounts(("ore", "steel", "cars"), ("2000",), ("",), *arrays, basis="domestic")
    found = production.chain(accounts, "cars")
    assert column(found, "supply", "tier") == {"steel": 1, "ore": 2, "cars": 0}
    assert column(found, "supply", "complete")["ore"] == pytest.approx(0.2)
    assert column(found, "supply", "mean_tier")["ore"] == pytest.approx(2)
    assert column(found, "supply", "share") == pytest.approx({"steel": 2 / 3, "ore": 1 / 3, "cars": 0.0})
    back = production.chain(accounts, "ore")
    assert column(back, "demand", "tier") == {"steel": 1, "cars": 2, "ore": 0}
    assert column(back, "demand", "flow") == {"steel": 50, "cars": 0, "ore": 0}


def test_money_through_an_industry_adds_up_to_its_output() -> None:
    accounts = accounts_of_a_chain(3)
    found = production.chain(accounts, "electronics", top=2)
    flows, table = found["flows"], accounts.table()
    place = accounts.sectors.index("electronics")
    assert flows["flow"].sum() == pytest.approx(table.gross_output[0, place], rel=1e-12)
    final = flows["flow"][flows["target"] == "final demand"].sum()
    assert final == pytest.approx(table.final_demand[0, place], rel=1e-12)
    paid = flows["flow"][flows["source"] == "services"].sum()
    assert paid == pytest.approx(table.flows[0, accounts.sectors.index("services"), place], rel=1e-12)


def test_rounds_of_a_change_of_final_demand() -> None:
    """Final demand for farms up by 100: 100 at once, (15, 20) bought directly, L - I - A the rest."""
    found = production.propagation(two_sectors(), [{"industry": "farms", "by": 100}])
    assert column(found, "effects", "initial") == {"farms": 100, "works": 0}
    assert column(found, "effects", "direct") == {"farms": 15, "works": 20}
    total = column(found, "effects", "total")
    assert [total["farms"], total["works"]] == pytest.approx([95 / 0.7575, 20 / 0.7575], rel=1e-12)
    indirect = column(found, "effects", "indirect")
    assert indirect["works"] == pytest.approx(20 / 0.7575 - 20, rel=1e-12)
    sums = column(found, "sums", "value")
    assert sums["value_added"] == pytest.approx(100, rel=1e-12)  # no imports: all of it is income somewhere


def test_outputs_move_by_exactly_what_is_asked() -> None:
    accounts = accounts_of_a_chain(3)
    change = [{"industry": "electronics", "percent": 5.0}, {"industry": "vehicles", "by": -3.0}]
    found = production.propagation(accounts, change, of="output")
    total, initial = column(found, "effects", "total"), column(found, "effects", "initial")
    output = accounts.table().gross_output[0]
    assert total["electronics"] == pytest.approx(0.05 * output[accounts.sectors.index("electronics")], rel=1e-12)
    assert total["vehicles"] == pytest.approx(-3.0, rel=1e-12)
    assert [name for name, value in initial.items() if abs(value) > 1e-12] == ["electronics", "vehicles"]


def test_imports_share_what_a_change_brings() -> None:
    imports = np.array([[[20.0, 10.0], [30.0, 90.0]]])
    accounts = two_sectors(imports=imports)
    accounts = replace(accounts, value_added=accounts.value_added - imports.sum(axis=1))
    found = production.propagation(accounts, [{"industry": "works", "by": 50}])
    sums = column(found, "sums", "value")
    assert sums["imports"] > 0
    assert sums["value_added"] + sums["imports"] == pytest.approx(50, rel=1e-12)
    total = production.propagation(accounts, [{"industry": "works", "by": 50}], flows="total")
    assert "imports" not in column(total, "sums", "value")
    assert float(str(column(total, "sums", "value")["total"])) > float(str(sums["total"]))


def test_domestic_and_total_flows_are_said() -> None:
    accounts = two_sectors(imports=np.full((1, 2, 2), 10.0))
    own, whole = (production.consumption(accounts, flows=one) for one in ("domestic", "total"))
    assert "(domestic flows)" in own.claim
    assert "(total flows, imports included)" in whole.claim
    low, high = (column(one, "multipliers", "output_multiplier")["farms"] for one in (own, whole))
    assert low < high
    silent = production.consumption(two_sectors(basis=""))
    assert any("nobody said whether these flows hold imports" in note.text for note in silent.notes)
    assert any(note.level == "caution" for note in silent.notes)


def test_redrawn_tables_keep_both_margins_and_the_signs() -> None:
    economy = random_economy()
    flows = economy.flows.copy()
    flows[2, 4] = -0.05
    economy = replace(economy, flows=flows)
    other = economy.redrawn(0.1, np.random.default_rng(0))
    assert other is not None
    np.testing.assert_allclose(other.flows.sum(axis=0), flows.sum(axis=0), atol=1e-7)
    np.testing.assert_allclose(other.flows.sum(axis=1), flows.sum(axis=1), atol=1e-7)
    assert (np.sign(other.flows) == np.sign(flows)).all()
    assert not np.allclose(other.flows, flows, rtol=0.01)


def test_ranges_hold_the_estimate_grow_with_the_error_and_depend_on_the_seed_alone() -> None:
    accounts = accounts_of_a_chain(3)
    few = production.consumption(accounts, assumed_error=0.05, draws=60)
    many = production.consumption(accounts, assumed_error=0.2, draws=60)
    width = []
    for found in (few, many):
        table = found["coefficients"]
        assert (table["complete_lo"] <= table["complete"]).all()
        assert (table["complete"] <= table["complete_hi"]).all()
        width.append((table["complete_hi"] - table["complete_lo"]).mean())
        assert any("60 tables redrawn" in note.text for note in found.notes)
    assert width[1] > 3 * width[0]
    again = production.consumption(accounts, assumed_error=0.05, draws=60)
    np.testing.assert_array_equal(again["coefficients"]["complete_lo"], few["coefficients"]["complete_lo"])
    other = production.consumption(accounts, assumed_error=0.05, draws=60, seed=1)
    assert not np.array_equal(other["coefficients"]["complete_lo"], few["coefficients"]["complete_lo"])


def test_no_draws_no_ranges_and_it_is_said() -> None:
    for options in ({"draws": 0}, {"assumed_error": 0.0}):
        found = production.linkages(two_sectors(), **options)
        assert np.isnan(found["linkages"]["backward_linkage_lo"]).all()
        assert any("Set assumed_error and draws" in note.text for note in found.notes)


def test_draws_that_cannot_be_produced_are_counted() -> None:
    flows = np.array([[0.0, 99.0], [99.9, 0.0]])
    output = np.array([100.0, 100.0])
    economy = Economy(("a", "b"), flows, output, output - flows.sum(axis=1), output - flows.sum(axis=0))
    wild = replace(economy, flows=np.array([[50.0, 49.5], [49.9, 50.0]]))
    found = draw(wild, 3.0, 30, np.random.default_rng(1), ["m"], lambda one: (one.output_multipliers,), lambda *_: None)
    assert len(found) + found.lost == 30
    assert all(np.isfinite(found.values["m"]).ravel())


def test_a_sector_without_output_has_zero_columns_and_no_linkage() -> None:
    flows = np.zeros((1, 3, 3))
    flows[0, :2, :2] = FLOWS
    output = np.array([[1000.0, 2000.0, 0.0]])
    accounts = Accounts(
        ("farms", "works", "maids"), ("2000",), ("",), flows, output, output - flows.sum(axis=2), output * 0.5,
        basis="domestic",
    )  # fmt: skip
    found = production.consumption(accounts)
    table = found["coefficients"]
    assert (table["complete"][table["user"] == "maids"] == 0).all()
    assert not np.isnan(table["complete"]).any()
    linkages = production.linkages(accounts)["linkages"]
    assert set(linkages["industry"]) == {"farms", "works"}
    assert linkages["backward_linkage"].mean() == pytest.approx(1)
    assert any("1 industries without output" in note.text for note in found.notes)
    assert "no output, so it has no chain" in production.chain(accounts, "maids").claim
    with pytest.raises(StudyError, match="'maids' has no output"):
        production.propagation(accounts, [{"industry": "maids", "by": 1}])


def test_accounts_that_do_not_balance_or_cost_too_much_are_named() -> None:
    accounts = two_sectors()
    crooked = replace(accounts, final_demand=accounts.final_demand + np.array([[50.0, 0.0]]))
    assert any("differs from flows and final demand" in note.text for note in production.linkages(crooked).notes)
    flows = FLOWS.copy()
    flows[1, 0] = 900
    dear = production.consumption(replace(accounts, flows=flows[None]))
    assert any("cost more than the output, most in farms" in note.text for note in dear.notes)
    rows = {row["check"]: row for row in dear["balance"].rows()}
    assert not rows["inputs cost less than output"]["holds"]
    assert rows["L (I - A) = I"]["holds"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"year": 1999}, "no such year.*There are 2000 to 2000"),
        ({"region": "North"}, "no such region"),
        ({"flows": "total"}, "have no total flows"),
        ({"industries": ["farm"]}, r"no industry 'farm'.*Did you mean 'farms'"),
        ({"industrie": ["farms"]}, "no option 'industrie'"),
        ({"assumed_error": 2}, "'assumed_error'"),
    ],
)
def test_wrong_options_are_refused_before_anything_is_computed(options: dict[str, Any], words: str) -> None:
    with pytest.raises(StudyError, match=words):
        production.consumption(two_sectors(), **options)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ([], "no change is given"),
        ([{"industry": "farms"}], "needs by or percent.*neither"),
        ([{"industry": "farms", "by": 1, "percent": 1}], "both"),
        ([{"industry": "farms", "by": 1}, {"industry": "farms", "by": 2}], "changed twice"),
        ([{"industry": "farms", "by": float("nan")}], "is no number"),
        ([{"industry": "form", "by": 1}], "no industry 'form'"),
    ],
)
def test_wrong_changes_are_refused(change: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(StudyError, match=words):
        production.propagation(two_sectors(), change)


def test_a_percentage_of_imports_is_no_change_of_demand() -> None:
    """Final demand net of imports may be negative: then a rise in percent would be a fall."""
    accounts = replace(two_sectors(), final_demand=np.array([[-20.0, 1700.0]]), basis="total")
    with pytest.raises(StudyError, match=r"final demand for 'farms' is not above zero.*Got -20.0\. Give by"):
        production.propagation(accounts, [{"industry": "farms", "percent": 10}])
    assert "+10 " in production.propagation(accounts, [{"industry": "farms", "by": 10}]).claim


def test_coefficients_that_need_too_much_are_refused() -> None:
    impossible = replace(two_sectors(), flows=FLOWS[None] * 9)
    with pytest.raises(StudyError, match=r"spectral radius >= 1.*Check gross output"):
        production.linkages(impossible)


def test_what_is_no_accounts_is_refused_by_name() -> None:
    asked = Linkages(accounts="links")
    assert list(asked.faults(Evidence({}))) == []  # an earlier ask may still make it
    bag = Evidence({"links": Network.of([("a", "b", 1.0)])})
    assert str(next(iter(asked.faults(bag)))).startswith("'links' is not")


def test_prospects_say_which_table_is_meant() -> None:
    bag = Evidence({"world": accounts_of_a_chain(1)})
    said = [note.text for note in Consumption(accounts="world", year=2000).prospects(bag)]
    assert said == ["consumption looks at 2000: 7 industries, domestic flows, constant prices."]
    assert list(Propagation(accounts="other", change=()).prospects(bag)) == []


def test_too_many_industries_for_every_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "MOST_PAIRS", 25)
    monkeypatch.setattr(questions, "LARGE", 25)
    size, rng = 30, np.random.default_rng(0)
    flows = rng.random((1, size, size))
    output = flows.sum(axis=1) * 2
    names = tuple(f"i{k}" for k in range(size))
    accounts = Accounts(names, ("1",), ("",), flows, output, output - flows.sum(axis=2), output / 2, basis="total")
    found = production.consumption(accounts)
    assert len(found["coefficients"]) == 20 * size
    assert len(found["largest"]) == 15 * 15
    assert any("largest users are shown" in note.text for note in found.notes)
    assert any("20 tables redrawn" in note.text for note in found.notes)


def test_publishing_redraws_more() -> None:
    at = Here(Key.of(0, "linkages"), publish=True)
    found = Linkages(accounts="a", draws=5).answer(Evidence({"a": two_sectors()}), at)
    assert any("1000 tables redrawn" in note.text for note in found.notes)


@pytest.fixture(scope="module")
def us(data_root: Any) -> Accounts:
    folder = data_root / "io_us_bea"
    keys = {
        "file": str(folder / "ixi_flows_1997_2015.parquet"),
        "vectors": str(folder / "ixi_vectors_1997_2015.parquet"),
        "flows": "total",
        "year": "year",
    }
    item = read(keys, name="us", base=folder).item
    assert isinstance(item, Accounts)
    return item


def test_the_inverse_that_bea_publishes(us: Accounts, data_root: Any) -> None:
    """BEA's own total requirements (after redefinitions) of 19 years correlate with ours by .9997 or more."""
    file = data_root / "io_us_bea" / "bea_ixi_total_requirements_1997_2015.parquet"
    rows = duckdb.sql(f'SELECT year, "row", "col", value FROM \'{file}\'').fetchall()
    place = {one: k for k, one in enumerate(us.sectors)}
    when = {int(one): k for k, one in enumerate(us.years)}
    theirs = np.zeros((19, 71, 71))
    for year, supplier, user, value in rows:
        theirs[when[year], place[supplier], place[user]] = value
    ours = np.array([Economy.of(us.table(year)).leontief for year in us.years])
    assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] >= 0.9997
    assert min(np.corrcoef(ours[k].ravel(), theirs[k].ravel())[0, 1] for k in range(19)) >= 0.9996
    assert np.abs(ours - theirs).max() < 0.066


def test_identities_on_the_united_states(us: Accounts) -> None:
    us = us.table(2007)
    economy = Economy.of(us)
    np.testing.assert_allclose(economy.leontief @ (np.eye(71) - economy.direct), np.eye(71), atol=1e-10)
    final = economy.output - economy.flows.sum(axis=1)
    np.testing.assert_allclose(economy.leontief @ final, economy.output, rtol=1e-10)
    found = production.linkages(us, draws=20)["linkages"]
    assert found["backward_linkage"].mean() == pytest.approx(1, abs=1e-12)
    assert found["forward_linkage"].mean() == pytest.approx(1, abs=1e-12)
    assert (found["upstreamness"] >= 1).all()
    assert (found["extraction_loss"] >= found["output"] * (1 - 1e-12)).all()

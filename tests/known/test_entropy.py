"""The entropy ledger against computations by hand, by plain loops, by scipy's quadrature, and real accounts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad

import coevolve
from coevolve.errors import StudyError
from coevolve.evidence.network import Network
from coevolve.evidence.panel import Panel
from coevolve.evidence.periods import Periods
from coevolve.themes import order
from coevolve.themes.order import entropy_equations as equations
from coevolve.themes.order.entropy_cells import cells_of
from coevolve.themes.order.entropy_model import cell_errors
from coevolve.themes.order.worlds import forming_clusters

FLOWS = {"entry": "births", "exit": "-deaths"}


def firms(**options: Any) -> Panel:
    """Three regions, three years: births and deaths that do not quite close."""
    stock = np.array([[100.0, 110.0, 130.0], [50.0, 48.0, 40.0], [20.0, 25.0, 25.0]])
    births = np.array([[0.0, 20.0, 30.0], [0.0, 5.0, 2.0], [0.0, 6.0, 3.0]])
    deaths = np.array([[0.0, 10.0, 10.0], [0.0, 8.0, 10.0], [0.0, 1.0, 2.0]])
    values = {"firms": stock, "births": births, "deaths": deaths} | options
    return Panel.of(values, regions=["North", "South", "West"], periods=[2001, 2002, 2003], units={"firms": "firms"})


def moves(*links: tuple[str, str, float, int]) -> Network:
    whole = Network.of([link[:3] for link in links])
    year = np.array([link[3] for link in links])
    return Network(whole.labels, whole.source, whole.target, whole.weight, True, year)


def by_hand(counts: list[float]) -> float:
    return -sum(n / sum(counts) * np.log(n / sum(counts)) for n in counts if n)


def test_entropy_of_a_hand_computed_table() -> None:
    assert equations.entropy(np.array([1.0, 1.0, 2.0])) == pytest.approx(1.5 * np.log(2))
    assert equations.entropy(np.array([3.0, 0.0])) == 0.0
    assert equations.entropy(np.array([[1.0, 2.0, 7.0]]))[0] == pytest.approx(by_hand([1, 2, 7]))


def test_contributions_are_the_line_integral() -> None:
    """Each channel by adaptive quadrature of sum_r dn_rc [-(ln p_r + S)/M] along the straight way."""
    before, after = np.array([100.0, 50.0, 0.0, 20.0]), np.array([130.0, 40.0, 6.0, 0.0])
    entry, leave = np.array([40.0, 5.0, 8.0, 1.0]), np.array([-12.0, -14.0, -2.0, -18.0])
    changes = np.stack([entry, leave, after - before - entry - leave])

    def slope(tau: float, channel: int) -> float:
        n = before + tau * (after - before)
        total = n.sum()
        spread = by_hand(n.tolist())
        return float(sum(changes[channel, r] * -(np.log(n[r] / total) + spread) / total for r in range(4) if n[r] > 0))

    found = equations.contributions(before, after, changes)
    expected = [quad(slope, 0, 1, args=(c,), epsabs=1e-12, epsrel=1e-12, limit=500)[0] for c in range(3)]
    assert found == pytest.approx(expected, abs=1e-9)
    assert found.sum() == pytest.approx(by_hand(after.tolist()) - by_hand(before.tolist()), abs=1e-13)


def test_wang_a_produced_and_exchanged_by_plain_loops() -> None:
    stock = np.array([40.0, 30.0, 30.0])
    flows = np.array([[30.0, 6.0, 4.0], [2.0, 27.0, 1.0], [5.0, 5.0, 20.0]])
    p, after = stock / 100, flows.sum(axis=0) / 100
    share = flows / stock[:, None]
    made = sum(
        p[i] * share[i, j] * np.log(p[i] * share[i, j] / (after[j] * share[j, i])) for i in range(3) for j in range(3)
    )
    given = -sum(p[i] * share[i, j] * np.log(share[i, j] / share[j, i]) for i in range(3) for j in range(3))
    produced, exchanged = equations.produced_and_exchanged(stock, flows)
    assert (produced, exchanged) == pytest.approx((made, given), abs=1e-14)
    assert produced + exchanged == pytest.approx(by_hand((100 * after).tolist()) - by_hand(stock.tolist()), abs=1e-14)


def test_balanced_moves_produce_nothing() -> None:
    stock = np.array([50.0, 50.0])
    produced, exchanged = equations.produced_and_exchanged(stock, np.array([[0.0, 7.0], [7.0, 0.0]]))
    assert (produced, exchanged) == pytest.approx((0.0, 0.0), abs=1e-15)


def test_a_way_used_once_is_opened_without_moving_the_margins() -> None:
    flows, stock = np.array([[0.0, 4.0, 0.0], [0.0, 0.0, 3.0], [0.0, 2.0, 0.0]]), np.array([20.0, 20.0, 20.0])
    wider, ways = equations.opened(flows, stock)
    assert ways == 1
    assert (wider.sum(axis=0) - wider.sum(axis=1)) == pytest.approx(flows.sum(axis=0) - flows.sum(axis=1))
    assert (wider[0, 1], wider[1, 0], wider[1, 2]) == (4.5, 0.5, 3.0)
    assert np.isinf(equations.produced_and_exchanged(stock, flows)[0])
    assert np.isfinite(equations.produced_and_exchanged(stock, wider)[0])


def test_wang_b_joint_attributes_and_partition() -> None:
    """dS = sum dS_k - dTC for joint attributes, dS = dS_between + d sum pi_k S_k for a partition: by plain sums."""
    table = np.array([[10.0, 5.0], [3.0, 12.0], [4.0, 4.0]])
    p = table / table.sum()
    row, column = p.sum(axis=1), p.sum(axis=0)
    shared = sum(p[i, j] * np.log(p[i, j] / (row[i] * column[j])) for i in range(3) for j in range(2))
    assert equations.total_correlation(table) == pytest.approx(shared, abs=1e-14)
    assert equations.total_correlation(np.outer([1.0, 2.0], [3.0, 4.0])) == pytest.approx(0.0, abs=1e-14)
    counts = np.array([10.0, 5.0, 3.0, 12.0])
    between, share, within = equations.between_and_within(counts, [0, 0, 1, 1])
    assert between == pytest.approx(np.log(2))
    assert share.tolist() == [0.5, 0.5]
    assert within == pytest.approx([by_hand([10, 5]), by_hand([3, 12])])
    assert between + (share * within).sum() == pytest.approx(by_hand(counts.tolist()))


def test_three_way_of_parity_is_pure_synergy() -> None:
    """Of a, b and a xor b each pair is independent and the whole is not: T = O = -ln 2."""
    table = np.zeros((2, 2, 2))
    for a in (0, 1):
        for b in (0, 1):
            table[a, b, a ^ b] = 1.0
    synergy, information = equations.three_way(table)
    assert (synergy, information) == pytest.approx((-np.log(2), -np.log(2)))
    copies = np.zeros((2, 2, 2))
    copies[0, 0, 0] = copies[1, 1, 1] = 1.0
    assert equations.three_way(copies)[0] == pytest.approx(np.log(2))


def test_the_ledger_closes_and_names_what_flows_do_not_close() -> None:
    found = order.entropy(firms(), "firms", flows=FLOWS)
    ledger = found["ledger"]
    assert ledger["entry"] + ledger["exit"] + ledger["reclassified"] == pytest.approx(ledger["change"], abs=1e-14)
    assert ledger["change"][0] == pytest.approx(by_hand([110, 48, 25]) - by_hand([100, 50, 20]))
    assert set(ledger["produced"].tolist()) == set(ledger["exchanged"].tolist()) == {"not observed"}
    assert any("both are not observed" in note.text for note in found.notes)
    assert {"ledger", "channels"} <= {table.name for table in found.tables}
    assert found["cells"]["contribution"].sum() == pytest.approx(ledger["change"].sum(), abs=1e-13)


def test_produced_and_exchanged_add_up_where_moves_are_observed() -> None:
    travelled = moves(("North", "South", 6.0, 2002), ("South", "North", 2.0, 2002), ("West", "North", 3.0, 2003))
    ledger = order.entropy(firms(), "firms", flows=FLOWS, moves=travelled)["ledger"]
    assert (ledger["produced"] >= 0).all()
    assert ledger["produced"] + ledger["exchanged"] == pytest.approx(ledger["change"], abs=1e-14)
    parts = sum(ledger[one] for one in ("entry", "exit", "moves", "reclassified"))
    assert parts == pytest.approx(ledger["change"], abs=1e-14)
    half = moves(("North", "South", 6.0, 2002), ("South", "North", 2.0, 2002))
    partly = order.entropy(firms(), "firms", flows=FLOWS, moves=half)["ledger"]
    assert np.isfinite(partly["produced"][0])
    assert np.isnan(partly["produced"][1])


def test_exit_leaves_whether_or_not_it_is_written_with_a_minus() -> None:
    one = order.entropy(firms(), "firms", flows={"entry": "births", "exit": "deaths"})
    assert one["ledger"]["exit"] == pytest.approx(order.entropy(firms(), "firms", flows=FLOWS)["ledger"]["exit"])


@pytest.mark.parametrize(("size", "state"), [(1.0, "balanced"), (0.0, "orderly")])
def test_wang_c_states_follow_delta(size: float, state: str) -> None:
    """A hundred thousand firms that surely gather are orderly, unless delta says that so much is nothing."""
    stock = np.array([[60_000.0, 70_000.0], [40_000.0, 38_000.0]])
    panel = Panel.of({"firms": stock}, regions=["A", "B"], periods=[2001, 2002])
    ledger = order.entropy(panel, "firms", delta=size)["ledger"]
    assert ledger["state"].tolist() == [state]
    assert ledger["probability"][0] > 0.9


def test_region_and_industry_share_what_their_mutual_information_says() -> None:
    cube = np.array([[[30.0, 40.0], [10.0, 5.0]], [[10.0, 8.0], [30.0, 50.0]]])
    panel = Panel.of({"firms": cube}, regions=["A", "B"], industries=["x", "y"], periods=[2001, 2002])
    found = order.entropy(panel, "firms")
    coupling = found["coupling"]
    p = cube[:, :, 0] / cube[:, :, 0].sum()
    shared = (p * np.log(p / np.outer(p.sum(1), p.sum(0)))).sum()
    assert coupling["total_correlation"][0] == pytest.approx(shared)
    assert coupling["entropy"] == pytest.approx(coupling["sum_of_parts"] - coupling["total_correlation"])
    assert coupling["lo"][0] < shared < coupling["hi"][0]
    assert coupling["p"][0] < 0.01 < coupling["null_95"][0]
    missed = coupling["change_missed"][1]
    assert missed == pytest.approx(-(coupling["total_correlation"][1] - coupling["total_correlation"][0]))


def test_a_partition_of_industries_is_split_between_and_within() -> None:
    cube = np.array([[[30.0, 40.0], [10.0, 5.0], [5.0, 9.0]]])
    panel = Panel.of({"firms": cube}, regions=["A"], industries=["x", "y", "z"], periods=[2001, 2002])
    found = order.entropy(panel, "firms", subsystems={"goods": ["x", "y"], "services": "z"})
    coupling = found["coupling"]
    assert coupling["between"] + coupling["sum_of_parts"] == pytest.approx(coupling["entropy"])
    assert coupling["between"][0] == pytest.approx(by_hand([40, 5]))


def test_what_cannot_be_asked_is_refused_in_words() -> None:
    panel = firms()
    with pytest.raises(StudyError, match="neither attributes of the same units nor a partition"):
        order.entropy(panel, "firms", subsystems={"R": "births", "K": "deaths"})
    with pytest.raises(StudyError, match="leave out region labels"):
        order.entropy(panel, "firms", subsystems={"a": "North", "b": "South"})
    with pytest.raises(StudyError, match="moves name a cell 'East'"):
        order.entropy(panel, "firms", flows=FLOWS, moves=moves(("North", "East", 1.0, 2002)))
    with pytest.raises(StudyError, match="more moved out of West"):
        order.entropy(panel, "firms", flows=FLOWS, moves=moves(("West", "North", 21.0, 2002)))
    with pytest.raises(StudyError, match="'firm'"):
        order.entropy(panel, "firm", flows=FLOWS)
    with pytest.raises(StudyError, match="runs empty"):
        order.entropy(panel, "firms", flows=FLOWS, outside=(0.05,))


def test_an_outside_cell_is_a_warning_and_not_a_result() -> None:
    found = order.entropy(firms(), "firms", flows=FLOWS, outside=(2.0, 20.0))
    table = found["outside"]
    made = table["produced_if_assumed"]
    assert (made >= 0).all()
    made = {size: float(made[table["assumed_outside"] == size].sum()) for size in (2.0, 20.0)}
    assert made[2.0] > 2 * made[20.0]
    assert any("outside cell" in note.text and note.level == "caution" for note in found.notes)


def test_cells_with_gaps_are_left_out_and_named() -> None:
    stock = np.array([[10.0, 11.0], [20.0, np.nan], [5.0, 6.0], [7.0, 8.0]])
    panel = Panel.of({"firms": stock}, regions=["A", "B", "C", "D"], periods=[2001, 2002])
    found = order.entropy(panel, "firms")
    assert found["levels"]["units"].tolist() == [22.0, 25.0]
    assert any("Find the missing numbers of B to count it: it lacks a year" in note.text for note in found.notes)


def test_the_world_s_moves_close_its_stocks() -> None:
    made = forming_clusters(7).pieces
    panel, network = made["clusters"].item, made["moves"].item
    assert isinstance(panel, Panel)
    assert isinstance(network, Network)
    flows = {"entry": "entries", "exit": "-exits"}
    found = order.entropy(panel, "firms", cells="region", flows=flows, moves=network, draws=50)
    assert np.abs(found["ledger"]["reclassified"]).max() == pytest.approx(0.0, abs=1e-12)
    assert np.abs(found["ledger"]["residual"]).max() < 1e-12
    assert any("nothing is reclassified" in note.text for note in found.notes)


def test_us_states_entries_gather_and_exits_spread(data_root: Path) -> None:
    """Recomputed here to first order, with the slopes of both ends of each year."""
    panel = coevolve.panel(
        data_root / "us_bds_1978_2019" / "bds_state_total_1978_2012.csv.gz",
        region="st",
        year="year",
        values=["estabs", "estabs_entry", "estabs_exit"],
        units={"estabs": "establishments"},
    )
    found = order.entropy(panel, "estabs", flows={"entry": "estabs_entry", "exit": "-estabs_exit"}, draws=50)
    summary = {str(row["channel"]): float(str(row["contribution"])) for row in found["summary"].rows()}
    n, born, gone = (panel.indicator(one).values[:, 0] for one in ("estabs", "estabs_entry", "estabs_exit"))
    p = n / n.sum(axis=0)
    level = -(p * np.log(p)).sum(axis=0)
    slope = -(np.log(p) + level) / n.sum(axis=0)
    middle = (slope[:, 1:] + slope[:, :-1]) / 2
    assert summary["all"] == pytest.approx(level[-1] - level[0], abs=1e-12)
    assert summary["entry"] == pytest.approx((middle * born[:, 1:]).sum(), abs=2e-4)
    assert summary["exit"] == pytest.approx(-(middle * gone[:, 1:]).sum(), abs=2e-4)
    assert summary["entry"] < 0 < summary["exit"]
    assert np.abs(found["ledger"]["residual"]).max() < 1e-12


def test_us_agriculture_was_reclassified_in_1979(data_root: Path) -> None:
    panel = coevolve.panel(
        data_root / "us_bds_1978_2019" / "bds_sector_total_1978_2012.csv.gz",
        industry="sector",
        year="year",
        values=["estabs", "estabs_entry", "estabs_exit"],
    )
    found = order.entropy(panel, "estabs", flows={"entry": "estabs_entry", "exit": "-estabs_exit"}, draws=50)
    assert any("8 % of 11 in 1979" in note.text for note in found.notes)
    assert "more evenly spread over 19 industries" in found.claim


def test_cells_that_empty_or_open_by_moves_keep_the_ledger_finite() -> None:
    """All of West move to North in 2002, and East, empty before, gets its first firms by a move."""
    stock = np.array([[100.0, 118.0], [50.0, 47.0], [20.0, 0.0], [0.0, 5.0]])
    panel = Panel.of({"firms": stock}, regions=["North", "South", "West", "East"], periods=[2001, 2002])
    travelled = moves(("West", "North", 20.0, 2002), ("North", "East", 2.0, 2002), ("South", "East", 3.0, 2002))
    ledger = order.entropy(panel, "firms", moves=travelled)["ledger"]
    assert np.isfinite(ledger["produced"][0])
    assert ledger["moves"] + ledger["reclassified"] == pytest.approx(ledger["change"], abs=1e-14)
    assert ledger["produced"] + ledger["exchanged"] == pytest.approx(ledger["change"], abs=1e-14)


def test_moves_by_year_are_refused_beside_quarters() -> None:
    stock = np.array([[100.0, 118.0], [50.0, 47.0]])
    panel = Panel.of({"firms": stock}, regions=["North", "South"], periods=["2001-Q1", "2001-Q2"])
    with pytest.raises(StudyError, match="moves are by year and the panel by quarter"):
        order.entropy(panel, "firms", moves=moves(("North", "South", 1.0, 2001)))


def test_one_period_has_levels_and_no_ledger() -> None:
    panel = Panel.of({"firms": np.array([[3.0], [1.0]])}, regions=["A", "B"], periods=[2001])
    found = order.entropy(panel, "firms")
    assert [table.name for table in found.tables] == ["levels"]
    assert any(note.level == "caution" and "second period" in note.text for note in found.notes)


def test_what_a_cell_changed_has_the_spread_of_redrawn_events() -> None:
    """Entries as Poisson counts, exits as binomial ones, moves as Poisson counts, redrawn here one by one."""
    panel = firms()
    travelled = moves(("North", "South", 6.0, 2002), ("South", "North", 9.0, 2002), ("West", "North", 5.0, 2002))
    flows = {"entry": "births", "exit": "-deaths"}
    cells = cells_of(panel, "firms", flows, travelled, None)
    cells = replace(cells, stock=cells.stock[:2], periods=Periods(cells.periods.labels[:2], cells.periods.kind))
    before, after, draw = cells.stock[0], cells.stock[1], np.random.default_rng(3)
    share = before / before.sum()
    slope = equations.marginal(share, after / after.sum())
    born, gone = cells.changes[0, 0], -cells.changes[0, 1]
    went = np.array([[0.0, 6.0, 0.0], [9.0, 0.0, 0.0], [5.0, 0.0, 0.0]])
    found = []
    for _ in range(20_000):
        moved = draw.poisson(went)
        leaving = draw.binomial(before.astype(int), gone / before)
        ends = before + draw.poisson(born) - leaving + moved.sum(axis=0) - moved.sum(axis=1) + cells.changes[0, -1]
        found.append((ends / ends.sum() - share) * slope)
    assert cell_errors(cells) == pytest.approx(np.std(found, axis=0), rel=0.03)
    table = order.entropy(panel, "firms", flows=flows)["cells"]
    assert (table["lo"] < table["contribution"]).all()
    assert (table["contribution"] < table["hi"]).all()


def test_the_way_is_told_where_it_winds_or_ends_early() -> None:
    even, gathered = [50_000.0, 50_000.0], [80_000.0, 20_000.0]

    def claimed(*years: list[float]) -> str:
        stock = np.array(years).T
        panel = Panel.of({"firms": stock}, regions=["A", "B"], periods=range(2001, 2001 + len(years)))
        return order.entropy(panel, "firms", draws=50).claim

    there_and_back = claimed(gathered, even, [78_000.0, 22_000.0])
    assert "not steadily: from 2001 to 2002 it rose by 0.1927" in there_and_back
    early = claimed(gathered, [51_000.0, 49_000.0], [50_500.0, 49_500.0], [50_200.0, 49_800.0], even)
    assert "nine tenths of it by 2002" in early
    steady = claimed(gathered, [70_000.0, 30_000.0], [60_000.0, 40_000.0])
    assert "not steadily" not in steady
    assert "nine tenths" not in steady
    assert max(one.count(". ") + 1 for one in (there_and_back, early, steady)) <= 4


def test_what_is_reclassified_has_no_interval() -> None:
    found = order.entropy(firms(), "firms", flows=FLOWS)
    rows = {str(row["channel"]): row for row in found["summary"].rows()}
    assert rows["reclassified"]["lo"] is rows["reclassified"]["hi"] is None
    assert all(isinstance(rows[one]["lo"], float) for one in ("entry", "exit", "all"))


def test_moves_of_some_years_may_stand_beside_an_outside_cell() -> None:
    half = moves(("North", "South", 6.0, 2002), ("South", "North", 2.0, 2002))
    table = order.entropy(firms(), "firms", flows=FLOWS, moves=half, outside=(5.0,))["outside"]
    assert np.isfinite(table["produced_if_assumed"]).all()

"""The stage of self-organisation: an answer worked out by plain loops, gates, nulls, and real US states."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import coevolve
from coevolve.engine.lumped import Rules, paths
from coevolve.errors import StudyError
from coevolve.evidence.evidence import Evidence
from coevolve.evidence.panel import Panel
from coevolve.inquiry.key import Key
from coevolve.themes import order
from coevolve.themes.order import stage_model as model
from coevolve.themes.order.order_worlds import followers
from coevolve.themes.order.questions_stage import Stage
from coevolve.themes.order.stage_response import FORCE, respond


def chain(rules: Rules, cells: int, firms: int, periods: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Counts, entries and exits (period, cell) of the neutral world after it has settled."""
    draw = np.random.default_rng(seed)
    pull = np.full(cells, 1 / cells)
    path = paths(draw.multinomial(firms, pull * (1 - 1e-12))[None], pull, rules, periods + 40, draw)
    empty = np.full((1, cells), np.nan)
    entries, exits = (np.vstack([empty, one[40:, 0]]) for one in (path.entrants, path.leavers))
    return path.counts[40:, 0].astype(float), entries, exits


def panel_of(counts: np.ndarray, entries: np.ndarray, exits: np.ndarray) -> Panel:
    return Panel.of(
        {"firms": counts.T, "births": entries.T, "deaths": exits.T},
        regions=[f"r{k:03d}" for k in range(counts.shape[1])],
        periods=range(2000, 2000 + len(counts)),
    )


FLOWS = {"entries": "births", "exits": "deaths"}


def test_the_slopes_are_those_of_a_plain_loop_where_cells_leave_alike() -> None:
    counts, _, exits = chain(Rules(0.5, 0.1, 0.2, 0.1), 60, 6000, 25, 1)
    found = respond(counts, exits)
    steps, cells = len(counts) - 1, counts.shape[1]
    horizon = found.horizons[-1]
    rate = exits[1:].sum(axis=1) / counts[:-1].sum(axis=1)
    for k, slope in zip(found.horizons, found.slopes, strict=True):
        top = bottom = 0.0
        for t in range(steps):
            away = [s for s in range(steps) if s < t - 2 or s > t + horizon]
            for r in range(cells):
                own = exits[1 + t, r] / counts[t, r] - rate[t]
                mean = np.mean([exits[1 + s, r] / counts[s, r] - rate[s] for s in away])
                if t <= steps - k:
                    share = [counts[x, r] / counts[x].sum() for x in (t, t + k)]
                    top += counts[t, r] * own * (share[1] - share[0]) / share[0]
                    bottom += counts[t, r] * (own - mean) ** 2 * len(away) / (len(away) + 1)
        assert slope == pytest.approx(top / bottom, rel=1e-9)


def test_lambda_s_weights_sum_to_1_and_its_interval_lies_on_the_grid() -> None:
    counts, _, exits = chain(Rules(1.0, 0.3, 0.2, 0.1), 100, 10_000, 25, 2)
    found = respond(counts, exits)
    assert found.identified
    assert found.weight.sum() == pytest.approx(1)
    assert FORCE[0] <= found.lo <= found.force <= found.hi <= FORCE[-1]
    assert found.chance(-np.inf, np.inf) == pytest.approx(1)
    assert found.excludes(found.lo - 1)


def test_exits_that_come_in_waves_are_refused_by_the_first_gate() -> None:
    counts, _, exits = chain(Rules(0.0, 1.0, 0.0, 0.1), 60, 60_000, 30, 3)
    draw = np.random.default_rng(3)
    wave = np.zeros((31, 60))
    for t in range(1, 31):
        wave[t] = 0.8 * wave[t - 1] + 0.02 * draw.normal(size=60)
    found = respond(counts, exits + wave * counts.mean())
    assert not found.identified
    assert not found.gates[0].holds
    assert "foretell those of the next" in found.why_not
    assert np.isnan(found.force)


def test_exits_that_follow_growth_are_refused_by_the_placebo() -> None:
    counts, _, exits = chain(Rules(0.0, 1.0, 0.0, 0.1), 80, 80_000, 30, 4)
    shifted = exits.copy()
    shifted[2:] += 0.8 * (np.diff(counts, axis=0)[:-1])
    found = respond(counts, shifted)
    assert not found.gates[1].holds
    assert not found.identified


def test_exits_that_are_not_missed_are_refused_by_the_third_gate() -> None:
    counts, _, exits = chain(Rules(0.0, 1.0, 0.0, 0.1), 80, 80_000, 30, 5)
    noise = np.random.default_rng(5).normal(0, 60, exits.shape)
    found = respond(counts, exits + noise)
    assert not found.gates[2].holds
    assert "not one fewer" in found.why_not


def test_few_cells_and_few_periods_are_said() -> None:
    counts, _, exits = chain(Rules(0.0, 1.0, 0.0, 0.1), 12, 1200, 30, 6)
    assert "12 cells are too few" in respond(counts, exits).why_not
    counts, _, exits = chain(Rules(0.0, 1.0, 0.0, 0.1), 40, 4000, 7, 6)
    assert "periods are too few" in respond(counts, exits).why_not


def test_the_stage_of_a_dispersed_world_is_found() -> None:
    counts, entries, exits = chain(Rules(0.0, 1.0, 0.0, 0.1), 300, 30_000, 30, 7)
    found = order.stage(panel_of(counts, entries, exits), "firms", draws=39, **FLOWS)
    (row,) = found["stage"].rows()
    assert row["stage"] == "dispersed"
    assert row["probability"] > 0.95
    assert found["threshold"].rows()[0]["identified"]
    assert sum(row[one] for one in ("dispersed", "micro_fluctuation", "macro_fluctuation", "far_from_equilibrium")) == (
        pytest.approx(1)
    )


def test_at_the_threshold_a_random_walk_is_seldom_excluded() -> None:
    """Chance is 1 in 20; 7 of 30 would be beyond it at the 0.1 % level."""
    excluded = 0
    for seed in range(30):
        counts, _, exits = chain(Rules(1.0, 0.0, 0.5, 0.1), 100, 10_000, 30, seed)
        found = respond(counts, exits)
        excluded += found.identified and found.excludes(0.0)
    assert excluded < 7


def test_where_a_random_walk_is_not_excluded_the_stage_is_undetermined() -> None:
    counts, entries, exits = chain(Rules(1.0, 0.0, 0.5, 0.1), 100, 10_000, 30, 2)
    found = order.stage(panel_of(counts, entries, exits), "firms", draws=39, **FLOWS)
    assert not respond(counts, exits).excludes(0.0)
    assert found["stage"].rows()[0]["stage"] == "undetermined"
    assert "a random walk is not excluded" in found.claim


def test_without_flows_there_is_no_threshold_and_no_warning() -> None:
    counts, entries, exits = chain(Rules(1.05, 0.1, 0.2, 0.1), 50, 5000, 20, 8)
    found = order.stage(panel_of(counts, entries, exits), "firms", draws=39)
    assert "without entries and exits" in found.claim
    assert found["threshold"].rows()[0]["why_not"] == "entries and exits are not given"
    assert not any(row["warns"] for row in found["warning"].rows())
    assert found.made is not None
    assert set(found.made.arrays) == {"counts"}


def test_distance_is_relative_entropy() -> None:
    counts = np.array([[1.0, 3.0], [2.0, 2.0]])
    case = model.Case(counts, None, None, None, 0.1, 39, Key.of(1, "x"))
    np.testing.assert_allclose(
        model.distance(case), [np.log(2) + 0.25 * np.log(0.25) + 0.75 * np.log(0.75), 0.0], atol=1e-15
    )
    same = model.Case(counts, None, None, counts * 7, 0.1, 39, Key.of(1, "x"))
    np.testing.assert_allclose(model.distance(same), 0, atol=1e-15)


def test_several_industries_are_judged_each_against_all() -> None:
    draw = np.random.default_rng(1)
    values = draw.poisson(50, (12, 3, 10)).astype(float)
    values[0, 1] *= 9
    panel = Panel.of(
        {"firms": values}, regions=[f"r{k}" for k in range(12)], industries=["a", "b", "c"], periods=range(2000, 2010)
    )
    found = order.stage(panel, "firms", draws=39)
    assert [row["unit"] for row in found["stage"].rows()] == ["a", "b", "c"]
    assert "largest for b" in found.claim
    share = values[:, 1, -1] / values[:, 1, -1].sum()
    whole = values[:, :, -1].sum(axis=1) / values[:, :, -1].sum()
    rows = [row for row in found["distance"].rows() if row["unit"] == "b"]
    assert rows[-1]["distance"] == pytest.approx(float((share * np.log(share / whole)).sum()))


def test_the_same_seed_gives_the_same_answer_and_a_fit_that_keeps_the_counts() -> None:
    counts, entries, exits = chain(Rules(0.5, 0.3, 0.2, 0.1), 40, 4000, 16, 8)
    panel = panel_of(counts, entries, exits)
    one, other = (order.stage(panel, "firms", draws=39, seed=5, **FLOWS) for _ in range(2))
    for first, second in zip(one.tables, other.tables, strict=True):
        assert first.rows() == second.rows()
    assert one.made is not None
    np.testing.assert_array_equal(one.made["counts"][0], counts.T)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"entries": "births"}, "only entries are given"),
        ({"entries": "birth", "exits": "deaths"}, "there is no indicator 'birth'"),
        ({"since": 2014, "until": 2010}, "'since' lies after"),
        ({"since": 2013}, "6 periods"),
        ({"regions": ("r000", "r001")}, "5 cells"),
    ],
)
def test_what_has_no_stage_is_refused(options: dict[str, object], words: str) -> None:
    counts, entries, exits = chain(Rules(0.5, 0.3, 0.2, 0.1), 30, 3000, 15, 8)
    with pytest.raises(StudyError, match=words):
        order.stage(panel_of(counts, entries, exits), "firms", **options)


def test_prospects_say_what_there_is() -> None:
    counts, entries, exits = chain(Rules(0.5, 0.3, 0.2, 0.1), 30, 3000, 15, 8)
    evidence = Evidence({"p": panel_of(counts, entries, exits)})
    notes = [note.text for note in Stage(panel="p", of="firms").prospects(evidence)]
    assert "30 cells over 16 years" in notes[0]
    assert "Name entries and exits" in notes[1]


def test_the_made_world_has_the_stage_that_its_story_tells() -> None:
    world = followers(7)
    panel = world.pieces["world"].item
    assert isinstance(panel, Panel)
    found = order.stage(panel, "firms", entries="entries", exits="exits", draws=39)
    assert found["stage"].rows()[0]["stage"] == "dispersed"


def test_real_us_states_are_not_identified_by_the_gates(data_root: Path) -> None:
    panel = coevolve.panel(
        data_root / "us_bds_1978_2019" / "bds_state_total_1978_2012.csv.gz",
        region="st",
        year="year",
        values=["estabs", "estabs_entry", "estabs_exit"],
    )
    found = order.stage(panel, "estabs", entries="estabs_entry", exits="estabs_exit", draws=39)
    (row,) = found["threshold"].rows()
    assert not row["identified"]
    assert row["lambda"] is None
    gates = {str(one["gate"]): one for one in found["gates"].rows()}
    first = gates["unexpected exits of one period do not foretell those of the next"]
    assert not first["holds"]
    assert 0.6 < first["value"] < 0.95
    slopes = {one["periods_after"]: one["slope"] for one in found["slopes"].rows() if one["world"] == "observed"}
    assert -1.1 < slopes[1] < -0.7
    assert slopes[1] > slopes[2] > slopes[3] > slopes[5]
    assert slopes[5] < -2.3
    assert found["stage"].rows()[0]["stage"] == "undetermined"
    assert not any(one["warns"] for one in found["warning"].rows())


def test_where_gates_fail_the_picture_says_so_and_the_claim_gives_intervals() -> None:
    """Exits are booked to the region beside the one that lost them."""
    counts, entries, exits = chain(Rules(0.0, 1.0, 0.0, 0.1), 60, 6000, 30, 11)
    panel = panel_of(counts, entries, np.roll(exits, 1, axis=1))
    found = order.stage(panel, "firms", draws=39, **FLOWS)
    assert not found["threshold"].rows()[0]["identified"]
    assert found.claim.startswith(
        "The stage of firms over 60 regions cannot be told: the method needs exits that strike"
    )
    assert "98.3 % interval" in found.claim
    answer = next(chart for chart in found.charts if chart.name == "answer")
    assert answer.title.startswith("Gates fail: do not read as feedback")
    assert "observed" in answer.options["grey"]

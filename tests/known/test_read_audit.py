"""The audit: faults put into made series are named with place, value and repair; clean series are left alone."""

import numpy as np
import pytest

from coevolve.evidence.audit import audit, panel_lines
from coevolve.evidence.audit_doubts import AuditLine
from coevolve.evidence.library import accounts, network, reading
from coevolve.evidence.panel import Panel

YEARS = list(range(1990, 2015))


def grown(seed: int = 3, regions: int = 20) -> np.ndarray:
    """Noisy growth of a region each, from different levels, with one shock that all share."""
    random = np.random.default_rng(seed)
    steps = 0.03 + 0.02 * random.standard_normal((regions, len(YEARS)))
    steps[:, 19] -= 0.08
    return np.exp(np.log(random.uniform(100, 10_000, (regions, 1))) + steps.cumsum(axis=1))


def lines_of(values: np.ndarray, name: str = "output") -> list[AuditLine]:
    regions = [f"R{k:02d}" for k in range(len(values))]
    return panel_lines("made", Panel.of({name: values}, regions=regions, periods=YEARS))


def doubts(values: np.ndarray, name: str = "output") -> list[AuditLine]:
    return [line for line in lines_of(values, name) if line.kind not in ("score", "cells", "late")]


def test_clean_series_raise_no_doubt() -> None:
    for seed in range(20):
        assert doubts(grown(seed)) == []
    counts = np.random.default_rng(1).poisson(np.geomspace(0.5, 50, 20)[:, None], (20, len(YEARS))).astype(float)
    assert [line for line in doubts(counts) if line.kind != "constant"] == []


@pytest.mark.parametrize(
    ("factor", "place", "kind", "words"),
    [
        (10.0, 7, "tenfold", "about ten times too much"),
        (0.01, 7, "tenfold", "about a hundred times too little"),
        (4.0, 7, "spike", "times its neighbours"),
        (100.0, 0, "tenfold", "about a hundred times too much"),
        (6.0, 24, "end", "times its neighbour"),
    ],
)
def test_a_single_wrong_number_is_named(factor: float, place: int, kind: str, words: str) -> None:
    values = grown()
    values[4, place] *= factor
    found = [line for line in doubts(values) if line.kind != "beside"]
    assert [(line.kind, line.region, line.period) for line in found] == [(kind, "R04", str(YEARS[place]))]
    assert words in str(found[0])
    assert found[0].value == values[4, place]
    assert f'blank = [{{ region = "R04", year = {YEARS[place]}, indicator = "output" }}]' in found[0].repair
    before, after = lines_of(grown())[0].value, lines_of(values)[0].value
    assert after < before == 100


def test_a_shift_of_level_and_a_change_of_unit() -> None:
    values = grown()
    values[3, 12:] *= 3
    values[5, 9:] *= 1000
    found = {(line.kind, line.region, line.period) for line in doubts(values)}
    assert found == {("break", "R03", "2002"), ("unit", "R05", "1999")}


def test_a_break_of_all_regions_is_one_line() -> None:
    values = grown()
    values[:, 10:] *= 1.6
    found = doubts(values)
    assert [(line.kind, line.region, line.period) for line in found] == [("common break", "", "2000")]


def test_zeros_that_mean_missing() -> None:
    values = grown()
    values[2, 8] = 0
    values[6, :5] = 0
    found = {(line.kind, line.region, line.period, line.doubtful) for line in doubts(values)}
    assert found == {("zero", "R02", "1998", 1), ("zero", "R06", "1990", 5)}


def test_zeros_among_small_counts_are_zeros() -> None:
    values = np.array([[0.0, 1, 0, 2, 0, 3, 1, 0, 0, 4, 2, 1] * 2 + [0.0]])
    assert doubts(values) == []


def test_zeros_in_wild_series_are_left_alone() -> None:
    wild = np.random.default_rng(4).integers(0, 1000, (400, len(YEARS))).astype(float)
    assert (wild == 0).any()
    assert doubts(wild) == []


def test_impossible_values() -> None:
    shares = np.random.default_rng(2).uniform(0.2, 0.6, (20, len(YEARS)))
    shares[1, 3] = 1.4
    assert [(line.kind, line.value) for line in doubts(shares, "export_share")] == [("share", 1.4)]
    prices = np.exp(0.02 * np.arange(len(YEARS)) + 0.01 * np.random.default_rng(2).standard_normal((20, len(YEARS))))
    prices[7, 0] = 30
    assert {(line.kind, line.region, line.period) for line in doubts(prices, "price")} == {("end", "R07", "1990")}
    values = grown()
    values[1, 1] = -5
    assert ("negative", "R01", "1991") in {(line.kind, line.region, line.period) for line in doubts(values)}


def test_flat_filled_and_copied_series() -> None:
    values = grown()
    values[0] = 700
    values[1, 5:11] = values[1, 5]
    values[2, 4:14] = np.linspace(values[2, 4], values[2, 13], 10)
    values[3, 4:14] = np.geomspace(values[3, 4], values[3, 13], 10)
    values[9] = values[8]
    found = {(line.kind, line.region) for line in doubts(values)}
    assert {("constant", "R00"), ("repeat", "R01"), ("interpolated", "R02"), ("double", "R09")} <= found
    both = next(line for line in doubts(values) if line.kind == "interpolated" and line.region == "R03")
    assert "1994 to 2003" in both.words


def test_shares_that_add_to_one() -> None:
    random = np.random.default_rng(1).uniform(1, 2, (6, 4, len(YEARS)))
    shares = random / random.sum(axis=1, keepdims=True)
    one = Panel.of({"share": shares}, regions=list("ABCDEF"), industries=list("wxyz"), periods=YEARS)
    assert any(line.kind == "shares" for line in panel_lines("made", one))


def test_a_late_region_is_named_with_its_start() -> None:
    values = grown()
    values[11, :8] = np.nan
    late = [line for line in lines_of(values) if line.kind == "late"]
    assert [(line.region, line.period) for line in late] == [("R11", "1998")]


def test_the_score_says_how_it_is_made() -> None:
    score = lines_of(grown())[0]
    assert score.kind == "score"
    assert "score 100 of 100" in score.words
    assert "50 x share of the cells" in score.words


def test_rows_that_where_leaves_out_are_said_apart() -> None:
    import pandas as pd

    values = grown()
    values[4, 3] *= 10
    rows = [(f"R{r:02d}", year, values[r, t]) for r in range(20) for t, year in enumerate(YEARS)]
    frame = pd.DataFrame(rows, columns=["region", "year", "output"])
    found = reading(frame, region="region", year="year", values=["output"], where="year >= 2000")
    lines = audit([found])
    assert lines[0].value == 100
    assert [str(line).startswith("data: (rows that where leaves out)") for line in lines if line.kind == "tenfold"] == [
        True
    ]


def test_networks_and_accounts_have_an_audit() -> None:
    import pandas as pd

    links = pd.DataFrame({"source": ["a", "a"], "target": ["b", "a"], "weight": [1.0, -1.0]})
    found = reading(links, source="source", target="target", weight="weight", name="ties")
    words = [str(line) for line in audit([found])]
    assert any("1 links are loops" in one for one in words)
    assert any("1 of 2 links are negative" in one for one in words)
    assert network(links, source="source", target="target").directed
    with pytest.raises(Exception, match="gross output"):
        accounts(pd.DataFrame({"from": ["a"], "to": ["a"], "flow": [1.0]}))

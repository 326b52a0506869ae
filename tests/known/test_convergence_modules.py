"""Modules against networkx and planted groups; coupling of two industries against the formulas written out."""

from __future__ import annotations

import networkx
import numpy as np
import pytest

import coevolve
from coevolve.engine.communities import aligned, modularity, modules_of
from coevolve.errors import StudyError
from coevolve.evidence.network import Network
from coevolve.evidence.panel import Panel
from coevolve.inquiry.key import Key
from coevolve.themes.convergence import equations
from coevolve.themes.convergence.degree import Index, degrees, wave_of
from coevolve.themes.convergence.modules_found import YearCase, find_year


def planted(
    random: np.random.Generator, mixing: float, groups: int = 4, size: int = 16, ties: float = 10.0
) -> np.ndarray:
    """A network of equal groups in which a share `mixing` of each actor's ties leaves its group."""
    label = np.repeat(np.arange(groups), size)
    same = label[:, None] == label[None, :]
    inside = (1 - mixing) * ties / (size - 1)
    outside = mixing * ties / (size * (groups - 1))
    links = random.random(same.shape) < np.where(same, inside, outside)
    upper = np.triu(links, 1).astype(float)
    return upper


def test_modularity_is_that_of_networkx() -> None:
    random = np.random.default_rng(4)
    weights = planted(random, 0.3)
    both = weights + weights.T
    labels = random.integers(0, 3, len(both))
    graph = networkx.from_numpy_array(both)
    groups = [set(np.flatnonzero(labels == k).tolist()) for k in range(3)]
    assert modularity(both, labels) == pytest.approx(networkx.community.modularity(graph, groups), abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_planted_modules_are_found(seed: int) -> None:
    """At a mixing of .2 the adjusted Rand index is .9 or more."""
    random = np.random.default_rng(seed)
    found = modules_of(planted(random, 0.2), random)
    assert equations.adjusted_rand(found, np.repeat(np.arange(4), 16)) >= 0.9


def test_the_same_draws_give_the_same_modules() -> None:
    weights = planted(np.random.default_rng(1), 0.3)
    first, again = (modules_of(weights, np.random.default_rng(9)) for _ in range(2))
    assert (first == again).all()
    assert modules_of(np.zeros((3, 3)), np.random.default_rng(0)).tolist() == [0, 1, 2]


def test_modules_keep_their_names() -> None:
    before = np.array([0, 0, 0, 1, 1, 1])
    now = np.array([1, 1, 2, 0, 0, 0])
    assert aligned(now, before, 2).tolist() == [0, 0, 2, 1, 1, 1]


def test_likeness_of_groupings_by_hand() -> None:
    """Two groups of two against one split 1 + 3: NMI = 2 I / (H + H), I = ln 2 - 3/4 H(1/3)."""
    first, second = [0, 0, 1, 1], [0, 1, 1, 1]
    h_first = np.log(2)
    h_second = -(0.25 * np.log(0.25) + 0.75 * np.log(0.75))
    joint = -(0.25 * np.log(0.25) * 2 + 0.5 * np.log(0.5))
    assert equations.normalised_mutual_information(first, second) == pytest.approx(
        2 * (h_first + h_second - joint) / (h_first + h_second)
    )
    assert equations.adjusted_rand(first, second) == pytest.approx(0.0, abs=1e-12)  # S 1, expected 1, most 2.5


def test_p_is_uniform_where_modules_have_nothing_to_do_with_industries() -> None:
    """The 10 % and 50 % points hold about that share of worlds, never more."""
    random = np.random.default_rng(11)
    p = []
    for k in range(30):
        industry = random.permutation(np.repeat(np.arange(4), 6)).astype(np.int64)
        weights = planted(random, 0.2, 4, 6, 4.0)
        p.append(find_year(YearCase(2001, weights, industry, 99, Key.of(k, "uniform"))).p)
    assert np.mean(np.array(p) <= 0.1) <= 0.25
    assert 0.3 <= np.mean(np.array(p) <= 0.5) <= 0.7


def merging(years: int = 12) -> Network:
    """Two chains of six links; from the seventh year on, ties across are as strong as ties within."""
    random = np.random.default_rng(2)
    names = [f"farm {k}" for k in range(6)] + [f"chip {k}" for k in range(6)]
    rows = []
    for t in range(years):
        for i in range(12):
            for j in range(i):
                mean = 5.0 if (i < 6) == (j < 6) or t >= 6 else 0.2
                if weight := float(random.poisson(mean)):
                    rows.append((i, j, weight, 2001 + t))
    table = np.array(rows)
    source, target, year = (table[:, k].astype(np.int64) for k in (0, 1, 3))
    return Network(tuple(names), source, target, table[:, 2], False, year)


def test_modules_of_merging_chains() -> None:
    finding = coevolve.convergence.modules(merging(), {"farms": ["farm*"], "chips": ["chip*"]}, shuffles=99)
    index = finding["integration"]["index"]
    assert index[:6].max() == 0.0
    assert index[6:].min() > 0.3
    crossing = finding["crossing"].rows()
    assert all(row["shared_modules"] == 0 for row in crossing[:6])
    assert "farms with chips" in finding.claim
    assert len(finding["modules"]) == 12 * 12
    assert finding.made is not None


@pytest.mark.parametrize(
    ("industries", "years", "words"),
    [
        ({"farms": ["farm*"]}, [], "need the industries"),
        ({"farms": ["farm*"], "chips": ["chop*"]}, [], "no link of 'chips'"),
        ({"farms": ["farm*"], "chips": ["chip*"]}, [1990], "no year 1990"),
    ],
)
def test_modules_that_cannot_be_asked_are_refused(
    industries: dict[str, list[str]], years: list[int], words: str
) -> None:
    with pytest.raises(StudyError, match=words):
        coevolve.convergence.modules(merging(8), industries, years=years)


def two_industries(second: np.ndarray) -> Panel:
    first = np.linspace(1.0, 9.0, 9)
    return Panel.of(
        {"output": np.stack([first, second])[None]}, regions=["r"], industries=["a", "b"], periods=range(2001, 2010)
    )


def test_coupling_of_two_by_hand() -> None:
    """U = .2 and .8: C = .8, T = .5, D = sqrt(.4)."""
    found = equations.coupling_of_two(0.2, 0.8)
    assert [float(one) for one in found] == pytest.approx([0.8, 0.5, np.sqrt(0.4)])


def test_coordination_is_measured_above_shuffled_years() -> None:
    together = coevolve.convergence.coordination_of_industries(
        two_industries(np.linspace(2.0, 10.0, 9)), "a", "b", "output", shuffles=199
    )
    row = together["excess"].rows()[0]
    assert float(str(row["excess"])) > 0
    assert float(str(row["p"])) < 0.05
    degrees_ = together["coordination"]
    u, v = degrees_["score_first"], degrees_["score_second"]
    assert degrees_["coupling_coordination_degree"] == pytest.approx(np.sqrt(np.sqrt(u * v)))
    against = coevolve.convergence.coordination_of_industries(
        two_industries(np.linspace(10.0, 2.0, 9)), "a", "b", "output", shuffles=199
    )
    assert float(str(against["excess"].rows()[0]["p"])) > 0.9


def test_coordination_refuses_what_is_not_there() -> None:
    panel = two_industries(np.ones(9))
    with pytest.raises(StudyError, match="no industry 'c'"):
        coevolve.convergence.coordination_of_industries(panel, "a", "c", "output")
    with pytest.raises(StudyError, match="both industries are the same"):
        coevolve.convergence.coordination_of_industries(panel, "a", "a", "output")


def test_the_wave_of_clean_series_is_found() -> None:
    """Three series follow s with midpoint 2003 and speed .5: both are found, and s itself to .08."""
    times = 1990.0 + np.arange(26)
    s = equations.logistic(times, 0.5, 2003.0)
    noise = np.random.default_rng(0).normal(0, 0.01, (3, 26))
    indices = [
        Index.of(times, loading * s + e, np.zeros(26, np.int64)) for loading, e in zip((1, 2, 0.5), noise, strict=True)
    ]
    draws = degrees(wave_of(indices), times, np.random.default_rng(1), 500)
    assert np.median(draws, axis=0) == pytest.approx(s, abs=0.08)


def test_a_wave_that_has_only_begun_keeps_a_wide_degree() -> None:
    times = 1990.0 + np.arange(20)
    early = np.exp(0.2 * (times - 2009.0)) + np.random.default_rng(0).normal(0, 0.02, 20)
    draws = degrees(wave_of([Index.of(times, early, np.zeros(20, np.int64))]), times, np.random.default_rng(1), 500)
    lo, hi = np.quantile(draws[:, -1], [0.05, 0.95])
    assert hi - lo > 0.3

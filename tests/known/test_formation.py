"""Formation of clusters against its exact theory, an independent count, and itself told twice."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import betaln

from coevolve.engine import formation, lumped
from coevolve.errors import StudyError
from coevolve.evidence.evidence import Evidence
from coevolve.inquiry.at import Here
from coevolve.inquiry.key import Key
from coevolve.themes import order
from coevolve.themes.order import formation_calibrate as calibration
from coevolve.themes.order import formation_equations as equations
from coevolve.themes.order.entropy_equations import entropy
from coevolve.themes.order.formation_facts import excess_concentration, logistic_fit
from coevolve.themes.order.formation_model import ledger, natural_advantage
from coevolve.themes.order.questions_formation import Formation

RULES = lumped.Rules(0.9, 0.1, 0.2, 0.1)
SMALL = {"firms": 1000, "number_of_regions": 20, "years": 40, "replicas": 4}


def test_the_threshold_is_where_the_restoring_force_vanishes() -> None:
    for external, spin_off in ((0.1, 0.2), (0.3, 0.0), (0.05, 0.6)):
        edge = equations.threshold(external, spin_off)
        assert equations.restoring_force(edge, external, spin_off) == pytest.approx(0, abs=1e-12)
    assert equations.threshold(0.1, 0.2) == pytest.approx(0.8 / 0.7)
    assert equations.threshold(0.6, 0.4) == np.inf


@pytest.mark.parametrize("feedback", [0.0, 0.7, 1.0, 1.4])
def test_lambda_is_the_slope_of_choice_at_an_even_spread(feedback: float) -> None:
    """1 - lambda = dq_r/dp_r, taken from the choice itself by differences."""
    rules = lumped.Rules(feedback, 0.1, 0.2, 0.1)
    even = np.full(50, 10**9, np.int64)
    step = np.zeros(50, np.int64)
    step[0], step[1:] = 49_000, -1000
    up, down = (lumped.choice(even + s * step, np.full(50, 0.02), rules)[0] for s in (1, -1))
    slope = (up - down) / (2 * step[0] / even.sum())
    assert slope == pytest.approx(1 - equations.restoring_force(feedback, 0.1, 0.2), abs=1e-6)


def test_the_sustain_point_is_where_the_drift_has_its_second_zero() -> None:
    point = equations.sustain_point(0.1, 0.2, 100)
    assert point == pytest.approx(1.0501, abs=2e-4)
    shares = np.linspace(0.05, 0.99, 2000)
    above = [equations.drift_of_share(x, point + 1e-3, 0.1, 0.2, 100) for x in shares]
    below = [equations.drift_of_share(x, point - 1e-3, 0.1, 0.2, 100) for x in shares]
    assert max(above) > 0 > max(below)


def test_variance_and_autocorrelation_of_the_chain_are_those_of_theory() -> None:
    firms, regions = 20_000, 50
    start = np.tile(lumped.even(firms, regions), (24, 1))
    path = lumped.paths(start, np.full(regions, 1 / regions), RULES, 1000, np.random.default_rng(3))
    away = path.counts[200:] / firms - 1 / regions
    force = equations.restoring_force(0.9, 0.1, 0.2)
    ratio = (away**2).mean() / equations.share_variance(force, 0.1, firms, regions)
    assert 0.97 < ratio < 1.03
    lag = (away[1:] * away[:-1]).sum() / (away[:-1] ** 2).sum()
    assert lag == pytest.approx(equations.persistence(force, 0.1), abs=0.002)


def test_firm_by_firm_the_variance_and_autocorrelation_are_the_same() -> None:
    firms, regions = 5000, 50
    start, pull = lumped.even(firms, regions), np.full(regions, 1 / regions)
    course = formation.simulate(start, pull, (0.5, 0.1, 0.2, 0.1), formation.Powers(), 9000, 5)
    away = course.counts[200:] / firms - 1 / regions
    force = equations.restoring_force(0.5, 0.1, 0.2)
    assert 0.97 < (away**2).mean() / equations.share_variance(force, 0.1, firms, regions) < 1.03
    lag = (away[1:] * away[:-1]).sum() / (away[:-1] ** 2).sum()
    assert lag == pytest.approx(equations.persistence(force, 0.1), abs=0.002)


def test_firms_and_chain_agree_with_unequal_advantage_and_strong_feedback() -> None:
    """Means over many worlds of the firms' simulator and of the chain, far from where linear theory holds."""
    pull = natural_advantage(10, 0.8, Key.of(1, "pull"))
    start, rules = lumped.even(500, 10), lumped.Rules(1.2, 0.2, 0.1, 0.15)
    chain = lumped.paths(np.tile(start, (3000, 1)), pull, rules, 25, np.random.default_rng(2)).counts[-1]
    args = (1.2, 0.2, 0.1, 0.15)
    firms = np.array(
        [formation.simulate(start, pull, args, formation.Powers(), 25, seed).counts[-1] for seed in range(1500)]
    )
    error = np.sqrt(chain.var(axis=0) / len(chain) + firms.var(axis=0) / len(firms))
    assert np.all(np.abs(chain.mean(axis=0) - firms.mean(axis=0)) < 4 * error)
    assert firms.var(axis=0) == pytest.approx(chain.var(axis=0), rel=0.2)


def test_places_that_grow_follow_simon() -> None:
    """The exponent by maximum likelihood of the Yule-Simon law, rho B(k, rho + 1): density exponent 1 + rho."""
    for novelty in (0.05, 0.3):
        sizes = formation.grown(1_000_000, novelty, 7)
        assert sizes.sum() == 1_000_000

        def minus(rho: float, sizes: np.ndarray = sizes) -> float:
            return -float(np.sum(np.log(rho) + betaln(sizes, rho + 1)))

        exponent = 1 + minimize_scalar(minus, bounds=(0.5, 3), method="bounded").x
        assert exponent == pytest.approx(equations.simon_exponent(novelty), abs=0.03)


def test_firms_are_neither_lost_nor_found_and_flows_add_up() -> None:
    powers = formation.Powers(0.6, 1.0, 0.5, 0.3, 0.5, 3)
    course = formation.simulate(lumped.even(2000, 15), np.full(15, 1 / 15), (1.1, 0.1, 0.2, 0.1), powers, 60, 9)
    assert (course.counts.sum(axis=1) == 2000).all()
    net = course.entrants.sum(axis=1) - course.leavers
    assert (np.diff(course.counts, axis=0) == net).all()
    assert (np.diff((course.counts * course.knowledge).sum(axis=1)) > -2000).all()
    again = formation.simulate(lumped.even(2000, 15), np.full(15, 1 / 15), (1.1, 0.1, 0.2, 0.1), powers, 60, 9)
    assert (again.counts == course.counts).all()
    assert (again.knowledge == course.knowledge).all()


def test_the_ledger_of_channels_adds_up_to_the_change_of_entropy() -> None:
    course = formation.simulate(
        lumped.even(3000, 30), np.full(30, 1 / 30), (1.4, 0.1, 0.2, 0.1), formation.Powers(), 80, 4
    )
    change = np.diff(entropy(course.counts.astype(float)))
    assert np.abs(ledger(course).sum(axis=1) - change).max() < 1e-12


def test_without_innovation_knowledge_stays_where_it_was() -> None:
    course = formation.simulate(
        lumped.even(500, 5), np.full(5, 0.2), (1.0, 0.1, 0.2, 0.1), formation.Powers(imitation=0.5), 20, 1
    )
    assert not course.knowledge.any()


def test_a_logistic_is_seen_as_one_and_a_dartboard_as_none() -> None:
    time = np.arange(100)
    assert logistic_fit(0.8 / (1 + 39 * np.exp(-0.12 * time))) > 0.999
    assert np.isnan(logistic_fit(np.full(100, 0.1)))
    thrown = np.random.default_rng(1).multinomial(10_000, np.full(50, 0.02), size=200)
    assert abs(np.mean([excess_concentration(one, np.full(50, 0.02)) for one in thrown])) < 2e-5


def test_the_answer_is_the_same_for_the_same_seed_and_says_what_it_is() -> None:
    first, second = (order.formation(seed=3, **SMALL) for _ in range(2))
    assert first.claim == second.claim
    for one, other in zip(first.tables, second.tables, strict=True):
        assert one.rows() == other.rows()
    assert "simulated worlds, not data" in first.claim
    assert {t.name for t in first.tables} >= {"paths", "phases", "ledger", "powers", "stylised_facts"}


def test_effects_of_powers_add_up_and_innovation_has_no_indirect_part() -> None:
    found = order.formation(competition=0.8, innovation=0.5, **SMALL)
    for row in found["powers"].rows():
        if row["power"] == "innovation":
            assert row["indirect"] is None
            assert row["total"] == row["direct"]
        else:
            assert row["direct"] + row["indirect"] == pytest.approx(row["total"], abs=1e-12)


def test_far_above_the_threshold_a_cluster_forms_and_far_below_none() -> None:
    options = {"firms": 2000, "number_of_regions": 20, "years": 200, "replicas": 4}
    assert "after 200 years all of 4" in order.formation(feedback=1.8, **options).claim
    assert "after 200 years none of 4" in order.formation(feedback=0.5, **options).claim


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"external": 0.7, "spin_off": 0.5}, "together at most 1"),
        ({"firms": 100, "number_of_regions": 50}, "five firms a region"),
        ({"firms": 10_000_000, "years": 5000}, "more than one ask"),
        ({"unit": "steel"}, "only read with 'calibrate'"),
    ],
)
def test_what_cannot_be_simulated_is_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(StudyError, match=words):
        order.formation(**options)


def test_prospects_say_which_side_of_the_threshold() -> None:
    (note,) = Formation(feedback=1.2).prospects(Evidence({}))
    assert "above the threshold" in note.text


def test_the_summaries_of_a_world_do_not_hang_on_the_order_of_cells() -> None:
    batch = calibration.Batch(25, 1000, np.full(12, 100), np.full(12, 0.1), 3, Key.of(1, "b"))
    assert calibration.drawn(batch).shape == (3, len(calibration.PARAMETERS) + 12)
    draw = np.random.default_rng(1)
    counts = draw.integers(10, 50, (13, 2, 25)).astype(float)
    flows = [draw.integers(1, 9, (12, 2, 25)).astype(float) for _ in range(2)]
    mixed = draw.permutation(25)
    turned = calibration.summaries(counts[..., mixed], flows[0][..., mixed], flows[1][..., mixed])
    np.testing.assert_allclose(turned, calibration.summaries(counts, *flows), rtol=1e-9, atol=1e-9)


def test_a_posterior_of_a_line_is_that_of_least_squares() -> None:
    """Where summaries are parameters plus noise, the posterior must have the parameters' own mean and spread."""
    draw = np.random.default_rng(5)
    low, high = np.array(list(calibration.PRIOR.values())).T
    given = draw.uniform(low, high, (6000, 4))
    values = np.column_stack([draw.normal(0, 1, 6000), given])
    seen = np.zeros(12)
    bank = np.column_stack([values, values[:, [0]] + 0.1 * draw.normal(size=(6000, 1)), draw.normal(size=(6000, 11))])
    found = calibration.posterior(bank, seen)
    lo, middle, hi = calibration.quantiles(found, "lambda", (0.05, 0.5, 0.95))
    assert abs(middle) < 0.03
    assert hi - lo == pytest.approx(2 * 1.645 * 0.1, rel=0.25)


def test_calibration_to_anything_but_a_stage_ask_is_refused() -> None:
    made = order.stage(_steady(30, 12), "firms", draws=39).made
    assert made is not None
    with pytest.raises(StudyError, match="no entries and exits"):
        order.formation(calibrate=made)
    other = type(made)("symbiosis", dict(made.arrays), dict(made.axes), dict(made.labels))
    with pytest.raises(StudyError, match="stage ask"):
        order.formation(calibrate=other)


def test_a_stopped_world_says_so_and_loses_no_other() -> None:
    assert Here().map(calibration.drawn, [None])[0].trouble


def _steady(cells: int, years: int):
    from coevolve.evidence.panel import Panel

    draw = np.random.default_rng(4)
    return Panel.of(
        {"firms": draw.poisson(100, (cells, years)).astype(float)},
        regions=[f"r{k}" for k in range(cells)],
        periods=range(2000, 2000 + years),
    )

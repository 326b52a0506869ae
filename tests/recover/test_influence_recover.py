"""Known networks found again, and noise left alone, at stated rates."""

import numpy as np
import pytest

from coevolve.engine.pairwise import pairwise_score
from coevolve.engine.panel_regression import pooled
from coevolve.engine.significance import benjamini_hochberg
from coevolve.evidence.panel import Panel
from coevolve.themes.influence import fit
from coevolve.themes.influence.arrays import sample_of

SERIES = 10


def symbiosis_panel(seed, regions, years, strength):
    """Ten poles after Tong & Wang (9n) in yearly steps, two parents each, ceilings that differ between regions."""
    random = np.random.default_rng(seed)
    ties = -np.eye(SERIES)
    for i in range(SERIES):
        parents = random.choice([j for j in range(SERIES) if j != i], 2, replace=False)
        ties[i, parents] = strength * random.choice([-1, 1], 2)
    capacity = np.exp(0.35 * random.normal(size=(regions, SERIES)))
    scale = np.empty((regions, years, SERIES))
    scale[:, 0] = random.uniform(0.3, 1.2, size=(regions, SERIES))
    for t in range(1, years):
        noise = 0.08 * random.normal(size=(regions, SERIES)) + 0.05 * random.normal(size=(1, SERIES))
        scale[:, t] = scale[:, t - 1] * np.exp(np.clip(0.5 * (1.0 + scale[:, t - 1] @ ties.T) + noise, -1, 1))
    return np.log(scale * capacity[:, None]), (ties != 0) & ~np.eye(SERIES, dtype=bool)


def auroc(score, truth):
    off = ~np.eye(SERIES, dtype=bool)
    yes, no = score[off & truth], score[off & ~truth]
    return float((yes[:, None] > no[None, :]).mean())


def panel_of(logs):
    regions, years, series = logs.shape
    return Panel.of(
        {"output": np.exp(logs).transpose(0, 2, 1)},
        regions=[f"r{k}" for k in range(regions)],
        industries=[f"s{k}" for k in range(series)],
        periods=range(2000, 2000 + years),
    )


def sampled(logs):
    regions, years, _ = logs.shape
    return sample_of(logs, np.ones(years - 1), "log", np.arange(regions), np.zeros(years, np.int64))


def mean_auroc(regions, years, strength, panels):
    made = [symbiosis_panel(seed, regions, years, strength) for seed in range(panels)]
    return np.mean([auroc(pooled(sampled(logs), 1).score, truth) for logs, truth in made])


def test_symbiosis_panels_of_thirty_regions():
    assert mean_auroc(30, 20, 0.2, 6) >= 0.92


@pytest.mark.slow
@pytest.mark.parametrize(
    ("regions", "years", "strength", "least"),
    [(30, 20, 0.2, 0.92), (30, 40, 0.2, 0.98), (100, 15, 0.2, 0.98), (100, 20, 0.2, 0.99), (100, 20, 0.1, 0.91)],
)
def test_symbiosis_panels(regions, years, strength, least):
    assert mean_auroc(regions, years, strength, 10) >= least


def test_the_question_ranks_the_true_links_first():
    logs, truth = symbiosis_panel(3, 60, 20, 0.2)
    found = fit(panel_of(logs), "output", model="linear", draws=0)
    score = np.full((SERIES, SERIES), np.nan)
    for row in found["edges"].rows():
        score[int(row["target"][1:]), int(row["source"][1:])] = row["score"]
    assert auroc(score, truth) >= 0.95


def correlated(random):
    logs, persistence = np.zeros((45, 30, SERIES)), np.linspace(0.3, 0.95, SERIES)
    for t in range(1, 45):
        shock = random.normal(size=(30, 1)) + random.normal(size=(30, SERIES))
        logs[t] = persistence * logs[t - 1] + 0.035 * shock
    return logs[30:].transpose(1, 0, 2)


def logistic(random):
    pace, scale = random.uniform(0.1, 0.5, size=(30, 1)), np.empty((15, 30, SERIES))
    scale[0] = random.uniform(0.05, 0.4, size=(30, SERIES))
    for t in range(1, 15):
        scale[t] = scale[t - 1] * np.exp(pace * (1 - scale[t - 1]) + 0.03 * random.normal(size=(30, SERIES)))
    return np.log(scale).transpose(1, 0, 2)


def walk(random):
    drift = 0.03 + 0.02 * random.normal(size=(30, 1, SERIES))
    return np.cumsum(drift + 0.05 * random.normal(size=(30, 15, SERIES)), axis=1)


@pytest.mark.parametrize("noise", [correlated, logistic, walk])
def test_noise_gives_no_links(noise):
    """At most 9 of 40 panels with any link: a chance below one in a hundred if the rate is .10."""
    panels = [noise(np.random.default_rng(seed)) for seed in range(40)]
    found = [(benjamini_hochberg(pooled(sampled(logs), 1, ranks=False).p) <= 0.05).sum() for logs in panels]
    assert sum(many > 0 for many in found) <= 9


@pytest.mark.slow
def test_regions_that_share_a_pace_do_not_make_the_lstm_see_links():
    """Three hundred regions, each with a pace of its own for ten logistics: any series tells a region's pace."""
    random = np.random.default_rng(0)
    pace = random.uniform(0.1, 0.5, size=(300, 1))
    scale = np.empty((15, 300, SERIES))
    scale[0] = random.uniform(0.05, 0.4, size=(300, SERIES))
    for t in range(1, 15):
        scale[t] = scale[t - 1] * np.exp(pace * (1 - scale[t - 1]) + 0.03 * random.normal(size=(300, SERIES)))
    finding = fit(panel_of(np.log(scale).transpose(1, 0, 2)), "output", draws=0)
    assert np.isfinite(finding["gain"]["lstm"]).all()  # it did take part
    assert finding["edges"]["selected"].sum() <= 1
    assert finding["gain"]["weight_lstm"].mean() < 0.3


def test_short_panel_bias_makes_links_without_the_jackknife():
    panels = [correlated(np.random.default_rng(seed)).repeat(3, axis=0) for seed in range(6)]
    with_bias = [pooled(sampled(logs), 1, jackknife=False, ranks=False).p for logs in panels]
    without = [pooled(sampled(logs), 1, ranks=False).p for logs in panels]
    below = [np.nanmean(np.stack(p) < 0.01) for p in (with_bias, without)]
    assert below[0] > below[1]


def test_with_few_rows_for_each_driver_pairs_are_ranked_one_by_one():
    """Twelve runs of thirty series, three of which move eight others each: too few rows for one regression on all."""
    random = np.random.default_rng(8)
    truth = np.zeros((30, 30), bool)
    for source in range(3):
        truth[random.choice(np.arange(3, 30), 8, replace=False), source] = True
    x = np.zeros((12, 70, 30))
    for t in range(1, 70):
        x[:, t] = 0.6 * x[:, t - 1] + 0.35 * x[:, t - 1] @ truth.T + random.normal(size=(12, 30))
    sample = sampled(x[:, 50:])
    score = pairwise_score(sample, True)
    off = ~np.eye(30, dtype=bool)
    yes, no = score[off & truth], score[off & ~truth]
    assert np.isnan(np.diag(score)).all()
    assert (yes[:, None] > no[None]).mean() > 0.9

"""How the question asks the LSTM channel, how far each target trusts it, and what happens when it fails."""

from types import SimpleNamespace

import numpy as np
import pytest

from coevolve.evidence.panel import Panel
from coevolve.inquiry.key import Key
from coevolve.themes.influence import fit
from coevolve.themes.influence.arrays import ready
from coevolve.themes.influence.channels import lstm_refusal, neural_channel
from coevolve.themes.influence.worlds import LINKS, lagged_ties

causal = pytest.importorskip("coevolve.engine.causal")


def noise(regions=20, years=14, series=3):
    random = np.random.default_rng(3)
    logs = np.cumsum(0.05 * random.normal(size=(regions, series, years)), axis=2)
    return Panel.of(
        {"output": np.exp(logs)},
        regions=[f"r{k}" for k in range(regions)],
        industries=[f"s{k}" for k in range(series)],
        periods=range(2000, 2000 + years),
    )


def answer(told, asked=None):
    """A channel whose LSTM says of growth that the first other series adds `told[target]` times what will come."""

    def channel(growth, level, clusters, folds, settings, key, tick=None):
        if asked is not None:
            asked.append((growth, level, clusters, folds, settings))
        series = growth.shape[2]
        one = np.ones(series)
        random = np.random.default_rng(9)
        chance = random.normal(size=(series, series, *growth.shape[:2]))
        added = 0.1 * growth.std() * chance
        for target in range(series):
            added[target, (target + 1) % series] += told[target] * growth[..., target]
        return SimpleNamespace(
            score=np.ones((series, series)),
            strength=np.full((series, series, 3), 0.2),
            loss_own=one,
            loss_linear=0.9 * one,
            loss_lstm=0.8 * one,
            added=added,
            alone=0.1 * growth.std() * random.normal(size=(series, *growth.shape[:2])),
            line=0.1 * growth.std() * random.normal(size=(series, *growth.shape[:2])),
            weight=np.ones((series, 2)) / 2,
            skipped=0,
        )

    return channel


def test_levels_are_those_before_the_growth(monkeypatch):
    asked = []
    monkeypatch.setattr(causal, "lstm_channel", answer(np.zeros(3), asked))
    readied = ready(noise().series("output"), "log", None)
    neural_channel(readied, Key.of(1, "x"), lambda done, of: None)
    growth, level, clusters, folds, settings = asked[0]
    assert np.allclose(level[:, 1:] - level[:, :-1], growth[:, :-1])
    assert growth.shape == level.shape == (20, 13, 3)
    assert clusters.tolist() == list(range(20)) or len(set(clusters.tolist())) == 20
    assert folds.shape == (20,)
    assert set(folds.tolist()) == set(range(3))
    assert settings.year_effects


def test_what_the_drivers_surely_add_is_trusted_and_chance_is_not(monkeypatch):
    found = channel_that_says(np.array([0.5, 0.0, 0.0]), monkeypatch)
    assert found.weight[0] > 0.4
    assert (found.weight[1:] <= 0.5).all()  # what all targets together show counts half
    assert found.shared < 0.2  # one target of three is not most of them
    everywhere = channel_that_says(np.full(3, 0.5), monkeypatch)
    assert (everywhere.weight == 1.0).all()
    assert everywhere.shared == 1.0
    assert (channel_that_says(np.zeros(3), monkeypatch).weight < 0.2).all()


def test_the_driver_that_adds_is_the_one_with_a_small_p(monkeypatch):
    p = channel_that_says(np.array([0.5, 0.0, 0.0]), monkeypatch).p
    assert p[0, 1] < 1e-6
    assert np.isnan(np.diagonal(p)).all()
    off = ~np.eye(3, dtype=bool)
    off[0, 1] = False
    assert (p[off] > 0.01).all()


def channel_that_says(told, monkeypatch):
    monkeypatch.setattr(causal, "lstm_channel", answer(told))
    readied = ready(noise().series("output"), "log", None)
    return neural_channel(readied, Key.of(1, "x"), lambda done, of: None)


def test_a_failing_lstm_leaves_the_pooled_regression(monkeypatch):
    def fails(*_):
        raise FloatingPointError("no finite loss")

    monkeypatch.setattr(causal, "lstm_channel", fails)
    finding = fit(noise(), "output", draws=0)
    assert any("pooled regression alone: FloatingPointError: no finite loss" in note.text for note in finding.notes)
    linear = fit(noise(), "output", draws=0, model="linear")
    assert finding["edges"].rows() == linear["edges"].rows()


def test_what_an_lstm_is_not_asked():
    short = ready(noise(regions=40, years=6).series("output"), "log", None)
    assert "too short a history" in lstm_refusal(short)
    few = ready(noise(regions=12, years=8).series("output"), "log", None)
    assert "too few for an LSTM" in lstm_refusal(few)
    lone = ready(noise(regions=5, years=30).series("output"), "log", None)
    assert "blocks of time" in lstm_refusal(lone)
    assert lstm_refusal(ready(noise(years=16).series("output"), "log", None)) == ""


@pytest.mark.slow
def test_the_known_ties_are_found_with_both_channels():
    panel = lagged_ties(7).pieces["world"].item
    finding = fit(panel, "output", draws=0)
    assert np.isfinite(finding["gain"]["lstm"]).all()
    called = {(row["source"], row["target"]) for row in finding["edges"].rows() if row["selected"]}
    assert {(source, target) for source, target, _ in LINKS} <= called
    assert len(called) <= len(LINKS) + 1

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


def answer(gain, asked=None):
    """A channel whose LSTM is told `gain[unit, target]` more by the drivers than the line is, on each region."""

    def channel(growth, level, clusters, folds, settings, key, tick=None):
        if asked is not None:
            asked.append((growth, level, clusters, folds, settings))
        series = growth.shape[2]
        one = np.ones(series)
        linear = np.full((len(growth), series), 0.9)
        losses = np.stack([np.ones_like(linear), linear, linear - gain])
        return SimpleNamespace(
            score=np.ones((series, series)),
            strength=np.full((series, series, 3), 0.2),
            p=np.full((series, series), 0.5),
            loss_own=one,
            loss_linear=0.9 * one,
            loss_lstm=0.8 * one,
            unit_losses=losses,
            driver_gain=gain,
            unit_fold=folds if folds.ndim == 1 else np.arange(len(growth)) % 5,
            weight=np.ones((series, 2)) / 2,
            skipped=0,
        )

    return channel


def test_levels_are_those_before_the_growth(monkeypatch):
    asked = []
    gain = np.random.default_rng(1).normal(size=(20, 3))
    monkeypatch.setattr(causal, "lstm_channel", answer(gain, asked))
    readied = ready(noise().series("output"), "log", None)
    neural_channel(readied, Key.of(1, "x"), lambda done, of: None)
    growth, level, clusters, folds, settings = asked[0]
    assert np.allclose(level[:, 1:] - level[:, :-1], growth[:, :-1])
    assert growth.shape == level.shape == (20, 13, 3)
    assert clusters.tolist() == list(range(20)) or len(set(clusters.tolist())) == 20
    assert folds.shape == (20,)
    assert set(folds.tolist()) == set(range(3))
    assert settings.year_effects


def test_a_sure_gain_is_trusted_and_chance_is_not(monkeypatch):
    random = np.random.default_rng(2)
    gain = np.stack([0.1 + 0.02 * random.normal(size=20), 0.1 * random.normal(size=20), np.full(20, np.nan)], axis=1)
    gain[:, 1] -= gain[:, 1].mean()
    weight = trusted(gain, monkeypatch)
    assert weight[0] > 0.9
    assert weight[1] <= 0.5  # what all targets together show counts half
    assert weight[2] == 0.0
    assert (trusted(gain[:, [1, 1, 2]], monkeypatch) < 0.15).all()


def trusted(gain, monkeypatch):
    monkeypatch.setattr(causal, "lstm_channel", answer(gain))
    readied = ready(noise().series("output"), "log", None)
    return neural_channel(readied, Key.of(1, "x"), lambda done, of: None).weight


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

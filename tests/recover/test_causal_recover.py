"""The neural channel finds again who moves whom: a small panel with a curved effect after two periods; Lorenz-96."""

import jax
import numpy as np
import pytest

from coevolve.engine.causal import ChannelSettings, lstm_channel
from coevolve.engine.panel_regression import added_tests
from coevolve.engine.panel_rows import Sample

pytestmark = pytest.mark.recover
OFF = ~np.eye(4, dtype=bool)
QUICK = ChannelSettings(hidden=6, steps=150, rate=1e-2)


def auroc(score, truth):
    """Share of (true, false) pairs of ties, off the diagonal, that the score ranks rightly."""
    off = ~np.eye(len(truth), dtype=bool)
    yes, no = score[off & (truth > 0)], score[off & (truth == 0)]
    return float((yes[:, None] > no[None]).mean() + 0.5 * (yes[:, None] == no[None]).mean())


def lagged_panel(random, regions=40, periods=20):
    """1 moves 0 straight after one period, 2 moves 1 by the size of its swings after two; 3 is alone."""
    x = np.zeros((regions, periods + 30, 4))
    for t in range(2, periods + 30):
        shared = 0.1 * random.normal(size=4)
        x[:, t] = 0.4 * x[:, t - 1] + 0.3 * random.normal(size=(regions, 4)) + shared
        x[:, t, 0] += 0.5 * x[:, t - 1, 1]
        x[:, t, 1] += 1.5 * (x[:, t - 2, 2] ** 2 - 0.12)
    x = x[:, 29:] + random.normal(size=(regions, 1, 4))
    return np.diff(x, axis=1), x[:, :-1]


@pytest.fixture(scope="module")
def panel():
    growth, level = lagged_panel(np.random.default_rng(11))
    growth[:4, :5] = np.nan  # four regions are observed later
    level[:4, :5] = np.nan
    return growth, level


@pytest.fixture(scope="module")
def found(panel):
    growth, level = panel
    return lstm_channel(growth, level, None, np.arange(40) % 3, QUICK, jax.random.key(5))


def test_the_two_ties_come_first(found):
    truth = np.zeros((4, 4))
    truth[0, 1] = truth[1, 2] = 1
    assert auroc(found.score, truth) >= 0.9


def test_a_tie_is_claimed_by_what_its_driver_adds_in_regions_not_seen(panel, found):
    growth, level = (
        np.pad(one, ((0, 0), side, (0, 0)), constant_values=np.nan)
        for one, side in zip(panel, ((1, 0), (0, 1)), strict=True)
    )
    sample = Sample(growth, level, level, np.arange(40), np.zeros(growth.shape[1], np.int64))
    p = added_tests(sample, found.added, found.alone, years=True)
    assert p[0, 1] < 1e-3
    assert p[1, 2] < 1e-3
    silent = OFF.copy()
    silent[0, 1] = silent[1, 2] = False
    assert (p[silent] < 0.01).sum() <= 1


def test_the_straight_effect_has_its_size_sign_and_lag(found):
    assert found.strength[0, 1, 0] == pytest.approx(0.5, abs=0.15)
    assert np.abs(found.strength[0, 1]).argmax() == 0
    assert np.isfinite(found.strength).all()
    assert found.skipped == 0


def test_all_drivers_together_beat_own_history(found):
    assert found.loss_linear[0] < found.loss_own[0]
    assert found.loss_lstm[0] < found.loss_own[0]
    means = np.nanmean(found.unit_losses, axis=1)
    assert means[0] == pytest.approx(found.loss_own, rel=0.05)
    assert found.unit_losses.shape == (3, 40, 4)
    assert (found.unit_fold == np.arange(40) % 3).all()


@pytest.mark.slow
def test_lorenz_96_from_one_long_series(data_root):
    duckdb = pytest.importorskip("duckdb")
    file = data_root / "causal_truth" / "lorenz96_F10_T1000.parquet"
    rows = duckdb.sql(f"select t, variable, value from '{file}' where set = 1 order by t, variable").fetchnumpy()
    x = rows["value"].reshape(-1, 10)
    place = np.arange(10)
    truth = np.zeros((10, 10))
    for step in (-2, -1, 0, 1):
        truth[place, (place + step) % 10] = 1
    folds = (np.arange(999) * 5 // 999)[None]
    found = lstm_channel(
        np.diff(x, axis=0)[None], x[:-1][None], None, folds, ChannelSettings(year_effects=False), jax.random.key(0)
    )
    assert auroc(found.score, truth) >= 0.99
    assert found.loss_lstm.mean() < found.loss_linear.mean()

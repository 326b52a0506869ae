"""How classifiers vote (Ma Fig. 6): SAMME by hand, honest probabilities, and a whole vote on a simple case."""

import jax
import numpy as np
import pytest

from coevolve.engine.classifier import Penalties, Shape, fit, log_probabilities
from coevolve.engine.train import Settings
from coevolve.engine.voting import (
    average,
    calibration_error,
    folds_of,
    samme_say,
    samme_weights,
    temperature,
    tempered,
    vote,
    weighted_vote,
)


def test_samme_by_hand():
    """Five classes, one in four wrong: the say is log 3 + log 4, and wrong samples gain twelvefold before capping."""
    say = samme_say(0.25, 5)
    assert say == pytest.approx(np.log(3.0) + np.log(4.0))
    wrong = np.array([True, False, False, False])
    found = samme_weights(np.ones(4), wrong, say)
    assert found == pytest.approx(np.array([12.0, 1.0, 1.0, 1.0]) / 3.75)
    assert samme_say(0.8, 5) == pytest.approx(0.0)  # as good as guessing among five


def test_no_sample_becomes_the_whole_sample():
    found = samme_weights(np.ones(1000), np.arange(1000) == 0, 20.0)
    assert found.mean() == pytest.approx(1.0)
    assert found.max() == pytest.approx(10.0, rel=2e-3)


def test_votes_count_by_their_say():
    chosen = np.array([[0, 1], [1, 1], [2, 0]])
    found = weighted_vote(chosen, np.array([1.0, 2.0, 1.0]), 3)
    np.testing.assert_allclose(found, [[0.25, 0.5, 0.25], [0.25, 0.75, 0.0]])
    np.testing.assert_allclose(average(np.log([[[0.2, 0.8]], [[0.6, 0.4]]])), [[0.4, 0.6]])


def test_temperature_finds_how_much_too_sure_a_classifier_is():
    """Log odds made three times too large are brought back by a temperature of three, and calibration with them."""
    random = np.random.default_rng(3)
    honest = tempered(random.normal(0.0, 1.5, (20000, 3)), 1.0)
    label = (np.exp(honest).cumsum(axis=1) > random.random((20000, 1))).argmax(axis=1)
    proud = tempered(3.0 * honest, 1.0)
    found = temperature(proud, label)
    assert found == pytest.approx(3.0, rel=0.05)
    assert calibration_error(np.exp(tempered(proud, found)), label) < 0.015 < calibration_error(np.exp(proud), label)


def test_folds_hold_every_class_alike():
    label = np.repeat([0, 1, 2], [20, 15, 10])
    fold = folds_of(label, 5, np.random.default_rng(0))
    counts = np.array([[(label[fold == f] == c).sum() for c in range(3)] for f in range(5)])
    assert counts.tolist() == [[4, 3, 2]] * 5


SHAPE = Shape(12, 1, 2, "lstm+pool", filters=(4, 4), width=3, hidden=4)


def rising_and_falling(samples=40):
    random = np.random.default_rng(5)
    label = np.arange(samples) % 2
    slope = np.where(label == 0, 1.0, -1.0)[:, None] * np.linspace(-1.0, 1.0, 12)
    x = (slope + 0.3 * random.normal(size=(samples, 12)))[..., None].astype(np.float32)
    mask = np.ones((samples, 12), bool)
    mask[::5, :3] = False
    return x, mask, label


@pytest.mark.parametrize("how", ["average", "samme"])
def test_a_vote_tells_rising_from_falling(how):
    x, mask, label = rising_and_falling()
    settings, key = Settings(steps=80, rate=1e-2), jax.random.key(2)
    found = vote(
        x[:30],
        mask[:30],
        label[:30],
        SHAPE,
        settings,
        Penalties(),
        key,
        np.random.default_rng(1),
        how,
        rounds=2,
        folds=2,
    )
    chances = found.probabilities(x[30:], mask[30:])
    assert chances.sum(axis=1) == pytest.approx(1.0)
    assert (chances.argmax(axis=1) == label[30:]).mean() >= 0.9
    assert found.errors[0] < 0.2
    assert found.out_of_fold.shape == (30, 2)


def test_one_sample_is_classified_alone_as_among_others_and_tuning_keeps_moments():
    x, mask, label = rising_and_falling()
    weight = np.ones((3, 30), np.float32)
    settings = Settings(steps=80, rate=1e-2)
    first = fit(x[:30], mask[:30], label[:30], weight, SHAPE, settings, Penalties(), jax.random.key(2))
    among, alone = log_probabilities(first, x, mask)[:, 33], log_probabilities(first, x[33:34], mask[33:34])[:, 0]
    np.testing.assert_allclose(among, alone, rtol=1e-4, atol=1e-5)
    tuned = fit(
        x[:30], mask[:30], label[:30], weight, SHAPE, settings, Penalties(), jax.random.key(9), tuned_from=first
    )
    for name in ("first", "second"):
        np.testing.assert_array_equal(tuned.moments[name].mean, first.moments[name].mean)
    assert tuned.losses[:, -1].mean() < first.losses[:, 0].mean()

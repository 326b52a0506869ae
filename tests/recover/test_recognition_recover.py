"""Types of simulated pairs, recognised by what learnt them from other simulated worlds."""

import numpy as np
import pytest

from coevolve.engine.voting import calibration_error
from coevolve.inquiry.key import Key
from coevolve.themes.convergence.features import features_of
from coevolve.themes.convergence.pairs import (
    CHANNELS,
    PairSettings,
    loadings_of_world,
    simulate_pairs,
    simulate_pairs_of,
)
from coevolve.themes.convergence.recognition import Schooling, school
from coevolve.themes.convergence.taught import AS_SIMULATED, taught

SMALL = Schooling(pairs=1_500, worlds=6, steps=150, held_out=500)


@pytest.fixture(scope="module")
def small() -> object:
    return school(CHANNELS, 24, Key.of(1, "small"), SMALL)


@pytest.mark.recover
def test_a_short_schooling_tells_types_far_better_than_chance(small) -> None:  # type: ignore[no-untyped-def]
    fresh = simulate_pairs(1_000, Key.of(2, "fresh"))
    logs = small.log_probabilities(fresh.values)
    np.testing.assert_allclose(np.exp(logs).sum(axis=1), 1.0, rtol=1e-9)
    assert (logs.argmax(axis=1) == fresh.types).mean() > 0.75
    assert calibration_error(np.exp(logs), fresh.types) < 0.12


@pytest.mark.recover
def test_without_a_signal_none_is_the_answer(small) -> None:  # type: ignore[no-untyped-def]
    quiet = simulate_pairs(400, Key.of(3, "quiet"), PairSettings(shares=(1.0, 0.0, 0.0, 0.0, 0.0)))
    logs = small.log_probabilities(quiet.values)
    assert (logs.argmax(axis=1) == 0).mean() > 0.7


@pytest.mark.recover
def test_labels_are_used_only_where_they_help(small) -> None:  # type: ignore[no-untyped-def]
    wrong = PairSettings(perturbation=0.5, noise=1.5)
    key = Key.of(4, "another world")
    loadings = loadings_of_world(key, wrong)
    known = simulate_pairs_of(400, key.child("known"), wrong, loadings)
    fresh = simulate_pairs_of(1_500, key.child("fresh"), wrong, loadings)
    random = np.random.default_rng(5)
    few = taught(small, known.values[:60], known.types[:60], random)
    many = taught(small, known.values, known.types, random)
    assert few.how == AS_SIMULATED
    assert many.how != AS_SIMULATED
    before = (small.log_probabilities(fresh.values).argmax(axis=1) == fresh.types).mean()
    after = (many.log_probabilities(fresh.values).argmax(axis=1) == fresh.types).mean()
    assert after > before + 0.02


def test_gaps_and_missing_channels_are_bridged() -> None:
    made = simulate_pairs(6, Key.of(6, "gaps"))
    holed = np.array(made.values)
    holed[:, 5] = np.nan
    holed[0, :, 2] = np.nan
    assert np.isfinite(features_of(holed, CHANNELS)).all()


@pytest.mark.slow
@pytest.mark.recover
def test_a_whole_schooling_comes_near_the_ceiling() -> None:
    whole = school(CHANNELS, 24, Key.of(7, "whole"))
    fresh = simulate_pairs(4_000, Key.of(8, "fresh"))
    right = (whole.log_probabilities(fresh.values).argmax(axis=1) == fresh.types).mean()
    assert right > 0.85

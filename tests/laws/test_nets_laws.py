"""What holds for every input of the nets and of the training loop."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from coevolve.engine import nets
from coevolve.engine.convolution import cross_correlation, pool, true_convolution
from coevolve.engine.train import Settings, train, train_many

values = st.floats(-5, 5, width=32)
few = settings(max_examples=25)
LSTM = nets.lstm_start(jax.random.key(0), 2, 3)
lstm = jax.jit(nets.lstm)


@few
@given(arrays(np.float32, (7, 2), elements=values))
def test_states_stay_within_one(x):
    assert float(jnp.abs(lstm(LSTM, x, np.ones(7, bool))).max()) <= 1.0


@few
@given(arrays(np.float32, (7, 2), elements=values), arrays(np.bool_, 7), arrays(np.float32, (7, 2), elements=values))
def test_masked_periods_are_as_if_they_had_not_been(x, mask, other):
    """The states after the observed periods are those of the observed periods alone, whatever stands in between."""
    with_gaps = np.asarray(lstm(LSTM, np.where(mask[:, None], x, other), mask))[mask]
    packed = np.zeros((7, 2), np.float32)
    packed[: mask.sum()] = x[mask]
    alone = np.asarray(lstm(LSTM, packed, np.ones(7, bool)))[: mask.sum()]
    np.testing.assert_allclose(with_gaps, alone, atol=1e-6)


@few
@given(arrays(np.float32, 6, elements=values), arrays(np.float32, 3, elements=values))
def test_convolution_is_cross_correlation_with_the_kernel_flipped(image, kernel):
    inside = np.asarray(true_convolution(image, kernel))[2:6]
    np.testing.assert_allclose(inside, cross_correlation(image, kernel[::-1].copy()), atol=1e-4)
    np.testing.assert_allclose(true_convolution(image, kernel), true_convolution(kernel, image), atol=1e-4)


@few
@given(arrays(np.float32, (6, 2), elements=values))
def test_the_pooled_maximum_is_never_below_the_pooled_mean(x):
    assert bool((pool(x, 2)[0] >= pool(x, 2, how="mean")[0] - 1e-6).all())


@few
@given(arrays(np.float32, (5, 2), elements=values), st.floats(0.1, 10.0), st.floats(-10.0, 10.0))
def test_normalisation_forgets_units(x, scale, shift):
    """Thousands or millions, Celsius or Fahrenheit: the normalised values are the same, up to epsilon."""
    x = x + np.arange(10).reshape(5, 2)[::-1].astype(np.float32) * 3
    first, second = (np.asarray(nets.normalise(one, nets.moments(one))) for one in (x, scale * x + shift))
    spread = np.minimum(x.std(axis=0), scale * x.std(axis=0))
    np.testing.assert_allclose(first[:, spread > 0.5], second[:, spread > 0.5], atol=2e-2)


@few
@given(st.floats(0.0, 1.0))
def test_elastic_net_lies_between_its_ends(alpha):
    params = {"a": {"weight": jnp.array([0.5, -3.0]), "bias": jnp.array([100.0])}}
    low, high = sorted([float(nets.l1(params)), float(nets.l2(params))])
    assert low - 1e-4 <= float(nets.elastic_net(params, alpha)) <= high + 1e-4


# ---- training --------------------------------------------------------------------------------------------------

X = np.linspace(-1.0, 1.0, 12, dtype=np.float32)[:, None]
DATA = {"x": X, "y": 2.0 * X[:, 0] - 1.0}


def squares(params, data, key, hyper):
    return jnp.mean((nets.dense(params, data["x"])[:, 0] - data["y"]) ** 2) + hyper["ridge"] * nets.l2(params)


def broken(params, data, key, hyper):
    return jnp.where(jax.random.uniform(key) < 0.5, jnp.nan, 1.0) * squares(params, data, key, hyper)


START = {"weight": jnp.zeros((1, 1)), "bias": jnp.zeros(1)}
QUICK = Settings(steps=150, rate=0.1, clip=100.0)


def test_training_finds_ridge_regression():
    """Least squares with a penalty on the slope has a known answer: slope = 2 s / (s + ridge), constant -1."""
    found = train(squares, START, DATA, jax.random.key(0), QUICK, hyper={"ridge": 0.3})
    variance = float((X**2).mean())
    assert float(found.params["weight"][0, 0]) == pytest.approx(2.0 * variance / (variance + 0.3), abs=0.01)
    assert float(found.params["bias"][0]) == pytest.approx(-1.0, abs=0.01)
    assert found.losses.shape == (150,)


def test_pieces_change_nothing_and_the_tick_may_stop():
    told = []

    def stop(done, of):
        told.append((done, of))
        if done >= 100:
            raise KeyboardInterrupt

    whole = train(squares, START, DATA, jax.random.key(0), QUICK, hyper={"ridge": 0.3})
    cut = train(
        squares,
        START,
        DATA,
        jax.random.key(0),
        Settings(steps=150, rate=0.1, clip=100.0, piece=37),
        hyper={"ridge": 0.3},
    )
    np.testing.assert_array_equal(whole.losses, cut.losses)
    with pytest.raises(KeyboardInterrupt):
        train(squares, START, DATA, jax.random.key(0), QUICK, stop, hyper={"ridge": 0.3})
    assert told == [(0, 150), (50, 150), (100, 150)]


def test_members_are_trained_as_if_alone():
    many = {"ridge": jnp.array([0.0, 0.3])}
    starts = jax.tree.map(lambda leaf: jnp.stack([leaf, leaf]), START)
    keys = jax.random.split(jax.random.key(0), 2)
    both = train_many(squares, starts, DATA, keys, QUICK, hyper=many)
    alone = train(squares, START, DATA, keys[1], QUICK, hyper={"ridge": 0.3})
    np.testing.assert_allclose(both.losses[1], alone.losses, rtol=1e-5, atol=1e-7)


def test_batches_show_every_sample_and_the_same_key_the_same_numbers():
    short = Settings(steps=150, rate=0.05, clip=100.0, batch=5)
    first, again = (train(squares, START, DATA, jax.random.key(4), short, hyper={"ridge": 0.0}) for _ in range(2))
    np.testing.assert_array_equal(first.losses, again.losses)
    assert float(first.params["weight"][0, 0]) == pytest.approx(2.0, abs=0.05)


def test_a_step_that_is_not_a_number_is_skipped_and_counted():
    found = train(broken, START, DATA, jax.random.key(1), QUICK, hyper={"ridge": 0.0})
    assert 30 < int(found.skipped) < 120
    assert float(found.params["weight"][0, 0]) == pytest.approx(2.0, abs=0.25)

"""The improved network, equation by equation (Ma 1-16), against independent computations in NumPy and SciPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.signal import convolve, correlate, correlate2d
from scipy.special import expit

from coevolve.engine import nets
from coevolve.engine.convolution import (
    cross_correlation,
    pool,
    receptive_field,
    separate_weights,
    shared_weights,
    true_convolution,
)

RANDOM = np.random.default_rng(849560)
IMAGE, KERNEL = RANDOM.normal(size=(5, 6)), RANDOM.normal(size=(2, 3))
SERIES, WEIGHTS = RANDOM.normal(size=9), RANDOM.normal(size=3)


def near(found, expected):
    np.testing.assert_allclose(np.asarray(found), expected, rtol=2e-5, atol=2e-6)


def literal(first, second):
    """sum over m, n of first(m, n) second(i - m, j - n), everything outside an array being zero."""
    rows, columns = first.shape[0] + second.shape[0] - 1, first.shape[1] + second.shape[1] - 1
    total = np.zeros((rows, columns))
    for i, j in np.ndindex(rows, columns):
        for m, n in np.ndindex(first.shape):
            if 0 <= i - m < second.shape[0] and 0 <= j - n < second.shape[1]:
                total[i, j] += first[m, n] * second[i - m, j - n]
    return total


def test_ma_1_convolution_spreads_the_image_by_the_kernel():
    near(true_convolution(IMAGE, KERNEL), literal(IMAGE, KERNEL))
    near(true_convolution(SERIES, WEIGHTS), convolve(SERIES, WEIGHTS, mode="full"))


def test_ma_2_image_and_kernel_may_change_places():
    near(true_convolution(IMAGE, KERNEL), literal(KERNEL, IMAGE))
    near(true_convolution(jnp.asarray(WEIGHTS), jnp.asarray(SERIES)), convolve(SERIES, WEIGHTS, mode="full"))


def test_ma_3_cross_correlation_is_what_the_layers_use():
    near(cross_correlation(IMAGE, KERNEL), correlate2d(IMAGE, KERNEL, mode="valid"))
    near(cross_correlation(SERIES, WEIGHTS), correlate(SERIES, WEIGHTS, mode="valid"))
    params = {"weight": jnp.asarray(WEIGHTS)[:, None, None], "bias": jnp.zeros(1)}
    near(nets.convolution(params, SERIES[:, None], same=False)[:, 0], correlate(SERIES, WEIGHTS, mode="valid"))


def test_a_convolution_layer_sums_over_its_input_channels():
    x, weight, bias = RANDOM.normal(size=(8, 2)), RANDOM.normal(size=(3, 2, 4)), RANDOM.normal(size=4)
    found = nets.convolution({"weight": weight, "bias": bias}, x)
    for channel in range(4):
        each = sum(correlate(x[:, d], weight[:, d, channel], mode="same") for d in range(2))
        near(found[:, channel], each + bias[channel])


# ---- LSTM: one period by hand, gates in the order forget, input, candidate, output -----------------------------

INPUTS, HIDDEN = 3, 4
LSTM = {
    "weight_input": RANDOM.normal(size=(INPUTS, 4 * HIDDEN)),
    "weight_state": RANDOM.normal(size=(HIDDEN, 4 * HIDDEN)),
    "bias": RANDOM.normal(size=4 * HIDDEN),
}
STATE, CELL, X = RANDOM.normal(size=HIDDEN), RANDOM.normal(size=HIDDEN), RANDOM.normal(size=INPUTS)


def gate(number, state=STATE, x=X):
    """W . [h, x] + b of one gate, with h and x laid end to end as in the paper."""
    rows = np.concatenate([LSTM["weight_state"], LSTM["weight_input"]])[:, number * HIDDEN : (number + 1) * HIDDEN]
    return np.concatenate([state, x]) @ rows + LSTM["bias"][number * HIDDEN : (number + 1) * HIDDEN]


def with_gate(number, value):
    """The same LSTM with one gate's sums fixed at `value`, whatever it reads."""
    part = slice(number * HIDDEN, (number + 1) * HIDDEN)
    changed = {name: array.copy() for name, array in LSTM.items()}
    changed["weight_input"][:, part] = 0.0
    changed["weight_state"][:, part] = 0.0
    changed["bias"][part] = value
    return changed


def test_ma_4_the_forget_gate_says_how_much_of_the_cell_stays():
    _, cell = nets.lstm_step(with_gate(1, -100.0), STATE, CELL, X)  # nothing new comes in
    near(cell, expit(gate(0)) * CELL)


def test_ma_5_the_input_gate_says_how_much_comes_in():
    _, cell = nets.lstm_step(with_gate(2, 100.0), STATE, jnp.zeros(HIDDEN), X)  # every candidate is one
    near(cell, expit(gate(1)))


def test_ma_6_the_candidate_is_what_may_come_in():
    _, cell = nets.lstm_step(with_gate(1, 100.0), STATE, jnp.zeros(HIDDEN), X)  # all of it comes in
    near(cell, np.tanh(gate(2)))


def test_ma_7_the_cell_keeps_and_takes_in():
    _, cell = nets.lstm_step(LSTM, STATE, CELL, X)
    near(cell, expit(gate(0)) * CELL + expit(gate(1)) * np.tanh(gate(2)))


def test_ma_8_the_output_gate_says_how_much_is_shown():
    open_cell = with_gate(0, 100.0)
    open_cell["bias"][HIDDEN : 2 * HIDDEN] = -1000.0
    state, _ = nets.lstm_step(open_cell, STATE, jnp.full(HIDDEN, 100.0), X)  # tanh(c) = 1
    near(state, expit(gate(3)))


def test_ma_9_the_state_is_the_shown_part_of_the_cell():
    state, cell = nets.lstm_step(LSTM, STATE, CELL, X)
    near(state, expit(gate(3)) * np.tanh(np.asarray(cell)))


def test_an_lstm_over_time_is_its_step_again_and_again():
    x = RANDOM.normal(size=(6, INPUTS))
    state, cell = np.zeros(HIDDEN), np.zeros(HIDDEN)
    for now, found in zip(x, np.asarray(nets.lstm(LSTM, x)), strict=True):
        forget, take, new, show = (gate(k, state, now) for k in range(4))
        cell = expit(forget) * cell + expit(take) * np.tanh(new)
        state = expit(show) * np.tanh(cell)
        near(found, state)


# ---- regularisation --------------------------------------------------------------------------------------------

NET = {
    "first": {"weight": jnp.array([[1.0, -2.0], [0.5, 0.0]]), "bias": jnp.array([7.0, -7.0])},
    "norm": {"scale": jnp.array([3.0]), "shift": jnp.array([9.0])},
    "lstm": {"weight_input": jnp.array([[-1.5]]), "weight_state": jnp.array([[2.0]]), "bias": jnp.array([5.0])},
}
EVERY_WEIGHT = np.array([1.0, -2.0, 0.5, 0.0, -1.5, 2.0])


def test_ma_10_l1_adds_up_sizes_of_weights_only():
    near(nets.l1(NET), np.abs(EVERY_WEIGHT).sum())


def test_ma_11_l2_adds_up_squares_of_weights_only():
    near(nets.l2(NET), (EVERY_WEIGHT**2).sum())


@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
def test_ma_12_elastic_net_mixes_both(alpha):
    near(nets.elastic_net(NET, alpha), sum(alpha * abs(w) + (1 - alpha) * w**2 for w in EVERY_WEIGHT))


# ---- normalisation ---------------------------------------------------------------------------------------------

BATCH = RANDOM.normal(3.0, 2.0, size=(7, 5, 2))


def test_ma_13_mean_of_a_batch_by_channel():
    near(nets.moments(BATCH).mean, BATCH.mean(axis=(0, 1)))


def test_ma_14_variance_of_a_batch_by_channel():
    near(nets.moments(BATCH).variance, BATCH.var(axis=(0, 1)))


def test_ma_15_normalised_values_have_mean_zero_and_variance_one():
    found = nets.normalise(BATCH, nets.moments(BATCH))
    near(found, (BATCH - BATCH.mean(axis=(0, 1))) / np.sqrt(BATCH.var(axis=(0, 1)) + 1e-5))


def test_ma_16_scaled_and_shifted():
    params = {"scale": jnp.array([2.0, -1.0]), "shift": jnp.array([0.5, 4.0])}
    flat = (BATCH - BATCH.mean(axis=(0, 1))) / np.sqrt(BATCH.var(axis=(0, 1)) + 1e-5)
    near(nets.normalisation(params, BATCH, nets.moments(BATCH)), np.array([2.0, -1.0]) * flat + np.array([0.5, 4.0]))


def test_samples_held_out_do_not_enter_the_moments():
    weight = np.ones((7, 5))
    weight[2:] = 0.0
    near(nets.moments(BATCH, weight).mean, BATCH[:2].mean(axis=(0, 1)))
    near(nets.moments(BATCH, weight).variance, BATCH[:2].var(axis=(0, 1)))


def test_running_moments_forget_slowly():
    before = nets.Moments(jnp.zeros(1), jnp.ones(1))
    after = nets.running(
        nets.running(before, nets.Moments(jnp.ones(1), jnp.zeros(1))), nets.Moments(jnp.ones(1), jnp.zeros(1))
    )
    near(after.mean, [1.0 - 0.95**2])
    near(after.variance, [0.95**2])


# ---- pooling, connections, the baseline ------------------------------------------------------------------------


def test_pooling_takes_the_largest_or_the_mean_of_what_was_there():
    x = np.array([[1.0], [5.0], [-2.0], [7.0], [3.0]])
    largest, seen = pool(x, 2, np.array([True, False, False, False, True]))
    assert largest[:, 0].tolist() == [1.0, 0.0]
    assert seen.tolist() == [True, False]
    assert pool(x, 2, how="mean")[0][:, 0].tolist() == [3.0, 2.5]


def test_a_unit_is_moved_by_its_receptive_field_and_by_nothing_else():
    """Two convolutions with pooling between: derivatives vanish outside the stated field, and reach both its ends."""
    weight = {"weight": jnp.ones((3, 1, 1)), "bias": jnp.zeros(1)}

    def unit(x, place):
        maps, _ = pool(nets.convolution(weight, x[:, None], same=False), 2, how="mean")
        return nets.convolution(weight, maps, same=False)[place, 0]

    for place in (0, 2):
        moved = np.flatnonzero(np.asarray(jax.grad(unit)(jnp.arange(20.0), place)))
        assert (moved.min(), moved.max()) == receptive_field(place, [(3, 1), (2, 2), (3, 1)])


def test_shared_weights_are_what_a_layer_holds_and_fewer_than_separate_ones():
    layer = nets.convolution_start(jax.random.key(0), 3, 2, 4)
    assert layer["weight"].size == shared_weights(3, 2, 4) == 24
    assert nets.free_weights(layer) == 28
    assert separate_weights(24, 3, 2, 4) == 24 * 2 * 22 * 4


def test_the_dense_baseline_has_two_hidden_layers():
    params = nets.dense_net_start(jax.random.key(1), 4, 5, 2)
    x = RANDOM.normal(size=4)
    hidden = x
    for name in ("first", "second"):
        hidden = np.maximum(hidden @ np.asarray(params[name]["weight"]) + np.asarray(params[name]["bias"]), 0.0)
    near(nets.dense_net(params, x), hidden @ np.asarray(params["last"]["weight"]) + np.asarray(params["last"]["bias"]))


def test_dropout_keeps_the_mean_and_drops_the_share():
    found = np.asarray(nets.dropout(jax.random.key(3), jnp.ones(20000), 0.25))
    assert (found == 0.0).mean() == pytest.approx(0.25, abs=0.015)
    assert np.unique(found[found > 0]) == pytest.approx([1 / 0.75])
    assert found.mean() == pytest.approx(1.0, abs=0.02)

"""A small LSTM that learns from many short series at once how they will change: next to nothing, or on and on.

Every sample is the recent history of one series, in as many features as the caller likes; the net gives its change
over one, two, ... periods. It is trained on the absolute error, for which no change is a good answer, and starts
from no change: what it says beyond that it has learnt. Samples are drawn to a fixed number, so that every training
of a run shares one compilation.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from . import nets
from .train import Settings, train

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Tick = Callable[[int, int], None]

SAMPLES = 10240
CHUNK = 8192  # series that are forecast at once
HIDDEN = 12
SHRINK = 1e-4  # of the weights, towards zero
SOFT = 0.01  # below this error, in the unit of the targets, the loss is round
SETTINGS = Settings(steps=150, rate=5e-3, batch=512, piece=50)
# Longer training learns the past by heart: 300 steps of 1024 lost on short tables what they gained on long ones.


def learn_changes(
    inputs: Floats, seen: Bools, targets: Floats, weights: Floats, key: Any, tick: Tick | None = None
) -> nets.Params:
    """Parameters of a net that has seen these samples.

    `inputs[sample, period, feature]` with `seen[sample, period]` false where nothing is to be read,
    `targets[sample, step]` the change over 1, 2, ... periods, `weights[sample, step]` 0 where it is not known.
    All should be of the size of one. `key` is a JAX key. The number of samples should stay the same from call to
    call (`SAMPLES`), or all is compiled anew.
    """
    first, second, third = jax.random.split(key, 3)
    start = {
        "lstm": nets.lstm_start(first, inputs.shape[2], HIDDEN),
        "out": nets.dense_start(second, HIDDEN, targets.shape[1], 0.1),
    }
    data = tuple(jnp.asarray(one) for one in (inputs, seen, targets, weights))
    return dict(train(_loss, start, data, third, SETTINGS, tick, hyper=jnp.asarray(SHRINK)).params)


def forecast_changes(params: nets.Params, inputs: Floats, seen: Bools) -> NDArray[np.float64]:
    """The change of each series over 1, 2, ... periods, shape (series, step)."""
    many = len(inputs)
    made = []
    for begin in range(0, many, CHUNK):
        piece = slice(begin, min(begin + CHUNK, many))
        padding = CHUNK - (piece.stop - piece.start)
        x = np.pad(inputs[piece], ((0, padding), (0, 0), (0, 0)))
        there = np.pad(seen[piece], ((0, padding), (0, 0)))
        made.append(np.asarray(_forecast(params, x, there), np.float64)[: CHUNK - padding])
    steps = params["out"]["bias"].shape[0]
    return np.concatenate(made) if made else np.zeros((0, steps))


def _net(params: nets.Params, x: jax.Array, seen: jax.Array) -> jax.Array:
    states = nets.lstm(params["lstm"], x, seen)
    return jnp.asarray(nets.dense(params["out"], states[-1]))


def _loss(params: nets.Params, data: Any, key: jax.Array, hyper: jax.Array) -> jax.Array:
    x, seen, targets, weights = data
    missed = jax.vmap(partial(_net, params))(x, seen) - targets
    size = jnp.sqrt(missed**2 + SOFT**2)
    mean = (size * weights).sum() / jnp.maximum(weights.sum(), 1.0)
    return jnp.asarray(mean + hyper * nets.elastic_net(params, 0.0))


@jax.jit
def _forecast(params: nets.Params, x: jax.Array, seen: jax.Array) -> jax.Array:
    return jnp.asarray(jax.vmap(partial(_net, params))(x, seen))

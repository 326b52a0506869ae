"""One small net for each series: a curved part on recent levels and an LSTM on the whole history, and its Jacobian.

    prediction_i(t) = b_i + sum_l [A_i(l) . x(t - l) + S_i(l) . x(t - l)^2] + x(t)' C_i x(t) / 2 + w_i . h_i(t)
    h_i = LSTM_i(x(0..t))

The bends S and C are found beforehand (`response.py`) and stay as they are; the rest is trained.

Because each series has its own net, giving each net its own copy of the inputs makes one backward pass yield every
derivative of every prediction (target x source x place) at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from . import nets
from .nets import Params

SMALL_START = 0.2  # of the LSTM's input weights, else their starting noise swamps the ranking


def component_start(key: Array, linear: Array, square: Array, bend: Array, constant: Array, hidden: int) -> Params:
    """Parameters of one series' net: it starts at a response surface, its LSTM almost at nothing.

    `linear[lag, source]`, `square[lag, source]`, `bend[source, source]` (symmetric) and `constant` make the surface.
    """
    first, second = jax.random.split(key)
    series = linear.shape[1]
    return {
        "linear": linear,
        "square": square,
        "bend": bend,
        "constant": constant,
        "lstm": nets.lstm_start(first, series, hidden, SMALL_START),
        "read": nets.dense_start(second, hidden, 1, SMALL_START),
    }


def component(params: Params, x: Array, seen: Array) -> Array:
    """Predictions for one sequence x[step, series] by the net of one series, (step,)."""
    steps = x.shape[0]
    lags = params["linear"].shape[0]
    padded = jnp.concatenate([jnp.zeros((lags - 1, x.shape[1]), x.dtype), x])
    square, bend = (jax.lax.stop_gradient(params[name]) for name in ("square", "bend"))
    surface = params["constant"] + 0.5 * (x * (x @ bend)).sum(axis=1)
    for lag in range(lags):
        level = padded[lags - 1 - lag :][:steps]
        surface = surface + level @ params["linear"][lag] + level**2 @ square[lag]
    states = nets.lstm(params["lstm"], x, seen)
    output: Array = surface + nets.dense(params["read"], states)[:, 0]
    return output


def predictions(params: Params, tiled: Array, seen: Array) -> Array:
    """Predictions [target, sequence, step] when each target's net has its own inputs tiled[target, sequence, ...]."""
    return jax.vmap(lambda one, x: jax.vmap(partial(component, one))(x, seen))(params, tiled)


def total_jacobian(params: Params, tiled: Array, seen: Array) -> tuple[Array, Array]:
    """Predictions, and how their sum over time moves with every input: [target, sequence, step, source].

    One backward pass: d/dx_j(s) of sum over t of prediction_i(t), all i, j and s at once.
    """
    found, back = jax.vjp(lambda inputs: predictions(params, inputs, seen), tiled)
    (moved,) = back(jnp.ones_like(found))
    return found, moved


def lag_jacobian(params: Params, x: Array, seen: Array, counts: Array, lags: int) -> tuple[Array, Array]:
    """How prediction_i(t) moves with x_j(t - l), mean over all t that count: its size over all l, and by lag.

    [target, source], sizes added up over l, so that effects of either sign do not cancel; and signed [target, source,
    lag]. `counts[target, sequence, step]`. One backward pass for each step, all sequences and targets at once.
    """
    tiled = jnp.broadcast_to(x[None], (counts.shape[0], *x.shape))
    _, back = jax.vjp(lambda inputs: predictions(params, inputs, seen), tiled)
    steps = x.shape[1]

    def at(step: Array) -> tuple[Array, Array]:
        (moved,) = back(jnp.where(jnp.arange(steps) == step, counts, 0.0))
        places = step - jnp.arange(lags)
        taken = jnp.take(moved, jnp.maximum(places, 0), axis=2) * (places >= 0)[None, None, :, None]
        return jnp.abs(moved).sum(axis=(1, 2)), taken.sum(axis=1)

    size, each = (part.sum(axis=0) for part in jax.lax.map(at, jnp.arange(steps)))  # each: target, lag, source
    many = jnp.maximum(counts.sum(axis=(1, 2)), 1.0)
    return size / many[:, None], jnp.moveaxis(each, 1, 2) / many[:, None, None]


@dataclass(frozen=True)
class ComponentLoss:
    """Squared error of each series where it counts and is not held out, plus lambda times the mean |Jacobian|.

    `data`: x, y, seen, counts, fold, and `target` (which series these nets predict; own history is not penalised);
    `hyper`: `fold` held out and `penalty`. Sequences come first in the arrays that are cut into batches.
    """

    def __call__(self, params: Params, data: Any, key: Array, hyper: Any) -> Array:
        x, target = data["x"], hyper["target"]
        tiled = jnp.broadcast_to(x[None], (target.shape[0], *x.shape))
        found, moved = total_jacobian(params, tiled, data["seen"])
        weight = data["counts"] * (data["fold"] != hyper["fold"])[..., None]
        weight, y = (jnp.moveaxis(jnp.take(leaf, target, axis=2), 2, 0) for leaf in (weight, data["y"]))
        error = (weight * (found - y) ** 2).sum(axis=(1, 2)) / jnp.maximum(weight.sum(axis=(1, 2)), 1.0)
        seen = data["seen"][None, :, :, None]
        size = (jnp.abs(moved) * seen).sum(axis=(1, 2)) / jnp.maximum(seen.sum(), 1)
        others = size * (jnp.arange(x.shape[2])[None] != target[:, None])
        fit = (error + hyper["penalty"] * others.sum(axis=1)).sum()
        total: Array = fit + hyper["decay"] * nets.l2(params)
        return total

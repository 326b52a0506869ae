"""The improved network as a whole: from one case's series to the probability of each class.

    x[time, channel] -> (convolution - normalisation - relu - pooling) twice -> LSTM -> head -> class

The head reads the last state of the LSTM ("lstm", as the paper has it), or also the means over time of its states and
of the last maps ("lstm+pool"). "dense" is the un-improved network of Ma Fig. 1 on the flattened series.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from . import nets
from .convolution import pool
from .nets import Moments, Params
from .train import Settings, Tick, train_many

Real = NDArray[np.float32]


@dataclass(frozen=True)
class Shape:
    """What a compilation depends on. `head` is "lstm", "lstm+pool" or "dense"; `hidden` units in the LSTM or layer."""

    steps: int
    channels: int
    classes: int
    head: str = "lstm+pool"
    filters: tuple[int, int] = (16, 32)
    width: int = 5
    pooling: int = 2
    hidden: int = 32


@dataclass(frozen=True)
class Penalties:
    """Against overfitting: share of units dropped, lambda of the elastic net and its alpha (1 is L1, 0 is L2)."""

    drop: float = 0.0
    penalty: float = 1e-4
    alpha: float = 0.5


@dataclass(frozen=True)
class Classifier:
    """Trained members: parameters and running moments with a leading member axis, and how inputs were standardised."""

    shape: Shape
    params: Any
    moments: Any
    inputs: Moments
    losses: NDArray[np.float64]  # (member, step)
    skipped: int

    def member(self, chosen: slice | NDArray[np.int64]) -> Classifier:
        """The same with some members only."""
        part = partial(jax.tree.map, lambda leaf: leaf[chosen])
        return replace(self, params=part(self.params), moments=part(self.moments), losses=self.losses[chosen])


def start(key: Array, shape: Shape) -> tuple[Params, dict[str, Moments]]:
    """Parameters and running moments before training."""
    keys = jax.random.split(key, 4)
    if shape.head == "dense":
        return {"net": nets.dense_net_start(keys[0], shape.steps * shape.channels, shape.hidden, shape.classes)}, {}
    first, second = shape.filters
    norm_first, running_first = nets.normalisation_start(first)
    norm_second, running_second = nets.normalisation_start(second)
    read = shape.hidden if shape.head == "lstm" else 2 * shape.hidden + second
    params = {
        "first": nets.convolution_start(keys[0], shape.width, shape.channels, first),
        "norm_first": norm_first,
        "second": nets.convolution_start(keys[1], shape.width, first, second),
        "norm_second": norm_second,
        "lstm": nets.lstm_start(keys[2], second, shape.hidden),
        "head": nets.dense_start(keys[3], read, shape.classes),
    }
    return params, {"first": running_first, "second": running_second}


def logits(
    shape: Shape,
    params: Params,
    running: dict[str, Moments],
    x: Array,
    mask: Array,
    weight: Array | None = None,
    key: Array | None = None,
    drop: Array | float = 0.0,
    batch_moments: bool = False,
) -> tuple[Array, dict[str, Moments]]:
    """Log odds x[sample, time, channel] -> [sample, class], and the running moments after this batch.

    With a key units are dropped (training). With `batch_moments` normalisation uses this batch, samples counted by
    `weight`, and the running moments move; without, it uses the running ones and leaves them (prediction, tuning).
    """
    x = jnp.where(mask[:, :, None], x, 0.0)
    if shape.head == "dense":
        return nets.dense_net(params["net"], x.reshape(x.shape[0], -1), key, drop), running
    after = dict(running)
    seen = mask
    for place in ("first", "second"):
        maps = jax.vmap(partial(nets.convolution, params[place]))(x)
        of = running[place]
        if batch_moments:
            counted = seen if weight is None else seen * weight[:, None]
            of = nets.moments(maps, counted)
            after[place] = nets.running(running[place], of)
        maps = jax.nn.relu(nets.normalisation(params[f"norm_{place}"], maps, of))
        x, seen = jax.vmap(partial(pool, width=shape.pooling))(maps, mask=seen)
    states = jax.vmap(partial(nets.lstm, params["lstm"]))(x, seen)
    read = states[:, -1]
    if shape.head == "lstm+pool":
        read = jnp.concatenate([read, _mean_over_time(states, seen), _mean_over_time(x, seen)], axis=1)
    if key is not None:
        read = nets.dropout(key, read, drop)
    return nets.dense(params["head"], read), after


def _mean_over_time(x: Array, seen: Array) -> Array:
    share = seen / jnp.maximum(seen.sum(axis=1, keepdims=True), 1)
    return jnp.einsum("nt,ntc->nc", share, x)


@partial(jax.jit, static_argnums=0)
def _starts(shape: Shape, keys: Array) -> tuple[Params, dict[str, Moments]]:
    params, running = jax.lax.map(partial(start, shape=shape), keys)
    return params, running


@dataclass(frozen=True)
class ClassifierLoss:
    """Cross-entropy of the classes, samples weighted, plus lambda R(w) of Ma (12)."""

    shape: Shape
    frozen: bool = False

    def __call__(self, params: Params, data: Any, key: Array, hyper: Any, kept: Any) -> tuple[Array, Any]:
        weight = hyper["weight"][data["row"]]
        odds, after = logits(
            self.shape, params, kept, data["x"], data["mask"], weight, key, hyper["drop"], not self.frozen
        )
        each = -jnp.take_along_axis(jax.nn.log_softmax(odds), data["label"][:, None], axis=1)[:, 0]
        fit = (weight * each).sum() / jnp.maximum(weight.sum(), 1e-12)
        return fit + hyper["penalty"] * nets.elastic_net(params, hyper["alpha"]), after


def fit(
    x: Real,
    mask: NDArray[np.bool_],
    label: NDArray[np.int64],
    weight: Real,
    shape: Shape,
    settings: Settings,
    penalties: Penalties,
    key: Array,
    tick: Tick | None = None,
    tuned_from: Classifier | None = None,
) -> Classifier:
    """One network for each row of `weight[member, sample]`, all trained in one loop.

    `x[sample, time, channel]`, `mask[sample, time]`, `label[sample]` from 0 to classes - 1. A sample of weight zero is
    not seen: that is how folds are held out without changing a shape. Inputs are standardised by Ma (13)-(15) over all
    given samples (no labels are read). `tuned_from` goes on from trained members (as many as rows of `weight`) with
    their standardisation, and with every normalisation frozen.
    """
    keys = jax.random.split(key, len(weight))
    if tuned_from is None:
        of = nets.moments(jnp.asarray(x), jnp.asarray(mask))
        params, kept = _starts(shape, keys)
    else:
        of, params, kept = tuned_from.inputs, tuned_from.params, tuned_from.moments
    data = {
        "x": nets.normalise(jnp.asarray(x), of),
        "mask": jnp.asarray(mask),
        "label": jnp.asarray(label, jnp.int32),
        "row": jnp.arange(len(x)),
    }
    ones = jnp.ones(len(weight))
    hyper = {
        "weight": jnp.asarray(weight),
        "drop": penalties.drop * ones,
        "penalty": penalties.penalty * ones,
        "alpha": penalties.alpha * ones,
    }
    loss = ClassifierLoss(shape, frozen=tuned_from is not None)
    done = train_many(loss, params, data, keys, settings, tick, hyper=hyper, kept=kept)
    return Classifier(shape, done.params, done.kept, of, np.asarray(done.losses, float), int(done.skipped.sum()))


def log_probabilities(classifier: Classifier, x: Real, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Log probability of each class by each member, (member, sample, class); nothing is dropped, moments are fixed."""
    found = _predict(classifier.shape, classifier.params, classifier.moments, classifier.inputs, x, mask)
    return np.asarray(found, float)


@partial(jax.jit, static_argnums=0)
def _predict(shape: Shape, params: Any, running: Any, inputs: Moments, x: Array, mask: Array) -> Array:
    x = nets.normalise(x, inputs)
    each = jax.vmap(lambda one, of: logits(shape, one, of, x, mask)[0])(params, running)
    return jax.nn.log_softmax(each)

"""The one training loop: Adam with clipped gradients, a fixed number of steps, in pieces that can be stopped between.

    trained = train(loss, params, data, key, Settings(steps=800), tick)

`loss(params, data, key, hyper) -> number` is a module-level function or a frozen dataclass with `__call__` (equal ones
share one compilation; a fresh lambda or partial compiles anew). `data` is any tree of arrays; with `batch` in the
settings all of them begin with the sample axis and each step sees so many samples. `hyper` is a tree of numbers that
may change without compiling again (penalties, dropout). The same key gives the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax import Array

Tick = Callable[[int, int], None]
Loss = Callable[..., Any]


@dataclass(frozen=True)
class Settings:
    """How to train. `rate` and `clip` may change without compiling again; `steps` is fixed in advance, never epochs.

    `batch` = None shows all data in every step. `cools` lets the step size fall to zero along half a cosine.
    `piece` is the number of steps between two calls of the tick: choose it so that a piece takes less than a second.
    """

    steps: int = 800
    rate: float = 3e-3
    clip: float = 1.0
    batch: int | None = None
    cools: bool = True
    piece: int = 50


@dataclass(frozen=True)
class Trained:
    """What training gave: parameters, what the loss kept (running moments), and the loss after each step.

    `skipped` counts steps whose gradient was not finite: they changed nothing. After `train_many` everything has a
    leading member axis.
    """

    params: Any
    kept: Any
    losses: Array
    skipped: Array


def train(
    loss: Loss,
    params: Any,
    data: Any,
    key: Array,
    settings: Settings = Settings(),
    tick: Tick | None = None,
    *,
    hyper: Any = None,
    kept: Any = None,
) -> Trained:
    """Trains one set of parameters: `settings.steps` steps of Adam on the gradient clipped to length `settings.clip`.

    When `kept` is given, the loss is called `loss(params, data, key, hyper, kept)` and gives `(number, kept)`: what it
    wants to remember, such as running moments. `tick(done, of)` is called between pieces and may raise to stop.
    """
    one = partial(jax.tree.map, lambda leaf: jnp.asarray(leaf)[None])
    many = train_many(loss, one(params), data, key[None], settings, tick, hyper=one(hyper), kept=one(kept))
    first = partial(jax.tree.map, lambda leaf: leaf[0])
    return Trained(first(many.params), first(many.kept), many.losses[0], many.skipped[0])


def train_many(
    loss: Loss,
    params: Any,
    data: Any,
    keys: Array,
    settings: Settings = Settings(),
    tick: Tick | None = None,
    *,
    hyper: Any = None,
    kept: Any = None,
    own_data: bool = False,
) -> Trained:
    """Trains many members at once (seeds, penalties, folds) in one compiled loop.

    `params`, `keys`, `hyper` and `kept` have a leading member axis; `data` is shared, or with `own_data` has the member
    axis first too. Batches are the same for all members; a member equals the same member trained alone up to the
    rounding of sums.
    """
    samples = 0
    if settings.batch is not None:
        samples = jax.tree.leaves(data)[0].shape[1 if own_data else 0]
    state = _begin(params, kept, samples, settings.steps, keys.shape[0])
    pace = (jnp.asarray(settings.rate), jnp.asarray(settings.clip))
    fixed = _Fixed(loss, settings.steps, _batch_of(settings.batch, samples), settings.cools, own_data)
    for done in range(0, settings.steps, settings.piece):
        if tick is not None:
            tick(done, settings.steps)
        until = min(done + settings.piece, settings.steps)
        state = _piece(fixed, state, data, keys, hyper, pace, until)
        state.step.block_until_ready()
    if tick is not None:
        tick(settings.steps, settings.steps)
    return Trained(state.params, state.kept, state.losses, state.skipped)


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class _State:
    """What a step changes."""

    step: Array
    order: Array
    params: Any
    adam: Any
    kept: Any
    losses: Array
    skipped: Array


@partial(jax.jit, static_argnums=(2, 3, 4))
def _begin(params: Any, kept: Any, samples: int, steps: int, members: int) -> _State:
    adam = jax.vmap(optax.scale_by_adam().init)(params)
    losses, skipped = jnp.zeros((members, steps)), jnp.zeros(members, jnp.int32)
    return _State(jnp.zeros((), jnp.int32), jnp.arange(samples), params, adam, kept, losses, skipped)


@dataclass(frozen=True)
class _Fixed:
    """What a compilation depends on."""

    loss: Loss
    steps: int
    batch: int | None
    cools: bool
    own_data: bool


def _batch_of(batch: int | None, samples: int) -> int | None:
    return None if batch is None or batch >= samples else batch


@partial(jax.jit, static_argnums=0)
def _piece(fixed: _Fixed, state: _State, data: Any, keys: Array, hyper: Any, pace: Any, until: Array) -> _State:
    """Steps up to `until`, compiled once for every piece."""

    def body(state: _State) -> _State:
        order, batch = _next_batch(fixed, state, data, keys[0])
        cooling = 0.5 * (1.0 + jnp.cos(jnp.pi * state.step / fixed.steps)) if fixed.cools else 1.0
        axes = (0, 0, 0, 0, 0 if fixed.own_data else None, 0)
        each = jax.vmap(partial(_member_step, fixed.loss, pace[1], pace[0] * cooling, state.step), in_axes=axes)
        params, adam, kept, value, bad = each(state.params, state.adam, state.kept, keys, batch, hyper)
        losses = state.losses.at[:, state.step].set(value)
        return _State(state.step + 1, order, params, adam, kept, losses, state.skipped + bad)

    return jax.lax.while_loop(lambda state: state.step < until, body, state)


def _next_batch(fixed: _Fixed, state: _State, data: Any, key: Array) -> tuple[Array, Any]:
    """The samples of this step: a new order every time that all have been seen, a slice of it each step."""
    if fixed.batch is None:
        return state.order, data
    size = fixed.batch
    turn = state.step % (state.order.shape[0] // size)
    shuffled = partial(jax.random.permutation, jax.random.fold_in(key, state.step), state.order.shape[0])
    order = jax.lax.cond(turn == 0, shuffled, lambda: state.order)
    chosen = jax.lax.dynamic_slice(order, (turn * size,), (size,))
    axis = 1 if fixed.own_data else 0
    return order, jax.tree.map(lambda leaf: jnp.take(leaf, chosen, axis=axis), data)


def _member_step(
    loss: Loss,
    clip: Array,
    rate: Array,
    step: Array,
    params: Any,
    adam: Any,
    kept: Any,
    key: Array,
    data: Any,
    hyper: Any,
) -> tuple[Any, Any, Any, Array, Array]:
    """One step of one member; a gradient that is not finite changes nothing and is counted."""
    now = jax.random.fold_in(key, step)
    if kept is None:
        value, gradient = jax.value_and_grad(loss)(params, data, now, hyper)
        keeps = None
    else:
        (value, keeps), gradient = jax.value_and_grad(loss, has_aux=True)(params, data, now, hyper, kept)
    length = optax.tree.norm(gradient)
    good = jnp.isfinite(length) & jnp.isfinite(value)
    shrink = jnp.minimum(1.0, clip / jnp.maximum(length, 1e-12))
    clipped = jax.tree.map(lambda leaf: jnp.where(good, leaf * shrink, 0.0), gradient)
    moves, after = optax.scale_by_adam().update(clipped, adam)
    moved = jax.tree.map(lambda leaf, move: leaf - rate * move, params, moves)
    keep_old = partial(jax.tree.map, lambda new, old: jnp.where(good, new, old))
    return keep_old(moved, params), keep_old(after, adam), keep_old(keeps, kept), value, 1 - good.astype(jnp.int32)

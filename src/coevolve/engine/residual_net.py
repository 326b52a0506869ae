"""One net over many short series: what a simpler forecast will miss, read from how each series has moved.

An LSTM reads the last changes of a series; a dense layer puts what it remembers beside what simpler forecasts say and
gives the miss of each step ahead. All series share one net, several nets from different starts are averaged. Shapes
never change, whatever the panel: short pasts are padded and masked, few samples are repeated, many are drawn from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from . import nets
from .train import Settings, train_many

Floats = NDArray[np.float64]
Tick = Callable[[int, int], None]

SEEDS = 3
SAMPLES = 4096  # that one training sees: larger sets are drawn from, smaller ones repeated
HIDDEN = 16
STEPS = 300
SHRINK = 3e-3
BATCH = 64
SETS = 2  # that are trained together, always
TIME, INPUTS, BESIDE, AHEAD = 10, 3, 16, 12  # room for what samples hold; narrower ones are filled up with zeros
ROWS = 512  # that are computed at once, so that one compilation serves panels of every size
FARTHEST = 12.0  # a miss of so many scales counts as no worse than that: breaks do not steer the net
LIMIT = 3.0  # inputs are squeezed beyond this


@dataclass(frozen=True)
class Samples:
    """What the net learns from: one row a series and origin, everything scaled.

    `past[k, t, i]`: inputs of the periods before the origin, the last at the end; `seen[k, t]`: which are there.
    `beside[k, j]`: what is known of the row as a whole. `missed[k, h]`: what the simpler forecast missed h + 1
    periods ahead, NaN where it is not known. `weight[k]`: how often the row is drawn, in proportion.
    """

    past: Floats
    seen: NDArray[np.bool_]
    beside: Floats
    missed: Floats
    weight: Floats

    def __len__(self) -> int:
        return len(self.past)

    def take(self, rows: NDArray[Any]) -> Samples:
        """These rows."""
        return Samples(self.past[rows], self.seen[rows], self.beside[rows], self.missed[rows], self.weight[rows])

    def usable(self) -> Samples:
        """The rows with at least one known miss."""
        return self.take(np.flatnonzero(np.isfinite(self.missed).any(axis=1)))


@dataclass(frozen=True)
class Net:
    """Trained nets of one training set, from `SEEDS` starts; parameters with a leading axis for the starts."""

    params: Any

    def misses(self, samples: Samples) -> Floats:
        """What the net expects the simpler forecast to miss, shape (row, step), the mean over its starts."""
        made = []
        for first in range(0, len(samples), ROWS):
            rows = np.arange(first, min(first + ROWS, len(samples)))
            padded = np.resize(rows, ROWS)
            past, seen, beside = _inputs(samples.take(padded))
            made.append(np.asarray(_said(self.params, past, seen, beside), float)[: len(rows)])
        return np.concatenate(made)[:, : samples.missed.shape[1]] if made else np.empty((0, samples.missed.shape[1]))


def learn(
    sets: Sequence[Samples], rng: np.random.Generator, shrink: float = SHRINK, tick: Tick | None = None
) -> list[Net]:
    """One net for each training set, all trained together: the mean absolute miss, weights shrunk by `shrink`.

    One or two sets. Raises ValueError for a set without a single known miss.
    """
    drawn = [_drawn(one.usable(), rng) for one in sets]
    drawn += drawn[-1:] * (SETS - len(sets))
    data = tuple(np.repeat(np.stack(parts), SEEDS, axis=0) for parts in zip(*drawn, strict=True))
    members = SETS * SEEDS
    params = _starts(members, rng)
    keys = jax.random.split(jax.random.key(int(rng.integers(2**31))), members)
    settings = Settings(steps=STEPS, rate=5e-3, batch=BATCH, piece=100)
    hyper = np.full(members, shrink, np.float32)
    trained = train_many(_Miss(), params, data, keys, settings, tick, hyper=hyper, own_data=True)
    return [
        Net(jax.tree.map(lambda leaf, k=k: np.asarray(leaf[k * SEEDS : (k + 1) * SEEDS]), trained.params))
        for k in range(len(sets))
    ]


@dataclass(frozen=True)
class _Miss:
    """The mean absolute error of the expected miss over what is known, plus the penalty on the weights."""

    def __call__(self, params: Any, data: Any, key: Any, shrink: Any) -> Any:
        past, seen, beside, missed, known = data
        error = jnp.abs(_expected(params, past, seen, beside) - missed)
        total = jnp.where(known, jnp.minimum(error, FARTHEST), 0.0).sum()
        return total / jnp.maximum(known.sum(), 1) + shrink * nets.l2(params)


def _starts(members: int, rng: np.random.Generator) -> nets.Params:
    """First parameters of so many nets, drawn here: the random numbers of JAX would take longer to compile than to use.

    The shapes and names are those of `nets.lstm_start` and `nets.dense_start`, the draws of the same spread.
    """
    spread = HIDDEN**-0.5

    def dense(inside: int, outside: int, scale: float) -> nets.Params:
        weight = scale * inside**-0.5 * rng.standard_normal((members, inside, outside))
        return {"weight": weight.astype(np.float32), "bias": np.zeros((members, outside), np.float32)}

    def uniform(*shape: int) -> Any:
        return (spread * rng.uniform(-1.0, 1.0, (members, *shape))).astype(np.float32)

    bias = np.zeros((members, 4 * HIDDEN), np.float32)
    bias[:, :HIDDEN] = 1.0
    memory = {"weight_input": uniform(INPUTS, 4 * HIDDEN), "weight_state": uniform(HIDDEN, 4 * HIDDEN), "bias": bias}
    return {"memory": memory, "mix": dense(HIDDEN + BESIDE, HIDDEN, 1.0), "miss": dense(HIDDEN, AHEAD, 0.1)}


def _expected(params: Any, past: Any, seen: Any, beside: Any) -> Any:
    """The expected misses of a batch, shape (row, step)."""

    def one(past: Any, seen: Any, beside: Any) -> Any:
        state = nets.lstm(params["memory"], past, seen)[-1]
        mixed = jnp.tanh(nets.dense(params["mix"], jnp.concatenate([state, beside])))
        return nets.dense(params["miss"], mixed)

    return jax.vmap(one)(past, seen, beside)


@jax.jit
def _said(params: Any, past: Any, seen: Any, beside: Any) -> Any:
    return jax.vmap(_expected, in_axes=(0, None, None, None))(params, past, seen, beside).mean(axis=0)


def _drawn(samples: Samples, rng: np.random.Generator) -> tuple[Any, ...]:
    """So many rows as every training sees, each in proportion to its weight."""
    if not len(samples):
        raise ValueError("no miss is known: there is nothing to learn from.")
    chosen = samples.take(rng.choice(len(samples), SAMPLES, p=samples.weight / samples.weight.sum()))
    known = np.isfinite(chosen.missed)
    missed = np.where(known, chosen.missed, 0.0).astype(np.float32)
    return (*_inputs(chosen), _filled(missed, (SAMPLES, AHEAD)), _filled(known, (SAMPLES, AHEAD)))


def _inputs(samples: Samples) -> tuple[Any, Any, Any]:
    past, beside = (_squeezed(part).astype(np.float32) for part in (samples.past, samples.beside))
    rows = len(samples)
    return (
        _filled(past, (rows, TIME, INPUTS), late=True),
        _filled(samples.seen, (rows, TIME), late=True),
        _filled(beside, (rows, BESIDE)),
    )


def _filled(values: NDArray[Any], shape: tuple[int, ...], late: bool = False) -> NDArray[Any]:
    """Values in zeros of that shape: at the beginning of every axis, but with `late` at the end of the second."""
    made = np.zeros(shape, values.dtype)
    size = values.shape
    first = slice(shape[1] - size[1], None) if late else slice(size[1])
    made[(slice(size[0]), first, *(slice(one) for one in size[2:]))] = values
    return made


def _squeezed(values: Floats) -> Floats:
    """Values as they are within +-LIMIT, growing like a logarithm beyond; what is missing is zero."""
    values = np.where(np.isfinite(values), values, 0.0)
    over = np.maximum(np.abs(values) - LIMIT, 0.0)
    return np.asarray(np.sign(values) * (np.minimum(np.abs(values), LIMIT) + np.log1p(over)))

"""The neural channel of influence: what an LSTM per series learns of the others from many regions at once.

Each series has its own small LSTM with a response surface beside it, straight and bent (a component-wise LSTM, after
Tank et al. 2021). All regions are one batch and the whole history of a region is one sequence. The penalty is the size
of the Jacobian: how much a prediction moves when a driver moves (after Zhou et al. 2024). Networks are trained blind to
one fold of regions each, and judged on it: an influence is claimed by the loss on regions not seen, never by a weight
that is not zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from .component_net import ComponentLoss, component_start, lag_jacobian, predictions
from .drivers import told
from .held_out import by_unit
from .response import Surface
from .sequences import Sequences, by_place, sequences
from .train import Settings, Tick, train_many

Numbers = NDArray[np.float64]
PLACES = 400  # steps of sequences that one training step looks at
MEMORY = 4e7  # numbers that one block of targets may hold at a time
SPEED = 3e6  # net cells a second: for cutting the loop into pieces
SHARPNESS = 50.0  # a penalty whose held-out loss is 2 % above the best gets 1/e of its share
EVERYONE = -1  # no fold: the net sees all


@dataclass(frozen=True)
class ChannelSettings:
    """How the channel is fitted: one default for all evidence.

    `lags` levels enter the surface and are reported; `penalties` multiply sqrt(log(series) / observations), so
    that they mean the same for every panel; `decay` is the weight of the squared weights of the LSTM; `hidden` units a
    series; a history longer than two `chunk`s is cut into them. A year effect needs two regions.
    """

    lags: int = 3
    hidden: int = 8
    penalties: tuple[float, ...] = (4.0,)
    decay: float = 0.01
    steps: int = 150
    rate: float = 1e-2
    region_effects: bool = True
    year_effects: bool = True
    chunk: int = 24


@dataclass(frozen=True)
class LstmChannel:
    """What the channel found. Rows are targets, columns sources; the diagonal is a series' own history.

    `score[target, source]` ranks the pairs: mean size of the Jacobian, in standard deviations of growth per standard
    deviation of the driver. `strength[target, source, lag]` is the signed mean Jacobian, in units of growth per unit
    of level, lag 1 first: positive raises the target's growth. Losses are mean squared errors on held-out folds, in
    units of the target's variance: `loss_own` (own history, linear), `loss_linear` (all drivers, linear), `loss_lstm`
    (surface and LSTM), each by target; `unit_losses[model, unit, target]` the same by unit (NaN where unobserved),
    with models in that order. Units are clusters, regions, or blocks of time; `unit_fold[unit]` is the fold that each
    lies in (-1: in several). What nets blind to the fold of each place say of growth, in its standard deviations:
    `added[target, source, region, period]` what each driver adds (less what is said with it at its mean),
    `alone[target, region, period]` what is said with all drivers at their means, `line[target, region, period]` what
    all series say in a line. `weight[target, choice]` is the share of the surface alone and of each penalty.
    `skipped` counts training steps whose gradient was not finite.
    """

    score: Numbers
    strength: Numbers
    loss_own: Numbers
    loss_linear: Numbers
    loss_lstm: Numbers
    unit_losses: Numbers
    added: Numbers
    alone: Numbers
    line: Numbers
    unit_fold: NDArray[np.int64]
    weight: Numbers
    skipped: int


def lstm_channel(
    growth: Numbers,
    level: Numbers,
    clusters: NDArray[np.int64] | None,
    folds: NDArray[np.int64],
    settings: ChannelSettings,
    key: Array,
    tick: Tick | None = None,
) -> LstmChannel:
    """Influences among series from `growth[region, period, series]` and `level[region, period, series]`.

    `level` is known at the start of the period over which `growth` is measured, both in logs as a rule (level[t] may
    explain growth[t] = level[t + 1] - level[t]); NaN is not observed. `clusters[region]` numbers regions that share
    shocks. `folds[region]` holds out regions; `folds[region, period]` holds out blocks of time, for few regions.

    Losses and what is said of growth come from nets blind to the fold they are judged on; score and strength are means
    over these nets and one that saw all: the score over the surface and all penalties alike, so that targets stay
    comparable; the strength with the shares that the losses give them.
    Predictive, not causal in the strict sense: a driver of two series that is not in the panel makes them look tied.
    That a loss on regions not seen rises when a driver is removed proves little: where regions differ in pace, all
    series of a region tell its pace, and removing any of them hurts. Hence no p here: `added` is tested in a regression
    that knows each region's pace (`panel_regression.added_tests`).
    """
    of = sequences(
        growth, level, clusters, folds, settings.region_effects, settings.year_effects, settings.chunk, settings.lags
    )
    names = np.unique(of.fold)
    before = told(of, settings.lags, names)
    parts = _in_blocks(of, before.start, names, settings, key, tick)
    share = _shares(of, parts.predicted, names)
    lstm, without, alone = _together(of, parts, share, names)
    y = np.moveaxis(of.y, 2, 0).astype(float)
    losses = [before.own, before.line, (y - lstm) ** 2]
    sums, counts = zip(*(by_unit(loss, of) for loss in losses), strict=True)
    seen = np.where(counts[0] > 0, counts[0], np.nan)
    total = share[-1]  # target, penalty
    unit = of.growth_sd[:, None] / of.level_sd[None]
    means = [np.asarray(one.sum(axis=0) / np.maximum(counts[0].sum(axis=0), 1.0)) for one in sums]
    return LstmChannel(
        parts.size.mean(axis=(0, 1)),
        np.einsum("ip,pijl->ijl", total, parts.slope.mean(axis=0)) * unit[..., None],
        means[0],
        means[1],
        means[2],
        np.stack(sums) / seen,
        by_place(lstm[:, None] - without, growth.shape[1], settings.chunk, settings.lags),
        by_place(alone, growth.shape[1], settings.chunk, settings.lags),
        by_place(before.said, growth.shape[1], settings.chunk, settings.lags),
        of.unit_fold,
        total,
        parts.skipped,
    )


@dataclass(frozen=True)
class _Parts:
    """What the nets give, for all targets: predictions blind to each fold, with all drivers, without each, with none.

    `predicted[fold, penalty, target, sequence, step]`; `without[penalty, target, source, sequence, step]` and
    `alone[penalty, target, sequence, step]`, each place by the nets blind to it; `size[fold + 1, penalty, target,
    source]` and `slope[..., lag]` of all nets.
    """

    predicted: Numbers
    without: Numbers
    alone: Numbers
    size: Numbers
    slope: Numbers
    skipped: int


def _in_blocks(
    of: Sequences, start: Surface, names: NDArray[np.int64], settings: ChannelSettings, key: Array, tick: Tick | None
) -> _Parts:
    """The nets of all targets, as many targets at a time as memory allows; equal shapes, so compiled once."""
    sequences_, steps, series = of.x.shape
    members = (len(names) + 1) * len(settings.penalties)
    batch = min(sequences_, max(8, PLACES // steps))
    each = members * sequences_ * steps * max(series * settings.lags, 4 * settings.hidden)
    blocks = -(-series // max(1, min(series, int(MEMORY // each))))
    size = -(-series // blocks)
    found = []
    for block in range(blocks):
        target = np.minimum(np.arange(block * size, (block + 1) * size), series - 1)

        def told(done: int, steps: int, block: int = block) -> None:
            if tick is not None:
                tick(block * steps + done, blocks * steps)

        cells = members * size * batch * steps * settings.hidden
        piece = max(1, int(0.5 * SPEED / cells))
        pace = Settings(settings.steps, settings.rate, 10.0, batch, piece=piece)
        found.append(_block(of, start, names, target, settings, pace, jax.random.fold_in(key, block), told))
    predicted, without, alone, jacobian, slope = (
        np.concatenate([one[part] for one in found], axis=axis)[(slice(None),) * axis + (slice(series),)]
        for part, axis in enumerate((2, 1, 1, 2, 2))
    )
    return _Parts(predicted, without, alone, jacobian, slope, sum(one[5] for one in found))


def _block(
    of: Sequences,
    start: Surface,
    names: NDArray[np.int64],
    target: NDArray[np.int64],
    settings: ChannelSettings,
    pace: Settings,
    key: Array,
    tick: Tick,
) -> tuple[Numbers, Numbers, Numbers, Numbers, Numbers, int]:
    """The nets of some targets: for every fold (and once for all data) and every penalty, trained in one loop."""
    folds = [*names.tolist(), EVERYONE]
    cases = [(place, penalty) for place in range(len(folds)) for penalty in settings.penalties]
    scale = np.sqrt(np.log(max(of.x.shape[2], 2)) / max(float(of.counts.sum()) / of.x.shape[2], 1.0))
    keys = jax.random.split(key, len(cases))
    of_start = {name: getattr(start, name) for name in ("linear", "square", "bend", "constant")}
    starts = [
        jnp.asarray(np.stack([part[place][target] for place, _ in cases]), jnp.float32) for part in of_start.values()
    ]
    hyper = {
        "target": jnp.tile(jnp.asarray(target), (len(cases), 1)),
        "fold": jnp.array([folds[place] for place, _ in cases]),
        "penalty": jnp.array([penalty * scale for _, penalty in cases], jnp.float32),
        "decay": jnp.full(len(cases), settings.decay, jnp.float32),
    }
    data = {name: jnp.asarray(getattr(of, name)) for name in ("x", "y", "seen", "counts", "fold")}
    done = train_many(ComponentLoss(), _starts(settings.hidden, keys, starts), data, keys, pace, tick, hyper=hyper)
    counts = jnp.moveaxis(data["counts"][..., target], 2, 0)
    width = len(settings.penalties) + 1
    trained = [jax.tree.map(lambda leaf, m=m: leaf[m], done.params) for m in range(len(cases))]
    nets = []
    for place in range(len(folds)):  # the surface alone stands first, then the nets by penalty
        mine = trained[place * (width - 1) :][: width - 1]
        surfaces = {name: jnp.asarray(part[place][target], jnp.float32) for name, part in of_start.items()}
        nets += [_surface_alone(mine[0], surfaces), *mine]
    shape = (len(names), width, len(target), *of.fold.shape)
    predicted = np.empty(shape)
    without = np.empty((width, len(target), of.x.shape[2], *of.fold.shape))
    alone = np.empty((width, len(target), *of.fold.shape))
    for m, net in enumerate(nets[: len(names) * width]):
        place, which = divmod(m, width)
        predicted[place, which] = _predicted(net, data["x"], data["seen"])
        held = of.fold == names[place]
        without[which][..., held] = np.asarray(_without(net, data["x"], data["seen"]))[..., held]
        alone[which][..., held] = np.asarray(_alone(net, data["x"], data["seen"], jnp.asarray(target)))[..., held]
    moved = [_jacobians(settings.lags, net, data["x"], data["seen"], counts) for net in nets]
    size, slope = (np.stack([np.asarray(one[k], float) for one in moved]) for k in range(2))
    size, slope = (one.reshape(len(folds), width, *one.shape[1:]) for one in (size, slope))
    return predicted, without, alone, size, slope, int(done.skipped.sum())


@partial(jax.jit, static_argnums=0)
def _starts(hidden: int, keys: Array, surfaces: list[Array]) -> Any:
    def member(one: tuple[Array, list[Array]]) -> Any:
        each = jax.random.split(one[0], one[1][0].shape[0])
        return jax.vmap(partial(component_start, hidden=hidden))(each, *one[1])

    return jax.lax.map(member, (keys, surfaces))


def _surface_alone(net: Any, surfaces: dict[str, Array]) -> Any:
    """A net that is nothing but its surface: its LSTM is read with no weight."""
    return {**net, **surfaces, "read": jax.tree.map(jnp.zeros_like, net["read"])}


@jax.jit
def _predicted(net: Any, x: Array, seen: Array) -> Array:
    tiled = jnp.broadcast_to(x[None], (net["constant"].shape[0], *x.shape))
    return predictions(net, tiled, seen)


@jax.jit
def _without(net: Any, x: Array, seen: Array) -> Array:
    """Predictions with each driver in turn at its mean, [target, source, sequence, step]."""
    found = jax.lax.map(
        lambda source: _predicted(net, jnp.where(jnp.arange(x.shape[2]) == source, 0.0, x), seen),
        jnp.arange(x.shape[2]),
    )
    return jnp.moveaxis(found, 0, 1)


@jax.jit
def _alone(net: Any, x: Array, seen: Array, target: Array) -> Array:
    """Predictions with all other series at their means, [target, sequence, step]."""
    own = jnp.arange(x.shape[2]) == target[:, None]
    return predictions(net, jnp.where(own[:, None, None], x[None], 0.0), seen)


@partial(jax.jit, static_argnums=0)
def _jacobians(lags: int, net: Any, x: Array, seen: Array, counts: Array) -> tuple[Array, Array]:
    """Mean size of the Jacobian over all lags [target, source], and signed mean by lag [target, source, lag]."""
    return lag_jacobian(net, x, seen, counts, lags)


def _shares(of: Sequences, predicted: Numbers, names: NDArray[np.int64]) -> Numbers:
    """Share of each penalty by target, (fold + 1, target, penalty): for each fold by the losses on the others."""
    y = np.moveaxis(of.y, 2, 0)
    counts = np.moveaxis(of.counts, 2, 0)
    held = [
        (counts * (of.fold == name) * (y - one) ** 2).sum(axis=(2, 3)).T
        for name, one in zip(names, predicted, strict=True)
    ]
    losses = np.stack(held)  # fold, target, penalty
    others = np.concatenate([losses.sum(axis=0) - losses, losses.sum(axis=0)[None]])
    best = np.maximum(others.min(axis=2, keepdims=True), 1e-300)
    share = np.exp(-SHARPNESS * np.minimum(others / best - 1.0, 10.0))
    return np.asarray(share / share.sum(axis=2, keepdims=True))


def _together(
    of: Sequences, parts: _Parts, share: Numbers, names: NDArray[np.int64]
) -> tuple[Numbers, Numbers, Numbers]:
    """Predictions blind to each place's fold, penalties by their shares: with all drivers, without each, with none."""
    whole = np.empty(parts.predicted.shape[2:])
    without, alone = np.empty(parts.without.shape[1:]), np.empty(parts.alone.shape[1:])
    for place, name in enumerate(names):
        held = of.fold == name
        whole[:, held] = np.einsum("ip,pin->in", share[place], parts.predicted[place][..., held])
        without[..., held] = np.einsum("ip,pijn->ijn", share[place], parts.without[..., held])
        alone[:, held] = np.einsum("ip,pin->in", share[place], parts.alone[..., held])
    return whole, without, alone

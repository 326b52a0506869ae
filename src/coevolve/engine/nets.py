"""The pieces of the improved network (Ma 4-16): pure functions on parameter dictionaries, for one sample.

Every piece is a pair: `piece_start(key, ...)` gives its parameters, `piece(params, x)` computes it; the caller maps
over samples with `jax.vmap`. Names beginning with `weight` are weights that a penalty may shrink; biases, and the
scale and shift of a normalisation, are never penalised. Convolution and pooling on their own: `convolution.py`.

    hidden = lstm(params, x)          x[time, inputs] -> states[time, hidden]
    output = dense(params, hidden)    [..., inputs] -> [..., outputs]
"""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from .convolution import windows

Params = dict[str, Any]
EPSILON = 1e-5  # of Ma (15), there printed l


class Moments(NamedTuple):
    """Mean and variance by channel, of one batch or running through training."""

    mean: Array
    variance: Array


# ---- fully connected -------------------------------------------------------------------------------------------


def dense_start(key: Array, inputs: int, outputs: int, scale: float = 1.0) -> Params:
    """Weights of a fully connected layer, spread so that its outputs are about as large as its inputs."""
    return {"weight": scale * inputs**-0.5 * _drawn(key, (inputs, outputs)), "bias": jnp.zeros(outputs)}


def _drawn(key: Array, shape: tuple[int, ...]) -> Array:
    """Even draws with mean zero and variance one; drawn flat, which compiles several times faster."""
    return jax.random.uniform(key, (prod(shape),), minval=-(3.0**0.5), maxval=3.0**0.5).reshape(shape)


def dense(params: Params, x: Array) -> Array:
    """Every output is a weighted sum of every input: x[..., inputs] -> [..., outputs]."""
    output: Array = x @ params["weight"] + params["bias"]
    return output


def dense_net_start(key: Array, inputs: int, hidden: int, outputs: int) -> Params:
    """Weights of the un-improved network of Ma Fig. 1: inputs, two hidden layers of `hidden` units, outputs."""
    first, second, last = jax.random.split(key, 3)
    return {
        "first": dense_start(first, inputs, hidden, 2.0**0.5),
        "second": dense_start(second, hidden, hidden, 2.0**0.5),
        "last": dense_start(last, hidden, outputs),
    }


def dense_net(params: Params, x: Array, key: Array | None = None, drop: Array | float = 0.0) -> Array:
    """The fully connected network of Ma Fig. 1, the baseline `dense`; a series is handed over flattened.

    With a key (in training) both hidden layers lose a share `drop` of their units.
    """
    hidden = jax.nn.relu(dense(params["first"], x))
    hidden = hidden if key is None else dropout(jax.random.fold_in(key, 1), hidden, drop)
    hidden = jax.nn.relu(dense(params["second"], hidden))
    hidden = hidden if key is None else dropout(jax.random.fold_in(key, 2), hidden, drop)
    return dense(params["last"], hidden)


# ---- convolution layer -----------------------------------------------------------------------------------------


def convolution_start(key: Array, width: int, inputs: int, outputs: int) -> Params:
    """Weights of a convolution layer over time: one kernel of `width` periods for each pair of channels."""
    spread = (2.0 / (width * inputs)) ** 0.5
    return {"weight": spread * _drawn(key, (width, inputs, outputs)), "bias": jnp.zeros(outputs)}


def convolution(params: Params, x: Array, same: bool = True) -> Array:
    """The same kernels on every stretch of x[time, inputs]: cross-correlation, Ma (3), summed over input channels.

        y(t, c) = bias(c) + sum_m sum_d x(t + m, d) weight(m, d, c)

    `same` pads with zeros so that time keeps its length (the kernel's middle lies on t); else only where it fits.
    """
    width = params["weight"].shape[0]
    if same:
        x = jnp.pad(x, [((width - 1) // 2, width // 2), (0, 0)])
    bias: Array = params["bias"]
    return jnp.tensordot(windows(x, (width,)), params["weight"], axes=((1, 2), (0, 1))) + bias


# ---- long short-term memory ------------------------------------------------------------------------------------


def lstm_start(key: Array, inputs: int, hidden: int, scale: float = 1.0) -> Params:
    """Weights of an LSTM; the gates stand in the order forget, input, candidate, output. Forget biases start at one.

    `scale` below one starts the input weights small, so that what the net uses is what it has learnt.
    """
    both = (3.0 * hidden) ** -0.5 * _drawn(key, (inputs + hidden, 4 * hidden))
    return {
        "weight_input": scale * both[:inputs],
        "weight_state": both[inputs:],
        "bias": jnp.concatenate([jnp.ones(hidden), jnp.zeros(3 * hidden)]),
    }


def lstm_step(params: Params, state: Array, cell: Array, x: Array) -> tuple[Array, Array]:
    """One period of an LSTM: the new state h_t and the new cell c_t.

        f_t = sigma(W_f [h_{t-1}, x_t] + b_f)      forget gate                                 Ma (4)
        i_t = sigma(W_i [h_{t-1}, x_t] + b_i)      input gate                                  Ma (5)
        ~c_t = tanh(W_c [h_{t-1}, x_t] + b_c)      candidate                                   Ma (6)
        c_t = f_t c_{t-1} + i_t ~c_t               cell                                        Ma (7)
        o_t = sigma(W_o [h_{t-1}, x_t] + b_o)      output gate                                 Ma (8)
        h_t = o_t tanh(c_t)                        state                                       Ma (9)

    (4) is not printed though (7) uses it: the standard form.
    """
    return _cell(x @ params["weight_input"] + params["bias"] + state @ params["weight_state"], cell)


def _cell(sums: Array, cell: Array) -> tuple[Array, Array]:
    hidden = cell.shape[-1]
    gates = jax.nn.sigmoid(sums)
    candidate = jnp.tanh(sums[..., 2 * hidden : 3 * hidden])
    cell = gates[..., :hidden] * cell + gates[..., hidden : 2 * hidden] * candidate
    return gates[..., 3 * hidden :] * jnp.tanh(cell), cell


def lstm(params: Params, x: Array, mask: Array | None = None) -> Array:
    """States after every period of one sequence, from zero: x[time, inputs] -> states[time, hidden]; Ma (4)-(9).

    The cell of Ma Fig. 3, period after period.

    Where `mask[time]` is false nothing is read: state and cell stay as they were, whatever x holds there.
    """
    hidden = params["weight_state"].shape[0]
    seen = jnp.ones(x.shape[0], bool) if mask is None else mask
    read = jnp.where(seen[:, None], x, 0.0) @ params["weight_input"] + params["bias"]

    def step(carry: tuple[Array, Array], now: tuple[Array, Array]) -> tuple[tuple[Array, Array], Array]:
        inputs, there = now
        state, cell = _cell(inputs + carry[0] @ params["weight_state"], carry[1])
        state, cell = jnp.where(there, state, carry[0]), jnp.where(there, cell, carry[1])
        return (state, cell), state

    zero = jnp.zeros(hidden, read.dtype)
    _, states = jax.lax.scan(step, (zero, zero), (read, seen))
    return states


# ---- against overfitting ---------------------------------------------------------------------------------------


def dropout(key: Array, x: Array, drop: Array | float) -> Array:
    """Each unit kept with probability 1 - drop and then scaled by 1 / (1 - drop); Ma Fig. 4. Leave out in prediction.

    `drop` may be a traced number, so that many shares are tried with one compilation.
    """
    keep = 1.0 - drop
    return jnp.where(jax.random.uniform(key, x.shape) < keep, x / keep, 0.0)


def l1(params: Params) -> Array:
    """R(w) = sum |w_i| over the weights; Ma (10). Biases and normalisation are left out."""
    return _total(params, jnp.abs)


def l2(params: Params) -> Array:
    """R(w) = sum |w_i|^2 over the weights; Ma (11). Biases and normalisation are left out."""
    return _total(params, jnp.square)


def elastic_net(params: Params, alpha: Array | float) -> Array:
    """R(w) = sum alpha |w_i| + (1 - alpha) |w_i|^2 over the weights, to be added as J(w) + lambda R(w); Ma (12).

    `alpha` = 1 is L1 (10), 0 is L2 (11). Biases and the scale and shift of normalisations are never penalised.
    """
    return alpha * l1(params) + (1.0 - alpha) * l2(params)


def _total(params: Params, size: Any) -> Array:
    return sum((size(weight).sum() for weight in weights_of(params)), jnp.zeros(()))


def weights_of(params: Params) -> list[Array]:
    """The weights of a network that penalties reach: every entry whose name begins with `weight`."""
    found = []
    for name, part in params.items():
        if isinstance(part, dict):
            found.extend(weights_of(part))
        elif name.startswith("weight"):
            found.append(part)
    return found


def free_weights(params: Params) -> int:
    """How many numbers training is free to choose, biases and normalisations included."""
    return sum(leaf.size for leaf in jax.tree.leaves(params))


# ---- normalisation ---------------------------------------------------------------------------------------------


def normalisation_start(channels: int) -> tuple[Params, Moments]:
    """Scale one and shift zero, and running moments 0 and 1 to begin with."""
    params = {"scale": jnp.ones(channels), "shift": jnp.zeros(channels)}
    return params, Moments(jnp.zeros(channels), jnp.ones(channels))


def moments(x: Array, weight: Array | None = None) -> Moments:
    """Mean and variance of each channel over all leading axes of x[..., channel].

        mu_B = (1/m) sum_i x_i                                                                 Ma (13)
        sigma^2_B = (1/m) sum_i (x_i - mu_B)^2                                                 Ma (14)

    `weight[...]` counts entries more or less, zero not at all: what is masked, or held out of a fold.
    """
    flat = jnp.asarray(x).reshape(-1, x.shape[-1])
    each = jnp.ones_like(flat[:, 0]) if weight is None else jnp.asarray(weight, flat.dtype).reshape(-1)
    share = each / jnp.maximum(each.sum(), 1e-12)
    mean = share @ flat
    return Moments(mean, share @ (flat - mean) ** 2)


def normalise(x: Array, of: Moments) -> Array:
    """X with mean zero and variance one, (x - mu) / sqrt(sigma^2 + epsilon); Ma (15). Alone it standardises inputs."""
    return (x - of.mean) / jnp.sqrt(of.variance + EPSILON)


def normalisation(params: Params, x: Array, of: Moments) -> Array:
    """Normalised, then scaled and shifted as the net learns: y = gamma x^ + beta; Ma (16).

    In training `of` holds the moments of the batch, in prediction the running ones (`running`), so that the answer
    for one sample does not depend on the others.
    """
    output: Array = params["scale"] * normalise(x, of) + params["shift"]
    return output


def running(before: Moments, batch: Moments, memory: float = 0.95) -> Moments:
    """Running moments after one more batch, for Ma (16) in prediction: `memory` of what was, the rest anew."""
    mean = memory * before.mean + (1.0 - memory) * batch.mean
    return Moments(mean, memory * before.variance + (1.0 - memory) * batch.variance)

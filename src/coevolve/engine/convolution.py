"""Convolution as Ma defines it, pooling, and the two properties that it is used for: few connections, shared weights.

A layer slides one small kernel along a series, so a unit sees a few neighbouring periods only (its receptive field)
and every period is read with the same weights.
"""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
from jax import Array


def windows(x: Array, widths: Sequence[int], stride: int = 1) -> Array:
    """All windows of `widths` over the leading axes of `x`: (place ..., width ..., rest ...)."""
    dimensions = len(widths)
    for axis, width in enumerate(widths):
        starts = jnp.arange(0, x.shape[axis] - width + 1, stride)
        x = jnp.take(x, starts[:, None] + jnp.arange(width)[None], axis=axis)
        x = jnp.moveaxis(x, axis + 1, dimensions + axis)
    return x


def cross_correlation(image: Array, kernel: Array) -> Array:
    """The kernel laid on every place of a series or picture where it fits, products summed.

        S(i, j) = sum_m sum_n I(i + m, j + n) K(m, n)                                          Ma (3)

    The form in use in every layer here. One or two dimensions; the result is shorter by the kernel's width less one.
    """
    places = windows(image, kernel.shape)
    axes = tuple(range(kernel.ndim, 2 * kernel.ndim))
    return jnp.tensordot(places, kernel, axes=(axes, tuple(range(kernel.ndim))))


def true_convolution(image: Array, kernel: Array) -> Array:
    """Convolution proper: each value of the image spread out by the kernel, everything outside the image being zero.

        S(i, j) = sum_m sum_n I(m, n) K(i - m, j - n)                                          Ma (1)
                = sum_m sum_n I(i - m, j - n) K(m, n)                                          Ma (2)

    The two forms are equal because image and kernel may change places. One or two dimensions; longer than the image
    by the kernel's width less one. Equal to `cross_correlation` of the zero-padded image with the flipped kernel.
    """
    padded = jnp.pad(image, [(width - 1, width - 1) for width in kernel.shape])
    return cross_correlation(padded, jnp.flip(kernel))


def pool(x: Array, width: int, mask: Array | None = None, how: str = "max") -> tuple[Array, Array]:
    """Every `width` periods of x[time, channel] made one, by their largest value ("max") or their mean ("mean").

    Gives the shorter series and its mask: a pooled period is there when one of its periods was; periods that were not
    there do not count, and a pooled period without any is zero. What does not fill a whole window at the end is left.
    """
    seen = jnp.ones(x.shape[0], bool) if mask is None else mask
    count = x.shape[0] // width
    blocks = x[: count * width].reshape(count, width, -1)
    there = seen[: count * width].reshape(count, width, 1)
    if how == "max":
        pooled = jnp.where(there, blocks, -jnp.inf).max(axis=1)
    else:
        pooled = jnp.where(there, blocks, 0.0).sum(axis=1) / jnp.maximum(there.sum(axis=1), 1)
    kept = there.any(axis=1)
    return jnp.where(kept, pooled, 0.0), kept[:, 0]


def receptive_field(unit: int, layers: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """First and last input period that a unit sees through `layers` of (width, stride), without padding.

    Ma Fig. 2: with kernel width 3, unit C3 is connected with X2, X3 and X4 only; counted from zero:

    >>> receptive_field(1, [(3, 1)])
    (1, 3)
    >>> receptive_field(0, [(3, 1), (2, 2), (3, 1)])  # kernel, pooling, kernel
    (0, 7)
    """
    length, jump = 1, 1
    for width, stride in layers:
        length += (width - 1) * jump
        jump *= stride
    return unit * jump, unit * jump + length - 1


def shared_weights(width: int, inputs: int, outputs: int) -> int:
    """Free weights of a convolution layer, biases left out: they do not grow with the length of the series.

    >>> shared_weights(3, 1, 1)
    3
    """
    return width * inputs * outputs


def separate_weights(steps: int, width: int, inputs: int, outputs: int) -> int:
    """Free weights of a fully connected layer between the same units, biases left out (Ma Fig. 2, right).

    >>> separate_weights(5, 3, 1, 1)  # 5 inputs, 3 units where the kernel fits
    15
    """
    return steps * inputs * (steps - width + 1) * outputs

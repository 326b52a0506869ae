"""Products and inverses of matrices of a few poles, inside compiled loops: a library call costs more than the work.

The functions take `poles`, a tuple as long as there are poles: a length known when a function is compiled lets the
loops be unrolled.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, error_model="numpy")
def product(poles, a, b, out):  # type: ignore[no-untyped-def]
    """The product a b."""
    n = len(poles)
    for i in range(n):
        for j in range(n):
            total = 0.0
            for k in range(n):
                total += a[i, k] * b[k, j]
            out[i, j] = total


@njit(cache=True, error_model="numpy")
def product_transposed(poles, a, b, out):  # type: ignore[no-untyped-def]
    """The product of a and b transposed."""
    n = len(poles)
    for i in range(n):
        for j in range(n):
            total = 0.0
            for k in range(n):
                total += a[i, k] * b[j, k]
            out[i, j] = total


@njit(cache=True, error_model="numpy")
def invert(poles, a, out):  # type: ignore[no-untyped-def]
    """Fills in the inverse of a, which is used up, by elimination with the largest pivot of each column; returns the
    log of the size of its determinant."""
    n = len(poles)
    for i in range(n):
        for j in range(n):
            out[i, j] = 1.0 if i == j else 0.0
    log_size = 0.0
    for k in range(n):
        top = k
        for i in range(k + 1, n):
            if abs(a[i, k]) > abs(a[top, k]):
                top = i
        for j in range(n):
            a[k, j], a[top, j] = a[top, j], a[k, j]
            out[k, j], out[top, j] = out[top, j], out[k, j]
        pivot = a[k, k]
        log_size += np.log(abs(pivot))
        for j in range(n):
            a[k, j] /= pivot
            out[k, j] /= pivot
        for i in range(n):
            if i != k:
                factor = a[i, k]
                for j in range(n):
                    a[i, j] -= factor * a[k, j]
                    out[i, j] -= factor * out[k, j]
    return log_size

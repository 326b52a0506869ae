"""Square accounts from a use and a make table: the four models of the statistical offices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError

Array = NDArray[np.float64]
BY_INDUSTRY = ("fixed_product_sales", "fixed_industry_sales")


def square(make: Array, use: Array, final: Array, added: Array, model: str) -> tuple[Array, Array, Array, Array]:
    """Flows, gross output, final demand and value added, of industries or products as the model says.

    `make[industry, product]` V, `use[product, industry]` U, `final[product]` y, `added[industry]` w; product output
    q = V' 1, industry output g = V 1. With T of `transformation`, industry by industry (Eurostat 2008, models D, C):

        Z = T U,  f = T y,  x = g,  v = w

    and product by product (models A and B): Z = U T,  f = y,  x = q,  v = w T.
    """
    share = transformation(make, model)
    if model in BY_INDUSTRY:
        return share @ use, make.sum(axis=1), share @ final, added
    return use @ share, make.sum(axis=0), final, added @ share


def transformation(make: Array, model: str) -> Array:
    """What brings products to industries or industries to products, shape (industry, product).

        fixed product sales    T = V q^-1            industry technology    T = g^-1 V
        fixed industry sales   T = g (V')^-1         product technology     T = (V')^-1 q

    The two of the second line can make flows negative. Raises DataError where they need as many products as
    industries and a make table that can be inverted.
    """
    industry, product = make.sum(axis=1), make.sum(axis=0)
    zero = np.zeros_like(make)
    if model == "fixed_product_sales":
        return np.asarray(np.divide(make, product, out=zero, where=product != 0), float)
    if model == "industry_technology":
        return np.asarray(np.divide(make, industry[:, None], out=zero, where=industry[:, None] != 0), float)
    inverse = _inverse(make.T, model)
    whole: Array = industry[:, None] * inverse if model == "fixed_industry_sales" else inverse * product
    return whole


def _inverse(supply: Array, model: str) -> Array:
    rows, columns = supply.shape
    do = 'Join products and industries with labels, or use model = "fixed_product_sales".'
    if rows != columns:
        got = f"{rows} products, {columns} industries"
        raise DataError(f"'{model}' needs as many products as industries.", "the make table", got, do)
    if np.linalg.matrix_rank(supply) < rows:
        got = f"rank {np.linalg.matrix_rank(supply)} of {rows}"
        raise DataError(f"'{model}' needs a make table that can be inverted.", "the make table", got, do)
    return np.asarray(np.linalg.inv(supply), float)

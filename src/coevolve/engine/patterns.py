"""Why a matrix can meet no such margins: targets without a cell of the right sign, and zeros that leave no room."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

SHORT = 1e-6  # a shortfall below this share of the total is rounding


def blocked_by_sign(x: Floats, rows: Floats, columns: Floats) -> tuple[Bools, Bools, tuple[Ints, Ints] | None]:
    """Which rows and columns hold anything at all, and those whose target no cell of theirs can meet.

    A row with target 0 and cells of one sign can only become zero: it is taken out (not kept), and so are its cells,
    which may leave a column without any. A kept row with target > 0 needs a positive cell, with target < 0 a
    negative one; with target 0 it has both. None where all can be met.

    >>> blocked_by_sign(np.array([[1.0, 2.0], [0.0, 0.0]]), np.array([3.0, 0.0]), np.array([1.0, 2.0]))[0]
    array([ True, False])
    """
    keep_rows, keep_columns = np.ones(len(rows), bool), np.ones(len(columns), bool)
    while True:
        row_up, row_down, column_up, column_down = signs(x, keep_rows, keep_columns)
        next_rows = keep_rows & ~((rows == 0) & ~(row_up & row_down))
        next_columns = keep_columns & ~((columns == 0) & ~(column_up & column_down))
        if (next_rows == keep_rows).all() and (next_columns == keep_columns).all():
            break
        keep_rows, keep_columns = next_rows, next_columns
    bad_rows = np.flatnonzero(((rows > 0) & ~row_up) | ((rows < 0) & ~row_down))
    bad_columns = np.flatnonzero(((columns > 0) & ~column_up) | ((columns < 0) & ~column_down))
    blocked = (bad_rows, bad_columns) if len(bad_rows) or len(bad_columns) else None
    return keep_rows, keep_columns, blocked


@njit(cache=True)
def signs(x, keep_rows, keep_columns):  # type: ignore[no-untyped-def]
    """Which rows and columns have positive and negative cells, counting kept rows and columns only: four masks."""
    row_up, row_down = np.zeros(x.shape[0], np.bool_), np.zeros(x.shape[0], np.bool_)
    most, least = np.zeros(x.shape[1]), np.zeros(x.shape[1])
    for i in range(x.shape[0]):
        if keep_rows[i]:
            line = x[i]
            high = low = 0.0
            for j in range(line.size):
                cell = line[j] if keep_columns[j] else 0.0
                high, low = max(high, cell), min(low, cell)
                most[j], least[j] = max(most[j], cell), min(least[j], cell)
            row_up[i], row_down[i] = high > 0.0, low < 0.0
    return row_up, row_down, most > 0.0, least < 0.0


def blocked_by_pattern(x: Floats, rows: Floats, columns: Floats) -> tuple[Ints, Ints] | None:
    """Of a matrix without negative cells: rows whose targets exceed those of all columns that they can reach.

    Margins can be met (in the limit) exactly if the largest flow from rows to columns through the cells that are
    not zero fills all targets (Gale 1957). Where it does not, the smallest cut names the rows, and the columns that
    are all they reach. None where the margins can be met.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    many, wide = x.shape
    whole = 2**30
    share = whole / max(float(rows.sum()), 1e-300)
    supply, demand = np.rint(rows * share).astype(np.int32), np.rint(columns * share).astype(np.int32)
    i, j = np.nonzero(x)
    source, sink = many + wide, many + wide + 1
    start = np.concatenate([np.full(many, source), i, many + np.arange(wide)])
    end = np.concatenate([np.arange(many), many + j, np.full(wide, sink)])
    room = np.concatenate([supply, np.full(len(i), whole, np.int32), demand]).astype(np.int32)
    graph = coo_array((room, (start, end)), shape=(sink + 1, sink + 1)).tocsr()
    found = maximum_flow(graph, source, sink)
    if supply.sum(dtype=np.int64) - found.flow_value <= SHORT * whole:
        return None
    left = (graph - found.flow).tocsr()
    left.data = np.maximum(left.data, 0)
    left.eliminate_zeros()
    reached = breadth_first_order(left, source, return_predecessors=False)
    short = reached[reached < many]
    reach = reached[(reached >= many) & (reached < many + wide)] - many
    return np.sort(short).astype(np.int64), np.sort(reach).astype(np.int64)

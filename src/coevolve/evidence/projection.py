"""From who takes part in what to who meets whom: one-mode projection of a two-mode network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array, diags_array, triu

from ..errors import DataError


@dataclass(frozen=True, eq=False)
class Projection:
    """Links between actors that share at least one event; each pair stands once (a year), `source` < `target`.

    `weight` is the number of events shared, or Newman's sum. `repeats` counts rows that named an actor twice in
    one event; they were read once. `alone` counts events with a single actor, which tie nobody.
    """

    source: NDArray[np.int64]
    target: NDArray[np.int64]
    weight: NDArray[np.float64]
    year: NDArray[np.int64] | None
    repeats: int
    alone: int


def project(
    actor: ArrayLike, event: ArrayLike, actors: int, *, year: ArrayLike | None = None, newman: bool = False
) -> Projection:
    """Ties between actors that take part in the same event (a project, a patent), in shared events.

        W = B B',  diagonal set to 0;     with `newman`  W = B D B',  D = diag(1 / (n_p - 1))      Newman (2001)

    B has a one where an actor takes part in an event, n_p actors take part in event p. Newman's weights make
    every actor's ties of one event sum to 1, so that large events do not dominate. `actor` and `event` are places
    0, 1, 2 ...; with `year` (of each row) events of different years are kept apart and links carry their year.
    Actors that share no event keep their place and get no link. Raises DataError when lengths differ.

    >>> tied = project([0, 1, 2, 2, 3], [0, 0, 0, 1, 1], actors=5)
    >>> list(zip(tied.source.tolist(), tied.target.tolist(), tied.weight.tolist()))
    [(0, 1, 1.0), (0, 2, 1.0), (1, 2, 1.0), (2, 3, 1.0)]
    """
    who, what = np.asarray(actor, np.int64), np.asarray(event, np.int64)
    if not len(who) == len(what):
        raise DataError(
            "actor and event of a projection differ in length.",
            got=f"{len(who)}, {len(what)}",
            do="Give one of each per row.",
        )
    if year is None:
        source, target, weight, repeats, alone = _once(who, what, actors, newman)
        return Projection(source, target, weight, None, repeats, alone)
    when = np.asarray(year, np.int64)
    parts = [(one, _once(who[when == one], what[when == one], actors, newman)) for one in np.unique(when).tolist()]
    if not parts:
        empty = np.zeros(0, np.int64)
        return Projection(empty, empty, np.zeros(0), empty, 0, 0)
    joined = [np.concatenate([part[k] for _, part in parts]) for k in range(3)]
    years = np.concatenate([np.full(len(part[0]), one, np.int64) for one, part in parts])
    return Projection(
        joined[0].astype(np.int64),
        joined[1].astype(np.int64),
        joined[2].astype(np.float64),
        years,
        sum(part[3] for _, part in parts),
        sum(part[4] for _, part in parts),
    )


def _once(
    who: NDArray[np.int64], what: NDArray[np.int64], actors: int, newman: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], int, int]:
    used, column = np.unique(what, return_inverse=True)
    pairs = np.unique(who * max(len(used), 1) + column)
    row, column = np.divmod(pairs, max(len(used), 1))
    size = np.bincount(column, minlength=len(used))
    table = csr_array((np.ones(len(row)), (row, column)), shape=(actors, len(used)))
    share = diags_array(1.0 / np.maximum(size - 1, 1) if newman else np.ones(len(used)), format="csr")
    tied = triu((table @ share) @ table.T, k=1).tocsr().tocoo()
    source, target = (np.asarray(one, np.int64) for one in tied.coords)
    order = np.lexsort((target, source))
    weight = np.asarray(tied.data, np.float64)[order]
    return source[order], target[order], weight, len(who) - len(row), int((size == 1).sum())

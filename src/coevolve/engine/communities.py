"""Modules of a network: groups of actors that are tied more among themselves than chance would tie them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

STARTS = 8


def modules_of(weights: Array, random: np.random.Generator, starts: int = STARTS) -> NDArray[np.int64]:
    """The module of each actor by Louvain's method: the best modularity of several starts; the same draws, the same.

    These are the modules of Ma Fig. 5 when the actors are links of industrial chains.

    `weights` is dense; both directions of a link are added up, loops and negative weights are left out. Modules are
    numbered by their first actor. Actors without links are modules of their own.
    """
    import networkx

    both = np.maximum(weights, 0.0)
    both = both + both.T
    np.fill_diagonal(both, 0.0)
    graph = networkx.from_numpy_array(both)
    best, found = -np.inf, np.arange(len(both))
    if not both.any():
        return found.astype(np.int64)
    for seed in random.integers(0, 2**31, starts).tolist():
        groups = networkx.community.louvain_communities(graph, seed=int(seed))
        labels = np.empty(len(both), np.int64)
        for number, group in enumerate(groups):
            labels[sorted(group)] = number
        score = modularity(both, labels)
        if score > best + 1e-12:
            best, found = score, labels
    return numbered(found)


def modularity(weights: Array, labels: NDArray[np.int64]) -> float:
    """How much more weight lies within modules than chance puts there, at most 1  (Newman & Girvan 2004).

        Q = sum_ij [w_ij - s_i s_j / 2w] / 2w  over i, j of one module; `weights` symmetric

    >>> modularity(np.kron(np.eye(2), 1 - np.eye(2)), np.array([0, 0, 1, 1]))
    0.5
    """
    strength, whole = weights.sum(axis=1), float(weights.sum())
    same = labels[:, None] == labels[None, :]
    return float((weights[same].sum() - (np.outer(strength, strength)[same]).sum() / whole) / whole)


def numbered(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Labels as 0, 1, 2 ... in the order in which they first appear.

    >>> numbered(np.array([7, 2, 7, 5])).tolist()
    [0, 1, 0, 2]
    """
    _, first, place = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return np.asarray(rank[place], np.int64)


def aligned(labels: NDArray[np.int64], before: NDArray[np.int64], fresh: int) -> NDArray[np.int64]:
    """Labels that keep the names of last year's modules where they overlap most (Hungarian method on Jaccard).

    Both arrays are over the same actors; -1 means not there. New modules get names from `fresh` on.

    >>> aligned(np.array([1, 1, 0, 0]), np.array([4, 4, 9, 9]), 10).tolist()
    [4, 4, 9, 9]
    """
    from scipy.optimize import linear_sum_assignment

    here, there = np.unique(labels[labels >= 0]), np.unique(before[before >= 0])
    overlap = np.zeros((len(here), len(there)))
    for i, one in enumerate(here):
        for j, other in enumerate(there):
            a, b = labels == one, before == other
            overlap[i, j] = (a & b).sum() / (a | b).sum()
    names = {}
    for i, j in zip(*linear_sum_assignment(-overlap), strict=True):
        if overlap[i, j] > 0:
            names[int(here[i])] = int(there[j])
    for one in here.tolist():
        if one not in names:
            names[one], fresh = fresh, fresh + 1
    return np.array([names.get(int(one), -1) for one in labels], np.int64)

"""Where the actors of a large network stand in a picture: forces that come out the same every time."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FIRST, THEN = 150, 250  # turns with pull by distance, which untangle, then by its logarithm
ROOM = 150.0  # the more, the further actors spread before gravity, which grows with distance, holds them
GOLDEN = np.pi * (3.0 - np.sqrt(5.0))


def placed(source: Ints, target: Ints, radius: Floats) -> tuple[Floats, Floats]:
    """A place for every actor, x between -1 and 1 and y to the same scale; no two circles of `radius` overlap much.

    Linked actors attract each other by their distance at first, then by its logarithm; all repel each other by their
    links over it (LinLog: Noack 2007, with the step of ForceAtlas2: Jacomy et al. 2014), so that groups that are tied
    among themselves stand apart. The longest extent lies across. Actors start on a spiral in the order given, the
    first in the middle: the same input gives the same places.
    """
    actors = len(radius)
    tail, head = np.concatenate([source, target]), np.concatenate([target, source])
    order = np.argsort(tail * max(actors, 1) + head, kind="stable")
    starts = np.zeros(actors + 1, np.int64)
    np.cumsum(np.bincount(tail, minlength=actors), out=starts[1:])
    turn = np.arange(actors)
    x, y = 10.0 * np.sqrt(turn) * np.cos(turn * GOLDEN), 10.0 * np.sqrt(turn) * np.sin(turn * GOLDEN)
    mass = np.diff(starts) + 1.0
    gravity = float(mass.mean()) / ROOM if actors else 0.0
    _settle(x, y, starts, head[order], mass, FIRST, gravity, False)
    _settle(x, y, starts, head[order], mass, THEN, gravity, True)
    x, y = _across(x, y)
    for _ in range(2):  # what is pushed apart may grow beyond the frame
        half = max(float(np.abs(x).max(initial=0.0)), 1e-9)
        x, y = x / half, y / half
        _apart(x, y, radius, 30)
    half = max(float(np.abs(x).max(initial=0.0)), 1e-9)
    return x / half, y / half


def _across(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Centred and turned so that the longest extent is x."""
    x, y = x - x.mean(), y - y.mean()
    angle = 0.5 * np.arctan2(2.0 * float((x * y).sum()), float((x * x).sum() - (y * y).sum()))
    x, y = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    return x - (x.max() + x.min()) / 2.0, y - (y.max() + y.min()) / 2.0


@njit(cache=True)
def _settle(
    x: Floats, y: Floats, starts: Ints, neighbours: Ints, mass: Floats, turns: int, gravity: float, logarithm: bool
) -> None:
    """All forces on all actors, `turns` times, each step as long as the forces are steady."""
    size = len(x)
    across, up = np.zeros(size), np.zeros(size)
    across_before, up_before = np.zeros(size), np.zeros(size)
    speed = 1.0
    for _ in range(turns):
        for i in range(size):
            across[i], up[i] = -gravity * mass[i] * x[i], -gravity * mass[i] * y[i]
        for i in range(size):
            for j in range(i):
                dx, dy = x[i] - x[j], y[i] - y[j]
                push = mass[i] * mass[j] / (dx * dx + dy * dy + 1e-6)
                across[i] += dx * push
                up[i] += dy * push
                across[j] -= dx * push
                up[j] -= dy * push
            for arc in range(starts[i], starts[i + 1]):
                dx, dy = x[neighbours[arc]] - x[i], y[neighbours[arc]] - y[i]
                far = np.hypot(dx, dy) + 1e-9
                pull = np.log(1.0 + far) / far if logarithm else 1.0
                across[i] += pull * dx
                up[i] += pull * dy
        swing, pace = 1e-9, 0.0
        for i in range(size):
            swing += mass[i] * np.hypot(across[i] - across_before[i], up[i] - up_before[i])
            pace += mass[i] * np.hypot(across[i] + across_before[i], up[i] + up_before[i]) / 2.0
        speed = min(pace / swing, 1.5 * speed)
        for i in range(size):
            shaken = mass[i] * np.hypot(across[i] - across_before[i], up[i] - up_before[i])
            step = speed / (1.0 + speed * np.sqrt(shaken))
            step = min(step, 10.0 / max(np.hypot(across[i], up[i]), 1e-9))
            x[i] += step * across[i]
            y[i] += step * up[i]
            across_before[i], up_before[i] = across[i], up[i]


@njit(cache=True)
def _apart(x: Floats, y: Floats, radius: Floats, turns: int) -> None:
    """Circles that overlap push each other aside, the smaller one further."""
    size = len(x)
    for _ in range(turns):
        moved = False
        for i in range(size):
            for j in range(i):
                dx, dy = x[i] - x[j], y[i] - y[j]
                far = np.hypot(dx, dy)
                over = radius[i] + radius[j] - far
                if over > 1e-4:
                    moved = True
                    if far < 1e-9:
                        dx, dy, far = 1e-9 * (i - j), 1e-9, 1e-9 * np.hypot(i - j, 1.0)
                    share = radius[j] / (radius[i] + radius[j])
                    x[i] += share * over * dx / far
                    y[i] += share * over * dy / far
                    x[j] -= (1.0 - share) * over * dx / far
                    y[j] -= (1.0 - share) * over * dy / far
        if not moved:
            break

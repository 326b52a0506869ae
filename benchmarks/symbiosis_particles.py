"""A fit of one region by particles: as many draws as the screen gives, from the density itself."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from growth_particles import FORGOTTEN, Particles, particles
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from coevolve.themes.symbiosis.model import LEAST_AGREEING, Part, growing_of

Array = NDArray[np.float64]
Tick = Callable[[int, int], None]

HALF_WAY = 0.5 * FORGOTTEN  # particles that have moved less far still remember where they began


def particle_arrays(part: Part, tick: Tick | None = None) -> dict[str, Array]:
    """Draws of one region, as named arrays (see `model.AXES`)."""
    with threadpool_limits(1):
        growing = growing_of(part)
        found = particles(growing, part.key.child("particles").numpy(), draws=part.settings.draws, tick=tick)
    return _arrays(found, growing.seen.times[growing.seen.last])


def _arrays(found: Particles, last_time: Array) -> dict[str, Array]:
    settled = found.way.agreeing >= LEAST_AGREEING and found.way.moved >= HALF_WAY
    return {
        "rate": found.rate[:, None],
        "capacity": found.capacity[:, None],
        "symbiosis": found.symbiosis[:, None],
        "log_last": found.log_last[:, None],
        "measurement": found.measurement[:, None],
        "process": found.process[:, None],
        "correlation": found.correlation[:, None],
        "year": np.zeros_like(found.process),
        "last_time": last_time,
        "starts_agreeing": np.array([float(found.way.agreeing)]),
        "is_trusted": np.array([float(settled)]),
    }

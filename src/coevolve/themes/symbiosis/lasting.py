"""How long shocks last: growth that the equations leave unexplained, and how much of it comes again a step later.

Years of boom and of crisis come in runs. The fit takes shocks as independent from step to step, which hardly matters
for what it says of rates and effects; a forecast that did so would be too sure of itself a few steps ahead.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LONGEST = 0.9  # of a shock may come again a step later
FEWEST = 6  # steps from which how long shocks last is asked at all
EXTREME = 3.0  # standard deviations beyond which a last shock is taken as that


@dataclass(frozen=True)
class Lasting:
    """How much of a shock comes again a step later, and the last shocks before the forecast begins.

    `own` and `common` (draw,): the share, from 0 to .9, of shocks of a region's own and of those that all regions
    share, if they share any (`has_common`); `own_last` (region, pole) and `common_last` (pole,) in log units per square
    root of a period, 0 where unknown.
    """

    own: Array
    common: Array
    own_last: Array
    common_last: Array
    has_common: bool

    @classmethod
    def of(cls, unexplained: Array, has_common: bool, draws: int, random: np.random.Generator) -> Lasting:
        """From what one step of the equations left unexplained, (region, step, pole), NaN where it is not known.

        The first autocorrelation of the shocks, pooled over poles and, for own shocks, over regions, with its bias
        of -2/T (Marriott & Pope 1954; their mean is known to be zero) taken out and its error drawn.
        """
        shared = _shared(unexplained) if has_common else np.zeros(unexplained.shape[1:])
        own = unexplained - shared
        return cls(
            _share(own, own.shape[0] if has_common else 1, draws, random),
            _share(shared[None], 1, draws, random) if has_common else np.zeros(draws),
            _last(own),
            _last(shared[None])[0],
            has_common,
        )

    def next_of(self, shocks: Array) -> Array:
        """What shocks (region, ..., pole) leave to expect a step later, in the middle of all draws; 0 where one is not
        known."""
        shared = _shared(shocks) if self.has_common else np.zeros(shocks.shape[1:])
        own = np.where(np.isfinite(shocks), shocks - shared, 0.0)
        return np.asarray(np.median(self.own) * own + np.median(self.common) * shared)


def _shared(shocks: Array) -> Array:
    """The mean over the regions where it is known."""
    known = np.isfinite(shocks)
    return np.asarray(np.where(known, shocks, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1))


def _share(shocks: Array, independent: int, draws: int, random: np.random.Generator) -> Array:
    """Draws of the share that comes again, from shocks (series, step, pole) of so many `independent` series."""
    noise = random.standard_normal(draws)
    steps = shocks.shape[1]
    if steps < FEWEST:
        return np.zeros(draws)
    before, after = shocks[:, :-1], shocks[:, 1:]
    both = np.isfinite(before) & np.isfinite(after)
    product = np.where(both, before * after, 0.0).sum(axis=(0, 1))
    squares = 0.5 * np.where(both, before**2 + after**2, 0.0).sum(axis=(0, 1))
    able = squares > 0
    if not able.any():
        return np.zeros(draws)
    found = float((product[able] / squares[able]).mean())
    error = np.sqrt(max(1.0 - found**2, 0.1) / (steps * independent))
    return np.asarray(np.clip(found * (1.0 + 2.0 / steps) + error * noise, 0.0, LONGEST))


def _last(shocks: Array) -> Array:
    """The last shock of each series and pole, (series, pole); 0 where the last step is not known."""
    return (
        np.asarray(np.where(np.isfinite(shocks[:, -1]), shocks[:, -1], 0.0))
        if shocks.shape[1]
        else np.zeros((shocks.shape[0], shocks.shape[2]))
    )


def run_on(normal: Array, scale: Array, share: Array, last: Array) -> Array:
    """Shocks ahead that last, from standard normal draws (draw, step, pole); `scale` is their sd in the long run.

        e_k = share e_(k-1) + sqrt(1 - share^2) scale z_k,    e_0 = the last shock

    `scale` (draw, pole), `share` (draw,), `last` (pole,). With share 0 they are independent from step to step.

    >>> one = run_on(np.zeros((1, 3, 1)), np.array([[0.1]]), np.array([0.5]), np.array([0.08]))
    >>> one.ravel().round(3).tolist()
    [0.04, 0.02, 0.01]
    """
    made = np.empty_like(normal)
    now = np.clip(last, -EXTREME * scale, EXTREME * scale)
    fresh = np.sqrt(1.0 - share**2)[:, None] * scale
    for k in range(normal.shape[1]):
        now = share[:, None] * now + fresh * normal[:, k]
        made[:, k] = now
    return made

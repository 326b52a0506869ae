"""Do the ranges of coordination cover a truth that the test made?"""

from __future__ import annotations

import numpy as np
import pytest

from coevolve.themes.order import draws as resample
from coevolve.themes.order import equations
from coevolve.themes.order.model import Scheme, measure

pytestmark = pytest.mark.recover

SPREAD = np.array([0.15, 0.3, 0.2, 0.4])
SCHEME = Scheme.of([2, 2])


def world(generator: np.random.Generator, regions: int, years: int = 6) -> np.ndarray:
    """Indicators in [0, 1] that differ between regions more than between years; fixed goalposts 0 and 1."""
    lasting = generator.beta(2, 2, size=(regions, 1, 4))
    passing = generator.beta(2, 2, size=(regions, years, 4))
    return (0.5 + SPREAD * (0.8 * (lasting - 0.5) + 0.2 * (passing - 0.5)) * 2).reshape(-1, 4)


def coverage(samples: int, regions: int, draws: int) -> np.ndarray:
    """How often the 95 % range of each entropy weight and of one fixed region's D holds what all regions give."""
    years = 6
    low, high = np.zeros(4), np.ones(4)
    everyone = measure(world(np.random.default_rng(0), 60_000), SCHEME, low, high)
    truth = everyone.entropy_weight
    generator = np.random.default_rng(1)
    held = np.zeros(5)
    for _ in range(samples):
        values = world(generator, regions)
        index = measure(values, SCHEME, low, high)
        region = np.repeat(np.arange(regions), years)
        counts = resample.draw_counts(generator, regions, draws)
        found = resample.draw(index.y, region, SCHEME, np.zeros(4, bool), counts)
        lower, upper = resample.interval(found.entropy_weight.T, index.entropy_weight)
        held[:4] += (lower <= truth) & (truth <= upper)
        degree = resample.draw_degrees(index.y[:1], found, SCHEME)[3]
        scores = [index.y[0, :2] @ truth[:2], index.y[0, 2:] @ truth[2:]]
        true_degree = equations.geometric_mean(scores) ** 0.5
        below, above = resample.interval(degree, index.degree[:1])
        held[4] += bool(below[0] <= true_degree <= above[0])
    return held / samples


def test_ranges_of_weights_and_degrees_cover_the_truth() -> None:
    """With goalposts given, the ranges are 95 % intervals for the weights of all regions the sample is from."""
    held = coverage(samples=200, regions=60, draws=400)
    assert (held >= 0.88).all(), held
    assert (held <= 0.995).all(), held


def test_resampling_rows_instead_of_regions_would_be_too_sure() -> None:
    """Years of one region are no independent evidence: cutting regions into rows shrinks the ranges."""
    generator = np.random.default_rng(2)
    values = world(generator, 60)
    index = measure(values, SCHEME, np.zeros(4), np.ones(4))
    fixed = np.zeros(4, bool)
    regions = resample.draw(
        index.y, np.repeat(np.arange(60), 6), SCHEME, fixed, resample.draw_counts(generator, 60, 1000)
    )
    rows = resample.draw(index.y, np.arange(360), SCHEME, fixed, resample.draw_counts(generator, 360, 1000))
    assert regions.entropy_weight[:, 0].std() > 1.5 * rows.entropy_weight[:, 0].std()

"""How often the ledger's 90 % intervals hold what is true in worlds drawn from known chances."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from coevolve.themes.order import entropy_equations as equations
from coevolve.themes.order.entropy_coupling import drawn_joint
from coevolve.themes.order.entropy_model import SURE, Step, centred, drawn, reflected

Array = NDArray[np.float64]


def world(cells: int, mean: float, seed: int) -> tuple[np.random.Generator, Array, Array, float]:
    """Unequal cells, expected entries that lean to some of them, and an exit rate."""
    draw = np.random.default_rng(seed)
    stock = np.round(mean * np.exp(draw.normal(0, 1, cells))) + 5
    entry = 0.1 * stock * np.exp(draw.normal(0, 0.4, cells))
    return draw, stock, entry, 0.09


def happened(draw: np.random.Generator, stock: Array, entry: Array, leaving: float) -> Step:
    born = draw.poisson(entry).astype(float)
    gone = draw.binomial(stock.astype(int), leaving).astype(float)
    return Step(stock, stock + born - gone, np.stack([born, -gone]), ("entry", "exit"), None)


@pytest.mark.slow
@pytest.mark.parametrize(("cells", "mean"), [(10, 100.0), (50, 2000.0), (5, 20.0)])
def test_change_intervals_hold_the_expected_change(cells: int, mean: float) -> None:
    draw, stock, entry, leaving = world(cells, mean, cells)
    before = equations.entropy(stock)
    many = [equations.entropy(happened(draw, stock, entry, leaving).after) - before for _ in range(20_000)]
    truth, hits, tries = float(np.mean(many)), 0, 1000
    for _ in range(tries):
        step = happened(draw, stock, entry, leaving)
        change = equations.entropy(step.after) - before
        low, high = centred(drawn(step, draw, 300).change, np.asarray(change))
        hits += bool(low <= truth <= high)
    assert 0.875 <= hits / tries <= 0.925


@pytest.mark.slow
def test_channel_intervals_hold_the_expected_contributions() -> None:
    draw, stock, entry, leaving = world(20, 300.0, 8)
    contributions = []
    for _ in range(4000):
        step = happened(draw, stock, entry, leaving)
        contributions.append(equations.contributions(step.before, step.after, step.changes))
    truth, hits, tries = np.mean(contributions, axis=0), np.zeros(2), 800
    for _ in range(tries):
        step = happened(draw, stock, entry, leaving)
        found = equations.contributions(step.before, step.after, step.changes)
        low, high = centred(drawn(step, draw, 300).contribution.T, found)
        hits += (low <= truth) & (truth <= high)
    assert ((hits / tries >= 0.87) & (hits / tries <= 0.93)).all()


@pytest.mark.slow
def test_total_correlation_intervals_hold_the_truth_and_its_null_keeps_its_rate() -> None:
    draw = np.random.default_rng(11)
    shares = draw.dirichlet(np.full(24, 5.0)).reshape(6, 4)
    truth = float(equations.total_correlation(shares))
    even = np.outer(shares.sum(axis=1), shares.sum(axis=0))
    hits, false, tries = 0, 0, 600
    for _ in range(tries):
        table = draw.multinomial(3000, shares.ravel()).reshape(6, 4).astype(float)
        low, high = reflected(drawn_joint(table, draw, 300).found, equations.total_correlation(table))
        hits += bool(low <= truth <= high)
        apart = draw.multinomial(3000, even.ravel()).reshape(6, 4).astype(float)
        null = drawn_joint(apart, draw, 200).null
        false += bool((1 + (null >= equations.total_correlation(apart)).sum()) / 201 <= 0.05)
    assert 0.86 <= hits / tries <= 0.94
    assert 0.03 <= false / tries <= 0.07


@pytest.mark.slow
def test_balanced_moves_are_rarely_taken_for_production() -> None:
    draw = np.random.default_rng(12)
    stock = draw.integers(300, 3000, 8).astype(float)
    rate = np.outer(stock, stock)
    rate = 0.02 * rate / stock.sum() * ~np.eye(8, dtype=bool)
    beyond, tries = 0, 500
    for _ in range(tries):
        moves = draw.poisson(rate).astype(float)
        net = moves.sum(axis=0) - moves.sum(axis=1)
        step = Step(stock, stock + net, net[None], ("moves",), moves)
        produced = equations.produced_and_exchanged(stock, equations.opened(moves, stock)[0])[0]
        beyond += bool(produced > np.quantile(drawn(step, draw, 300).null, SURE))
    assert 0.02 <= beyond / tries <= 0.09


@pytest.mark.slow
def test_one_way_moves_are_found() -> None:
    draw = np.random.default_rng(13)
    stock = np.full(6, 2000.0)
    rate = np.where(np.subtract.outer(np.arange(6), np.arange(6)) % 6 == 1, 12.0, 4.0) * ~np.eye(6, dtype=bool)
    beyond = 0
    for _ in range(100):
        moves = draw.poisson(rate).astype(float)
        net = moves.sum(axis=0) - moves.sum(axis=1)
        step = Step(stock, stock + net, net[None], ("moves",), moves)
        produced = equations.produced_and_exchanged(stock, equations.opened(moves, stock)[0])[0]
        beyond += bool(produced > np.quantile(drawn(step, draw, 200).null, SURE))
    assert beyond >= 90

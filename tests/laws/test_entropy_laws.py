"""What holds for every ledger: it closes, moves never consume entropy, order and labels do not matter."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from coevolve.evidence.panel import Panel
from coevolve.themes import order
from coevolve.themes.order import entropy_equations as equations

Array = NDArray[np.float64]


def random_ledgers(cases: int, cells: int, seed: int) -> tuple[Array, Array, Array]:
    """Stocks over six orders of magnitude, a tenth of the cells empty at an end, three channels."""
    draw = np.random.default_rng(seed)
    before = np.round(np.exp(draw.normal(4, 2, (cases, cells))))
    after = np.round(before * np.exp(draw.normal(0, 0.5, (cases, cells))))
    before[draw.random((cases, cells)) < 0.05] = 0.0
    after[draw.random((cases, cells)) < 0.05] = 0.0
    before[:, 0] += 1.0
    after[:, -1] += 1.0
    alive = before + after > 0
    entry = alive * draw.random((cases, cells)) * after.mean(axis=1, keepdims=True)
    leave = -1.0 * alive * draw.random((cases, cells)) * before
    return before, after, np.stack([entry, leave, after - before - entry - leave], axis=1)


def test_a_hundred_thousand_random_ledgers_close() -> None:
    worst = 0.0
    for cells, cases in ((2, 50_000), (6, 40_000), (20, 10_000)):
        before, after, changes = random_ledgers(cases, cells, cells)
        for piece in np.array_split(np.arange(cases), 10):
            found = equations.contributions(before[piece], after[piece], changes[piece]).sum(axis=1)
            gap = found - (equations.entropy(after[piece]) - equations.entropy(before[piece]))
            worst = max(worst, float(np.abs(gap).max()))
    assert worst <= 1e-12


def test_a_hundred_thousand_random_moves_produce_and_close() -> None:
    draw = np.random.default_rng(3)
    for cells, cases in ((2, 50_000), (5, 50_000)):
        stock = draw.integers(1, 2000, (cases, cells)).astype(float)
        shares = draw.random((cases, cells, cells)) ** 3
        moves = stock[..., None] * shares / shares.sum(axis=-1, keepdims=True) * (draw.random(shares.shape) < 0.7)
        wider, _ = equations.opened(moves, stock)
        produced, exchanged = equations.produced_and_exchanged(stock, wider)
        apart = moves * ~np.eye(cells, dtype=bool)
        after = stock - apart.sum(axis=-1) + apart.sum(axis=-2)
        assert produced.min() >= -1e-14
        assert np.abs(produced + exchanged - (equations.entropy(after) - equations.entropy(stock))).max() <= 1e-12


counts = st.lists(st.integers(0, 1000), min_size=2, max_size=8).filter(lambda one: sum(one) > 0)


@given(counts, st.randoms())
def test_entropy_is_bounded_and_blind_to_order_and_scale(stock: list[int], shuffle: object) -> None:
    value = equations.entropy(np.array(stock, float))
    mixed = list(stock)
    shuffle.shuffle(mixed)  # type: ignore[attr-defined]
    assert -1e-12 <= value <= np.log(len(stock)) + 1e-12
    assert abs(equations.entropy(np.array(mixed, float)) - value) < 1e-12
    assert abs(equations.entropy(7.0 * np.array(stock, float)) - value) < 1e-12


@given(counts)
def test_merging_cells_never_raises_entropy(stock: list[int]) -> None:
    merged = np.array([stock[0] + stock[1], *stock[2:]], float)
    assert equations.entropy(merged) <= equations.entropy(np.array(stock, float)) + 1e-12


@given(st.integers(0, 10_000))
def test_total_correlation_is_never_negative_and_falls_when_industries_merge(seed: int) -> None:
    table = np.random.default_rng(seed).integers(0, 30, (4, 5)).astype(float) + 1e-9
    whole = equations.total_correlation(table)
    merged = np.concatenate([table[:, :2].sum(axis=1, keepdims=True), table[:, 2:]], axis=1)
    assert whole >= -1e-12
    assert equations.total_correlation(merged) <= whole + 1e-12


@given(st.integers(0, 10_000))
def test_channels_add_up_whatever_they_are_called_or_ordered(seed: int) -> None:
    before, after, changes = (one[0] for one in random_ledgers(1, 5, seed))
    found = equations.contributions(before, after, changes)
    turned = equations.contributions(before[::-1], after[::-1], changes[::-1, ::-1])
    joined = equations.contributions(before, after, np.stack([changes[:2].sum(axis=0), changes[2]]))
    assert np.allclose(turned[::-1], found, atol=1e-13)
    assert np.allclose(joined[0], found[:2].sum(), atol=1e-12)


@given(st.integers(0, 10_000))
def test_time_run_backwards_turns_every_channel_round(seed: int) -> None:
    before, after, changes = (one[0] for one in random_ledgers(1, 5, seed))
    back = equations.contributions(after, before, -changes)
    assert np.allclose(back, -equations.contributions(before, after, changes), atol=1e-12)


@given(st.integers(0, 10_000))
def test_three_attributes_have_one_synergy(seed: int) -> None:
    table = np.random.default_rng(seed).integers(0, 20, (2, 3, 4)).astype(float)
    one, other = equations.three_way(table + 1e-9)
    assert abs(one - other) < 1e-12


def test_regions_in_another_order_give_the_same_ledger() -> None:
    draw = np.random.default_rng(5)
    stock = draw.integers(50, 500, (6, 4)).astype(float)
    born = draw.integers(0, 20, (6, 4)).astype(float)
    place = draw.permutation(6)
    names = np.array(list("ABCDEF"))
    ledgers = []
    for turn in (np.arange(6), place):
        values = {"firms": stock[turn], "births": born[turn]}
        panel = Panel.of(values, regions=names[turn].tolist(), periods=[2001, 2002, 2003, 2004])
        ledgers.append(order.entropy(panel, "firms", flows={"entry": "births"}, draws=50)["ledger"])
    for column in ("entropy", "change", "entry", "reclassified"):
        assert np.allclose(ledgers[0][column], ledgers[1][column], atol=1e-13)


def test_the_same_seed_gives_the_same_finding() -> None:
    stock = np.random.default_rng(6).integers(50, 500, (6, 4)).astype(float)
    panel = Panel.of({"firms": stock}, regions=list("ABCDEF"), periods=[2001, 2002, 2003, 2004])
    one, other = (order.entropy(panel, "firms", draws=50, seed=9) for _ in range(2))
    assert one.claim == other.claim
    assert np.array_equal(one["ledger"]["lo"], other["ledger"]["lo"])

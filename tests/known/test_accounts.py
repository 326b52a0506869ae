"""Input-output accounts against the two-sector example of Miller & Blair (2009), chapter 2, and by hand."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from coevolve.errors import DataError
from coevolve.evidence.accounts import Accounts

# Miller & Blair, Input-Output Analysis (2nd ed.), section 2.3: flows, output, and the printed A and Leontief inverse.
FLOWS = np.array([[150.0, 500.0], [200.0, 100.0]])
OUTPUT = np.array([1000.0, 2000.0])
FINAL = np.array([350.0, 1700.0])


def miller_blair(tables: int = 1) -> Accounts:
    repeat = np.ones((tables, 1))
    return Accounts(
        ("agriculture", "manufacturing"),
        tuple(str(2000 + k) for k in range(tables)),
        ("",) * tables,
        np.repeat(FLOWS[None], tables, axis=0),
        repeat * OUTPUT,
        repeat * FINAL,
        repeat * (OUTPUT - FLOWS.sum(axis=0)),
        unit="million",
    )


def test_direct_and_complete_coefficients_of_the_textbook() -> None:
    accounts = miller_blair()
    np.testing.assert_allclose(accounts.direct[0], [[0.15, 0.25], [0.20, 0.05]], atol=1e-15)
    np.testing.assert_allclose(accounts.leontief[0], [[1.2541, 0.3300], [0.2640, 1.1221]], atol=5e-5)
    np.testing.assert_allclose(accounts.complete[0], accounts.leontief[0] - np.eye(2), atol=0)
    np.testing.assert_allclose(accounts.imbalance(), 0, atol=1e-15)


def test_a_new_final_demand_needs_the_textbook_output() -> None:
    """Final demand of 600 and 1500 needs output of 1247.52 and 1841.58 (the book prints 1247.5 and 1841.6)."""
    np.testing.assert_allclose(miller_blair().leontief[0] @ [600, 1500], [1247.52, 1841.58], atol=0.01)


def test_complete_is_the_sum_of_all_rounds() -> None:
    accounts = miller_blair(2)
    rounds, power = np.zeros((2, 2)), np.eye(2)
    for _ in range(200):
        power = power @ accounts.direct[1]
        rounds += power
    np.testing.assert_allclose(accounts.complete[1], rounds, atol=1e-12)


def test_a_sector_without_output_has_no_coefficients() -> None:
    flows = np.array([[[0.0, 1.0], [0.0, 2.0]]])
    nothing = np.zeros((1, 2))
    accounts = Accounts(("a", "b"), ("2000",), ("",), flows, np.array([[0.0, 10.0]]), nothing, nothing)
    assert accounts.direct[0, :, 0].tolist() == [0, 0]
    assert np.isnan(accounts.imbalance()[0, 0])


def test_an_economy_that_needs_more_than_it_makes_is_refused_by_year() -> None:
    flows = np.stack([FLOWS, FLOWS * 9])
    accounts = Accounts(
        ("a", "b"),
        ("2000", "2001"),
        ("X", "X"),
        flows,
        np.stack([OUTPUT] * 2),
        np.stack([FINAL] * 2),
        np.stack([FINAL] * 2),
    )
    radius = np.abs(np.linalg.eigvals(accounts.direct[1])).max()
    with pytest.raises(DataError, match=rf"accounts of X 2001.*spectral radius >= 1.*{radius:.3f}"):
        _ = accounts.leontief


def test_wrong_shapes_and_numbers_are_refused_all_at_once() -> None:
    with pytest.raises(DataError) as caught:
        Accounts(("a", "b"), ("2000",), (), np.ones((1, 2, 3)), np.ones((1, 2)), np.ones((2, 2)), np.ones((1, 2)))
    assert len(caught.value.faults) == 3
    assert "Expected (1, 2, 2)" in str(caught.value)
    wild = FLOWS[None].copy()
    wild[0, 0, 0] = np.inf
    with pytest.raises(DataError, match="flows hold numbers that are not finite"):
        Accounts(("a", "b"), ("2000",), ("",), wild, OUTPUT[None], FINAL[None], FINAL[None])


def test_digest_changes_with_one_cell_and_pickle_keeps_it() -> None:
    accounts = miller_blair()
    again = pickle.loads(pickle.dumps(accounts))
    assert again.digest() == accounts.digest()
    changed = accounts.flows.copy()
    changed[0, 1, 0] += 1e-9
    other = Accounts(
        accounts.sectors,
        accounts.years,
        accounts.regions,
        changed,
        accounts.gross_output,
        accounts.final_demand,
        accounts.value_added,
        accounts.unit,
    )
    assert other.digest() != accounts.digest()
    with pytest.raises(ValueError, match="read-only"):
        accounts.flows[0, 0, 0] = 1

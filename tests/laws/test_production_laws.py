"""What must hold for any accounts: identities of the inverse, joining of sectors, and linkages of mean one."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from coevolve.evidence.accounts import Accounts
from coevolve.evidence.use_make import square
from coevolve.themes import production
from coevolve.themes.production import equations
from coevolve.themes.production.model import Economy

Array = NDArray[np.float64]


def economy_of(seed: int, size: int) -> Economy:
    """A random economy in which inputs cost between 30 % and 90 % of output; some flows are zero."""
    rng = np.random.default_rng(seed)
    direct = rng.random((size, size)) * (rng.random((size, size)) < 0.8)
    cost = np.maximum(direct.sum(axis=0), 1e-12)
    direct = direct / cost * rng.uniform(0.3, 0.9, size)
    final = rng.lognormal(0, 1, size)
    output = np.linalg.solve(np.eye(size) - direct, final)
    flows = direct * output
    return Economy(tuple(f"s{k}" for k in range(size)), flows, output, final, output - flows.sum(axis=0))


ECONOMY = st.builds(economy_of, st.integers(0, 10**6), st.integers(2, 12))


@given(ECONOMY)
@settings(max_examples=40)
def test_identities_of_the_inverse(economy: Economy) -> None:
    size = len(economy.output)
    np.testing.assert_allclose(economy.leontief @ (np.eye(size) - economy.direct), np.eye(size), atol=1e-10)
    np.testing.assert_allclose(economy.leontief @ economy.final_demand, economy.output, rtol=1e-10)
    np.testing.assert_allclose(economy.complete, economy.direct @ economy.leontief, atol=1e-10)
    assert (economy.output_multipliers >= 1 - 1e-12).all()
    assert (economy.complete >= economy.direct - 1e-12).all()


@given(ECONOMY)
@settings(max_examples=40)
def test_prices_close_the_accounts_as_quantities_do(economy: Economy) -> None:
    """Value added per unit times L is 1 for every sector: the price of everything is what is earned in it."""
    earned = economy.value_added / economy.output
    np.testing.assert_allclose(earned @ economy.leontief, 1, rtol=1e-9)


@given(ECONOMY)
@settings(max_examples=40)
def test_a_loss_is_at_least_the_output_that_vanishes_and_at_most_all(economy: Economy) -> None:
    loss = economy.extraction_losses
    assert (loss >= economy.output * (1 - 1e-12)).all()
    assert (loss <= economy.output.sum() * (1 + 1e-10)).all()


@given(ECONOMY, st.floats(-3, 3))
@settings(max_examples=20)
def test_effects_are_linear(economy: Economy, factor: float) -> None:
    from coevolve.themes.production.propagation_tables import Shock, effects_of

    one = effects_of(economy, Shock(np.array([0]), np.array([2.0]), False))
    more = effects_of(economy, Shock(np.array([0]), np.array([2.0 * factor]), False))
    np.testing.assert_allclose(more.total, factor * one.total, atol=1e-9)
    np.testing.assert_allclose(one.initial + one.direct + one.indirect, one.total, atol=1e-12)


@given(st.integers(0, 10**6), st.integers(2, 6))
@settings(max_examples=30)
def test_the_sales_models_never_change_the_sums(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    make = np.diag(rng.uniform(5, 10, size)) + rng.random((size, size))
    use = rng.random((size, size))
    final, added = make.sum(axis=0) - use.sum(axis=1), make.sum(axis=1) - use.sum(axis=0)
    for model in ("fixed_product_sales", "fixed_industry_sales", "product_technology", "industry_technology"):
        flows, output, demanded, earned = square(make, use, final, added, model)
        np.testing.assert_allclose(flows.sum(axis=1) + demanded, output, rtol=1e-9)
        np.testing.assert_allclose(flows.sum(axis=0) + earned, output, rtol=1e-9)


@given(ECONOMY)
@settings(max_examples=10)
def test_the_order_of_sectors_does_not_matter(economy: Economy) -> None:
    names = economy.sectors
    turned = np.arange(len(names))[::-1]
    found = []
    for order in (np.arange(len(names)), turned):
        arrays = (economy.flows[np.ix_(order, order)], economy.output[order])
        accounts = Accounts(
            tuple(names[k] for k in order), ("1",), ("",), arrays[0][None], arrays[1][None],
            economy.final_demand[order][None], economy.value_added[order][None], basis="domestic",
        )  # fmt: skip
        rows = production.linkages(accounts, draws=0)["linkages"].rows()
        found.append({str(row["industry"]): float(str(row["backward_linkage"])) for row in rows})
    assert found[0].keys() == found[1].keys()
    np.testing.assert_allclose([found[0][k] for k in names], [found[1][k] for k in names], rtol=1e-10)


def test_coefficients_of_many_tables_at_once() -> None:
    rng = np.random.default_rng(0)
    flows, output = rng.random((3, 4, 4)), rng.uniform(5, 9, (3, 4))
    many = equations.leontief_inverse(equations.direct_coefficients(flows, output))
    for k in range(3):
        np.testing.assert_allclose(many[k], np.linalg.inv(np.eye(4) - flows[k] / output[k]), rtol=1e-12)
    np.testing.assert_allclose(
        equations.complete_coefficients(equations.direct_coefficients(flows, output)), many - np.eye(4), atol=1e-15
    )


def test_the_spectral_radius_of_a_large_table_is_that_of_all_eigenvalues() -> None:
    rng = np.random.default_rng(1)
    direct = rng.random((320, 320)) * rng.uniform(0.2, 1.0, 320)
    direct *= 0.8 / direct.sum(axis=0).max()
    assert abs(equations.spectral_radius(direct) - np.abs(np.linalg.eigvals(direct)).max()) < 1e-10
    assert equations.spectral_radius(np.zeros((3, 3))) == 0
    assert equations.spectral_radius(np.zeros((0, 0))) == 0

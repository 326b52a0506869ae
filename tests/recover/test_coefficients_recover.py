"""Worlds whose coefficients move by a known law: what can be foreseen is found, what cannot is not claimed."""

from __future__ import annotations

import numpy as np
import pytest

from coevolve.evidence.accounts import Accounts
from coevolve.inquiry.finding import Finding
from coevolve.themes import production
from coevolve.themes.production.worlds import accounts_of_a_chain

A, B, RAS = "A: LSTM blend", "B: last value", "RAS (conditional)"


def overall(found: Finding, model: str) -> tuple[float, float]:
    """The gain of a model over all horizons and the lower end of its interval."""
    row = next(one for one in found["gain"].rows() if one["model"] == model and one["horizon"] is None)
    return float(str(row["gain"])), float(str(row["gain_lo"]))


def wandering(seed: int, years: int = 16, countries: int = 4, size: int = 8) -> Accounts:
    """Countries whose log coefficients walk at random by 5 % a year: the last value is the best there is."""
    draw = np.random.default_rng(seed)
    first = np.log(draw.uniform(0.01, 0.1, (1, countries, size, size)))
    direct = np.exp(first + np.cumsum(draw.normal(0, 0.05, (years, countries, size, size)), axis=0))
    output = 100 * np.exp(np.cumsum(draw.normal(0.02, 0.03, (years, countries, size)), axis=0))
    flows = (direct * output[:, :, None, :]).reshape(-1, size, size)
    output = output.reshape(-1, size)
    return Accounts(
        tuple(f"industry {k}" for k in range(size)),
        tuple(str(2000 + t) for t in range(years) for _ in range(countries)),
        tuple(f"country {r}" for _ in range(years) for r in range(countries)),
        flows,
        output,
        output - flows.sum(axis=2),
        output - flows.sum(axis=1),
        basis="domestic",
    )


@pytest.mark.slow
def test_lasting_trends_are_found_and_the_lead_is_claimed() -> None:
    """The world supply-chain: use of electronics and software grows year by year, under 2 % of noise."""
    found = production.coefficients(accounts_of_a_chain(1), "electronics", hold_out=2, origins=8, top=3)
    gain, low = overall(found, A)
    assert gain > 15
    assert low > 0
    assert "better than keeping the last value" in found.claim
    actual = next(row for row in found["comparison"].rows() if row["model"] == "actual")
    told = next(row for row in found["comparison"].rows() if row["model"] == A)
    kept = next(row for row in found["comparison"].rows() if row["model"] == B)
    for side in ("complete_supply", "complete_demand"):
        real = float(str(actual[side]))
        assert abs(float(str(told[side])) - real) < abs(float(str(kept[side])) - real)


@pytest.mark.slow
def test_where_coefficients_walk_at_random_nothing_is_claimed_and_a_stays_with_the_last_value() -> None:
    for seed in (1, 2):
        found = production.coefficients(wandering(seed), "industry 3", hold_out=2, origins=6)
        gain, _ = overall(found, A)
        assert gain > -2
        assert not found.claim.startswith("Model A")
        net = found["weights"]["lstm"]
        assert net[-1] <= 0.25


def test_forecast_bands_hold_what_they_promise_where_the_past_is_like_the_future() -> None:
    """The 95 % ranges of the last value over many chains, told from the last origin."""
    inside: list[bool] = []
    for seed in range(6):
        found = production.coefficients(
            wandering(seed), [f"industry {k}" for k in range(8)], models=("B",), hold_out=2, origins=8
        )
        rows = found["comparison"].rows()
        actual = {(row["region"], row["industry"]): row for row in rows if row["model"] == "actual"}
        for row in rows:
            if row["model"] != B:
                continue
            real = actual[row["region"], row["industry"]]
            for side in ("complete_supply", "complete_demand"):
                middle, low = float(str(row[side])), float(str(row[f"{side}_lo"]))
                off = abs(float(str(real[side])) - middle)
                inside.append(off <= middle - low)
    assert 0.88 <= np.mean(inside) <= 0.99


def test_knowing_the_margins_is_worth_something() -> None:
    found = production.coefficients(wandering(3), "industry 0", models=("B",), hold_out=2)
    gain, low = overall(found, RAS)
    assert gain > 10
    assert low > 0

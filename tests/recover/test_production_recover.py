"""The made accounts hold what their story says, and the questions find it again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coevolve.inquiry.key import Key
from coevolve.themes import production
from coevolve.themes.production.model import Economy
from coevolve.themes.production.worlds import NOISE, TREND, YEARS, accounts_of_a_chain


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_coefficients_drift_by_the_law_that_was_put_in(seed: int) -> None:
    """Slopes of log coefficients on time, cell by cell, scatter about the truth as the noise says."""
    accounts = accounts_of_a_chain(seed)
    time = np.arange(YEARS) - (YEARS - 1) / 2
    slope = np.tensordot(time, np.log(accounts.direct), axes=(0, 0)) / (time**2).sum()
    error = (slope - TREND[:, None]) / (NOISE / np.sqrt((time**2).sum()))
    assert np.abs(error.mean()) < 4 / np.sqrt(error.size)
    assert 0.75 < error.std() < 1.25
    np.testing.assert_allclose(accounts.imbalance(), 0, atol=1e-12)


def test_the_share_of_software_grows_in_the_chain_of_electronics() -> None:
    accounts = accounts_of_a_chain(5)
    share = []
    for year in (1996, 2020):
        table = production.chain(accounts, "electronics", year=year, draws=0)["supply"]
        share.append(float(table["complete"][table["industry"] == "software"][0]))
    assert share[1] > 1.8 * share[0]


def test_ranges_cover_the_truth_when_errors_are_as_assumed() -> None:
    """Tables made wrong by 10 % a flow, sums kept: the 95 % range holds the true coefficient about as often as said."""
    accounts = accounts_of_a_chain(11).table()
    truth = Economy.of(accounts)
    covered = []
    for k in range(12):
        wrong = truth.redrawn(0.1, Key.of(k, "wrong").numpy())
        assert wrong is not None
        seen = replace(accounts, flows=wrong.flows[None])
        table = production.consumption(seen, seed=k, draws=200)["coefficients"]
        true = truth.complete.T.ravel()
        covered.append(((table["complete_lo"] <= true) & (true <= table["complete_hi"])).mean())
    assert 0.88 < float(np.mean(covered)) < 0.99

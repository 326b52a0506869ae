"""The growth that symbiosis leaves unexplained, by hand; and what the interactive forecast does without any."""

import numpy as np
import pytest

from coevolve.engine import residual_net
from coevolve.engine.growth import paths
from coevolve.evidence.fit import Fit
from coevolve.evidence.panel import Panel
from coevolve.inquiry.at import Here
from coevolve.inquiry.key import Key
from coevolve.themes.forecast.entries import entrant
from coevolve.themes.symbiosis.lasting import Lasting
from coevolve.themes.symbiosis.unexplained import (
    Growth,
    Unexplained,
    _judged,
    learn,
    rolled,
    samples_of,
    unexplained_growth,
)

AT = Here(Key.of(7, "interactive"))
RATE, CAPACITY = np.array([0.2, 0.3]), np.array([900.0, 600.0])
SYMBIOSIS = np.array([[0.0, -0.3], [0.1, 0.0]])
EXTRA = np.array([0.03, -0.02])
FRESH = Lasting(np.zeros(3), np.zeros(3), np.zeros((1, 2)), np.zeros(2), False)  # no shock lasts


def truth() -> Fit:
    """A fit that knows the equations without doubt."""
    arrays = {"rate": RATE, "capacity": CAPACITY, "symbiosis": SYMBIOSIS}
    many = {name: np.repeat(value[None, None], 3, axis=0) for name, value in arrays.items()}
    axes = {name: ("draw", "region", "pole", "other")[: value.ndim] for name, value in many.items()}
    return Fit("symbiosis", many, axes, {"region": ("r0",), "pole": ("one", "two"), "other": ("one", "two")})


def panel(extra: np.ndarray, years: int = 20) -> Panel:
    """One region that follows the equations and grows by `extra` more every year."""
    push = np.broadcast_to(extra, (1, years - 1, 2))
    logs = paths(np.log([[90.0, 150.0]]), RATE[None], CAPACITY[None], SYMBIOSIS[None], np.ones(years - 1), push)
    values = np.exp(logs).transpose(0, 2, 1)
    return Panel.of({"firms": values}, regions=["r0"], industries=["one", "two"], periods=range(2000, 2000 + years))


def test_what_the_equations_miss_is_the_extra_growth() -> None:
    found = unexplained_growth(truth(), panel(EXTRA).series("firms"), (0,), (0, 1), FRESH)
    np.testing.assert_allclose(found.missed[0], np.broadcast_to(EXTRA, (19, 2)), atol=1e-12)
    np.testing.assert_allclose(found.unit, np.abs(EXTRA))


def test_a_gap_leaves_the_steps_beside_it_unknown() -> None:
    values = panel(EXTRA).series("firms").values.copy()
    values[0, 1, 7] = np.nan
    gappy = Panel.of({"firms": values}, regions=["r0"], industries=["one", "two"], periods=range(2000, 2020))
    missed = unexplained_growth(truth(), gappy.series("firms"), (0,), (0, 1), FRESH).missed[0]
    assert np.isnan(missed[7]).all()
    assert np.isnan(missed[6, 1])
    assert np.isfinite(missed[[5, 8]]).all()


def test_the_say_of_the_net_is_decided_on_years_it_has_not_seen() -> None:
    random = np.random.default_rng(1)
    truth_, years = random.normal(size=200), np.repeat(np.arange(5), 40)
    trust, gain = _judged(truth_, truth_, years)
    assert (trust, gain) == (1.0, 1.0)
    assert _judged(truth_, -truth_, years) == (0.0, 0.0)
    assert _judged(truth_, random.normal(size=200), years)[0] <= 0.2
    half = 0.5 * truth_
    assert _judged(half, truth_, years)[0] == 0.5


class Says:
    """Stands for a net that expects one unit of every pole."""

    def misses(self, samples):
        return np.ones((len(samples), 1))


class Still:
    """Stands for a net that expects nothing."""

    def misses(self, samples):
        return np.zeros((len(samples), 1))


def test_the_path_is_pushed_by_what_is_expected_and_trusted() -> None:
    series = panel(EXTRA).series("firms")
    growth = unexplained_growth(truth(), series, (0,), (0, 1), FRESH)
    found = Unexplained(growth, Says(), 0.5, 0.2, 3)
    push = rolled(found, truth(), series.periods, 4)
    np.testing.assert_allclose(push[0], np.broadcast_to(0.5 * np.abs(EXTRA), (4, 2)))
    np.testing.assert_array_equal(rolled(Unexplained(growth, None, 0.0, 0.0, 3), truth(), series.periods, 4), 0.0)


def test_what_shocks_that_last_foretell_is_not_for_the_net_to_say() -> None:
    series, half = panel(EXTRA).series("firms"), np.full(3, 0.5)
    lasting = Lasting(half, np.zeros(3), np.zeros((1, 2)), np.zeros(2), False)
    growth = unexplained_growth(truth(), series, (0,), (0, 1), lasting)
    samples, step = samples_of(growth)
    per_unit = np.tile(np.sign(EXTRA), 19)
    np.testing.assert_allclose(samples.missed[:, 0], np.where(step == 0, per_unit, 0.5 * per_unit))
    np.testing.assert_array_equal(rolled(Unexplained(growth, Still(), 1.0, 0.2, 3), truth(), series.periods, 3), 0.0)
    push = rolled(Unexplained(growth, Says(), 1.0, 0.2, 3), truth(), series.periods, 3)
    np.testing.assert_allclose(push[0], np.outer([1.0, 1.5, 1.75], np.abs(EXTRA)))  # what the net added lasts, too


def test_too_little_growth_to_learn_from_is_plain_symbiosis() -> None:
    few = Growth(np.zeros((1, 8, 2)), np.zeros((1, 8, 2)), np.zeros((1, 9, 2)), np.ones(2), FRESH)
    found = learn(few, np.random.default_rng(1))
    assert found.trust == 0.0
    assert "too little growth" in found.words()


def test_without_symbiosis_it_says_so_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(residual_net, "STEPS", 20)
    years = np.arange(16)
    values = 500 / (1 + 6 * np.exp(-0.3 * years)) * np.ones((2, 2, 1)) * np.array([[[1.0], [0.8]], [[1.2], [0.9]]])
    values[:, 1, :9] = np.nan  # one pole has seven years only
    short = Panel.of({"firms": values}, regions="ab", industries=["one", "two"], periods=2000 + years)
    series = short.series("firms")
    assert entrant("interactive").refuses(series) == ""
    said = entrant("interactive").fit(series, AT).forecast(2)
    assert any("symbiosis could not be fitted" in note.text for note in said.notes)
    plain = entrant("symbiosis").fit(series, AT).forecast(2)
    np.testing.assert_array_equal(said.values, plain.values)
    alone = Panel.of({"firms": values[:, :1]}, regions="ab", industries=["one"], periods=2000 + years).series("firms")
    assert entrant("interactive").refuses(alone).startswith("interactive needs two series or more")

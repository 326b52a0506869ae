"""Baselines against books, competitions and independent programs."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize

from coevolve.engine.baselines import BASELINES, drift, naive, rolling_origins, seasonal_naive
from coevolve.engine.blending import blended, weights_of
from coevolve.engine.conformal import band_widths, bands, central_levels, recent_change, rolling_misses
from coevolve.engine.optimised_theta import optimised_theta
from coevolve.engine.scores import covered, mase_scale, smape
from coevolve.engine.season import is_seasonal, moving_average, season_of
from coevolve.engine.smoothing import damped, theta
from coevolve.inquiry.finding import QUANTILES
from coevolve.themes.forecast import equations

AIRLINE_1949_TO_1952 = [
    112,
    118,
    132,
    129,
    121,
    135,
    148,
    148,
    136,
    119,
    104,
    118,
    115,
    126,
    141,
    135,
    125,
    149,
    170,
    170,
    158,
    133,
    114,
    140,
    145,
    150,
    178,
    163,
    172,
    178,
    199,
    199,
    184,
    162,
    146,
    166,
    171,
    180,
    193,
    181,
    183,
    218,
    230,
    242,
    209,
    191,
    172,
    194,
]
OIL = [
    445.4,
    453.2,
    454.4,
    422.4,
    456.0,
    440.4,
    425.2,
    486.2,
    500.4,
    521.3,
    508.9,
    488.9,
    509.9,
    456.7,
    473.8,
    525.9,
    549.8,
    542.3,
]
SHORT = [3.0, 4.1, 4.9, 6.2, 7.1, 7.7, 9.2, 9.8]
QUARTERS = [
    112.0,
    98.7,
    85.6,
    107.3,
    116.3,
    100.9,
    87.1,
    111.0,
    120.2,
    102.5,
    89.1,
    115.3,
    123.4,
    103.8,
    91.9,
    119.6,
    125.8,
    105.1,
    95.4,
    123.6,
    127.6,
    107.0,
    99.5,
    127.1,
]

# independent program statsforecast 2.1.1 (auto_theta, model="STM"), made once on Python 3.11
STATSFORECAST = [
    (AIRLINE_1949_TO_1952[:12], 1, [117.822667, 117.784206, 117.745744, 117.707282], 1e-6),
    (OIL, 1, [546.02168, 548.855272, 551.688863, 554.522454], 1e-5),
    (SHORT, 1, [10.28928, 10.779756, 11.270232, 11.760708], 1e-6),
    (AIRLINE_1949_TO_1952, 12, [194.766635, 195.741505, 196.716375, 197.691244], 1e-6),
    (QUARTERS, 4, [133.67589, 112.714697, 99.530493, 127.448249], 1e-3),  # its search stops short of the optimum
]
STATSFORECAST_THETA_MASE = {"m3": 2.770009, "m1": 4.225722}
STATSFORECAST_OPTIMISED_THETA_MASE = {"m3": 2.576, "m1": 3.660}
NAIVE_MASE = {"m3": 3.1717, "m1": 4.8943}


def competition(data_root: Path, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Training parts, aligned at their ends, and the six test points of every series."""
    duckdb = pytest.importorskip("duckdb")
    path = data_root / "forecasting" / f"{name}_yearly.parquet"
    if not path.is_file():
        pytest.skip(f"no {path.name} among the real statistics")
    rows = duckdb.sql(f"select series, value from '{path}' order by series, year_index").fetchall()
    series: dict[str, list[float]] = {}
    for key, value in rows:
        series.setdefault(key, []).append(value)
    longest = max(len(values) for values in series.values()) - 6
    training = np.full((len(series), longest), np.nan)
    for place, values in enumerate(series.values()):
        training[place, longest - len(values) + 6 :] = values[:-6]
    return training, np.array([values[-6:] for values in series.values()])


def mean_mase(training: np.ndarray, test: np.ndarray, forecast: np.ndarray) -> float:
    return float((np.abs(test - forecast).mean(axis=1) / mase_scale(training)).mean())


@pytest.mark.parametrize("name", ["m3", "m1"])
def test_protocol_gives_the_published_naive_figure(data_root: Path, name: str) -> None:
    training, test = competition(data_root, name)
    assert round(mean_mase(training, test, naive(training, 6)), 4) == NAIVE_MASE[name]


def test_published_smape_of_naive(data_root: Path) -> None:
    training, test = competition(data_root, "m3")
    assert round(float(smape(test, naive(training, 6)).mean()), 2) == 17.88


@pytest.mark.parametrize("name", ["m3", "m1"])
def test_theta_is_as_good_as_an_independent_program(data_root: Path, name: str) -> None:
    training, test = competition(data_root, name)
    found = mean_mase(training, test, theta(training, 6))
    assert found == pytest.approx(STATSFORECAST_THETA_MASE[name], rel=0.005)


@pytest.mark.parametrize(("name", "most"), [("m3", 2.85), ("m1", 3.50)])
def test_damped_stays_at_its_measured_figure(data_root: Path, name: str, most: float) -> None:
    training, test = competition(data_root, name)
    assert mean_mase(training, test, damped(training, 6)) <= most


@pytest.mark.parametrize("name", ["m3", "m1"])
def test_optimised_theta_is_as_good_as_an_independent_program(data_root: Path, name: str) -> None:
    training, test = competition(data_root, name)
    found = mean_mase(training, test, optimised_theta(training, 6))
    assert found == pytest.approx(STATSFORECAST_OPTIMISED_THETA_MASE[name], rel=0.01)


def test_optimised_theta_finds_the_optimum_of_the_printed_equation() -> None:
    scale = np.array(OIL)

    def loss(guess: np.ndarray) -> float:
        said, _ = equations.optimised_theta_path(scale, 1, guess[0], guess[1], guess[2])
        return float(((scale - said)[3:] ** 2).sum())

    starts = itertools.product((0.3, 0.6, 0.9), (1.5, 4.0), (scale[0],))
    bounds = [(0.2, 0.99), (1.0, 1e6), (None, None)]
    options = {"xatol": 1e-8, "fatol": 1e-10, "maxiter": 4000}
    fits = [minimize(loss, start, bounds=bounds, method="Nelder-Mead", options=options) for start in starts]
    best = min(fits, key=lambda fit: fit.fun)
    _, expected = equations.optimised_theta_path(scale, 4, *best.x)
    np.testing.assert_allclose(optimised_theta(scale[None], 4)[0], expected, rtol=1e-3)


def test_without_a_trend_optimised_theta_is_simple_smoothing() -> None:
    holt = pytest.importorskip("statsmodels.tsa.holtwinters")
    scale = np.array(OIL)
    model = holt.SimpleExpSmoothing(scale, initialization_method="known", initial_level=440.0)
    fit = model.fit(smoothing_level=0.4, optimized=False)
    within, ahead = equations.optimised_theta_path(scale, 3, 0.4, 1.0, 440.0)
    np.testing.assert_allclose(within, fit.fittedvalues, rtol=1e-12)
    np.testing.assert_allclose(ahead, fit.forecast(3), rtol=1e-12)


def test_optimised_theta_lets_a_straight_line_go_on() -> None:
    straight = np.array([3.0 + 2.0 * np.arange(12)])
    np.testing.assert_allclose(optimised_theta(straight, 3)[0], 3.0 + 2.0 * np.arange(12, 15), rtol=1e-6)
    gappy = straight.copy()
    gappy[0, 5] = np.nan
    gappy[0, 11] = np.nan  # the last value was not observed: the forecast counts from the one before
    np.testing.assert_allclose(optimised_theta(gappy, 3)[0], 3.0 + 2.0 * np.arange(12, 15), rtol=1e-6)


def test_weights_by_hand() -> None:
    actual = np.zeros((2, 1, 2))
    said = {"wrong": np.full((2, 1, 2), 4.0), "right": np.zeros((2, 1, 2))}
    found = weights_of(said, actual, np.ones((2, 1)))  # K = 2 origins / 2 steps = 1: a quarter of the way
    assert found == pytest.approx({"wrong": 0.375, "right": 0.625})
    unknown = {name: np.full((2, 1, 2), np.nan) for name in said}
    assert weights_of(unknown, actual, np.ones((2, 1))) == {"wrong": 0.5, "right": 0.5}


def test_a_blend_of_what_speaks() -> None:
    said = {"a": np.array([[[1.0]], [[np.nan]], [[np.nan]]]), "b": np.array([[[3.0]], [[5.0]], [[np.nan]]])}
    simple = [np.full((3, 1, 1), 8.0), np.array([[[np.nan]], [[np.nan]], [[6.0]]])]
    made = blended(said, {"a": 0.25, "b": 0.75}, simple)
    np.testing.assert_allclose(made[:, 0, 0], [2.5, 5.0, 7.0])


@pytest.mark.parametrize("rule", ["naive", "drift", "theta", "dot", "damped"])
def test_bands_hold_what_they_promise_on_m3(data_root: Path, rule: str) -> None:
    training, test = competition(data_root, "m3")
    quantiles = np.array(QUANTILES)
    levels = central_levels(quantiles)
    run = BASELINES[rule].rule
    widths = band_widths(rolling_misses(training, run, 6), levels)
    made = bands(run(training, 6, 1), recent_change(training), widths, levels, quantiles, np.zeros(len(training)))
    held_80 = covered(test, made[..., QUANTILES.index(0.1)], made[..., QUANTILES.index(0.9)]).mean()
    held_95 = covered(test, made[..., 0], made[..., -1]).mean()
    assert 0.77 <= held_80 <= 0.85
    assert 0.93 <= held_95 <= 0.97


@pytest.mark.xfail(reason="80 % bands hold 75 to 77 % where growth broke: docs/accuracy.md", strict=True)
@pytest.mark.parametrize("rule", ["naive", "drift", "theta", "dot", "damped"])
def test_bands_hold_where_growth_broke(data_root: Path, rule: str) -> None:
    training, test = competition(data_root, "m1")
    quantiles = np.array(QUANTILES)
    levels = central_levels(quantiles)
    run = BASELINES[rule].rule
    widths = band_widths(rolling_misses(training, run, 6), levels)
    made = bands(run(training, 6, 1), recent_change(training), widths, levels, quantiles, np.zeros(len(training)))
    assert 0.77 <= covered(test, made[..., QUANTILES.index(0.1)], made[..., QUANTILES.index(0.9)]).mean() <= 0.85
    assert 0.93 <= covered(test, made[..., 0], made[..., -1]).mean() <= 0.97


@pytest.mark.parametrize(("values", "season", "expected", "tolerance"), STATSFORECAST)
def test_theta_equals_an_independent_program(
    values: list[float], season: int, expected: list[float], tolerance: float
) -> None:
    found = theta(np.array([values]), len(expected), season)[0]
    np.testing.assert_allclose(found, expected, rtol=tolerance)


@pytest.mark.parametrize("values", [AIRLINE_1949_TO_1952[:12], OIL, SHORT])
def test_theta_finds_the_optimum_of_the_printed_equation(values: list[float]) -> None:
    scale = np.array(values, float)

    def loss(guess: np.ndarray) -> float:
        said, _ = equations.theta_path(scale, 1, guess[0], guess[1])
        return float(((scale - said)[3:] ** 2).sum())

    starts = [(weight, scale[0]) for weight in (0.3, 0.9)]
    bounds = [(0.1, 0.99), (None, None)]
    fits = [
        minimize(
            loss,
            start,
            bounds=bounds,
            method="Nelder-Mead",
            options={"xatol": 1e-7, "fatol": 1e-10, "maxiter": 4000},
        )
        for start in starts
    ]
    best = min(fits, key=lambda fit: fit.fun)
    _, expected = equations.theta_path(scale, 4, *best.x)
    np.testing.assert_allclose(theta(scale[None], 4)[0], expected, rtol=1e-5)


def test_damped_equation_equals_an_independent_program() -> None:
    holt = pytest.importorskip("statsmodels.tsa.holtwinters")
    scale, (level, slope, damping) = np.array(OIL), (0.6, 0.3, 0.9)
    first = (scale[3] - scale[0]) / 3
    model = holt.ExponentialSmoothing(
        scale[1:],
        trend="add",
        damped_trend=True,
        initialization_method="known",
        initial_level=scale[0],
        initial_trend=first,
    )
    fit = model.fit(smoothing_level=level, smoothing_trend=slope, damping_trend=damping, optimized=False)
    within, ahead = equations.damped_path(scale, 5, (level, slope, damping), first)
    np.testing.assert_allclose(within, fit.fittedvalues, rtol=1e-10)
    np.testing.assert_allclose(ahead, fit.forecast(5), rtol=1e-10)


def test_damped_finds_the_optimum_of_the_printed_equation() -> None:
    scale = np.array(OIL)
    first = (scale[3] - scale[0]) / 3

    def loss(level: float, slope: float, damping: float) -> float:
        return float(((scale[1:] - equations.damped_path(scale, 1, (level, slope, damping), first)[0]) ** 2).sum())

    grid = itertools.product(np.linspace(0.1, 0.99, 60), np.linspace(0, 0.5, 21), np.linspace(0.8, 0.98, 10))
    best = min(grid, key=lambda weights: loss(*weights))
    found = damped(scale[None], 3)[0]
    _, expected = equations.damped_path(scale, 3, best, first)
    np.testing.assert_allclose(found, expected, rtol=2e-3)


@pytest.mark.parametrize("ratio", [True, False])
def test_season_equals_an_independent_program(ratio: bool) -> None:
    seasonal = pytest.importorskip("statsmodels.tsa.seasonal")
    scale = np.array(QUARTERS) - (0 if ratio else 110)
    expected = seasonal.seasonal_decompose(scale, model="multiplicative" if ratio else "additive", period=4).seasonal
    found = season_of(scale[None], 4)
    assert bool(found.is_seasonal[0])
    assert bool(found.is_ratio[0]) is ratio
    np.testing.assert_allclose(found.factors[0], expected[:4], rtol=1e-12)


def test_season_test_equals_its_formula() -> None:
    stattools = pytest.importorskip("statsmodels.tsa.stattools")
    for values, season in ((QUARTERS, 4), (AIRLINE_1949_TO_1952, 12)):
        lags = stattools.acf(np.array(values, float), nlags=season, fft=False)[1:]
        bound = 1.645 * np.sqrt((1 + 2 * (lags[:-1] ** 2).sum()) / len(values))
        assert bool(is_seasonal(np.array([values], float), season)[0]) is bool(abs(lags[-1]) > bound)


def test_moving_average_by_hand() -> None:
    found = moving_average(np.array([[1.0, 2.0, 3.0, 4.0, 5.0, 9.0]]), 4)[0]
    np.testing.assert_allclose(found[2:4], [3.0, (0.5 * 2 + 3 + 4 + 5 + 0.5 * 9) / 4])
    assert np.isnan(found[[0, 1, 4, 5]]).all()


def test_drift_by_hand_with_gaps() -> None:
    values = np.array([[np.nan, 10.0, np.nan, 16.0, np.nan]])
    np.testing.assert_allclose(drift(np.array([[2.0, 3.0, np.nan, 8.0]]), 2), [[10.0, 12.0]])
    assert np.isnan(drift(values, 2)).all()  # two observations do not make a trend
    np.testing.assert_allclose(naive(values, 2), [[16.0, 16.0]])


def test_seasonal_naive_takes_the_latest_year_that_was_seen() -> None:
    values = np.array([[1.0, 2.0, 3.0, 4.0, np.nan, 6.0]])
    np.testing.assert_allclose(seasonal_naive(values, 3, 2), [[3.0, 6.0, 3.0]])


def test_short_series_get_naive_and_drift_only() -> None:
    six = np.array([[1.0, 2.0, 4.0, 3.0, 5.0, 6.0]])
    able = {name for name, one in BASELINES.items() if not one.is_seasonal and np.isfinite(one.rule(six, 2, 1)).all()}
    assert able == {"naive", "drift"}


def test_origins() -> None:
    assert rolling_origins(17, 4, 3) == (11, 12, 13)
    assert rolling_origins(5, 4, 3) == (1,)


def test_mase_of_one_series_by_hand() -> None:
    training, actual, forecast = np.array([1.0, 3.0, 5.0]), np.array([6.0, 7.0]), np.array([5.0, 5.0])
    scale = mase_scale(training[None])[0]
    assert np.abs(actual - forecast).mean() / scale == equations.mase(actual, forecast, training) == 0.75

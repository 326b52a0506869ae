"""The measurement of calibration itself: what is right passes it, what is too sure fails it, and runs can be resumed.

A small version of `benchmarks/symbiosis_calibration.py`: truths drawn from the prior of the fit, ranked among draws.
"""

import importlib
import sys
from dataclasses import replace

import numpy as np
import pytest

from coevolve.inquiry.key import Key


@pytest.fixture(scope="module")
def bench(repository):
    """The modules of the measurement, by the last word of their name."""
    patch = pytest.MonkeyPatch()
    patch.syspath_prepend(str(repository / "benchmarks"))
    parts = ["store", "worlds", "density", "fits", "scores"]
    names = [f"calibration_{part}" for part in parts] + ["symbiosis_calibration"]
    yield {name.split("_")[-1]: importlib.import_module(name) for name in names}
    for name in names:
        sys.modules.pop(name, None)
    patch.undo()


def ranks_of_normals(bench, too_narrow):
    """Ranks of normal truths (known variance) among draws of their exact posterior, made narrower by a factor."""
    random, ranks = np.random.default_rng(3), []
    for _ in range(400):
        truth = random.standard_normal()
        seen = truth + random.standard_normal()
        ranks.append(bench["scores"].rank(seen / 2 + too_narrow * np.sqrt(0.5) * random.standard_normal(99), truth))
    return ranks


def test_ranks_of_an_exact_posterior_are_uniform_and_of_one_too_sure_are_not(bench):
    right = bench["scores"].uniformity(ranks_of_normals(bench, 1.0))
    assert right["chi2_p"] > 0.01
    assert right["ecdf_p"] > 0.01
    assert sum(right["counts"]) == 400
    sure = bench["scores"].uniformity(ranks_of_normals(bench, 0.7))
    assert sure["chi2_p"] < 1e-3
    assert sure["ecdf_p"] < 1e-2
    assert sure["sd_ratio"] > 1.1


def test_shares_know_that_cases_of_one_world_are_not_independent(bench):
    share = bench["scores"].share
    alone = share([[k % 10 != 0] for k in range(200)])
    clustered = share([[k % 10 != 0] * 5 for k in range(40)])
    assert alone[0] == clustered[0] == 0.9
    assert clustered[2] - clustered[1] > 1.8 * (alone[2] - alone[1])
    assert alone[1] == pytest.approx(0.8507, abs=1e-3)  # Wilson's interval of 180 of 200, by hand
    assert alone[2] == pytest.approx(0.9343, abs=1e-3)


def test_worlds_of_the_prior_have_its_moments_and_are_the_same_for_the_same_key(bench):
    worlds = bench["worlds"]
    priors = worlds.Priors.of_the_fit("chains", 6)
    cell = worlds.Cell("prior", 6, 3, 2, is_prior=True)
    many = [worlds.make(cell, Key.of(1, str(k)), priors) for k in range(300)]
    rates = np.array([np.log(world.rate).mean() for world in many])
    assert rates.mean() == pytest.approx(np.log(0.2), abs=0.12)
    b = np.array([world.mean_b[0, 1] for world in many])
    assert b.std() == pytest.approx(1.0, abs=0.15)
    own = np.log([world.noise["spread_b"] for world in many])
    assert own.mean() == pytest.approx(np.log(0.15), abs=0.15)
    again = worlds.make(cell, Key.of(1, "5"), priors)
    assert np.array_equal(again.logs, many[5].logs)
    assert np.isfinite(many[5].logs).all()


def test_a_broken_run_is_taken_up_and_gives_the_same_figures(bench, tmp_path):
    calibration, store = bench["calibration"], bench["store"]
    cell = bench["worlds"].CELLS["1x20x2-counted"]
    tasks = {k: calibration.Task(cell, "laplace", k) for k in range(3)}
    whole = store.collect(calibration.store_of(tmp_path / "whole", cell, "laplace", 11), calibration.run, tasks)
    parts = calibration.store_of(tmp_path / "parts", cell, "laplace", 11)
    store.collect(parts, calibration.run, {2: tasks[2]})
    with parts.path.open("a") as file:
        file.write('{"k": 0, "seco')
    resumed = store.collect(parts, calibration.run, tasks)
    assert store.digest(resumed) == store.digest(whole)
    assert sorted(parts.read()) == [0, 1, 2]
    other = calibration.store_of(tmp_path / "parts", replace(cell, counting=0.01), "laplace", 11)
    with pytest.raises(SystemExit, match="other settings"):
        other.read()


@pytest.mark.parametrize("kind", ["prior-1x20x3", "prior-8x15x2"])
def test_the_density_that_chains_draw_from_is_that_of_the_worlds(bench, kind):
    density, cell = bench["density"], bench["worlds"].CELLS[kind]
    found = density.identities(cell, 400, seed=2)
    assert density.verdict(found)["p"] > 0.01
    assert {"b", "measurement", "process", "tie", "own rate", "own capacity"} <= set(found)


def test_a_density_whose_clock_runs_fast_is_seen(bench, monkeypatch):
    density, cell = bench["density"], bench["worlds"].CELLS["prior-8x15x2"]
    plain = density.growing
    monkeypatch.setattr(density, "growing", lambda times, *rest: plain(1.1 * times, *rest))
    assert density.verdict(density.identities(cell, 200, seed=2))["p"] < 1e-3


@pytest.mark.recover
def test_a_small_run_holds_and_intervals_too_narrow_are_seen(bench, tmp_path):
    """Thirty regions fitted alone: 90 % intervals of b hold; the same intervals drawn together to a third do not."""
    calibration = bench["calibration"]
    arguments = ["--cells", "1x20x2-growing", "--worlds", "30", "--folder", str(tmp_path), "--fits", "laplace"]
    (right,) = calibration.main(arguments)
    assert right["coverage_b"][3] == 60
    assert right["coverage_b"][0] >= 0.8
    assert right["wrong_sign"][0] <= 0.05
    assert right["failed"] == 0
    cell = bench["worlds"].CELLS["1x20x2-growing"]
    records = calibration.store_of(tmp_path, cell, "laplace", calibration.SEED).read().values()
    for record in records:
        for row in record["b"]:
            row[2:] = [row[1] + 0.3 * (end - row[1]) for end in row[2:]]
    assert bench["scores"].summary(list(records))["coverage_b"][0] <= 0.6

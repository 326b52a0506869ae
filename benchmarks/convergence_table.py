"""The 36 x 3 table of industry convergence on one yardstick: effect, forecast and policy in simulated groups.

Run: python benchmarks/convergence_table.py [--seeds 5] [--groups 36]
Writes benchmarks/results/convergence_table.json, .md and .csv (36 groups x 3 scores, the layout of Ma's Table 1), anew
after every seed.

    score = 100 (model - floor) / (attainable - floor), of means over the groups

effect    the type of 50 pairs a group: share of right types; floor: chance (.2); attainable: the same recogniser,
          schooled on 20 000 pairs of exactly the groups' own worlds
forecast  the outputs of 12 pairs a group, 6 years ahead of 18: MASE; floor: naive; attainable: the true parameters
          from the true states; beside them a net schooled on 36 000 pairs of exactly the groups' own worlds: about
          what the past alone can tell
policy    six levers over ten years after 24 observed ones: discounted joint output, per cent above nothing; floor:
          nothing is done; attainable: full information; true effects stray from theory by .5 (even groups) or .9 (odd)
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from coevolve.engine.scores import mase_scale
from coevolve.evidence.panel import Panel
from coevolve.inquiry import catalogue
from coevolve.inquiry.at import Here
from coevolve.inquiry.key import Key
from coevolve.themes.convergence.pairs import CHANNELS, LOADINGS, Pairs, PairSettings, simulate_pairs_of
from coevolve.themes.convergence.policy_worlds import PolicyWorld, policy_group, worth_of_plans
from coevolve.themes.convergence.recognition import Schooling, school, schooled_on, together

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
PAIRS, CHANCE = 50, 0.2
YEARS, AHEAD, FORECAST_PAIRS = 24, 6, 12
FORECASTERS = ("naive", "drift", "theta", "damped", "dot", "blend")
SPREADS = (0.5, 0.9)  # sd of the logs of the true effects about theory: even groups, odd groups
DRAWS = 200
FLOORS = {"effect": "floor", "forecast": "naive", "policy": "nothing", "policy, wrong form": "nothing"}
MODELS = {"effect": "model", "forecast": "blend", "policy": "plan", "policy, wrong form": "plan"}
GOALS = {"effect": 80, "forecast": 75, "policy": 80, "policy, wrong form": 80}
PAPER = {"effect": 79.8, "forecast": 81.9, "policy": 82.6}
"""The means of Ma's Table 1: reported there, defined nowhere, and not to be told from even random numbers."""


def worlds(count: int, key: Key) -> list[PairSettings]:
    """What sets the groups apart: noise from .8 to 1.3 and differences between pairs from .25 to .4."""
    draw = key.child("groups").numpy()
    return [
        PairSettings(years=YEARS, noise=float(noise), spread=float(spread))
        for noise, spread in zip(draw.uniform(0.8, 1.3, count), draw.uniform(0.25, 0.4, count), strict=True)
    ]


def effect(groups: int, key: Key) -> dict[str, np.ndarray]:
    """Share of right types by group: of the recogniser, of its parts, and of one schooled on the groups' own worlds."""
    made = [simulate_pairs_of(PAIRS, key.child(f"{g}"), said, LOADINGS) for g, said in enumerate(worlds(groups, key))]
    ours = school(CHANNELS, YEARS, key.child("ours"))
    own = [
        simulate_pairs_of(-(-20_000 // groups), key.child(f"own {g}"), said, LOADINGS)
        for g, said in enumerate(worlds(groups, key))
    ]
    held_out = together(own[::10])
    matched = schooled_on(together(own), held_out, CHANNELS, key.child("matched"), Schooling(steps=1_500))
    right: dict[str, list[float]] = {"model": [], "net alone": [], "regression alone": [], "attainable": []}
    for one in made:
        net, logit = ours.parts(one.values)
        for name, logs in (
            ("model", ours.log_probabilities(one.values)),
            ("net alone", net),
            ("regression alone", logit),
            ("attainable", matched.log_probabilities(one.values)),
        ):
            right[name].append(float((logs.argmax(axis=1) == one.types).mean()))
    return {name: np.array(values) for name, values in right.items()} | {"floor": np.full(groups, CHANCE)}


def forecast(groups: int, key: Key) -> dict[str, np.ndarray]:
    """MASE six years ahead by group: of each forecaster, and of the true equations from the true states."""
    made = [
        simulate_pairs_of(FORECAST_PAIRS, key.child(f"{g}"), said, LOADINGS)
        for g, said in enumerate(worlds(groups, key))
    ]
    seen = np.exp(np.stack([one.values[:, :, -2:] for one in made]))  # (group, pair, year, output)
    series = seen.transpose(0, 1, 3, 2).reshape(-1, YEARS)
    past, actual = series[:, :-AHEAD], series[:, -AHEAD:]
    scale = mase_scale(past)
    labels = [f"{k:05d}" for k in range(len(series))]
    panel = Panel.of(
        {"output": past[:, None, :]}, regions=labels, periods=range(2001, 2001 + YEARS - AHEAD), industries=["all"]
    )
    found = {}
    for name in FORECASTERS:
        fitted = catalogue.forecaster(name)().fit(panel.series("output"), Here(key.child(name)))
        found[name] = _by_group(fitted.forecast(AHEAD).median()[:, 0], actual, scale, groups)
    schooled = _schooled_forecast(np.log(seen.reshape(-1, YEARS, 2)), groups, key.child("schooled"))
    found["schooled on the groups' worlds"] = _by_group(schooled, actual, scale, groups)
    found["attainable"] = _by_group(np.concatenate([_oracle(one) for one in made]), actual, scale, groups)
    return found


def _schooled_forecast(logs: np.ndarray, groups: int, key: Key) -> np.ndarray:
    """Forecasts (pair x output, year ahead) of logs (pair, year, output) by a dense net that learnt the groups' worlds.

    It reads the past of both outputs of a pair and learns by absolute error in the unit of MASE, as it is judged.
    """
    import jax
    import jax.numpy as jnp

    from coevolve.engine import nets
    from coevolve.engine.train import Settings, train

    made = [
        simulate_pairs_of(-(-36_000 // groups), key.child(f"{g}"), said, LOADINGS)
        for g, said in enumerate(worlds(groups, key))
    ]
    x, y, unit = _lessons(np.concatenate([one.values[:, :, -2:] for one in made]))
    mean, spread = x.mean(axis=0), x.std(axis=0) + 1e-6
    data = {"x": (x - mean) / spread, "y": y / unit[:, None]}
    data = {name: jnp.asarray(one, jnp.float32) for name, one in data.items()}

    def loss(params: Any, batch: Any, _key: Any, _hyper: Any) -> Any:
        return jnp.abs(nets.dense_net(params, batch["x"]) - batch["y"]).mean()

    start = nets.dense_net_start(key.child("start").jax(), x.shape[1], 64, AHEAD)
    trained = train(loss, start, data, key.child("net").jax(), Settings(steps=1_500, batch=512, rate=2e-3))
    x, _, unit = _lessons(logs)
    said = np.asarray(jax.jit(nets.dense_net)(trained.params, jnp.asarray((x - mean) / spread, jnp.float32)))
    last = np.exp(logs[:, -AHEAD - 1]).reshape(-1, 1)
    return np.asarray(last * (1.0 + said * unit[:, None]))


def _lessons(logs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each output of each pair: its past and its partner's, its years ahead, and its unit, all over its last."""
    past = logs[:, :-AHEAD] - logs[:, [-AHEAD - 1]]
    unit = np.abs(np.diff(np.exp(past), axis=1)).mean(axis=1)  # (pair, output)
    rows = [
        np.concatenate([past[:, :, i], past[:, :, 1 - i], np.diff(past[:, :, i], axis=1), np.log(unit[:, [i]])], axis=1)
        for i in (0, 1)
    ]
    ahead = np.exp(logs[:, -AHEAD:] - logs[:, [-AHEAD - 1]]) - 1.0
    size = len(logs) * 2
    return np.stack(rows, axis=1).reshape(size, -1), ahead.transpose(0, 2, 1).reshape(size, AHEAD), unit.reshape(size)


def wrong_form(groups: int, key: Key) -> dict[str, np.ndarray]:
    """The same where effects answer to spending by u^2 / (1 + u^2), while the plan still supposes 1 - exp(-u)."""
    return policy(groups, key, "hill")


def policy(groups: int, key: Key, form: Literal["exponential", "hill"] = "exponential") -> dict[str, np.ndarray]:
    """Discounted joint output under the truth by group, per cent above nothing: of the plan and of each baseline."""
    gains: dict[str, list[float]] = {}
    for g in range(groups):
        world, here = PolicyWorld(spread=SPREADS[g % 2], form=form), key.child(f"{g}")
        worth = worth_of_plans(policy_group(here.child("pair"), world), world, DRAWS, here.child("plan"))
        for name, value in worth.items():
            name = "attainable" if name == "full information" else name
            gains.setdefault(name, []).append(100.0 * (value / worth["nothing"] - 1.0))
    return {name: np.array(values) for name, values in gains.items()}


def _by_group(forecasts: np.ndarray, actual: np.ndarray, scale: np.ndarray, groups: int) -> np.ndarray:
    errors = np.abs(forecasts - actual).mean(axis=1) / scale
    return np.asarray(errors.reshape(groups, -1).mean(axis=1))


def _oracle(pairs: Pairs) -> np.ndarray:
    """The outputs of each pair (pair x output, year ahead) along its true equations from its true state, no shocks."""
    truth, last = pairs.truth, YEARS - AHEAD - 1
    log_x = np.log(pairs.scale[:, last])
    paths = []
    for t in range(last, YEARS - 1):
        used = np.exp(log_x) / (truth["capacity"] * np.exp(truth["growth"] * t))
        log_x = log_x + truth["rate"] * (1.0 - used - truth["symbiosis"] * pairs.degree[:, [t]] * used[:, ::-1])
        paths.append(np.exp(log_x))
    return np.asarray(np.stack(paths, axis=2).reshape(-1, AHEAD))


def score(model: np.ndarray, floor: np.ndarray, attainable: np.ndarray, draw: np.random.Generator) -> list[float]:
    """100 (model - floor) / (attainable - floor) of means over groups, with 90 % ends by resampling groups."""
    chosen = draw.integers(0, len(model), (2_000, len(model)))
    drawn = 100.0 * (model[chosen] - floor[chosen]).mean(1) / (attainable[chosen] - floor[chosen]).mean(1)
    middle = 100.0 * (model.mean() - floor.mean()) / (attainable.mean() - floor.mean())
    return [round(float(one), 1) + 0.0 for one in (middle, *np.quantile(drawn, [0.05, 0.95]))]


Columns = dict[str, dict[str, list[np.ndarray]]]
COLUMNS = {"effect": effect, "forecast": forecast, "policy": policy}
CHECKS = {"policy, wrong form": wrong_form}


def summary(columns: Columns, seeds: int, groups: int) -> dict[str, Any]:
    """Scores, raw values and what sets groups apart, groups of all seeds together."""
    draw = np.random.default_rng(0)
    said: dict[str, Any] = {"seeds": seeds, "groups": groups, "goals": GOALS, "paper": PAPER}
    for column, parts in columns.items():
        whole = {name: np.concatenate(values) for name, values in parts.items()}
        floor = whole[FLOORS[column]]
        said[column] = {
            name: {
                "score": score(values, floor, whole["attainable"], draw),
                "raw": round(float(values.mean()), 4),
                "groups_sd": round(float(values.std()), 4),
            }
            for name, values in whole.items()
        }
    said["policy by spread"] = _by_spread({name: np.stack(values) for name, values in columns["policy"].items()}, draw)
    return said


def _by_spread(parts: Mapping[str, np.ndarray], draw: np.random.Generator) -> dict[str, Any]:
    """The policy column once more for each spread of the truth, with the worst group's own score."""
    found = {}
    for k, spread in enumerate(SPREADS):
        some = {name: values[:, k :: len(SPREADS)].ravel() for name, values in parts.items()}
        floor, top = some["nothing"], some["attainable"]
        found[f"{spread:g}"] = {
            name: {
                "score": score(values, floor, top, draw),
                "worst_group": round(float((100.0 * (values - floor) / (top - floor)).min()), 1),
            }
            for name, values in some.items()
        }
    return found


def by_group(columns: Columns) -> list[list[str]]:
    """36 rows of three scores: the layout of Ma's Table 1. Each score is a ratio of means over the seeds of a group."""
    rows = []
    for g in range(len(columns["effect"]["model"][0])):
        row = [f"Group {g + 1}"]
        for column in COLUMNS:
            parts = columns[column]
            model, floor, top = (
                float(np.mean([one[g] for one in parts[name]]))
                for name in (MODELS[column], FLOORS[column], "attainable")
            )
            row.append(f"{100.0 * (model - floor) / (top - floor):.1f}")
        rows.append(row)
    return rows


GAIN = "output, % above nothing"
RAW = {"effect": "share of right types", "forecast": "MASE", "policy": GAIN, "policy, wrong form": GAIN}
RAW_DIGITS = {"effect": 3, "forecast": 3, "policy": 2, "policy, wrong form": 2}


def markdown(said: dict[str, Any], rows: list[list[str]]) -> str:
    """Everything to read: three columns with their baselines, and the 36 rows."""
    seeds = said["seeds"]
    lines = [
        "# Industry convergence in simulated groups: effect, forecast and policy on one yardstick",
        "",
        f"{said['groups']} groups, {seeds} seed{'s' if seeds > 1 else ''}. Score = 100 (model - floor) / (attainable - "
        "floor) of means over all groups; in brackets 90 % ends, by resampling groups. Truth is simulated: these "
        "are no scores of real industries.",
        "",
        "| column | score | goal | raw | floor | attainable | Ma (2021) |",
        "|---|---|---|---|---|---|---|",
    ]
    for column in COLUMNS:
        parts = said[column]
        digits, model = RAW_DIGITS[column], MODELS[column]
        raw = [f"{parts[name]['raw']:.{digits}f}" for name in (model, FLOORS[column], "attainable")]
        lines.append(
            f"| {column} | **{_ends(parts[model])}** | {said['goals'][column]} | {RAW[column]} {' | '.join(raw)} "
            f"| {said['paper'][column]:.1f}, reported, undefined |"
        )
    for column in (*COLUMNS, *CHECKS):
        digits = RAW_DIGITS[column]
        lines += [
            "",
            f"## {column}{'' if column in COLUMNS else ' (first seed only)'}",
            "",
            f"| | score | {RAW[column]} |",
            "|---|---|---|",
        ]
        for name, one in sorted(said[column].items(), key=lambda item: -item[1]["score"][0]):
            shown = f"**{name}**" if name == MODELS[column] else name
            lines.append(f"| {shown} | {_ends(one)} | {one['raw']:.{digits}f} |")
    lines += ["", "## policy, by how far the true effects stray from theory (sd of their logs)", ""]
    spreads = list(said["policy by spread"])
    lines += [
        f"| | {' | '.join(f'{one}: score | worst group' for one in spreads)} |",
        "|---" * (1 + 2 * len(spreads)) + "|",
    ]
    for name in said["policy by spread"][spreads[0]]:
        found = [said["policy by spread"][one][name] for one in spreads]
        cells = [f"{_ends(one)} | {one['worst_group']:.1f}" for one in found]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += [
        "",
        "The plan is made and judged with the same equations; in the wrong form effects answer to spending by "
        "u^2 / (1 + u^2) and the plan still supposes 1 - exp(-u). Levers that follow growth and levers that nobody "
        "recorded are not part of this table.",
        "",
        "## 36 groups, the layout of Ma's Table 1",
        "",
        f"A score of one group rests on {50 * seeds} pairs, {24 * seeds} series and {seeds} plan"
        f"{'s' if seeds > 1 else ''}: it is noisy, and only means over groups are worth comparing. The paper's three "
        "columns cannot be told from even random numbers (Kolmogorov-Smirnov p .97, .63, .75).",
        "",
        "| group | effect | forecast | policy |",
        "|---|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
    return "\n".join(lines) + "\n"


def _ends(one: Mapping[str, Any]) -> str:
    middle, low, high = one["score"]
    return f"{middle:.1f} [{low:.1f}, {high:.1f}]"


def write(columns: Columns, seeds: int, groups: int) -> str:
    """Puts the three files beside one another; gives the words."""
    said, rows = summary(columns, seeds, groups), by_group(columns)
    text = markdown(said, rows)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "convergence_table.json").write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    (RESULTS / "convergence_table.md").write_text(text, encoding="utf-8")
    with (RESULTS / "convergence_table.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([["group", *COLUMNS], *rows])
    return text


def main() -> None:
    """Measures seed after seed and writes the table after each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--groups", type=int, default=36)
    options = parser.parse_args()
    began, columns = time.process_time(), Columns()
    for seed in range(options.seeds):
        for column, of in {**COLUMNS, **(CHECKS if seed == 0 else {})}.items():
            for name, values in of(options.groups, Key.of(seed, column)).items():
                columns.setdefault(column, {}).setdefault(name, []).append(values)
            print(f"seed {seed}, {column}: {time.process_time() - began:.0f} s of computing", flush=True)
        text = write(columns, seed + 1, options.groups)
    print(text)


if __name__ == "__main__":
    main()

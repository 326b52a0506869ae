"""How often `influence` finds a link where there is none: P(any link) on panels of independent series.

    python benchmarks/nulls_influence.py --draws 100 --draws-lstm 20      figures written to benchmarks/results
    python benchmarks/nulls_influence.py --draws 10 --shapes 30x15x10     a look

The pooled regression is asked on ten series (ninety pairs), both channels together on smaller panels; a false discovery
rate of 5 %. Each kind of noise is drawn anew for every draw, and the number of lags is chosen from the panel as in a
study. Rates stand with exact (Clopper-Pearson) 95 % intervals. Beside them a world with truth in it: each series is
moved by the one before it.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

os.environ.setdefault("NPROC", "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from coevolve.engine.significance import clopper_pearson
from coevolve.evidence.panel import Panel
from coevolve.inquiry.key import Key
from coevolve.themes.influence.arrays import ready
from coevolve.themes.influence.channels import Model, lstm_refusal, measure

RESULTS = Path(__file__).parent / "results"
SHAPES = ("30x15x10", "100x20x10")
LSTM_SHAPES = ("20x15x4",)  # the least that is honest: 280 region-years, twelve pairs
LSTM_NOISES = ("independent", "logistics in transition")
LINKED = "each series moved by the one before"
TIE = 0.2  # log points of growth for each log point of the driver
Floats = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int, int, int], Floats]


def _persistent(random: np.random.Generator, persistence: Floats, shock: Callable[[], Floats], years: int) -> Floats:
    """Log levels (region, year, series) of first-order series about levels of their own."""
    burn = 30
    first = shock()
    logs = np.zeros((years + burn, *first.shape))
    for t in range(1, years + burn):
        logs[t] = persistence * logs[t - 1] + 0.05 * shock()
    return logs[burn:].transpose(1, 0, 2) + random.normal(size=(first.shape[0], 1, first.shape[1]))


def iid(random: np.random.Generator, regions: int, years: int, series: int) -> Floats:
    """First-order series, persistence .7, independent normal shocks."""
    return _persistent(random, np.full(series, 0.7), lambda: random.normal(size=(regions, series)), years)


def national_shock(random: np.random.Generator, regions: int, years: int, series: int) -> Floats:
    """The same with a shock of equal size shared by all regions."""
    draw = lambda: random.normal(size=(regions, series)) + random.normal(size=(1, series))  # noqa: E731
    return _persistent(random, np.full(series, 0.7), draw, years)


def heavy_tails(random: np.random.Generator, regions: int, years: int, series: int) -> Floats:
    """The same with Student t shocks of 3 degrees of freedom."""
    return _persistent(random, np.full(series, 0.7), lambda: random.standard_t(3, size=(regions, series)), years)


def correlated(random: np.random.Generator, regions: int, years: int, series: int) -> Floats:
    """Persistence .3 to .95, shocks of the series of a region correlated .5: the short-panel bias at its worst."""
    half = np.sqrt(0.5)
    draw = lambda: half * (random.normal(size=(regions, 1)) + random.normal(size=(regions, series)))  # noqa: E731
    return _persistent(random, np.linspace(0.3, 0.95, series), draw, years)


def logistics(random: np.random.Generator, regions: int, years: int, series: int) -> Floats:
    """Independent logistics in transition: a region's series share a pace, each has its own ceiling; noisy growth."""
    return _logistics(random, regions, years, series, 0.03, 0.0)


def counted_logistics(random: np.random.Generator, regions: int, years: int, series: int) -> Floats:
    """The same, smooth, and counted with an error of 2 %."""
    return _logistics(random, regions, years, series, 0.0, 0.02)


def _logistics(
    random: np.random.Generator, regions: int, years: int, series: int, growth: float, counting: float
) -> Floats:
    pace = random.uniform(0.1, 0.5, size=(regions, 1))
    capacity = np.exp(random.normal(size=(regions, series)))
    levels = np.empty((regions, years, series))
    levels[:, 0] = capacity * random.uniform(0.05, 0.4, size=(regions, series))
    for t in range(1, years):
        rate = pace * (1.0 - levels[:, t - 1] / capacity) + growth * random.normal(size=(regions, series))
        levels[:, t] = levels[:, t - 1] * np.exp(rate)
    return np.log(levels) + counting * random.normal(size=levels.shape)


def walks(random: np.random.Generator, regions: int, years: int, series: int) -> Floats:
    """Random walks with drifts that differ between regions and series, shocks of a region's series correlated .5."""
    half = np.sqrt(0.5)
    shock = half * (random.normal(size=(regions, years, 1)) + random.normal(size=(regions, years, series)))
    drift = 0.03 + 0.03 * half * (random.normal(size=(regions, 1, 1)) + random.normal(size=(regions, 1, series)))
    return np.asarray(np.cumsum(drift + 0.05 * shock, axis=1) + random.normal(size=(regions, 1, series)))


def linked(random: np.random.Generator, regions: int, years: int, series: int) -> Floats:
    """Truth: first-order series as above, each moved a year later by the one before it (the first by the last)."""
    burn = 30
    logs = np.zeros((years + burn, regions, series))
    for t in range(1, years + burn):
        shock = 0.05 * random.normal(size=(regions, series))
        logs[t] = 0.7 * logs[t - 1] + TIE * np.roll(logs[t - 1], 1, axis=1) + shock
    return logs[burn:].transpose(1, 0, 2) + random.normal(size=(regions, 1, series))


NOISES: dict[str, Draw] = {
    "independent": iid,
    "national shock": national_shock,
    "heavy tails": heavy_tails,
    "correlated shocks": correlated,
    "logistics in transition": logistics,
    "logistics counted with error": counted_logistics,
    "random walks with drift": walks,
    LINKED: linked,
}


@dataclass(frozen=True)
class Rate:
    """How often any link was found on one kind of noise; `true_called` is the share of true links found, if any."""

    noise: str
    regions: int
    years: int
    series: int
    model: str
    draws: int
    any_link: float
    any_link_lo: float
    any_link_hi: float
    true_called: float | None
    lstm_used: float
    seconds: float


def panel_of(logs: Floats) -> Panel:
    """A panel of log levels (region, year, series)."""
    regions, years, series = logs.shape
    return Panel.of(
        {"output": np.exp(logs).transpose(0, 2, 1)},
        regions=[f"r{k:03d}" for k in range(regions)],
        industries=[f"s{k}" for k in range(series)],
        periods=range(1990, 1990 + years),
    )


def links_on(logs: Floats, model: Model, key: Key) -> tuple[NDArray[np.bool_], float]:
    """Which links are called on a panel, [target, source], and the mean weight of the LSTM."""
    readied = ready(panel_of(logs).series("output"), "log", None)
    refused = lstm_refusal(readied) if model != "linear" else "linear"
    found = measure(readied, None, model, 0.05, key, lambda done, of: None, refused)
    if model != "linear" and found.neural is None:
        raise RuntimeError(found.refused)
    return found.selected, float(found.weight.mean())


def rate(noise: str, shape: str, draws: int, model: Model = "linear", seed: int = 1) -> Rate:
    """P(any link) on `draws` panels of one kind of noise."""
    regions, years, series = (int(one) for one in shape.split("x"))
    key = Key.of(seed, f"{noise}/{regions}x{years}")
    start = time.perf_counter()
    hits, weight, right = 0, [], []
    for draw in range(draws):
        own = key.child(str(draw))
        called, used = links_on(NOISES[noise](own.numpy(), regions, years, series), model, own.child("lstm"))
        hits += bool(called.any())
        weight.append(used)
        right.append(called[np.arange(series), np.arange(series) - 1].mean())
    low, high = clopper_pearson(hits, draws)
    took = (time.perf_counter() - start) / draws
    return Rate(
        noise,
        regions,
        years,
        series,
        model,
        draws,
        hits / draws,
        low,
        high,
        float(np.mean(right)) if noise == LINKED else None,
        float(np.mean(weight)),
        round(took, 3),
    )


def rates(
    draws: int, draws_lstm: int, shapes: Sequence[str] = SHAPES, lstm_shapes: Sequence[str] = LSTM_SHAPES
) -> Iterator[Rate]:
    """Every kind of noise at every shape by the pooled regression; the hardest by both channels on small panels."""
    for shape in shapes if draws else ():
        for noise in NOISES:
            yield rate(noise, shape, draws)
    for shape in lstm_shapes if draws_lstm else ():
        for noise in (*LSTM_NOISES, LINKED):
            yield rate(noise, shape, draws_lstm, "auto")


def table(found: Sequence[Rate]) -> str:
    """The rates as a Markdown table."""
    lines = [
        "# Links found where there are none",
        "",
        "P(any link) of `influence` at a false discovery rate of 5 %, with exact 95 % intervals. `auto` is both",
        f"channels together. The last column is for the world with truth in it ({LINKED}, {TIE:g}).",
        "Made by `benchmarks/nulls_influence.py`.",
        "",
        "| noise | regions × years × series | model | draws | P(any link) | 95 % | weight of LSTM | true links found |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in found:
        right = "" if one.true_called is None else f"{one.true_called:.2f}"
        lines.append(
            f"| {one.noise} | {one.regions} × {one.years} × {one.series} | {one.model} | {one.draws} | "
            f"{one.any_link:.2f} | {one.any_link_lo:.2f}–{one.any_link_hi:.2f} | {one.lstm_used:.2f} | {right} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--draws-lstm", type=int, default=20)
    parser.add_argument("--shapes", nargs="+", default=list(SHAPES))
    parser.add_argument("--lstm-shapes", nargs="+", default=list(LSTM_SHAPES))
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    found = []
    with threadpool_limits(1):
        for one in rates(asked.draws, asked.draws_lstm, asked.shapes, asked.lstm_shapes):
            print(
                f"{one.noise}, {one.regions}x{one.years}x{one.series}, {one.model}: {one.any_link:.2f} "
                f"({one.seconds} s a draw)",
                flush=True,
            )
            found.append(one)
    write(found, asked.out)


def write(found: Sequence[Rate], folder: Path) -> None:
    """The figures as JSON and Markdown."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps([asdict(one) for one in found], indent=1) + "\n"
    (folder / "nulls_influence.json").write_text(text, encoding="utf-8")
    (folder / "nulls_influence.md").write_text(table(found), encoding="utf-8")


if __name__ == "__main__":
    main()

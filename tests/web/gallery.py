"""A made record with a picture of every kind: realistic sizes, long names, missing and secret values, signs."""

from __future__ import annotations

import numpy as np

from coevolve.inquiry.finding import QUANTILES, Chart, Finding, Note, Source, Table
from coevolve.inquiry.record import Answer, EvidenceLine, Record

# fmt: off
STATES = [
    "Alabama", "Arizona", "Arkansas", "California", "Colorado", "Connecticut", "Delaware", "Florida", "Georgia",
    "Idaho", "Illinois", "Indiana", "Iowa", "Kansas", "Kentucky", "Louisiana", "Maine", "Maryland",
    "Massachusetts", "Michigan", "Minnesota", "Mississippi", "Missouri", "Montana", "Nebraska", "Nevada",
    "Ohio", "Oklahoma", "Oregon", "Pennsylvania", "Tennessee", "Texas", "Utah", "Vermont", "Virginia",
    "Washington", "Wisconsin", "Wyoming", "New Hampshire", "New Jersey", "New Mexico", "New York",
    "North Carolina", "South Dakota", "West Virginia",
]
# fmt: on
SECTORS = [
    "Manufacturing",
    "Information",
    "Professional, Scientific, and Technical Services",
    "Construction",
    "Health Care and Social Assistance",
    "Finance and Insurance",
    "Retail Trade",
    "Educational Services",
]
TW = Source("TW", "Tong, X. & Wang, X. (2017). Coevolution of industrial clusters and regional innovation.", "")
CODE = Source(
    "theta",
    "Assimakopoulos & Nikolopoulos (2000). The theta model. International Journal of Forecasting 16.",
    "https://doi.org/10.1016/S0169-2070(00)00066-2",
)
YEARS = np.arange(2001, 2018)
STUDY = """title = "A gallery: sectors of the US states, 2001–2017"
seed = 7

[evidence.firms]
file = "firms.csv"   # one row a state, sector and year; a < b & c
region = "state"
industry = "sector"
year = "year"
values = ["establishments"]

[[ask]]
name = "poles"
question = "symbiosis"
panel = "firms"
of = "establishments"
poles = ["Manufacturing", "Information"]
until = 2022

[[ask]]
question = "contest"
panel = "firms"
of = "establishments"
"""


def generator() -> np.random.Generator:
    return np.random.default_rng(20260407)


def lines() -> Finding:
    made = generator()
    rows = []
    for place in ("California, Manufacturing", "New York, Information", "Iowa, Educational Services"):
        level = made.uniform(3_000, 40_000)
        path = level * np.exp(np.cumsum(made.normal(0.01, 0.02, len(YEARS))))
        rows += [
            (place, int(year), "actual", value, np.nan, np.nan, True) for year, value in zip(YEARS, path, strict=True)
        ]
        last = path[-5]
        for name, pull in (("theta", 1.012), ("symbiosis", 1.02), ("naive", 1.0), ("drift", 1.006)):
            for step, year in enumerate(YEARS[-4:], start=1):
                value = last * pull**step
                wide = 0.03 * last * np.sqrt(step) if name == "theta" else np.nan
                rows.append((place, int(year), name, value, value - wide, value + wide, False))
    table = Table.of_rows(
        "examples",
        ("place", "year", "line", "value", "value_lo", "value_hi", "is_actual"),
        rows,
        {"value": "establishments"},
        "One row a period and line; the band is Theta's, 80 %.",
    )
    ranking = Table.of_rows(
        "ranking",
        ("forecaster", "mase", "mase_lo", "mase_hi"),
        [
            ("theta", 0.81, 0.70, 0.93),
            ("symbiosis", 0.86, 0.69, 1.06),
            ("damped", 0.9, 0.78, 1.02),
            ("drift", 0.95, 0.84, 1.07),
            ("naive", 1.24, 1.1, 1.4),
        ],
        {"mase": "1"},
        "One row a forecaster, best first.",
    )
    chart = Chart(
        "paths",
        "lines",
        "examples",
        {
            "x": "year",
            "y": "value",
            "series": "line",
            "lo": "value_lo",
            "hi": "value_hi",
            "facet": "place",
            "actual": "is_actual",
        },
        "Establishments: actual and forecast",
        "establishments, forecasts made in 2013; band: 80 % of theta",
        "Lines of actual establishments and of each forecast made in 2013, for three places.",
        options={"grey": ["naive", "drift"], "origin": 2013},
    )
    bars = Chart(
        "ranking",
        "bars",
        "ranking",
        {"label": "forecaster", "value": "mase", "lo": "mase_lo", "hi": "mase_hi"},
        "Mean error by forecaster (MASE)",
        "1 = the mean change in a year before the origin; thin lines: 95 %",
        "Bars of the mean absolute scaled error of each forecaster, smallest first.",
        options={"grey": ["naive", "drift"], "rule": 1},
    )
    return Finding(
        "Theta probably predicts establishments a little better than drift; that symbiosis does, 17 years cannot tell. "
        "Repeating the last value is clearly worse.",
        "Does any model beat repeating the last value?",
        (table, ranking),
        (chart, bars),
        (
            Note(
                "Prefer theta or drift for one to four years ahead; the difference between them is within chance.",
                "caution",
            ),
            Note("Read the band as 80 % of past errors, not as a promise: five origins calibrate it."),
        ),
        (TW, CODE),
    )


def bands() -> Finding:
    made = generator()
    rows, seen = [], []
    for name, level, growth in (("Manufacturing", 5200.0, -0.012), ("Information", 2100.0, 0.021)):
        path = level * np.exp(growth * np.arange(17) + made.normal(0, 0.015, 17))
        seen += [("California", name, int(year), value) for year, value in zip(YEARS, path, strict=True)]
        for step, year in enumerate(range(2018, 2031), start=1):
            spread = 0.018 * np.sqrt(step)
            for quantile in QUANTILES:
                z = np.sqrt(2) * erfinv(2 * quantile - 1)
                rows.append(("California", name, "", year, quantile, path[-1] * np.exp(growth * step + spread * z)))
    table = Table.of_rows(
        "forecast",
        ("region", "industry", "indicator", "year", "quantile", "value"),
        rows,
        {"value": "establishments"},
        "One row a region, pole, year and quantile.",
    )
    actual = Table.of_rows("paths", ("region", "industry", "year", "value"), seen, {"value": "establishments"})
    chart = Chart(
        "fan",
        "bands",
        "forecast",
        {"x": "year", "quantile": "quantile", "value": "value", "series": "industry", "facet": "region"},
        "Establishments to 2030",
        "establishments, California; bands 50, 80 and 95 %",
        "Fan of forecast establishments of two poles in California.",
        {"actual": "paths"},
        {"origin": 2017},
    )
    return Finding(
        "Manufacturing will probably shrink by a tenth until 2030 while information grows by a quarter.",
        "Where the two poles go",
        (table, actual),
        (chart,),
        (),
        (TW,),
    )


def erfinv(x: float) -> float:
    low, high = -6.0, 6.0
    from math import erf

    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if erf(middle) < x else (low, middle)
    return low


def heat() -> Finding:
    made = generator()
    effect = made.normal(0, 0.3, (8, 8))
    rows = [
        (a, b, np.nan if a == b else effect[i, j], bool(abs(effect[i, j]) > 0.2))
        for i, a in enumerate(SECTORS)
        for j, b in enumerate(SECTORS)
    ]
    signs = Table.of_rows(
        "symbiosis",
        ("affected", "affecting", "symbiosis", "certain"),
        rows,
        {"symbiosis": "1"},
        "One row a pair; below zero the affecting pole helps.",
    )
    degrees = [
        (s, int(y), 1 / (1 + np.exp(-(k % 7 - 3) * 0.4 - 0.06 * (y - 2009) - made.normal(0, 0.1))))
        for k, s in enumerate(STATES)
        for y in YEARS
    ]
    values = np.array([value for _, _, value in degrees])
    absent = np.zeros(len(values), np.uint8)
    for place, code in ((20, 1), (21, 1), (100, 2), (101, 2), (102, 2), (400, 3)):
        values[place], absent[place] = np.nan, code
    table = Table(
        "coordination",
        {"region": [d[0] for d in degrees], "year": [d[1] for d in degrees], "coupling_coordination_degree": values},
        {},
        "One row a region and year.",
        {"coupling_coordination_degree": absent},
    )
    charts = (
        Chart(
            "pairs",
            "heat",
            "symbiosis",
            {"row": "affected", "column": "affecting", "value": "symbiosis", "certain": "certain"},
            "Who helps and who hurts whom",
            "symbiosis coefficient; row: affected, column: affecting",
            "Heat map of symbiosis coefficients between eight sectors.",
            options={"diverging": True, "helps": "negative"},
        ),
        Chart(
            "degrees",
            "heat",
            "coordination",
            {"row": "region", "column": "year", "value": "coupling_coordination_degree"},
            "Coupling coordination degree by state",
            "0 to 1, 45 states, 2001 to 2017",
            "Heat map of the coupling coordination degree of 45 states by year.",
            options={"limits": [0, 1]},
        ),
        Chart(
            "where",
            "map",
            "coordination",
            {"place": "region", "value": "coupling_coordination_degree", "facet": "year"},
            "Where industry and innovation are in step",
            "coupling coordination degree, 0 to 1",
            "Tile map of the states.",
            options={"limits": [0, 1]},
        ),
    )
    return Finding(
        "Most states are moderately coordinated; the west moved first.",
        "How well regions are coordinated",
        (signs, table),
        charts,
        (Note("Add the two suppressed years of Delaware before ranking it."),),
        (TW,),
    )


def network() -> Finding:
    made = generator()
    names = [f"{state} {kind}" for state in STATES[:20] for kind in ("University", "Institute of Technology", "Labs")]
    rows = []
    for i in range(len(names)):
        for j in made.choice(len(names), 3, replace=False):
            if i != j:
                rows.append((names[i], names[int(j) // (1 + i % 3)], made.gamma(1.5)))
    links = Table.of_rows("picture_links", ("source", "target", "weight"), rows, {"weight": "projects"})
    degree = [sum(name in (s, t) for s, t, _ in rows) for name in names]
    nodes = Table(
        "picture_actors",
        {
            "label": names,
            "size": np.array(degree, float),
            "closeness": made.uniform(0.2, 0.6, len(names)),
            "group": [name.split(" ")[-1] for name in names],
        },
    )
    signed = [(a, b, made.normal(0, 0.4)) for a in SECTORS[:6] for b in SECTORS[:6] if a != b and made.random() < 0.45]
    influence = Table.of_rows("influence", ("source", "target", "effect"), signed)
    charts = (
        Chart(
            "picture",
            "network",
            "picture_links",
            {"source": "source", "target": "target", "weight": "weight"},
            "The network, size by degree",
            "60 organisations, projects in common, 2014–2020",
            "Network of sixty organisations.",
            {"nodes": "picture_actors"},
            {"directed": False},
        ),
        Chart(
            "signs",
            "network",
            "influence",
            {"source": "source", "target": "target", "weight": "effect", "sign": "effect"},
            "Who moves whom",
            "effect of a one per cent change a year later, %",
            "Signed network of six sectors.",
            options={"directed": True, "diverging": True},
        ),
    )
    return Finding(
        "A few universities hold the network together; without the first three it would fall into parts.",
        "Who stands where",
        (links, nodes, influence),
        charts,
        (),
        (TW,),
    )


def bars() -> Finding:
    made = generator()
    ledger = []
    for year in range(1978, 2013):
        entry, leave, move = made.normal(0.02, 0.01), -abs(made.normal(0.015, 0.008)), made.normal(0, 0.004)
        ledger += [
            (year, "entry", entry),
            (year, "exit", leave),
            (year, "reclassified", move),
            (year, "change", entry + leave + move),
        ]
    account = Table.of_rows("ledger", ("year", "channel", "contribution"), ledger, {"contribution": "nat"})
    weights = Table.of_rows(
        "weights",
        ("indicator", "subsystem", "entropy_weight", "lo", "hi"),
        [
            ("high-technology manufacturing output per inhabitant", "industry", 0.41, 0.3, 0.5),
            ("establishments", "industry", 0.33, 0.2, 0.45),
            ("exports", "industry", 0.26, 0.17, 0.36),
            ("patents granted", "innovation", 0.62, 0.5, 0.7),
            ("R&D spending", "innovation", 0.38, 0.3, 0.5),
        ],
    )
    scores = [
        (f"Group {k:02d}: {SECTORS[k % 8]}", kind, v, v - 8, v + 7, v - 20)
        for k in range(12)
        for kind, v in (("effect", made.uniform(60, 95)), ("policy", made.uniform(50, 90)))
    ]
    table36 = Table.of_rows("scores", ("group", "score", "value", "value_lo", "value_hi", "baseline"), scores)
    stacked = [(s, c, made.normal(0, 1)) for s in SECTORS for c in ("own", "neighbours", "policy")]
    pile = Table.of_rows("pile", ("sector", "channel", "points"), stacked, {"points": "percentage points"})
    charts = (
        Chart(
            "ledger",
            "bars",
            "ledger",
            {"label": "year", "value": "contribution", "series": "channel"},
            "What changed the concentration of firms",
            "nat a year, 51 states",
            "Stacked bars by year.",
            options={"total": "change"},
        ),
        Chart(
            "weights",
            "bars",
            "weights",
            {"label": "indicator", "value": "entropy_weight", "lo": "lo", "hi": "hi", "series": "subsystem"},
            "What each indicator weighs",
            "weights sum to 1 within a subsystem; 95 % ranges",
            "Bars with intervals.",
        ),
        Chart(
            "scores",
            "bars",
            "scores",
            {
                "label": "group",
                "value": "value",
                "lo": "value_lo",
                "hi": "value_hi",
                "series": "score",
                "mark": "baseline",
            },
            "Scores of twelve groups",
            "0 to 100; ticks: baselines",
            "Dots with intervals.",
            options={"dots": True, "limits": [0, 100]},
        ),
        Chart(
            "pile",
            "bars",
            "pile",
            {"label": "sector", "value": "points", "series": "channel"},
            "Contributions by channel",
            "percentage points",
            "Stacked signed bars.",
            options={"stacked": True},
        ),
    )
    return Finding(
        "Entry spread firms over the states and exit drew them together again.",
        "What moved the concentration",
        (account, weights, table36, pile),
        charts,
        (),
        (TW,),
    )


def scatter() -> Finding:
    made = generator()
    rd = made.lognormal(0.5, 0.6, len(STATES))
    patents = rd**0.8 * made.lognormal(3, 0.35, len(STATES))
    table = Table(
        "states",
        {
            "state": STATES,
            "rd": rd,
            "patents": patents,
            "lo": patents * 0.85,
            "hi": patents * 1.18,
            "employment": made.lognormal(14, 0.8, len(STATES)),
            "group": ["west" if k % 3 else "east" for k in range(len(STATES))],
        },
        {"rd": "% of GDP", "patents": "per 100 000 inhabitants"},
    )
    flows = [
        (a, b, made.gamma(1.2) * (10 if k % 5 == 0 else 2))
        for k, a in enumerate(SECTORS)
        for b in SECTORS[:5]
        if made.random() < 0.6
    ]
    use = Table.of_rows("use", ("supplier", "user", "flow"), flows, {"flow": "billion dollars"})
    charts = (
        Chart(
            "research",
            "scatter",
            "states",
            {
                "x": "rd",
                "y": "patents",
                "label": "state",
                "size": "employment",
                "series": "group",
                "y_lo": "lo",
                "y_hi": "hi",
            },
            "Research and patents",
            "45 states, 2015; size: employment",
            "Scatter of research against patents.",
            options={"log_x": True, "log_y": True},
        ),
        Chart(
            "use",
            "flows",
            "use",
            {"source": "supplier", "target": "user", "value": "flow"},
            "Who buys from whom",
            "billion dollars, 2017",
            "Flows between sectors.",
        ),
    )
    return Finding(
        "States that spend a tenth more on research have about eight per cent more patents; which moves "
        "which, this picture cannot tell.",
        "Research and patents",
        (table, use),
        charts,
        (),
        (TW,),
    )


def phase() -> Finding:
    R, N, b = (0.25, 0.3), (100.0, 80.0), ((0.0, -0.35), (-0.25, 0.0))
    rows: list[tuple[object, ...]] = []

    def slope(x: float, y: float) -> tuple[float, float]:
        return (R[0] * x * (1 - x / N[0] - b[0][1] * y / N[1]), R[1] * y * (1 - y / N[1] - b[1][0] * x / N[0]))

    for x in np.linspace(10, 170, 12):
        for y in np.linspace(8, 130, 10):
            dx, dy = slope(x, y)
            rows.append(("arrow", "", x, y, "", False, dx, dy))
    for value in np.linspace(0, 1.3, 40):
        rows.append(
            (
                "nullcline",
                "machinery stands still",
                N[0] * (1 - b[0][1] * value * 100 / N[1]),
                value * 100,
                "",
                False,
                0,
                0,
            )
        )
    for value in np.linspace(0, 1.7, 40):
        rows.append(
            (
                "nullcline",
                "electronics stands still",
                value * 100,
                N[1] * (1 - b[1][0] * value * 100 / N[0]),
                "",
                False,
                0,
                0,
            )
        )
    made = generator()
    for draw in range(20):
        x, y = 20 * made.lognormal(0, 0.2), 15 * made.lognormal(0, 0.2)
        for _ in range(30):
            rows.append(("draw", str(draw), x, y, "", False, 0, 0))
            dx, dy = slope(x, y)
            x, y = x + dx, y + dy
    x, y = 20.0, 15.0
    for year in YEARS:
        rows.append(("path", "observed", x, y, str(year), False, 0, 0))
        dx, dy = slope(x, y)
        x, y = x + dx + made.normal(0, 0.8), y + dy + made.normal(0, 0.8)
    for x, y, stable in ((0.0, 0.0, False), (100.0, 0.0, False), (0.0, 80.0, False), (148.0, 109.6, True)):
        rows.append(("equilibrium", "", x, y, "", stable, 0, 0))
    for x in np.linspace(0, 170, 30):
        rows.append(("separatrix", "s", x, 0.25 * x + 0.002 * x * x, "", False, 0, 0))
    table = Table.of_rows(
        "portrait",
        ("layer", "id", "machinery", "electronics", "label", "is_stable", "dx", "dy"),
        rows,
        {"machinery": "billion yuan", "electronics": "billion yuan"},
    )
    chart = Chart(
        "portrait",
        "phase",
        "portrait",
        {
            "x": "machinery",
            "y": "electronics",
            "layer": "layer",
            "id": "id",
            "label": "label",
            "stable": "is_stable",
            "dx": "dx",
            "dy": "dy",
        },
        "Where the two poles are heading",
        "scale of machinery and of electronics, billion yuan, Hubei",
        "Phase portrait of two poles that help each other.",
    )
    absent = Table(
        "absences",
        {
            "region": ["Hubei", "=SUM(A1:A2)", "Hunan", "Anhui"],
            "value": [1.0, np.nan, np.nan, np.nan],
            "share": [0.0, 1234567.0, 0.000012, -0.5],
        },
        {"value": "yuan"},
        "Four kinds of absence.",
        {"value": np.array([0, 1, 2, 3], np.uint8)},
    )
    return Finding(
        "Machinery and electronics probably help each other: mutualism 0.81.",
        "Do the two poles help each other?",
        (table, absent),
        (chart,),
        (Note("Wait for two more years before acting on the sign <script>alert(1)</script>."),),
        (TW,),
    )


def record() -> Record:
    findings = {
        "contest": lines(),
        "poles": phase(),
        "forecast": bands(),
        "coordination": heat(),
        "standing": network(),
        "ledger": bars(),
        "research": scatter(),
    }
    question = {"poles": "symbiosis", "forecast": "symbiosis", "ledger": "entropy", "research": "standing"}
    answers = tuple(Answer(name, question.get(name, name), {}, finding) for name, finding in findings.items())
    evidence = (
        EvidenceLine(
            "firms",
            "panel",
            "firms.csv",
            "3f" * 32,
            "a1" * 16,
            "45 regions × 19 industries × 17 years",
            {"kind": "panel", "year": "year"},
            ("12 cells of employment are suppressed (D).",),
            ("Look at 2008: every series breaks there.",),
        ),
    )
    versions = {"coevolve": "0.1.0", "python": "3.11.7", "numpy": "2.4.6", "scipy": "1.17.0"}
    return Record(
        "A gallery: sectors of the US states, 2001–2017",
        7,
        STUDY,
        answers,
        evidence,
        versions,
        {"began": "2026-04-07T10:00:00+00:00", "seconds": 12.5},
    )

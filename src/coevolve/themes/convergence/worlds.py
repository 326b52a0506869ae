"""A world of four industries whose convergence is known: one pair penetrates, one complements, the rest do nothing."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...evidence.accounts import Accounts
from ...evidence.network import Network
from ...evidence.panel import Panel
from ...inquiry.key import Key
from ...inquiry.world import Piece, World
from .policy_model import ETA, simulate
from .policy_names import MOTIVES

Array = NDArray[np.float64]

INDUSTRIES = ("software", "farms", "energy", "vehicles")
OTHERS = ("chemicals", "trade", "transport", "finance")
CLASSES = {"software": ("G06", "H04"), "farms": ("A01", "A23"), "energy": ("H02", "F03"), "vehicles": ("B60", "B62")}
FIRST, YEARS, REGIONS = 1991, 24, 20


def merging_industries(seed: int) -> World:
    """Software penetrates farms; energy and vehicles complement each other; the other four pairs do not converge.

        s(t) = 1 / (1 + exp(-k (t - tau)))
        inputs, common patents: start + loading s(t) + wandering                           Ma Fig. 7
        d(log x_i) = R_i (1 - x_i/N_i - sum b_ij x_j/N_j)                               Tong & Wang (9), (10)

    Software helps farms (b = -0.35) and gets nothing back; energy and vehicles help each other (b = -0.3 each way).
    """
    key = Key.of(seed, "merging-industries")
    levers, steered, wave = _steered(key.child("levers").numpy())
    degree = {("software", "farms"): wave, ("energy", "vehicles"): _wave_of_complements()}
    accounts = _accounts(key.child("accounts").numpy(), degree, steered)
    pieces: dict[str, Piece] = {
        "tables": Piece(accounts, _ACCOUNT_KEYS),
        "patents": Piece(_patents(key.child("patents").numpy(), degree), _PATENT_KEYS),
        "links": Piece(_links(key.child("links").numpy(), degree), _LINK_KEYS),
        "firms": Piece(_panel(key.child("panel").numpy(), ("software", "farms")), _panel_keys("firms")),
        "levers": Piece(levers, {"region": "region", "year": "year", "values": list(MOTIVES)}),
        "plants": Piece(_panel(key.child("plants").numpy(), ("energy", "vehicles")), _panel_keys("plants")),
    }
    story = (
        "Software penetrates farms; energy and vehicles complement each other; the other four pairs do not converge."
    )
    return World("merging-industries", story, pieces, _asks())


_ACCOUNT_KEYS: dict[str, Any] = {
    "kind": "accounts",
    "from": "from",
    "to": "to",
    "flow": "flow",
    "year": "year",
    "vectors": "tables-vectors.csv",
    "prices": "constant prices",
}
_LINK_KEYS: dict[str, Any] = {
    "kind": "network",
    "source": "source",
    "target": "target",
    "weight": "weight",
    "year": "year",
    "directed": False,
}
_PATENT_KEYS = {key: value for key, value in _LINK_KEYS.items() if key not in ("weight", "directed")}


def _panel_keys(indicator: str) -> dict[str, Any]:
    return {"region": "region", "industry": "industry", "year": "year", "values": [indicator]}


def _asks() -> tuple[dict[str, Any], ...]:
    industries = {name: [name, f"{name} *", *CLASSES[name]] for name in INDUSTRIES}
    shared = {"accounts": "tables", "technology": "patents", "industries": industries}
    return (
        {
            "name": "helps",
            "question": "symbiosis",
            "panel": "firms",
            "of": "firms",
            "poles": ["software", "farms"],
            "inference": "laplace",  # the quick fit: this world is about industries, not about the equations
        },
        {
            "name": "together",
            "question": "symbiosis",
            "panel": "plants",
            "of": "plants",
            "poles": ["energy", "vehicles"],
            "inference": "laplace",
        },
        {"question": "modules", "network": "links", "industries": {name: [f"{name}*"] for name in INDUSTRIES}},
        {"name": "all-pairs", "question": "convergence", **shared, "pairs": "all"},
        {
            "name": "penetration",
            "question": "convergence",
            **shared,
            "pairs": [["software", "farms"]],
            "dynamics": "helps",
            "modules": "modules",
            "high_technology": ["software"],
        },
        {
            "question": "policy",
            "of": "penetration",
            "levers": "levers",
            "budget": 600.0,
        },
        {
            "name": "complements",
            "question": "convergence",
            **shared,
            "pairs": [["energy", "vehicles"]],
            "dynamics": "together",
            "high_technology": ["software"],
        },
        {
            "question": "coordination_of_industries",
            "panel": "firms",
            "first": "software",
            "second": "farms",
            "of": "firms",
        },
    )


def _wave_of_complements() -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-0.45 * (np.arange(YEARS) - 12.0))))


def _steered(random: np.random.Generator) -> tuple[Panel, Array, Array]:
    """Spending on six motives, and the outputs and degree of software and farms that it steers.

    Technology diffusion and deregulation work twice as well as theory expects, the others half as well.
    """
    spending = np.exp(random.normal(0.0, 0.5, (YEARS, len(MOTIVES)))) * 10.0
    spending = np.round(spending, 2)
    works = np.log([2.0, 0.5, 0.5, 2.0, 0.5, 0.5])
    state = [np.log(0.01), np.log(0.25), 0.0, *np.log([0.25, 0.22, 900.0, 1100.0]), 0.0, -0.35, 0.01]
    unknowns = np.array([*state, *np.log([420.0, 640.0]), -4.0, *(ETA + works)])
    every = np.ones(len(MOTIVES), bool)
    log_x, degree = simulate(unknowns, spending / spending.mean(axis=0), every)
    output = np.exp(log_x[0] + random.normal(0.0, 0.01, log_x[0].shape))
    panel = Panel.of(
        {name: spending[:, k][None, :] for k, name in enumerate(MOTIVES)},
        regions=["whole country"],
        periods=range(FIRST, FIRST + YEARS),
        units=dict.fromkeys(MOTIVES, "million"),
    )
    return panel, output, np.asarray(degree[0])


def _wander(random: np.random.Generator, sd: float, size: int = YEARS) -> Array:
    """A walk that never steps far, and single years' unrest, in logs."""
    return np.asarray(random.normal(0.0, sd, size).cumsum() * 0.5 + random.normal(0.0, sd, size))


def _accounts(random: np.random.Generator, degree: dict[tuple[str, str], Array], steered: Array) -> Accounts:
    """Eight sectors by year: inputs wander, and rise where industries converge."""
    names = (*INDUSTRIES, *OTHERS)
    many = len(names)
    start = np.log(0.03) + random.normal(0.0, 0.4, (many, many))
    logs = np.stack([[one + _wander(random, 0.03) for one in row] for row in start]).transpose(2, 0, 1)
    place = {name: k for k, name in enumerate(names)}
    for (first, second), s in degree.items():
        a, b = place[first], place[second]
        other = 0.0 if first == "software" else 1.0  # farms sell no more to software than they did
        logs[:, a, b] = np.log(0.02) + 1.5 * s + _wander(random, 0.03)
        logs[:, b, a] = np.log(0.02) + 1.5 * s * other + _wander(random, 0.03)
    growth = 0.02 * np.arange(YEARS)[:, None] + np.stack([_wander(random, 0.02) for _ in names], axis=1)
    output = 1000.0 * np.exp(random.normal(0.0, 0.15, many) + growth)
    output[:, [place["software"], place["farms"]]] = steered
    flows = np.round(np.exp(logs) * output[:, None, :], 4)
    labels = tuple(str(FIRST + t) for t in range(YEARS))
    final, added = output - flows.sum(axis=2), output - flows.sum(axis=1)
    return Accounts(names, labels, ("",) * YEARS, flows, output, final, added, prices="constant prices")


def _patents(random: np.random.Generator, degree: dict[tuple[str, str], Array]) -> Network:
    """Patents and their classes by year. Chance puts a few in two industries, convergence many more.

    Software's patents grow by 6 % a year, all others by 1 %: so common ones gain more weight in farms than in software.
    """
    rows: list[tuple[str, str, float, int]] = []
    labels: dict[str, None] = {}
    for t in range(YEARS):
        for sets, many in _patent_counts(random, t, degree):
            for _ in range(many):
                patent = f"P{FIRST + t}-{len(labels)}"
                labels[patent] = None
                classes = [str(random.choice(CLASSES[name])) if name else "Z99" for name in sets]
                rows += [(patent, one, 1.0, FIRST + t) for one in classes]
    classes = [one for listed in CLASSES.values() for one in listed] + ["Z99"]
    made = _network(rows, (*labels, *classes), "patent and its class")
    mode = np.array([0] * len(labels) + [1] * len(classes), np.int8)
    return replace(made, mode=mode, mode_names=("patent", "class"))


def _patent_counts(
    random: np.random.Generator, year: int, degree: dict[tuple[str, str], Array]
) -> list[tuple[tuple[str, ...], int]]:
    """How many patents of a year carry each set of industries; "" stands for none of the four."""
    mean = {name: 60.0 * float(np.exp((0.06 if name == "software" else 0.01) * year)) for name in INDUSTRIES}
    whole = 2.0 * sum(mean.values())
    found: list[tuple[tuple[str, ...], int]] = [(("",), int(random.poisson(whole / 2)))]
    found += [((name,), int(random.poisson(mean[name]))) for name in INDUSTRIES]
    for first, second in combinations(INDUSTRIES, 2):
        s = degree.get((first, second))
        more = 0.0 if s is None else 1.8 * float(s[year])
        found.append(((first, second), int(random.poisson(mean[first] * mean[second] / whole * np.exp(more)))))
    return found


def _links(random: np.random.Generator, degree: dict[tuple[str, str], Array]) -> Network:
    """Links of the four chains, six each: tied within their chain, and across chains where these converge."""
    members = [f"{name} {k}" for name in INDUSTRIES for k in range(1, 7)]
    rows: list[tuple[str, str, float, int]] = []
    for t in range(YEARS):
        for i, one in enumerate(members):
            for other in members[i + 1 :]:
                first, second = one.split()[0], other.split()[0]
                s = degree.get((first, second))
                mean = 6.0 if first == second else 0.4 + (0.0 if s is None else 6.5 * float(s[t]))
                weight = float(random.poisson(mean))
                if weight > 0:
                    rows.append((one, other, weight, FIRST + t))
    return _network(rows, tuple(members), "deliveries between links")


def _network(rows: list[tuple[str, str, float, int]], labels: tuple[str, ...], meaning: str) -> Network:
    place = {label: k for k, label in enumerate(labels)}
    return Network(
        labels,
        np.array([place[row[0]] for row in rows], np.int64),
        np.array([place[row[1]] for row in rows], np.int64),
        np.array([row[2] for row in rows]),
        False,
        np.array([row[3] for row in rows], np.int64),
        meaning=meaning,
    )


def _panel(random: np.random.Generator, poles: tuple[str, str]) -> Panel:
    """Firms of two poles in twenty regions along the symbiosis equations, with one per cent of counting noise."""
    from ...engine.growth import paths

    one_sided = poles == ("software", "farms")
    effects = np.array([[0.0, 0.0], [-0.35, 0.0]]) if one_sided else np.array([[0.0, -0.3], [-0.3, 0.0]])
    rate = np.array([0.30, 0.22])
    capacity = np.array([600.0, 800.0]) * np.exp(random.normal(0.0, 0.35, (REGIONS, 2)))
    start = capacity * random.uniform(0.05, 0.35, (REGIONS, 2))
    each = np.broadcast_to
    true = paths(np.log(start), each(rate, (REGIONS, 2)), capacity, each(effects, (REGIONS, 2, 2)), np.ones(YEARS - 1))
    seen = np.exp(true + random.normal(0.0, 0.01, true.shape)).transpose(0, 2, 1)
    name = "firms" if one_sided else "plants"
    return Panel.of(
        {name: np.asarray(np.round(seen, 1), np.float64)},
        regions=[f"Region {k + 1:02d}" for k in range(REGIONS)],
        industries=poles,
        periods=range(FIRST, FIRST + YEARS),
        units={name: "count"},
    )

"""A world of forming clusters whose truth is known: one industry gathers, the others stay spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...engine.lumped import Rules, choice
from ...evidence.network import Network
from ...evidence.panel import Panel
from ...inquiry.key import Key
from ...inquiry.world import Piece, World

REGIONS, YEARS, FIRST = 24, 30, 1991
FEEDBACK = {"electronics": 1.5, "machinery": 0.9, "textiles": 0.5, "services": 0.7}
EXTERNAL, SPIN_OFF, EXIT, GROWTH, MOVING = 0.10, 0.20, 0.09, 0.012, 0.01
START = 250  # firms of an industry in the mean region
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Made:
    """What happened: stocks (region, industry, year), entries and exits in the same shape, moves (year, from, to)."""

    stock: NDArray[np.int64]
    entry: NDArray[np.int64]
    exit: NDArray[np.int64]
    moves: NDArray[np.int64]


def forming_clusters(seed: int) -> World:
    """Twenty-four regions, four industries, thirty years: electronics gathers by feedback, the others stay spread.

        q_r = eps e_r + sigma n_r/M + (1 - eps - sigma) n_r^alpha / sum n^alpha

    Entrants choose region r with chance q_r; feedback alpha of electronics is 1.5, above the threshold
    (1 - sigma)/(1 - eps - sigma) = 1.143, that of the others below. Firms also move between regions, more often into
    regions that attract entrants. Technology and support of a region gain together, competition goes its own way.
    """
    key = Key.of(seed, "forming-clusters")
    made = _simulated(key.child("firms").numpy())
    regions = [f"Region {k + 1:02d}" for k in range(REGIONS)]
    years = range(FIRST, FIRST + YEARS)
    clusters = Panel.of(
        {"firms": made.stock.astype(float), "entries": made.entry.astype(float), "exits": made.exit.astype(float)},
        regions=regions,
        industries=tuple(FEEDBACK),
        periods=years,
        units=dict.fromkeys(("firms", "entries", "exits"), "firms"),
    )
    indicators = _indicators(made, key.child("indicators").numpy())
    places = Panel.of(indicators, regions=regions, periods=years)
    return World(
        "forming-clusters",
        "Electronics gathers in few regions (feedback 1.5, above the threshold 1.143), the others stay spread; "
        "technology and support gain together, competition goes its own way.",
        {
            "clusters": Piece(
                clusters,
                {
                    "region": "region",
                    "industry": "industry",
                    "year": "year",
                    "values": ["firms", "entries", "exits"],
                    "units": dict.fromkeys(("firms", "entries", "exits"), "firms"),
                },
            ),
            "regions": Piece(places, {"region": "region", "year": "year", "values": list(indicators)}),
            "moves": Piece(_network(made, regions), _NETWORK_KEYS),
        },
        _asks(),
    )


_NETWORK_KEYS = {
    "kind": "network",
    "source": "source",
    "target": "target",
    "weight": "weight",
    "year": "year",
    "directed": True,
}


def _asks() -> tuple[dict[str, Any], ...]:
    flows = {"entry": "entries", "exit": "-exits"}
    subsystems = {
        "competition": ["entry_rate", "exit_rate"],
        "technology innovation": ["patents_per_firm"],
        "environmental support": ["research_funds_per_firm", "venture_capital_per_firm"],
    }
    coordinated = {
        "economy": ["firms_per_area", "wage"],
        "innovation": ["patents_per_firm", "research_funds_per_firm"],
        "environment": ["-emissions"],
    }
    ledger = {"question": "entropy", "panel": "clusters", "stocks": "firms", "flows": flows}
    return (
        {"name": "regions-ledger", **ledger, "cells": "region", "moves": "moves"},
        {"name": "electronics-ledger", **ledger, "cells": "region", "industries": ["electronics"]},
        {"name": "industries-ledger", **ledger, "cells": "industry"},
        {"name": "regions-by-industries", "question": "entropy", "panel": "clusters", "stocks": "firms"},
        {"question": "synergy", "panel": "regions", "subsystems": subsystems},
        {"question": "stage", "panel": "clusters", "of": "firms", "entries": "entries", "exits": "exits"},
        {"question": "coordination", "panel": "regions", "subsystems": coordinated, "draws": 300},
    )


def _simulated(draw: np.random.Generator) -> Made:
    industries = len(FEEDBACK)
    stock = np.zeros((REGIONS, industries, YEARS), np.int64)
    entry, left = np.zeros_like(stock), np.zeros_like(stock)
    moves = np.zeros((YEARS, REGIONS, REGIONS), np.int64)
    even = np.full(REGIONS, 1 / REGIONS)
    for i, feedback in enumerate(FEEDBACK.values()):
        rules = Rules(feedback, EXTERNAL, SPIN_OFF, EXIT)
        counts = draw.multinomial(START * REGIONS, draw.dirichlet(np.full(REGIONS, 20.0)))
        stock[:, i, 0] = counts
        for t in range(1, YEARS):
            pull = choice(counts, even, rules)
            pull = pull / pull.sum()
            leaving = draw.binomial(counts, EXIT)
            moving = draw.binomial(counts - leaving, MOVING)
            moved = np.stack([draw.multinomial(many, pull) for many in moving])
            moves[t] += moved
            entry[:, i, t] = draw.multinomial(int(leaving.sum() + GROWTH * counts.sum()), pull)
            left[:, i, t] = leaving
            counts = counts - leaving + entry[:, i, t] + moved.sum(axis=0) - moving
            stock[:, i, t] = counts
    return Made(stock, entry, left, moves)


def _indicators(made: Made, draw: np.random.Generator) -> dict[str, Array]:
    """Region-level numbers: rates from the firms, the rest from paths in which technology and support share shocks."""
    firms = made.stock.sum(axis=1).astype(float)
    time = np.linspace(0.0, 1.0, YEARS)
    level = draw.normal(0.0, 0.3, (REGIONS, 1))
    shared = 0.08 * np.cumsum(draw.normal(size=(REGIONS, YEARS)), axis=1)

    def path(growth: float, common: float, noise: float) -> Array:
        return np.exp(level + growth * time + common * shared + noise * draw.normal(size=(REGIONS, YEARS)))

    entries, exits = made.entry.sum(axis=1) / firms, made.exit.sum(axis=1) / firms
    rates = {"entry_rate": entries, "exit_rate": exits}
    rates = {name: np.where(np.arange(YEARS) > 0, value, np.nan) for name, value in rates.items()}
    return rates | {
        "patents_per_firm": 0.05 * path(0.6, 1.0, 0.02),
        "research_funds_per_firm": 3.0 * path(0.4, 1.0, 0.02),
        "venture_capital_per_firm": 0.5 * path(0.5, 0.7, 0.05),
        "firms_per_area": firms / draw.uniform(50, 200, (REGIONS, 1)),
        "wage": 20.0 * path(0.5, 0.2, 0.02),
        "emissions": 8.0 * path(-0.4, 0.0, 0.05),
    }


def _network(made: Made, regions: list[str]) -> Network:
    year, source, target = np.nonzero(made.moves * ~np.eye(REGIONS, dtype=bool))
    weight = made.moves[year, source, target].astype(float)
    meaning = "firms that moved since the year before"
    return Network(tuple(regions), source, target, weight, True, year + FIRST, meaning=meaning)

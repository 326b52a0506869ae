"""Nulls of convergence: how often is a type claimed, or a rise, where nothing converges?

Each draw is one ask of five pairs with seven series of 24 years each. Three worlds without convergence: years of
converging pairs shuffled, walks without drift, and walks whose steps carry on (.4). A fourth, converging pairs as they
are, says what the rule still finds.

    python benchmarks/nulls_convergence.py --draws 100
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from coevolve.inquiry.at import Here
from coevolve.inquiry.key import Key
from coevolve.themes.convergence import outcome
from coevolve.themes.convergence.pair_measures import asked_of, gathered_of
from coevolve.themes.convergence.pairs import Pairs, PairSettings, simulate_pairs

RESULTS = Path(__file__).parent / "results"
PAIRS = 5
CONVERGING = PairSettings(shares=(0.0, 0.25, 0.25, 0.25, 0.25))


def shuffled(key: Key) -> Pairs:
    """Converging pairs with their years dealt out at random."""
    made = simulate_pairs(PAIRS, key, CONVERGING)
    order = key.child("order").numpy().permutation(made.values.shape[1])
    return replace(made, values=made.values[:, order])


def walks(key: Key, carry: float = 0.0) -> Pairs:
    """Pairs whose every series is a walk without drift; a share of each step carries over."""
    made = simulate_pairs(PAIRS, key)
    random = key.child("walks").numpy()
    steps = random.normal(0.0, 0.08, (PAIRS, made.values.shape[1] + 20, made.values.shape[2]))
    for t in range(1, steps.shape[1]):
        steps[:, t] += carry * steps[:, t - 1]
    return replace(made, values=made.values[:, :1] + steps[:, 20:].cumsum(axis=1))


def persistent(key: Key) -> Pairs:
    """Walks whose steps carry on."""
    return walks(key, 0.4)


def converging(key: Key) -> Pairs:
    """Pairs that do converge."""
    return simulate_pairs(PAIRS, key, CONVERGING)


WORLDS: dict[str, Callable[[Key], Pairs]] = {
    "years shuffled": shuffled,
    "walks without drift": walks,
    "walks whose steps carry on": persistent,
    "converging pairs": converging,
}


def asked(world: str, draw: int) -> tuple[bool, bool, float]:
    """One ask: whether any type is claimed, whether any rise is, and the share of pairs called none."""
    key = Key.of(draw, world)
    pairs = WORLDS[world](key)
    found = outcome.of(gathered_of(pairs), asked_of(pairs), None, 400, Here(key))
    verdicts = [one.verdict for one in found.ones]
    claimed = any(one not in ("none", "undetermined") for one in verdicts)
    return claimed, any(any(one.risen.values()) for one in found.ones), verdicts.count("none") / len(verdicts)


def bounds(count: int, whole: int) -> tuple[float, float]:
    """95 % interval of a share  (Clopper & Pearson 1934)."""
    low = 0.0 if count == 0 else float(betaincinv(count, whole - count + 1, 0.025))
    return low, 1.0 if count == whole else float(betaincinv(count + 1, whole - count, 0.975))


def measured(draws: int) -> list[dict[str, object]]:
    """One row a world."""
    rows: list[dict[str, object]] = []
    for world in WORLDS:
        start = time.process_time()
        found: NDArray[np.float64] = np.array([asked(world, draw) for draw in range(draws)], float)
        types, rises = int(found[:, 0].sum()), int(found[:, 1].sum())
        rows.append(
            {
                "world": world,
                "asks": draws,
                "pairs_an_ask": PAIRS,
                "asks_that_claim_a_type": types / draws,
                "type_bounds": bounds(types, draws),
                "asks_that_claim_a_rise": rises / draws,
                "rise_bounds": bounds(rises, draws),
                "pairs_called_none": float(found[:, 2].mean()),
                "seconds": round(time.process_time() - start, 1),
            }
        )
        print(rows[-1])
    return rows


def page(rows: list[dict[str, object]]) -> str:
    """The figures as a table in words."""
    head = [
        "# Nulls of convergence",
        "",
        f"{rows[0]['asks']} asks of {PAIRS} pairs and 24 years a world; 95 % Clopper-Pearson intervals in brackets.",
        "",
        "| world | asks that claim a type | asks that claim a rise | pairs called none |",
        "|---|---|---|---|",
    ]
    for row in rows:
        said = []
        for share, span in (("asks_that_claim_a_type", "type_bounds"), ("asks_that_claim_a_rise", "rise_bounds")):
            low, high = row[span]  # type: ignore[misc]
            said.append(f"{row[share]:.2f} [{low:.2f}, {high:.2f}]")
        head.append(f"| {row['world']} | {said[0]} | {said[1]} | {row['pairs_called_none']:.2f} |")
    return "\n".join(head) + "\n"


def write(rows: list[dict[str, object]], folder: Path) -> None:
    """The figures as JSON and Markdown."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "nulls_convergence.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    (folder / "nulls_convergence.md").write_text(page(rows), encoding="utf-8")


def main() -> None:
    """Measure, print, and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    write(measured(asked.draws), asked.out)


if __name__ == "__main__":
    main()

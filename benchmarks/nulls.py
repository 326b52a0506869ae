"""Where there is nothing, nothing is claimed: the nulls of `influence`, `convergence` and `stage` in one table.

    python benchmarks/nulls.py [--draws 100]      figures written to benchmarks/results/nulls.*
    python benchmarks/nulls.py --kept             the table again, from the figures of its parts

Independent series have no links, pairs whose years are shuffled (or that are walks) do not converge, an industry that
is a random walk has no stage. Each row says how often something was claimed all the same, with an exact
(Clopper-Pearson) 95 % interval; rows of the kind "truth" are worlds in which there is something to claim, at the same
size. The parts alone, with all they measure: nulls_convergence.py, nulls_stage.py; the rows of `influence` are those
that influence.py measured and wrote, since they take hours.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import nulls_convergence
import nulls_stage
from influence_noise import TIED
from influence_table import ALL_NOISE
from threadpoolctl import threadpool_limits

from coevolve.engine.significance import clopper_pearson

RESULTS = Path(__file__).parent / "results"
PARTS = ("influence", "nulls_convergence", "nulls_stage")


@dataclass(frozen=True)
class Row:
    """One world: what was made, who was asked, what would be a claim, and how often it was made."""

    question: str
    kind: str  # null or truth
    made: str
    procedure: str
    claim: str
    draws: int
    rate: float
    lo: float
    hi: float
    more: str = ""


def influence(noise: dict[str, dict[str, Any]]) -> Iterator[Row]:
    """Any link among series that are independent, or tied."""
    for name, one in noise.items():
        kind = name.rsplit(" ", 1)[0]
        if kind == ALL_NOISE:
            continue
        made = f"{kind}; {one['regions']} regions × {one['years']} years × {one['series']} series"
        for model, procedure in (("linear", "pooled regression"), ("auto", "both channels (auto)")):
            draws = one[f"{model}_draws"]
            if not draws:
                continue
            more = [f"mean weight of the LSTM {one['weight']:.2f}"] if model == "auto" else []
            if kind == TIED:
                more.insert(0, f"{one[f'{model}_right'] / draws / one['series']:.2f} of the true links called")
            yield Row(
                "influence",
                "truth" if kind == TIED else "null",
                made,
                procedure,
                "any link",
                draws,
                one[model],
                one[f"{model}_low"],
                one[f"{model}_high"],
                ", ".join(more),
            )


def convergence(rows: list[dict[str, Any]]) -> Iterator[Row]:
    """A type, or a rise, among pairs that do not converge, or do."""
    for one in rows:
        kind = "truth" if one["world"] == "converging pairs" else "null"
        made = f"{one['world']}; {one['pairs_an_ask']} pairs × 24 years"
        for claim, share, span in (
            ("a type of any pair", "asks_that_claim_a_type", "type_bounds"),
            ("a rise of any measure", "asks_that_claim_a_rise", "rise_bounds"),
        ):
            yield Row("convergence", kind, made, "effect rule", claim, one["asks"], one[share], *one[span])


def stage(said: dict[str, Any]) -> Iterator[Row]:
    """A stage of a random walk, a warning where nothing feeds back; a stage where a force restores."""
    size = f"{said['cells']} cells × {said['firms']} firms × {said['periods']} years"
    for one in said["rows"]:
        kind = "truth" if one["kind"] == "truth" else "null"
        claim = "a warning" if one["kind"] == "advantage" else "a stage"
        more = f"force identified in {one['identified']}"
        made = f"{one['world']}; {size}"
        yield Row("stage", kind, made, "stage rule", claim, one["draws"], one["rate"], one["lo"], one["hi"], more)


def pooled_nulls(rows: list[Row]) -> Iterator[Row]:
    """All nulls of a question and procedure together, where all have the same kind of claim."""
    for name in dict.fromkeys((row.question, row.procedure, row.claim) for row in rows if row.kind == "null"):
        some = [row for row in rows if (row.question, row.procedure, row.claim) == name and row.kind == "null"]
        draws = sum(row.draws for row in some)
        hits = round(sum(row.rate * row.draws for row in some))
        low, high = clopper_pearson(hits, draws)
        yield Row(name[0], "null", f"all {len(some)} null worlds", name[1], name[2], draws, hits / draws, low, high)


def measure(draws: int, folder: Path) -> None:
    """The two quick parts, each written to files of its own."""
    with threadpool_limits(1):
        nulls_convergence.write(nulls_convergence.measured(draws), folder)
        nulls_stage.write([nulls_stage.measured(name, draws) for name in nulls_stage.WORLDS], folder)


def gathered(folder: Path) -> list[Row]:
    """The rows of all three, from the files of the parts."""
    said = {name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in PARTS}
    return [
        *influence(said["influence"]["noise"]),
        *convergence(said["nulls_convergence"]),
        *stage(said["nulls_stage"]),
    ]


def page(rows: list[Row], together: list[Row]) -> str:
    """The tables in Markdown: all nulls together, then each world."""
    lines = [
        "# Where there is nothing, nothing is claimed",
        "",
        "How often anything is claimed on made worlds, with exact (Clopper-Pearson) 95 % intervals. `null`: there is "
        "nothing to claim. `truth`: there is, at the same size. `influence` controls a false discovery rate of 5 %, "
        "the others 1 claim in 20. Made by `benchmarks/nulls.py`.",
        "",
        "## All null worlds together",
        "",
        "An average over the worlds chosen here; single worlds lie above and below it.",
        "",
        *_table(together, ["question", "procedure", "claim", "made", "draws", "rate"]),
        "",
        "## Each world",
        "",
        *_table(rows, ["question", "kind", "made", "procedure", "claim", "draws", "rate", "more"]),
    ]
    return "\n".join(lines) + "\n"


def _table(rows: list[Row], columns: list[str]) -> list[str]:
    """A Markdown table; a rate stands with its interval."""
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    for row in rows:
        said = asdict(row) | {"rate": f"{row.rate:.2f} ({row.lo:.2f}–{row.hi:.2f})"}
        lines.append("| " + " | ".join(str(said[name]) for name in columns) + " |")
    return lines


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--kept", action="store_true", help="measure nothing: gather what the parts have written")
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    start = time.perf_counter()
    asked.out.mkdir(parents=True, exist_ok=True)
    if not asked.kept:
        measure(asked.draws, asked.out)
    rows = gathered(asked.out)
    together = list(pooled_nulls(rows))
    text = json.dumps({"together": [asdict(r) for r in together], "rows": [asdict(r) for r in rows]}, indent=1) + "\n"
    (asked.out / "nulls.json").write_text(text, encoding="utf-8")
    (asked.out / "nulls.md").write_text(page(rows, together), encoding="utf-8")
    print(page(rows, together))
    print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()

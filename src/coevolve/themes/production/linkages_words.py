"""What `linkages` found, in words and pictures."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...inquiry.finding import Chart, Finding, Note, Source, Table
from ...inquiry.wording import listed
from . import words
from .model import Outcome

NAMED = 4
EXTRACTION = Source(
    "dietzenbacher2013",
    "Dietzenbacher, E. and Lahr, M. L. (2013). Expanding extractions. Economic Systems Research 25(3), 341-360.",
)


def finding(outcome: Outcome, table: Table) -> Finding:
    """The whole Finding."""
    return Finding(
        claim=_claim(outcome, table),
        title=f"Which industries pull and feed the others: {words.heading(outcome)}",
        tables=(table,),
        charts=tuple(_charts(outcome)),
        notes=tuple(_notes(outcome, table)),
        sources=(words.RASMUSSEN, words.GHOSH, words.ANTRAS, EXTRACTION, words.MILLER_BLAIR, words.TONG_WANG),
    )


def _claim(outcome: Outcome, table: Table) -> str:
    opening = words.where_and_when(outcome)
    if not len(table):
        return f"{opening} no industry has any output."
    key = table["key"].astype(bool)
    strength = np.where(key, np.minimum(table["backward_linkage"], table["forward_linkage"]), -np.inf)
    names = [str(table["industry"][k]) for k in np.argsort(-strength, kind="stable")[: min(NAMED, int(key.sum()))]]
    share = table["key_share_of_draws"]
    surely = int((key & (share >= words.SURE)).sum())
    how_many = "all" if surely == key.sum() else f"{surely or 'none'}"
    certain = f" ({how_many} of them in at least 95 % of the redrawn tables)" if key.sum() > 1 else ""
    said = certain if np.isfinite(share).any() and key.any() else ""
    which = f", above all {listed(names)}" if 0 < len(names) < key.sum() else f": {listed(names)}"
    verb = "both pulls and feeds" if key.sum() < 2 else "both pull and feed"
    first = f"{int(key.sum()) or 'none'} of {len(table)} industries {verb} the others more than the average{said}"
    lost, worst = table["extraction_loss_share"], 0
    second = (
        f"without {table['industry'][worst]}, and with nothing in its place, {100 * lost[worst]:.1f} % of all output "
        "would be lost, its own included, more than without any other"
    )
    return f"{opening}, {first}{which if names else ''}; {second}."


def _notes(outcome: Outcome, table: Table) -> Iterator[Note]:
    yield from words.common_notes(outcome)
    if unsure := words.near_ties(table, "key_share_of_draws", 8):
        yield Note(f"Do not build on the label key for {unsure}: it changes with errors of the assumed size.")
    yield Note(
        "Read the loss without an industry as its size and ties, not as a prediction: buyers would turn to other "
        "suppliers and to imports. It is x_k (column sum of L)_k / L_kk."
    )
    yield Note(
        "Read forward linkages as how far an industry stands from final use: the Ghosh row sum is upstreamness and "
        "the input multiplier, one number. As a model of supply pushing output it is not believed."
    )
    yield Note("Compare linkages with output: they are per unit, so a tiny industry can have a large one.")


def _charts(outcome: Outcome) -> Iterator[Chart]:
    yield Chart(
        "places",
        "scatter",
        "linkages",
        {"x": "forward_linkage", "y": "backward_linkage", "label": "industry", "size": "output", "series": "kind"},
        "Who pulls and who feeds: key industries have both above 1",
        f"mean of all industries = 1; {words.heading(outcome)}",
        "Scatter of forward against backward linkages, key industries marked.",
        options={"x_label": "feeds others: forward linkage", "y_label": "pulls others: backward linkage"},
    )
    yield Chart(
        "losses",
        "bars",
        "linkages",
        {"label": "industry", "value": "extraction_loss", "lo": "extraction_loss_lo", "hi": "extraction_loss_hi"},
        "Output that would be lost without each industry",
        f"{words.money(outcome) or 'in money'}, its own output included; {words.heading(outcome)}",
        "Bars of the output lost in all industries if one vanished, largest first, with 95 % ranges.",
    )

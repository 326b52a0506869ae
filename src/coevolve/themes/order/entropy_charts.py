"""What `entropy` found, in pictures."""

from __future__ import annotations

from collections.abc import Iterator

from ...inquiry.finding import Chart
from ...inquiry.wording import counted, plural
from .entropy_cells import Cells
from .entropy_claim import units
from .entropy_coupling import Coupling
from .entropy_model import Ledger
from .entropy_tables import time_word


def charts(cells: Cells, ledger: Ledger | None, coupling: Coupling | None) -> Iterator[Chart]:
    """Where entropy stood, what changed it, where, and what the subsystems share."""
    time, over = time_word(cells.periods), counted(len(cells.labels), cells.word)
    if coupling is not None and not cells.has_flows:
        yield _coupling(coupling, time)
    if ledger is not None and cells.has_flows:
        yield Chart(
            "what_changed_it",
            "bars",
            "channels",
            {"label": time, "value": "contribution", "series": "channel"},
            "What raised and what lowered entropy",
            f"nat a {cells.periods.word}; the bars of a {cells.periods.word} add up to its change",
            f"Signed piles of the contributions of channels to the change of entropy over {over}.",
            options={"stacked": True, "vertical": True, "sort": "none"},
        )
    if ledger is not None:
        yield Chart(
            "change",
            "bars",
            "ledger",
            {"label": time, "value": "change", "lo": "lo", "hi": "hi"},
            "Change of entropy: below 0 concentrating, above 0 spreading",
            "nat, 90 % intervals",
            f"Bars of the change of entropy over {over} with intervals.",
            options={"vertical": True, "sort": "none"},
        )
        yield Chart(
            "level",
            "lines",
            "levels",
            {"x": time, "y": "equal_cells"},
            f"As evenly spread as over so many equal {plural(cells.short)} (of {len(cells.labels)})",
            "exp(entropy); the axis does not start at 0",
            f"Line of the number of equal cells that spread as evenly as the {over}.",
        )
        words = plural(cells.short)
        yield Chart(
            "where",
            "bars",
            "movers",
            {"label": "cell", "value": "contribution", "lo": "lo", "hi": "hi"},
            f"Which {words} raised and which lowered entropy most",
            f"nat, {cells.periods.labels[0]} to {cells.periods.labels[-1]}, 90 % intervals; a small {cells.short} that "
            f"grows, or a large one that shrinks, spreads {units(cells)} more evenly",
            f"Bars of the contributions of {words} to the change of entropy.",
            options={"sort": "none"},
        )
    if coupling is not None and cells.has_flows:
        yield _coupling(coupling, time)
    if coupling is not None and not coupling.is_joint:
        yield Chart(
            "parts",
            "lines",
            "parts",
            {"x": time, "y": "share", "series": "subsystem"},
            "Shares of the subsystems",
            "of all units",
            "Lines of the subsystems' shares of all units.",
        )


def _coupling(coupling: Coupling, time: str) -> Chart:
    column, title = "total_correlation", "Total correlation: 0 when all regions have the same industry mix"
    if not coupling.is_joint:
        column, title = "between", "Entropy between the subsystems"
    return Chart(
        "subsystems",
        "lines",
        "coupling",
        {"x": time, "y": column, "lo": "lo", "hi": "hi"},
        title,
        "nat, 90 % intervals; the axis does not start at 0",
        f"Line of the {column.replace('_', ' ')} with its interval.",
    )

"""Who helps whom, drawn: poles as nodes, the effects between them as arrows."""

from __future__ import annotations

import numpy as np

from ...evidence.fit import Fit
from ...inquiry.finding import Chart, Table
from ...inquiry.wording import counted
from .equations import CUT

MOST_ARROWS = 40  # that are drawn; all that are claimed are drawn even so


def network_tables(fit: Fit, effects: Table) -> tuple[Table, Table]:
    """The arrows that are drawn, and the poles with their last scale.

    An arrow is an effect that the data told (`help_known`) and that is larger than a tenth either way: smaller ones
    count as none. Those not claimed are drawn as far as there is room, the strongest first.
    """
    known = [row for row in effects.rows() if _told(row["help_known"])]
    known.sort(key=lambda row: (not row["is_claimed"], -abs(float(str(row["help"])))))
    claimed = sum(bool(row["is_claimed"]) for row in known)
    rows = [
        tuple(row[key] for key in ("other", "pole", "help", "help_lo", "help_hi", "is_claimed"))
        for row in known[: max(claimed, MOST_ARROWS)]
    ]
    arrows = Table.of_rows(
        "network",
        ("source", "target", "help", "help_lo", "help_hi", "is_claimed"),
        rows,
        {},
        f"The arrows of the picture: what `target` gets from `source`, help = −b with its 90 % interval (below 0: it "
        f"is held back), where the data told it and it is larger than {CUT:g}.",
    )
    last = np.exp(np.median(fit["log_last"], axis=0))
    poles = Table.of_rows(
        "network_poles",
        ("label", "size"),
        [(pole, float(np.nansum(last[:, k]))) for k, pole in enumerate(fit.labels["pole"])],
        {},
        "The poles of the picture with their last scale (`size`), all regions added up.",
    )
    return arrows, poles


def network_chart(arrows: Table, place: str) -> Chart:
    """The picture of the arrows; claimed ones are full, the others pale."""
    claimed = int(np.count_nonzero(arrows["is_claimed"]))
    title = "Who helps and who holds back whom"
    return Chart(
        "network",
        "network",
        "network",
        {"source": "source", "target": "target", "weight": "help", "sign": "help", "certain": "is_claimed"},
        title if claimed else f"{title}: nothing is sure",
        f"{place}; blue helps (b below 0), vermilion dashes hold back (b above 0); pale: not claimed; effects below "
        f"{CUT:g} are left out",
        f"Network of {counted(len(arrows), 'effect')} between poles, {claimed} of them claimed.",
        also={"nodes": "network_poles"},
        options={"directed": True, "diverging": True, "helps": "positive", "size": "last scale"},
    )


def _told(value: object) -> bool:
    return isinstance(value, float) and abs(value) > CUT

"""Codes of two vintages in one table: regions redrawn, industries reclassified; nothing can be compared: refused."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..errors import Fault
from .panel import Panel, Status

# Codes that followed one another when regions were redrawn (NUTS level 2, US counties): never both in one table.
FOLLOWED: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("DE41", ("DE40",)),
    ("DE42", ("DE40",)),
    ("DED1", ("DED4", "DED5")),
    ("DED3", ("DED4", "DED5")),
    ("FI13", ("FI1D",)),
    ("FI18", ("FI1B", "FI1C")),
    ("FI1A", ("FI1D",)),
    ("GR11", ("EL11", "EL51")),
    ("GR30", ("EL30",)),
    ("EL11", ("EL51",)),
    ("EL12", ("EL52",)),
    ("EL13", ("EL53",)),
    ("EL14", ("EL61",)),
    ("EL21", ("EL54",)),
    ("EL22", ("EL62",)),
    ("EL23", ("EL63",)),
    ("EL24", ("EL64",)),
    ("EL25", ("EL65",)),
    ("ITD1", ("ITH1",)),
    ("ITD2", ("ITH2",)),
    ("ITD3", ("ITH3",)),
    ("ITD4", ("ITH4",)),
    ("ITD5", ("ITH5",)),
    ("ITE1", ("ITI1",)),
    ("ITE2", ("ITI2",)),
    ("ITE3", ("ITI3",)),
    ("ITE4", ("ITI4",)),
    ("SI01", ("SI03",)),
    ("SI02", ("SI04",)),
    ("UKI1", ("UKI3", "UKI4")),
    ("UKI2", ("UKI5", "UKI6", "UKI7")),
    ("UKD2", ("UKD6",)),
    ("UKD5", ("UKD7",)),
    ("UKM2", ("UKM7",)),
    ("UKM3", ("UKM8", "UKM9")),
    ("FR21", ("FRF2",)),
    ("FR22", ("FRE2",)),
    ("FR23", ("FRD2",)),
    ("FR24", ("FRB0",)),
    ("FR25", ("FRD1",)),
    ("FR26", ("FRC1",)),
    ("FR30", ("FRE1",)),
    ("FR41", ("FRF3",)),
    ("FR42", ("FRF1",)),
    ("FR43", ("FRC2",)),
    ("FR51", ("FRG0",)),
    ("FR52", ("FRH0",)),
    ("FR53", ("FRI3",)),
    ("FR61", ("FRI1",)),
    ("FR62", ("FRJ2",)),
    ("FR63", ("FRI2",)),
    ("FR71", ("FRK2",)),
    ("FR72", ("FRK1",)),
    ("FR81", ("FRJ1",)),
    ("FR82", ("FRL0",)),
    ("FR83", ("FRM0",)),
    ("FR91", ("FRY1",)),
    ("FR92", ("FRY2",)),
    ("FR93", ("FRY3",)),
    ("FR94", ("FRY4",)),
    ("HU10", ("HU11", "HU12")),
    ("IE01", ("IE04",)),
    ("IE02", ("IE05", "IE06")),
    ("LT00", ("LT01", "LT02")),
    ("PL11", ("PL71",)),
    ("PL12", ("PL91", "PL92")),
    ("PL31", ("PL81",)),
    ("PL32", ("PL82",)),
    ("PL33", ("PL72",)),
    ("PL34", ("PL84",)),
    ("46113", ("46102",)),
    ("02270", ("02158",)),
    ("12025", ("12086",)),
    ("09001", ("09110", "09120", "09190")),
)
CODE = re.compile(r"[A-Z]{2}[A-Z0-9]{1,4}|\d{2,8}|[A-Z]\d{1,4}|\d+[A-Z]{1,3}")


def broken(panel: Panel, where: str) -> list[Fault]:
    """The faults of a panel whose region or industry codes are of two vintages."""
    return [*_regions(panel, where), *_industries(panel, where)]


def _regions(panel: Panel, where: str) -> list[Fault]:
    """Known predecessors and successors side by side, or codes of one country that change all at one date."""
    there = set(panel.regions)
    pairs = [
        (old, next(one for one in new if one in there)) for old, new in FOLLOWED if old in there and there & set(new)
    ]
    if pairs:
        old, new = pairs[0]
        count = f" ({len(pairs)} such pairs)" if len(pairs) > 1 else ""
        do = f'Keep one vintage with where, or rename by a concordance: labels = {{ {old} = "{new}" }}.'
        return [
            Fault(
                f"region codes of two vintages stand side by side{count}: {new} replaced {old}.",
                where,
                f"{old}, {new}",
                do,
            )
        ]
    seen = np.zeros((len(panel.regions), len(panel.periods)), bool)
    for one in panel.indicators.values():
        seen |= np.any(one.status < Status.ABSENT, axis=1)
    return _swapped(panel, seen, panel.regions, "region", 2, where)


def _industries(panel: Panel, where: str) -> list[Fault]:
    labels = panel.industries
    if len(labels) < 2:
        return []
    place = {label: k for k, label in enumerate(labels)}
    seen = np.zeros((len(labels), len(panel.periods)), bool)
    for one in panel.indicators.values():
        rows = [place[label] for label in one.industries if label]
        if rows and not one.is_regional:
            listed = np.any(one.status < Status.ABSENT, axis=0)
            seen[rows] |= np.asarray(listed)[[k for k, label in enumerate(one.industries) if label]]
    return _swapped(panel, seen, labels, "industry", 1, where)


def _swapped(
    panel: Panel, seen: NDArray[np.bool_], labels: Sequence[str], axis: str, prefix: int, where: str
) -> list[Fault]:
    """Codes that end in one period where others of the same family begin in the next: another classification."""
    some = seen.any(axis=1)
    first = np.where(some, seen.argmax(axis=1), -1)
    last = np.where(some, seen.shape[1] - 1 - seen[:, ::-1].argmax(axis=1), -1)
    faults = []
    for step in range(seen.shape[1] - 1):
        ended = [labels[k] for k in np.flatnonzero(last == step).tolist() if CODE.fullmatch(labels[k])]
        begun = [labels[k] for k in np.flatnonzero(first == step + 1).tolist() if CODE.fullmatch(labels[k])]
        old = [one for one in ended if any(one[:prefix] == other[:prefix] for other in begun)]
        new = [one for one in begun if any(one[:prefix] == other[:prefix] for other in ended)]
        if not old or not new:
            continue
        before, after = panel.periods.labels[step], panel.periods.labels[step + 1]
        what = {"region": "the regions were redrawn", "industry": "the classification of industries changes"}[axis]
        got = f"{', '.join(old[:4])} end in {before}; {', '.join(new[:4])} begin in {after}"
        do = f'Keep one vintage (where = "... >= {after}"), or bring both to one by a concordance in labels.'
        faults.append(Fault(f"{what} between {before} and {after}.", where, got, do))
    return faults

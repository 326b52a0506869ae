"""What `shock` shows and says: the years tried, and whether any of them was a break."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...engine.growth_break import Break, chances, dated, some_factor
from ...evidence.fit import Fit
from ...evidence.periods import Periods
from ...inquiry.finding import Chart, Finding, Note, Source, Table
from .future import period_values, time_column_of

CLAIMED = 3.0  # Bayes factor from which a break is claimed
STRONG = 20.0
WITHIN = 2  # periods: the one named most probably lies so near to the break
NORMAL = 1.6448536269514722
SOURCES = (
    Source("tong-wang", "Tong & Wang, Interactive evolution of innovation poles, section 2.2, (8) to (10)."),
    Source(
        "kass-raftery-1995",
        "Kass & Raftery (1995), Bayes factors, Journal of the American Statistical Association 90, 773-795.",
        "https://doi.org/10.1080/01621459.1995.10476572",
    ),
)


def shock_finding(fit: Fit, pole: str, regions: Sequence[str], found: Sequence[Break]) -> Finding:
    """The Finding of `shock`."""
    periods = Periods.of(fit.labels["period"])
    factor = some_factor(found)
    table = _table(periods, found, chances(found))
    return Finding(
        _claim(fit, pole, regions, periods, found, factor),
        f"A break in the capacity of {pole}",
        (table,),
        (_chart(pole, time_column_of(periods.kind)),),
        tuple(_notes(fit, regions, factor)),
        SOURCES,
    )


def _table(periods: Periods, found: Sequence[Break], chance: np.ndarray) -> Table:
    labels = [periods.labels[one.begins] for one in found]
    rows = [
        (
            when,
            one.size,
            one.size - NORMAL * one.error,
            one.size + NORMAL * one.error,
            100.0 * (np.exp(one.size) - 1.0),
            float(np.exp(min(one.log_factor, 700.0))),
            share,
        )
        for when, one, share in zip(period_values(labels, periods.kind).tolist(), found, chance.tolist(), strict=True)
    ]
    columns = (time_column_of(periods.kind), "size", "lo", "hi", "percent", "bayes_factor", "probability")
    caption = (
        "One row a period tried: the step in log capacity from then on (90 % interval), how much better it predicts "
        "than no step, and its probability if there was one step."
    )
    return Table.of_rows("breaks", columns, rows, {"percent": "%"}, caption)


def _chart(pole: str, time: str) -> Chart:
    return Chart(
        "breaks",
        "bars",
        "breaks",
        {"label": time, "value": "probability"},
        f"When the capacity of {pole} stepped, if it did",
        "probability of each period, given one step",
        "Upright bars of the probability of a step in each period tried.",
        options={"sort": "none", "vertical": True},
    )


def _claim(
    fit: Fit,
    pole: str,
    regions: Sequence[str],
    periods: Periods,
    found: Sequence[Break],
    factor: float,
) -> str:
    one = dated(found, WITHIN)
    tried = f"{periods.labels[found[0].begins]} to {periods.labels[found[-1].begins]}"
    where = (
        f" in {', '.join(regions)}" if regions else " common to all regions" if len(fit.labels["region"]) > 1 else ""
    )
    if factor < CLAIMED:
        against = ", and the data speak rather against one" if factor < 1.0 / CLAIMED else ""
        return (
            f"No break in the capacity of {pole}{where} can be told between {tried}: a step predicts {factor:.2g} "
            f"times as well as none, and 3 is needed{against}."
        )
    ends = np.sort(100.0 * (np.exp([one.size - NORMAL * one.error, one.size + NORMAL * one.error]) - 1.0))
    said, when = "strong" if factor >= STRONG else "some", periods.labels[found[one.place].begins]
    return (
        f"There is {said} evidence of a break in the capacity of {pole}{where}: it {_moved(one.size)} by "
        f"{abs(100.0 * (np.exp(one.size) - 1.0)):.0f} % (90 %: {ends[0]:+.0f} to {ends[1]:+.0f} %) in or about "
        f"{when} (probability {one.probability:.2f} within {WITHIN} {periods.word}s, if there was one); a step "
        f"predicts {factor:.3g} times as well as none."
    )


def _moved(size: float) -> str:
    return "rose" if size > 0 else "fell"


def _notes(fit: Fit, regions: Sequence[str], factor: float) -> list[Note]:
    notes = [
        Note(
            "Ask what else changed in that year before calling it a shock: a new classification, a merged region or a "
            "recession bends growth in the same way."
        )
    ]
    if not (fit["is_trusted"] > 0).all():
        notes.append(Note("Do not lean on this: the fit did not settle in every region.", "caution"))
    if len(fit.labels["region"]) > 1 and not regions and float(np.nanmedian(fit["year"])) > 1e-4:
        notes.append(
            Note(
                "Name the `regions` that may have been hit: year effects take up most of what happens to all regions "
                "at once, so that a common step comes out too weak."
            )
        )
    if factor < CLAIMED:
        notes.append(Note("Give more years after the break: capacity is felt only through the growth that follows."))
    return notes

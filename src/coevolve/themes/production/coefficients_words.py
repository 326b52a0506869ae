"""What `coefficients` found, in words: who forecasts best, how far it is out, and what not to read into it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ...inquiry.finding import Finding, Note, Source
from ...inquiry.key import Key
from . import coefficients_tables
from .coefficients_backtest import RAS, Backtest
from .coefficients_model import NET_NEEDS
from .coefficients_tables import HIGH_80, LABELS, LOW_80, MIDDLE, Shown, best
from .words import BASIS, LEONTIEF, MILLER_BLAIR, TONG_WANG, listed

FEW_ORIGINS = 6
NOUNS = {"A": "model A (an LSTM blended with trend and last value)", "B": "the last value", "C": "the linear trend"}

SOURCES = (
    TONG_WANG,
    LEONTIEF,
    MILLER_BLAIR,
    Source("stone1961", "Stone, R. (1961). Input-Output and National Accounts. OECD."),
    Source(
        "junius-oosterhaven2003",
        "Junius, T. and Oosterhaven, J. (2003). The solution of updating or regionalizing a matrix with both positive "
        "and negative entries. Economic Systems Research 15(1), 87-96.",
    ),
    Source(
        "hochreiter-schmidhuber1997",
        "Hochreiter, S. and Schmidhuber, J. (1997). Long short-term memory. Neural Computation 9(8), 1735-1780.",
    ),
    Source(
        "gardner-mckenzie-1985",
        "Gardner & McKenzie (1985), Forecasting trends in time series, Management Science 31, 1237-1246.",
    ),
    Source(
        "barber-2023",
        "Barber, Candès, Ramdas & Tibshirani (2023), Conformal prediction beyond exchangeability, "
        "Annals of Statistics 51, 816-845.",
    ),
)


def finding(result: Backtest, shown: Shown, key: Key, notes: Sequence[str], prices: str) -> Finding:
    """The whole Finding."""
    made = coefficients_tables.tables(result, shown, key)
    series = result.series
    place = f"{series.regions[0]}, " if len(series.regions) == 1 and series.regions[0] else ""
    return Finding(
        claim=claim(result, shown, key),
        title=f"Coefficients over time: {place}{series.years[0]}–{series.years[-1]}, {BASIS[series.basis]}",
        tables=made,
        charts=tuple(coefficients_tables.charts(result, shown, made)),
        notes=(*series.notes, *_notes(result, shown, prices), *(Note(text) for text in notes)),
        sources=SOURCES,
    )


def claim(result: Backtest, shown: Shown, key: Key) -> str:
    """Who forecast best, and whether its lead is more than luck; then the chain of the innovation industry."""
    return " ".join(part for part in (_verdict(result, key), _chain(result, shown)) if part)


def _verdict(result: Backtest, key: Key) -> str:
    """The first sentence. The last value is named first unless another model is better beyond noise."""
    word, years = result.series.word, result.series.years
    origins, steps = result.plan.origins, result.plan.steps
    error = result.told["B"].errors.mean(axis=0)
    ahead = f"one {word} ahead" if steps == 1 else f"1 to {steps} {word}s ahead"
    far = f"{error[0]:.1f} % off one {word} ahead"
    if steps > 1:
        far += f" and {error[-1]:.1f} % off {steps} {word}s ahead"
    names = [name for name in result.told if name not in ("B", RAS)]
    found = {name: result.gain(name, None, key) for name in names}
    ranked = sorted(names, key=lambda name: np.nan_to_num(found[name][0], nan=np.inf))
    from_ = f"from {_counted(len(origins), 'origin')}"
    if len(origins) > 1:
        from_ += f" ({years[origins[0] - 1]} to {years[origins[-1] - 1]})"
    usual = f"{from_[:1].upper()}{from_[1:]}, the last value was typically {far}"
    others = listed([f"{NOUNS[name]} erred {_change(found[name])}" for name in ranked])
    if not names:
        return f"Only the last value was asked for. {usual}."
    leader = ranked[0]
    change, _, high = found[leader]
    if change < 0 and high < 0:
        rest = [f"{NOUNS[name]} erred {_change(found[name])}" for name in ranked[1:]]
        behind = f"; {listed(rest)}" if rest else ""
        lead = NOUNS[leader]
        return (
            f"{lead[:1].upper()}{lead[1:]} forecast complete consumption coefficients better than keeping the last "
            f"value, {ahead}: it erred {_change(found[leader])}. {usual}{behind}."
        )
    if change < 0:
        others += _one_step(result, leader, key)
        return (
            f"No model is shown to forecast complete consumption coefficients better than keeping the last value, "
            f"{ahead}: {others}. {usual}."
        )
    return f"Keeping the last value forecast complete consumption coefficients best, {ahead}: {others}. {usual}."


def _one_step(result: Backtest, leader: str, key: Key) -> str:
    """What the shortest horizon alone shows, where all together have too few separate tests for an interval."""
    alone = result.gain(leader, 0, key)
    if np.isfinite(result.gain(leader, None, key)[1]) or not np.isfinite(alone[1]):
        return ""
    return f"; one {result.series.word} ahead alone, {NOUNS[leader].partition(' (')[0]} erred {_change(alone)}"


def _chain(result: Backtest, shown: Shown) -> str:
    """What was said of the first chain, and what is expected of it."""
    if not shown.places:
        return ""
    (r, k), label = shown.places[0], shown.labels[0]
    model, place, step = best(result), len(result.plan.origins) - 1, result.plan.steps - 1
    years, end = result.series.years, result.series.later(result.plan.steps)[-1]
    actual, told = result.actual(place)[step, r, k], result.told[model].chain[place, step, r, k]
    known = years[result.plan.origins[place] - 1]
    noun = {"A": "model A", "B": "the last value", "C": "the linear trend"}[model]
    largest = "" if len(shown.places) == 1 else ", the largest of the chains asked for,"
    sides = [f"{_off(told[side], actual[side])} ({told[side]:.3f}, actual {actual[side]:.3f})" for side in range(2)]
    first = (
        f"For {label}{largest} what {noun} said of {years[-1]} in {known} was {sides[0]} on the supply side and "
        f"{sides[1]} on the demand side"
    )
    coming = result.quantiles(model, place + 1)[step, r, k]
    sides = [
        f"{coming[side, MIDDLE]:.3f} ({coming[side, LOW_80]:.3f} to {coming[side, HIGH_80]:.3f})" for side in range(2)
    ]
    if not np.isfinite(coming).all():
        return f"{first}."
    return f"{first}; for {end} it expects {sides[0]} and {sides[1]} (80 % ranges)."


def _notes(result: Backtest, shown: Shown, prices: str) -> Iterator[Note]:
    word, count, steps = result.series.word, len(result.plan.origins), result.plan.steps
    windows = count / steps
    yield Note(
        f"Trust the direction of a gain only where its interval leaves out zero: {_counted(count, 'origin')} with "
        f"{steps} {word}s each amount to {windows:.1f} separate tests, since all cells of a {word} share its shocks.",
        "caution" if count < FEW_ORIGINS else "information",
    )
    if result.troubles:
        yield Note(
            f"Look into the origins at which model A could not be trained; the last value stands in for it there: "
            f"{'; '.join(result.troubles[:3])}.",
            "caution",
        )
    bad, made = (sum(one[k] for one in result.unsettled.values()) for k in range(2))
    if bad:
        yield Note(
            f"Weigh the models a little less: {bad} of {made:,} forecast tables could not be balanced, or needed more "
            "than they make; those that GRAS did not settle stay unbalanced, the others keep the last value.",
            "caution" if bad > 0.05 * made else "information",
        )
    yield from _about_a(result)
    yield _about_paper(result, shown)
    yield Note(
        "Do not count RAS among the forecasts: it knows the row and column sums of the year it tells of. It shows what "
        "knowing them is worth."
    )
    top = result.suppliers.shape[-1]
    yield Note(
        f"Read the supply side as what one unit of final demand for the industry needs of its {top} largest suppliers, "
        f"the demand side as what one unit of final demand for its {top} largest users needs of it, the industry "
        "itself left out; the partners are those of the last year known to the models (table chain)."
    )
    yield Note(
        "Read the ranges as what the model missed before: they come from its errors at earlier origins over all "
        "chains, in units of each chain's own recent change, and know nothing of a break."
    )
    if result.series.basis == "":
        yield Note(
            'Say flows = "domestic" or "total" in the evidence: nobody said whether these flows hold imports, and a '
            "shift to imports looks like a fall of domestic coefficients.",
            "caution",
        )
    if not prices or "current" in prices:
        yield Note(
            "Compare years with care: in current prices a dearer input looks like a larger one. Give a deflator "
            "(prices) for coefficients of volume."
        )


def _about_a(result: Backtest) -> Iterator[Note]:
    if "A" not in result.told:
        return
    trend, net, pull = result.blends[-1]
    shares = f"last value {1 - trend - net:.2f}, fading trend {trend:.2f}, LSTM {net:.2f}, pull of margins {pull:.2f}"
    if trend == net == pull == 0:
        why = (
            f"fewer than {NET_NEEDS} {result.series.word}s were known"
            if result.counts[-1] == 0
            else ("no blend had done better at the earlier origins")
        )
        yield Note(f"Read model A as the last value in the forecast: {why}, so it puts no weight on anything else.")
        return
    yield Note(
        f"See the table weights for what model A is made of: {shares} in the forecast, chosen on "
        f"{_counted(result.counts[-1], 'earlier origin')}. One LSTM is trained at each origin on all cells "
        f"of {_counted(len(result.series.regions), 'economy')}; where the pull is above zero, GRAS brings the blend "
        "towards forecast row sums. Cells that are not above zero stay at their last value."
    )


def _about_paper(result: Backtest, shown: Shown) -> Note:
    quoted = (
        "Tong & Wang report errors of .40 % and .05 % for their model A: one cell each, of a place, year and "
        "industry that they do not name"
    )
    if not shown.places:
        return Note(f"Do not compare with Table 2 of the paper cell by cell. {quoted}.")
    (r, k), step = shown.places[0], result.plan.steps - 1
    name = "A" if "A" in result.told else best(result)
    missed = result.chain_errors(name, step)[:, r, k]
    spread = ""
    if len(missed) > 1 and np.isfinite(missed).any():
        spread = (
            f"; over {_counted(len(missed), 'origin')} the same cell was missed by {np.nanmin(missed):.2f} to "
            f"{np.nanmax(missed):.2f} %, so a single cell proves little"
        )
    return Note(
        f"Do not judge by one cell. {quoted}; the like cells here, {shown.labels[0]}, were missed by "
        f"{LABELS[name].partition(':')[0]} by {missed[-1, 0]:.2f} % and {missed[-1, 1]:.2f} %{spread}."
    )


def _off(told: float, actual: float) -> str:
    if not actual > 0:
        return "without anything to compare it with"
    return f"{100 * abs(told / actual - 1):.1f} % off"


def _change(found: tuple[float, float, float]) -> str:
    """ "4.3 % less (95 %: 1.5 to 7.3)" of a change of the error in per cent, with its interval."""
    change, low, high = found
    if not np.isfinite(change):
        return "where the last value did not err at all"
    word = "less" if change < 0 else "more"
    sign = -1.0 if change < 0 else 1.0
    ends = sorted((sign * low, sign * high))
    if not np.isfinite(ends).all():
        return f"{abs(change):.1f} % {word} (too few separate tests for an interval)"
    inside = ", within noise" if ends[0] <= 0 <= ends[1] else ""
    return f"{abs(change):.1f} % {word} (95 %: {ends[0]:.1f} to {ends[1]:.1f}{inside})"


def _counted(many: int, word: str) -> str:
    plural = f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"
    return f"{many} {word if many == 1 else plural}"

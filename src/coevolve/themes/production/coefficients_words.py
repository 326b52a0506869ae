"""What `coefficients` found, in words: who forecasts best, how far it is out, and what not to read into it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ...inquiry.finding import Finding, Note, Source
from ...inquiry.key import Key
from ...inquiry.wording import counted, listed
from . import coefficients_charts, coefficients_tables
from .coefficients_backtest import DRIFT, RAS, Backtest
from .coefficients_model import NET_NEEDS
from .coefficients_tables import HIGH, HIGH_80, LABELS, LOW, LOW_80, MIDDLE, Shown, best, inside, usual
from .words import BASIS, LEONTIEF, MILLER_BLAIR, TONG_WANG

FEW_ORIGINS = 6
NOUNS = {"B": "the last value", "C": "the linear trend", DRIFT: "the average past change (drift)"}

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
        charts=tuple(coefficients_charts.charts(result, shown, made)),
        notes=(*series.notes, *_notes(result, shown, prices), *(Note(text) for text in notes)),
        sources=SOURCES,
    )


def claim(result: Backtest, shown: Shown, key: Key) -> str:
    """Who forecast best, and whether its lead is more than luck; then the chain of the innovation industry."""
    return " ".join(part for part in (_verdict(result, key), _chain(result, shown, key)) if part)


def _verdict(result: Backtest, key: Key) -> str:
    """The first sentence. The last value is named first unless another model is better beyond noise."""
    word, years = result.series.word, result.series.years
    origins, steps = result.plan.origins, result.plan.steps
    ahead = f"one {word} ahead" if steps == 1 else f"1 to {steps} {word}s ahead"
    names = [name for name in result.told if name not in ("B", RAS)]
    asked = [name for name in names if name != DRIFT]
    found = {name: result.gain(name, None, key) for name in names}
    ranked = sorted(names, key=lambda name: np.nan_to_num(found[name][0], nan=np.inf))
    from_ = f"from {counted(len(origins), 'origin')}"
    if len(origins) > 1:
        from_ += f" ({years[origins[0] - 1]} to {years[origins[-1] - 1]})"
    if not asked:
        return f"Only the last value was asked for. It was {_far(result, key)} {from_}."
    leader = ranked[0]
    change, _, high = found[leader]
    others = listed([f"{_noun(result, name)} erred {_erred(result, name, key)}" for name in ranked])
    if change < 0 and high < 0:
        first, *rest = ranked
        lead = _noun(result, first)
        behind = listed([f"{_noun(result, name)} erred {_erred(result, name, key)}" for name in rest])
        told = f"The last value was {_far(result, key)}, {from_}{f'; {behind}' if behind else ''}."
        return (
            f"{lead[:1].upper()}{lead[1:]} forecast complete consumption coefficients better than keeping the last "
            f"value, {ahead}: it erred {_erred(result, first, key)}. {told}"
        )
    told = f"{ahead[:1].upper()}{ahead[1:]}, {from_}, {others}."
    if change < 0:
        return (
            "No model is shown to forecast what industries need of each other (complete consumption coefficients) "
            f"better than keeping the last value, {_far(result, key)}. {told}"
        )
    return f"Keeping the last value forecast complete consumption coefficients best, {_far(result, key)}. {told}"


def _far(result: Backtest, key: Key) -> str:
    """How far the last value was out one period ahead, with its interval."""
    middle, low, high = usual(result.told["B"].errors[:, 0], 1, key.child("errors B 0"))
    ends = f" (95 %: {low:.1f} to {high:.1f})" if np.isfinite(low + high) else ""
    return f"typically {middle:.1f} % off one {result.series.word} ahead{ends}"


def _noun(result: Backtest, name: str) -> str:
    """A model as a sentence calls it. Of A it says what it was really made of."""
    if name != "A":
        return NOUNS[name]
    if any(net > 0 for _, net, _ in result.blends):
        return "model A of Table 2 (an LSTM blended with trend and last value)"
    trend, _, pull = result.blends[-1]
    made = "a fading trend on the last value" if trend > 0 else "the last value"
    made += " with row sums adjusted" if pull > 0 else ""
    return f"model A of Table 2 (it gave its neural net no weight: it is {made})"


def _erred(result: Backtest, name: str, key: Key) -> str:
    """ "4.3 % less (95 %: 1.5 to 7.3; outside noise 1 year ahead; better from 6 of 9 origins)"."""
    change, low, high = result.gain(name, None, key)
    if not np.isfinite(change):
        return "where the last value did not err at all"
    word, sign = ("less", -1.0) if change < 0 else ("more", 1.0)
    ends = sorted((sign * low, sign * high))
    range_ = "too few separate tests for an interval over all horizons"
    if np.isfinite(ends).all():
        range_ = f"95 %: {_number(ends[0])} to {_number(ends[1])}"
    better = int((result.change(name).mean(axis=1) < 0).sum())
    parts = [
        range_,
        _beyond(result, name, sign, ends, key),
        f"better from {better} of {len(result.plan.origins)} origins",
    ]
    return f"{abs(change):.1f} % {word} ({'; '.join(part for part in parts if part)})"


def _beyond(result: Backtest, name: str, sign: float, ends: Sequence[float], key: Key) -> str:
    """At which horizons the difference is outside noise: the intervals of the table gain decide, one by one."""
    steps, word = result.plan.steps, result.series.word
    gains = [result.gain(name, step, key) for step in range(steps)]
    sure = [step + 1 for step, (_, low, high) in enumerate(gains) if min(sign * low, sign * high) > 0]
    if len(sure) == steps:
        return "outside noise" if steps == 1 else "outside noise at every horizon"
    if sure:
        return f"outside noise {listed([str(one) for one in sure])} {word if sure == [1] else word + 's'} ahead"
    if ends[0] > 0:
        return "outside noise over all horizons together"
    judged = any(np.isfinite(low) for _, low, _ in gains) or np.isfinite(ends[0])
    return "within noise" if judged else ""


def _number(value: float) -> str:
    return f"{value:.1f}".replace("-", "\u2212")


def _chain(result: Backtest, shown: Shown, key: Key) -> str:
    """What was said of the first chain, whether the range held, who was usually nearest there, and what is expected."""
    if not shown.places:
        return ""
    (r, k), label = shown.places[0], shown.labels[0]
    model, place, step = best(result), len(result.plan.origins) - 1, result.plan.steps - 1
    years, end = result.series.years, result.series.later(result.plan.steps)[-1]
    actual, told = result.actual(place)[step, r, k], result.told[model].chain[place, step, r, k]
    band = result.quantiles(model, place)[step, r, k]
    known = years[result.plan.origins[place] - 1]
    noun = {"A": "model A", "B": "the last value", "C": "the linear trend"}[model]
    largest = "" if len(shown.places) == 1 else ", the largest of the chains asked for,"
    sides = [f"{_off(told[side], actual[side])} {_held(told[side], actual[side], band[side])}" for side in range(2)]
    first = (
        f"For {label}{largest} what {noun} said of {years[-1]} in {known} was {sides[0]} on the supply side and "
        f"{sides[1]} on the demand side{_nearest(result, shown, key)}"
    )
    coming = result.quantiles(model, place + 1)[step, r, k]
    if not np.isfinite(coming).all():
        return f"{first}."
    drift = result.told[DRIFT].ahead[step, r, k]
    sides = [
        f"{coming[side, MIDDLE]:.3f} (80 %: {coming[side, LOW_80]:.3f} to {coming[side, HIGH_80]:.3f}; last value "
        f"{result.history[-1][-1, r, k, side]:.3f}, drift {drift[side]:.3f})"
        for side in range(2)
    ]
    return f"{first}. For {end} it expects {sides[0]} and {sides[1]}."


def _held(told: float, actual: float, band: Sequence[float]) -> str:
    """Forecast and actual value in brackets, and whether the 80 % range held it."""
    low, high = band[LOW_80], band[HIGH_80]
    held = ""
    if np.isfinite(low + high):
        held = f", {'inside' if low <= actual <= high else 'outside'} the 80 % range {low:.3f} to {high:.3f}"
    return f"({told:.3f}, actual {actual:.3f}{held})"


def _nearest(result: Backtest, shown: Shown, key: Key) -> str:
    """Whose usual error over all origins is least on this chain, as the table comparison has it."""
    (r, k), step = shown.places[0], result.plan.steps - 1
    found = {
        name: usual(result.chain_errors(name, step)[:, r, k].mean(axis=1), step + 1, key.child(f"usual {name} {r} {k}"))
        for name in result.told
        if name != RAS
    }
    if len(found) < 2 or not all(np.isfinite(one[0]) for one in found.values()) or len(result.plan.origins) < 2:
        return ""
    told = [
        f"{LABELS[name].partition(':')[0]} {found[name][0]:.1f} %" for name in sorted(found, key=lambda n: found[n][0])
    ]
    return f"; over all origins the usual error there was {listed(told)}"


def _notes(result: Backtest, shown: Shown, prices: str) -> Iterator[Note]:
    word, count, steps = result.series.word, len(result.plan.origins), result.plan.steps
    windows = count / steps
    yield Note(
        f"Trust the direction of a gain only where its interval leaves out zero: {counted(count, 'origin')} with "
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
    yield from _about_partners(result, shown)
    yield _about_ranges(result, shown)
    if result.series.basis == "":
        yield Note(
            'Say flows = "domestic" or "total" in the evidence: nobody said whether these flows hold imports, and a '
            "shift to imports looks like a fall of domestic coefficients.",
            "caution",
        )
    if not prices or "current" in prices:
        yield Note(
            "Compare years with care: in current prices a dearer input looks like a larger one. With a deflator (the "
            "key prices of the evidence) the coefficients would be of volume."
        )


def _about_partners(result: Backtest, shown: Shown) -> Iterator[Note]:
    """What the two sides are, and why two pictures differ in the value of one year."""
    top, years = result.suppliers.shape[-1], result.series.years
    differ = ""
    if shown.places:
        (r, k), known = shown.places[0], years[result.plan.origins[-1] - 1]
        pairs = [(result.history[at][-1, r, k, side]) for side in range(2) for at in (-2, -1)]
        differ = (
            f" So {years[-1]} has two values: {pairs[0]:.3f} and {pairs[2]:.3f} with the partners of {known} "
            f"(comparison, paths), {pairs[1]:.3f} and {pairs[3]:.3f} with those of {years[-1]} (forecast, history)."
        )
    yield Note(
        f"Read the supply side as what one unit of final demand for the industry needs of its {top} largest suppliers, "
        f"the demand side as what one unit of final demand for its {top} largest users needs of it, the industry "
        f"itself left out; the partners are those of the last year known to the models (table chain).{differ}"
    )


def _about_ranges(result: Backtest, shown: Shown) -> Note:
    """Where the ranges come from, and what they held at the origins that had earlier ones."""
    model = best(result)
    held = []
    for level, low, high in ((80, LOW_80, HIGH_80), (95, LOW, HIGH)):
        kept = np.concatenate(
            [inside(result, model, place, low, high).ravel() for place in range(len(result.plan.origins))]
        )
        if np.isfinite(kept).any():
            held.append(f"the {level} % range held {100 * np.nanmean(kept):.0f} %")
    told = f" Over the origins, {listed(held)} of all chains (table coverage)." if held else ""
    return Note(
        "Read the ranges as what the model missed before: they come from its errors at earlier origins over all "
        f"chains, in units of each chain's own recent change, and know nothing of a break.{told}"
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
        f"Read model A as what it is made of in the forecast: {shares}, chosen on "
        f"{counted(result.counts[-1], 'earlier origin')} (table weights). Pull of margins: how far the sums of rows "
        "were brought to those expected, 0 not at all, 1 wholly (by GRAS, which scales rows and columns). LSTM: a net, "
        f"trained at each origin on all cells of {counted(len(result.series.regions), 'economy')}. Cells that are not "
        "above zero stay at their last value. It is the A of Table 2, not the A of a contest."
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
            f"; over {counted(len(missed), 'origin')} the same cell was missed by {np.nanmin(missed):.2f} to "
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

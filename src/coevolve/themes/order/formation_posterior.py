"""What a calibration of the formation model found, in words, tables and pictures."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...inquiry.finding import Chart, Finding, Note, Source, Table
from ...inquiry.wording import counted
from .formation_calibrate import KEPT, PARAMETERS, PRIOR, Observed, Posterior, quantiles
from .wording import percent

STRANGE = 0.02
LEVELS = (0.05, 0.5, 0.95)

SOURCES = (
    Source(
        "beaumont2002",
        "Beaumont, M. A., Zhang, W. and Balding, D. J. (2002). Approximate Bayesian computation in population "
        "genetics. Genetics 162(4), 2025-2035.",
    ),
    Source(
        "fearnhead2012",
        "Fearnhead, P. and Prangle, D. (2012). Constructing summary statistics for approximate Bayesian computation. "
        "Journal of the Royal Statistical Society B 74(3), 419-474.",
    ),
)


def finding(observed: Observed, found: Posterior) -> Finding:
    """The whole Finding."""
    tables = (posterior(found), check(found), histogram(found))
    return Finding(
        claim=claim(observed, found),
        title=f"Formation of clusters, calibrated to {observed.name}",
        tables=tables,
        charts=tuple(charts()),
        notes=tuple(notes(observed, found)),
        sources=SOURCES,
    )


def claim(observed: Observed, found: Posterior) -> str:
    """First whether the model can make such data at all; then what it would take."""
    lo, middle, hi = quantiles(found, "lambda", LEVELS)
    chance = below(found)
    if found.strange < STRANGE:
        worlds = counted(found.worlds, "simulated world")
        return (
            f"The formation model does not describe {observed.name}: hardly any of {worlds} looks like its counts, "
            f"entries and exits (p = {found.strange:.3f}), so its restoring force is not told."
        )
    side = (
        "below the threshold: an even spread would last"
        if chance < 0.05
        else (
            "past the threshold: an even spread would break" if chance > 0.95 else "not told apart from the threshold"
        )
    )
    return (
        f"If {observed.name} formed by this rule, its restoring force is {middle:.2f} (90 % interval {lo:.2f} to "
        f"{hi:.2f}), {side}. Natural advantage of unknown spread is allowed for."
    )


def below(found: Posterior) -> float:
    """The probability that the restoring force is below 0."""
    return float(found.weight[found.draws[:, 0] < 0].sum())


def posterior(found: Posterior) -> Table:
    """One row a parameter: median and 90 % interval, the prior's, and how much narrower the data made it."""
    rows = []
    for place, name in enumerate(PARAMETERS):
        lo, middle, hi = quantiles(found, name, LEVELS)
        first, last = np.quantile(found.prior[:, place], (0.05, 0.95))
        rows.append((name, middle, lo, hi, first, last, 1 - (hi - lo) / (last - first)))
    columns = ("parameter", "median", "lo", "hi", "prior_lo", "prior_hi", "learned")
    return Table.of_rows(
        "posterior",
        columns,
        rows,
        caption="lambda: restoring force; feedback alpha; external eps; spin_off sigma; advantage: sd of log natural "
        "advantage. 90 % intervals; learned: by how much the interval is narrower than the prior's.",
    )


def check(found: Posterior) -> Table:
    """One row: how strange the data are to the model, and what the answer rests on."""
    rows = [
        ("probability that the restoring force is below 0", below(found)),
        ("share of kept worlds stranger than the data", found.strange),
        ("worlds drawn", float(found.worlds)),
        ("worlds kept", float(len(found.draws))),
    ]
    return Table.of_rows("check", ("quantity", "value"), rows, caption="Below 0.02 the model is said not to describe.")


def histogram(found: Posterior) -> Table:
    """The posterior of the restoring force beside its prior, as shares by class."""
    low, high = np.quantile(found.prior[:, 0], (0.005, 0.995))
    edges = np.linspace(low, high, 31)
    rows: list[tuple[object, ...]] = []
    after = np.histogram(found.draws[:, 0], edges, weights=found.weight)[0]
    before = np.histogram(found.prior[:, 0], edges)[0] / len(found.prior)
    middle = (edges[1:] + edges[:-1]) / 2
    for name, shares in (("with the data", after), ("before", before)):
        rows += [(name, float(x), float(y)) for x, y in zip(middle, shares, strict=True)]
    return Table.of_rows("histogram", ("knowledge", "lambda", "share"), rows, caption="Share of draws by class.")


def notes(observed: Observed, found: Posterior) -> Iterator[Note]:
    """What to keep in mind, the gravest first."""
    if found.strange < STRANGE:
        yield Note(
            "Do not read the posterior: the data lie outside what this rule can make. Real regions have lasting shocks "
            "and exits in waves, which it does not know.",
            "caution",
        )
    if found.lost:
        yield Note(f"Run again: {found.lost} batches of worlds could not be drawn.", "caution")
    weak = [name for name in PARAMETERS[1:] if _learned(found, name) < 0.3]
    if weak:
        yield Note(
            f"Read lambda, not {', '.join(weak)}: the data hardly tell these. Spin-off and feedback do the same to "
            "counts; only the origin of entrants parts them."
        )
    ranges = ", ".join(f"{name} {low:g} to {high:g}" for name, (low, high) in PRIOR.items())
    yield Note(
        f"Mind the prior: even over {ranges} (spin_off of those not external). "
        f"{counted(found.worlds, 'world')} were drawn with the totals of entries and the exit rates observed, "
        f"{percent(KEPT)} kept by 12 summaries and adjusted by regression."
    )
    yield Note(
        "Do not expect more than this holds: in 250 worlds of its own kind (100 regions, 5000 firms, 30 years) the "
        "error of lambda was 0.08 and 90 % intervals covered 0.90; natural advantage is taken as fixed in time."
    )
    yield Note(
        f"The data: {observed.counts.shape[1]} cells over {observed.counts.shape[0]} periods. A stage ask says whether "
        "exits are accidents; this calibration takes them to be."
    )


def charts() -> Iterator[Chart]:
    """The pictures: what the data add to the prior."""
    yield Chart(
        "force",
        "lines",
        "histogram",
        {"x": "lambda", "y": "share", "series": "knowledge"},
        "Restoring force: before and with the data",
        "share of draws by class; below 0 an even spread breaks",
        "Lines of the prior and the posterior of the restoring force.",
        options={"grey": ["before"], "zero": True},
    )
    yield Chart(
        "learned",
        "bars",
        "posterior",
        {"label": "parameter", "value": "learned"},
        "How much the data tell of each parameter",
        "1 everything, 0 nothing beyond the prior",
        "Bars of how much narrower the intervals are than those of the prior.",
        options={"sort": "none"},
    )


def _learned(found: Posterior, name: str) -> float:
    lo, hi = quantiles(found, name, (0.05, 0.95))
    first, last = np.quantile(found.prior[:, PARAMETERS.index(name)], (0.05, 0.95))
    return float(1 - (hi - lo) / (last - first))

"""The fitted equations written out: each pole's growth with its numbers and their 90 % intervals."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ...evidence.fit import Fit
from ...inquiry.finding import Table
from .relations import ends_of

Array = NDArray[np.float64]

PREDATOR_PREY = "predator_prey"
LONGEST = 20  # letters of a pole's name in an equation; longer names get symbols
Line = tuple[str, str, str]


def equations_table(fit: Fit) -> Table:
    """One row a pole: how its scale grows, in plain text; all regions together, or each region fitted alone."""
    return Table.of_rows(
        "equations",
        ("region", "pole", "equation"),
        written(fit),
        {},
        f"The fitted equations. One row a pole (empty region: all regions together). {legend(fit)}",
    )


def equation_lines(fit: Fit) -> tuple[str, ...]:
    """The same as lines of text, for `print(fit)`."""
    return (*(f"{region}: {line}" if region else line for region, _, line in written(fit)), legend(fit))


def legend(fit: Fit) -> str:
    """How to read the equations, in words."""
    own = ", each region's own" if "group_symbiosis" in fit.arrays else ""
    if own and fit.options.get("replicates") and not is_predator_prey(fit):
        own = ", the same in all regions (table `coefficients`)"
    if is_predator_prey(fit):
        size = f"S(pole), its usual scale (geometric mean){own}" if own else "the pole's usual scale (geometric mean)"
    else:
        size = f"N(pole), what the pole could keep alone{own}" if own else "what the pole could keep alone"
    said = f"In brackets: estimate (90 % interval). Under each pole: {size}. Before each other pole: b, below 0 helps."
    if "driver_growth" in fit.arrays:
        said += " What a pole could keep moves with the population; it stands here as in the last period."
    poles, symbols = fit.labels["pole"], symbols_of(fit)
    if symbols == poles:
        return said
    return f"{said} {'; '.join(f'{short}: {pole}' for short, pole in zip(symbols, poles, strict=True))}."


def symbols_of(fit: Fit) -> tuple[str, ...]:
    """How the poles are called in the equations: by name, or x1, x2, ... where a name is long."""
    poles = fit.labels["pole"]
    if max(map(len, poles)) <= LONGEST:
        return poles
    return tuple(f"x{k}" for k in range(1, len(poles) + 1))


def is_predator_prey(fit: Fit) -> bool:
    """Whether the poles have signed own rates and no capacity."""
    return fit.options.get("law") == PREDATOR_PREY or "capacity" not in fit.arrays


def written(fit: Fit) -> list[Line]:
    """(region, pole, equation) of every pole; regions without a fit, and poles that a region lacks, are left out.

    d ln x_i/dt = R_i (1 - x_i/N_i - sum_{j != i} b_ij x_j/N_j)              Tong & Wang (9), (10)
    d ln x_i/dt = r_i - |r_i| sum_{j != i} b_ij x_j/S_j                      predator and prey
    """
    if "group_symbiosis" in fit.arrays:
        sizes = [("N" if "capacity" in fit.arrays else "S") + f"({name})" for name in symbols_of(fit)]
        return list(_lines(fit, "", fit["group_rate"], fit["group_symbiosis"], sizes))
    found: list[Line] = []
    for r, region in enumerate(fit.labels["region"]):
        rate, b = fit["rate"][:, r], fit["symbiosis"][:, r]
        found += _lines(fit, region, rate, b, _sizes(fit, r))
    return found


def _sizes(fit: Fit, region: int) -> list[str]:
    if "capacity" in fit.arrays:
        return [bracketed(draws) if np.isfinite(draws).all() else "" for draws in fit["capacity"][:, region].T]
    return [f"{value:.4g}" for value in fit["typical"][region]]


def _lines(fit: Fit, region: str, rate: Array, b: Array, sizes: list[str]) -> Iterator[Line]:
    poles, called = fit.labels["pole"], symbols_of(fit)
    there = np.asarray(np.isfinite(rate).all(axis=0))
    for i, pole in enumerate(poles):
        acting = [j for j in range(len(poles)) if j != i and there[j]]
        if not there[i]:
            continue
        own = bracketed(rate[:, i])
        others = [f"{bracketed(b[:, i, j])} × {called[j]}/{sizes[j]}" for j in acting]
        if is_predator_prey(fit):
            median, lo, hi = ends_of(rate[:, i])
            size = number(abs(median), hi - lo)
            right = f"{own} − {size} × ({' + '.join(others)})" if others else own
        else:
            right = f"{own} × ({' − '.join(['1', f'{called[i]}/{sizes[i]}', *others])})"
        yield region, pole, f"d ln({called[i]})/dt = {right}"


def bracketed(draws: Array) -> str:
    """An estimate with its 90 % interval, with as many digits as the interval bears.

    >>> bracketed(np.linspace(-0.5, -0.3, 201))
    '[−0.40 (−0.49 to −0.31)]'
    """
    median, lo, hi = ends_of(draws)
    return f"[{number(median, hi - lo)} ({number(lo, hi - lo)} to {number(hi, hi - lo)})]"


def number(value: float, width: float) -> str:
    """A number to the digits that an interval of this width bears, with a true minus sign."""
    places = int(np.clip(np.ceil(-np.log10(width / 3.0)), 0, 6)) if width > 0 else 4
    return f"{round(value, places) + 0.0:.{places}f}".replace("-", "−")

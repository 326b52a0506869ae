"""The table of `linkages`: how each industry pulls others, feeds others, and what would be lost without it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...inquiry.finding import Table
from .equations import normalised
from .model import Economy, Outcome

Array = NDArray[np.float64]
MEASURES = ("backward_linkage", "forward_linkage", "upstreamness", "extraction_loss")


def measured(economy: Economy) -> tuple[Array, Array, Array, Array]:
    """Backward and forward linkage (mean 1 over industries with output), upstreamness, extraction loss."""
    there = economy.output != 0
    backward, forward = economy.output_multipliers, economy.input_multipliers
    return (
        _over_mean(backward, there),
        _over_mean(forward, there),
        forward,
        economy.extraction_losses,
    )


def _over_mean(sums: Array, there: NDArray[np.bool_]) -> Array:
    out = np.full_like(sums, np.nan)
    out[there] = normalised(sums[there])
    return out


def table(outcome: Outcome) -> Table:
    """One row an industry with output, those first without which most output would be lost."""
    there = outcome.producing
    estimates = dict(zip(MEASURES, measured(outcome.economy), strict=True))
    order = there[np.argsort(-estimates["extraction_loss"][there], kind="stable")]
    columns: dict[str, Array | NDArray[np.object_] | NDArray[np.bool_]] = {
        "industry": np.array(outcome.sectors, object)[order]
    }
    for key in ("backward_linkage", "forward_linkage"):
        columns |= _with_range(outcome, key, estimates[key], order)
    backward, forward = estimates["backward_linkage"], estimates["forward_linkage"]
    columns["kind"] = np.array([_kind(float(backward[k]), float(forward[k])) for k in order.tolist()], object)
    columns["key"] = _both(backward, forward)[order]
    columns["key_share_of_draws"] = _key_share(outcome, len(there))[order]
    for key in ("upstreamness", "extraction_loss"):
        columns |= _with_range(outcome, key, estimates[key], order)
    columns["extraction_loss_share"] = (estimates["extraction_loss"] / outcome.economy.output.sum())[order]
    columns["output"] = outcome.economy.output[order]
    unit = outcome.table.unit
    units = dict.fromkeys(("extraction_loss", "output"), unit) if unit else {}
    return Table(
        "linkages",
        columns,
        units,
        "backward_linkage: column sum of the Leontief inverse over its mean; forward_linkage: row sum of the Ghosh "
        "inverse over its mean; kind: key (both above 1), pulls (backward alone), feeds (forward alone), neither; "
        "upstreamness: the Ghosh row sum itself, mean steps to final use; extraction_loss: output lost in all "
        "industries without this one, its own output included.",
    )


def _with_range(outcome: Outcome, key: str, values: Array, order: NDArray[np.int64]) -> dict[str, Array]:
    low, high = outcome.draws.range(key, values)
    return {key: values[order], f"{key}_lo": low[order], f"{key}_hi": high[order]}


def _kind(backward: float, forward: float) -> str:
    if backward > 1:
        return "key" if forward > 1 else "pulls"
    return "feeds" if forward > 1 else "neither"


def _both(backward: Array, forward: Array) -> NDArray[np.bool_]:
    return np.asarray((backward > 1) & (forward > 1))


def _key_share(outcome: Outcome, many: int) -> Array:
    if not len(outcome.draws):
        return np.full(len(outcome.sectors), np.nan)
    values = outcome.draws.values
    return np.asarray(_both(values["backward_linkage"], values["forward_linkage"]).mean(axis=0), float)

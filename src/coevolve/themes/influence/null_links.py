"""How many links the same procedure finds on panels of noise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...engine.panel_regression import pooled
from ...engine.significance import benjamini_hochberg, clopper_pearson
from ...inquiry.at import At
from ...inquiry.key import Key
from .arrays import Readied, sample_of
from .channels import Model, measure
from .nulls import OwnHistory, own_history, simulate, swapped

Null = Literal["region swap", "time shift", "own history"]
PIECES = 20  # so many cases for the draws of one null, whatever the executor


@dataclass(frozen=True)
class NullCase:
    """A few null panels of one kind: by the pooled channel alone, or with the LSTM beside it."""

    kind: Null
    readied: Readied
    history: OwnHistory | None
    steps: NDArray[np.float64]
    scale: Literal["log", "level"]
    lags: int
    model: Model
    fdr: float
    key: Key
    draws: int


@dataclass(frozen=True)
class Calibration:
    """The links found on each null panel of one kind. `channel` is "pooled" or "both"; `lost` counts failed draws."""

    kind: Null
    channel: str
    links: NDArray[np.int64]
    lost: int = 0

    @property
    def any_share(self) -> float:
        """The share of null panels with any link."""
        return float((self.links > 0).mean()) if len(self.links) else float("nan")

    @property
    def any_interval(self) -> tuple[float, float]:
        """Its exact 95 % interval."""
        return clopper_pearson(int((self.links > 0).sum()), len(self.links))


def count_links(case: NullCase) -> NDArray[np.int64]:
    """How many links are found on each null panel of a case."""
    found = []
    for draw in range(case.draws):
        key = case.key.child(str(draw))
        null = null_panel(case, key.numpy())
        if case.model == "linear":
            q = benjamini_hochberg(pooled(null.sample, case.lags, years=null.years, ranks=False).p)
            found.append(int((q <= case.fdr).sum()))
        else:
            made = measure(null, case.lags, case.model, case.fdr, key.child("lstm"), _quiet, "")
            found.append(int(made.selected.sum()))
    return np.array(found, np.int64)


def null_panel(case: NullCase, generator: np.random.Generator) -> Readied:
    """One null panel in place of the real one."""
    readied = case.readied
    if case.kind != "own history" or case.history is None:
        return replace(readied, sample=swapped(readied.sample, generator))
    logs = simulate(case.history, generator)
    sample = sample_of(logs, case.steps, case.scale, readied.sample.cluster, readied.sample.blocks)
    return replace(readied, sample=sample, logs=logs)


def calibrate(
    readied: Readied,
    steps: NDArray[np.float64],
    scale: Literal["log", "level"],
    lags: int,
    fdr: float,
    draws: int,
    draws_lstm: int,
    model: Model,
    at: At,
) -> list[Calibration]:
    """Both kinds of null panels by the pooled channel, and by both channels where `draws_lstm` asks for it."""
    history = own_history(readied.logs, readied.sample, years=readied.years)
    moved: Null = "region swap" if readied.by_region else "time shift"
    wanted: list[tuple[Null, OwnHistory | None, int, Model]] = [(moved, None, draws, "linear")]
    wanted.append(("own history", history, draws, "linear"))
    wanted += [(moved, None, draws_lstm, model), ("own history", history, draws_lstm, model)] if draws_lstm else []
    found = []
    for kind, own, many, with_model in wanted:
        if many:
            key = at.key.child(f"{kind}, {with_model}")
            case = NullCase(kind, readied, own, steps, scale, lags, with_model, fdr, key, many)
            found.append(_counted(case, many, at))
    return found


def _counted(case: NullCase, draws: int, at: At) -> Calibration:
    channel = "pooled" if case.model == "linear" else "both"
    each = -(-draws // PIECES) if channel == "pooled" else 1
    words = f"measuring panels of noise ({case.kind})"
    done = at.map(count_links, list(_pieces(case, draws, each)), words=words)
    links: Sequence[NDArray[np.int64]] = [one.value for one in done if one.is_done]
    joined = np.concatenate(links) if links else np.array([], np.int64)
    return Calibration(case.kind, channel, joined, draws - len(joined))


def _pieces(case: NullCase, draws: int, each: int) -> Iterator[NullCase]:
    for start in range(0, draws, each):
        yield replace(case, key=case.key.child(f"from {start}"), draws=min(each, draws - start))


def _quiet(done: int, of: int) -> None:
    """A null panel shows no progress of its own."""

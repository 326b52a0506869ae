"""A question of a user's own: how evenly an indicator is spread over regions, computed in workers."""

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from pydantic import Field

from coevolve import Finding, PanelName, Question, Table
from coevolve.errors import Fault
from coevolve.evidence.evidence import Evidence
from coevolve.inquiry.at import At


class Evenness(Question):
    """How evenly an indicator is spread over regions: 1 when all have the same, near 0 when one has all.

    When not to trust it: with few regions.
    """

    name: ClassVar[str] = "evenness"
    panel: PanelName
    of: str = Field(description="the indicator")
    power: float = Field(1.0, description="an exponent on the shares")

    def faults(self, evidence: Evidence) -> Iterator[Fault]:
        evidence.panel(self.panel).indicator(self.of)
        yield from ()

    def answer(self, evidence: Evidence, at: At) -> Finding:
        series = evidence.panel(self.panel).series(self.of)
        cases = [series.values[:, :, t] for t in range(len(series.periods))]
        done = at.map(evenness, [(case, self.power) for case in cases], words="years")
        values = [case.value if case.is_done else np.nan for case in done]
        table = Table("evenness", {"year": list(series.periods.labels), "evenness": values})
        return Finding(f"Evenness went from {values[0]:.2f} to {values[-1]:.2f}.", tables=(table,))


def evenness(case: tuple[np.ndarray, float]) -> float:
    block, power = case
    total = np.nansum(block, axis=1)
    share = total / total.sum()
    entropy = -np.sum(share * np.log(share))
    return float((entropy / np.log(len(share))) ** power)

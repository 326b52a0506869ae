"""A question of a user's own that takes its time, and writes down each case that it computes."""

import time
from pathlib import Path
from typing import ClassVar

import numpy as np
from pydantic import Field

from coevolve import Finding, PanelName, Question, Table
from coevolve.evidence.evidence import Evidence
from coevolve.inquiry.at import At


class Slow(Question):
    """Sums drawn numbers, slowly. When not to trust it: always."""

    name: ClassVar[str] = "slow"
    panel: PanelName
    log: str = Field(description="a folder that gets one file a computed case")
    cases: int = Field(40, description="how many cases")

    def answer(self, evidence: Evidence, at: At) -> Finding:
        keys = [(at.key.child(str(k)), k, self.log) for k in range(self.cases)]
        done = at.map(drawn, keys, words="drawing")
        table = Table("sums", {"case": np.arange(self.cases), "sum": [case.value for case in done]})
        return Finding("They were drawn.", tables=(table,))


def drawn(case: tuple) -> float:
    key, number, log = case
    draw = key.numpy()
    (Path(log) / f"{number}-{time.time_ns()}").touch()
    time.sleep(0.1)
    return float(draw.normal(size=1000).sum())

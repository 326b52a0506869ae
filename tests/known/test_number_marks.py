"""A number that a study calls an absence is one, in columns of text and of numbers alike."""

from __future__ import annotations

import numpy as np
import pytest

from coevolve.evidence.numbers import Style, marks_of, parse
from coevolve.evidence.panel import Status
from coevolve.evidence.specification import Absent

STYLE = Style(marks=marks_of(Absent(missing=("-999",), suppressed=("0",))))
STATUSES = [Status.OBSERVED, Status.MISSING, Status.SUPPRESSED, Status.OBSERVED]


@pytest.mark.parametrize(
    "cells",
    [np.array([5.0, -999.0, 0.0, -99.0]), np.array(["5", "-999.0", "0", "-99"], object)],
    ids=["numbers", "texts"],
)
def test_marks_written_as_numbers(cells: np.ndarray) -> None:
    found = parse(cells, STYLE)
    assert found.status.tolist() == STATUSES
    np.testing.assert_array_equal(found.values, [5, np.nan, np.nan, -99])
    assert dict(found.marks) == {"-999": 1, "0": 1}
    assert dict(found.kinds) == {"-999": "missing", "0": "suppressed"}
    assert not len(found.wrong)


def test_without_marks_numbers_are_numbers() -> None:
    found = parse(np.array([0.0, -999.0]), Style())
    assert found.status.tolist() == [Status.OBSERVED, Status.OBSERVED]

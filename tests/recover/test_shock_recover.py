"""A step in capacity is dated and sized where there was one, and not claimed where there was none."""

from typing import Any

import numpy as np
import pytest

from coevolve.engine.growth import paths
from coevolve.engine.growth_fit import Problem, Scales, Step, assemble
from coevolve.errors import StudyError
from coevolve.evidence.evidence import Evidence
from coevolve.evidence.panel import Panel
from coevolve.inquiry.at import Here
from coevolve.inquiry.key import Key
from coevolve.inquiry.options import question_of
from coevolve.themes.symbiosis.questions import Symbiosis
from coevolve.themes.symbiosis.shock import Shock

FIRST, YEARS, WHEN = 1985, 30, 14


def panel_with(step: float, seed: int, noise: float = 0.02) -> Panel:
    """Two poles in three regions; the capacity of steel steps in 1999."""
    random = np.random.default_rng(seed)
    rate, capacity = np.array([[0.35, 0.25]]), np.array([[100.0, 80.0]])
    symbiosis = np.array([[[0.0, 0.2], [0.0, 0.0]]])
    made = []
    for _ in range(3):
        start = np.log(capacity * random.uniform(0.15, 0.5, (1, 2)))
        before = paths(start, rate, capacity, symbiosis, np.ones(WHEN))[0]
        after = paths(before[-1:], rate, capacity * np.exp([step, 0.0]), symbiosis, np.ones(YEARS - 1 - WHEN))[0]
        made.append(np.concatenate([before, after[1:]]))
    seen = np.exp(np.array(made) + random.normal(0.0, noise, (3, YEARS, 2)))
    return Panel.of(
        {"firms": seen.transpose(0, 2, 1)},
        regions=["A", "B", "C"],
        periods=range(FIRST, FIRST + YEARS),
        industries=["steel", "chips"],
    )


def asked(panel: Panel, **options: Any) -> Any:
    said = {"panel": "panel", "of": "firms", "poles": ("steel", "chips"), "draws": 200, "pooling": "complete"}
    said["inference"] = "laplace"
    fit = question_of(Symbiosis, said, "symbiosis").answer(Evidence({"panel": panel}), Here(Key.of(1, "poles"))).made
    question = question_of(Shock, {"of": "poles", **options}, "shock")
    return question.answer(Evidence({"poles": fit}), Here())


@pytest.mark.recover
def test_a_step_is_dated_and_sized() -> None:
    finding = asked(panel_with(0.4, 3), pole="steel", years=(1995, 2002))
    rows = finding["breaks"].rows()
    best = max(rows, key=lambda row: row["probability"])
    assert abs(best["year"] - (FIRST + WHEN)) <= 1
    assert best["lo"] < 0.4 < best["hi"]
    assert finding.claim.startswith("There is strong evidence of a break in the capacity of steel")
    assert abs(sum(row["probability"] for row in rows) - 1.0) < 1e-9


@pytest.mark.recover
def test_without_a_step_none_is_claimed() -> None:
    finding = asked(panel_with(0.0, 4), pole="steel", years=(1996, 2000))
    assert finding.claim.startswith("No break in the capacity of steel")
    assert [row["year"] for row in finding["breaks"].rows()] == list(range(1996, 2001))


def test_the_gradient_of_a_step_is_that_of_finite_differences() -> None:
    random = np.random.default_rng(2)
    logs = np.log(panel_with(0.3, 5).indicator("firms").values).transpose(0, 2, 1)
    plain = Problem.of(np.arange(YEARS, dtype=float), logs, with_states=True, is_partial=False, has_years=True)
    problem = plain.with_step(Step(0, 11, np.array([True, False, True])))
    scales = Scales(np.full(2, 0.03), np.full(2, 0.02), 0.1, np.full(2, 0.02), 0.4, 1.0)
    local, shared = problem.starts()[1]
    local = local + random.normal(0.0, 0.02, local.shape)
    shared = shared + random.normal(0.0, 0.05, shared.shape)
    loose = problem.filled()
    found = assemble(problem, scales, local, shared, loose)

    def cost(move: float) -> float:
        other = shared.copy()
        other[problem.layout.step_place] += move
        return float(assemble(problem, scales, local, other, loose)[0])

    slope = (cost(1e-5) - cost(-1e-5)) / 2e-5
    assert found[5][problem.layout.step_place] == pytest.approx(slope, rel=1e-5)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"pole": "steal"}, "there is no pole 'steal'"),
        ({"pole": "steel", "regions": ("Z",)}, "has no region 'Z'"),
        ({"pole": "steel", "years": (1986, 1987)}, "no year is left to try"),
        ({"pole": "steel", "years": (1995,)}, "first and the last"),
    ],
)
def test_what_cannot_be_searched_is_refused(options: dict[str, Any], words: str, searchable: Any) -> None:
    with pytest.raises(StudyError) as caught:
        question_of(Shock, {"of": "poles", **options}, "shock").answer(Evidence({"poles": searchable}), Here())
    assert words in str(caught.value)


@pytest.fixture(scope="module")
def searchable() -> Any:
    said = {"panel": "panel", "of": "firms", "poles": ("steel", "chips"), "draws": 200, "noise": "one-step"}
    said["inference"] = "laplace"
    evidence = Evidence({"panel": panel_with(0.0, 6)})
    return question_of(Symbiosis, said, "symbiosis").answer(evidence, Here(Key.of(1, "poles"))).made

"""How poles grow together: growth curves, the symbiosis equations fitted to panels, their equilibria and forecasts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...evidence.fit import Fit
    from ...evidence.panel import Panel


def fit(panel: Panel, of: str | Sequence[str], poles: Sequence[str], seed: int = 0, **options: Any) -> Fit:
    """Fits the symbiosis equations to a panel: the Fit that the question `symbiosis` makes, with the same options.

    The ask's name is taken to be "symbiosis", so that a study with this seed and an ask of that name gives the same.
    `print` of it shows the fitted equations. Raises StudyError with every fault of the options and of the panel,
    DataError when these data cannot tell how the poles act on each other, or the equations cannot be fitted.
    """
    from ...errors import DataError, StudyError
    from ...evidence.evidence import Evidence
    from ...evidence.fit import Fit as Made
    from ...inquiry.at import Here
    from ...inquiry.key import Key
    from ...inquiry.options import question_of
    from .questions import Symbiosis

    indicators = of if isinstance(of, str) else tuple(of)
    said = {"panel": "panel", "of": indicators, "poles": tuple(poles), **options}
    asked = question_of(Symbiosis, said, "symbiosis.fit")
    bag = Evidence({"panel": panel})
    faults = tuple(asked.faults(bag))
    if faults:
        raise StudyError(faults)
    finding = asked.answer(bag, Here(Key.of(seed, Symbiosis.name)))
    if not isinstance(finding.made, Made):
        doubts = "; ".join(note.text for note in finding.notes if note.level == "caution")
        raise DataError(finding.claim, "symbiosis.fit", do=doubts)
    return finding.made

"""Does it predict: forecasts by one model, and a contest that any forecaster can enter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...evidence.panel import Panel
    from ...inquiry.finding import Finding

__all__ = ["contest", "forecast"]


def forecast(
    panel: Panel,
    of: str | Sequence[str],
    until: int | str | None = None,
    *,
    seed: int = 0,
    name: str = "forecast",
    **options: Any,
) -> Finding:
    """What the series will be until a period, with bands, beside no change and drift: the question of the same name.

    `options` are those of the question (`model`, `quantiles`). The same seed and ask name give the numbers that a
    study gives. Raises StudyError with every fault of the options.
    """
    from ...inquiry.library import answered
    from .questions_forecast import Forecast

    said = {"panel": "panel", "of": _names(of), "until": until, **options}
    return answered(Forecast, {"panel": panel}, said, seed=seed, name=name)


def contest(panel: Panel, of: str | Sequence[str], *, seed: int = 0, name: str = "contest", **options: Any) -> Finding:
    """Which forecaster would have predicted the series best: the Finding of the question of the same name.

    `options` are those of the question (`forecasters`, `hold_out`, `origins`). The same seed and ask name give the
    numbers that a study gives. Raises StudyError with every fault of the options.
    """
    from ...inquiry.library import answered
    from .questions import Contest

    said = {"panel": "panel", "of": _names(of), **options}
    return answered(Contest, {"panel": panel}, said, seed=seed, name=name)


def _names(of: str | Sequence[str]) -> str | tuple[str, ...]:
    return of if isinstance(of, str) else tuple(of)

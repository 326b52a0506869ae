"""Is the system organising itself? How far subsystems of regions have come, and how evenly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...evidence.fit import Fit
    from ...evidence.network import Network
    from ...evidence.panel import Panel
    from ...inquiry.finding import Finding

__all__ = ["coordination", "entropy", "formation", "legacy", "lint", "stage", "synergy"]


def coordination(
    panel: Panel,
    subsystems: Mapping[str, str | tuple[str, ...] | list[str]],
    *,
    seed: int = 0,
    name: str = "coordination",
    **options: Any,
) -> Finding:
    """How high and how evenly subsystems stand in each region: the Finding of the question of the same name.

    `options` are those of the question. The same seed and ask name give the numbers that a study gives. Raises
    StudyError with every fault of the options and of the panel.
    """
    from ...inquiry.library import answered
    from .questions import Coordination

    said = {"panel": "panel", "subsystems": subsystems, **options}
    return answered(Coordination, {"panel": panel}, said, seed=seed, name=name)


def entropy(
    panel: Panel,
    stocks: str,
    *,
    moves: Network | None = None,
    seed: int = 0,
    name: str = "entropy",
    **options: Any,
) -> Finding:
    """Whether units gather or spread over cells, and which flows do it: the Finding of the question of the same name.

    `moves` is a directed network by year of units that moved from cell to cell; `options` are those of the question.
    Raises StudyError with every fault of the options, the panel and the network.
    """
    from ...inquiry.library import answered
    from .questions_entropy import Entropy

    said = {"panel": "panel", "stocks": stocks, **options} | ({"moves": "moves"} if moves is not None else {})
    items = {"panel": panel} | ({"moves": moves} if moves is not None else {})
    return answered(Entropy, items, said, seed=seed, name=name)


def synergy(
    panel: Panel,
    subsystems: Mapping[str, str | tuple[str, ...] | list[str]],
    *,
    seed: int = 0,
    name: str = "synergy",
    **options: Any,
) -> Finding:
    """Whether subsystems gain order together: the Finding of the question of the same name.

    `options` are those of the question. Raises StudyError with every fault of the options and of the panel.
    """
    from ...inquiry.library import answered
    from .questions_synergy import Synergy

    return answered(
        Synergy, {"panel": panel}, {"panel": "panel", "subsystems": subsystems, **options}, seed=seed, name=name
    )


def lint(
    panel: Panel, scores: tuple[str, ...] | list[str], *, seed: int = 0, name: str = "lint", **options: Any
) -> Finding:
    """Which rows of a published coupling coordination table are wrong: the Finding of the question of the same name.

    `options` are those of the question. Raises StudyError with every fault of the options and of the panel.
    """
    from ...inquiry.library import answered
    from .questions_lint import Lint

    return answered(Lint, {"panel": panel}, {"panel": "panel", "scores": scores, **options}, seed=seed, name=name)


def stage(panel: Panel, of: str, *, seed: int = 0, name: str = "stage", **options: Any) -> Finding:
    """Whether an industry is dispersed, fluctuates or is past the threshold: the Finding of the question `stage`.

    `options` are those of the question; `entries` and `exits` name the flows without which there is no threshold. The
    Finding makes a Fit of the counts. Raises StudyError with every fault of the options and of the panel.
    """
    from ...inquiry.library import answered
    from .questions_stage import Stage

    return answered(Stage, {"panel": panel}, {"panel": "panel", "of": of, **options}, seed=seed, name=name)


def formation(*, calibrate: Fit | None = None, seed: int = 0, name: str = "formation", **options: Any) -> Finding:
    """How clusters form when firms follow firms, simulated; or calibrated to the Fit that `stage` made.

    `options` are those of the question. Raises StudyError with every fault of the options and of the Fit.
    """
    from ...inquiry.library import answered
    from .questions_formation import Formation

    items = {} if calibrate is None else {"stage": calibrate}
    said = dict(options) if calibrate is None else {"calibrate": "stage", **options}
    return answered(Formation, items, said, seed=seed, name=name)


def legacy(
    panel: Panel,
    method: str,
    subsystems: Mapping[str, str | tuple[str, ...] | list[str]],
    *,
    seed: int = 0,
    name: str = "legacy",
    **options: Any,
) -> Finding:
    """A published measure of order with its defect stated first: the Finding of the question `legacy`.

    `method` is zhang2006, brusselator or meng_han. Raises StudyError with every fault of the options and the panel.
    """
    from ...inquiry.library import answered
    from .questions_legacy import Legacy

    said = {"panel": "panel", "method": method, "subsystems": subsystems, **options}
    return answered(Legacy, {"panel": panel}, said, seed=seed, name=name)

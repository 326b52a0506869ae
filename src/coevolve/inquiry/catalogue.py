"""The names that a study may say, and where each is found: strings only, imported on use."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from ..errors import StudyError, nearest
from .forecaster import Forecaster
from .question import Question

QUESTIONS: Mapping[str, str] = {
    "growth": "coevolve.themes.symbiosis.questions:Growth",
    "symbiosis": "coevolve.themes.symbiosis.questions:Symbiosis",
    "standing": "coevolve.themes.influence.questions:Standing",
    "coordination": "coevolve.themes.order.questions:Coordination",
    "contest": "coevolve.themes.forecast.questions:Contest",
}

FORECASTERS: Mapping[str, str] = {
    "naive": "coevolve.themes.forecast.forecasters:Naive",
    "drift": "coevolve.themes.forecast.forecasters:Drift",
    "seasonal_naive": "coevolve.themes.forecast.forecasters:SeasonalNaive",
    "theta": "coevolve.themes.forecast.forecasters:Theta",
    "damped": "coevolve.themes.forecast.forecasters:Damped",
    "logistic": "coevolve.themes.symbiosis.forecasters:Logistic",
    "symbiosis": "coevolve.themes.symbiosis.forecasters:SymbiosisForecaster",
}


def question(name: str) -> type[Question]:
    """The Question of that name; a misspelt one is refused with the nearest."""
    return _load(name, QUESTIONS, Question, "question")


def forecaster(name: str) -> type[Forecaster]:
    """The Forecaster of that name; a misspelt one is refused with the nearest."""
    return _load(name, FORECASTERS, Forecaster, "forecaster")


def _load(name, listed, base, what):  # type: ignore[no-untyped-def]
    if name not in listed:
        raise StudyError(f"there is no {what} '{name}'.", got=name, do=nearest(name, list(listed)))
    module, _, attribute = listed[name].partition(":")
    found = getattr(import_module(module), attribute)
    if not (isinstance(found, type) and issubclass(found, base)):
        raise StudyError(f"'{listed[name]}' is no {what}.", got=found, do=f"Subclass {base.__name__}.")
    return found

"""The names that a study may say, and where each is found: strings only, imported on use."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import TypeVar

from ..errors import StudyError, nearest
from .forecaster import Forecaster
from .question import Question
from .world import World

Kind = TypeVar("Kind")
OWN = "coevolve_own."
"""Under this package stand the user's own files once a study has read them; nothing else is imported by name."""

QUESTIONS: Mapping[str, str] = {
    "growth": "coevolve.themes.symbiosis.questions:Growth",
    "symbiosis": "coevolve.themes.symbiosis.questions:Symbiosis",
    "recovery": "coevolve.themes.symbiosis.recovery:Recovery",
    "scenario": "coevolve.themes.symbiosis.scenario:Scenario",
    "shock": "coevolve.themes.symbiosis.shock:Shock",
    "influence": "coevolve.themes.influence.questions_influence:Influence",
    "standing": "coevolve.themes.influence.questions:Standing",
    "coordination": "coevolve.themes.order.questions:Coordination",
    "entropy": "coevolve.themes.order.questions_entropy:Entropy",
    "stage": "coevolve.themes.order.questions_stage:Stage",
    "formation": "coevolve.themes.order.questions_formation:Formation",
    "legacy": "coevolve.themes.order.questions_legacy:Legacy",
    "synergy": "coevolve.themes.order.questions_synergy:Synergy",
    "lint": "coevolve.themes.order.questions_lint:Lint",
    "consumption": "coevolve.themes.production.questions:Consumption",
    "linkages": "coevolve.themes.production.questions:Linkages",
    "chain": "coevolve.themes.production.questions:Chain",
    "coefficients": "coevolve.themes.production.questions_coefficients:Coefficients",
    "propagation": "coevolve.themes.production.questions:Propagation",
    "convergence": "coevolve.themes.convergence.questions:Convergence",
    "modules": "coevolve.themes.convergence.questions_modules:Modules",
    "policy": "coevolve.themes.convergence.questions_policy:Policy",
    "coordination_of_industries": "coevolve.themes.convergence.questions_modules:CoordinationOfIndustries",
    "forecast": "coevolve.themes.forecast.questions_forecast:Forecast",
    "contest": "coevolve.themes.forecast.questions:Contest",
}

FORECASTERS: Mapping[str, str] = {
    "naive": "coevolve.themes.forecast.forecasters:Naive",
    "drift": "coevolve.themes.forecast.forecasters:Drift",
    "seasonal_naive": "coevolve.themes.forecast.forecasters:SeasonalNaive",
    "theta": "coevolve.themes.forecast.forecasters:Theta",
    "dot": "coevolve.themes.forecast.forecasters:OptimisedTheta",
    "damped": "coevolve.themes.forecast.forecasters:Damped",
    "logistic": "coevolve.themes.symbiosis.forecasters:Logistic",
    "symbiosis": "coevolve.themes.symbiosis.forecasters:SymbiosisForecaster",
    "interactive": "coevolve.themes.symbiosis.interactive:Interactive",
    "lstm": "coevolve.themes.forecast.forecasters:Lstm",
    "blend": "coevolve.themes.forecast.forecasters:Blend",
}

WORLDS: Mapping[str, str] = {
    "forming-clusters": "coevolve.themes.order.worlds:forming_clusters",
    "lagged-ties": "coevolve.themes.influence.worlds:lagged_ties",
    "two-poles": "coevolve.themes.symbiosis.worlds:two_poles",
    "merging-industries": "coevolve.themes.convergence.worlds:merging_industries",
    "supply-chain": "coevolve.themes.production.worlds:supply_chain",
    "followers": "coevolve.themes.order.order_worlds:followers",
}


def question(name: str) -> type[Question]:
    """The Question of that name; a misspelt one is refused with the nearest."""
    return _load(name, QUESTIONS, Question, "question")  # type: ignore[type-abstract]


def forecaster(name: str) -> type[Forecaster]:
    """The Forecaster of that name; a misspelt one is refused with the nearest."""
    return _load(name, FORECASTERS, Forecaster, "forecaster")  # type: ignore[type-abstract]


def world(name: str, seed: int) -> World:
    """The world of that name, made from `seed`; a misspelt one is refused with the nearest."""
    if name not in WORLDS:
        raise StudyError(f"there is no world '{name}'.", got=name, do=nearest(name, list(WORLDS)))
    module, _, attribute = WORLDS[name].partition(":")
    made = getattr(import_module(module), attribute)(seed)
    if not isinstance(made, World):
        raise StudyError(f"'{WORLDS[name]}' makes no world.", got=type(made).__name__, do="Return a World.")
    return made


def _load(name: str, listed: Mapping[str, str], base: type[Kind], what: str) -> type[Kind]:
    place = name if ":" in name else listed.get(name)
    if place is None:
        raise StudyError(f"there is no {what} '{name}'.", got=name, do=nearest(name, list(listed)))
    module, _, attribute = place.partition(":")
    if place == name and not (module.startswith(OWN) and module in sys.modules):
        do = f'Name one of coevolve\'s, or a class in a file of your own beside the study: "my.py:{base.__name__}".'
        raise StudyError(f"there is no {what} '{name}'.", got=name, do=do)
    found = getattr(import_module(module), attribute, None)
    if not (isinstance(found, type) and issubclass(found, base)):
        raise StudyError(f"'{place}' is no {what}.", got=found, do=f"Subclass {base.__name__}.")
    return found

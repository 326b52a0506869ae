"""coevolve: how industrial clusters and regional innovation evolve together.

A Study asks Questions of Evidence; every answer is a Finding; every Finding can be shown. Names are imported when
first used, so that `import coevolve` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

PUBLIC = {
    # evidence
    "Panel": "evidence.panel:Panel",
    "Status": "evidence.panel:Status",
    "Accounts": "evidence.accounts:Accounts",
    "Network": "evidence.network:Network",
    "Fit": "evidence.fit:Fit",
    "Evidence": "evidence.evidence:Evidence",
    "panel": "evidence.library:panel",
    "network": "evidence.library:network",
    "accounts": "evidence.library:accounts",
    # asking
    "Question": "inquiry.question:Question",
    "PanelName": "inquiry.question:PanelName",
    "NetworkName": "inquiry.question:NetworkName",
    "AccountsName": "inquiry.question:AccountsName",
    "FitName": "inquiry.question:FitName",
    "Finding": "inquiry.finding:Finding",
    "Table": "inquiry.finding:Table",
    "Chart": "inquiry.finding:Chart",
    "Note": "inquiry.finding:Note",
    "Source": "inquiry.finding:Source",
    "Forecaster": "inquiry.forecaster:Forecaster",
    "Fitted": "inquiry.forecaster:Fitted",
    "Forecast": "inquiry.forecaster:Forecast",
    "Record": "inquiry.record:Record",
    # studies
    "Study": "study.study:Study",
    "read_study": "study.study:read_study",
    "run": "study.library:run",
    "ask": "study.library:ask",
    # showing
    "show": "show",
    # what can go wrong
    "CoevolveError": "errors:CoevolveError",
    "DataError": "errors:DataError",
    "StudyError": "errors:StudyError",
    # the themes
    "symbiosis": "themes.symbiosis",
    "influence": "themes.influence",
    "order": "themes.order",
    "convergence": "themes.convergence",
    "production": "themes.production",
    "forecast": "themes.forecast",
}

__all__ = list(PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in PUBLIC:
        raise AttributeError(f"coevolve has no '{name}'.")
    place, _, attribute = PUBLIC[name].partition(":")
    module = import_module(f"coevolve.{place}")
    found = getattr(module, attribute) if attribute else module
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(PUBLIC)

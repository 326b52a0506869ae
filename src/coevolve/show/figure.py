"""One figure as SVG, drawn by the very bundle that draws in the page, without a browser."""

from __future__ import annotations

import json
import threading
from functools import cache
from importlib.resources import files
from typing import Any

from ..inquiry.finding import Chart, Finding
from .packing import packed

WIDTH = 760
_HERE = threading.local()


def figure_svg(chart: Chart, finding: Finding, facet: str | None = None, width: int = WIDTH) -> str:
    """The picture as an SVG file of its own: light, with its title, subtitle and what it leaves out.

    `facet` chooses one picture of a Chart with facets (None: the first). The same Finding gives the same text.
    """
    view: dict[str, Any] = {"width": width, "words": True, "plain": True, "id": chart.name}
    if facet is not None:
        view["facet"] = facet
    given = json.dumps(packed(chart, finding), ensure_ascii=False, allow_nan=False)
    return str(_engine()(given, json.dumps(view))) + "\n"


@cache
def bundle(name: str) -> str:
    """A built file of the front end: report.js or report.css."""
    return (files("coevolve.show") / "static" / name).read_text(encoding="utf-8")


def _engine() -> Any:
    """A JavaScript engine with the bundle in it, one a thread."""
    made = getattr(_HERE, "figure", None)
    if made is None:
        from quickjs import Context

        context = Context()
        for clock in ("Timeout", "Interval"):  # pictures here never move, so no clock ever rings
            context.eval(f"globalThis.set{clock} = () => 0; globalThis.clear{clock} = () => undefined;")
        context.eval(bundle("report.js"))
        made = context.eval("coevolve.figure")
        _HERE.context, _HERE.figure = context, made
    return made

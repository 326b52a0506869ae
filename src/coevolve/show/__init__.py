"""Findings made visible: the only place that knows HTML, colours and number formats."""

from .exchange import write_network
from .figure import figure_svg
from .page import fragment, page, study_from

__all__ = ["figure_svg", "fragment", "page", "study_from", "write_network"]

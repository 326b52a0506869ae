"""What a Finding of `standing` shows: its tables and charts, in reading order."""

from __future__ import annotations

from ...inquiry.finding import Chart, Table
from .standing_changes import Change, change_charts, change_tables
from .standing_counts import during
from .standing_kinds import kind_charts, kind_tables
from .standing_picture import picture, picture_chart
from .standing_tables import Slice, actors_table, network_table, top_table, years_table


def shown(
    slices: list[Slice], found: list[Change], top: int, weights: bool
) -> tuple[tuple[Table, ...], tuple[Chart, ...]]:
    """All tables and charts; those of a network with years have a year column, empty for all years together."""
    whole = slices[0]
    made: list[Table] = [network_table(slices), actors_table(slices, weights)]
    if not whole.standing.network["links"]:
        return tuple(made), ()  # nobody is tied: there is nothing to rank or draw
    has_kinds, dated = whole.network.kinds is not None, len(slices) > 1
    if has_kinds:
        made += kind_tables(slices)
    made.append(top_table(whole, top))
    if dated:
        made.append(years_table(slices))
    if found:
        made += change_tables(slices, found, top)
    drawn = picture(whole)
    made += [drawn.links, drawn.actors]
    charts = [picture_chart(drawn, whole), _top_chart(whole, top)]
    if has_kinds:
        charts += kind_charts(slices, tuple(made))
    if dated:
        charts.append(_years_chart(whole))
    if found:
        charts += change_charts(slices, tuple(made))
    return tuple(made), tuple(charts)


def _top_chart(whole: Slice, top: int) -> Chart:
    roles = {"label": "actor", "value": "value", "facet": "measure"}
    leader = whole.network.labels[int(whole.standing.order()[0])]
    return Chart(
        "top",
        "bars",
        "top",
        {**roles, **({"lo": "lo", "hi": "hi"} if whole.standing.pivots else {})},
        title="Who stands best",
        subtitle=f"0 to 1, the {min(top, len(whole.network.labels))} highest{during(whole.network)}",
        alt=f"Bars of the best placed actors by measure; {leader} leads in closeness.",
    )


def _years_chart(whole: Slice) -> Chart:
    return Chart(
        "years",
        "lines",
        "years",
        {"x": "year", "y": "value", "facet": "measure"},
        title="The network by year",
        subtitle=f"each year on its own{during(whole.network)}",
        alt="Lines of the size and shape of the network by year.",
        options={"zero": True},
    )

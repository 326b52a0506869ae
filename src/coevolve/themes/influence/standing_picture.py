"""What the picture of a network shows: all of a small one; of a large one its best placed actors and telling links."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...engine.backbone import CHANCE, Backbone, backbone, disparity
from ...engine.layout import placed
from ...inquiry.finding import Chart, Table
from ...inquiry.wording import counted, digits, listed, plural
from .standing_counts import actor_word, span
from .standing_tables import Slice

ACTORS = 600  # a larger network is drawn through those of highest closeness
LINKS = 1_200
LAID_HERE = 150  # from so many actors on their places are found here, and stand in the table
SMALLEST, LARGEST = 2.0 / 322, 12.0 / 322  # radius of a circle in half widths of the picture, without and at most ties
FILLED = 0.12  # the part of the picture that circles may fill; all are smaller where they would fill more


@dataclass(frozen=True, eq=False)
class Picture:
    """The tables that a picture draws, and in words how it was thinned: empty where nothing is left out."""

    links: Table
    actors: Table
    chosen: str  # which actors
    kept: str  # which links


def picture(whole: Slice) -> Picture:
    """The actors and links that the picture shows.

    A network of more than 600 actors or 1 200 links is drawn through the 600 actors of highest closeness and, of the
    links among them, the strongest of each actor and those that stand most above chance in the whole network.
    """
    standing = whole.standing
    shown = np.arange(len(whole.network.labels))
    links = np.arange(len(standing.source))
    chosen = kept = ""
    if is_thinned(whole):
        shown = standing.order()[:ACTORS]
        links, drawn = _telling(whole, shown)
        if len(shown) < len(whole.network.labels):
            shown = shown[np.isin(shown, np.unique([standing.source[links], standing.target[links]]))]
            chosen = "those of highest closeness"
            if len(shown) < ACTORS:
                chosen = f"those tied among the {ACTORS} of highest closeness"
        if len(links) < len(standing.source):
            kept = _kept_words(whole, drawn)
    return Picture(_links_table(whole, links), _actors_table(whole, shown, links), chosen, kept)


def is_thinned(whole: Slice) -> bool:
    """Whether the network is too large to be drawn whole."""
    return len(whole.network.labels) > ACTORS or len(whole.standing.source) > LINKS


def _telling(whole: Slice, shown: NDArray[np.int64]) -> tuple[NDArray[np.int64], Backbone]:
    """Of the links among the actors shown the backbone: places in the list of links, and how they were chosen."""
    standing = whole.standing
    drawn = np.zeros(len(whole.network.labels), bool)
    drawn[shown] = True
    among = np.flatnonzero(drawn[standing.source] & drawn[standing.target])
    p = disparity(standing.source, standing.target, standing.weight, len(drawn))
    degree = standing.actors["degree"].astype(np.int64)
    found = backbone(standing.source[among], standing.target[among], standing.weight[among], p[among], degree, LINKS)
    return among[found.links], found


def _kept_words(whole: Slice, drawn: Backbone) -> str:
    """Which links are drawn; with equal weights the best tied partners of each actor."""
    rest = len(drawn.links) - drawn.strongest - drawn.above_chance
    if np.ptp(np.abs(whole.standing.weight)) == 0.0:
        return "of each those to its best tied partners"
    parts = ["the strongest of each"]
    if drawn.above_chance:
        likely = f"p < {_above(drawn.level):g}"
        parts.append(f"{digits(drawn.above_chance)} that chance would not make so strong, {likely}")
    if rest:
        parts.append(f"{digits(rest)} next strongest")
    return listed(parts)


def _above(level: float) -> float:
    """The first of the usual levels above a probability."""
    usual = (0.001, 0.002, 0.005, 0.01, 0.02)
    return next((one for one in usual if level < one), CHANCE)


def _links_table(whole: Slice, links: NDArray[np.int64]) -> Table:
    names, standing = np.array(whole.network.labels, object), whole.standing
    columns = {
        "source": names[standing.source[links]],
        "target": names[standing.target[links]],
        "weight": standing.weight[links],
    }
    return Table("picture_links", columns, {"weight": whole.network.meaning}, "The links that the picture shows.")


def _actors_table(whole: Slice, shown: NDArray[np.int64], links: NDArray[np.int64]) -> Table:
    standing = whole.standing
    rank = standing.ranks()
    nodes = {"label": np.array(whole.network.labels, object)[shown], "size": standing.actors["degree"][shown]}
    if whole.network.kinds is not None:
        nodes["group"] = np.array(whole.network.kinds, object)[shown]
    elif whole.network.mode is not None:
        modes = np.array(whole.network.mode_names or ("first", "second"), object)
        nodes["group"] = modes[whole.network.mode[shown]]
    nodes["rank"] = rank[shown]
    nodes["closeness"] = standing.actors[standing.ranking][shown]
    nodes["betweenness"] = standing.actors["betweenness_normalised"][shown]
    caption = f"The actors that the picture shows; closeness is {standing.ranking}, betweenness betweenness_normalised"
    if len(shown) > LAID_HERE:
        nodes["x"], nodes["y"] = _places(whole, shown, links)
        caption += ", x and y the place in the picture"
    units = {"size": "links", "rank": "by closeness, of all actors"}
    return Table("picture_actors", nodes, units, f"{caption}.")


def _places(
    whole: Slice, shown: NDArray[np.int64], links: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    standing = whole.standing
    place = np.full(len(whole.network.labels), -1, np.int64)
    order = np.argsort(-standing.actors[standing.ranking][shown], kind="stable")  # the best placed in the middle
    place[shown[order]] = np.arange(len(shown))
    degree = standing.actors["degree"][shown[order]]
    radius = SMALLEST + LARGEST * np.sqrt(degree / max(int(degree.max(initial=1)), 1))
    radius *= min(1.0, np.sqrt(FILLED / float((radius**2).sum())))
    x, y = placed(place[standing.source[links]], place[standing.target[links]], radius)
    back = place[shown]
    return np.round(x[back], 4), np.round(y[back], 4)


def picture_chart(drawn: Picture, whole: Slice) -> Chart:
    """The network: size by ties, colour by kind or mode, signs where there are any."""
    network, standing = whole.network, whole.standing
    signed = standing.network["negative_links"] > 0
    actors, links = len(drawn.actors), len(drawn.links)
    word, tie = actor_word(network), "link" if standing.is_directed else "tie"
    crowd = _of(actors, len(network.labels), word, drawn.chosen)
    ties = _of(links, len(standing.source), tie, drawn.kept)
    leader = network.labels[int(standing.order()[0])]
    title = "The network"
    if drawn.chosen:
        of_the = "The {}" if actors == ACTORS else "{} of the"
        title = f"{of_the.format(digits(actors))} best placed {plural(word)}"
    return Chart(
        "picture",
        "network",
        "picture_links",
        {"source": "source", "target": "target", "weight": "weight", **({"sign": "weight"} if signed else {})},
        title=f"{title}, size by number of {plural(tie)}",
        subtitle=", ".join(one for one in (crowd, ties, span(network)) if one),
        alt=f"Network of {crowd} and {ties}{_groups(drawn.actors)}; {leader} has the best standing.",
        also={"nodes": "picture_actors"},
        options={"directed": standing.is_directed, "diverging": signed, "size": plural(tie)},
    )


def _of(shown: int, all_of_them: int, word: str, how: str) -> str:
    if shown == all_of_them:
        return counted(shown, word)
    return f"{digits(shown)} of {counted(all_of_them, word)}" + (f" ({how})" if how else "")


def _groups(actors: Table) -> str:
    """How many actors of each group are drawn, in words."""
    if "group" not in actors.columns:
        return ""
    names, often = np.unique(actors["group"].astype(str), return_counts=True)
    order = np.argsort(-often, kind="stable")
    return ": " + listed([f"{digits(often[k])} {names[k] or 'without a kind'}" for k in order.tolist()])

"""What `standing` says: the claim, the doubts that go with it, and its sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ...evidence.network import Network
from ...inquiry.finding import Note, Source
from ...inquiry.wording import counted, digits, listed, plural
from .standing_changes import Change
from .standing_counts import actor_word, percent
from .standing_picture import is_thinned
from .standing_tables import Slice

CAUTION = "This is a place in the listed ties, no proof of influence, quality or cause."

TONG_WANG = Source("tong-wang", "Tong & Wang, Interactive evolution of innovation poles, section 2.1, (1) to (5).")
FREEMAN = Source(
    "freeman-1979",
    "Freeman (1979), Centrality in social networks: conceptual clarification, Social Networks 1, 215-239.",
    "https://doi.org/10.1016/0378-8733(78)90021-7",
)
WASSERMAN_FAUST = Source(
    "wasserman-faust-1994",
    "Wasserman & Faust (1994), Social Network Analysis: Methods and Applications, Cambridge University Press, ch. 5.",
)
BRANDES = Source(
    "brandes-2001",
    "Brandes (2001), A faster algorithm for betweenness centrality, Journal of Mathematical Sociology 25, 163-177.",
    "https://doi.org/10.1080/0022250X.2001.9990249",
)
PIVOTS = Source(
    "geisberger-2008",
    "Geisberger, Sanders & Schultes (2008), Better approximation of betweenness "
    "centrality, Proceedings of ALENEX, 90-100.",
    "https://doi.org/10.1137/1.9781611972887.9",
)
TWO_MODE = Source(
    "borgatti-everett-1997",
    "Borgatti & Everett (1997), Network analysis of 2-mode data, Social Networks 19, 243-269.",
    "https://doi.org/10.1016/S0378-8733(96)00301-2",
)
BACKBONE = Source(
    "serrano-2009",
    "Serrano, Boguñá & Vespignani (2009), Extracting the multiscale backbone of complex weighted networks, "
    "Proceedings of the National Academy of Sciences 106, 6483-6488.",
    "https://doi.org/10.1073/pnas.0808904106",
)
WEIGHTED = Source(
    "newman-2001",
    "Newman (2001), Scientific collaboration networks II: shortest paths, weighted "
    "networks, and centrality, Physical Review E 64, 016132.",
    "https://doi.org/10.1103/PhysRevE.64.016132",
)


def claim(network: Network, slices: list[Slice], found: list[Change], weights: bool) -> str:
    """Who stands best and how the network hangs together, in two sentences and a caution."""
    whole = slices[0]
    shape = whole.standing.network
    if shape["links"] == 0 and not len(network.source):
        who = counted(shape["actors"], actor_word(network))
        if network.made_by:
            return (
                f"No link was called among {who}, so there is no network to describe; with these data only strong "
                "links could have been seen. That none was called does not show that there is none: the question that "
                "made the network says which strengths it would have missed."
            )
        return f"No tie is listed among {who}, so there is no network to describe."
    if shape["links"] == 0:
        return f"Nobody among {counted(shape['actors'], 'actor')} is tied to another: the weights of every tie cancel."
    return f"{_leaders(network, whole, weights)}. {_structure(whole, found)}. {CAUTION}"


def _leaders(network: Network, whole: Slice, weights: bool) -> str:
    standing = whole.standing
    order = standing.order()
    values = standing.actors[standing.ranking]
    first, second = int(order[0]), int(order[min(1, len(order) - 1)])
    level = int(np.isclose(values, values[first], rtol=1e-12, atol=0.0).sum())
    reach = "is best placed to reach the others" if standing.is_directed else "stands closest to the others"
    height = f"closeness {values[first]:.3g}" + (" in units of weight" if weights else " of 1")
    when = f" over {network.years[0]} to {network.years[-1]}" if len(network.years) > 1 else ""
    if level > 1:
        start = (
            f"No single {actor_word(network)} stands out{when}: {digits(level)} of {_crowd(whole)} share the highest "
            f"closeness ({height.removeprefix('closeness ')})"
        )
    else:
        likely = "" if _is_apart(whole, standing.ranking, first, second) else " probably"
        called = _called(whole, first)
        start = (
            f"{called[0].upper()}{called[1:]}{likely} {reach} among {_crowd(whole)}{when} ({height}, "
            f"{counted(standing.actors['degree'][first], 'tie')})"
        )
    return f"{start}{_go_between(whole, first if level == 1 else -1)}"


def _go_between(whole: Slice, first: int) -> str:
    between = whole.standing.actors["betweenness"]
    order = np.argsort(-between, kind="stable")
    best, next_best = int(order[0]), int(order[min(1, len(order) - 1)])
    if between[best] == 0.0:
        return "; nobody stands between others"
    if between[best] == between[next_best] and len(order) > 1:
        return "; several share the highest betweenness"
    likely = "" if _is_apart(whole, "betweenness", best, next_best) else "probably "
    if best == first:
        return f" and {likely}lies most often on the shortest paths between others"
    return f"; {_called(whole, best)} {likely}lies most often on the shortest paths between others"


def _is_apart(whole: Slice, name: str, first: int, second: int) -> bool:
    """Whether the first is above the second beyond the error of a sample; always so when exact."""
    columns = whole.standing.actors
    if f"{name}_lo" not in columns or first == second:
        return True
    return bool(columns[f"{name}_lo"][first] > columns[f"{name}_hi"][second])


def _structure(whole: Slice, found: list[Change]) -> str:
    """How much of the network hangs together, which kind of actor is in between, and whether ties last."""
    shape, word = whole.standing.network, plural(actor_word(whole.network))
    actors, largest, isolates = (int(shape[name]) for name in ("actors", "largest_component", "isolates"))
    ignoring = ", ignoring direction" if whole.standing.is_directed else ""
    if largest == actors:
        parts = [f"All {word} are connected{ignoring}"]
    else:
        held = f"{digits(largest)} of them ({percent(largest, actors)})"
        parts = [f"The largest connected group holds {held}{ignoring}"]
        if isolates:
            alone = f"{digits(isolates)} ({percent(isolates, actors)})"
            parts.append(f"{alone} {'has' if isolates == 1 else 'have'} no tie at all")
    return listed([*parts, *_kinds(whole), *_lasting(found)])


def _lasting(found: list[Change]) -> Iterator[str]:
    """How many ties of the last year the year before had already."""
    last = found[-1] if found else None
    if last and last.ties_kept + last.ties_new:
        share = percent(last.ties_kept, last.ties_kept + last.ties_new)
        yield f"{share} of the ties of {last.year} stood in {last.before}"


def _kinds(whole: Slice) -> Iterator[str]:
    """Which kind of actor holds most of the betweenness, beside its share of the actors."""
    kinds = np.array(whole.network.kinds or (), object)
    between = whole.standing.actors["betweenness"]
    shares = {
        kind: (between[kinds == kind].sum() / between.sum(), (kinds == kind).sum() / len(kinds))
        for kind in sorted(set(kinds.tolist()))
        if kind and between.any()
    }
    if len(shares) > 1:
        first = max(shares, key=lambda kind: shares[kind][0])
        held, share = shares[first]
        word = plural(actor_word(whole.network))
        yield f"{word} of kind {first}, {percent(share, 1.0)} of all, hold {percent(held, 1.0)} of the betweenness"


def _called(whole: Slice, place: int) -> str:
    kind = whole.network.kinds[place] if whole.network.kinds is not None else ""
    named = f"{actor_word(whole.network, place)} {whole.network.labels[place]}"
    return f"{named} (kind {kind})" if kind else named


def _crowd(whole: Slice) -> str:
    shape = whole.standing.network
    if whole.network.mode is not None and whole.network.mode_names is not None:
        first, second = whole.network.mode_names
        return f"{digits(shape['actors_first'])} {first} and {digits(shape['actors_second'])} {second} actors"
    return counted(shape["actors"], actor_word(whole.network))


def notes(network: Network, slices: list[Slice], found: list[Change], weights: bool) -> tuple[Note, ...]:
    """The doubts, each beginning with what to do about it."""
    whole = slices[0].standing
    if not len(network.source) and not whole.network["links"]:
        return _empty(network)
    return (
        *_cleaning(network, whole.network),
        *_size(slices),
        *_comparing(slices),
        *_changing(found),
        *_reading(network, slices[0], weights),
    )


def _empty(network: Network) -> tuple[Note, ...]:
    """Where the missing links come from, and what to ask next."""
    if not network.made_by:
        return ()
    text = f"Go back to the question that made this network before reading anything into it: {network.made_by}."
    return (Note(text),)


def _cleaning(network: Network, shape: Mapping[str, float]) -> Iterator[Note]:
    if network.made_by:
        yield Note(f"Read every tie as this: {network.made_by}; its weight is {network.meaning}.")
    if shape["loops_dropped"]:
        were = "was" if shape["loops_dropped"] == 1 else "were"
        yield Note(
            f"Check whether ties of an actor with itself mean something: {digits(shape['loops_dropped'])} {were} "
            "left out."
        )
    if shape["duplicates_merged"]:
        were = "was" if shape["duplicates_merged"] == 1 else "were"
        yield Note(
            f"Check whether repeated ties are meant: {digits(shape['duplicates_merged'])} {were} merged into "
            "the first of their kind, and their weights added."
        )
    if shape["zeros_dropped"]:
        sums = "sums to 0 and counts" if shape["zeros_dropped"] == 1 else "sum to 0 and count"
        yield Note(f"Look at the weights: {counted(shape['zeros_dropped'], 'tie')} {sums} as no tie.", "caution")
    if shape["isolates"]:
        if shape["isolates"] == 1:
            who = "the 1 actor without a tie belongs here: it lowers"
            theirs = "Its closeness is empty, not 0, and it ranks"
        else:
            who = f"the {counted(shape['isolates'], 'actor')} without a tie belong here: they lower"
            theirs = "Their closeness is empty, not 0, and they rank"
        yield Note(f"Decide whether {who} density and mean degree. {theirs} last.")


def _size(slices: list[Slice]) -> Iterator[Note]:
    """How many ties each actor has, and how the ties of the years add up to those of the whole."""
    whole = slices[0]
    shape = whole.standing.network
    if not shape["links"]:
        return
    yearly = sum(int(one.standing.network["links"]) for one in slices[1:])
    added = ""
    if yearly > shape["links"]:
        added = (
            f" The lists of the years hold {counted(yearly, 'tie')}, which are {digits(shape['links'])} distinct ones "
            "when all years stand together: some pairs are tied in several years."
        )
    if whole.network.mode is not None:
        first, second = whole.network.mode_names or ("first", "second")
        ties = f"{shape['mean_degree_first']:.3g} per {first} and {shape['mean_degree_second']:.3g} per {second}"
    else:
        ties = f"{shape['mean_degree']:.3g} {'going out from' if whole.standing.is_directed else 'at'} each actor"
    yield Note(f"Hold degrees against the mean: there are {counted(shape['links'], 'tie')}, on average {ties}.{added}")


def _comparing(slices: list[Slice]) -> Iterator[Note]:
    shape = slices[0].standing.network
    tied = int(shape["components"] - shape["isolates"])
    if tied > 1:
        yield Note(
            f"Compare raw closeness (5) within a component only: the ties fall into {digits(tied)} separate "
            "groups, and a lone pair scores 1, more than anyone in the largest. The ranking uses Wasserman & "
            "Faust's form, which counts how many an actor reaches."
        )
    if len(slices) > 1:
        firsts: dict[str, list[str]] = {}
        for one in slices[1:]:
            if one.standing.network["links"]:
                leader = one.network.labels[int(one.standing.order()[0])]
                firsts.setdefault(leader, []).append(str(one.year))
        held = "; ".join(f"{actor} ({', '.join(years)})" for actor, years in firsts.items())
        yield Note(
            "Compare years with care: each is measured on the actors and ties of that year alone, and all "
            f"years together add up their ties. First place by year: {held}."
        )
        usual = float(np.median([one.standing.network["actors"] for one in slices[1:]]))
        thin = [str(one.year) for one in slices[1:] if one.standing.network["actors"] < usual / 2.0]
        if thin:
            it_has = "it has" if len(thin) == 1 else "they have"
            yield Note(
                f"Read {', '.join(thin)} apart: {it_has} under half as many actors as a usual year "
                f"({digits(usual)}), perhaps because the source covers a part of it."
            )


def _changing(found: list[Change]) -> Iterator[Note]:
    """The last step in words: who came and went, which ties lasted, how far the order held; and how the others did."""
    if not found:
        return
    last = found[-1]
    parts = [
        f"{counted(last.actors_new, 'actor')} came, {digits(last.actors_gone)} went and "
        f"{digits(last.actors_kept)} stayed",
        f"{digits(last.ties_kept)} of {counted(last.ties_kept + last.ties_gone, 'tie')} lasted",
    ]
    if np.isfinite(last.rank_agreement):
        parts.append(
            f"the orders of those who stayed correlate by {last.rank_agreement:.2f} (1: the same, 0: unrelated)"
        )
    before = [one.rank_agreement for one in found[:-1] if np.isfinite(one.rank_agreement)]
    earlier = ""
    if before:
        low, high = f"{min(before):.2f}", f"{max(before):.2f}"
        earlier = f" Earlier steps: {low if low == high else f'{low} to {high}'}."
    yield Note(
        "Take no single step for a trend, a list that begins or ends moves everybody; `changes` has them all. "
        f"From {last.before} to {last.year} {listed(parts)}.{earlier}"
    )


def _reading(network: Network, whole: Slice, weights: bool) -> Iterator[Note]:
    standing = whole.standing
    if standing.is_directed:
        yield Note(
            "Mind the direction: closeness, closeness_wf and harmonic are inward (how easily the others reach "
            "an actor), those ending in _out outward; the ranking is outward."
        )
    if network.mode is not None and network.directed:
        yield Note("Read ties between the two modes as undirected: direction says nothing more there.")
    if standing.network["negative_links"]:
        one = standing.network["negative_links"] == 1
        them = "it as a tie" if one else "them as ties"
        yield Note(
            f"Look at net_strength for signs: {counted(standing.network['negative_links'], 'tie')} "
            f"{'is' if one else 'are'} negative, and degree, betweenness and closeness treat {them} like any other"
            + (", as long as 1/|weight|." if weights else ".")
        )
    if standing.pivots:
        what = "betweenness and closeness are" if "closeness_wf_lo" in standing.actors else "betweenness is"
        yield Note(
            f"Set sample to the number of actors ({digits(standing.network['actors'])}) for exact values: "
            f"{what} estimated from {digits(standing.pivots)} actors drawn in each larger component; "
            "the 95 % intervals hold for the leaders and are somewhat too narrow further down.",
            "caution",
        )


def sources(network: Network, slices: list[Slice], weights: bool) -> tuple[Source, ...]:
    """Where the measures come from; only those in use."""
    found = [TONG_WANG, FREEMAN, WASSERMAN_FAUST, BRANDES]
    if network.mode is not None:
        found.append(TWO_MODE)
    if any(one.standing.pivots for one in slices):
        found.append(PIVOTS)
    if weights:
        found.append(WEIGHTED)
    if is_thinned(slices[0]) and np.ptp(np.abs(slices[0].standing.weight)) > 0.0:
        found.append(BACKBONE)
    return tuple(found)

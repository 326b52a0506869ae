"""The kernels against networkx, an independent program, on any graph: weighted, directed, in pieces, full of twins.

networkx is given exact fractions as lengths, so that paths of equal length are equal there too.
"""

import pickle
from fractions import Fraction

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coevolve.engine import betweenness as between_module
from coevolve.engine import graphs
from coevolve.engine.betweenness import betweenness, search
from coevolve.engine.distances import distance_sums
from coevolve.engine.reduction import reduced
from coevolve.evidence.projection import project

CLOSE = {"rel": 1e-12, "abs": 1e-12}


@st.composite
def link_lists(draw, most=14):
    actors = draw(st.integers(1, most))
    places = st.integers(0, actors - 1)
    links = draw(st.lists(st.tuples(places, places, st.sampled_from([-3, -1, 1, 2, 4, 6])), max_size=3 * most))
    return actors, links


@st.composite
def affiliations(draw):
    """Who takes part in what, with many actors that share all their events: twins and leaves when projected."""
    events = draw(st.lists(st.lists(st.integers(0, 11), min_size=1, max_size=5), min_size=1, max_size=7))
    copies = draw(st.lists(st.integers(0, 11), max_size=6))
    who = [actor for event in events for actor in event]
    what = [k for k, event in enumerate(events) for _ in event]
    for k, like in enumerate(copies):
        shared = [b for a, b in zip(who, what, strict=True) if a == like]
        who += [12 + k] * len(shared)
        what += shared
    return np.array(who), np.array(what), 12 + len(copies), len(events)


def graph_of(actors, links, directed):
    source, target, weight = np.array(links, float).reshape(-1, 3).T
    return graphs.build(actors, source.astype(int), target.astype(int), weight, directed=directed)


def oracle_of(graph):
    oracle = nx.DiGraph() if graph.is_directed else nx.Graph()
    oracle.add_nodes_from(range(graph.actors))
    weights = np.ones(len(graph.out_neighbours)) if graph.weights is None else graph.weights
    for a, b, w in zip(graphs.tails(graph), graph.out_neighbours, weights, strict=True):
        oracle.add_edge(int(a), int(b), weight=float(w), length=Fraction(1, abs(int(w))))
    return oracle


def listed(found, actors):
    return [float(found[k]) for k in range(actors)]


@given(link_lists(), st.booleans())
def test_links_degrees_strengths_components_are_those_of_networkx(case, directed):
    actors, links = case
    graph = graph_of(actors, links, directed)
    oracle = oracle_of(graph)
    total, inward, outward = graphs.degrees(graph)
    assert total.tolist() == [oracle.degree(k) for k in range(actors)]
    if directed:
        assert inward.tolist() == [oracle.in_degree(k) for k in range(actors)]
        assert outward.tolist() == [oracle.out_degree(k) for k in range(actors)]
    strength, net = graphs.strengths(graph)
    assert net.tolist() == [oracle.degree(k, weight="weight") for k in range(actors)]
    assert (strength >= abs(net)).all()
    pairs = {(a, b) if directed else (min(a, b), max(a, b)) for a, b, _ in links if a != b}
    assert graph.links + graph.zeros_dropped == len(pairs)
    assert len(links) == graph.loops_dropped + graph.duplicates_merged + len(pairs)
    parts = list(nx.weakly_connected_components(oracle) if directed else nx.connected_components(oracle))
    label = graphs.components(graph)
    assert sorted(map(sorted, parts)) == sorted(np.flatnonzero(label == k).tolist() for k in range(label.max() + 1))
    assert (np.diff(np.bincount(label)) <= 0).all()


@given(link_lists(), st.booleans(), st.booleans(), st.booleans())
def test_closeness_and_harmonic_are_those_of_networkx(case, directed, weighted, outward):
    actors, links = case
    graph = graph_of(actors, links, directed)
    oracle = oracle_of(graph)
    if directed and outward:
        oracle = oracle.reverse()
    everyone = np.arange(actors)
    for component in (None, graphs.components(graph)):
        sums = distance_sums(graph, everyone, weighted=weighted, outward=outward, component=component)
        length = "length" if weighted else None
        reach = np.where(sums.count > 0, sums.count, 1)
        mine = reach / np.where(sums.count > 0, sums.total, np.inf)
        theirs = nx.closeness_centrality(oracle, distance=length, wf_improved=False)
        assert mine == pytest.approx(listed(theirs, actors), **CLOSE)
        assert sums.inverse == pytest.approx(listed(nx.harmonic_centrality(oracle, distance=length), actors), **CLOSE)


@given(link_lists(), st.booleans(), st.booleans())
def test_betweenness_is_that_of_networkx(case, directed, weighted):
    actors, links = case
    graph = graph_of(actors, links, directed)
    found = nx.betweenness_centrality(oracle_of(graph), weight="length" if weighted else None, normalized=False)
    assert betweenness(graph, weighted=weighted).value == pytest.approx(listed(found, actors), **CLOSE)


@given(affiliations())
def test_betweenness_among_twins_and_leaves(case):
    who, what, actors, events = case
    tied = project(who, what, actors)
    two_mode = graphs.build(actors + events, who, what + actors)
    one_mode = graphs.build(actors, tied.source, tied.target)
    for graph in (one_mode, two_mode):
        found = nx.betweenness_centrality(oracle_of(graph), normalized=False)
        assert betweenness(graph).value == pytest.approx(listed(found, graph.actors), **CLOSE)


@given(affiliations())
def test_projection_is_that_of_networkx(case):
    who, what, actors, _ = case
    oracle = nx.Graph()
    oracle.add_nodes_from(range(actors))
    oracle.add_edges_from((a, ("event", b)) for a, b in zip(who.tolist(), what.tolist(), strict=True))
    for newman, expected in (
        (False, nx.bipartite.weighted_projected_graph(oracle, range(actors))),
        (True, nx.bipartite.collaboration_weighted_projected_graph(oracle, range(actors))),
    ):
        tied = project(who, what, actors, newman=newman)
        mine = {(a, b): w for a, b, w in zip(tied.source.tolist(), tied.target.tolist(), tied.weight, strict=True)}
        theirs = {(min(a, b), max(a, b)): w for a, b, w in expected.edges(data="weight")}
        assert mine.keys() == theirs.keys()
        assert [mine[pair] for pair in mine] == pytest.approx([theirs[pair] for pair in mine], **CLOSE)


def test_reduction_keeps_every_actor_and_makes_the_search_smaller():
    rng = np.random.default_rng(3)
    tied = project(rng.integers(0, 400, 600), rng.integers(0, 150, 600), 400)
    graph = graphs.build(400, tied.source, tied.target)
    small = reduced(graph, np.ones(len(graph.out_neighbours)), merge=True)
    in_core = np.bincount(small.of[small.of >= 0], minlength=len(small.members))
    assert (in_core == small.weight).all()
    assert len(small.members) < 0.7 * graph.actors


@given(link_lists(), st.booleans())
def test_betweenness_of_all_adds_up_to_the_steps_between_pairs(case, directed):
    """Every geodesic of length d passes d - 1 actors, so betweenness sums to the sum of d - 1 over pairs."""
    actors, links = case
    graph = graph_of(actors, links, directed)
    sums = distance_sums(graph, np.arange(actors))
    steps = (sums.total - sums.count).sum() / (1 if directed else 2)
    assert betweenness(graph).value.sum() == pytest.approx(steps, **CLOSE)


@given(link_lists(), st.randoms())
def test_renaming_actors_changes_nothing_but_their_order(case, random):
    actors, links = case
    moved = list(range(actors))
    random.shuffle(moved)
    plain = betweenness(graph_of(actors, links, False)).value
    renamed = betweenness(graph_of(actors, [(moved[a], moved[b], w) for a, b, w in links], False)).value
    assert renamed[moved] == pytest.approx(plain, **CLOSE)


def test_a_wide_graph_needs_several_sweeps_and_both_directions():
    """More sources than one sweep holds, and levels both narrow and wide."""
    oracle = nx.disjoint_union(nx.barabasi_albert_graph(900, 3, seed=1), nx.path_graph(300))
    links = np.array(oracle.edges)
    graph = graphs.build(1200, links[:, 0], links[:, 1])
    sums = distance_sums(graph, np.arange(1200), component=graphs.components(graph))
    assert sums.count[:900].tolist() == [899] * 900
    theirs = listed(nx.closeness_centrality(oracle, wf_improved=False), 1200)
    assert sums.count / sums.total == pytest.approx(theirs, **CLOSE)


def test_same_bytes_however_the_work_is_cut(monkeypatch):
    links = np.array(nx.barabasi_albert_graph(300, 3, seed=2).edges)
    graph = graphs.build(300, links[:, 0], links[:, 1])
    whole = betweenness(graph).value
    seen = []
    monkeypatch.setattr(between_module, "PIECE", 10_000)
    assert betweenness(graph, tick=lambda done, of: seen.append((done, of))).value.tobytes() == whole.tobytes()
    assert len(seen) > 10
    assert seen[-1][0] == seen[-1][1]


@pytest.mark.parametrize("pivots", [None, 100])
def test_parts_searched_elsewhere_give_the_same_bytes(monkeypatch, pivots):
    """Parts travel as bytes, are searched in any order, and are added up in their own; one part alone is as good."""
    links = np.array(nx.barabasi_albert_graph(400, 3, seed=2).edges)
    graph = graphs.build(400, links[:, 0], links[:, 1])

    def backwards(parts, tick):
        assert len(parts) > 4
        return [search(part) for part in reversed(pickle.loads(pickle.dumps(parts)))][::-1]

    def found(**more):
        rng = np.random.default_rng(1)
        one = betweenness(graph, pivots=pivots, rng=rng, **more)
        return np.array([one.value, one.error])

    whole = found()
    monkeypatch.setattr(between_module, "PART", 60_000)
    here = found()
    assert here.tobytes() == found(spread=backwards).tobytes()
    assert here == pytest.approx(whole, rel=1e-12, abs=1e-12)


def test_a_tick_may_stop_the_work():
    def stop(done, of):
        raise KeyboardInterrupt

    graph = graphs.build(3, [0, 1], [1, 2])
    with pytest.raises(KeyboardInterrupt):
        distance_sums(graph, np.arange(3), tick=stop)


@settings(max_examples=20)
@given(st.integers(0, 10_000), st.booleans())
def test_as_many_pivots_as_actors_are_exact(seed, directed):
    links = np.array(nx.gnm_random_graph(40, 70, seed=seed).edges)
    graph = graphs.build(40, links[:, 0], links[:, 1], directed=directed)
    exact = betweenness(graph)
    sampled = betweenness(graph, pivots=40, rng=np.random.default_rng(seed))
    assert sampled.value == pytest.approx(exact.value, **CLOSE)
    assert not sampled.error.any()


@pytest.mark.parametrize("directed", [False, True])
def test_pivots_count_near_and_far_pairs_of_a_deep_graph_alike(directed):
    """Paths of more than sixteen links, of which a half is no longer counted but a share."""
    oracle = nx.circular_ladder_graph(40)
    oracle.add_edges_from([(0, 80), *((k, k + 1) for k in range(80, 110))])
    links = np.array(oracle.edges)
    graph = graphs.build(111, links[:, 0], links[:, 1], directed=directed)
    sampled = betweenness(graph, pivots=111, rng=np.random.default_rng(1))
    assert sampled.value == pytest.approx(betweenness(graph).value, **CLOSE)


@pytest.mark.parametrize("directed", [False, True])
def test_pivots_hit_the_truth_on_average_and_their_error_bars_hold(directed):
    rng = np.random.default_rng(11)
    links = np.array(nx.barabasi_albert_graph(250, 2, seed=4).edges)
    turn = rng.random(len(links)) < 0.5
    links[turn] = links[turn][:, ::-1]
    graph = graphs.build(260, links[:, 0], links[:, 1], directed=directed)
    exact = betweenness(graph).value
    draws = [betweenness(graph, pivots=120, rng=rng) for _ in range(200)]
    values, errors = (np.array([getattr(one, name) for one in draws]) for name in ("value", "error"))
    leaders = np.argsort(-exact)[:10]
    noise = values[:, leaders].std(0) / np.sqrt(len(draws))
    assert (abs(values[:, leaders].mean(0) - exact[leaders]) < 4.5 * noise).all()
    covered = abs(values - exact)[:, leaders] <= 1.96 * errors[:, leaders]
    assert covered.mean() > 0.9
    followers = np.argsort(-exact)[10:100]
    held = (abs(values - exact) <= 1.96 * errors)[:, followers]
    assert held.mean() > 0.9
    again = betweenness(graph, pivots=60, rng=np.random.default_rng(3))
    assert again.value.tobytes() == betweenness(graph, pivots=60, rng=np.random.default_rng(3)).value.tobytes()

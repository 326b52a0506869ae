"""Graphs whose answers stand in books, or follow from a drawing by hand."""

import networkx as nx
import numpy as np
import pytest

from coevolve.engine import graphs
from coevolve.engine.betweenness import betweenness
from coevolve.engine.distances import distance_sums
from coevolve.errors import DataError
from coevolve.evidence.projection import project

# Krackhardt (1990), the kite: Andre 0 ... Jane 9
KITE = [
    (0, 1),
    (0, 2),
    (0, 3),
    (0, 5),
    (1, 3),
    (1, 4),
    (1, 6),
    (2, 3),
    (2, 5),
    (3, 4),
    (3, 5),
    (3, 6),
    (4, 6),
    (5, 6),
    (5, 7),
    (6, 7),
    (7, 8),
    (8, 9),
]


def of_links(links, actors=None, **options):
    source, target = np.array(links, np.int64).reshape(-1, 2).T
    return graphs.build(actors or int(max(source.max(), target.max())) + 1, source, target, **options)


def florentine():
    families = nx.florentine_families_graph()
    names = [*sorted(families), "Pucci"]  # Padgett's sixteenth family married into none of the others
    place = {name: k for k, name in enumerate(names)}
    return names, of_links([(place[a], place[b]) for a, b in families.edges], 16)


def test_krackhardt_kite_has_three_different_leaders():
    graph = of_links(KITE)
    everyone = np.arange(10)
    assert graphs.degrees(graph)[0].tolist() == [4, 4, 3, 6, 3, 5, 5, 3, 2, 1]
    share = betweenness(graph).value / 36
    assert share == pytest.approx([0.023, 0.023, 0, 0.102, 0, 0.231, 0.231, 0.389, 0.222, 0], abs=5e-4)
    near = 9 / distance_sums(graph, everyone).total
    assert near == pytest.approx([0.529, 0.529, 0.5, 0.6, 0.5, 0.643, 0.643, 0.6, 0.429, 0.310], abs=5e-4)


def test_florentine_families_medici_between():
    names, graph = florentine()
    value = dict(zip(names, betweenness(graph).value, strict=True))
    # Jackson (2008), Social and Economic Networks, 1.2.1, as shares of the largest possible
    assert value["Medici"] / 91 == pytest.approx(0.522, abs=5e-4)
    assert value["Guadagni"] / 91 == pytest.approx(0.255, abs=5e-4)
    assert value["Strozzi"] / 91 == pytest.approx(0.103, abs=5e-4)
    assert value["Pucci"] == 0
    assert graphs.components(graph).max() == 1


def diamonds(many):
    """A chain of hubs; between two hubs stand two actors side by side, so paths double at every step."""
    hub = 3 * np.arange(many)
    links = [np.stack(pair, 1) for pair in ((hub, hub + 1), (hub, hub + 2), (hub + 1, hub + 3), (hub + 2, hub + 3))]
    return np.concatenate(links)


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_chain_of_1100_diamonds(directed, weighted):
    """2^1100 geodesics run from end to end, more than a float can count; every share is still exact."""
    many, links = 1100, diamonds(1100)
    actors = 3 * many + 1
    weight = np.full(len(links), 0.5) if weighted else None
    graph = of_links(links, actors, weight=weight, directed=directed)
    found = betweenness(graph, weighted=weighted).value
    before = 3.0 * np.arange(many + 1)
    hubs = before * (actors - 1 - before)
    if not directed:  # the pair of each neighbouring diamond has its second path through the other hub
        hubs += 0.5 * ((before > 0).astype(float) + (before < actors - 1))
    assert found[::3] == pytest.approx(hubs, rel=1e-12)
    left, right = before[:-1] + 1, actors - before[:-1] - 3
    assert found[1::3] == pytest.approx(left * right / 2, rel=1e-12)
    assert found[2::3] == pytest.approx(left * right / 2, rel=1e-12)


def test_pivots_count_astronomically_many_paths_near_and_far():
    """Every actor a pivot: near pairs by the half of their path, far ones by its length, add up to the exact value."""
    graph = of_links(diamonds(1000), 3001)
    sampled = betweenness(graph, pivots=3001, rng=np.random.default_rng(1))
    assert sampled.value == pytest.approx(betweenness(graph).value, rel=1e-12)


def test_one_path_beside_astronomically_many():
    """A lone path as long as the chain: its counts are 1 where others are 2^700, and neither may be lost."""
    many = 700
    links = diamonds(many)
    end = 3 * many
    lane = np.arange(end, end + 2 * many - 1) + 1
    side = np.stack([np.concatenate([[0], lane]), np.concatenate([lane, [end]])], 1)
    graph = of_links(np.concatenate([links, side]))
    found = betweenness(graph).value
    assert np.isfinite(found).all()
    pairs = distance_sums(graph, np.arange(graph.actors))
    assert found.sum() == pytest.approx((pairs.total - pairs.count).sum() / 2, rel=1e-12)
    assert found[lane[::-1]] == pytest.approx(found[lane], rel=1e-10)


def test_complete_bipartite_and_complete_graphs():
    left, right = 4, 7
    links = [(a, left + b) for a in range(left) for b in range(right)]
    found = betweenness(of_links(links)).value
    assert found[:left] == pytest.approx(right * (right - 1) / 2 / left, rel=1e-14)
    assert found[left:] == pytest.approx(left * (left - 1) / 2 / right, rel=1e-14)
    assert not betweenness(of_links([(a, b) for a in range(6) for b in range(a)])).value.any()


def test_star_with_branches_is_settled_by_folding():
    """Hub 0 with three arms of two: every number by hand."""
    graph = of_links([(0, 1), (1, 2), (0, 3), (3, 4), (0, 5), (5, 6)])
    assert betweenness(graph).value.tolist() == [12, 5, 0, 5, 0, 5, 0]


def test_weighted_ties_of_equal_length_in_thirds_and_sixths_are_seen():
    """1/2 and 1/3 + 1/6 are one length, though not one float."""
    graph = graphs.build(3, [0, 0, 1], [2, 1, 2], [2.0, 3.0, 6.0])
    assert betweenness(graph, weighted=True).value.tolist() == [0, 0.5, 0]


def test_links_are_cleaned_and_counted():
    graph = graphs.build(5, [0, 0, 1, 2, 3, 3], [0, 1, 0, 3, 2, 4], [9.0, 2.0, 3.0, 1.0, -1.0, -4.0])
    assert (graph.loops_dropped, graph.duplicates_merged, graph.zeros_dropped, graph.links) == (1, 2, 1, 2)
    strength, net = graphs.strengths(graph)
    assert strength.tolist() == [5, 5, 0, 4, 4]
    assert net.tolist() == [5, 5, 0, -4, -4]
    assert graphs.components(graph).tolist() == [0, 0, 2, 1, 1]
    one_way = graphs.build(5, [0, 0, 1], [0, 1, 0], [9.0, 2.0, 3.0], directed=True)
    assert (one_way.links, one_way.duplicates_merged) == (2, 0)


def test_a_graph_is_refused_that_points_outside_or_has_no_number():
    with pytest.raises(ValueError, match="outside the actors 0 to 1"):
        graphs.build(2, [0], [2])
    with pytest.raises(ValueError, match="link 1 has a weight that is not finite"):
        graphs.build(2, [0, 0], [1, 1], [1.0, np.nan])
    with pytest.raises(ValueError, match="differ in length: 1, 2, 1"):
        graphs.build(2, [0], [1, 1])
    with pytest.raises(ValueError, match="need a generator"):
        betweenness(of_links(KITE), pivots=3)
    with pytest.raises(DataError, match=r'differ in length\. Got "2, 1"'):
        project([0, 1], [0], 2)


def test_at_most_sixteen_bytes_a_link_without_weights():
    graph = of_links(list(nx.gnm_random_graph(2_000, 10_000, seed=5).edges), 2_000)
    assert graph.links == 10_000
    assert graph.bytes_held <= 16 * graph.links


def test_no_actor_and_no_link():
    empty = graphs.build(0, [], [])
    assert (empty.actors, empty.links, len(betweenness(empty).value)) == (0, 0, 0)
    alone = graphs.build(3, [], [])
    assert betweenness(alone).value.tolist() == [0, 0, 0]
    assert distance_sums(alone, np.arange(3)).count.tolist() == [0, 0, 0]


def test_projection_by_hand_with_newman_weights_and_years():
    # event 0: actors 0 1 2; event 1: actors 2 3; event 2: actor 4 alone; actor 0 named twice in event 0
    actor, event = [0, 0, 1, 2, 2, 3, 4], [0, 0, 0, 0, 1, 1, 2]
    plain = project(actor, event, 6)
    assert (plain.repeats, plain.alone) == (1, 1)
    newman = project(actor, event, 6, newman=True)
    assert dict(zip(zip(newman.source.tolist(), newman.target.tolist(), strict=True), newman.weight, strict=True)) == {
        (0, 1): 0.5,
        (0, 2): 0.5,
        (1, 2): 0.5,
        (2, 3): 1.0,
    }
    dated = project(actor, event, 6, year=[2015, 2015, 2015, 2015, 2016, 2016, 2016])
    assert dated.year.tolist() == [2015, 2015, 2015, 2016]
    assert (dated.source.tolist(), dated.target.tolist()) == ([0, 0, 1, 2], [1, 2, 2, 3])
    assert len(project([], [], 3, year=[]).source) == 0

"""The picture of a network: whole where it is small, thinned by rule where it is large, and what it says of that."""

import networkx as nx
import numpy as np
import pytest

from coevolve.engine.backbone import backbone, disparity
from coevolve.engine.layout import placed
from coevolve.evidence.network import Network
from coevolve.themes.influence import standing


def picture_of(finding):
    return next(chart for chart in finding.charts if chart.name == "picture")


def scale_free(weight=None):
    graph = nx.barabasi_albert_graph(1600, 3, seed=1)
    ends = np.array(graph.edges)
    weights = np.ones(len(ends)) if weight is None else weight
    return Network(tuple(map(str, range(1600))), ends[:, 0], ends[:, 1], weights, False)


def test_the_disparity_of_a_link_is_the_chance_of_a_share_so_large():
    """p of one end is the chance that one of k uniform parts of a stick is as long; from draws, for both ends."""
    source, target, weight = np.array([0, 0, 0, 1]), np.array([1, 2, 3, 2]), np.array([5.0, 2.0, 3.0, 1.0])
    made = np.random.default_rng(1)
    seen = {}
    for end, of in ((0, 3), (1, 2), (2, 2)):
        parts = made.dirichlet(np.ones(of), 200_000)[:, 0]
        strength = weight[(source == end) | (target == end)].sum()
        seen[end] = [float((parts >= one / strength).mean()) for one in weight]
    expected = [min(seen[0][0], seen[1][0]), min(seen[0][1], seen[2][1]), seen[0][2], min(seen[1][3], seen[2][3])]
    assert disparity(source, target, weight, 4) == pytest.approx(expected, abs=0.004)


def test_the_backbone_holds_the_strongest_of_each_then_what_chance_would_not_give():
    made = np.random.default_rng(2)
    graph = np.array(nx.gnm_random_graph(60, 600, seed=2).edges)
    weight = made.lognormal(0.0, 1.6, 600)
    weight[:5] *= 1e3
    p = disparity(graph[:, 0], graph[:, 1], weight, 60)
    degree = np.bincount(graph.ravel(), minlength=60)
    found = backbone(graph[:, 0], graph[:, 1], weight, p, degree, 150)
    assert len(found.links) == 150
    for actor in range(60):
        own = np.flatnonzero((graph == actor).any(axis=1))
        assert weight[own].max() in weight[np.intersect1d(own, found.links)]
    assert set(range(5)) <= set(found.links.tolist())
    assert 0 < found.strongest <= 60
    assert found.above_chance > 20
    assert found.level < 0.05
    kept = np.isin(np.arange(600), found.links)
    assert (p[~kept] >= (found.level if found.strongest + found.above_chance == 150 else 0.05)).all()


def test_equal_weights_lead_each_to_its_best_tied_neighbours():
    graph = np.array(nx.barabasi_albert_graph(200, 4, seed=3).edges)
    degree = np.bincount(graph.ravel(), minlength=200)
    ones = np.ones(len(graph))
    found = backbone(graph[:, 0], graph[:, 1], ones, disparity(graph[:, 0], graph[:, 1], ones, 200), degree, 300)
    assert (len(found.links), found.above_chance) == (300, 0)
    assert np.isnan(found.level)
    for actor in range(200):
        own = graph[(graph == actor).any(axis=1)]
        drawn = graph[found.links][(graph[found.links] == actor).any(axis=1)]
        assert degree[own[own != actor]].max() in degree[drawn[drawn != actor]]


def test_nothing_to_draw_is_no_fault():
    none = np.zeros(0, np.int64)
    assert len(backbone(none, none, np.zeros(0), np.zeros(0), none, 10).links) == 0


def test_places_are_the_same_every_time_and_circles_stay_apart():
    graph = np.array(nx.connected_caveman_graph(12, 15).edges)
    radius = np.full(180, 0.02)
    x, y = placed(graph[:, 0], graph[:, 1], radius)
    again = placed(graph[:, 0], graph[:, 1], radius)
    assert x.tobytes() == again[0].tobytes()
    assert y.tobytes() == again[1].tobytes()
    assert np.abs(x).max() == pytest.approx(1.0)
    assert np.ptp(y) <= np.ptp(x) * 1.2
    apart = np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :])[np.triu_indices(180, 1)]
    assert apart.min() > 0.03
    cave = np.arange(180) // 15
    same = (cave[:, None] == cave[None, :])[np.triu_indices(180, 1)]
    assert apart[same].mean() < 0.35 * apart[~same].mean()  # those tied among themselves stand together


def test_a_small_network_is_drawn_whole_with_all_that_is_tied_to_nobody():
    finding = standing(Network.of([("a", "b", 1.0), ("b", "c", 1.0)], directed=False, labels=["alone"]))
    assert picture_of(finding).subtitle == "4 actors, 2 ties"
    assert set(finding["picture_actors"]["label"]) == {"a", "b", "c", "alone"}
    assert "x" not in finding["picture_actors"].columns


def test_a_large_network_is_drawn_thin_and_says_so():
    finding = standing(scale_free(), top=5)
    picture = picture_of(finding)
    actors, links = finding["picture_actors"].columns, finding["picture_links"].columns
    best = finding["actors"].columns["actor"][:600].tolist()
    assert set(actors["label"]) <= set(best)
    assert {*links["source"], *links["target"]} == set(actors["label"])
    assert len(links["source"]) == 1200
    assert picture.title == "The 600 best placed actors, size by number of ties"
    said = "600 of 1600 actors (those of highest closeness), 1200 of 4791 ties "
    assert picture.subtitle == f"{said}(of each those to its best tied partners)"
    assert actors["rank"][actors["label"] == best[0]] == 1
    assert (np.abs(actors["x"]) <= 1.0).all()
    assert len(finding["top"]) == 15


def test_those_tied_to_nobody_who_is_shown_are_left_out_and_not_counted():
    """400 pairs, all alike: of the first 600 actors 200 have their partner beyond them."""
    pairs = np.arange(400)
    finding = standing(Network(tuple(map(str, range(800))), pairs, pairs + 400, np.ones(400), False))
    picture = picture_of(finding)
    assert picture.title == "400 of the best placed actors, size by number of ties"
    assert picture.subtitle.startswith("400 of 800 actors (those tied among the 600 of highest closeness), 200 of 400 ")


def test_ties_above_chance_are_counted_in_the_words():
    weight = np.random.default_rng(4).lognormal(0.0, 1.6, 4791)
    weight[::200] *= 1e3
    network = scale_free(weight)
    finding = standing(network, sample=30)
    drawn = {(row["source"], row["target"]) for row in finding["picture_links"].rows()}
    shown = set(finding["picture_actors"]["label"])
    strong = {
        (network.labels[a], network.labels[b])
        for a, b in zip(network.source[::200], network.target[::200], strict=True)
        if {network.labels[a], network.labels[b]} <= shown
    }
    assert strong <= drawn
    assert "that chance would not make so strong, p < 0." in picture_of(finding).subtitle


def test_kinds_are_counted_for_those_who_do_not_see():
    network = Network(
        ("x", "y", "z"), np.array([0, 1]), np.array([1, 2]), np.ones(2), False, kinds=("firm", "university", "firm")
    )
    assert picture_of(standing(network)).alt == (
        "Network of 3 actors and 2 ties: 2 firm and 1 university; y has the best standing."
    )

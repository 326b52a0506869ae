"""What holds for every network: measures stay in their bounds, and the extreme networks reach them."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coevolve.evidence.network import Network
from coevolve.themes.influence.equations import two_mode_betweenness_maximum
from coevolve.themes.influence.model import measure

SHARES = ("degree_centrality", "betweenness_normalised", "closeness_wf")


@st.composite
def networks(draw):
    actors = draw(st.integers(3, 12))
    places = st.integers(0, actors - 1)
    links = draw(st.lists(st.tuples(places, places), max_size=30))
    ends = np.array(links, np.int64).reshape(-1, 2)
    directed = draw(st.booleans())
    mode = None
    if draw(st.booleans()):
        mode = np.array(draw(st.lists(st.integers(0, 1), min_size=actors, max_size=actors)), np.int8)
        ends = ends[mode[ends[:, 0]] != mode[ends[:, 1]]]
    return Network(tuple(map(str, range(actors))), ends[:, 0], ends[:, 1], np.ones(len(ends)), directed, mode=mode)


@given(networks())
def test_shares_lie_between_nothing_and_all(network):
    found = measure(network)
    for name in SHARES:
        values = found.actors[name]
        known = values[np.isfinite(values)]
        assert ((known >= 0) & (known <= 1 + 1e-12)).all(), name
    assert 0 <= found.network["density"] <= 1
    alone = found.actors["degree"] == 0
    assert (np.isnan(found.actors["closeness"][alone])).all()
    assert not found.actors["betweenness"][alone].any()
    assert found.network["isolates"] == alone.sum()


@given(networks())
def test_turning_every_link_round_swaps_in_and_out(network):
    turned = Network(
        network.labels, network.target, network.source, network.weight, network.directed, mode=network.mode
    )
    there, back = measure(network), measure(turned)
    assert there.actors["betweenness"] == pytest.approx(back.actors["betweenness"], rel=1e-12, abs=1e-12)
    if there.is_directed:
        for name in ("closeness", "closeness_wf", "harmonic"):
            assert there.actors[name] == pytest.approx(back.actors[f"{name}_out"], rel=1e-12, nan_ok=True)


@pytest.mark.parametrize("actors", [3, 4, 9])
def test_the_centre_of_a_star_reaches_every_maximum(actors):
    star = Network.of([("hub", str(k), 1.0) for k in range(actors - 1)], directed=False)
    found = measure(star)
    assert [found.actors[name][0] for name in SHARES] == pytest.approx([1.0, 1.0, 1.0])
    everyone = nx.complete_graph(actors).edges
    full = measure(Network.of([(str(a), str(b), 1.0) for a, b in everyone], directed=False))
    assert full.network["density"] == 1.0
    assert full.actors["closeness_wf"] == pytest.approx(np.ones(actors))


@given(st.integers(1, 9), st.integers(1, 9))
def test_the_two_mode_maximum_is_reached_by_a_star_with_even_arms(own, other):
    """The hub faces everyone on the other side; its own side hangs evenly from them: nobody can be more in between."""
    links = [(0, own + k) for k in range(other)] + [(k, own + (k - 1) % other) for k in range(1, own)]
    ends = np.array(links)
    mode = np.array([0] * own + [1] * other, np.int8)
    network = Network(tuple(map(str, range(own + other))), ends[:, 0], ends[:, 1], np.ones(len(ends)), False, mode=mode)
    found = measure(network)
    assert found.actors["betweenness"][0] == pytest.approx(two_mode_betweenness_maximum(own, other), rel=1e-12)

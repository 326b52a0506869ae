"""Networks by hand: matrices, loops, parallel links, years and actors without links."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from coevolve.errors import DataError
from coevolve.evidence.network import Network


def yearly() -> Network:
    """a affects b in 2001, b affects c twice in 2002; d is seen in 2001 without links."""
    return Network(
        ("a", "b", "c", "d"),
        np.array([0, 1, 1]),
        np.array([1, 2, 2]),
        np.array([1.0, 2.0, -0.5]),
        year=np.array([2001, 2002, 2002]),
        kinds=("firm", "firm", "university", "firm"),
        present={2001: np.array([3])},
    )


def test_matrix_is_target_by_source_and_parallel_links_add() -> None:
    expected = np.zeros((4, 4))
    expected[1, 0], expected[2, 1] = 1.0, 1.5
    np.testing.assert_array_equal(yearly().matrix(), expected)


def test_undirected_links_stand_on_both_sides_and_loops_once() -> None:
    network = Network.of([("a", "b", 2.0), ("b", "b", 3.0)], directed=False, labels=["z"])
    np.testing.assert_array_equal(network.matrix(), [[0, 2, 0], [2, 3, 0], [0, 0, 0]])
    assert network.labels == ("a", "b", "z")


def test_during_keeps_the_links_and_actors_of_one_year() -> None:
    network = yearly()
    assert network.years == (2001, 2002)
    first = network.during(2001)
    assert first.labels == ("a", "b", "d")
    assert first.kinds == ("firm", "firm", "firm")
    np.testing.assert_array_equal(first.matrix(), [[0, 0, 0], [1, 0, 0], [0, 0, 0]])
    second = network.during(2002)
    assert second.labels == ("b", "c")
    assert second.weight.tolist() == [2.0, -0.5]
    with pytest.raises(DataError, match=r"no links or actors in that year.*1999.*2001, 2002"):
        network.during(1999)
    with pytest.raises(DataError, match="has no years"):
        Network.of([("a", "b", 1.0)]).during(2001)


def test_two_mode_keeps_its_modes() -> None:
    network = Network(
        ("c1", "c2", "u"),
        np.array([2, 2]),
        np.array([0, 1]),
        np.ones(2),
        year=np.array([1, 2]),
        mode=np.array([0, 0, 1], np.int8),
        mode_names=("cluster", "innovator"),
    )
    assert network.is_two_mode
    part = network.during(2)
    assert part.mode is not None
    assert part.mode.tolist() == [0, 1]
    assert part.mode_names == ("cluster", "innovator")


def test_wrong_lengths_and_places_are_refused() -> None:
    one, two = np.array([0]), np.array([0, 1])
    with pytest.raises(DataError, match=r"one length.*Got \"1, 2, 1\""):
        Network(("a", "b"), one, two, np.ones(1))
    with pytest.raises(DataError, match="outside the labels"):
        Network(("a",), one, np.array([4]), np.ones(1))
    with pytest.raises(DataError, match=r"kinds.*Got 1.*Give 2"):
        Network(("a", "b"), one, one, np.ones(1), kinds=("firm",))
    with pytest.raises(DataError, match=r"'year' of a network.*Got 2.*Give 1"):
        Network(("a", "b"), one, one, np.ones(1), year=np.array([2001, 2002]))
    with pytest.raises(DataError, match=r"'mode' of a network.*Got 1.*Give 2"):
        Network(("a", "b"), one, one, np.ones(1), mode=np.array([0], np.int8))


def test_frame_and_pickle() -> None:
    network = yearly()
    frame = network.frame()
    assert frame.to_dict("list") == {
        "source": ["a", "b", "b"],
        "target": ["b", "c", "c"],
        "weight": [1.0, 2.0, -0.5],
        "year": [2001, 2002, 2002],
    }
    assert list(Network.of([("a", "b", 1.0)]).frame()) == ["source", "target", "weight"]
    again = pickle.loads(pickle.dumps(network))
    assert again.digest() == network.digest()
    assert again.during(2001).labels == ("a", "b", "d")


def test_digest_hears_every_part() -> None:
    base = yearly()
    others = [
        Network(
            base.labels,
            base.source,
            base.target,
            base.weight + 1e-12,
            year=base.year,
            kinds=base.kinds,
            present=dict(base.present),
        ),
        Network(
            base.labels,
            base.target,
            base.source,
            base.weight,
            year=base.year,
            kinds=base.kinds,
            present=dict(base.present),
        ),
        Network(base.labels, base.source, base.target, base.weight, year=base.year, kinds=base.kinds),
        Network(
            ("a", "b", "c", "e"),
            base.source,
            base.target,
            base.weight,
            year=base.year,
            kinds=base.kinds,
            present=dict(base.present),
        ),
        Network(
            base.labels,
            base.source,
            base.target,
            base.weight,
            False,
            base.year,
            kinds=base.kinds,
            present=dict(base.present),
        ),
    ]
    assert len({base.digest(), *(other.digest() for other in others)}) == 6


def test_the_fingerprint_tells_how_links_came_about() -> None:
    network = yearly()
    assert replace(network).digest() == network.digest()
    assert replace(network, made_by="a projection").digest() != network.digest()
    assert replace(network, weight=2 * network.weight).digest() != network.digest()

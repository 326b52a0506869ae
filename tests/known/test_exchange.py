"""Networks written for other programs, read back by independent readers."""

import json
from pathlib import Path

import networkx
import numpy as np
import pytest

from coevolve.errors import StudyError
from coevolve.evidence.network import Network
from coevolve.show import write_network

TIES = Network(
    ("steel", "chips", 'Ümläut "quoted"', "alone"),
    np.array([0, 1, 2, 0]),
    np.array([1, 0, 1, 2]),
    np.array([0.5, -0.25, 2.0, 1.0]),
    kinds=("firm", "firm", "university", "firm"),
)
BY_YEAR = Network(
    ("a", "b"), np.array([0, 0]), np.array([1, 1]), np.array([1.0, 3.0]), year=np.array([2015, 2016]), directed=False
)


def test_graphml_comes_back_with_sizes_signs_and_kinds(tmp_path: Path) -> None:
    graph = networkx.read_graphml(write_network(TIES, tmp_path / "ties.graphml"), node_type=int)
    assert [graph.nodes[k]["label"] for k in range(4)] == list(TIES.labels)
    assert graph.nodes[2]["kind"] == "university"
    assert graph.edges[1, 0]["weight"] == 0.25
    assert graph.edges[1, 0]["signed_weight"] == -0.25
    assert graph.edges[1, 0]["sign"] == -1
    assert (graph.number_of_nodes(), graph.number_of_edges(), graph.is_directed()) == (4, 4, True)


def test_gexf_is_dynamic_where_links_have_years(tmp_path: Path) -> None:
    path = write_network(BY_YEAR, tmp_path / "years.gexf")
    assert 'mode="dynamic"' in path.read_text(encoding="utf-8")
    graph = networkx.read_gexf(path, node_type=int)
    spans = sorted(
        (float(words["start"]), float(words["end"]), words["weight"]) for *_, words in graph.edges(data=True)
    )
    assert spans == [(2015.0, 2016.0, 1.0), (2016.0, 2017.0, 3.0)]
    still = networkx.read_gexf(write_network(TIES, tmp_path / "ties.gexf"), node_type=int)
    assert still.edges[2, 1]["weight"] == 2.0
    assert 3 in still


def test_pajek_comes_back_with_signed_weights(tmp_path: Path) -> None:
    graph = networkx.read_pajek(write_network(TIES, tmp_path / "ties.net"))
    assert set(graph) == {"steel", "chips", "Ümläut 'quoted'", "alone"}
    assert graph.edges["chips", "steel", 0]["weight"] == -0.25


def test_vosviewer_adds_up_both_directions(tmp_path: Path) -> None:
    said = json.loads(write_network(TIES, tmp_path / "ties.json").read_text(encoding="utf-8"))["network"]
    assert {(link["source_id"], link["target_id"]): link["strength"] for link in said["links"]} == {
        (1, 2): 0.75,
        (2, 3): 2.0,
        (1, 3): 1.0,
    }
    assert [item["weights"]["Links"] for item in said["items"]] == [2, 2, 2, 0]
    assert [item["cluster"] for item in said["items"]] == [1, 1, 2, 1]


def test_parallel_links_add_up_in_every_format(tmp_path: Path) -> None:
    ties = Network(("a", "b"), np.array([0, 1, 0]), np.array([1, 0, 1]), np.array([1.0, 2.0, 4.0]), directed=False)
    for name, read in (("gexf", networkx.read_gexf), ("graphml", networkx.read_graphml)):
        graph = read(write_network(ties, tmp_path / f"ties.{name}"), node_type=int)
        assert [words["weight"] for *_, words in graph.edges(data=True)] == [7.0]
    pajek = networkx.read_pajek(write_network(ties, tmp_path / "ties.net"))
    assert [words["weight"] for *_, words in pajek.edges(data=True)] == [7.0]
    said = json.loads(write_network(ties, tmp_path / "ties.json").read_text(encoding="utf-8"))["network"]
    assert [link["strength"] for link in said["links"]] == [7.0]


def test_another_ending_is_refused_with_those_that_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"\.gexf, \.graphml, \.net, \.json"):
        write_network(TIES, tmp_path / "ties.docx")

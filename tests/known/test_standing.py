"""The question `standing`: its tables, words, pictures and refusals, and real ties."""

from dataclasses import replace

import networkx as nx
import numpy as np
import pytest

from coevolve.errors import StudyError
from coevolve.evidence.evidence import Evidence
from coevolve.evidence.network import Network
from coevolve.evidence.projection import project
from coevolve.inquiry.at import Here
from coevolve.inquiry.key import Key
from coevolve.themes.influence import standing
from coevolve.themes.influence.questions import Standing

STAR = Network.of([("hub", one, 2.0) for one in "abcd"], directed=False, labels=["alone"])


def rows(finding, table, **wanted):
    return [row for row in finding[table].rows() if all(row[key] == value for key, value in wanted.items())]


def one(finding, table, **wanted):
    found = rows(finding, table, **wanted)
    assert len(found) == 1
    return found[0]


def southern_women():
    graph = nx.davis_southern_women_graph()
    labels = tuple(graph)
    place = {name: k for k, name in enumerate(labels)}
    ends = np.array([(place[a], place[b]) for a, b in graph.edges])
    mode = np.array([graph.nodes[name]["bipartite"] for name in labels], np.int8)
    network = Network(
        labels, ends[:, 0], ends[:, 1], np.ones(len(ends)), False, mode=mode, mode_names=("woman", "event")
    )
    return graph, network


def test_star_by_hand():
    finding = standing(STAR)
    whole = one(finding, "network")
    assert {key: whole[key] for key in ("actors", "links", "components", "isolates")} == {
        "actors": 6,
        "links": 4,
        "components": 2,
        "isolates": 1,
    }
    assert whole["mean_degree"] == pytest.approx(8 / 6)
    assert whole["density"] == pytest.approx(8 / 30)
    assert whole["two_mode_density"] is None
    hub, leaf, alone = (one(finding, "actors", actor=name) for name in ("hub", "a", "alone"))
    assert (hub["degree"], hub["strength"], hub["betweenness"]) == (4, 8.0, 6.0)
    assert hub["degree_centrality"] == pytest.approx(0.8)
    assert hub["betweenness_normalised"] == pytest.approx(0.6)
    assert hub["closeness"] == pytest.approx(1 / 4)
    assert hub["closeness_wf"] == pytest.approx(4 / 5 * 4 / 4)
    assert leaf["closeness_wf"] == pytest.approx(4 / 5 * 4 / 7)
    assert (alone["closeness"], alone["closeness_wf"], alone["harmonic"]) == (None, 0.0, 0.0)
    assert (hub["component"], alone["component"]) == (1, 2)
    assert finding["actors"].columns["actor"][0] == "hub"
    assert finding["actors"].columns["actor"][-1] == "alone"
    assert finding.claim.startswith(
        "Actor hub stands closest to the others among 6 actors (closeness 0.8 of 1, 4 ties) and"
    )


def test_tables_have_the_columns_that_other_programs_read():
    finding = standing(STAR)
    network = "actors links mean_degree density two_mode_density components isolates loops_dropped duplicates_merged"
    actors = (
        "actor mode component degree strength degree_centrality betweenness betweenness_normalised closeness "
        "closeness_wf harmonic"
    )
    assert set(network.split()) <= set(finding["network"].columns)
    assert set(actors.split()) <= set(finding["actors"].columns)
    assert "year" not in finding["actors"].columns


def test_a_lone_pair_ranks_below_the_large_component():
    links = [(a, b, 1.0) for a, b in nx.path_graph(list("stuvwxyz")).edges] + [("p", "q", 1.0)]
    finding = standing(Network.of(links, directed=False))
    assert one(finding, "actors", actor="p")["closeness"] == 1.0
    assert set(finding["actors"].columns["actor"][-2:]) == {"p", "q"}
    assert any("lone pair" in note.text for note in finding.notes)


def test_directed_gives_both_directions_and_agrees_with_networkx():
    graph = nx.gnp_random_graph(30, 0.08, seed=3, directed=True)
    network = Network.of([(str(a), str(b), 1.0) for a, b in graph.edges], labels=[str(k) for k in graph])
    finding = standing(network)
    back = graph.reverse()
    expected = {
        "degree_in": dict(graph.in_degree),
        "degree_out": dict(graph.out_degree),
        "degree_centrality_in": nx.in_degree_centrality(graph),
        "degree_centrality_out": nx.out_degree_centrality(graph),
        "betweenness": nx.betweenness_centrality(graph, normalized=False),
        "betweenness_normalised": nx.betweenness_centrality(graph),
        "closeness_wf": nx.closeness_centrality(graph),
        "closeness_wf_out": nx.closeness_centrality(back),
        "harmonic": nx.harmonic_centrality(graph),
        "harmonic_out": nx.harmonic_centrality(back),
    }
    names = finding["actors"].columns["actor"]
    for column, oracle in expected.items():
        assert finding["actors"].columns[column] == pytest.approx([oracle[int(name)] for name in names], rel=1e-12)
    assert one(finding, "network")["density"] == pytest.approx(nx.density(graph), rel=1e-12)
    assert (np.diff(finding["actors"].columns["closeness_wf_out"]) <= 0).all()
    assert any(note.text.startswith("Mind the direction") for note in finding.notes)


def test_two_modes_are_scaled_by_what_two_modes_can_reach():
    graph, network = southern_women()
    women = [name for name in graph if graph.nodes[name]["bipartite"] == 0]
    finding = standing(network)
    whole = one(finding, "network")
    assert whole["two_mode_density"] == pytest.approx(nx.bipartite.density(graph, women), rel=1e-12)
    assert (whole["mean_degree_first"], whole["mean_degree_second"]) == pytest.approx((89 / 18, 89 / 14))
    expected = {
        "degree_centrality": nx.bipartite.degree_centrality(graph, women),
        "betweenness_normalised": nx.bipartite.betweenness_centrality(graph, women),
        "closeness_wf": nx.bipartite.closeness_centrality(graph, women),
    }
    names = finding["actors"].columns["actor"]
    for column, oracle in expected.items():
        assert finding["actors"].columns[column] == pytest.approx([oracle[name] for name in names], rel=1e-12)
    assert set(finding["actors"].columns["mode"]) == {"woman", "event"}
    assert "18 woman and 14 event actors" in finding.claim


def test_two_modes_apart_are_scaled_within_the_component():
    """The lone pair is as near as can be to what it reaches, and that is one actor in four."""
    mode = np.array([0, 1, 0, 1, 1], np.int8)
    network = Network(tuple("abcde"), np.array([0, 2, 2]), np.array([1, 3, 4]), np.ones(3), False, mode=mode)
    actors = standing(network)["actors"]
    found = dict(zip(actors.columns["actor"], actors.columns["closeness_wf"], strict=True))
    assert found == pytest.approx({"a": 1 / 4, "b": 1 / 4, "c": 2 / 4, "d": 2 / 4, "e": 2 / 4})


def test_weights_make_strong_ties_near():
    links = [("a", "b", 4.0), ("b", "c", -4.0), ("a", "c", 1.0)]
    network = Network.of(links, directed=False)
    assert one(standing(network), "actors", actor="b")["betweenness"] == 0
    weighted = standing(network, weights=True)
    assert one(weighted, "actors", actor="b")["betweenness"] == 1
    assert one(weighted, "actors", actor="a")["closeness"] == pytest.approx(1 / 0.75)
    assert one(weighted, "actors", actor="b")["net_strength"] == 0
    assert one(weighted, "network")["negative_links"] == 1
    assert any("1 tie is negative" in note.text for note in weighted.notes)
    assert weighted["actors"].units["closeness"] == "1/sum of 1/|weight|"


def test_loops_duplicates_and_cancelled_ties_are_counted_and_said():
    links = [("a", "a", 1.0), ("a", "b", 1.0), ("b", "a", 1.0), ("b", "c", 1.0), ("c", "d", 2.0), ("c", "d", -2.0)]
    finding = standing(Network.of(links, directed=False))
    whole = one(finding, "network")
    assert (whole["loops_dropped"], whole["duplicates_merged"], whole["zeros_dropped"], whole["links"]) == (1, 2, 1, 2)
    text = " ".join(note.text for note in finding.notes)
    assert "1 was left out" in text
    assert "2 were merged" in text
    assert [note.level for note in finding.notes if "1 tie sums to 0" in note.text] == ["caution"]
    cancelled = standing(Network.of([("a", "b", 1.0), ("a", "b", -1.0)]))
    assert cancelled.claim.startswith("Nobody among 2 actors is tied to another")


def dated():
    years = np.array([2015, 2015, 2016, 2016])
    return Network(
        tuple("abcd"),
        np.array([0, 0, 0, 1]),
        np.array([1, 2, 1, 2]),
        np.ones(4),
        False,
        year=years,
        kinds=("firm", "firm", "university", "university"),
        present={2016: np.array([3])},
        meaning="shared projects",
        made_by="two organisations share a project",
    )


def test_years_stand_on_their_own_and_beside_the_whole():
    finding = standing(dated())
    table = finding["network"].rows()
    assert [row["year"] for row in table] == [None, 2015, 2016]
    assert [row["actors"] for row in table] == [4, 3, 4]
    assert [row["links"] for row in table] == [3, 2, 2]
    assert [row["isolates"] for row in table] == [1, 0, 1]
    assert [row["duplicates_merged"] for row in table] == [0, 0, 0]  # a tie of another year is no duplicate
    assert one(finding, "actors", actor="a", year=2016)["degree"] == 1
    assert one(finding, "actors", actor="a", year=None)["strength"] == 3
    assert not rows(finding, "actors", actor="d", year=2015)
    assert {chart.name for chart in finding.charts} == {"picture", "top", "kinds", "kind-ties", "years", "places"}
    assert any("First place by year: a (2015); b (2016)" in note.text for note in finding.notes)
    assert not any("Read 2" in note.text for note in finding.notes)
    assert any("share a project; its weight is shared projects" in note.text for note in finding.notes)


def test_a_year_with_few_actors_is_pointed_out():
    ring = [(k, (k + 1) % 8) for k in range(8)]
    ends = np.array([(0, 1), *ring, *ring])
    years = np.array([2014] + [2015] * 8 + [2016] * 8)
    finding = standing(Network(tuple("abcdefgh"), ends[:, 0], ends[:, 1], np.ones(17), False, year=years))
    assert any(note.text.startswith("Read 2014 apart: it has under half") for note in finding.notes)


def test_kinds_are_told_apart():
    finding = standing(dated())
    firm = one(finding, "kinds", kind="firm", year=None)
    assert (firm["actors"], firm["isolates"], firm["mean_degree"]) == (2, 0, 2.0)
    assert firm["degree_share"] == pytest.approx(4 / 6)
    assert firm["own_kind"] == pytest.approx(2 / 4)
    assert one(finding, "kinds", kind="university", year=2016)["isolates"] == 1
    chained = Network(
        ("x", "y", "z"), np.array([0, 1]), np.array([1, 2]), np.ones(2), False, kinds=("firm", "university", "firm")
    )
    said = standing(chained).claim
    assert "Actor y (kind university) stands closest" in said
    assert "actors of kind university, 33 % of all, hold 100 % of the betweenness." in said


def test_a_projection_gives_its_actors_their_word():
    made = "one-mode projection of project x organisation on organisation: weights B B' with zero diagonal"
    finding = standing(replace(dated(), made_by=made))
    assert "3 of 4 organisations share" in finding.claim
    assert finding.claim.startswith(("Organisation a (kind firm) ", "No single organisation stands out"))
    held = "The largest connected group holds 3 of them (75 %), 1 (25 %) has no tie at all and "
    assert f"{held}50 % of the ties of 2016 stood in 2015." in finding.claim
    assert finding.claim.count(". ") <= 2
    text = " ".join(note.text for note in finding.notes)
    assert "The lists of the years hold 4 ties, which are 3 distinct ones" in text
    assert "the 1 actor without a tie belongs here" in text


def test_connected_in_a_directed_network_is_said_without_its_direction():
    chain = Network.of([("a", "b", 1.0), ("b", "c", 1.0)])
    said = standing(chain).claim
    assert "All actors are connected, ignoring direction." in said
    assert one(standing(chain), "actors", actor="c")["closeness_wf_out"] == 0


def test_a_sample_is_said_bounded_and_reproducible():
    graph = nx.barabasi_albert_graph(300, 2, seed=1)
    network = Network.of([(str(a), str(b), 1.0) for a, b in graph.edges], directed=False)
    finding = standing(network, sample=100)
    exact = standing(network)
    columns = finding["actors"].columns
    assert (columns["betweenness_lo"] <= columns["betweenness"]).all()
    assert (columns["betweenness"] <= columns["betweenness_hi"]).all()
    assert "closeness_wf_lo" not in columns  # cheap enough to stay exact
    first = exact["actors"].columns["actor"][0]
    truth = one(exact, "actors", actor=first)["betweenness"]
    assert one(finding, "actors", actor=first)["betweenness"] == pytest.approx(truth, rel=0.25)
    assert [note.level for note in finding.notes if "estimated from 100 actors" in note.text] == ["caution"]
    assert columns["betweenness"].tobytes() == standing(network, sample=100)["actors"].columns["betweenness"].tobytes()
    other = Standing(network="n", sample=100).answer(Evidence({"n": network}), Here(Key.of(8, "standing")))
    assert columns["betweenness"].tobytes() != other["actors"].columns["betweenness"].tobytes()
    assert "betweenness_lo" not in standing(network, sample=300)["actors"].columns


@pytest.mark.parametrize("directed", [False, True])
def test_sampled_closeness_is_near_the_truth(directed):
    graph = nx.barabasi_albert_graph(400, 3, seed=2)
    weight = {2: 1.0, 0: 2.0, 1: 4.0}
    links = [(str(a), str(b), weight[(a + b) % 3]) for a, b in graph.edges]
    links += [(b, a, w) for a, b, w in links] if directed else []
    network = Network.of(links, directed=directed)
    exact, sampled = (standing(network, weights=True, sample=sample)["actors"].rows() for sample in (None, 150))
    truth = {row["actor"]: row for row in exact}
    for column in ("closeness", "closeness_wf", "harmonic", *(["closeness_wf_out"] if directed else [])):
        held = [row[f"{column}_lo"] <= truth[row["actor"]][column] <= row[f"{column}_hi"] for row in sampled]
        assert np.mean(held) > 0.9
        expected = [truth[row["actor"]][column] for row in sampled]
        assert [row[column] for row in sampled] == pytest.approx(expected, rel=0.2)


def test_equal_actors_have_no_single_leader():
    ring = Network.of([(str(k), str((k + 1) % 6), 1.0) for k in range(6)], directed=False)
    said = standing(ring).claim
    assert said.startswith("No single actor stands out: 6 of 6 actors share the highest closeness")
    assert "several share the highest betweenness" in said


def test_what_cannot_be_measured_is_refused_with_place_and_repair():
    with pytest.raises(StudyError, match="ties nobody") as nobody:
        standing(Network.of([("a", "a", 1.0)], labels=["b"]))
    assert "2 actors, 1 links, 1 of them loops" in str(nobody.value)
    mixed = Network(
        ("a", "b", "c"), np.array([0, 0]), np.array([1, 2]), np.ones(2), False, mode=np.array([0, 1, 0], np.int8)
    )
    with pytest.raises(StudyError, match=r'1 of its links join two actors of one\. Got "a - c"'):
        standing(mixed)
    with pytest.raises(StudyError, match=r"1 links without a finite weight, the first a - b. Got nan"):
        standing(Network.of([("a", "b", float("nan")), ("b", "c", 1.0)]))
    with pytest.raises(StudyError, match="there is no network called 'tie'"):
        Standing(network="tie").answer(Evidence({"ties": STAR}), Here())
    assert list(Standing(network="later").faults(Evidence({}))) == []
    with pytest.raises(ValueError, match="greater than or equal to 2"):
        Standing(network="ties", sample=1)


def test_prospects_say_whether_it_will_be_exact():
    bag = Evidence({"ties": dated()})
    assert [note.text for note in Standing(network="ties").prospects(bag)] == [
        "Expect betweenness of 4 actors to be exact, for the whole and for 2 years."
    ]
    assert "estimated from 2 actors" in next(Standing(network="ties", sample=2).prospects(bag)).text


def cordis(data_root):
    duckdb = pytest.importorskip("duckdb")
    file = data_root / "network_cordis_h2020" / "h2020_participations_2014_2018.parquet"
    if not file.exists():
        pytest.skip(f"no {file.name} here")
    rows = duckdb.sql(f"select organisation, project, cast(start_year as int) from '{file.as_posix()}'").fetchnumpy()
    labels, actor = np.unique(rows["organisation"].astype(str), return_inverse=True)
    _, event = np.unique(rows["project"].astype(str), return_inverse=True)
    return tuple(labels.tolist()), actor, event, np.asarray(next(v for k, v in rows.items() if "start" in k), np.int64)


def test_cordis_projected_on_organisations(data_root):
    labels, actor, event, year = cordis(data_root)
    tied = project(actor, event, len(labels))
    assert (len(labels), len(tied.source)) == (27_411, 523_617)
    assert len(labels) - len(np.unique([tied.source, tied.target])) == 3_155
    by_year = project(actor, event, len(labels), year=year)
    assert len(np.unique(by_year.source * len(labels) + by_year.target)) == 523_617
    assert by_year.weight.sum() == tied.weight.sum()
    assert dict(zip(*np.unique(by_year.year, return_counts=True), strict=True)) == {
        2014: 10_206,
        2015: 140_211,
        2016: 153_575,
        2017: 153_764,
        2018: 144_850,
    }


@pytest.mark.slow
def test_standing_of_all_organisations_is_exact(data_root):
    labels, actor, event, _ = cordis(data_root)
    tied = project(actor, event, len(labels))
    finding = standing(Network(labels, tied.source, tied.target, tied.weight, False))
    whole = one(finding, "network")
    assert (whole["actors"], whole["links"], whole["isolates"]) == (27_411, 523_617, 3_155)
    columns = finding["actors"].columns
    reach = columns["component_size"] - 1.0
    steps = np.nansum(1.0 / columns["closeness"] - reach) / 2
    assert columns["betweenness"].sum() == pytest.approx(steps, rel=1e-12)


def test_a_misspelt_option_is_refused_with_the_nearest():
    with pytest.raises(StudyError, match=r"'standing' has no option 'sampel'\. Did you mean 'sample'\?"):
        standing(STAR, sampel=3)


def test_the_library_gives_what_a_study_gives_with_the_same_seed_and_name():
    graph = nx.gnp_random_graph(60, 0.08, seed=1)
    network = Network.of([(str(a), str(b), 1.0) for a, b in graph.edges], directed=False)
    asked = Standing(network="ties", sample=5).answer(Evidence({"ties": network}), Here(Key.of(3, "places")))
    same = standing(network, seed=3, name="places", sample=5)["actors"]["betweenness"]
    np.testing.assert_array_equal(asked["actors"]["betweenness"], same)
    assert not np.array_equal(standing(network, sample=5)["actors"]["betweenness"], same)

"""Standing by year: who came and went, which ties lasted, how far the order held; and kinds of actors told apart."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from coevolve.errors import DataError
from coevolve.evidence.library import network as read
from coevolve.evidence.network import Network
from coevolve.themes.influence import standing

LINKS = [
    (2015, "a", "b"),
    (2015, "a", "c"),
    (2015, "a", "d"),
    (2015, "d", "e"),
    (2016, "b", "a"),
    (2016, "b", "c"),
    (2016, "b", "d"),
    (2016, "f", "d"),
    (2018, "b", "f"),
]


def moving(directed=False):
    labels = tuple("abcdef")
    place = {label: k for k, label in enumerate(labels)}
    year, source, target = zip(*LINKS, strict=True)
    return Network(
        labels,
        np.array([place[one] for one in source]),
        np.array([place[one] for one in target]),
        np.ones(len(LINKS)),
        directed,
        year=np.array(year),
        present={2018: np.array([4])},
    )


def test_what_changed_from_year_to_year_by_hand():
    table = standing(moving())["changes"].rows()
    assert [(row["before"], row["year"]) for row in table] == [(2015, 2016), (2016, 2018)]
    first, second = table
    assert [first[f"actors_{name}"] for name in ("kept", "new", "gone")] == [4, 1, 1]
    assert [first[f"ties_{name}"] for name in ("kept", "new", "gone")] == [1, 3, 3]  # a - b, whichever end comes first
    assert first["tie_overlap"] == pytest.approx(1 / 7)
    assert (first["first_before"], first["first"]) == ("a", "b")
    assert [second[f"actors_{name}"] for name in ("kept", "new", "gone")] == [2, 1, 3]
    assert second["rank_agreement"] is None  # two actors have no order to agree on


def test_with_direction_a_turned_tie_is_another():
    assert standing(moving(directed=True))["changes"].rows()[0]["ties_kept"] == 0


def test_the_agreement_of_two_orders_is_spearmans():
    finding = standing(moving())
    values = {
        year: {row["actor"]: row["closeness_wf"] for row in finding["actors"].rows() if row["year"] == year}
        for year in (2015, 2016)
    }
    both = sorted(set(values[2015]) & set(values[2016]))
    expected = spearmanr([values[2015][one] for one in both], [values[2016][one] for one in both]).statistic
    assert finding["changes"].rows()[0]["rank_agreement"] == pytest.approx(expected, abs=1e-12)


def test_the_leaders_are_followed_through_the_years():
    finding = standing(moving(), top=1)
    places = finding["places"].rows()
    assert {row["actor"] for row in places} == {"b", "a"}  # of all years together, of 2015, of 2016 and 2018
    assert [row["rank"] for row in places if row["actor"] == "b"] == [3, 1, 1]
    chart = next(one for one in finding.charts if one.name == "places")
    assert finding[chart.table]["actor"].tolist().count("b") == 3


def test_changes_are_said_in_the_claim_and_in_a_note():
    finding = standing(moving())
    assert "0 % of the ties of 2018 stood in 2016." in finding.claim
    text = " ".join(note.text for note in finding.notes)
    assert "From 2016 to 2018 1 actor came, 3 went and 2 stayed and 0 of 4 ties lasted." in text
    assert "`changes` has them all" in text
    two = replace(moving(), year=np.where(moving().year == 2018, 2016, moving().year), present={})
    assert "the orders of those who stayed correlate by " in " ".join(note.text for note in standing(two).notes)


def test_a_network_without_years_says_nothing_of_change():
    still = replace(moving(), year=None, present={})
    finding = standing(still)
    assert "changes" not in {table.name for table in finding.tables}
    assert "stood in" not in finding.claim


def kinds():
    return replace(moving(), kinds=("firm", "firm", "university", "university", "firm", "institute"))


def test_kinds_have_shares_ties_and_a_first_of_their_own():
    finding = standing(kinds())
    whole = [row for row in finding["kinds"].rows() if row["year"] is None]
    assert [(row["kind"], row["first"]) for row in whole] == [("firm", "b"), ("institute", "f"), ("university", "d")]
    shares = [row for row in finding["kind_shares"].rows() if row["when"] == "2015 to 2018"]
    for name in ("of all actors", "of all ties", "of all betweenness"):
        assert sum(row["value"] for row in shares if row["share"] == name) == pytest.approx(1.0)
    ties = {(row["kind"], row["other"]): row for row in finding["kind_ties"].rows() if row["when"] == "2015 to 2018"}
    assert {pair: row["links"] for pair, row in ties.items()} == {
        ("firm", "firm"): 1,  # a - b
        ("firm", "institute"): 1,  # b - f
        ("firm", "university"): 5,  # a - c, a - d, d - e, b - c, b - d
        ("institute", "firm"): 1,
        ("institute", "institute"): 0,
        ("institute", "university"): 1,  # f - d
        ("university", "firm"): 5,
        ("university", "institute"): 1,
        ("university", "university"): 0,
    }
    assert ties["firm", "university"]["share"] == pytest.approx(5 / 8)
    assert ties["firm", "university"]["ratio"] == pytest.approx((5 / 8) / (6 / 16))


def test_kinds_are_read_in_the_words_that_a_study_gives_them(tmp_path):
    """Two codes may get one word; a code that no row holds is refused."""
    file = tmp_path / "ties.csv"
    rows = ["p1,a,HES", "p1,b,PRC", "p2,b,PRC", "p2,c,SME", "p3,c,SME", "p3,c,PRC", "p3,d,HES", "p4,d,HES"]
    file.write_text("project,organisation,type\n" + "\n".join(rows) + "\n")
    keys = {"source": "project", "target": "organisation", "project": "target", "target_kind": "type"}
    network = read(file, **keys, labels={"HES": "university", "PRC": "firm", "SME": "firm"})
    assert dict(zip(network.labels, network.kinds, strict=True)) == {
        "a": "university",
        "b": "firm",
        "c": "firm",
        "d": "university",
    }
    assert not any("several words" in note for note in network.notes)  # firm and firm are one
    with pytest.raises(DataError, match="'labels' renames 'PUB', which no row holds"):
        read(file, **keys, labels={"PUB": "public body"})


def test_each_kind_has_its_own_ranking_and_its_pictures():
    finding = standing(kinds(), top=2)
    rows = [row for row in finding["top"].rows() if row["measure"] == "Closeness (Wasserman-Faust): firm"]
    assert [(row["rank"], row["actor"]) for row in rows] == [(1, "b"), (2, "a")]
    charts = {chart.name: chart for chart in finding.charts}
    assert set(charts["kinds"].roles) == {"label", "value", "series", "facet"}
    assert "firm, institute, university" in charts["kind-ties"].alt

"""The report as text: everything escaped, the study inside, small, and readable without a script."""

import json
import re
import xml.etree.ElementTree as xml
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from coevolve.errors import StudyError
from coevolve.inquiry.finding import QUANTILES, Chart, Finding, Note, Source, Table
from coevolve.inquiry.record import Answer, EvidenceLine, Record
from coevolve.show.code import terminal_line
from coevolve.show.figure import bundle, figure_svg
from coevolve.show.numbers import number
from coevolve.show.packing import LETTERS, json_text, packed
from coevolve.show.page import fragment, page, study_from

EVIL = "</script><img src=x onerror=alert(1)>&\"'\u2028"
STUDY = 'title = "a < b & c </script>"\nseed = 7\n'


class Seen(HTMLParser):
    """Every tag and attribute of a page, the text outside scripts, and the scripts by their id."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text, self.scripts, self._script = "", {}, None
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))
        if tag in ("script", "style"):
            self._script = dict(attributes).get("id") or tag
            self.scripts.setdefault(self._script, "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._script = None

    def handle_data(self, data: str) -> None:
        if self._script:
            self.scripts[self._script] += data
        else:
            self.text += data


def hostile() -> Record:
    table = Table(
        "scores",
        {"place": np.array([EVIL, "Hubei"], dtype=object), "score": [0.5, np.nan]},
        {"score": EVIL},
        EVIL,
        {"score": np.array([0, 2], np.uint8)},
    )
    chart = Chart("top", "bars", "scores", {"label": "place", "value": "score"}, EVIL, EVIL, EVIL)
    finding = Finding(
        EVIL, EVIL, (table,), (chart,), (Note(EVIL, "caution"),), (Source("e", EVIL, "javascript:alert(1)"),)
    )
    line = EvidenceLine("firms", "panel", EVIL, "ab" * 32, "cd" * 16, EVIL, {"kind": EVIL}, (EVIL,), ("Mind " + EVIL,))
    return Record(EVIL, 7, STUDY, (Answer("top", "standing", {}, finding),), (line,), {"coevolve": EVIL}, {})


def large() -> Record:
    """50 regions, 30 industries, 25 years: a fan and lines for every series, a heat map, and the tables of both."""
    made = np.random.default_rng(7)
    regions = [f"Region {k:02d} of the country" for k in range(50)]
    industries = [f"Industry {k:02d}, and what belongs to it" for k in range(30)]
    place = np.array([f"{r}, {i}" for r in regions for i in industries], dtype=object)
    years, ahead = np.arange(2000, 2025), np.arange(2025, 2031)

    def table(name: str, columns: dict[str, np.ndarray]) -> Table:
        return Table(name, columns, {"value": "persons"}, f"One row of {name}.")

    seen = table(
        "counted",
        {
            "place": np.repeat(place, 25),
            "year": np.tile(years, 1500),
            "value": made.lognormal(8, 1, 37_500),
        },
    )
    fans = table(
        "forecast",
        {
            "place": np.repeat(place, 6 * 21),
            "year": np.tile(np.repeat(ahead, 21), 1500),
            "quantile": np.tile(np.array(QUANTILES), 9_000),
            "value": made.lognormal(8, 1, 189_000),
        },
    )
    pairs = table(
        "pairs",
        {
            "region": np.repeat(np.array(regions, dtype=object), 30),
            "industry": np.tile(np.array(industries, dtype=object), 50),
            "value": made.normal(size=1500),
        },
    )
    charts = (
        Chart("fan", "bands", "forecast", {"x": "year", "quantile": "quantile", "value": "value", "facet": "place"},
              "Forecasts", also={"actual": "counted"}),
        Chart("lines", "lines", "counted", {"x": "year", "y": "value", "facet": "place"}, "Counted"),
        Chart("heat", "heat", "pairs", {"row": "region", "column": "industry", "value": "value"}, "By region",
              options={"diverging": True}),
    )  # fmt: skip
    finding = Finding("Most series probably grow.", "Growth", (seen, fans, pairs), charts)
    answers = tuple(Answer(name, "growth", {}, finding) for name in ("growth", "again", "third", "fourth"))
    return Record("A large study", 7, STUDY, answers)


@pytest.fixture(scope="module")
def hostile_page() -> Seen:
    return Seen(page(hostile()))


def test_no_word_of_the_data_becomes_markup(hostile_page):
    assert not [tag for tag, _ in hostile_page.tags if tag == "img"]
    assert not [
        (tag, name) for tag, attributes in hostile_page.tags for name in attributes if name.lower().startswith("on")
    ]
    assert hostile_page.text.count("<img src=x onerror=alert(1)>") >= 8


def test_no_link_leads_to_a_script(hostile_page):
    links = [attributes.get("href") or "" for tag, attributes in hostile_page.tags if tag == "a"]
    assert all(link.startswith(("#", "https://", "http://")) for link in links)


def test_nothing_is_asked_of_the_outside(hostile_page):
    for tag, attributes in hostile_page.tags:
        assert tag not in ("link", "iframe", "object", "embed")
        assert not {"src", "srcset", "action", "formaction"} & set(attributes)
    assert "http-equiv" in str(hostile_page.tags)
    assert not re.findall(r"@import|url\(\s*['\"]?http", hostile_page.scripts["style"])


def test_the_data_of_a_picture_is_whole_inside_its_script(hostile_page):
    data = json.loads(hostile_page.scripts["top-top-data"])
    assert data["title"] == EVIL
    assert data["data"]["value"] == {"n": "0.5,c"}


def test_the_study_comes_back_out_of_the_page():
    html = page(hostile())
    assert study_from(html) == STUDY
    long = replace(hostile(), study='# &lt; &amp;amp; "quoted"\r\n'.replace("\r", "") * 50)
    assert study_from(page(long)) == long.study


def test_a_page_without_a_study_is_refused():
    with pytest.raises(StudyError, match="carries no study"):
        study_from("<html></html>")


def test_everything_reads_without_a_script(hostile_page):
    words = hostile_page.text
    for part in ("Caution Mind", "Hubei", "c suppressed", "tables/top/scores.csv", "Provenance", "figures/top-top.svg"):
        assert part in words
    tables = [attributes for tag, attributes in hostile_page.tags if tag == "details"]
    assert tables
    assert all("open" in attributes for attributes in tables)


def test_every_figure_has_words_a_table_and_its_data(hostile_page):
    frames = {attributes["id"] for tag, attributes in hostile_page.tags if attributes.get("class") == "canvas"}
    buttons = [attributes for _, attributes in hostile_page.tags if attributes.get("data-do") == "table"]
    ids = {attributes.get("id") for _, attributes in hostile_page.tags}
    assert frames == {"top-top"}
    assert {f"{frame}-data" for frame in frames} <= ids
    assert [button["aria-controls"] in ids for button in buttons] == [True]


def test_the_same_record_gives_the_same_page():
    assert page(hostile()) == page(hostile())


def test_the_page_is_written_whole(tmp_path):
    text = page(hostile(), tmp_path / "deep" / "report.html")
    assert (tmp_path / "deep" / "report.html").read_bytes() == text.encode()
    assert [one.name for one in (tmp_path / "deep").iterdir()] == ["report.html"]


def test_a_large_study_stays_below_half_a_megabyte():
    html = page(large())
    assert len(html.encode()) < 500_000
    seen = Seen(html)
    assert "can be chosen here" in seen.text
    assert "The first 200 of 189\u2009000 rows" in seen.text
    data = json.loads(seen.scripts["growth-fan-data"])
    facets = len(data["data"]["facet"]["w"])
    assert 1 < facets < 1500
    assert data["also"]["actual"]["facet"]["w"] == data["data"]["facet"]["w"]


def test_a_chart_embeds_what_it_draws_and_no_more():
    given = packed(*reversed(chart_of(large(), "fan")), 20_000)
    quantiles = given["data"]["quantile"]
    assert quantiles["w"] == [0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975]
    assert set(quantiles["s"]) == set(LETTERS[:7])
    assert len(json_text(given)) < 60_000


def chart_of(record: Record, name: str) -> tuple[Finding, Chart]:
    finding = record.answers[0].finding
    return finding, next(chart for chart in finding.charts if chart.name == name)


def test_a_network_is_thinned_to_its_strongest_links():
    made = np.random.default_rng(3)
    links = Table(
        "links",
        {
            "a": np.array([f"n{k}" for k in made.integers(0, 300, 5_000)], dtype=object),
            "b": np.array([f"n{k}" for k in made.integers(0, 300, 5_000)], dtype=object),
            "w": made.gamma(1.0, 1.0, 5_000),
        },
    )
    chart = Chart("net", "network", "links", {"source": "a", "target": "b", "weight": "w"}, "Ties")
    given = packed(chart, Finding("So.", tables=(links,), charts=(chart,)))
    weights = [float(one) for one in given["data"]["weight"]["n"].split(",")]
    assert len(weights) == 1_500
    assert min(weights) == pytest.approx(np.sort(links["w"])[-1_500], rel=1e-5)
    assert "1500 links are drawn; 3500 are left out" in given["left"]


def test_inline_json_holds_no_markup():
    assert not set("<>&\u2028\u2029") & set(json_text({"a": EVIL}))
    assert json.loads(json_text({"a": EVIL})) == {"a": EVIL}


def test_a_figure_is_sound_xml_with_words_for_those_who_do_not_see_it():
    finding = hostile().answers[0].finding
    root = xml.fromstring(figure_svg(finding.charts[0], finding))
    assert root.get("role") == "img"
    assert EVIL.replace("\u2028", "") in (root.get("aria-label") or "").replace("\u2028", "")
    assert "var(" not in figure_svg(finding.charts[0], finding)
    assert "data-tip" not in figure_svg(finding.charts[0], finding)


def test_a_figure_chooses_its_facet():
    finding, chart = chart_of(large(), "lines")
    second = figure_svg(chart, finding, facet="Region 00 of the country, Industry 01, and what belongs to it")
    assert second != figure_svg(chart, finding)
    assert "Industry 01" in second


def test_an_empty_table_makes_a_picture_that_says_so():
    table = Table.of_rows("none", ("x", "y"), [])
    chart = Chart("c", "lines", "none", {"x": "x", "y": "y"}, "Nothing")
    assert "no rows" in figure_svg(chart, Finding("So.", tables=(table,), charts=(chart,)))


def test_a_fragment_for_a_notebook_holds_no_script():
    html = fragment(hostile().answers[0].finding)
    seen = Seen(html)
    assert not {"script", "img", "link"} & {tag for tag, _ in seen.tags}
    assert "svg" in {tag for tag, _ in seen.tags}
    assert len(html) < 60_000
    assert hostile().answers[0].finding._repr_html_() == html


def test_the_command_says_the_study_s_options():
    study = """
    [evidence.firms]
    file = "my firms.csv"
    values = ["firms", "jobs"]
    absent = { suppressed = ["(D)"] }
    [[ask]]
    name = "poles"
    question = "symbiosis"
    panel = "firms"
    poles = ["a", "b c"]
    until = 2030
    """
    answer = Answer("poles", "symbiosis", {}, Finding("So."))
    line = terminal_line(Record("t", 7, study, (answer,)), answer)
    words = line.replace("\\\n", " ").split()
    assert words[:5] == ["coevolve", "ask", "symbiosis", "--seed", "7"]
    for part in (
        "--panel 'my firms.csv'",
        "--panel.values firms",
        "--panel.values jobs",
        "--poles 'b c'",
        "--until 2030",
    ):
        assert part in line
    assert """--panel.absent '{suppressed = ["(D)"]}'""" in line


def test_a_question_that_reads_an_answer_is_repeated_by_its_study():
    study = '[[ask]]\nquestion = "influence"\n[[ask]]\nquestion = "standing"\nnetwork = "influence"\n'
    answer = Answer("standing", "standing", {}, Finding("So."))
    assert terminal_line(Record("t", 0, study, (answer,)), answer).startswith("coevolve run study.toml")


def test_the_bundle_draws_every_kind():
    from coevolve.inquiry.finding import ROLES

    assert all(f"{kind}:" in bundle("report.js") for kind in ROLES)


def test_the_tables_that_stand_in_the_page_are_numbered_without_gaps():
    table = [Table(name, {"label": ["a"], "value": [1.0]}, caption=name) for name in ("one", "drawn", "two")]
    chart = Chart("bars", "bars", "drawn", {"label": "label", "value": "value"}, "Bars")
    text = page(Record("t", 1, "", (Answer("a", "growth", {}, Finding("So it is.", "T", tuple(table), (chart,))),)))
    assert re.findall(r"<b>(Table [^<]*)</b> (\w+)", text) == [
        ("Table of figure 1", "drawn"),
        ("Table 1.1", "one"),
        ("Table 1.2", "two"),
    ]


def test_what_rounding_left_over_is_nothing_and_large_numbers_are_short():
    table = Table("t", {"label": ["a", "b", "c"], "value": [4.33e18, 5e-12, -2.0]})
    text = page(
        Record(
            "t", 1, "",
            (Answer("a", "growth", {}, Finding("So it is.", "T", (table, Table("n", {"v": [1.0, 5e-13]})),
                    (Chart("bars", "bars", "t", {"label": "label", "value": "value"}, "Bars"),))),),
        )
    )  # fmt: skip
    assert "<td>a<td>4.33\u2009×\u200910¹⁸<tr><td>b<td>0<tr><td>c<td>\u22122</table>" in text
    assert "<td>1<tr><td>0</table>" in text


def test_page_and_picture_write_the_same_numbers():
    values = [4.331e18, 1.2345e9, 999_999_999.0, 12345.6, 12.345, 0.0123456, 0.000123456, 0.0000123456]
    for value in values:
        table = Table("t", {"label": ["a"], "value": [value]})
        chart = Chart("bars", "bars", "t", {"label": "label", "value": "value"}, "Bars")
        drawn = figure_svg(chart, Finding("So it is.", "T", (table,), (chart,)))
        assert f">{number(float(f'{value:.6g}'))}<" in drawn

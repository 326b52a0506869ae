"""The report in a real browser: every picture drawn, the keys enough, nothing asked of the outside, no error."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gallery import record

from coevolve.inquiry.finding import ROLES, Table
from coevolve.show.page import page

AXE = Path(__file__).resolve().parents[2] / "front" / "node_modules" / "axe-core" / "axe.min.js"
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    page(record(), path)
    return path


@pytest.fixture
def opened(chromium, report, request) -> Iterator[Any]:
    """The report in a new tab; the test fails on any error in its console and on any request but the file's own."""
    told: list[str] = []
    asked: list[str] = []
    context = chromium.new_context(**{"viewport": DESK, **getattr(request, "param", {})})
    tab = context.new_page()
    tab.on("console", lambda message: told.append(message.text))
    tab.on("pageerror", lambda error: told.append(str(error)))
    tab.on("request", lambda sent: asked.append(sent.url))
    tab.goto(report.as_uri())
    yield tab
    context.close()
    assert told == []
    assert [url for url in asked if not url.startswith(("file:", "blob:", "data:"))] == []


def test_every_kind_is_drawn_with_marks(opened):
    charts = {f"{a.name}-{c.name}": c.kind for a in record() for c in a.finding.charts}
    marks = opened.evaluate(
        "() => Object.fromEntries([...document.querySelectorAll('.canvas')].map("
        "(one) => [one.id, one.querySelectorAll('svg .mark').length]))"
    )
    assert set(charts.values()) == set(ROLES)
    assert set(marks) == set(charts)
    assert all(count >= 2 for count in marks.values()), marks
    drawn = opened.evaluate("() => document.querySelector('main').innerHTML")
    assert not re.search(r'="[^"]*\b(NaN|undefined|Infinity)\b', drawn)


def test_every_figure_opens_its_table(opened):
    figures = opened.locator("figure")
    for place in range(figures.count()):
        button = figures.nth(place).locator('[data-do="table"]')
        table = opened.locator(f'[id="{button.get_attribute("aria-controls")}"]')
        button.click()
        assert table.locator("td").first.is_visible()
        assert button.get_attribute("aria-expanded") == "true"
        button.click()
        assert not table.locator("td").first.is_visible()


@pytest.mark.parametrize("opened", [{"viewport": DESK}, {"viewport": PHONE}], indirect=True, ids=["desk", "phone"])
def test_nothing_is_wider_than_the_screen(opened):
    assert opened.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    for table in opened.locator("figure [data-do=table]").all():
        table.click()
    assert opened.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0


def test_long_choices_and_wide_tables_stay_on_a_small_screen(chromium, tmp_path):
    """Every name in the report is a sentence long, in the tables, the pictures and the choosers."""
    page(in_long_words(record()), tmp_path / "report.html")
    tab = chromium.new_page(viewport=PHONE)
    tab.goto((tmp_path / "report.html").as_uri())
    assert max(map(len, tab.locator("select option").all_inner_texts())) > 120
    for fold in ("() => 0", "() => document.querySelectorAll('details').forEach((one) => (one.open = true))"):
        tab.evaluate(fold)
        wide, seen = tab.evaluate("() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide <= seen
    tab.close()


def in_long_words(short: Any) -> Any:
    tail = ", and all that the statistical office counts beside it in the classification of the year 2007"

    def longer(table: Table) -> Table:
        columns = {name: np.array([f"{one}{tail}{tail}" for one in values], dtype=object)
                   if values.dtype.kind == "O" and name in facets else values
                   for name, values in table.columns.items()}  # fmt: skip
        return Table(table.name, columns, table.units, table.caption, table.absent)

    facets = {c.roles[role] for a in short for c in a.finding.charts for role in ("facet", "label") if role in c.roles}
    answers = tuple(
        replace(one, finding=replace(one.finding, tables=tuple(longer(table) for table in one.finding.tables)))
        for one in short
    )
    return replace(short, answers=answers)


def test_what_cannot_be_told_from_nothing_is_lighter_and_in_brackets(opened):
    picture = opened.locator('[id="coordination-pairs"]')
    assert "in brackets: not sure enough to claim" in picture.inner_text()
    pale = picture.locator('rect[fill-opacity="0.35"]').count()
    assert 0 < pale < 56
    assert picture.locator("text").filter(has_text=re.compile(r"^\(.*\)$")).count() == pale


def test_the_colours_of_a_map_promise_no_more_than_was_said(opened):
    """Words for the two sides come from the chart; a ramp reaches to the last value, whatever its limits say."""
    said = opened.evaluate(
        """() => [{}, {legend: ["worse", "better"]}, {helps: "positive"}, {limits: [-1, 1]}].map((options) => {
          const data = {row: ["a", "b"], column: ["c", "c"], value: [-2.37, 1]};
          const chart = {id: "x", kind: "heat", title: "", subtitle: "", alt: "", data, names: {}, units: {}, also: {},
            options: {...options, diverging: true}, left: ""};
          return coevolve.figure(JSON.stringify(chart), '{"width": 390, "plain": true}');
        })"""
    )
    assert "below 0" in said[0]
    assert "hurts" not in said[0]
    assert "vermilion: worse, blue: better" in said[1]
    assert "vermilion hurts, blue helps" in said[2]
    assert all(one.count("−2.37") == 2 for one in said)


@pytest.mark.parametrize("opened", [{"viewport": DESK}, {"viewport": PHONE}], indirect=True, ids=["desk", "phone"])
def test_no_words_of_a_picture_leave_it_or_cover_each_other(opened):
    """A label may touch a neighbour by a hair; more is a fault."""
    found = opened.evaluate(
        """() => [...document.querySelectorAll('.canvas svg')].flatMap((svg) => {
          const edge = svg.getBoundingClientRect();
          const texts = [...svg.querySelectorAll('text')].filter((one) => !one.hasAttribute('transform'));
          const boxes = texts.map((one) => [one.textContent, one.getBoundingClientRect()]);
          const out = boxes.filter(([, b]) => b.left < edge.left - 3 || b.right > edge.right + 3)
            .map(([text]) => 'outside: ' + text);
          const over = boxes.flatMap(([a, p], i) => boxes.slice(i + 1).filter(([, q]) =>
            Math.min(p.right, q.right) - Math.max(p.left, q.left) > 3 &&
            Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top) > 5).map(([b]) => 'over: ' + a + ' / ' + b));
          return [...out, ...over].map((one) => svg.parentElement.id + ' ' + one);
        })"""
    )
    assert found == []


def test_values_are_told_by_pointer_and_by_keys(opened):
    frame = opened.locator('[id="contest-paths"]')
    frame.scroll_into_view_if_needed()
    box = frame.bounding_box()
    opened.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    tip = opened.locator("#tip")
    assert tip.is_visible()
    assert "actual: " in tip.inner_text()
    frame.focus()
    opened.keyboard.press("ArrowRight")
    first = tip.inner_text()
    opened.keyboard.press("ArrowRight")
    assert tip.inner_text() != first
    assert opened.locator(".unseen").inner_text()
    opened.keyboard.press("Escape")
    assert not tip.is_visible()


def test_a_click_keeps_a_node_and_escape_lets_go(opened):
    frame = opened.locator('[id="standing-picture"]')
    nodes = frame.locator("circle.node")
    nodes.nth(3).click()
    assert frame.locator('circle.node[opacity="0.2"]').count() > 0
    frame.focus()
    opened.keyboard.press("Escape")
    assert frame.locator('circle.node[opacity="0.2"]').count() == 0
    opened.keyboard.press("ArrowRight")
    opened.keyboard.press("Enter")
    assert frame.locator('circle.node[opacity="0.2"]').count() >= 0


def test_the_chooser_draws_another_facet(opened):
    frame = opened.locator('[id="contest-paths"]')
    before = frame.inner_html()
    opened.locator('[data-chooser="contest-paths"]').select_option("New York, Information")
    assert frame.inner_html() != before
    opened.locator('figure:has([id="contest-paths"]) [data-do="table"]').click()
    rows = opened.locator("#t-contest-examples .now")
    assert "of New York, Information: 33 rows" in rows.inner_text()
    opened.locator('[data-chooser="contest-paths"]').select_option("Iowa, Educational Services")
    assert "of Iowa, Educational Services" in rows.inner_text()


def test_files_are_given_and_hold_no_formula(opened):
    figure = opened.locator('figure:has([id="contest-paths"])')
    for kind, start in (("svg", "<svg"), ("csv", "year,value,line")):
        with opened.expect_download() as waiting:
            figure.locator(f'[data-do="{kind}"]').click()
        text = Path(waiting.value.path()).read_text(encoding="utf-8")
        assert start in text.split("\n")[0]
        assert waiting.value.suggested_filename == f"contest-paths.{kind}"
        if kind == "svg":
            assert "var(" not in text
            assert "Establishments: actual and forecast" in text


def test_the_keyboard_alone_goes_everywhere(opened):
    opened.keyboard.press("Tab")
    assert opened.evaluate("() => document.activeElement.className") == "skip"
    opened.keyboard.press("n")
    opened.wait_for_function("() => document.activeElement.id === 'h-poles'")
    opened.keyboard.press("t")
    assert opened.locator("#t-poles-portrait td").first.is_visible()
    opened.keyboard.press("?")
    assert opened.locator("dialog#keys").is_visible()
    opened.keyboard.press("Escape")
    assert not opened.locator("dialog#keys").is_visible()
    reached = set()
    for _ in range(110):
        opened.keyboard.press("Tab")
        reached.add(opened.evaluate("() => (document.activeElement.dataset.do || document.activeElement.className)"))
        outline = opened.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none" or opened.evaluate("() => document.activeElement === document.body")
    assert {"table", "svg", "csv", "code", "canvas", "scroll"} <= reached


@pytest.mark.parametrize("opened", [{"color_scheme": "light"}, {"color_scheme": "dark"}], indirect=True)
def test_axe_finds_no_fault(opened):
    if not AXE.exists():
        pytest.skip("axe-core is not here: run `npm ci` in front/")
    for table in opened.locator("figure [data-do=table]").all():
        table.click()
    opened.evaluate(f"() => {{ {AXE.read_text(encoding='utf-8')} }}")
    found = opened.evaluate(
        "async () => { const all = await axe.run(); return [all.passes.length, all.violations.map((one) => one.id"
        " + ': ' + one.nodes.slice(0, 3).map((node) => node.target + ' ' + node.failureSummary).join(' | '))]; }"
    )
    assert found[0] > 15, "axe looked at nothing"
    assert found[1] == []


@pytest.mark.parametrize("opened", [{"java_script_enabled": False}], indirect=True)
def test_without_a_script_words_and_tables_stand(opened):
    body = opened.locator("body").inner_text()
    for answer in record():
        assert answer.finding.claim in body
    assert opened.locator("details:not([open])").count() == 0
    assert opened.locator("td").first.is_visible()
    assert "figures/contest-paths.svg" in body


def test_it_prints_on_a4_without_the_rail(opened, tmp_path):
    opened.emulate_media(media="print")
    assert not opened.locator("nav.rail").is_visible()
    assert not opened.locator(".tools").first.is_visible()
    closed = opened.locator("details.table:not(.drawn):not([open]) > summary .file")
    assert closed.count() > 0
    assert all(one.is_visible() for one in closed.all())
    paper = opened.pdf(format="A4", prefer_css_page_size=True)
    assert paper.startswith(b"%PDF")
    assert 4 <= len(re.findall(rb"/Type\s*/Page\b", paper)) <= 30


def test_dark_changes_the_colours_and_not_the_words(chromium, report):
    seen = {}
    for scheme in ("light", "dark"):
        tab = chromium.new_page(color_scheme=scheme, viewport=DESK)
        tab.goto(report.as_uri())
        seen[scheme] = (
            tab.evaluate("() => getComputedStyle(document.body).backgroundColor"),
            tab.locator("main").inner_text(),
        )
        tab.close()
    assert seen["light"][0] != seen["dark"][0]
    assert seen["light"][1] == seen["dark"][1]

"""A network of thousands in a real browser: thinned and said so, told by pointer, keys and search, nearer and whole."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest

from coevolve.evidence.network import Network
from coevolve.inquiry.record import Answer, Record
from coevolve.show.figure import figure_svg
from coevolve.show.page import page
from coevolve.themes.influence import standing

AXE = Path(__file__).resolve().parents[2] / "front" / "node_modules" / "axe-core" / "axe.min.js"
KINDS = ("firm", "university", "institute")


@pytest.fixture(scope="module")
def finding() -> Any:
    """2 000 organisations, a few of them hubs, in three kinds; ties weighted and two years of them."""
    graph = nx.barabasi_albert_graph(2_000, 3, seed=1)
    ends = np.array(graph.edges)
    made = np.random.default_rng(1)
    network = Network(
        tuple(f"organisation {k}" for k in range(2_000)),
        ends[:, 0],
        ends[:, 1],
        made.geometric(0.4, len(ends)).astype(float),
        False,
        year=made.integers(2017, 2019, len(ends)),
        kinds=tuple(KINDS[k] for k in made.integers(0, 3, 2_000)),
    )
    return standing(network, sample=20)


@pytest.fixture(scope="module")
def report(finding: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("network") / "report.html"
    page(Record("Who is tied to whom", 1, "", (Answer("standing", "standing", {}, finding),), ()), path)
    assert path.stat().st_size < 500_000
    return path


@pytest.fixture
def opened(chromium: Any, report: Path, request: pytest.FixtureRequest) -> Iterator[Any]:
    told: list[str] = []
    context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, **getattr(request, "param", {})})
    tab = context.new_page()
    tab.on("console", lambda message: told.append(message.text))
    tab.on("pageerror", lambda error: told.append(str(error)))
    tab.goto(report.as_uri())
    tab.locator(CANVAS).scroll_into_view_if_needed()
    yield tab
    context.close()
    assert told == []


CANVAS = '[id="standing-picture"]'
SETTLED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(null))))"


def circles(tab: Any, which: str = "circle.node") -> int:
    tab.evaluate(SETTLED)
    return int(tab.locator(f"{CANVAS} {which}").count())


def press(tab: Any, key: str) -> None:
    tab.locator(CANVAS).press(key)
    tab.evaluate(SETTLED)


def neighbours(finding: Any, name: str) -> set[str]:
    links = finding["picture_links"].rows()
    return {str(one["target"]) for one in links if one["source"] == name} | {
        str(one["source"]) for one in links if one["target"] == name
    }


def test_what_is_left_out_is_said_and_all_that_is_drawn_is_in_the_table(opened: Any, finding: Any) -> None:
    said = opened.locator("figure", has=opened.locator(CANVAS)).locator("figcaption").inner_text()
    assert "600 of 2000 actors (those of highest closeness), 1200 of " in said
    assert re.search(r"the strongest of each and \d+ next strongest\), 2017 to 2018", said)
    drawn = opened.evaluate(
        f"() => [...document.querySelectorAll('{CANVAS} circle.node')].map((one) => one.dataset.name)"
    )
    assert sorted(drawn) == sorted(finding["picture_actors"]["label"].tolist())
    assert circles(opened, "path.mark") == len(finding["picture_links"])
    legend = opened.locator(f"{CANVAS} g[data-tip]").all_text_contents()
    assert sorted(legend) == sorted(KINDS)


def test_the_figure_of_its_own_draws_the_same(opened: Any, finding: Any) -> None:
    chart = next(one for one in finding.charts if one.name == "picture")
    text = figure_svg(chart, finding)
    assert text == figure_svg(chart, finding)
    assert len(re.findall("<circle", text)) == circles(opened)
    assert chart.subtitle.split(" (")[0] in text
    place = "(one) => ['cx', 'cy'].map((axis) => Number(one.getAttribute(axis)))"
    there = opened.evaluate(f"() => [...document.querySelectorAll('{CANVAS} circle')].map({place})")
    here = [(float(a), float(b)) for a, b in re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', text)]
    apart = np.array(there) - np.array(there).mean(0)
    own = np.array(here) - np.array(here).mean(0)
    scale = np.ptp(apart[:, 0]) / np.ptp(own[:, 0])
    assert np.abs(apart - scale * own).max() < 1.0  # a tenth of a pixel is rounded away


def test_a_click_lights_the_neighbours_alone(opened: Any, finding: Any) -> None:
    name = str(finding["picture_actors"]["label"][0])
    opened.locator(f'{CANVAS} circle[data-name="{name}"]').click()
    lit = opened.evaluate(
        f"() => [...document.querySelectorAll('{CANVAS} circle:not(.dim)')].map((one) => one.dataset.name)"
    )
    assert set(lit) == {name, *neighbours(finding, name)}
    assert circles(opened) == len(finding["picture_actors"])
    press(opened, "Escape")
    assert circles(opened, "circle.dim") == 0


def test_the_pointer_tells_name_kind_and_values(opened: Any, finding: Any) -> None:
    first = finding["picture_actors"].rows()[0]
    opened.locator(f'{CANVAS} circle[data-name="{first["label"]}"]').hover()
    told = opened.locator("#tip").inner_text().split("\n")
    assert told[:2] == [first["label"], first["group"]]
    assert f"ties: {first['size']}" in told
    assert any(re.fullmatch(r"\d+ of them drawn", line) for line in told)
    assert {"rank: 1", f"closeness: {first['closeness']:.3g}"} <= set(told)
    assert not any(line.startswith(("x:", "y:")) for line in told)


def test_an_entry_of_the_legend_lights_its_kind(opened: Any, finding: Any) -> None:
    groups = finding["picture_actors"]["group"].tolist()
    opened.locator(f"{CANVAS} g[data-tip]", has_text="university").click()
    assert circles(opened, "circle:not(.dim)") == groups.count("university")
    opened.locator(f"{CANVAS} g[data-tip]", has_text="university").click()
    assert circles(opened, "circle.dim") == 0


def test_keys_buttons_and_wheel_bring_it_nearer_and_whole_again(opened: Any) -> None:
    whole = opened.locator(CANVAS).inner_html()
    everyone = circles(opened)
    press(opened, "+")
    press(opened, "+")
    few = circles(opened)
    assert 0 < few < everyone
    press(opened, "-")
    assert few < circles(opened) < everyone
    press(opened, "0")
    assert opened.locator(CANVAS).inner_html() == whole
    opened.get_by_role("button", name="nearer").click()
    assert circles(opened) < everyone
    assert "times nearer" in opened.locator(".unseen").inner_text()
    opened.get_by_role("button", name="the whole network").click()
    assert circles(opened) == everyone
    box = opened.locator(CANVAS).bounding_box()
    opened.mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] / 3)
    opened.keyboard.down("Control")
    opened.mouse.wheel(0, -300)
    opened.keyboard.up("Control")
    assert circles(opened) < everyone
    press(opened, "0")
    before = opened.evaluate("() => scrollY")
    opened.mouse.wheel(0, 120)
    opened.wait_for_function(f"() => scrollY > {before}")
    assert circles(opened) == everyone


def test_a_drag_moves_the_picture_and_keeps_nothing(opened: Any) -> None:
    press(opened, "+")
    press(opened, "+")
    before = opened.locator(CANVAS).inner_html()
    box = opened.locator(CANVAS).bounding_box()
    start = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    opened.mouse.move(*start)
    opened.mouse.down()
    opened.mouse.move(start[0] - 60, start[1] - 40, steps=4)
    opened.mouse.up()
    assert circles(opened, "circle.dim") == 0
    assert opened.locator(CANVAS).inner_html() != before


def test_a_name_is_found_by_a_part_of_it_and_a_stranger_is_not(opened: Any, finding: Any) -> None:
    search = opened.get_by_label("find", exact=True)
    name = str(finding["picture_actors"]["label"][3])
    search.fill(name.upper())
    search.press("Enter")
    lit = opened.evaluate(
        f"() => [...document.querySelectorAll('{CANVAS} circle:not(.dim)')].map((one) => one.dataset.name)"
    )
    assert name in lit
    assert set(lit) <= {name, *neighbours(finding, name)}
    assert opened.locator(".unseen").inner_text().startswith(f"{name}, ")
    press(opened, "ArrowRight")
    assert opened.locator(f"{CANVAS} .told").get_attribute("data-name") in {*lit, *(f"\u0001{kind}" for kind in KINDS)}
    search.fill("nobody of that name")
    search.press("Enter")
    assert opened.locator(".look output").first.inner_text() == "not among the 600 in this picture"


def test_axe_finds_no_fault(opened: Any) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not here: run `npm ci` in front/")
    opened.evaluate(f"() => {{ {AXE.read_text(encoding='utf-8')} }}")
    looked = "await axe.run(document.querySelector('figure'))"
    fault = "(one) => one.id + ': ' + one.nodes.slice(0, 3).map((node) => node.failureSummary).join(' | ')"
    found = opened.evaluate(
        f"async () => {{ const all = {looked}; return [all.passes.length, all.violations.map({fault})]; }}"
    )
    assert found[0] > 5, "axe looked at nothing"
    assert found[1] == []


@pytest.mark.parametrize("opened", [{"viewport": {"width": 390, "height": 844}}], indirect=True)
def test_it_fits_a_small_screen_and_prints_without_its_tools(opened: Any) -> None:
    assert opened.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    assert circles(opened) == 600
    opened.emulate_media(media="print")
    assert not opened.locator(".look").first.is_visible()
    assert opened.locator(CANVAS).is_visible()

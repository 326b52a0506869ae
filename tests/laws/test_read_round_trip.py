"""What is written is read back, whatever the delimiter, decimal mark, order of rows or speed of the road."""

import csv
import io

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from coevolve.evidence import delimited as roads
from coevolve.evidence.derive import derived
from coevolve.evidence.library import panel
from coevolve.evidence.numbers import Style, parse
from coevolve.evidence.panel import Panel, Status
from coevolve.evidence.read_panel import natural

LABELS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=1, max_size=8
)
NUMBERS = st.floats(-1e12, 1e12, allow_nan=False).map(lambda one: round(one, 6))


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    regions = draw(st.lists(LABELS, min_size=1, max_size=4, unique=True))
    years = range(2000, 2000 + draw(st.integers(1, 5)))
    rows = [(region, year, draw(NUMBERS)) for region in regions for year in years]
    return pd.DataFrame(rows, columns=["place", "year", "level"])


def written(table: pd.DataFrame, delimiter: str, decimal: str, quoting: int = csv.QUOTE_MINIMAL) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, quoting=quoting)
    writer.writerow(table.columns)
    for place, year, level in table.itertuples(index=False):
        writer.writerow([place, year, format(level, ".6f").replace(".", decimal)])
    return out.getvalue().encode()


def of(content: bytes) -> Panel:
    table = roads.delimited(content, "p.csv")
    from coevolve.evidence.read_panel import read_panel
    from coevolve.evidence.specification import specification

    keys = {"file": "p.csv", "region": "place", "year": "year", "values": ["level"]}
    return read_panel(table, specification(keys, "p"), "p")[0]


@given(
    tables(), st.sampled_from([(",", "."), (";", "."), (";", ","), ("\t", ","), ("|", "."), (",", ",")]), st.booleans()
)
def test_a_written_table_is_read_back(table: pd.DataFrame, marks: tuple[str, str], quoted: bool) -> None:
    found = of(written(table, *marks, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL))
    assert found.digest() == panel(table, region="place", year="year", values=["level"]).digest()


@given(tables(), st.randoms())
def test_the_order_of_rows_does_not_matter(table: pd.DataFrame, random: object) -> None:
    order = list(range(len(table)))
    random.shuffle(order)  # type: ignore[attr-defined]
    keys = {"region": "place", "year": "year", "values": ["level"]}
    assert panel(table.iloc[order], **keys).digest() == panel(table, **keys).digest()


@given(st.lists(NUMBERS, min_size=1, max_size=20))
def test_numbers_with_thousands_are_read_back(numbers: list[float]) -> None:
    for text, decimal in (
        (lambda x: f"{x:,.6f}", "."),
        (lambda x: f"{x:,.6f}".translate(str.maketrans(",.", ".,")), ","),
    ):
        cells = np.array([text(one) for one in numbers], object)
        parsed = parse(cells, Style(decimal))
        assert not len(parsed.wrong)
        assert np.allclose(parsed.values, numbers, rtol=1e-15, atol=0)


@given(st.text(max_size=12))
def test_any_cell_is_a_number_a_mark_or_a_fault(text: str) -> None:
    for decimal in (".", ","):
        parsed = parse(np.array([text], object), Style(decimal))
        assert len(parsed.wrong) == 1 or np.isfinite(parsed.values[0]) == (parsed.status[0] == Status.OBSERVED)


@given(st.lists(st.text(max_size=6), max_size=12))
def test_natural_order_is_total(labels: list[str]) -> None:
    assert sorted(sorted(labels, key=natural, reverse=True), key=natural) == sorted(labels, key=natural)


@given(tables())
def test_derived_cells_equal_plain_arithmetic(table: pd.DataFrame) -> None:
    one = panel(table, region="place", year="year", values=["level"])
    made, _ = derived(one, {"x": "(level - 3) * 2 + level ** 2"}, {})
    level = one.indicator("level").values
    assert np.allclose(made.indicator("x").values, (level - 3) * 2 + level**2, equal_nan=True)

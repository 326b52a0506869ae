"""Inputs that are refused, one after the other: each with place, value and repair, and nothing left behind."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from coevolve.cli.app import REFUSED, call

KEYS = 'file = "{file}"\nregion = "region"\nindustry = "industry"\nyear = "year"\nvalues = ["output"]\n'
GROWTH = '[[ask]]\nquestion = "growth"\npanel = "firms"\nof = "output"\n'
POLES = '[[ask]]\nquestion = "symbiosis"\npanel = "firms"\nof = "output"\npoles = ["steel", "glass"]\n'


def rows(
    years: range = range(2001, 2021), industries: tuple[str, ...] = ("steel", "glass", "cloth")
) -> list[list[str]]:
    """A sound panel: two regions, three industries, twenty years."""
    draw = np.random.default_rng(5)
    listed = []
    for region in ("Hubei", "Hunan"):
        for k, industry in enumerate(industries):
            for t, year in enumerate(years):
                level = 100.0 / (1 + 8 * np.exp(-(0.15 + 0.05 * k) * t)) * np.exp(draw.normal(0, 0.02))
                listed.append([region, industry, str(year), f"{level:.2f}"])
    return listed


def table(listed: list[list[str]], head: str = "region,industry,year,output") -> str:
    return "\n".join([head, *(",".join(row) for row in listed)]) + "\n"


def changed(change: Callable[[list[list[str]]], None]) -> str:
    listed = rows()
    change(listed)
    return table(listed)


def put(place: int, column: int, value: str) -> str:
    def change(listed: list[list[str]]) -> None:
        listed[place][column] = value

    return changed(change)


@dataclass(frozen=True)
class Case:
    """One broken input: its files, the study's words, and what the refusal must hold."""

    name: str
    said: tuple[str, ...]
    files: dict[str, str | bytes] = field(default_factory=dict)
    keys: str = KEYS
    asks: str = GROWTH
    file: str = "firms.csv"


def accounts(output: float) -> dict[str, str | bytes]:
    flows = "from,to,flow\na,a,10\na,b,20\nb,a,30\nb,b,5\n"
    vectors = f"sector,gross_output,final_demand\na,{output},50\nb,100,65\n"
    return {"firms.csv": flows, "vectors.csv": vectors}


def recoded(row: list[str]) -> str:
    """Telecommunications were 513 and became 517."""
    return ("517" if int(row[2]) > 2010 else "513") if row[1] == "steel" else row[1]


IO = 'kind = "accounts"\nfile = "firms.csv"\nfrom = "from"\nto = "to"\nflow = "flow"\nvectors = "vectors.csv"\n'
TWO = (
    KEYS.format(file="firms.csv")
    + '\n[evidence.more]\nfile = "more.csv"\nregion = "region"\nyear = "year"\nvalues = ["patents"]\n'
)

CASES = [
    Case(
        "text in a number column",
        ("firms.csv, row 6", "'output' is not a number", '"n.a."'),
        {"firms.csv": put(4, 3, "n.a.")},
    ),
    Case("a duplicate key", ("firms.csv, row", "Hubei", "steel", "2001"), {"firms.csv": table([*rows(), rows()[0]])}),
    Case(
        "a gap inside a series",
        ("firms.csv", "Hubei/steel", "2011"),
        {"firms.csv": table([r for k, r in enumerate(rows()) if k != 10])},
    ),
    Case(
        "a misspelt label",
        ("Hubei/steel has no 2011", "'stel' stands there instead", "labels = { 'stel' = \"steel\" }"),
        {"firms.csv": put(10, 1, "stel")},
    ),
    Case(
        "an unknown column",
        ("no column", "province"),
        {"firms.csv": table(rows())},
        KEYS.replace('region = "region"', 'region = "province"'),
    ),
    Case(
        "a misspelt key",
        ("no key 'regoin'", "Did you mean 'region'?"),
        {"firms.csv": table(rows())},
        KEYS.replace("region =", "regoin ="),
    ),
    Case(
        "a misspelt option",
        ("ask 1: 'growth' has no option 'untill'", "'until'"),
        {"firms.csv": table(rows())},
        asks=GROWTH + "untill = 2030\n",
    ),
    Case(
        "a misspelt question",
        ("there is no question 'grwth'", "'growth'"),
        {"firms.csv": table(rows())},
        asks=GROWTH.replace("growth", "grwth"),
    ),
    Case(
        "a misspelt pole",
        ("there is no pole 'steal'", "Did you mean 'steel'?"),
        {"firms.csv": table(rows())},
        asks=POLES.replace('"steel"', '"steal"'),
    ),
    Case("a negative stock", ("firms.csv, row 4", "negative", "-5"), {"firms.csv": put(2, 3, "-5")}),
    Case("an infinite number", ("firms.csv, row 4", "infinite", "1e999"), {"firms.csv": put(2, 3, "1e999")}),
    Case("an empty file", ("firms.csv", "the file is empty"), {"firms.csv": ""}),
    Case("a header only", ("firms.csv", "no row", "region"), {"firms.csv": "region,industry,year,output\n"}),
    Case("a file that is not there", ("frims.csv", "firms.csv"), {"firms.csv": table(rows())}, file="frims.csv"),
    Case(
        "not the format its name says",
        ("firms.xlsx", "not the excel file"),
        {"firms.xlsx": table(rows())},
        file="firms.xlsx",
    ),
    Case(
        "two columns of one name",
        ("firms.csv", "output", "two columns"),
        {"firms.csv": table([[*r, "1"] for r in rows()], "region,industry,year,output,output")},
    ),
    Case(
        "one pole",
        ("'poles' needs two or more", "steel"),
        {"firms.csv": table(rows())},
        asks=POLES.replace(', "glass"', ""),
    ),
    Case(
        "a spectral radius of one",
        ("spectral radius", "1."),
        accounts(15.0),
        IO,
        '[[ask]]\nquestion = "standing"\nnetwork = "firms"\n',
    ),
    Case(
        "a pole named twice",
        ("the pole 'steel' is named twice",),
        {"firms.csv": table(rows())},
        asks=POLES.replace('"glass"', '"steel"'),
    ),
    Case(
        "until before the data ends",
        ("until", "2015", "2020"),
        {"firms.csv": table(rows())},
        asks=GROWTH + "until = 2015\n",
    ),
    Case(
        "a hold_out longer than the data",
        ("hold_out", "25", "20"),
        {"firms.csv": table(rows())},
        asks='[[ask]]\nquestion = "contest"\npanel = "firms"\nof = "output"\nhold_out = 25\n',
    ),
    Case(
        "an ask that reads a later one",
        ("'later' is asked later than here", "Move ask 'later'"),
        {"firms.csv": table(rows())},
        asks='[[ask]]\nquestion = "recovery"\nof = "later"\ntruth = []\n\n' + POLES + 'name = "later"\n',
    ),
    Case(
        "two asks of one name",
        ("ask 2: two asks are called 'growth'",),
        {"firms.csv": table(rows())},
        asks=GROWTH + GROWTH,
    ),
    Case(
        "no overlap between panels",
        ("these panels share no region",),
        {
            "firms.csv": table(rows()),
            "more.csv": "region,year,patents\nOhio,2001,5\nOhio,2002,6\nIowa,2001,3\nIowa,2002,4\n",
        },
        TWO,
        GROWTH.replace('"firms"', '["firms", "more"]'),
    ),
    Case(
        "a query that is no SELECT",
        ("a query is one SELECT",),
        {"firms.csv": table(rows())},
        KEYS.replace('file = "{file}"', 'query = "DROP TABLE x"'),
    ),
    Case(
        "an own file without the class",
        ("own.py has no Question called 'Evenness'",),
        {"firms.csv": table(rows()), "own.py": "x = 1\n"},
        asks=GROWTH.replace("growth", "own.py:Evenness"),
    ),
    Case(
        "region codes of two vintages",
        ("vintages", "firms.csv"),
        {"firms.csv": table([["FR21" if r[0] == "Hubei" else "FRF2", *r[1:]] for r in rows()])},
    ),
    Case(
        "classifications that differ between years",
        ("the classification of industries changes between 2010 and 2011", "513 end in 2010; 517 begin in 2011"),
        {"firms.csv": table([[r[0], recoded(r), *r[2:]] for r in rows()])},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name.replace(" ", "-") for case in CASES])
def test_it_is_refused_with_place_value_and_repair(
    case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, content in case.files.items():
        place = tmp_path / name
        place.write_bytes(content.encode() if isinstance(content, str) else content)
    keys = case.keys.replace("{file}", case.file)
    (tmp_path / "study.toml").write_text(f'title = "t"\nseed = 7\n\n[evidence.firms]\n{keys}\n{case.asks}')
    before = sorted(tmp_path.iterdir())
    code = call(["run", str(tmp_path / "study.toml"), "--out", str(tmp_path / "out")])
    said = capsys.readouterr().err
    assert code == REFUSED, said
    for word in case.said:
        assert word in said, said
    assert "Traceback" not in said
    assert str(tmp_path) + os.sep + "out" not in said
    assert sorted(tmp_path.iterdir()) == before

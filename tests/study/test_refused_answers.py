"""Symbiosis of data that cannot tell: the Finding says what cannot be known, and the other asks go on."""

import json
from pathlib import Path

import numpy as np
import pytest

from coevolve.cli.app import call

HEAD = (
    'title = "t"\nseed = 7\n\n[evidence.firms]\nfile = "firms.csv"\nregion = "region"\nindustry = "industry"\n'
    'year = "year"\nvalues = ["output"]\n'
)
POLES = '\n[[ask]]\nname = "poles"\nquestion = "symbiosis"\npanel = "firms"\nof = "output"\npoles = {poles}\n'
GROWTH = '\n[[ask]]\nquestion = "growth"\npanel = "firms"\nof = "output"\n'
TWO = ("steel", "glass")


def levels(industries=TWO, years=20, regions=("Hubei", "Hunan")) -> np.ndarray:
    """Poles that grow towards a ceiling, each at its own speed, counted with a little noise."""
    draw = np.random.default_rng(5)
    time = np.arange(years)
    speed = 0.15 + 0.02 * np.arange(len(industries))[:, None]
    grown = 100.0 / (1.0 + 8.0 * np.exp(-speed * time))
    return grown * np.exp(draw.normal(0.0, 0.02, (len(regions), len(industries), years)))


def write(folder: Path, values: np.ndarray, industries=TWO, asks: str = "") -> Path:
    regions = ("Hubei", "Hunan")[: len(values)]
    lines = ["region,industry,year,output"]
    lines += [
        f"{region},{industry},{2001 + t},{values[r, k, t]:.8g}"
        for r, region in enumerate(regions)
        for k, industry in enumerate(industries)
        for t in range(values.shape[2])
    ]
    (folder / "firms.csv").write_text("\n".join(lines) + "\n")
    study = folder / "study.toml"
    study.write_text(HEAD + POLES.format(poles=json.dumps(industries)) + (asks or GROWTH))
    return study


def run(study: Path, *more: str) -> tuple[int, dict[str, dict[str, object]]]:
    out = study.parent / "out"
    code = call(["run", str(study), "--out", str(out), "--quiet", *more])
    record = json.loads((out / "record.json").read_text())
    return code, {one["name"]: one["finding"] for one in record["answers"]}


def shares() -> np.ndarray:
    values = levels()
    return values / values.sum(axis=1, keepdims=True)


def twins() -> np.ndarray:
    values = levels()
    return np.stack([values[:, 0], 2.0 * values[:, 0]], axis=1)


MANY = tuple(f"pole {k}" for k in range(10))

CASES = {
    "shares": (shares(), TWO, "shares, not levels", "Give levels"),
    "poles that move as one": (twins(), TWO, "'steel' and 'glass' move as one", "Keep one of"),
    "six years": (levels(years=6), TWO, "no region has 8 years", "Use a longer panel"),
    "ten poles from one region": (
        levels(MANY, regions=("Hubei",)),
        MANY,
        "90 effects between 10 poles",
        "Choose among",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_answered_and_the_other_asks_go_on(name, tmp_path, capsys):
    values, industries, why, do = CASES[name]
    study = write(tmp_path, values, industries)
    code, found = run(study)
    assert code == 0, capsys.readouterr().err
    assert "cannot be known from these data" in found["poles"]["claim"]
    assert why in found["poles"]["claim"]
    (note,) = found["poles"]["notes"]
    assert note["level"] == "caution"
    assert note["text"].startswith(do)
    assert (tmp_path / "out" / "tables" / "poles" / "decide.csv").is_file()
    assert "grew" in found["growth"]["claim"]


def test_strict_fails_with_what_to_do(tmp_path, capsys):
    code, _ = run(write(tmp_path, shares()), "--strict")
    assert code == 1
    assert "poles: Give levels" in capsys.readouterr().err


def test_a_check_says_it_before_anything_is_computed(tmp_path, capsys):
    assert call(["check", str(write(tmp_path, shares()))]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "poles: can be asked symbiosis will say what cannot be known." in said


LATER = {
    "scenario": 'change = [{ year = 2022, pole = "steel", what = "capacity", by = 1.2 }]',
    "shock": 'pole = "steel"',
    "recovery": 'truth = [{ parameter = "rate", pole = "steel", value = 0.2 }]',
}


def test_asks_that_read_the_fit_say_that_there_is_none(tmp_path, capsys):
    asks = "".join(f'\n[[ask]]\nquestion = "{name}"\nof = "poles"\n{option}\n' for name, option in LATER.items())
    code, found = run(write(tmp_path, shares(), asks=asks + GROWTH))
    assert code == 0, capsys.readouterr().err
    for name in LATER:
        assert found[name]["claim"] == "Not answered: it reads the fit of 'poles', and that ask made none."
        (note,) = found[name]["notes"]
        assert note["level"] == "caution"
        assert "shares, not levels" in note["text"]
    assert "grew" in found["growth"]["claim"]
    assert call(["run", str(tmp_path / "study.toml"), "--out", str(tmp_path / "out"), "--strict", "--quiet"]) == 1


def test_the_library_raises_what_cannot_be_known():
    from coevolve.errors import DataError
    from coevolve.evidence.panel import Panel
    from coevolve.themes.symbiosis import fit

    panel = Panel.of({"output": shares()}, regions=["Hubei", "Hunan"], periods=range(2001, 2021), industries=TWO)
    with pytest.raises(DataError, match=r"symbiosis\.fit: How steel and glass act.*shares.*Give levels"):
        fit(panel, "output", TWO)

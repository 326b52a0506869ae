"""`coevolve new`: a study to begin with, from a made world, a worked example, or the user's own data."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import tomli_w

from ..errors import DataError, StudyError, nearest
from ..evidence.panel import Panel
from ..inquiry import catalogue
from ..show.whole import write_text
from ..study.study import toml_value
from .made import files_of

SEED = 7
EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "first-look": (),
    "tong-wang": ("lagged-ties", "two-poles", "supply-chain"),
}
"""Each example with the made worlds it reads; the first look reads real series that come with coevolve."""
SERIES = (("us-employment.csv", "employment.csv"), ("iowa-electricity.csv", "electricity.csv"))


def write_study(folder: Path, world: str | None, example: str | None, data: Path | None) -> int:
    """Make the folder with study.toml and what it reads; refuses a folder that holds files already."""
    if sum(one is not None for one in (world, example, data)) > 1:
        said = ", ".join(str(one) for one in (world, example, data) if one is not None)
        raise StudyError("--world, --example and --from exclude each other.", got=said, do="Give one of them.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StudyError("this folder is there already and holds files.", str(folder), do="Choose another name.")
    if world is not None:
        _write_world(folder, world)
    elif data is not None:
        _write_guess(folder, data)
    else:
        _write_example(folder, example or "first-look")
    study = folder / "study.toml"
    print(f"wrote {study}\nnext: coevolve check {study}\n      coevolve run {study}")
    return 0


def _write_world(folder: Path, name: str) -> None:
    made = catalogue.world(name, SEED)
    evidence: dict[str, Any] = {}
    for label, piece in made.pieces.items():
        said = dict(piece.keys)
        for file, text in files_of(label, piece.item).items():
            write_text(folder / file, text)
        evidence[label] = {"file": f"{label}.csv", **said}
    study: dict[str, Any] = {"title": f"A world with known truth: {name}", "seed": SEED, "evidence": evidence}
    asks = "".join(f"\n[[ask]]\n{_keys(ask)}" for ask in made.asks)
    write_text(folder / "study.toml", f"# {_one_line(made.story)}\n{tomli_w.dumps(study)}{asks}")


def _write_guess(folder: Path, data: Path) -> None:
    from ..evidence.guess import guess

    if not data.is_file():
        raise StudyError("there is no such file.", str(data), do="Name a CSV, Parquet, Excel, Stata or SDMX-CSV file.")
    name = "data"
    keys: Mapping[str, tuple[Any, str]] = guess(data)
    lines = [
        f"{key} = {toml_value(value)}" + (f"   # {_one_line(why)}" if why else "") for key, (value, why) in keys.items()
    ]
    kind = keys.get("kind", ("panel", ""))[0]
    first = _first_indicator(data, name, keys) if kind == "panel" else ""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(data, folder / data.name)
    title = data.name.split(".")[0].replace("_", " ").replace("-", " ")
    head = f"title = {toml_value(title)}\nseed  = {SEED}\n\n# Every column below was guessed: correct what is wrong.\n"
    evidence = f"[evidence.{name}]\nfile = {toml_value(data.name)}\n" + "\n".join(lines) + "\n"
    write_text(folder / "study.toml", f"{head}{evidence}\n{_first_ask(kind, name, first)}")


def _first_ask(kind: str, name: str, first: str) -> str:
    if kind == "network":
        return f'[[ask]]\nquestion = "standing"\nnetwork  = "{name}"\n'
    if kind == "accounts":
        return f'[[ask]]\nquestion = "consumption"\naccounts = "{name}"\n'
    asks = [
        f'[[ask]]\nquestion = "growth"\npanel    = "{name}"\nof       = {toml_value(first)}\n',
        f'[[ask]]\nquestion = "contest"             # it holds out as much as the data allow\n'
        f'panel    = "{name}"\nof       = {toml_value(first)}\n',
    ]
    return "\n".join(asks)


def _first_indicator(data: Path, name: str, keys: Mapping[str, tuple[Any, str]]) -> str:
    """The first indicator of a panel as its file gives it; by its columns where the panel has faults to be mended."""
    from ..evidence.files import table_of
    from ..evidence.read import read

    said = {"file": data.name, **{key: value for key, (value, _) in keys.items()}}
    try:
        item = read(said, name=name, base=data.resolve().parent).item
        return next(iter(item.indicators)) if isinstance(item, Panel) else name
    except DataError:
        if "indicator" in said:
            labels = table_of(data, data.name).labels(said["indicator"])[1]
            return next((label for label in labels if label), name)
        values = said.get("values", [name])
        return str(values[0] if isinstance(values, list | tuple) else values)


def _one_line(words: str) -> str:
    """Words fit for a comment: no line breaks, no signs that TOML forbids there."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in words).split())


def _write_example(folder: Path, name: str) -> None:
    if name not in EXAMPLES:
        raise StudyError(f"there is no example '{name}'.", got=name, do=nearest(name, list(EXAMPLES)))
    if not EXAMPLES[name]:
        series = files("vega_datasets") / "_data"
        for source, target in SERIES:
            write_text(folder / target, (series / source).read_text(encoding="utf-8"))
    for world in EXAMPLES[name]:
        pieces = catalogue.world(world, SEED).pieces
        for label, piece in pieces.items():
            for file, text in files_of(world if len(pieces) == 1 else label, piece.item).items():
                write_text(folder / file, text)
    text = (files("coevolve.cli") / "examples" / f"{name}.toml").read_text(encoding="utf-8")
    write_text(folder / "study.toml", text)


def _keys(ask: Mapping[str, Any]) -> str:
    width = max(len(key) for key in ask)
    return "".join(f"{key:<{width}} = {toml_value(value)}\n" for key, value in ask.items())

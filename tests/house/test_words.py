"""The project speaks of itself alone, and of no particular machine."""

import os
import re
from pathlib import Path

import pytest
from syntax import ROOT

SKIPPED = {"node_modules", "__pycache__", "static", "build", "dist", "first-look"}
READ = {".py", ".md", ".toml", ".ts", ".css", ".json", ".cff", ".lock", ".html", ".j2", ".yml", ".yaml", ".sh", ""}

# A folder of somebody's machine.
PATHS = r"(?<![\w.:/<-])(?:/work/|/root/|/home/\w|/Users/\w|[A-Z]:\\Users\\)"

# Talk about how the text came about instead of what it says.
TALK = r"(?i)\b(?:sub-?agents?|coding agents?|AI assistants?|language models?|chatbots?|as the brief says)\b"

# Where a package manager would write an address that other machines cannot reach.
ADDRESSES = r'"resolved"\s*:|--(?:extra-)?index-url|--find-links'


def texts() -> list[Path]:
    found = []
    for folder, names, files in os.walk(ROOT):
        names[:] = [name for name in names if name not in SKIPPED and not name.endswith("-out")]
        names[:] = [name for name in names if name == ".ci" or not name.startswith(".")]
        found += [Path(folder, name) for name in files if Path(name).suffix in READ]
    return sorted(path for path in found if path != Path(__file__).resolve())


def hits(pattern: str, paths: list[Path]) -> list[str]:
    compiled = re.compile(pattern)
    return [
        f"{path.relative_to(ROOT)}:{number} {line.strip()[:100]}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1)
        if compiled.search(line)
    ]


def test_there_are_texts_to_read():
    assert {"go.py", "README.md", "pyproject.toml", "test_setup.py"} <= {path.name for path in texts()}


@pytest.mark.parametrize(("what", "pattern"), [("a machine's own path", PATHS), ("talk about the writing", TALK)])
def test_no_text_holds(what, pattern):
    found = hits(pattern, texts())
    assert not found, f"{what}:\n" + "\n".join(found)


def test_no_lock_holds_an_address():
    locks = [path for path in texts() if path.name in ("requirements.lock", "package-lock.json")]
    assert locks
    found = hits(ADDRESSES, locks)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("bad", ["see /work/x", "in /home/ann/data", r"C:\Users\ann", "read /root/.cache"])
def test_a_machine_s_path_is_seen(bad):
    assert re.search(PATHS, bad)


@pytest.mark.parametrize("good", ["GET /studies/home/", "https://example.org/work/1", "the network/root/leaf of it"])
def test_an_ordinary_word_is_not(good):
    assert not re.search(PATHS, good)

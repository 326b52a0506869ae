"""The set-up says one thing in all its files: what is locked, what is tested, what is shipped."""

import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from syntax import PACKAGE, ROOT, is_ours, modules

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
BORN_WITH = {"llvmlite": "numba"}  # each numba pins its own llvmlite; intrinsics are written with it
FORBIDDEN = {"igraph", "python-igraph", "tigramite"}


def plain(requirement: str) -> str:
    """The bare name of a requirement, as package indexes compare names."""
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert match, requirement
    return re.sub(r"[-_.]+", "-", match.group()).lower()


def declared() -> dict[str, set[str]]:
    extras = {name: {plain(item) for item in items} for name, items in PROJECT["optional-dependencies"].items()}
    return {"core": {plain(item) for item in PROJECT["dependencies"]}, **extras}


def locked() -> dict[str, list[str]]:
    """Each locked requirement with the lines that follow it."""
    found: dict[str, list[str]] = {}
    for line in LOCK.splitlines():
        if line[:1].isalnum():
            last = found.setdefault(line.rstrip(" \\"), [])
        elif line.startswith(" "):
            last.append(line)
    return found


def commands(text: str) -> list[str]:
    """Every `python3 go.py ...` on a line of its own in a fenced block."""
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```", text, flags=re.M | re.S)
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    return [re.split(r"\s{2,}|\s#", line)[0].strip() for line in lines if line.startswith("python3 go.py")]


def test_lock_has_names_versions_and_hashes_only():
    assert "://" not in LOCK
    assert not re.search(r"--(index|extra-index|find-links|trusted)", LOCK)
    bare = [
        name for name, lines in locked().items() if "==" not in name or not any("--hash=" in line for line in lines)
    ]
    assert not bare, f"no version or no hash: {bare}"


def test_lock_holds_all_that_is_declared():
    names = {plain(name) for name in locked()}
    missing = {name for group in declared().values() for name in group} - names
    assert not missing, f"run `python3 go.py lock`: {missing}"


def test_lock_serves_old_and_new_pythons():
    numpys = [name for name in locked() if name.startswith("numpy==")]
    assert any("python_full_version < '3.12'" in name for name in numpys)
    assert any("python_full_version >= '3.12'" in name for name in numpys)


@pytest.mark.parametrize("stranger", ["uv.lock", "poetry.lock", "Pipfile.lock"])
def test_there_is_one_lock(stranger):
    assert not (ROOT / stranger).exists()


def test_nothing_forbidden_is_installed_by_the_lock():
    assert not FORBIDDEN & {plain(name) for name in locked()}


def test_every_dependency_has_its_reason():
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    explained = {plain(name) for name in re.findall(r"^\| `([^`]+)` \|", text, flags=re.M)}
    wanted = {name for group in declared().values() for name in group}
    assert not wanted - explained, f"no line in docs/dependencies.md: {wanted - explained}"
    assert not explained - wanted, f"explained but no longer used: {explained - wanted}"
    for name in FORBIDDEN - {"python-igraph"}:
        assert name in text, f"docs/dependencies.md does not say why {name} is kept out"


def test_every_import_is_declared():
    """What a file imports is a dependency of ours by name, not by the grace of another package.

    What an extra brings is imported late, inside the function that needs it.
    """
    sold_by = packages_distributions()
    core = declared()["core"]
    extras = {name for extra, group in declared().items() if extra not in ("core", "build", "test") for name in group}
    broken = [
        f"{module}:{found.line} imports {found.target}"
        for module in modules()
        for found in module.imports
        if not is_ours(found.target) and (top := found.target.split(".")[0]) not in sys.stdlib_module_names
        if not {BORN_WITH.get(name, plain(name)) for name in sold_by.get(top, [top])}
        & (core | extras if found.inside else core)
    ]
    assert not broken, "not in pyproject.toml's dependencies:\n" + "\n".join(broken)


def test_ci_calls_exactly_the_readme_s_test_command():
    readme = commands((ROOT / "README.md").read_text(encoding="utf-8"))
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    called = [line.strip() for line in script.splitlines() if "go.py" in line and not line.startswith("#")]
    assert called == ["python3 go.py test"]
    assert "python3 go.py test" in readme
    assert "python3 go.py run" in readme


def test_ci_can_be_run():
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111 or sys.platform == "win32"


def test_versions_agree():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    version = PROJECT["version"]
    assert re.search(rf"^version: {re.escape(version)}$", citation, flags=re.M)
    assert f"## [{version}]" in changes
    assert "Numbers that changed and why" in changes
    said = subprocess.run([sys.executable, "-m", "coevolve", "--version"], capture_output=True, text=True, check=True)
    assert said.stdout.split()[-1] == version


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> set[str]:
    """The names in a wheel built here, without asking any package index."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("coevolve-*.whl")
    with zipfile.ZipFile(built) as archive:
        return set(archive.namelist())


def test_wheel_holds_the_whole_package(wheel):
    here = {path for path in PACKAGE.rglob("*") if path.is_file()}
    wanted = {f"coevolve/{path.relative_to(PACKAGE).as_posix()}" for path in here if not is_by_product(path)}
    packed = {name for name in wheel if name.startswith("coevolve/")}
    assert packed == wanted
    assert "coevolve/py.typed" in packed


def test_wheel_holds_the_built_page(wheel):
    static = {name for name in wheel if name.startswith("coevolve/show/static/")}
    assert any(name.endswith(".js") for name in static)


def is_by_product(path: Path) -> bool:
    return "__pycache__" in path.parts or path.suffix in (".pyc", ".nbi", ".nbc")

"""Who may import whom. Each test names the file, the line and the rule it breaks."""

import ast
from collections.abc import Iterator

import pytest
from syntax import ROOT, Import, Module, is_ours, modules, room_of

# Each room, and the rooms below it that it may know. A theme stands for each of the themes.
BELOW = {
    "errors": set(),
    "engine": set(),
    "evidence": {"errors"},
    "inquiry": {"evidence", "errors"},
    "theme": {"inquiry", "evidence", "errors", "engine"},
    "study": {"inquiry", "evidence", "errors"},
    "show": {"inquiry", "evidence", "errors"},
    "sources": {"evidence", "errors"},
    "web": {"study", "show", "inquiry", "evidence", "errors"},
    "cli": {"web", "study", "show", "sources", "inquiry", "evidence", "errors"},
    "__main__": {"cli"},
    "": set(),  # the public names are given lazily, from strings
}

# The only two imports that run upward: a Finding's Table as a frame, and its look in a notebook.
UPWARD = {
    ("coevolve.inquiry.finding", "frame", "coevolve.show.tables"),
    ("coevolve.inquiry.finding", "_repr_html_", "coevolve.show.page"),
}

# What gives frames, and where frames may stand.
FRAMES = {"pandas", "polars", "narwhals", "pyarrow"}
DRAWING = {"matplotlib", "plotly", "altair", "bokeh", "seaborn"}

# The rooms and files that may touch files and screens. files.py finds and opens what read.py is asked for; library.py
# is the door for those who read from Python.
READERS = tuple(f"coevolve.evidence.{name}" for name in ("read", "files", "library", "aggregate"))
MAY_TOUCH_FILES = (
    *READERS,
    "coevolve.inquiry.record",
    "coevolve.study",
    "coevolve.show",
    "coevolve.web",
    "coevolve.sources",
    "coevolve.cli",
    "coevolve.__main__",
)
TOUCHES = {"read_text", "read_bytes", "write_text", "write_bytes", "mkdir", "unlink", "touch", "rmdir"}
CLOCKS = {"now", "utcnow", "today"}

# Inside a theme: questions and forecasters, then the model, then the equations, never back.
HEIGHT = {"equations": 0, "questions": 2, "forecasters": 2}

MODULES = modules()


def kind(room: str) -> str:
    return "theme" if room.startswith("themes.") else room


def is_listed_upward(module: Module, found: Import) -> bool:
    return (module.name, found.inside, found.target) in UPWARD


def ours(module: Module) -> Iterator[Import]:
    return (found for found in module.imports if is_ours(found.target))


def theirs(module: Module) -> Iterator[tuple[Import, str]]:
    return ((found, found.target.split(".")[0]) for found in module.imports if not is_ours(found.target))


def test_there_is_a_house_to_look_at():
    rooms = {kind(module.room) for module in MODULES}
    assert {"errors", "engine", "evidence", "inquiry", "theme", "study", "show", "cli"} <= rooms


def test_every_folder_is_a_package():
    folders = {module.path.parent for module in MODULES}
    bare = [folder.relative_to(ROOT).as_posix() for folder in folders if not (folder / "__init__.py").exists()]
    assert not bare, f"no __init__.py in {sorted(bare)}"


def test_every_room_is_on_the_plan():
    strangers = [str(module) for module in MODULES if kind(module.room) not in BELOW and module.room != "themes"]
    assert not strangers, f"no rule says what these may import: {strangers}"


def test_imports_run_one_way_only():
    broken = []
    for module in MODULES:
        for found in ours(module):
            room = room_of(found.target)
            own = room == module.room or room == ""
            if (
                not own
                and kind(room) not in BELOW.get(kind(module.room), set())
                and not is_listed_upward(module, found)
            ):
                broken.append(f"{module}:{found.line} imports {found.target}")
    assert not broken, "against the flow:\n" + "\n".join(broken)


def test_themes_are_strangers():
    broken = [
        f"{module}:{found.line} imports {found.target}"
        for module in MODULES
        if kind(module.room) == "theme"
        for found in ours(module)
        if kind(room_of(found.target)) == "theme" and room_of(found.target) != module.room
    ]
    assert not broken, "what two themes need is lowered into engine/ or evidence/:\n" + "\n".join(broken)


def test_the_engine_knows_nothing_of_ours():
    broken = [
        f"{module}:{found.line} imports {found.target}"
        for module in MODULES
        if module.room == "engine"
        for found in ours(module)
        if room_of(found.target) != "engine"
    ]
    assert not broken, "\n".join(broken)


def test_the_two_upward_imports_are_late():
    found = {
        (module.name, found.inside, found.target)
        for module in MODULES
        for found in ours(module)
        if module.room == "inquiry" and room_of(found.target) == "show"
    }
    assert found <= UPWARD, f"new ways upward: {found - UPWARD}"


def loaded_with(start: str) -> set[str]:
    """Every file of ours that importing one of them imports, by the imports at the top of each."""
    top = {module.name: {found.target for found in ours(module) if found.at_top} for module in MODULES}
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        for target in top.get(ahead.pop(), set()) - seen:
            seen.add(target)
            ahead.append(target)
    return seen


def test_no_file_imports_itself_in_a_ring():
    rings = [module.name for module in MODULES if module.name in loaded_with(module.name)]
    assert not rings, f"these import each other in a ring: {rings}"


def height(module_name: str) -> float:
    parts = module_name.split(".")
    return HEIGHT.get(parts[3], 1) if len(parts) > 3 else -1


def test_inside_a_theme_questions_know_models_and_models_know_equations():
    broken = [
        f"{module}:{found.line} imports {found.target}"
        for module in MODULES
        if kind(module.room) == "theme" and len(module.name.split(".")) > 3
        for found in ours(module)
        if room_of(found.target) == module.room and height(found.target) > height(module.name)
    ]
    assert not broken, "never back:\n" + "\n".join(broken)


def test_equations_are_pure():
    """They know arrays, the engine and each other: no evidence, no findings, no errors of ours."""
    broken = [
        f"{module}:{found.line} imports {found.target}"
        for module in MODULES
        if kind(module.room) == "theme" and module.path.stem == "equations"
        for found in ours(module)
        if room_of(found.target) != "engine" and room_of(found.target) != module.room
    ]
    assert not broken, "\n".join(broken)


def test_questions_import_their_model_inside_answer():
    """So that `list`, `explain` and `check` load no numerical library."""
    broken = [
        f"{module} loads {target}"
        for module in MODULES
        if kind(module.room) == "theme" and module.path.stem == "questions"
        for target in sorted(loaded_with(module.name))
        if room_of(target) == "engine" or target.split(".")[3:] in (["model"], ["equations"])
    ]
    assert not broken, "\n".join(broken)


def test_frames_stand_at_the_border_only():
    broken = [
        f"{module}:{found.line} imports {found.target}"
        for module in MODULES
        for found, name in theirs(module)
        if name in FRAMES and not found.typing and module.room != "evidence" and module.name != "coevolve.show.tables"
    ]
    assert not broken, "frames live in evidence/ and show/tables.py:\n" + "\n".join(broken)


def test_nothing_draws_outside_the_page():
    broken = [f"{module}:{found.line}" for module in MODULES for found, name in theirs(module) if name in DRAWING]
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize("slow", ["scipy.stats", "jax", "networkx"])
def test_slow_libraries_are_imported_late(slow):
    """They cost a third of a second or more each; who needs one imports it where it is used."""
    late_rooms = {"jax": {"engine"}}
    broken = [
        f"{module}:{found.line}"
        for module in MODULES
        for found, _ in theirs(module)
        if (found.target == slow or found.target.startswith(slow + "."))
        and found.at_top
        and module.room not in late_rooms.get(slow, set())
    ]
    assert not broken, f"{slow} at the top of:\n" + "\n".join(broken)


def touches(module: Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name) and called.id in ("open", "print"):
            yield node.lineno, called.id
        elif isinstance(called, ast.Attribute) and called.attr in TOUCHES:
            yield node.lineno, called.attr


def test_only_the_doors_touch_files_and_screens():
    broken = [
        f"{module}:{line} calls {what}()"
        for module in MODULES
        if not module.name.startswith(MAY_TOUCH_FILES)
        for line, what in touches(module)
    ]
    assert not broken, "\n".join(broken)


def science() -> Iterator[Module]:
    """The files whose results may depend on nothing but evidence, options and seed."""
    rooms = ("engine", "inquiry", "evidence", "theme")
    return (module for module in MODULES if kind(module.room) in rooms and not module.name.startswith(READERS))


@pytest.mark.parametrize("outside", ["time", "os", "random", "secrets", "subprocess", "socket"])
def test_no_clock_no_chance_no_environment_in_the_science(outside):
    """Same bytes from the same seed; only a record asks the machine, to say where it was made."""
    broken = [
        f"{module}:{found.line} imports {outside}"
        for module in science()
        for found, name in theirs(module)
        if name == outside and module.name != "coevolve.inquiry.record"
    ]
    assert not broken, "\n".join(broken)


def test_nobody_asks_for_today():
    broken = [
        f"{module}:{node.lineno}"
        for module in science()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS
    ]
    assert not broken, "\n".join(broken)


def test_the_rules_can_fail(tmp_path, monkeypatch):
    """A theme that imports another theme, the engine's user and a frame is found out."""
    import syntax

    room = tmp_path / "coevolve" / "themes" / "order"
    room.mkdir(parents=True)
    (room / "equations.py").write_text("import pandas\nfrom ..influence import model\nfrom ...cli import main\n")
    (tmp_path / "coevolve" / "themes" / "influence").mkdir()
    (tmp_path / "coevolve" / "themes" / "influence" / "model.py").write_text("")
    monkeypatch.setattr(syntax, "PACKAGE", tmp_path / "coevolve")
    monkeypatch.setattr(syntax, "ROOT", tmp_path)
    wrong = next(module for module in syntax.modules() if module.path.stem == "equations")
    monkeypatch.setitem(globals(), "MODULES", [wrong])
    for rule in (
        test_imports_run_one_way_only,
        test_themes_are_strangers,
        test_equations_are_pure,
        test_frames_stand_at_the_border_only,
    ):
        with pytest.raises(AssertionError):
            rule()

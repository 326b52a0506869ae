"""go.py installs once, goes on after an interruption, and says what to do when it cannot."""

import importlib.util
import subprocess
import sys
from types import ModuleType

import pytest
from syntax import ROOT

UV_LINES = "uv==2 \\\n    --hash=sha256:bb \\\n    --hash=sha256:cc\n"
SMALL_LOCK = f"ruff==1 \\\n    --hash=sha256:aa\n{UV_LINES}uvicorn==3 \\\n    --hash=sha256:dd\n"


@pytest.fixture
def go(tmp_path, monkeypatch) -> ModuleType:
    """go.py as it would stand in an empty folder with a small lock."""
    spec = importlib.util.spec_from_file_location("go_under_test", ROOT / "go.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "requirements.lock").write_text(SMALL_LOCK)
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / ".venv").mkdir()
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "LOCK", tmp_path / "requirements.lock")
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / "installed-from")
    monkeypatch.setattr(module, "works", lambda python, question="": True)
    return module


def test_a_second_call_installs_nothing_until_the_lock_changes(go, monkeypatch):
    installed = []
    monkeypatch.setattr(go, "install", lambda: installed.append(1))
    go.set_up()
    go.set_up()
    assert len(installed) == 1
    go.LOCK.write_text("ruff==2\n")
    go.set_up()
    assert len(installed) == 2


def test_an_interrupted_installation_is_done_again(go, monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(go, "install", interrupted)
    with pytest.raises(KeyboardInterrupt):
        go.set_up()
    installed = []
    monkeypatch.setattr(go, "install", lambda: installed.append(1))
    go.set_up()
    assert installed


def test_uv_is_installed_by_its_own_hashes_alone(go, monkeypatch):
    read = []

    def heard(command, shown=True):
        read.append((go.VENV / "uv.lock-lines").read_text())
        assert "--require-hashes" in command
        return 0, ""

    monkeypatch.setattr(go, "heard", heard)
    assert go.get_uv()
    assert read == [UV_LINES]


def test_pip_does_it_where_uv_cannot(go, monkeypatch):
    called = []
    monkeypatch.setattr(go, "get_uv", lambda: False)
    monkeypatch.setattr(go, "heard", lambda command, shown=True: (called.append(command), (0, ""))[1])
    go.install()
    assert "--require-hashes" in called[0]
    assert "pip" in called[0]
    assert "-e" in called[1]


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("ERROR: Could not find a version (Temporary failure in name resolution)", "online"),
        ("error: command 'gcc' failed: No such file or directory", "compiler"),
        ("OSError: [Errno 28] No space left on device", "disk"),
        ("something unheard of", "lines above"),
    ],
)
def test_a_failed_installation_says_what_to_do(go, monkeypatch, said, word):
    monkeypatch.setattr(go, "get_uv", lambda: False)
    monkeypatch.setattr(go, "heard", lambda command, shown=True: (1, said))
    with pytest.raises(go.SetupError, match=word):
        go.install()


def test_a_missing_venv_module_is_named(go, monkeypatch):
    monkeypatch.setattr(go, "heard", lambda command, shown=True: (1, "ensurepip is not available"))
    with pytest.raises(go.SetupError, match="python3-venv"):
        go.make_environment()


def test_an_old_python_is_named(go, monkeypatch):
    monkeypatch.setattr(go, "works", lambda python, question="": False)
    with pytest.raises(go.SetupError, match=r"needs Python 3\.11 or newer"):
        go.make_environment()


@pytest.mark.parametrize(("npm", "calls"), [(None, 0), ("/usr/bin/npm", 1)])
def test_front_end_tools_are_fetched_where_npm_is(go, monkeypatch, npm, calls):
    called = []
    monkeypatch.setattr(go.shutil, "which", lambda name: npm)
    monkeypatch.setattr(go, "heard", lambda command, shown=True: (called.append(command), (1, "offline"))[1])
    go.get_front_end_tools()
    assert len(called) == calls


@pytest.mark.skipif(sys.platform == "win32", reason="apt-get is not there")
def test_a_browser_is_asked_for_in_clear_words(go, monkeypatch):
    monkeypatch.delenv("COEVOLVE_BROWSER", raising=False)
    monkeypatch.setattr(go.shutil, "which", lambda name: None)
    go.get_browser(must=False)
    with pytest.raises(go.SetupError, match="COEVOLVE_BROWSER"):
        go.get_browser(must=True)


def test_the_first_failure_is_the_exit_code_and_the_tests_run_all_the_same(go, monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    called = []

    def call(*words, threads=None):
        called.append(words[1])
        return {"mypy": 3}.get(words[1], 0)

    monkeypatch.setattr(go, "call", call)
    assert go.test(["-x"]) == 3
    assert called == ["ruff", "ruff", "mypy", "pytest"]


@pytest.mark.parametrize(("cores", "processes"), [(None, "1"), (2, "2"), (64, "4")])
def test_tests_run_side_by_side_and_the_callers_words_come_last(go, monkeypatch, cores, processes):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(go.os, "cpu_count", lambda: cores)
    called = []
    monkeypatch.setattr(go, "call", lambda *words, threads=None: (called.append((words, threads)), 0)[1])
    assert go.test(["--all", "-n", "0"]) == 0
    words, threads = called[-1]
    assert words[:4] == ("-m", "pytest", "-n", processes)
    assert words[-3:] == ("--all", "-n", "0")
    assert threads == 1


def test_what_python_compiled_is_kept(go, monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(go, "PYTHON", sys.executable)
    assert go.call("-c", "import sys; sys.exit(sys.dont_write_bytecode)") == 0


def test_an_unknown_verb_shows_the_help():
    done = subprocess.run([sys.executable, str(ROOT / "go.py"), "dance"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "go.py run" in done.stdout

"""What every test may lean on: the data folder, a browser, the slow tier, and a closed network."""

import ipaddress
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")

# Numba compiles inside a first example, so no test has a deadline. In CI the same examples come every time.
hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, database=None, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="run the slow tests too")


def pytest_configure(config: pytest.Config) -> None:
    """What is compiled serves every process of a test session: said before any test file brings JAX or Numba in.

    JAX locks its folder once that has a size, so all share one. Numba's index does not bear two processes that compile
    at the same moment: of test processes side by side, each has a folder of its own.
    """
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        os.environ["NUMBA_CACHE_DIR"] = str(config.rootpath / ".pytest_cache" / "d" / f"numba-{worker}")
        return
    folder = tempfile.mkdtemp(prefix="coevolve-compiled-")
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    os.environ["JAX_COMPILATION_CACHE_DIR"] = folder
    os.environ["JAX_COMPILATION_CACHE_MAX_SIZE"] = str(2**30)
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0.2"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark tests by the fixtures they ask for, and skip the slow tier unless --all is given."""
    slow = pytest.mark.skip(reason="slow: run `python3 go.py test --all`")
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "data_root" in fixtures:
            item.add_marker(pytest.mark.data)
        if "browser" in fixtures:
            item.add_marker(pytest.mark.browser)
        if item.get_closest_marker("slow") and not config.getoption("--all"):
            item.add_marker(slow)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder that holds pyproject.toml."""
    return ROOT


@pytest.fixture(scope="session")
def data_root() -> Path:
    """The folder of real statistics: COEVOLVE_DATA, else ../shared/data beside the repository."""
    folder = Path(os.environ.get("COEVOLVE_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("no real statistics here: set COEVOLVE_DATA to their folder")
    return folder


@pytest.fixture(scope="session")
def browser() -> str:
    """The path of a Chromium or Chrome on this machine."""
    named = os.environ.get("COEVOLVE_BROWSER")
    found = named or next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no browser here: run `python3 go.py test --with-browser`, or set COEVOLVE_BROWSER to a Chromium")
    return found


@pytest.fixture(scope="module")
def chromium(browser: str) -> Iterator[Any]:
    """A headless Chromium under Playwright that makes no call of its own: `chromium.new_page()` opens a page."""
    from playwright.sync_api import sync_playwright

    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    alone = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=browser, args=[*quiet, *alone, "--disable-quic", "--disable-gpu"]
        )
        yield running
        running.close()


@pytest.fixture(autouse=True, scope="session")
def closed_network() -> Iterator[None]:
    """No test may open a connection that leaves this machine."""
    patch = pytest.MonkeyPatch()
    for verb in ("connect", "connect_ex"):
        patch.setattr(socket.socket, verb, _guarded(getattr(socket.socket, verb)))
    yield
    patch.undo()


def _guarded(connect: Any) -> Any:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(str(address[0])):
            self.close()
            raise AssertionError(f"A test tried to reach {address[0]}. Tests speak to this machine only.")
        return connect(self, address)

    return guarded


def _is_loopback(host: str) -> bool:
    if host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False

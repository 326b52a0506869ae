"""`coevolve --help` comes at once. The only test here that reads a clock: the budget is a stated promise."""

import os
import re
import subprocess
import sys

import pytest

HELP = ("-m", "coevolve", "--help")
BUDGET = 0.3  # seconds of processor time, user and system
HEAVY = {"jax", "pandas", "numba", "scipy", "polars", "networkx", "duckdb", "openpyxl"}


def compiled_environment() -> dict[str, str]:
    """As a user has it: Python may keep what it compiled."""
    return {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


def imported_by(*words: str) -> set[str]:
    """The top-level packages that a command imports."""
    command = [sys.executable, "-X", "importtime", *words]
    done = subprocess.run(command, capture_output=True, text=True, env=compiled_environment())
    assert done.returncode == 0, "\n".join(line for line in done.stderr.splitlines() if "import time:" not in line)
    return {name.split(".")[0] for name in re.findall(r"^import time:.*\|\s+(\S+)$", done.stderr, flags=re.M)}


def test_help_loads_nothing_heavy():
    names = imported_by(*HELP)
    assert "coevolve" in names
    assert not names & HEAVY


def test_the_package_itself_loads_nothing_heavy():
    assert not imported_by("-c", "import coevolve") & (HEAVY | {"numpy", "pydantic", "cyclopts"})


def test_listing_and_explaining_need_no_numerical_model():
    assert not imported_by("-m", "coevolve", "list") & {"jax", "numba", "scipy"}


@pytest.mark.skipif(sys.platform == "win32", reason="processor time of children is counted by POSIX systems")
def test_help_costs_little():
    import resource

    costs = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *HELP], stdout=subprocess.DEVNULL, check=True, env=compiled_environment())
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        costs.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    assert min(costs) < BUDGET, f"processor seconds of five calls: {[round(cost, 2) for cost in costs]}"

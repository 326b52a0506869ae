"""The committed bundle is what the sources build, byte for byte; its lock names no registry."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

FRONT = Path(__file__).resolve().parents[2] / "front"
STATIC = FRONT.parent / "src" / "coevolve" / "show" / "static"


def test_the_bundle_is_what_its_sources_build(tmp_path):
    if shutil.which("node") is None or not (FRONT / "node_modules" / "esbuild").is_dir():
        pytest.skip("the front end's tools are not here: install Node and run `npm ci` in front/")
    done = subprocess.run(["node", "build.mjs", str(tmp_path)], cwd=FRONT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for name in ("report.js", "report.css", "report.licenses.txt"):
        assert (tmp_path / name).read_bytes() == (STATIC / name).read_bytes(), (
            f"{name} is old: `npm run build` in front/"
        )


def test_the_types_hold():
    if shutil.which("npx") is None or not (FRONT / "node_modules" / "typescript").is_dir():
        pytest.skip("the front end's tools are not here: install Node and run `npm ci` in front/")
    done = subprocess.run(["npx", "tsc", "--noEmit"], cwd=FRONT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_front_end_is_small():
    size = sum((STATIC / name).stat().st_size for name in ("report.js", "report.css"))
    assert size < 175_000


def test_the_lock_names_versions_and_no_registry():
    lock = json.loads((FRONT / "package-lock.json").read_text(encoding="utf-8"))
    said = json.loads((FRONT / "package.json").read_text(encoding="utf-8"))
    assert "dependencies" not in said
    assert all(version[0].isdigit() for version in said["devDependencies"].values())
    packages = [one for name, one in lock["packages"].items() if name]
    assert packages
    assert not [one for one in packages if "resolved" in one]
    assert all("integrity" in one for one in packages)

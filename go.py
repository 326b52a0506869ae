"""Set coevolve up beside this file and use it. Needs Python 3.11 or newer and nothing else.

    python3 go.py run                    install, run the first-look study, say where its report is
    python3 go.py test [--all] [...]     install, check the code's form, run the tests (--all: the slow ones too;
                                         --with-browser: get a browser, and the tools of the front end where npm
                                         is, for the tests that need them; anything else is handed to pytest:
                                         -n 0 tests in one process, not in one a core, four at most)
    python3 go.py lock                   write requirements.lock anew from pyproject.toml

Everything goes into the folder .venv; nothing else on this machine is changed. A second call installs nothing
unless requirements.lock or pyproject.toml changed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "installed-from"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
EXAMPLE = ROOT / "first-look"
MOST_AT_ONCE = 4  # processes that test side by side: each may come to need 3 GB
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


class SetupError(Exception):
    """Setting up cannot go on; the text says what to do."""


def main(arguments):
    """Set up, do what the first word says, and give the exit code."""
    verb, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    verbs = {"run": run, "test": test, "lock": lock}
    if verb not in verbs:
        print(__doc__)
        return 0 if verb in ("help", "-h", "--help") else 2
    try:
        set_up()
        return verbs[verb](rest)
    except SetupError as error:
        print("\n" + str(error), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


# ---------------------------------------------------------------- the three verbs


def run(arguments):
    """Write the example study where there is none, run it, and leave its findings on the screen."""
    study = EXAMPLE / "study.toml"
    if Path.cwd() != ROOT:
        print("Every path below is seen from " + str(ROOT), flush=True)
    if not study.exists():
        status = call("-m", "coevolve", "new", EXAMPLE.name, "--example", "first-look")
        if status:
            return status
    status = call("-m", "coevolve", "run", str(study.relative_to(ROOT)), *arguments)
    if status == 0:
        activate = ".venv\\Scripts\\activate" if os.name == "nt" else "source .venv/bin/activate"
        print("\nnext: " + activate + "    (then: coevolve list, coevolve new NAME --from FILE)")
    return status


def test(arguments):
    """Form first (ruff, mypy), then the tests; everything is run, and the first failure is the exit code."""
    wants_browser = "--with-browser" in arguments
    arguments = [word for word in arguments if word != "--with-browser"]
    if wants_browser or os.environ.get("CI"):
        get_browser(must=wants_browser)
        get_front_end_tools()
    form = {
        "ruff check": ["ruff", "check", "."],
        "ruff format": ["ruff", "format", "--check", "."],
        "mypy": ["mypy"],
    }
    statuses = {name: call("-m", *words) for name, words in form.items()}
    failed = [name for name, status in statuses.items() if status]
    if failed:
        print("\nNot in form: " + ", ".join(failed) + " (see above). The tests run all the same.\n")
    side_by_side = ["-n", str(min(os.cpu_count() or 1, MOST_AT_ONCE)), "--dist", "worksteal"]
    statuses["pytest"] = call("-m", "pytest", *side_by_side, *arguments, threads=1)
    return next((status for status in statuses.values() if status), 0)


def lock(arguments):
    """Names, versions and hashes for every supported Python and system; no address of any package index."""
    options = ["--universal", "--generate-hashes", "--all-extras", "--python-version", "3.11"]
    quiet = ["--no-emit-index-url", "--no-annotate", "--custom-compile-command", "python3 go.py lock", "-q"]
    return call("-m", "uv", "pip", "compile", "pyproject.toml", *options, *quiet, "-o", LOCK.name, *arguments)


def call(*words, threads=None):
    """Run the environment's Python in the repository's folder and give its exit code."""
    environment = dict(os.environ)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # hundreds of processes would read every source file anew
    for name in ONE_THREAD if threads else ():
        environment.setdefault(name, str(threads))
    return subprocess.run([str(PYTHON), *words], cwd=str(ROOT), env=environment).returncode


# ---------------------------------------------------------------- the environment


def set_up():
    """Make .venv hold exactly what requirements.lock says, and coevolve itself from this folder."""
    if works(PYTHON) and STAMP.exists() and STAMP.read_text() == fingerprint():
        return
    if not works(PYTHON):
        make_environment()
    STAMP.unlink(missing_ok=True)
    print("Installing what requirements.lock names into .venv (about a minute; once).", flush=True)
    install()
    half_written = STAMP.with_suffix(".tmp")
    half_written.write_text(fingerprint())
    half_written.replace(STAMP)


def fingerprint():
    """What the environment was made from: a change of any part means installing again."""
    parts = [LOCK.read_bytes(), (ROOT / "pyproject.toml").read_bytes(), str(ROOT).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def works(python, question="import sys, pip; sys.exit(sys.version_info < (3, 11))"):
    """Does this Python start, is it of the right age, and has it pip?"""
    try:
        return subprocess.call([str(python), "-c", question], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def make_environment():
    """An empty virtual environment, made by this Python or, where this one is too old, by a newer one beside it."""
    newer = [shutil.which("python3.{}".format(minor)) for minor in (14, 13, 12, 11)]
    right_age = "import sys; sys.exit(sys.version_info < (3, 11))"
    maker = next((python for python in [sys.executable, *newer] if python and works(python, right_age)), None)
    if maker is None:
        found = "This is Python {}.{} ({}).".format(sys.version_info[0], sys.version_info[1], sys.executable)
        raise SetupError(found + " coevolve needs Python 3.11 or newer. Install one, and call go.py with it.")
    print("Making .venv with " + maker + ".", flush=True)
    status, said = heard([maker, "-m", "venv", "--clear", str(VENV)], shown=False)
    if status:
        raise SetupError(
            said + "\nPython could not make a virtual environment. On Debian and Ubuntu its venv module is a package"
            " of its own:\n    sudo apt-get install python3-venv\nthen call go.py again. The system's Python itself"
            " is never changed, so its 'externally managed' mark is no hindrance."
        )


def install():
    """By uv, fast, where it can be had in the locked version; else by pip. The same files either way."""
    uv = [str(PYTHON), "-m", "uv", "pip"]
    status = 1
    if get_uv():
        status, _ = heard([*uv, "sync", "--python", str(PYTHON), "--require-hashes", "--compile-bytecode", str(LOCK)])
    if status:
        print("Installing with pip instead (a few minutes).", flush=True)
        status, said = heard([*pip("install"), "--require-hashes", "-r", str(LOCK)])
        if status:
            raise SetupError(advice(said))
    status, said = heard([*pip("install"), "--no-deps", "--no-build-isolation", "-e", str(ROOT)], shown=False)
    if status:
        raise SetupError(said + "\n" + advice(said))


def get_uv():
    """Install uv as the lock names it: its lines alone, hashes included."""
    lines, wanted = [], False
    for line in LOCK.read_text().splitlines():
        wanted = line.startswith("uv==") or (wanted and line.startswith(" "))
        if wanted:
            lines.append(line)
    alone = VENV / "uv.lock-lines"
    alone.write_text("\n".join(lines) + "\n")
    status, _ = heard([*pip("install"), "--require-hashes", "-r", str(alone)], shown=False)
    return status == 0


def pip(verb):
    """The first words of a call of the environment's own pip."""
    return [str(PYTHON), "-m", "pip", verb, "--quiet", "--disable-pip-version-check", "--no-input"]


def heard(command, shown=True):
    """Run a command; give its exit code and the end of what it said, shown as it comes unless told otherwise."""
    said = []
    with subprocess.Popen(command, cwd=str(ROOT), stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        for line in process.stdout:
            text = line.decode(errors="replace").rstrip()
            said = [*said[-39:], text]
            if shown and not text.startswith(" "):  # uv indents its long list of what is done
                print("    " + text, flush=True)
    return process.returncode, "\n".join(said)


def advice(said):
    """What to do about a failed installation, by what the installer said."""
    low = said.lower()
    if any(word in low for word in ("no space left", "disk quota")):
        return "The disk is full. coevolve with its tests' tools needs about 1.5 GB."
    if any(word in low for word in ("connection", "temporary failure", "timed out", "network", "resolve host")):
        return (
            "The packages could not be downloaded. Is this machine online? Behind a proxy set HTTPS_PROXY; with a"
            " mirror of your own set PIP_INDEX_URL. Then call go.py again: it goes on where it stopped."
        )
    if any(word in low for word in ("failed building", "compiler", "gcc", "error: command", "microsoft visual c++")):
        return (
            "A package has no ready-made build for Python {} on {}, and no compiler could build it here. Use a Python"
            " between 3.11 and 3.14 from python.org or your system, or install a C compiler (Debian and Ubuntu:"
            " apt-get install build-essential python3-dev)."
        ).format(sys.version.split()[0], sysconfig.get_platform())
    return "The installation failed; the lines above say why. Call go.py again once it is put right."


# ---------------------------------------------------------------- what the tests of the page need


def get_browser(must):
    """Debian's Chromium, where it is wanted, missing, and ours to install."""
    if os.environ.get("COEVOLVE_BROWSER") or any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        return
    ours = shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0
    if not ours:
        if must:
            raise SetupError(
                "A browser is installed by apt-get, as root, only. Install Chromium or Chrome by the means of your"
                " system and put its path into COEVOLVE_BROWSER; `sudo apt-get install chromium` does on Debian."
            )
        return
    print("Installing Chromium for the browser tests.", flush=True)
    for words in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
        environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        command = ["apt-get", "-o", "Acquire::Retries=3", *words]
        if subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL).returncode:
            raise SetupError("apt-get could not install chromium; its words are above.")


def get_front_end_tools():
    """What builds and examines the page, where npm is; without it those tests skip and say so."""
    npm = shutil.which("npm")
    if npm is None or (ROOT / "front" / "node_modules").exists():
        return
    print("Installing the front end's tools by npm.", flush=True)
    status, said = heard([npm, "ci", "--prefix", str(ROOT / "front"), "--no-audit", "--no-fund"], shown=False)
    if status:
        print(said + "\nnpm could not install them; the tests that need them skip.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

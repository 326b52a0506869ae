"""Content keys: a digest of everything that an answer depends on, so that equal asks share one stored answer."""

from __future__ import annotations

import hashlib
import json
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ..evidence.evidence import Evidence
from ..inquiry.question import Question
from .own import Own

NUMERICAL = ("numpy", "scipy", "numba", "jax", "jaxlib", "optax")


def content_key(
    question: Question, name: str, seed: int, evidence: Evidence, own: tuple[Own, ...], publish: bool
) -> str:
    """The key under which an answer is kept.

    It digests coevolve's source, own files, options, seed, the ask's name, the contents of the evidence it reads
    (labels and values, not file bytes), the versions of the numerical libraries, and the kind of processor.
    """
    read = {item: evidence.items[item].digest() for _, _, items in question.reads() for item in items}
    words = {
        "source": source_digest(),
        "own": [one.digest + one.attribute for one in own],
        "question": type(question).__qualname__,
        "options": question.options(),
        "seed": seed,
        "ask": name,
        "evidence": read,
        "versions": versions(),
        "processor": processor(),
        "publish": publish,
    }
    return hashlib.blake2b(json.dumps(words, sort_keys=True).encode(), digest_size=16).hexdigest()


@cache
def source_digest() -> str:
    """A digest of coevolve's own Python source that can change a number: everything but the showing of it."""
    root = Path(__file__).resolve().parent.parent
    mark = hashlib.blake2b(digest_size=16)
    for path in sorted(root.rglob("*.py")):
        place = path.relative_to(root)
        if place.parts[0] not in ("show", "web", "sources", "cli.py", "cli"):
            mark.update(place.as_posix().encode() + path.read_bytes())
    return mark.hexdigest()


def versions() -> dict[str, str]:
    """The versions of the libraries that compute, as far as they are installed."""
    found = {}
    for name in NUMERICAL:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


@cache
def processor() -> str:
    """The kind of processor; last digits may differ between kinds."""
    model = platform.processor() or platform.machine()
    cpu_words = Path("/proc/cpuinfo")
    if cpu_words.exists():
        lines = [line for line in cpu_words.read_text().splitlines() if line.startswith("model name")]
        model = lines[0].partition(":")[2].strip() if lines else model
    return f"{platform.machine()} {model}"


def provenance() -> dict[str, Any]:
    """What computed: versions of coevolve, Python and the numerical libraries, the system and the processor.

    The report shows it in its provenance box, in place of Tong & Wang Table 1.
    """
    try:
        ours = version("coevolve")
    except PackageNotFoundError:
        ours = "source"
    return {
        "coevolve": ours,
        "source": source_digest(),
        "python": platform.python_version(),
        **versions(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": processor(),
    }

"""The command `coevolve`: new, check, run, ask, show, list, explain, compare, cite, clean."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def main(words: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code: 0 done, 1 notes under --strict, 2 refused, 130 stopped."""
    for name in THREADS:  # parallel over cases only; must stand before NumPy is imported
        os.environ.setdefault(name, "1")
    for stream in (sys.stdout, sys.stderr):  # a console that lacks a sign shows "?"; a file or a pipe gets UTF-8
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="replace")
    from .app import call

    sys.exit(call(list(sys.argv[1:] if words is None else words)))

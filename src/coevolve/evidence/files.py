"""From a path to a raw table: where the file lies, whether it is what its name says, and its checksum."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from difflib import get_close_matches
from pathlib import Path

from ..errors import DataError
from .table import Table

MOST_BYTES = 4_000_000_000
ENDINGS = {
    ".csv": "text",
    ".tsv": "text",
    ".txt": "text",
    ".tab": "text",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".xlsx": "excel",
    ".xlsm": "excel",
    ".dta": "stata",
}
MAGIC = (
    (b"PAR1", "parquet"),
    (b"PK\x03\x04", "excel"),
    (b"<stata_dta>", "stata"),
    (b"\x1f\x8b", "gzip"),
    (b"\xd0\xcf\x11\xe0", "old Excel"),
)


def found(file: str, base: Path, data: Path | None, only_under: Path | None = None) -> Path:
    """The path that a study's `file` means: under `data` for "data:...", else relative to `base`.

    Raises DataError when it is not there (naming near names) or lies outside `only_under`.
    """
    if file.startswith("data:"):
        if data is None:
            raise DataError("the folder of 'data:' is not known.", file, do="Give --data DIR, or set COEVOLVE_DATA.")
        path = data / file.removeprefix("data:")
    else:
        path = base / file
    if only_under is not None and not path.resolve().is_relative_to(only_under.resolve()):
        raise DataError(
            "this path leads outside the folder that may be read.", file, do="Upload the file and name it alone."
        )
    if path.is_dir():
        raise DataError("this is a folder, not a file.", file, do="Name a file in it.")
    if not path.is_file():
        near = [one.name for one in path.parent.iterdir()] if path.parent.is_dir() else []
        close = get_close_matches(path.name, near, n=1, cutoff=0.6)
        do = f"Did you mean '{close[0]}'?" if close else f"Looked for {path}."
        raise DataError("there is no such file.", file, do=do)
    return path


def digest_of(path: Path) -> str:
    """The SHA-256 of a file's bytes."""
    mark = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            mark.update(block)
    return mark.hexdigest()


def table_of(path: Path, name: str, sheet: str | int | None = None) -> Table:
    """The raw table in a file of any format that is read; DataError when the content is not what the name says."""
    kind = format_of(path, name)
    if sheet is not None and kind != "excel":
        raise DataError("only a workbook has sheets.", name, str(sheet), "Leave the key sheet out.")
    if kind == "parquet":
        from .database import parquet

        return parquet(path, name)
    if kind == "excel":
        from .workbook import workbook

        return workbook(path, name, sheet)
    if kind == "stata":
        from .workbook import stata

        return stata(path, name)
    from .delimited import delimited

    return delimited(content(path, name), name, path)


def format_of(path: Path, name: str) -> str:
    """text, parquet, excel or stata, by the ending; refused when the first bytes say another format."""
    ending = Path(path.name.removesuffix(".gz")).suffix.lower()
    kind = ENDINGS.get(ending)
    if kind is None:
        known = ", ".join(sorted(ENDINGS))
        raise DataError(
            f"files ending in '{ending or path.name}' are not read.",
            name,
            path.name,
            f"Known endings: {known} (text also as .gz).",
        )
    with path.open("rb") as file:
        head = file.read(16)
    if not head:
        raise DataError("the file is empty.", name, "0 bytes", "Export it again.")
    got = next((word for mark, word in MAGIC if head.startswith(mark)), "text")
    expected = "gzip" if path.name.endswith(".gz") else kind
    if kind == "stata" and got == "text" and head[0] in (102, 103, 104, 105, 108, 110, 111, 113, 114, 115):
        got = "stata"
    if got != expected:
        raise DataError(
            f"the file is not the {expected} file that its name says.",
            name,
            got,
            f"Give it the ending of its format ({got}), or export it again.",
        )
    return kind


def content(path: Path, name: str) -> bytes:
    """The bytes of a text file, unpacked when it is gzipped; refused when truncated or absurdly large."""
    if not path.name.endswith(".gz"):
        if path.stat().st_size > MOST_BYTES:
            raise DataError(
                "the text file is too large to read at once.",
                name,
                f"{path.stat().st_size:,} bytes",
                "Turn it into Parquet, or use a query.",
            )
        return path.read_bytes()
    pieces, size = [], 0
    packed = path.stat().st_size
    try:
        with gzip.open(path, "rb") as file:
            while block := file.read(1 << 22):
                size += len(block)
                if size > MOST_BYTES or (size > 200_000_000 and size > 500 * packed):
                    raise DataError(
                        "the packed file unpacks to far more than data would.",
                        name,
                        f"{size:,} bytes from {packed:,}",
                        "Unpack it yourself and look.",
                    )
                pieces.append(block)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(
            "the packed file is truncated or damaged.", name, str(error), "Copy or download it again."
        ) from None
    return b"".join(pieces)

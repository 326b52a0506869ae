"""`coevolve cite`: the methods that a run used and the data it read."""

from __future__ import annotations

from pathlib import Path

from ..show.folder import read_folder


def cite_folder(folder: Path) -> int:
    """Print the bibliography of a run, and each data file with its checksum."""
    record = read_folder(folder)
    print("Methods")
    for source in record.bibliography():
        print(f"  {source.text}{f' {source.url}' if source.url else ''}")
    print("\nData")
    for line in record.evidence:
        print(f"  {line.name}: {line.source}, {line.size}, sha256 {line.sha256}")
    ours = record.provenance
    where = f"Python {ours.get('python', '')} ({ours.get('system', '')})"
    print(f"\nSoftware\n  coevolve {ours.get('coevolve', '')} on {where}.")
    return 0

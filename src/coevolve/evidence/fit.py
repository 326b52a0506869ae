"""What was estimated: named arrays of draws with labelled axes, kept as .npz."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, nearest

LINES_SHOWN = 40


@dataclass(frozen=True)
class Fit:
    """An estimated model: `arrays[name]` with the axes `axes[name]`, whose labels stand in `labels[axis]`.

    An axis called "draw" needs no labels. `model` names what was fitted ("symbiosis"), `options` are those of the
    question that fitted it, `data` the digest of what it was fitted to. `equations` are lines of plain text that say
    what was fitted with its numbers; `print(fit)` shows them.
    """

    model: str
    arrays: Mapping[str, NDArray[np.float64]]
    axes: Mapping[str, tuple[str, ...]]
    labels: Mapping[str, tuple[str, ...]]
    options: Mapping[str, object] = field(default_factory=dict)
    data: str = ""
    equations: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, array in self.arrays.items():
            axes = self.axes.get(name, ())
            if len(axes) != array.ndim:
                raise DataError(
                    f"array '{name}' of a fit needs one axis name a dimension.",
                    got=axes,
                    do=f"It has {array.ndim} dimensions.",
                )
            for axis, size in zip(axes, array.shape, strict=True):
                if axis in self.labels and len(self.labels[axis]) != size:
                    raise DataError(
                        f"axis '{axis}' of '{name}' has {size} entries.",
                        got=len(self.labels[axis]),
                        do="Give one label an entry.",
                    )
        object.__setattr__(self, "arrays", {name: _frozen(array) for name, array in self.arrays.items()})
        for name in ("arrays", "axes", "labels", "options"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def __reduce__(self) -> tuple[object, ...]:
        maps = (dict(self.arrays), dict(self.axes), dict(self.labels), dict(self.options))
        return Fit, (self.model, *maps, self.data, self.equations)

    def __repr__(self) -> str:
        arrays = ", ".join(f"{name} ({', '.join(self.axes[name])})" for name in self.arrays)
        return f"Fit of {self.model}: {arrays}"

    def __str__(self) -> str:
        if not self.equations:
            return repr(self)
        more = len(self.equations) - LINES_SHOWN
        rest = [f"... and {more} lines more (`equations`)"] if more > 0 else []
        return "\n".join([f"Fit of {self.model}", *self.equations[:LINES_SHOWN], *rest])

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        if name not in self.arrays:
            raise DataError(f"the fit holds no '{name}'.", got=name, do=nearest(name, list(self.arrays)))
        return self.arrays[name]

    def to_bytes(self) -> bytes:
        """The fit as an .npz file: arrays plus one JSON text of everything else; the same fit gives the same bytes."""
        words = {
            "model": self.model,
            "axes": {key: list(value) for key, value in self.axes.items()},
            "labels": {key: list(value) for key, value in self.labels.items()},
            "options": dict(self.options),
            "data": self.data,
            "equations": list(self.equations),
        }
        text = np.frombuffer(json.dumps(words, sort_keys=True).encode(), np.uint8)
        buffer = io.BytesIO()
        stored: dict[str, NDArray[np.generic]] = {f"array.{key}": value for key, value in self.arrays.items()}
        np.savez(buffer, allow_pickle=False, words=text, **stored)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Fit:
        """The inverse of `to_bytes`; nothing is unpickled."""
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            words = json.loads(stored["words"].tobytes())
            arrays = {key.removeprefix("array."): stored[key] for key in stored.files if key != "words"}
        axes = {key: tuple(value) for key, value in words["axes"].items()}
        labels = {key: tuple(value) for key, value in words["labels"].items()}
        return cls(
            words["model"], arrays, axes, labels, words["options"], words["data"], tuple(words.get("equations", ()))
        )

    def digest(self) -> str:
        """A fingerprint of everything in the fit but its words."""
        mark = hashlib.blake2b(digest_size=16)
        mark.update(repr((self.model, sorted(self.axes.items()), sorted(self.labels.items()), self.data)).encode())
        mark.update(json.dumps(dict(self.options), sort_keys=True).encode())
        for name in sorted(self.arrays):
            array = self.arrays[name]
            mark.update(f"{name}{array.shape}{array.dtype}".encode() + np.ascontiguousarray(array).tobytes())
        return mark.hexdigest()


def _frozen(array: NDArray[np.float64]) -> NDArray[np.float64]:
    kept = np.array(array)
    kept.flags.writeable = False
    return kept

"""Results as bytes and back, without pickle: numbers, text, lists, arrays, and dataclasses of these."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from importlib import import_module
from typing import Any

import numpy as np

from ..errors import DataError

OURS = ("coevolve.", "coevolve_own.")


def encode(value: Any) -> bytes:
    """`value` as an .npz file: arrays as arrays, all else as one JSON text. Equal values give equal bytes."""
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    words = json.dumps(_plain(value, arrays), sort_keys=False)
    buffer = io.BytesIO()
    arrays["words"] = np.frombuffer(words.encode(), np.uint8)
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def decode(data: bytes) -> Any:
    """The inverse of `encode`; nothing is unpickled. Raises DataError when the bytes are not ours."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        return _rich(json.loads(arrays.pop("words").tobytes()), arrays)
    except (ValueError, KeyError, OSError, EOFError, ImportError, TypeError) as error:
        raise DataError("a stored result cannot be read.", got=str(error), do="It is computed again.") from None


def _plain(value: Any, arrays: dict[str, np.ndarray[Any, Any]]) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if np.isfinite(value) else {"float": repr(value)}
    if isinstance(value, np.generic):
        return _plain(np.asarray(value), arrays)
    if isinstance(value, np.ndarray):
        if value.dtype == object:
            if value.ndim != 1 or not all(isinstance(one, str) for one in value.tolist()):
                what = "an array of mixed things cannot be stored."
                raise DataError(what, got=f"shape {value.shape}", do="Give back numbers or text, or a list.")
            return {"text": value.tolist()}
        name = f"array{len(arrays)}"
        arrays[name] = value
        return {"array": name}
    if isinstance(value, tuple):
        return {"tuple": [_plain(one, arrays) for one in value]}
    if isinstance(value, list):
        return [_plain(one, arrays) for one in value]
    if isinstance(value, Mapping):
        pairs = [[_plain(key, arrays), _plain(one, arrays)] for key, one in value.items()]
        return {"map": pairs}
    if is_dataclass(value) and not isinstance(value, type) and type(value).__module__.startswith(OURS):
        parts = {field.name: getattr(value, field.name) for field in fields(value) if field.init}
        place = f"{type(value).__module__}:{type(value).__qualname__}"
        return {"noun": place, "parts": _plain(parts, arrays)}
    raise DataError(
        "this result cannot be stored.",
        got=type(value).__name__,
        do="Give back numbers, text, lists, tuples, dictionaries, arrays, or dataclasses of these.",
    )


def _rich(value: Any, arrays: Mapping[str, np.ndarray[Any, Any]]) -> Any:
    if isinstance(value, list):
        return [_rich(one, arrays) for one in value]
    if not isinstance(value, dict):
        return value
    if "float" in value:
        return float(value["float"])
    if "array" in value:
        return arrays[value["array"]][()] if arrays[value["array"]].ndim == 0 else arrays[value["array"]]
    if "text" in value:
        return np.array(value["text"], dtype=object)
    if "tuple" in value:
        return tuple(_rich(one, arrays) for one in value["tuple"])
    if "noun" in value:
        return _noun(value["noun"])(**_rich(value["parts"], arrays))
    return {_rich(key, arrays): _rich(one, arrays) for key, one in value["map"]}


def _noun(place: str) -> Any:
    """The dataclass a stored value was of: one of coevolve's, or of an own file that is loaded; nothing else is run."""
    module, _, name = place.partition(":")
    if not module.startswith(OURS):
        raise DataError("a stored result is of no kind of ours.", got=place, do="It is computed again.")
    found: Any = import_module(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    if not (isinstance(found, type) and is_dataclass(found)):
        raise DataError("a stored result is of no kind of ours.", got=place, do="It is computed again.")
    return found

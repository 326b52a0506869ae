"""Results as bytes and back, without pickle: numbers, text, lists, tables of names, and arrays."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from ..errors import DataError
from ..evidence.accounts import Accounts
from ..evidence.fit import Fit
from ..evidence.network import Network

NOUNS: Mapping[str, type] = {"Network": Network, "Accounts": Accounts, "Fit": Fit}


def encode(value: Any) -> bytes:
    """`value` as an .npz file: arrays as arrays, all else as one JSON text. Equal values give equal bytes."""
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    words = json.dumps(_plain(value, arrays), sort_keys=False)
    buffer = io.BytesIO()
    arrays["words"] = np.frombuffer(words.encode(), np.uint8)
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def decode(data: bytes) -> Any:
    """The inverse of `encode`; nothing is unpickled. Raises DataError when the bytes are not ours."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        return _rich(json.loads(arrays.pop("words").tobytes()), arrays)
    except (ValueError, KeyError, OSError, EOFError) as error:
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
            return {"text": [str(one) for one in value.tolist()]}
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
    if type(value).__name__ in NOUNS and isinstance(value, NOUNS[type(value).__name__]):
        parts = {field.name: getattr(value, field.name) for field in fields(NOUNS[type(value).__name__])}
        return {"noun": type(value).__name__, "parts": _plain(parts, arrays)}
    raise DataError(
        "this result cannot be stored.",
        got=type(value).__name__,
        do="Give back numbers, text, lists, tuples, dictionaries or arrays.",
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
        return NOUNS[value["noun"]](**_rich(value["parts"], arrays))
    return {_rich(key, arrays): _rich(one, arrays) for key, one in value["map"]}

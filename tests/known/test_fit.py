"""Fits: named arrays with labelled axes, kept as bytes without unpickling."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from coevolve.errors import DataError
from coevolve.evidence.fit import Fit


def fit() -> Fit:
    arrays = {"rate": np.arange(6.0).reshape(3, 2), "noise": np.array(0.5)}
    return Fit(
        "symbiosis",
        arrays,
        {"rate": ("draw", "pole"), "noise": ()},
        {"pole": ("steel", "wein ü")},
        {"until": 2030, "poles": ["steel"]},
        "abc",
    )


def test_bytes_and_back() -> None:
    one = fit()
    again = Fit.from_bytes(one.to_bytes())
    assert again.digest() == one.digest()
    assert again.model == "symbiosis"
    assert dict(again.labels) == {"pole": ("steel", "wein ü")}
    assert dict(again.axes) == {"rate": ("draw", "pole"), "noise": ()}
    assert dict(again.options) == {"until": 2030, "poles": ["steel"]}
    assert again.data == "abc"
    np.testing.assert_array_equal(again["rate"], one["rate"])
    assert again["noise"].shape == ()


def test_same_fit_same_bytes() -> None:
    assert fit().to_bytes() == fit().to_bytes()


def test_pickled_objects_are_never_loaded(tmp_path) -> None:
    path = tmp_path / "bad.npz"
    np.savez(path, words=np.array([{"model": "x"}], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle"):
        Fit.from_bytes(path.read_bytes())


def test_axes_and_labels_must_fit() -> None:
    with pytest.raises(DataError, match=r"'rate' of a fit needs one axis name a dimension.*2 dimensions"):
        Fit("x", {"rate": np.ones((2, 2))}, {"rate": ("pole",)}, {})
    with pytest.raises(DataError, match=r"axis 'pole' of 'rate' has 2 entries. Got 1"):
        Fit("x", {"rate": np.ones(2)}, {"rate": ("pole",)}, {"pole": ("a",)})
    with pytest.raises(DataError, match=r"holds no 'rates'.*'rate'"):
        _ = fit()["rates"]


def test_digest_hears_arrays_labels_options_and_data() -> None:
    base = fit()
    changed = dict(base.arrays) | {"rate": base["rate"] + [[0, 0], [0, 0], [0, 1e-12]]}
    others = [
        Fit(base.model, changed, base.axes, base.labels, base.options, base.data),
        Fit(base.model, base.arrays, base.axes, {"pole": ("steel", "iron")}, base.options, base.data),
        Fit(base.model, base.arrays, base.axes, base.labels, {"until": 2031}, base.data),
        Fit(base.model, base.arrays, base.axes, base.labels, base.options, "abd"),
    ]
    assert len({base.digest(), *(other.digest() for other in others)}) == 5
    assert pickle.loads(pickle.dumps(base)).digest() == base.digest()


def test_a_fit_cannot_be_changed_by_its_maker_or_reader() -> None:
    mine = np.ones(2)
    one = Fit("x", {"rate": mine}, {"rate": ("pole",)}, {})
    mine[0] = 7
    assert one["rate"].tolist() == [1, 1]
    with pytest.raises(ValueError, match="read-only"):
        one["rate"][0] = 5

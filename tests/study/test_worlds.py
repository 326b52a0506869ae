"""Every made world can be written, read back equal, and asked all its questions by a newcomer without data."""

import os
from pathlib import Path

import jax
import numpy as np
import pytest

from coevolve.cli.new import SEED, write_study
from coevolve.evidence.accounts import Accounts
from coevolve.evidence.network import Network
from coevolve.evidence.panel import Panel
from coevolve.inquiry import catalogue
from coevolve.inquiry.key import Key
from coevolve.study.run import evidence_of, read_evidence, refuse
from coevolve.study.study import read_study
from coevolve.study.workers import nets_in


@pytest.mark.parametrize("name", sorted(catalogue.WORLDS))
def test_a_world_is_read_back_as_it_was_made_and_refuses_nothing(name: str, tmp_path: Path) -> None:
    write_study(tmp_path / "world", name, None, None)
    study = read_study(tmp_path / "world" / "study.toml")
    evidence = evidence_of(read_evidence(study, None))
    refuse(study, evidence)
    made = catalogue.world(name, SEED)
    assert set(evidence.items) == set(made.pieces)
    for label, piece in made.pieces.items():
        item = piece.item
        found = evidence.items[label]
        if isinstance(item, Panel):
            assert isinstance(found, Panel)
            assert found.regions == item.regions
            assert found.periods.labels == item.periods.labels
            for one in item.indicators.values():
                read = found.indicator(one.name)
                places = [read.industries.index(industry) for industry in one.industries]
                np.testing.assert_array_equal(read.values[:, places], one.values)
        elif isinstance(item, Accounts):
            assert isinstance(found, Accounts)
            assert (set(found.sectors), found.years) == (set(item.sectors), item.years)
            places = [found.sectors.index(sector) for sector in item.sectors]
            np.testing.assert_allclose(found.flows[:, places][:, :, places], item.flows, rtol=1e-12)
            np.testing.assert_allclose(found.gross_output[:, places], item.gross_output, rtol=1e-12)
        else:
            assert isinstance(item, Network)
            assert isinstance(found, Network)
            assert len(found.source) == len(item.source)


def test_a_key_gives_jax_and_numpy_each_one_stream() -> None:
    key = Key.of(7, "nets")
    same = jax.random.normal(key.jax(), (3,)) == jax.random.normal(Key.of(7, "nets").jax(), (3,))
    other = jax.random.normal(key.jax(), (3,)) == jax.random.normal(key.child("fold").jax(), (3,))
    assert bool(same.all())
    assert not bool(other.any())


def test_settings_for_nets_last_as_long_as_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAX_COMPILATION_CACHE_DIR", raising=False)
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_enable_fast_math=false")
    with nets_in(tmp_path):
        assert os.environ["JAX_COMPILATION_CACHE_DIR"] == str(tmp_path / "compiled")
        assert os.environ["XLA_FLAGS"].startswith("--xla_cpu_enable_fast_math=false --xla")
    assert "JAX_COMPILATION_CACHE_DIR" not in os.environ
    assert os.environ["XLA_FLAGS"] == "--xla_cpu_enable_fast_math=false"
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", "mine")
    with nets_in(tmp_path):
        assert os.environ["JAX_COMPILATION_CACHE_DIR"] == "mine"

"""The 31 provinces of China, 1997-2013: what the study must say, and what slips of the source must not do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from coevolve.inquiry.finding import Finding
from coevolve.study.run import Settings, run
from coevolve.study.study import read_study


@pytest.fixture(scope="module")
def findings(repository: Path, data_root: Path) -> tuple[Finding, Finding]:
    """With entropy weights, and with equal ones."""
    done = run(read_study(repository / "studies" / "cn-provinces.toml"), Settings(data=data_root))
    return done["coordination"], done["coordination-equal"]


@pytest.fixture(scope="module")
def provinces(findings: tuple[Finding, Finding]) -> Finding:
    return findings[0]


def test_the_coast_leads_and_all_provinces_rose(provinces: Finding) -> None:
    change = provinces.table("change").set_index("region")
    assert len(change) == 31
    assert change["rank"].idxmin() == "Beijing"
    assert set(change.nsmallest(6, "rank").index) >= {"Beijing", "Shanghai", "Tianjin", "Zhejiang", "Jiangsu"}
    assert (change["change"] > 0).all()
    assert change["last_degree"].nlargest(10).min() > change.loc[["Gansu", "Guizhou", "Ningxia"], "last_degree"].max()
    assert "rose in all 31 regions" in provinces.claim


def test_other_weights_name_the_same_provinces(findings: tuple[Finding, Finding]) -> None:
    entropy, equal = (finding.claim.partition(". With ")[2].partition(";")[0] for finding in findings)
    assert entropy == equal
    assert "Henan, Guangxi, Hebei, Gansu, Yunnan and Jiangxi stand in the lowest third in 2013" in entropy
    assert "Beijing, Shanghai, Tianjin, Zhejiang, Jiangsu and Guangdong in the highest" in entropy
    notes = " ".join(note.text for note in findings[0].notes)
    assert "Do not call Ningxia the lowest" in notes
    assert "of 31 in another" in notes


def test_no_jump_that_is_the_sources_own_slip(provinces: Finding) -> None:
    """In 2000 the source swaps the public spending of Chongqing and Sichuan; the study calls both numbers missing."""
    table = provinces.table("coordination")
    degree = table.pivot(index="region", columns="year", values="coupling_coordination_degree")
    apart = degree.diff(axis=1).sub(degree.diff(axis=1).median(), axis=1)
    assert apart.loc[["Chongqing", "Sichuan"], [2000, 2001]].abs().to_numpy().max() < 0.03
    assert apart.iloc[:, 1:].abs().to_numpy().max() < 0.06


def test_what_is_said_is_borne_out_by_the_tables(provinces: Finding) -> None:
    relative = provinces.table("relative_development")
    lagging = relative[relative["lagging"] & (relative["year"] == 2013)]["subsystem"].value_counts()
    assert f"{lagging.index[0]} has the lowest score in {lagging.iloc[0]} of 31" in provinces.claim
    weights = provinces.table("weights").groupby("subsystem")["entropy_weight"].sum()
    np.testing.assert_allclose(weights, 1, atol=1e-12)
    text = " ".join(note.text for note in provinces.notes)
    assert "effluent_per_head of Shanghai (worst, 38 %)" in text
    assert "dust_per_head of Shanxi 1998" in text

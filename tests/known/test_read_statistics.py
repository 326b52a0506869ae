"""Real statistics read as the worked studies read them; skipped where they are absent."""

from pathlib import Path

import numpy as np
import pytest

from coevolve.errors import DataError
from coevolve.evidence.audit import audit
from coevolve.evidence.evidence import Evidence
from coevolve.evidence.panel import Status
from coevolve.evidence.read import Reading, read

CBP = "data:us_cbp_state_industry/cbp_state_naics2_2001_2017.parquet"
STATES = "data:innovation_regions/us_states_2000_2017.csv.gz"
CHINA = "data:innovation_regions/cn_provinces_1985_2013.csv.gz"
CORDIS = "data:network_cordis_h2020/h2020_participations_2014_2018.parquet"
FIRMS = {
    "file": CBP,
    "region": "state",
    "industry": "sector",
    "year": "year",
    "values": ["establishments"],
    "where": "naics NOT IN ('95', '99')",
}


@pytest.fixture
def reads(data_root: Path):  # type: ignore[no-untyped-def]
    def one(name: str = "x", **keys: object) -> Reading:
        return read(keys, name=name, base=data_root, data=data_root)

    return one


def test_establishments_of_19_sectors_in_44_states_and_dc(reads) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DataError) as caught:
        reads(**FIRMS)
    assert len(caught.value.faults) == 1
    assert "District of Columbia/Agriculture, Forestry, Fishing and Hunting has no 2012" in str(caught.value)
    found = reads(**FIRMS, missing="interpolate")
    assert found.item.shape == (45, 19, 17)
    assert found.item.count(Status.OBSERVED) == 45 * 19 * 17 - 2
    assert any("2 end early" in note for note in found.notes)
    assert found.sha256
    assert found.source == CBP


def test_patents_beside_establishments(reads) -> None:  # type: ignore[no-untyped-def]
    keys = {
        "file": STATES,
        "region": "state",
        "year": "year",
        "values": ["patents_granted"],
        "where": "year BETWEEN 2001 AND 2015",
    }
    patents = reads("innovation", **keys).item
    assert patents.shape == (51, 1, 15)
    assert patents.indicator("patents_granted").is_regional
    firms = reads("firms", **FIRMS, missing="interpolate").item
    joined = Evidence({"firms": firms, "innovation": patents}).panel(["firms", "innovation"])
    assert len(joined.regions) == 45
    assert joined.periods.labels == tuple(str(year) for year in range(2001, 2018))
    assert joined.indicator("patents_granted").industries == ("",)


def test_suppressed_employment_is_never_zero(reads) -> None:  # type: ignore[no-untyped-def]
    found = reads(
        file=CBP, region="state", industry="naics", year="year", values=["establishments", "employment"], missing="keep"
    ).item
    jobs, firms = found.indicator("employment"), found.indicator("establishments")
    assert int((jobs.status == Status.SUPPRESSED).sum()) == 141
    assert not (jobs.values == 0).any()
    assert int((firms.status == Status.SUPPRESSED).sum()) == 0
    nation = (
        found.select(indicators=["employment"])
        .aggregate(regions=dict.fromkeys(found.regions, "US"))
        .indicator("employment")
    )
    hidden = (jobs.status == Status.SUPPRESSED).any(axis=0)
    assert np.isnan(nation.values[0][hidden]).all()


def test_three_digit_industries_change_their_classification(reads) -> None:  # type: ignore[no-untyped-def]
    file = "data:us_cbp_state_industry/cbp_state_naics3_2001_2017.parquet"
    with pytest.raises(DataError, match="classification of industries changes between 2002 and 2003"):
        reads(file=file, region="state", industry="naics", year="year", values=["establishments"], missing="keep")
    found = reads(
        file=file,
        region="state",
        industry="naics",
        year="year",
        values=["establishments"],
        missing="keep",
        where="year >= 2003",
    )
    assert len(found.item.periods) == 15


def test_provinces_from_1997(reads) -> None:  # type: ignore[no-untyped-def]
    values = ["gdp_100m_cny_current", "patents_granted", "so2_t", "effluent_10kt", "cpi_1997base"]
    found = reads(file=CHINA, region="province", year="year", values=values, where="year >= 1997")
    assert found.item.shape == (31, 1, 17)
    assert found.item.count(Status.OBSERVED) == 31 * 17 * 5


@pytest.mark.parametrize("where", [None, "year >= 1997"])
def test_the_audit_names_the_faults_of_the_provinces(reads, where: str | None) -> None:  # type: ignore[no-untyped-def]
    keys = {"where": where} if where else {}
    lines = audit([reads("provinces", file=CHINA, region="province", year="year", missing="keep", **keys)])
    by_place = {(line.kind, line.indicator, line.region, line.period): line for line in lines}
    price = by_place["tenfold", "cpi_1997base", "Henan", "1985"]
    assert "30.1591" in price.words
    assert "a hundred times too much" in price.words
    assert "0.2966" in price.words
    dioxide = by_place["tenfold", "so2_t", "Hebei", "1991"]
    assert "8890000 (after 890000 in 1990 and before 930000 in 1992)" in dioxide.words
    assert "ten times too much" in dioxide.words
    assert by_place["zero", "dust_t", "Chongqing", "1985"].value == 0
    assert by_place["zero", "so2_t", "Tibet", "1985"].words.count("zeros") == 1
    assert ("late", "", "Chongqing", "1997") in by_place
    if where is None:
        assert 'blank = [{ region = "Hebei", year = 1991, indicator = "so2_t" }]' in dioxide.repair
        assert 0 < by_place["score", "", "", ""].value < 100


@pytest.mark.parametrize(
    ("file", "values"),
    [
        (STATES, ["patents_granted", "establishments", "employment", "vc_backed_firms"]),
        ("data:us_bds_1978_2019/bds_state_total_1978_2012.csv.gz", ["firms", "estabs", "emp"]),
        (CBP, ["establishments"]),
    ],
)
def test_the_audit_cries_no_wolf(reads, file: str, values: list[str]) -> None:  # type: ignore[no-untyped-def]
    keys = {"industry": "sector"} if file == CBP else {}
    lines = audit([reads(file=file, values=values, year="year", missing="keep", **keys)])
    assert {line.kind for line in lines} <= {"score", "cells", "late"}


def test_a_mended_cell_leaves_the_audit(reads) -> None:  # type: ignore[no-untyped-def]
    blank = [{"region": "Hebei", "year": 1991, "indicator": "so2_t"}]
    found = reads(file=CHINA, region="province", year="year", values=["so2_t"], missing="interpolate", blank=blank)
    assert found.item.indicator("so2_t").values[found.item.regions.index("Hebei"), 0, 6] == 910_000
    assert not [line for line in audit([found]) if line.region == "Hebei"]


def test_organisations_that_share_projects(reads) -> None:  # type: ignore[no-untyped-def]
    keys = {
        "file": CORDIS,
        "source": "project",
        "target": "organisation",
        "project": "target",
        "year": "start_year",
        "target_kind": "org_type",
    }
    network = reads("ties", **keys).item
    assert len(network.labels) == 27_411
    assert network.years == (2014, 2015, 2016, 2017, 2018)
    assert not network.directed
    assert "share" in network.meaning
    assert "zero diagonal" in network.made_by
    assert set(network.kinds) == {"HES", "PRC", "REC", "PUB", "OTH"}
    assert not (network.source == network.target).any()
    later = reads("ties", **keys, where="start_year BETWEEN 2015 AND 2018").item
    assert later.years == (2015, 2016, 2017, 2018)


def test_wiod_and_bea_accounts(reads) -> None:  # type: ignore[no-untyped-def]
    bea = reads(
        file="data:io_us_bea/ixi_flows_2012_2020_useeior.parquet",
        vectors="data:io_us_bea/ixi_vectors_2012_2020_useeior.parquet",
    ).item
    assert len(bea.sectors) == 71
    assert bea.years[0] == "2012"
    assert np.nanmax(np.abs(bea.imbalance())) < 1e-3
    vectors = {
        "file": "data:io_wiod/wiod_national_vectors_1995_2009.parquet",
        "sector": "ind",
        "gross_output": "gross_output",
        "final_demand": ["final_domestic", "export_intermediate", "export_final"],
        "value_added": "value_added",
    }
    keys = {
        "from": "from_ind",
        "to": "to_ind",
        "flow": "domestic",
        "imports": "imported",
        "year": "year",
        "region": "country",
    }
    wiod = reads(file="data:io_wiod/wiod_national_flows_1995_2009.parquet", vectors=vectors, **keys)
    assert wiod.item.flows.shape[1:] == (35, 35)
    assert any("have no output" in note for note in wiod.notes)
    k = next(k for k, one in enumerate(zip(wiod.item.regions, wiod.item.years, strict=True)) if one == ("DEU", "2008"))
    assert wiod.item.complete[k][:, wiod.item.sectors.index("c14")].sum() == pytest.approx(0.57, abs=0.005)

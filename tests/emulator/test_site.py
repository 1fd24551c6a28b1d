"""Metadata, search, index, estimate."""

from __future__ import annotations

import math

import pandas as pd
import pytest
import requests

from scripts.emulator import Atlas
from scripts.emulator.world.experiments import all_experiments, find_experiment
from scripts.shared.genomes import ASSEMBLIES
from tests.emulator.jobs import DAUNORUBICIN, DMSO, HG38_DMR_A, HG38_DMR_B, K562, MOLM13
from tests.reference import reference_json, reference_path

KEYS = {
    "expid",
    "genome",
    "agClass",
    "agSubClass",
    "clClass",
    "clSubClass",
    "title",
    "attributes",
    "readInfo",
    "clSubClassInfo",
}
ORGANISMS = {"hg": "hg38", "mm": "mm10", "rn": "rn6", "dm": "dm6", "ce": "ce11", "sacCer": "sacCer3"}


def metadata(atlas: Atlas, identifier: str) -> list[dict[str, str]]:
    reply = requests.get(f"{atlas.url}/site/data/exp_metadata.json", params={"expid": identifier}, timeout=5)
    assert reply.status_code == 200
    found: list[dict[str, str]] = reply.json()
    return found


def test_metadata_of_an_experiment(atlas: Atlas) -> None:
    found = metadata(atlas, "SRX5865959")
    assert [item["genome"] for item in found] == ["hg38", "hg19"]
    assert set(found[0]) == KEYS
    assert found[0]["readInfo"] == "27133423,64.2,67.5,324"
    assert found[0]["title"].startswith("GSM3781492: ")


@pytest.mark.parametrize("identifier", ["GSM3781492", "srx5865959", " SRX5865959"])
def test_only_the_accession_finds_an_experiment(atlas: Atlas, identifier: str) -> None:
    assert metadata(atlas, identifier) == []


def test_a_geo_sample_is_found_through_the_title(atlas: Atlas) -> None:
    found = requests.get(f"{atlas.url}/site/data/search", params={"q": "GSM3781492"}, timeout=5).json()
    assert [(item["expid"], item["genome"]) for item in found["experiments"]] == [
        ("SRX5865959", "hg38"),
        ("SRX5865959", "hg19"),
    ]


def test_unknown_experiment_is_an_empty_list(atlas: Atlas) -> None:
    assert metadata(atlas, "SRX1") == []
    assert metadata(atlas, "") == []


def test_search(atlas: Atlas) -> None:
    url = f"{atlas.url}/site/data/search"
    found = requests.get(url, params={"q": "molm13 cells", "genome": "hg38", "limit": 5}, timeout=5).json()
    assert found["total"] == 16
    assert found["returned"] == len(found["experiments"]) == 5
    assert all(item["clSubClass"] == "MOLM-13" for item in found["experiments"])
    assert requests.get(url, params={"q": "nothing like it"}, timeout=5).json()["total"] == 0


def test_index_of_factors(atlas: Atlas) -> None:
    index = requests.get(f"{atlas.url}/site/data/target_genes_analysis.json", timeout=5).json()
    assert set(index) == set(ASSEMBLIES)
    assert {"TP53", "E2F1", "MYC", "SIMHEADERONLY"} <= set(index["hg38"])


@pytest.mark.parametrize(("analysis", "ids"), [("diffbind", DMSO + DAUNORUBICIN), ("dmr", HG38_DMR_A + HG38_DMR_B)])
def test_estimate_follows_the_formula(atlas: Atlas, analysis: str, ids: list[str]) -> None:
    url = f"{atlas.url}/site/diff_analysis_estimated_time"
    minutes = requests.post(url, json={"analysis": analysis, "ids": ids}, timeout=5).json()["minutes"]
    reads = sum(int(metadata(atlas, name)[0]["readInfo"].split(",")[0]) for name in ids)
    formula = {"diffbind": 1.80e-6 * reads + 119.38 + 600, "dmr": 117.13 * math.log(reads) - 2012.5 + 600}
    assert minutes == math.ceil(formula[analysis] / 60)
    for body in ({"analysis": "x"}, [analysis], "text", 5, None):
        assert requests.post(url, json=body, timeout=5).status_code == 400


def test_every_example_of_the_web_form_exists() -> None:
    for organism, analyses in reference_json("official_examples.json").items():
        for analysis, groups in analyses.items():
            for name in groups["dataSetA"] + groups["dataSetB"]:
                found = find_experiment(name, ORGANISMS[organism])
                assert found is not None, name
                assert found.is_bisulfite == (analysis == "dmr")


def test_every_assembly_has_two_groups_of_peaks() -> None:
    for genome in ASSEMBLIES:
        peaks = [item for item in all_experiments() if item.genome == genome and not item.is_bisulfite]
        assert len(peaks) >= 4, genome


def test_facts_of_the_series_are_those_of_the_listing() -> None:
    listing = pd.read_csv(reference_path("chip_atlas_TP53_experiment_list.csv"))
    rows = listing[listing["Genome assembly"] == "hg38"].set_index("Experimental ID")
    for name in DMSO + DAUNORUBICIN + MOLM13 + K562:
        found = find_experiment(name, "hg38")
        assert found is not None
        assert rows.loc[name, "Processing logs"] == found.read_info
        assert str(rows.loc[name, "Title"]) == found.title
        assert rows.loc[name, "Cell type"] == found.cell_type
    expected = ["R175H", "Y220C", "M237I", "R248Q", "R273H", "R282W", "KO", "WT"]
    for group, treatment in ((DMSO, "DMSO"), (DAUNORUBICIN, "Daunorubicin")):
        found_group = [find_experiment(name, "hg38") for name in group]
        assert [item.genotype for item in found_group if item] == expected
        assert all(item and item.conditions == ("K-562", treatment) for item in found_group)

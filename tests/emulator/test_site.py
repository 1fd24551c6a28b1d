"""Metadata, search, index, estimate."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest
import requests

from scripts.chipatlas.assemblies import ASSEMBLIES
from scripts.emulator import Atlas
from scripts.emulator.simulation.samples.experiments import all_experiments, find_all, find_experiment
from tests.emulator.jobs import DAUNORUBICIN, DMSO, HG38_DMR_A, HG38_DMR_B, K562, MOLM13
from tests.reference import reference_json, reference_path

ORGANISMS = {"hg": "hg38", "mm": "mm10", "rn": "rn6", "dm": "dm6", "ce": "ce11", "sacCer": "sacCer3"}


def asked(atlas: Atlas, path: str, **params: Any) -> Any:
    reply = requests.get(f"{atlas.url}/site/{path}", params=params, timeout=5)
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_replies_of_the_old_site_have_the_shape_of_real_ones(atlas: Atlas) -> None:
    record = asked(atlas, "data/exp_metadata.json", expid="SRX5865959")
    real = reference_json("site/old_exp_metadata_SRX018625.json")
    assert [set(entry) for entry in record] == [set(entry) for entry in real]
    assert [entry["genome"] for entry in record] == [entry["genome"] for entry in real] == ["hg38", "hg19"]
    assert record[0]["readInfo"] == "27133423,64.2,67.5,324"
    assert "\t" in record[0]["attributes"] and "\t" in real[0]["attributes"]
    search, real = asked(atlas, "data/search", q="GSM3781492"), reference_json("site/old_search_GSM469863.json")
    assert {key: search[key] for key in ("total", "returned")} == {"total": 1, "returned": 1}
    assert set(search) == set(real) and set(search["experiments"][0]) == set(real["experiments"][0])
    row = search["experiments"][0]
    assert (row["genome"], row["geo_id"]) == ("hg19, hg38", "GSM3781492")
    assert "__TAB__" in row["attributes"]
    filtered = asked(atlas, "data/search", q="GSM3781492", genome="hg38")
    assert filtered == reference_json("site/old_search_with_genome_filter.json")


def test_replies_of_the_new_site_have_the_shape_of_real_ones(new_atlas_server: Atlas) -> None:
    record = asked(new_atlas_server, "api/experiment", experiment_id="SRX5865959")
    assert [set(entry) for entry in record] == [
        set(entry) for entry in reference_json("site/new_experiment_SRX018625.json")
    ]
    search = asked(new_atlas_server, "api/search", q="GSM3781492", genome="hg38")
    real = reference_json("site/new_search_GSM469863.json")
    assert set(search) == set(real) and set(search["experiments"][0]) == set(real["experiments"][0])
    assert asked(new_atlas_server, "api/search", q="GSM3781492", genome="mm10")["total"] == 0
    assert asked(new_atlas_server, "api/genomes") == reference_json("site/new_genomes.json")
    assert asked(new_atlas_server, "status") == reference_json("site/new_status.json")
    everything = asked(new_atlas_server, "api/search", limit=1000)
    assert everything["returned"] == 100 and everything["total"] > 1000
    rest = asked(new_atlas_server, "api/search", limit=100, offset=everything["total"] - 3)
    assert rest["returned"] == 3


def test_each_site_has_its_own_paths_alone(atlas: Atlas, new_atlas_server: Atlas) -> None:
    old = ["data/exp_metadata.json?expid=SRX5865959", "data/search?q=TP53", "data/target_genes_analysis.json"]
    new = ["api/experiment?experiment_id=SRX5865959", "api/search?q=TP53", "api/target_genes_index", "api/genomes"]
    for path in [*new, "status"]:
        assert requests.get(f"{atlas.url}/site/{path}", timeout=5).status_code == 404
    for path in [*old, "wabi_endpoint_status"]:
        assert requests.get(f"{new_atlas_server.url}/site/{path}", timeout=5).status_code == 404
    assert requests.get(f"{atlas.url}/site/api/genomes", timeout=5).json() == {"error": "Not found"}
    assert requests.get(f"{new_atlas_server.url}/site/api/experiment", timeout=5).status_code == 400


@pytest.mark.parametrize("identifier", ["GSM3781492", "srx5865959", " SRX5865959", "SRX1", ""])
def test_only_the_accession_finds_a_record(atlas: Atlas, identifier: str) -> None:
    assert asked(atlas, "data/exp_metadata.json", expid=identifier) == []


@pytest.mark.parametrize(
    ("words", "found"),
    [("molm13 cells", 16), ("MOLM13 dmso", 8), ("NF-kB", 11), ("nothing like it", 0), ("", 0), ("TP5", 0)],
)
def test_every_word_must_occur(atlas: Atlas, words: str, found: int) -> None:
    assert asked(atlas, "data/search", q=words, limit=100)["total"] == found


def test_index_of_factors(atlas: Atlas, new_atlas_server: Atlas) -> None:
    index = asked(atlas, "data/target_genes_analysis.json")
    assert {"TP53", "E2F1", "MYC", "SIMHEADERONLY"} <= set(index["hg38"])
    assert not {"H3K27ac", "ATAC-Seq"} & set(index["hg38"])
    successor = asked(new_atlas_server, "api/target_genes_index")
    assert set(successor["hg38"]) == set(index["hg38"]) | {"H3K27ac", "ATAC-Seq"}
    assert "hg19" not in successor
    for server, status in ((atlas, 404), (new_atlas_server, 200)):
        assert requests.head(f"{server.url}/data/hg38/target/H3K27ac.5.tsv", timeout=5).status_code == status


@pytest.mark.parametrize(("analysis", "ids"), [("diffbind", DMSO + DAUNORUBICIN), ("dmr", HG38_DMR_A + HG38_DMR_B)])
def test_estimate_follows_the_formula(atlas: Atlas, new_atlas_server: Atlas, analysis: str, ids: list[str]) -> None:
    """The old site counts reads once per assembly."""
    for server, path, each in (
        (atlas, "diff_analysis_estimated_time", lambda found: found),
        (new_atlas_server, "jobs/estimated_time", lambda found: found[:1]),
    ):
        url = f"{server.url}/site/{path}"
        minutes = requests.post(url, json={"analysis": analysis, "ids": ids}, timeout=5).json()["minutes"]
        reads = sum(item.reads for name in ids for item in each(find_all(name)))
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

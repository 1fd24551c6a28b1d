"""Titles that contradict the annotation: found in real and simulated data, and quiet where a title is only terse."""

from __future__ import annotations

import csv
from dataclasses import replace

import pytest

from scripts.chipatlas.site.metadata import ExperimentInfo
from scripts.chipatlas.transport.client import Client
from scripts.diff.analysis import DIFFBIND
from scripts.diff.inputs.preflight import check_before_submitting
from scripts.diff.inputs.titles import named_instead
from scripts.diff.qc.design import check_design
from tests.diff.tables import experiments
from tests.reference import reference_path

LISTED = {
    *["CTCF", "HDAC3", "TP53", "TP53BP1", "POU5F1", "SOX2", "NANOG", "MYC", "MAX", "REST", "GATA1", "GATA4", "ESR1"],
    *["RELA", "KDM6A", "EP300", "AR", "FOS", "JUN", "BRD4", "STAT3", "MYT1", "MNT", "NKX2-1", "SETDB1", "ATM", "CLOCK"],
}


def info(title, antigen="CTCF", antigen_class="TFs and others", genome="hg38"):
    return ExperimentInfo("SRX1", genome, antigen_class, antigen, "Blood", "K-562", title, None, None, None, None)


@pytest.mark.parametrize(
    ("title", "antigen", "named"),
    [
        ("GSM4633720: HDAC3 ChIP-seq rep1; Homo sapiens; ChIP-Seq", "CTCF", "HDAC3"),
        ("GSM1: K562_HDAC3_rep2; Homo sapiens; ChIP-Seq", "CTCF", "HDAC3"),
        ("GSM1: anti-HDAC3 K562", "CTCF", "HDAC3"),
        ("GSM1: FLAG-HDAC3 ChIP", "CTCF", "HDAC3"),
        ("GSM1: hESC 53BP1-Abcam replicate 1", "TP53", "TP53BP1"),
        ("GSM1: ES OCT4 ChIP", "SOX2", "POU5F1"),
        ("GSM1: NKX2-1_lung", "CTCF", "NKX2-1"),
        ("GSM1: MCF7 ERalpha, E2", "CTCF", "ESR1"),
    ],
)
def test_another_factor_in_its_place(title, antigen, named):
    assert named_instead(info(title, antigen), LISTED) == named


@pytest.mark.parametrize(
    ("title", "antigen"),
    [
        ("GSM1: CTCF_HDAC3i_treated", "CTCF"),
        ("GSM1: CTCF ChIP in MYC-high cells", "CTCF"),
        ("GSM1: HDAC3 and CTCF re-ChIP", "CTCF"),
        ("GSM1: ES OCT4 ChIP", "POU5F1"),
        ("GSM1: p53 wild type", "TP53"),
        ("GSM1: K562 cells, R175H, DMSO", "TP53"),
        ("GSM1: HCT116 TP53-/- 0 h", "EP300"),
        ("GSM1: HCT116 TP53 KO, p300", "EP300"),
        ("GSM1: siHDAC3 MCF7", "CTCF"),
        ("GSM1: sh-MYC day 3", "BRD4"),
        ("GSM1: G1E GATA1-ER 24h", "BRD4"),
        ("GSM1: BRD4 STAT3 inhibitor", "BRD4"),
        ("GSM1: STAT3 inhibitor 2 h", "BRD4"),
        ("GSM1: Truseq Kit, Max speed, Rest of the sample, Set 2", "BRD4"),
        ("GSM1: AR", "FOS"),
        ("GSM1: 3xHA_CTCF clone", "CTCF"),
        ("GSM1: something else", "CTCF"),
        ("", "CTCF"),
    ],
)
def test_no_contradiction(title, antigen):
    assert named_instead(info(title, antigen), LISTED) == ""


@pytest.mark.parametrize(
    ("antigen", "antigen_class"),
    [("Epitope tags", "TFs and others"), ("GFP", "TFs and others"), ("H3K27ac", "Histone"), ("ATAC-Seq", "ATAC-Seq")],
)
def test_only_annotated_factors_can_be_contradicted(antigen, antigen_class):
    assert named_instead(info("GSM1: HDAC3 ChIP", antigen, antigen_class), LISTED) == ""


def test_what_the_site_does_not_list_contradicts_nothing():
    assert named_instead(info("GSM1: HDAC3 ChIP"), {"CTCF"}) == named_instead(info("GSM1: HDAC3 ChIP"), []) == ""


def test_mouse_symbols():
    listed = {"Ctcf", "Pou5f1", "Sox2", "Trp53", "Rest"}
    assert named_instead(info("GSM1: Oct4 in ES", "Sox2", genome="mm10"), listed) == "Pou5f1"
    assert named_instead(info("GSM1: p53 in MEF", "Trp53", genome="mm10"), listed) == ""
    assert named_instead(info("GSM1: Rest of the batch", "Ctcf", genome="mm10"), listed) == ""


def test_real_experiments():
    """472 real ones, 162 of whose titles do not name what was precipitated: none contradicts its annotation. With the
    ones of 53BP1 annotated as p53, which is another protein, those are found and no other."""
    with reference_path("chip_atlas_TP53_experiment_list.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    real = [info(row["Title"], row["Antigen"], genome=row["Genome assembly"]) for row in rows]
    assert {one.antigen for one in real} == {"TP53", "TP53BP1"}
    assert [one.title for one in real if named_instead(one, LISTED)] == []
    planted = [replace(one, antigen="TP53") for one in real]
    found = [one.title for one in planted if named_instead(one, LISTED) == "TP53BP1"]
    assert len(found) == sum("53BP1" in one.title for one in real) == 22
    assert len([one for one in planted if named_instead(one, LISTED)]) == 22


def test_the_finding_quotes_both():
    table = experiments((["SRX1", "SRX2"], ["SRX3", "SRX4"]), title_names=["HDAC3", "", "", ""])
    found = [item for item in check_design(table, "A", "B") if item["issue"].startswith("Title")]
    assert [item["severity"] for item in found] == ["minor"]
    assert found[0]["details"] == 'SRX1 is annotated TP53, its title says HDAC3: "GSM1: K562 cells".'
    assert not [item for item in check_design(table.assign(title_names=""), "A", "B") if "Title" in item["issue"]]


def test_planted_and_found(either_atlas):
    with Client() as client:
        known = check_before_submitting(["SRX99000126", "SRX99000127"], [], "hg38", DIFFBIND, client)
    assert known.experiments["title_names"].tolist() == ["REST", ""]


def test_without_an_index_it_goes_on(atlas, capsys):
    atlas.fault("site-index", "http-503")
    with Client() as client:
        known = check_before_submitting(["SRX99000126", "SRX99000127"], [], "hg38", DIFFBIND, client)
    assert known.experiments["title_names"].tolist() == ["", ""]
    assert "Titles were not held against the annotations" in capsys.readouterr().out

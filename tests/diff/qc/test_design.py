import pandas as pd
import pytest

from scripts.diff.inputs.batches import accession_batches
from scripts.diff.qc.design import check_design
from tests.diff.tables import experiments

GROUPS = ["SRX100", "SRX101", "SRX102"], ["SRX103", "SRX104", "SRX105"]


def issues(table):
    return [item["issue"] for item in check_design(table, "Treated", "Control")]


def test_a_fair_design_has_no_finding():
    assert issues(experiments(GROUPS)) == []


def test_nothing_known_nothing_found():
    assert issues(experiments(GROUPS).head(0)) == []


def test_mixed_antigens_and_cell_types():
    table = experiments(GROUPS, antigen=["TP53", "TP53", "CTCF", *["TP53"] * 3], cell_type=["K-562"] * 5 + ["MCF-7"])
    found = check_design(table, "Treated", "Control")
    assert [item["issue"] for item in found] == ["Mixed antigens within a group", "Mixed cell types within a group"]
    assert "Treated: TP53 (2), CTCF (1)" in found[0]["details"]
    assert "Control: K-562 (2), MCF-7 (1)" in found[1]["details"]
    assert found[0]["severity"] == "major"


def test_mixed_studies_within_a_group():
    table = experiments((["SRX100", "SRX101", "SRX9000000"], ["SRX103", "SRX104", "SRX105"]))
    found = check_design(table, "Treated", "Control")
    assert [item["issue"] for item in found] == ["Mixed studies within a group"]
    assert "SRX100 to SRX101, SRX9000000 (inferred from accession numbers)" in found[0]["details"]


def test_confounded_with_study():
    table = experiments((["SRX100", "SRX101"], ["SRX9000000", "SRX9000001"]))
    assert issues(table) == ["Group and study are confounded"]


def test_different_antigens_between_groups():
    table = experiments(GROUPS, antigen=["TP53"] * 3 + ["CTCF"] * 3)
    assert issues(table) == ["Different antigens between groups"]


def test_weak_experiments():
    table = experiments(
        GROUPS,
        reads=pd.array([10_000_000, 1_500_000, None, *[30_000_000] * 3], dtype="Int64"),
        mapped_percent=pd.array([5.0, 90.0, 50.0, 104.0, 90.0, None], dtype="Float64"),
        peaks=pd.array([0, 99, 100, None, 5000, 5000], dtype="Int64"),
    )
    found = check_design(table, "Treated", "Control")
    assert [item["issue"] for item in found] == ["Very few mapped reads", "Very few peaks"]
    assert found[0]["details"].startswith("SRX100 (0.50 million): under 1 million")
    assert "SRX100 (0), SRX101 (99)" in found[1]["details"]


def test_bisulfite_experiments_have_no_peaks():
    table = experiments(GROUPS, antigen_class="Bisulfite-Seq", peaks=pd.array([0] * 6, dtype="Int64"))
    assert issues(table) == []


@pytest.mark.parametrize(
    ("accessions", "batches"),
    [
        (["SRX5", "SRX1", "SRX300"], [1, 1, 2]),
        (["SRX1", "ERX2", "DRX3"], [3, 2, 1]),
        (["SRX1", "SRX201", "SRX402"], [1, 1, 2]),
        ([], []),
    ],
)
def test_batches(accessions, batches):
    assert accession_batches(pd.Series(accessions, dtype=object)).tolist() == batches

import warnings

import numpy as np
import pandas as pd
import pytest

from scripts.chipatlas.batches import accession_batches
from scripts.diff.qc.design import check_design, check_outliers, sample_correlation
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


def test_a_million_mapped_reads_are_not_very_few():
    table = experiments(
        GROUPS,
        reads=pd.array([2_000_000, 2_000_000, *[30_000_000] * 4], dtype="Int64"),
        mapped_percent=pd.array([50.0, 49.9, *[90.0] * 4], dtype="Float64"),
    )
    [found] = check_design(table, "Treated", "Control")
    assert found["severity"] == "minor" and found["details"] == "SRX101 (1.00 million): under 1 million."


def test_a_hundred_peaks_are_not_very_few():
    table = experiments(GROUPS, peaks=pd.array([100, 99, *[5000] * 4], dtype="Int64"))
    [found] = check_design(table, "Treated", "Control")
    assert found["severity"] == "minor" and found["details"] == "SRX101 (99): under 100 at Q < 1e-5."


def test_each_group_is_named_by_its_own_label():
    table = experiments((["SRX100", "SRX99"], ["SRX9000001", "SRX9000000"]), antigen=["TP53", "CTCF", "JUN", "FOS"])
    found = {item["issue"]: item for item in check_design(table, "Treated", "Control")}
    assert [(issue, item["severity"]) for issue, item in found.items()] == [
        ("Mixed antigens within a group", "major"),
        ("Different antigens between groups", "major"),
        ("Group and study are confounded", "major"),
    ]
    assert (
        found["Mixed antigens within a group"]["details"] == "Treated: TP53 (1), CTCF (1); Control: JUN (1), FOS (1)."
    )
    assert found["Different antigens between groups"]["details"] == "Treated: CTCF, TP53; Control: FOS, JUN."
    assert found["Group and study are confounded"]["details"].endswith(
        "(inferred from accession numbers): Treated: SRX99 to SRX100; Control: SRX9000000 to SRX9000001."
    )


def test_groups_are_compared_only_as_wholes():
    table = experiments((["SRX100", "SRX101"], ["SRX9000000", "SRX9000001"]), antigen=["TP53"] * 2 + ["CTCF"] * 2)
    assert check_design(table, "Treated", "Control", whole=False) == []


def test_one_antigen_or_study_in_common_is_enough():
    table = experiments(GROUPS, antigen=["TP53", "CTCF", "TP53", "CTCF", "JUN", "JUN"])
    assert issues(table) == ["Mixed antigens within a group"]
    table = experiments((["SRX100", "SRX9000000"], ["SRX101", "SRX8000000"]))
    assert issues(table) == ["Mixed studies within a group"]


def test_several_studies_are_minor():
    table = experiments((["SRX100", "SRX101", "SRX9000000"], ["SRX103", "SRX104", "SRX105"]))
    [found] = check_design(table, "Treated", "Control")
    assert found["severity"] == "minor"
    assert found["details"] == "Treated: SRX100 to SRX101, SRX9000000 (inferred from accession numbers)."


def test_a_title_that_names_another_factor():
    table = experiments(GROUPS, title_names=["", "CTCF", *[""] * 4])
    [found] = check_design(table, "Treated", "Control")
    assert (found["severity"], found["issue"]) == ("minor", "Title contradicts the annotation")
    assert found["details"] == 'SRX101 is annotated TP53, its title says CTCF: "GSM1: K562 cells".'
    assert check_design(table.drop(columns="title_names"), "Treated", "Control") == []


def test_correlation_is_that_of_log2_of_one_more_than_the_count():
    counts = pd.DataFrame({"x": [0, 1, 3], "steeper": [0, 3, 15], "other": [0, 3, 1], "flat": [2, 2, 2]})
    found = sample_correlation(counts)
    assert found.loc["x", "steeper"] == pytest.approx(1) and found.loc["x", "other"] == pytest.approx(0.5)
    assert found.index.tolist() == found.columns.tolist() == [*counts.columns]
    assert found["flat"].isna().all()


class TestOutliers:
    #: log2(1 + count) of three samples is the same; of the fourth it correlates with them by 0.5.
    COUNTS = pd.DataFrame({"a": [0, 1, 3], "b": [0, 1, 3], "c": [0, 1, 3], "odd": [0, 3, 1]}, dtype=float)

    def test_it_is_named_with_its_correlation(self):
        [found] = check_outliers(self.COUNTS, "AAAA")
        assert found["severity"] == "minor"
        assert found["details"] == "odd (median correlation 0.50 with its group)."

    def test_in_either_group(self):
        counts = self.COUNTS.assign(d=self.COUNTS["a"], e=self.COUNTS["a"], f=self.COUNTS["a"])
        assert check_outliers(counts, "AAAABBB") != [] and check_outliers(counts, "BBBBAAA") != []
        assert check_outliers(counts.drop(columns="odd"), "AAABBB") == []

    def test_of_two_samples_nobody_can_say_which_is_odd(self):
        assert check_outliers(self.COUNTS[["a", "odd"]], "AA") == []
        assert check_outliers(self.COUNTS[["a", "b", "odd"]], "AAB") == []
        assert check_outliers(self.COUNTS[["a", "b", "odd"]], "AAA") != []

    @pytest.mark.parametrize(("correlation", "odd"), [(0.849, True), (0.851, False)])
    def test_lower_by_more_than_0_15(self, correlation, odd):
        """Four samples, three of which are one; the values of the fourth are chosen for its correlation."""
        base = np.array([-1.0, 0.0, 1.0]) / np.sqrt(2)
        beside = np.array([1.0, -2.0, 1.0]) / np.sqrt(6)
        values = correlation * base + np.sqrt(1 - correlation**2) * beside
        counts = 2 ** (5 + np.column_stack([base, base, base, values])) - 1
        assert bool(check_outliers(pd.DataFrame(counts, columns=list("abcd")), "AAAA")) is odd

    def test_too_little_to_correlate(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert check_outliers(self.COUNTS.head(1), "AAAA") == check_outliers(self.COUNTS[["a"]], "A") == []
        two = pd.DataFrame({"a": [0, 3], "b": [0, 3], "c": [0, 3], "odd": [3, 0]})
        assert check_outliers(two, "AAAA") != []

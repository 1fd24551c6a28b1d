"""Rules about the groups: who took part, whose the data are, how many there are."""

from dataclasses import replace

import pandas as pd
import pytest

from scripts.diff.qc.qc_checks import run_qc_checks
from tests.diff.tables import compare, experiments, methylation, peaks

GROUPS = ["SRX100", "SRX101", "SRX102"], ["SRX103", "SRX104", "SRX105"]


def found(issue, *, n=(5, 6), **changes):
    """The findings of one kind about a comparison of so many experiments."""
    regions = peaks([{"logFC": 2.0 - 4.0 * (number % 2), "start": 9_000_000 * number} for number in range(6)])
    return [item for item in run_qc_checks(replace(compare(regions, n=n), **changes)) if item["issue"] == issue]


def own(in_a, in_b):
    return tuple((f"own_{group}{n}", group) for group, count in (("A", in_a), ("B", in_b)) for n in range(count))


@pytest.mark.parametrize(
    ("n", "issue", "severity", "text"),
    [
        ((3, 9), "Very small sample size", "major", "3 (Treated) vs 9 (Control) experiments: with n <= 3 per group"),
        ((9, 3), "Very small sample size", "major", "9 (Treated) vs 3 (Control) experiments: with n <= 3 per group"),
        ((4, 9), "Small sample size", "minor", "4 (Treated) vs 9 (Control) experiments: with n < 5 per group"),
        ((9, 4), "Small sample size", "minor", "9 (Treated) vs 4 (Control) experiments: with n < 5 per group"),
    ],
)
def test_the_smaller_group_decides(n, issue, severity, text):
    [item] = found(issue, n=n)
    assert item["severity"] == severity and item["details"].startswith(text)


def test_five_experiments_a_group_are_enough():
    assert found("Small sample size", n=(5, 5)) == found("Very small sample size", n=(5, 5)) == []


def test_ignored_experiments_are_major():
    [item] = found("Experiments not used by the server", n=(4, 7), ignored=("SRX7", "SRX8"))
    assert item["severity"] == "major"
    assert item["details"] == "SRX7, SRX8 took no part; the comparison is 4 (Treated) vs 7 (Control)."


def test_counts_without_owner_are_major():
    [item] = found("Counts cannot be matched to experiments", counts_matched=False)
    assert item["severity"] == "major"


class TestLookedUp:
    ISSUE = "Experiments not looked up"

    def test_it_says_why_not(self):
        [item] = found(self.ISSUE, metadata_unavailable="the site is down.")
        assert item["severity"] == "minor" and item["details"].endswith("were not checked: the site is down.")

    def test_nobody_looks_up_the_users_own(self):
        assert found(self.ISSUE, metadata_unavailable="skipped", own=own(5, 6)) == []
        assert len(found(self.ISSUE, metadata_unavailable="skipped", own=own(5, 5))) == 1

    def test_looked_up(self):
        assert found(self.ISSUE) == []


class TestOwnData:
    def test_all_of_it(self):
        [item] = found("Own data", own=own(5, 6))
        assert item["severity"] == "note"
        assert found("Own data beside public data", own=own(5, 6)) == []

    def test_none_of_it(self):
        assert found("Own data") == found("Own data beside public data") == []

    @pytest.mark.parametrize(
        ("in_a", "in_b", "apart"),
        [(5, 0, True), (0, 6, True), (4, 0, False), (0, 5, False), (5, 1, False), (2, 3, False)],
    )
    def test_one_group_own_and_the_other_public_cannot_be_told_from_the_condition(self, in_a, in_b, apart):
        [item] = found("Own data beside public data", own=own(in_a, in_b))
        assert item["severity"] == ("major" if apart else "minor")
        one_group = " One group is all your own, the other all public." if apart else ""
        assert item["details"] == (
            f"Your own: {in_a} of 5 (Treated), {in_b} of 6 (Control); the rest is ChIP-Atlas's.{one_group}"
        )
        assert ("cannot be told from the condition" in item["recommendation"]) is apart

    @pytest.mark.parametrize("n", [(0, 6), (6, 0)])
    def test_a_group_of_which_nothing_was_used_is_not_apart(self, n):
        in_a, in_b = min(n[0], 3), min(n[1], 3)
        [item] = found("Own data beside public data", n=n, own=own(in_a, in_b))
        assert item["severity"] == "minor"

    def test_groups_are_compared_where_all_experiments_are_known(self):
        table = experiments(GROUPS, antigen=["TP53"] * 3 + ["CTCF"] * 3)
        assert len(found("Different antigens between groups", experiments=table)) == 1
        assert found("Different antigens between groups", experiments=table, own=own(2, 3)) == []
        mixed = experiments(GROUPS, antigen=["TP53", "CTCF", "TP53", *["CTCF"] * 3])
        assert len(found("Mixed antigens within a group", experiments=mixed, own=own(2, 3))) == 1


def test_without_counts_no_sample_is_unlike():
    assert found("Sample unlike its group", counts=None) == []


def test_a_sample_is_held_against_its_own_group():
    """Two groups with nothing in common: no sample is unlike its fellows."""
    rows = [[1, 1, 1, 9, 9, 9], [9, 9, 9, 1, 1, 1], [5, 5, 5, 7, 7, 7], [2, 2, 2, 2, 2, 2]]
    counts = pd.DataFrame(rows, columns=list("abcdef"), dtype=float)
    assert found("Sample unlike its group", counts=counts, sample_groups=tuple("AAABBB")) == []
    assert len(found("Sample unlike its group", counts=counts, sample_groups=tuple("AABAAA"))) == 1


def test_each_kind_of_finding_has_its_code():
    """What a program reads: never renamed."""
    comparison = compare(peaks([{}]))
    mixed = experiments(
        (["SRX1", "SRX900"], ["SRX90000", "SRX99999"]), antigen=["a", "b", "c", "d"], cell_type=["x", "y", "x", "x"]
    )
    weak = {"reads": pd.array([100] * 4, dtype="Int64"), "peaks": pd.array([1] * 4, dtype="Int64"), "title_names": "x"}
    counts = pd.DataFrame({"a": [0, 1, 3], "b": [0, 1, 3], "c": [0, 1, 3], "odd": [0, 3, 1]}, dtype=float)
    rows = [{"chrom": "chrY", "start": 90 * n, "size": 90, "count_b": 0.0} for n in range(4)]
    rows += [{"chrom": "chrM"}, {"chrom": "chrUn_KI270742v1"}, {"size": 5}]
    rows += [{"chrom": "chr9", "start": 90_000 * n, "size": 90, "count_b": 80.0} for n in range(12)]
    rows += [{"chrom": "chr8", "start": 9_000_000 * n, "logFC": -2.0, "count_a": 2000.0} for n in range(6)]
    made = [
        *run_qc_checks(replace(comparison, ignored=("SRX7",), counts_matched=False, metadata_unavailable="x", n_a=3)),
        *run_qc_checks(
            replace(comparison, experiments=mixed.assign(**weak), n_a=4, counts=counts, sample_groups="AAAA")
        ),
        *run_qc_checks(replace(comparison, own=own(1, 1))),
        *run_qc_checks(replace(comparison, own=own(8, 8))),
        *run_qc_checks(compare(peaks(rows))),
        *run_qc_checks(compare(methylation([{}]))),
    ]
    assert {item["issue"]: item["code"] for item in made} == {
        "Experiments not used by the server": "experiments-not-used",
        "Counts cannot be matched to experiments": "counts-unmatched",
        "Very small sample size": "very-small-sample-size",
        "Small sample size": "small-sample-size",
        "Experiments not looked up": "experiments-not-looked-up",
        "Mixed antigens within a group": "mixed-antigens",
        "Mixed cell types within a group": "mixed-cell-types",
        "Mixed studies within a group": "mixed-studies",
        "Different antigens between groups": "different-antigens",
        "Group and study are confounded": "group-study-confounded",
        "Very few mapped reads": "few-mapped-reads",
        "Very few peaks": "few-peaks",
        "Title contradicts the annotation": "title-contradicts-annotation",
        "Sample unlike its group": "outlier",
        "Own data beside public data": "own-beside-public",
        "Own data": "own-data",
        "Sex-chromosome confound on chrY": "sex-chromosomes",
        "Mitochondrial regions": "mitochondrial-regions",
        "Genomic cluster on chr9": "copy_number",
        "MA asymmetry": "ma-asymmetry",
        "Small significant regions": "small-regions",
        "Fragmented peaks": "fragmented-peaks",
        "Non-standard contigs filtered": "nonstandard-contigs",
        "Implausibly small regions filtered": "tiny-regions",
        "Checks that do not apply to methylation": "checks-left-out",
    }

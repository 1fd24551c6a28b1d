"""The tables of experiments and of counts in the report, row by row."""

import pandas as pd
import pytest

from scripts.diff import recut
from scripts.diff.analysis import DIFFBIND, DMR
from scripts.diff.diff_result import DiffResult
from scripts.diff.outputs import MERGED_REGIONS, TOP_REGIONS
from scripts.diff.report.summary import called_counts, number_of_tests, report_sections
from scripts.diff.results.loci import merge_loci
from tests.diff.tables import experiments, make_results, methylation, peaks

GROUPS = ["SRX1", "SRX2"], ["SRX3", "SRX4"]


def section(results, name, *, threshold=0.05):
    results = recut(results, threshold) if threshold != 0.05 else DiffResult.of(results)
    regions = results["diff_regions"]
    analysis = DMR if "methylation_difference" in regions else DIFFBIND
    tables = {
        TOP_REGIONS: regions.head(50).assign(nearest_gene=""),
        MERGED_REGIONS: merge_loci(regions, analysis.effect),
    }
    return report_sections(results, analysis, tables, ["a.csv"])[name]


def results_with(**columns):
    results = make_results(peaks([{}]))
    results["experiments"] = experiments(GROUPS, **columns)
    return results


def rows_of(text):
    """Cells of each row of each table, headers first."""
    rows = [line for line in text.splitlines() if line.startswith("|") and not line.startswith("| ---")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in rows]


class TestExperiments:
    def test_each_group_has_its_own_rows_under_its_own_label(self):
        text = section(results_with(antigen=["TP53", "CTCF", "JUN", "FOS"]), "Experiments")
        first, second = text.split("**Group B: Control**")
        assert first.startswith("**Group A: Treated**")
        header = ["accession", "antigen", "cell type", "title", "reads", "mapped %", "peaks (Q < 1e-5)"]
        shared = ["K-562", "GSM1: K562 cells", "30,000,000", "95.0", "5,000"]
        assert rows_of(first) == [header, ["SRX1", "TP53", *shared], ["SRX2", "CTCF", *shared]]
        assert rows_of(second) == [header, ["SRX3", "JUN", *shared], ["SRX4", "FOS", *shared]]
        assert "| --- | --- | --- | --- | ---: | ---: | ---: |" in first

    def test_another_name_stands_in_brackets(self):
        text = section(results_with(requested=["GSM7", "SRX2", "SRX3", "SRX4"]), "Experiments")
        assert [row[0] for row in rows_of(text)] == ["accession", "SRX1 (GSM7)", "SRX2", "accession", "SRX3", "SRX4"]

    @pytest.mark.parametrize(
        ("classes", "shown"),
        [
            ("Bisulfite-Seq", False),
            (["Bisulfite-Seq", "TFs and others", "Bisulfite-Seq", "Bisulfite-Seq"], True),
            ("TFs and others", True),
        ],
    )
    def test_bisulfite_experiments_have_no_column_of_peaks(self, classes, shown):
        rows = rows_of(section(results_with(antigen_class=classes), "Experiments"))
        assert {len(row) for row in rows} == {7 if shown else 6}
        assert ("peaks (Q < 1e-5)" in rows[0]) is shown

    def test_a_number_that_is_missing(self):
        columns = {
            "reads": pd.array([None] * 4, dtype="Int64"),
            "mapped_percent": pd.array([None] * 4, dtype="Float64"),
            "peaks": pd.array([0] * 4, dtype="Int64"),
        }
        assert rows_of(section(results_with(**columns), "Experiments"))[1][4:] == ["?", "?", "0"]

    @pytest.mark.parametrize(("percent", "said"), [(100.0, False), (100.1, True)])
    def test_more_than_all_reads_mapped_is_explained(self, percent, said):
        text = section(results_with(mapped_percent=pd.array([90.0, percent, 90, 90], dtype="Float64")), "Experiments")
        end = "As ChIP-Atlas's metadata gives them" + ("; mapped % above 100 occurs there." if said else ".")
        assert text.endswith(end)

    def test_without_metadata_it_says_why(self):
        results = make_results(peaks([{}]))
        results["experiments"] = results["experiments"].head(0)
        results["provenance"]["metadata_unavailable"] = "the site was down"
        assert section(results, "Experiments") == "Their metadata could not be looked up: the site was down"

    def test_what_was_read_on_this_machine(self):
        results = results_with()
        results["provenance"]["inputs"] = [
            {
                "name": "SRX1", "group": "A", "bigwig": "a.bw", "peaks": "a.bed", "scale": 0.123456789,
                "read_length": 51.0, "notes": ["one", "two"],
            },
            {"name": "SRX3", "group": "B", "bigwig": "b.bw", "notes": []},
        ]  # fmt: skip
        rows = rows_of(section(results, "Experiments"))[-3:]
        assert rows == [
            ["experiment", "group", "coverage", "peaks", "one read adds", "read length", "notes"],
            ["SRX1", "A", "a.bw", "a.bed", "0.123457", "51", "one; two"],
            ["SRX3", "B", "b.bw", "", "", "", ""],
        ]
        results["experiments"] = results["experiments"].head(0)
        assert section(results, "Experiments").startswith("**Computed on this machine from**")


ROWS = [
    {"logFC": 2.0, "q": 1e-4, "start": 1000},
    {"logFC": 2.0, "q": 1e-4, "start": 1300},  # abuts the first: one locus
    {"logFC": 2.0, "q": 0.05, "start": 900_000},
    {"logFC": -2.0, "q": 0.04, "start": 990_000},
    {"chrom": "chrUn_KI270742v1"},
    {"size": 5},
    {"size": 5, "chrom": "chrUn_KI270742v1"},
]


class TestResult:
    def test_each_group_has_its_own_number(self):
        assert rows_of(section(make_results(peaks(ROWS)), "Result")) == [
            ["", "regions"],
            ["Regions tested", "7"],
            ["On non-standard contigs", "2"],
            ["Under 10 bp", "2"],
            ["of these both", "1"],
            ["Regions after filtering", "4"],
            ["Significant (q < 0.05)", "3"],
            ["of these higher in Treated", "2"],
            ["of these higher in Control", "1"],
            ["Independent loci among the significant", "2"],
        ]

    def test_both_is_told_where_there_are_any(self):
        assert "of these both" not in section(make_results(peaks(ROWS[:6])), "Result")

    @pytest.mark.parametrize(("threshold", "significant"), [(0.05, 3), (0.0500001, 4), (0.04, 2), (1e-4, 0)])
    def test_a_threshold_is_not_below_itself(self, threshold, significant):
        results = make_results(peaks(ROWS))
        text = section(results, "Result", threshold=threshold)
        assert [row[1] for row in rows_of(text) if row[0].startswith("Significant")] == [str(significant)]
        assert ("**No region is significant.**" in text) is (significant == 0)
        assert ("so one peak can be several regions" in text) is (significant > 0)

    def test_counts_of_what_was_called(self):
        regions = make_results(peaks(ROWS))["diff_regions"]
        assert called_counts(regions, regions["significant"]) == {
            "significant": 3,
            "higher_a": 2,
            "higher_b": 1,
            "loci": 2,
        }


def test_number_of_tests_is_read_off_q_below_one():
    regions = methylation([{"q": 0.01}, {"q": 0.5}, {"q": 1.0}]).assign(pvalue=[1e-4, 5e-3, 0.9])
    assert number_of_tests(regions) == 100
    assert number_of_tests(regions.assign(qvalue=1.0)) == 0
    assert number_of_tests(regions.assign(pvalue=0.0)) == 0


def test_groups_of_the_comparison():
    rows = rows_of(section(make_results(peaks([{}])), "Comparison"))
    assert rows == [
        ["", "value"],
        ["Group A: Treated (n=2)", "SRX1, SRX2"],
        ["Group B: Control (n=2)", "SRX3, SRX4"],
        ["Assembly", "hg38"],
        ["Analysis", "diffbind: differential peaks"],
    ]

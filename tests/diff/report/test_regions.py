"""The tables of regions and loci, and the sizes of effects, on regions that are known one by one."""

import pandas as pd
import pytest

from scripts.diff.analysis import DIFFBIND, DMR
from scripts.diff.qc.qc_checks import run_qc_checks
from scripts.diff.report.regions import effect_sizes, loci_table, remarks, suspects, top_table
from scripts.diff.results.loci import merge_loci
from tests.diff.tables import compare, make_results, methylation, peaks

#: Four regions on chrY with nothing in the other group, one on chr1, one in chr2.
CONFOUNDED = [
    {"chrom": "chrY", "start": 4_000_000 * n, "logFC": 8.0, "count_a": 90.0, "count_b": 0.0} for n in range(4)
]
CONFOUNDED += [{"chrom": "chr1", "logFC": 1.0}, {"chrom": "chr2", "logFC": -1.2}]


def results_of(rows, findings=False):
    results = make_results(methylation(rows) if "difference" in rows[0] else peaks(rows))
    if findings:
        results["qc_warnings"] = run_qc_checks(compare(results["diff_regions"]))
    return results


def effects(rows, *, findings=False, analysis=DIFFBIND):
    results = results_of(rows, findings)
    return effect_sizes(results["diff_regions"], analysis, results).splitlines()


@pytest.mark.parametrize(("effect", "large"), [(1.5, 1), (-1.5, 1), (1.499, 0)])
def test_an_effect_of_one_and_a_half_is_not_modest(effect, large):
    [line] = effects([{"logFC": 9.0}, {"logFC": 9.0}, {"logFC": effect}])
    assert line.endswith(f", {2 + large} with |logFC| ≥ 1.5.")


@pytest.mark.parametrize(("effect", "said"), [(1.5, False), (-1.5, False), (1.499, True), (-1.499, True)])
def test_most_effects_are_modest_where_their_median_is_below_one_and_a_half(effect, said):
    lines = effects([{"logFC": 9.0}, {"logFC": effect}, {"logFC": 0.1}])
    assert (lines[-1] == "- Most effects are modest: read them as candidates, not as evidence of a switch.") is said
    assert len(lines) == 1 + said


def test_sizes_are_those_of_the_absolute_effect():
    rows = [{"logFC": size * (-1) ** size} for size in range(1, 12)]
    assert effects(rows) == [
        "- All significant regions: 11 regions, median |logFC| 6 (10 % to 90 %: 2 to 10), 10 with |logFC| ≥ 1.5."
    ]


def test_sizes_without_what_is_advised_against():
    assert effects(CONFOUNDED, findings=True) == [
        "- All significant regions: 6 regions, median |logFC| 8 (10 % to 90 %: 1.1 to 8), 4 with |logFC| ≥ 1.5.",
        "- Without the 4 regions that a major finding advises not to interpret: 2 regions, median |logFC| 1.1 (10 % to "
        "90 %: 1.02 to 1.18), 0 with |logFC| ≥ 1.5.",
        "- Most effects are modest: read them as candidates, not as evidence of a switch.",
    ]
    assert effects(CONFOUNDED[:4], findings=True)[1:] == [
        "- Without the 4 regions that a major finding advises not to interpret: no region is left."
    ]


def test_methylation_is_not_held_to_a_fold_change():
    rows = [{"difference": 0.2}, {"difference": -0.4}, {"difference": 0.3}]
    [line] = effects(rows, analysis=DMR)
    assert line == (
        "- All significant regions: 3 regions, median |methylation_difference| 0.3 (10 % to 90 %: 0.22 to 0.38)."
    )


def test_nothing_of_nothing():
    results = results_of([{}])
    nothing = results["diff_regions"].head(0)
    assert effect_sizes(nothing, DIFFBIND, results) == ""
    assert top_table(nothing.assign(nearest_gene=""), DIFFBIND, results) == ""
    assert loci_table(merge_loci(nothing, "logFC"), DIFFBIND, results) == ""


def lines_of(top, analysis, results):
    return [line.strip("| ").split(" | ") for line in top_table(top, analysis, results).splitlines() if line[:1] == "|"]


def test_a_row_of_the_table():
    results = results_of([{"chrom": "chr7", "start": 100, "size": 250, "logFC": -1.23456789, "q": 1e-5}])
    top = results["diff_regions"].assign(nearest_gene="")
    header, _, row = lines_of(top, DIFFBIND, results)
    assert header == ["rank", "region", "logFC", "qvalue", "pvalue", "mean_count_a", "mean_count_b", "size (bp)"]
    assert row == ["1", "chr7:100-350", "-1.23457", "1e-05", "1e-06", "80", "20", "250"]
    assert top_table(top, DIFFBIND, results).splitlines()[1] == "| ---: | --- |" + " ---: |" * 6
    methylated = results_of([{"chrom": "chr7", "start": 100, "size": 250, "difference": 0.25}])
    top = methylated["diff_regions"].assign(nearest_gene="")
    header, _, row = lines_of(top, DMR, methylated)
    assert header[2:7] == ["methylation_difference", "qvalue", "pvalue", "mean_methylation_a", "mean_methylation_b"]
    assert row[2:7] == ["0.25", "0.0001", "1e-06", "0.625", "0.375"]


def test_genes_and_cautions_have_columns_where_there_are_any():
    results = results_of(CONFOUNDED, findings=True)
    top = results["diff_regions"].assign(
        nearest_gene=["SRY", *[""] * 5], tss_gene=["SRY", "", "TP53", "", "", ""], tss_distance=[-1200, 0, 0, 0, 0, 0]
    )
    header, _, *rows = lines_of(top, DIFFBIND, results)
    assert header[8:] == ["gene within 5 kb", "nearest TSS", "caution"]
    assert [row[0] for row in rows] == ["1", "2", "3", "4", "5", "6"]
    cells = [line.split("|")[9:12] for line in top_table(top, DIFFBIND, results).splitlines()[2:8]]
    assert [[cell.strip() for cell in row] for row in cells] == [
        ["SRY", "SRY (-1,200 bp)", "artefact?"],
        ["", "", "artefact?"],
        ["", "TP53 (+0 bp)", "artefact?"],
        ["", "", "artefact?"],
        ["", "", ""],
        ["", "", ""],
    ]
    text = top_table(top, DIFFBIND, results)
    assert "*artefact?*: a major finding advises not to interpret this region." in text
    assert "A gene name alone means overlap" in text


def test_without_genes_and_cautions_there_are_no_such_columns():
    results = results_of([{"chrom": "chr7"}])
    text = top_table(results["diff_regions"].assign(nearest_gene=""), DIFFBIND, results)
    assert "caution" not in text and "artefact" not in text and "gene within" not in text and "nearest TSS" not in text
    assert "A gene name alone" not in text and text.endswith(" Genes were not looked up.")


@pytest.mark.parametrize("annotated", [True, False])
@pytest.mark.parametrize(
    ("left_out", "said"),
    [
        (None, " Genes were not looked up."),
        (0, " No gene lies within 5 kb of these regions."),
        (3, " **UCSC did not answer for 3 of the first 5 regions:** no gene beside one of them does not mean that none "
            "is near."),
    ],
)  # fmt: skip
def test_why_no_gene_stands_there(annotated, left_out, said):
    results = {}
    if left_out is not None:
        results["nearest_genes"] = pd.Series(["", "", "TP53", "", ""])
        results["nearest_genes"].attrs["not_looked_up"] = left_out
    text = remarks(results, annotated, suspect=False)
    # Where genes stand, nobody asks why there are none; but that some were not looked up is said all the same.
    assert text.endswith(said) is (not annotated or left_out == 3)
    assert ("A gene name alone means overlap" in text) is annotated


def test_genes_of_which_nothing_says_how_many_were_left_out():
    assert remarks({"nearest_genes": pd.Series([""])}, False, False).endswith(
        "No gene lies within 5 kb of these regions."
    )


def test_a_row_of_the_table_of_loci():
    rows = [
        {"chrom": "chr5", "start": 100, "size": 50, "q": 1e-9, "logFC": -3.0},
        {"chrom": "chr5", "start": 150, "size": 80, "q": 0.3, "logFC": 1.0},
    ]
    results = results_of(rows)
    text = loci_table(merge_loci(results["diff_regions"], "logFC"), DIFFBIND, results)
    assert text.splitlines()[:3] == [
        "| locus | significant regions | of all | best logFC | best qvalue | best region |",
        "| --- | ---: | ---: | ---: | ---: | --- |",
        "| chr5:100-230 | 1 | 2 | -3 | 1e-09 | chr5:100-150 |",
    ]


def test_loci_that_are_advised_against():
    results = results_of(CONFOUNDED, findings=True)
    lines = loci_table(merge_loci(results["diff_regions"], "logFC"), DIFFBIND, results).splitlines()
    assert lines[0].endswith("| best region | caution |")
    assert [line.startswith("| chrY:") for line in lines[2:8]] == [
        line.endswith("| artefact? |") for line in lines[2:8]
    ]
    assert suspects(results["diff_regions"], results).tolist() == [True] * 4 + [False] * 2

import pickle

import pandas as pd
import pytest

from scripts.common.errors import InputError
from scripts.diff import recut
from scripts.diff.analysis import DIFFBIND, DMR
from scripts.diff.qc.qc_checks import run_qc_checks
from scripts.diff.report.export import export_all
from tests.diff.tables import compare, make_results, methylation, peaks

TABLES = [
    "diff_regions_all.csv",
    "diff_regions_significant.csv",
    "diff_regions_top50.csv",
    "diff_regions_unfiltered.csv",
]
MERGED = "diff_regions_merged.csv"


@pytest.mark.parametrize(("fixture", "analysis"), [("peak_results", DIFFBIND), ("dmr_results", DMR)])
def test_every_file_with_every_column(tmp_path, request, fixture, analysis, capsys):
    results = request.getfixturevalue(fixture)
    written = export_all(results, tmp_path, annotation="none")
    assert sorted(written) == sorted(
        [
            *TABLES,
            MERGED,
            "analysis_object.pkl",
            "analysis_object.json",
            "ro-crate-metadata.json",
            "summary_report.md",
            "report.html",
        ]
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(written)
    for name in TABLES:
        columns = list(pd.read_csv(tmp_path / name).columns)
        assert columns == [*analysis.columns, *(["nearest_gene"] if "top50" in name else [])]
    assert capsys.readouterr().out.splitlines()[-1] == "=== Export Complete ==="


def test_csv_values_are_exact(tmp_path, peak_results):
    export_all(peak_results, tmp_path, annotation="none")
    regions = peak_results["diff_regions"]
    read = pd.read_csv(tmp_path / "diff_regions_all.csv", dtype=str)
    assert read["counts_a"].tolist() == regions["counts_a"].tolist()
    for name in ("chromStart", "logFC", "pvalue", "qvalue", "mean_count_a"):
        assert [float(cell) for cell in read[name]] == regions[name].tolist()


def test_top50_is_the_strict_order(tmp_path, peak_results):
    export_all(peak_results, tmp_path, annotation="none")
    top = pd.read_csv(tmp_path / "diff_regions_top50.csv")
    assert len(top) == 50
    assert top["chromStart"].tolist() == peak_results["diff_regions"]["chromStart"].head(50).tolist()


def test_threshold_moves_the_significant_table(tmp_path, peak_results):
    export_all(peak_results, tmp_path, qvalue_threshold=0.9, annotation="none")
    assert len(pd.read_csv(tmp_path / "diff_regions_significant.csv")) == len(peak_results["diff_regions"])
    assert pd.read_csv(tmp_path / "diff_regions_all.csv")["significant"].all()


@pytest.mark.parametrize("threshold", [0, -1, 1.5, float("nan")])
def test_impossible_threshold(tmp_path, peak_results, threshold):
    with pytest.raises(InputError, match="qvalue_threshold"):
        export_all(peak_results, tmp_path / "new", qvalue_threshold=threshold)
    assert not (tmp_path / "new").exists()


def test_pickle_holds_what_the_specification_lists(tmp_path, peak_results):
    export_all(peak_results, tmp_path, annotation="none")
    loaded = pickle.loads((tmp_path / "analysis_object.pkl").read_bytes())
    for key in [
        "diff_regions",
        "diff_regions_unfiltered",
        "qc_warnings",
        "experiments_a",
        "experiments_b",
        "raw_files",
        "log_content",
        "parameters",
        "n_regions_total",
        "n_regions_unfiltered",
        "n_regions_a_enriched",
        "n_regions_b_enriched",
        "timestamp",
        "provenance",
        "samples",
    ]:
        assert key in loaded
    assert loaded["n_regions_a_enriched"] + loaded["n_regions_b_enriched"] == loaded["n_regions_total"] == 300


def test_simulated_results_say_so_everywhere(tmp_path, capsys):
    results = make_results(peaks([{}, {"logFC": -2.0}]), simulated=True)
    export_all(results, tmp_path, annotation="none")
    assert (tmp_path / "SIMULATED.txt").exists()
    assert "SIMULATED" in (tmp_path / "summary_report.md").read_text().splitlines()[0]
    assert "SIMULATED" in capsys.readouterr().out
    assert pickle.loads((tmp_path / "analysis_object.pkl").read_bytes())["provenance"]["simulated"] is True


def test_real_results_take_a_stale_mark_away(tmp_path, peak_results):
    (tmp_path / "SIMULATED.txt").write_text("stale")
    export_all(peak_results, tmp_path, annotation="none")
    assert not (tmp_path / "SIMULATED.txt").exists()
    assert "SIMULATED" not in (tmp_path / "summary_report.md").read_text()


def test_report_puts_design_and_major_findings_first(tmp_path, peak_results):
    peak_results["design_caveats"] = ["Members are different genotypes."]
    peak_results["qc_warnings"] = [
        {
            "severity": "major",
            "issue": "Sex-chromosome confound on chrY",
            "details": "100% of 8.",
            "recommendation": "Leave them out.",
            "affected_regions": [],
        }
    ]
    export_all(peak_results, tmp_path, annotation="none")
    report = (tmp_path / "summary_report.md").read_text()
    first = report.index("different genotypes")
    assert first < report.index("Sex-chromosome confound") < report.index("## Result")
    assert "doi:10.1093/bioinformatics/btp616" in report and "doi:10.1093/nar/gkae358" in report


def test_report_numbers_are_those_of_the_tables(tmp_path, peak_results):
    export_all(peak_results, tmp_path, annotation="none")
    report = (tmp_path / "summary_report.md").read_text()
    regions = pd.read_csv(tmp_path / "diff_regions_all.csv")
    significant = regions[regions["significant"]]
    assert f"| Significant (q < 0.05) | {len(significant):,} |" in report
    assert f"higher in Treated | {(significant['direction'] == 'A_enriched').sum():,} |" in report
    best = regions.iloc[0]
    assert f"{best.chrom}:{best.chromStart}-{best.chromEnd} | {best.logFC:.6g} | {best.qvalue:.6g}" in report


def test_empty_result_is_reported_as_a_result(tmp_path):
    results = make_results(peaks([{}]).head(0))
    export_all(results, tmp_path, annotation="none")
    assert "No region is significant" in (tmp_path / "summary_report.md").read_text()
    assert len(pd.read_csv(tmp_path / "diff_regions_all.csv")) == 0


def test_another_threshold_is_another_cut(tmp_path, peak_results):
    """Tables, report, findings and pickle of one export hold for one threshold."""
    export_all(peak_results, tmp_path, qvalue_threshold=0.001, annotation="none")
    with (tmp_path / "analysis_object.pkl").open("rb") as file:
        exported = pickle.load(file)
    assert exported["parameters"]["qvalue_threshold"] == 0.001
    cut = recut(peak_results, 0.001)
    assert exported["qc_warnings"] == [dict(item) for item in cut.qc_warnings]
    called = pd.read_csv(tmp_path / "diff_regions_significant.csv")
    assert len(called) == exported["n_significant"] == (peak_results["diff_regions"]["qvalue"] < 0.001).sum()
    for name in ("summary_report.md", "report.html"):
        text = (tmp_path / name).read_text()
        assert "0.001" in text and "Significant (q < 0.05" not in text.replace("&lt;", "<")
    assert peak_results["parameters"].get("qvalue_threshold", 0.05) == 0.05


def test_genes_that_were_not_looked_up_are_not_said_to_be_far(tmp_path, peak_results):
    top = peak_results["diff_regions"].head(50)
    remarks = {}
    for kind, left_out in (("none", None), ("all", 0), ("some", 3)):
        results = dict(peak_results)
        if left_out is not None:
            genes = pd.Series("", index=top.index, dtype=object)
            genes.attrs["not_looked_up"] = left_out
            results["nearest_genes"] = genes
        export_all(results, tmp_path / kind, annotation="none")
        remarks[kind] = (tmp_path / kind / "summary_report.md").read_text()
    assert "Genes were not looked up." in remarks["none"]
    assert "No gene lies within 5 kb of these regions." in remarks["all"]
    assert "**UCSC did not answer for 3 of the first" in remarks["some"]


def test_dmr_report_tells_tests_from_regions(tmp_path):
    results = make_results(methylation([{"q": 0.01}, {"q": 0.02}, {"q": 1.0}]))
    export_all(results, tmp_path, annotation="none")
    report = (tmp_path / "summary_report.md").read_text()
    assert "| Segments tested (q-value / p-value) | 100 |" in report
    assert "| Regions reported (≥ 10 CpGs, difference ≥ 0.1) | 3 |" in report
    assert "Regions tested" not in report


def test_dmr_report_names_its_method(tmp_path, dmr_results):
    export_all(dmr_results, tmp_path, annotation="none")
    report = (tmp_path / "summary_report.md").read_text()
    assert "Bonferroni" in report and "metilene" in report and "edgeR" not in report


def test_effect_sizes_without_what_the_findings_advise_against(tmp_path):
    rows = [{"chrom": "chr1", "logFC": 1.0}, {"chrom": "chr2", "logFC": -1.2}]
    rows += [{"chrom": "chrY", "start": 4_000_000 * n, "logFC": 8.0, "count_a": 90.0, "count_b": 0.0} for n in range(4)]
    results = make_results(peaks([*rows, {"chrom": "chrM", "logFC": 5.0}]))
    results["qc_warnings"] = run_qc_checks(compare(results["diff_regions"]))
    export_all(results, tmp_path, annotation="none")
    report = (tmp_path / "summary_report.md").read_text()
    assert "All significant regions: 7 regions, median |logFC| 8 " in report
    without = "Without the 5 regions that a major finding advises not to interpret: 2 regions, median |logFC| 1.1 "
    assert without in report
    # Five regions, and the five loci that they are.
    assert report.count("| artefact? |") == 10
    assert "| chrY:" in report.split("## Top loci")[1].split("##")[0]
    assert "Most effects are modest" in report

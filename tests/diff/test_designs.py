"""Designs, normalisations and region sets through the four steps."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from scripts.common.errors import InputError
from scripts.diff import DiffRequest, export_all, load_sample_sheet, recut, run_all, run_diff_workflow
from scripts.diff.inputs.examples import get_example
from scripts.diff.inputs.testing import read_samples
from scripts.emulator import serve

DMSO, DRUG = ["SRX5865959", "SRX5865960", "SRX5865961"], ["SRX5865967", "SRX5865968", "SRX5865969"]
GENOTYPES = pd.DataFrame({"sample": [*DMSO, *DRUG], "genotype": ["R175H", "Y220C", "M237I"] * 2})


@pytest.fixture(scope="module")
def paired(tmp_path_factory):
    folder = tmp_path_factory.mktemp("paired")
    with serve():
        results = run_diff_workflow(
            DRUG,
            DMSO,
            description_a="Daunorubicin",
            description_b="DMSO",
            output_dir=folder,
            engine="local",
            design="~ genotype + group",
            samples=GENOTYPES,
            contrasts={"R175H against Y220C": ("genotype", "R175H", "Y220C")},
            stability=True,
        )
        files = export_all(results, folder, annotation="none")
    return results, files


def test_a_paired_design_through_the_steps(paired):
    results, files = paired
    design, exact = results.design["analyses"].to_dict("records")
    assert design["analysis"] == "~ genotype + group (ql)" and exact["analysis"] == "exact test of A and B"
    assert design["significant"] > 100 and 0 < design["also_in_main"] == design["significant"]
    assert results.normalisation["used"] == "tmm" and not results.normalisation["systematic"]
    assert results.read_counts.columns.tolist()[:3] == ["chrom", "start", "end"]
    assert results.stability["left_out"].tolist() == sorted([*DMSO, *DRUG])
    report = files["summary_report.md"].read_text()
    for text in (
        "Both analyses side by side",
        "Differences by genotype are taken out",
        "## Normalisation",
        "## Stability",
    ):
        assert text in report, text
    assert "`~ genotype + group` was fitted" in report and "The test treats all experiments" not in report
    assert "Both analyses side by side" in files["report.html"].read_text()


def test_large_tables_are_named_in_the_manifest_not_repeated(paired):
    _, files = paired
    assert files["analysis_object.json"].stat().st_size < 60_000
    told = json.loads(files["analysis_object.json"].read_text())["results"]
    assert told["read_counts"]["file"] == "analysis_object.pkl"
    assert told["design"]["contrasts"]["R175H against Y220C"]["file"] == "diff_regions_contrasts.csv"


def test_contrasts_are_exported(paired):
    results, files = paired
    table = pd.read_csv(files["diff_regions_contrasts.csv"])
    assert set(table["contrast"]) == {"R175H against Y220C"} and len(table) == len(results.diff_regions)
    assert list(table)[1:7] == ["chrom", "chromStart", "chromEnd", "logFC", "pvalue", "qvalue"]


def test_the_sign_is_a_over_b(paired):
    results, _ = paired
    strong = results.diff_regions[results.diff_regions["significant"]]
    above = strong["mean_count_a"] > strong["mean_count_b"]
    assert ((strong["logFC"] > 0) == above).mean() > 0.97


def test_the_example_brings_its_genotypes():
    example = get_example("tp53_k562_dmso_vs_daunorubicin")
    table = read_samples(example.samples)
    assert table.loc["SRX5865965", "genotype"] == table.loc["SRX5865973", "genotype"] == "knock-out"
    request = DiffRequest.checked(
        example.experiments_a, example.experiments_b, engine="local", design="~ genotype + group"
    )
    assert request.testing.samples["genotype"].nunique() == 8


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"design": "~ group"}, "server tests two groups in one way only"),
        ({"normalisation": "library"}, "server tests two groups in one way only"),
        ({"engine": "local", "normalisation": "rpkm"}, "normalisation is 'rpkm'"),
        ({"engine": "local", "min_abs_logfc": 1}, "needs a design"),
        ({"engine": "local", "contrasts": {"x": ("a", "b", "c")}}, "needs a design"),
        ({"engine": "local", "design": "group"}, "give a formula"),
        ({"engine": "local", "regions": "peaks"}, "regions is 'peaks'"),
        ({"engine": "local", "design": "~ donor + group", "samples": GENOTYPES.head(5)}, "lack SRX5865969"),
        ({"engine": "local", "experiments_more": {"low": ["SRX1"]}}, "no use for a third"),
        ({"engine": "local", "design": "~ group", "experiments_more": {"A": ["SRX1"]}}, "cannot be called 'A'"),
        ({"engine": "local", "design": "~ group", "samples": pd.DataFrame({"x": [1]})}, "no column of names"),
    ],
)
def test_what_cannot_be_tested_is_refused_before_anything_is_sent(options, message):
    with pytest.raises(InputError, match=message):
        DiffRequest.checked(DRUG, DMSO, **options)


def test_a_design_that_cannot_be_fitted_is_refused_before_anything_is_fetched(tmp_path):
    with serve() as atlas:
        samples = GENOTYPES.assign(batch=list("xxxyyy"))
        with pytest.raises(InputError, match="(?s)cannot be told apart.*batch"):
            run_diff_workflow(
                DRUG, DMSO, output_dir=tmp_path, engine="local", design="~ batch + group", samples=samples
            )
        assert not [path for path in map(str, atlas.requests) if "eachData" in path]


@pytest.mark.slow
def test_a_sheet_of_three_groups(tmp_path):
    rows = ["sample,group,bigwig,donor"]
    members = [*((one, "none") for one in DMSO), *((one, "high") for one in DRUG)]
    members += [("SRX5865970", "low"), ("SRX5865971", "low")]
    rows += [f"{name},{group},,{number}" for number, (name, group) in enumerate(members)]
    path = tmp_path / "doses.csv"
    path.write_text("\n".join(rows))
    with pytest.raises(InputError, match="exactly two"):
        load_sample_sheet(path)
    data = load_sample_sheet(path, a="high", b="none")
    assert data["experiments_a"] == DRUG and data["experiments_more"] == {"low": ["SRX5865970", "SRX5865971"]}
    assert data["samples"]["donor"].tolist() == [str(number) for number in range(8)]
    with pytest.raises(InputError, match="Give two of them"):
        load_sample_sheet(path, a="high", b="medium")
    with serve():
        results = run_all(
            path,
            output_dir=tmp_path / "out",
            annotation="none",
            compare=["high", "none"],
            genome="hg38",
            engine="local",
            design="~ group",
            regions="consensus",
            min_experiments=3,
            normalisation="background",
            blacklist="none",
        )
    assert results.parameters["regions"] == "consensus" and results.normalisation["answers"] is not None
    assert results.samples["accession"].tolist() == [*DRUG, *DMSO]
    assert set(results.read_counts.columns[3:]) == {*DRUG, *DMSO, "SRX5865970", "SRX5865971"}
    assert "Regions were loci of overlapping MACS2 peaks" in (tmp_path / "out" / "summary_report.md").read_text()


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    example = get_example("tp53_molm13_vs_k562")
    with serve():
        return run_diff_workflow(
            example.experiments_a, example.experiments_b, output_dir=tmp_path_factory.mktemp("molm")
        )


class TestRecut:
    def test_nothing_asked_is_the_same(self, results):
        same = recut(results)
        pd.testing.assert_frame_equal(same.diff_regions, results.diff_regions)
        pd.testing.assert_frame_equal(same.counts, results.counts)
        assert [item.code for item in same.qc_warnings] == [item.code for item in results.qc_warnings]

    def test_rates_are_those_of_what_is_left(self, results):
        cut = recut(results, without=["chrX", "chrY", "chr6:40,000,000-42000000"])
        left = cut.diff_regions_unfiltered
        assert not left["chrom"].isin(["chrX", "chrY"]).any()
        pvalues = np.sort(left["pvalue"].to_numpy())
        expected = np.minimum.accumulate((pvalues * len(pvalues) / np.arange(1, len(pvalues) + 1))[::-1])[::-1]
        np.testing.assert_allclose(np.sort(left["qvalue"]), np.minimum(expected, 1), rtol=1e-12)
        assert {"sex-chromosomes", "copy_number"}.isdisjoint(item.code for item in cut.qc_warnings)
        assert cut.parameters["recut"]["left_out"] == len(results.diff_regions_unfiltered) - len(left)

    def test_suspects_go_with_all_of_their_stretch(self, results):
        cut = recut(results, without="suspect")
        majors = {item.code for item in cut.qc_warnings if item.severity == "major"}
        assert majors.isdisjoint({"sex-chromosomes", "copy_number", "mitochondrial-regions"})
        again = recut(cut, qvalue=0.01)
        assert again.parameters["recut"]["without"] == ["suspect"] and again.cut.qvalue == 0.01

    def test_least_effect(self, results, tmp_path):
        cut = recut(results, min_abs_logfc=2)
        called = cut.diff_regions[cut.diff_regions["significant"]]
        assert called["logFC"].abs().min() >= 2 and len(called) < results.diff_regions["significant"].sum()
        files = export_all(cut, tmp_path, annotation="none")
        report = files["summary_report.md"].read_text()
        assert "**Another cut.** q &lt; 0.05" in report.replace("q < 0.05", "q &lt; 0.05")
        assert "no error rate holds for it" in report
        assert len(pd.read_csv(files["diff_regions_significant.csv"])) == len(called)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"without": ["chr99"]}, "without names 'chr99'"),
            ({"qvalue": 0}, "qvalue"),
            ({"min_abs_logfc": -1}, "logfc"),
        ],
    )
    def test_what_cannot_be_cut(self, results, options, message):
        with pytest.raises(InputError, match=message):
            recut(results, **options)

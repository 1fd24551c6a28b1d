"""The whole workflow against the embedded service."""

import pandas as pd
import pytest

from scripts.common.errors import InputError, JobFailedError, JobTimeoutError, ServiceUnavailableError
from scripts.diff import load_example_data, run_all, run_diff_workflow
from scripts.diff.analysis import DIFFBIND, DMR
from scripts.diff.outputs import OPTIONAL_FILES, OUTPUT_FILES

A = ["SRX5865959", "SRX5865960"]
B = ["SRX5865967", "SRX5865968"]


def run(example, folder, **options):
    data = load_example_data(example)
    keys = ("experiments_a", "experiments_b", "genome", "analysis_type", "description_a", "description_b")
    return run_diff_workflow(**{key: data[key] for key in keys}, output_dir=folder, **options)


def submissions(atlas):
    return [path for method, path in atlas.requests if method == "POST" and path.startswith("/wabi")]


@pytest.fixture(scope="module")
def k562(atlas_server, tmp_path_factory):
    """One run of the larger example, which several tests look at."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in atlas_server.environment.items():
            patch.setenv(name, value)
        return run("tp53_k562_dmso_vs_daunorubicin", tmp_path_factory.mktemp("k562"))


def test_results_hold_what_the_specification_lists(k562):
    listed = (
        "diff_regions diff_regions_unfiltered qc_warnings experiments_a experiments_b raw_files log_content "
        "parameters provenance samples"
    )
    for key in listed.split():
        assert key in k562
    assert list(k562["diff_regions"].columns) == list(DIFFBIND.columns)
    assert k562["provenance"]["simulated"] is True
    assert k562["provenance"]["request_id"].startswith("wabi_chipatlas_")
    assert len(k562["provenance"]["sha256"]) == len(k562["raw_files"]) == 5
    assert k562["design_caveats"] and "genotypes" in k562["design_caveats"][0]
    assert k562["samples"]["group"].tolist() == ["A"] * 8 + ["B"] * 8


def test_regions_are_sorted_by_significance(k562):
    regions = k562["diff_regions"]
    assert regions["qvalue"].is_monotonic_increasing
    assert regions["significant"].equals(regions["qvalue"] < 0.05)


def overlapping(regions, planted):
    """For each planted region, whether one of the regions overlaps it."""
    hits = []
    for _, site in planted.iterrows():
        on_chrom = regions[regions["chrom"] == site["chrom"]]
        hits.append(((on_chrom["chromStart"] < site["chromEnd"]) & (on_chrom["chromEnd"] > site["chromStart"])).any())
    return pd.Series(hits, index=planted.index, dtype=bool)


def test_planted_regions_are_found_and_little_else(k562, atlas):
    truth = atlas.truth(k562["experiments_a"], k562["experiments_b"])
    called = k562["diff_regions"][k562["diff_regions"]["significant"]]
    strong = truth[truth["log2FC"].abs() >= 1.5]
    assert len(strong) >= 100
    assert overlapping(called, strong).mean() >= 0.80
    unplanted = ~overlapping(truth, called)
    assert unplanted.mean() <= 0.07


def test_sign_of_the_effect_agrees_with_the_truth(k562, atlas):
    truth = atlas.truth(k562["experiments_a"], k562["experiments_b"])
    called = k562["diff_regions"][k562["diff_regions"]["significant"]]
    for direction, sign in (("A_enriched", 1), ("B_enriched", -1)):
        sites = truth[(truth["log2FC"] * sign) >= 1.5]
        found = called[overlapping(sites, called)]
        assert len(found) > 20
        assert (found["direction"] == direction).mean() > 0.95


def test_molm13_raises_the_artefacts_planted_there(atlas, tmp_path):
    results = run("tp53_molm13_vs_k562", tmp_path)
    issues = " ".join(item["issue"] for item in results["qc_warnings"])
    assert "Sex-chromosome confound on chrY" in issues
    for expected in ("Mitochondrial", "Genomic cluster", "Small sample size", "Non-standard contigs", "small regions"):
        assert expected in issues


def test_k562_raises_none_of_them(k562):
    issues = " ".join(item["issue"] for item in k562["qc_warnings"])
    for unexpected in ("Sex-chromosome", "Mitochondrial", "Genomic cluster", "MA asymmetry"):
        assert unexpected not in issues


def test_null_data_set_has_nothing_to_find(atlas, tmp_path):
    results = run("official_dm6_diffbind", tmp_path)
    assert results["diff_regions"]["significant"].mean() <= 0.001
    issues = " ".join(item["issue"] for item in results["qc_warnings"])
    for unexpected in ("Sex-chromosome", "Mitochondrial", "Genomic cluster", "MA asymmetry"):
        assert unexpected not in issues


def test_ma_asymmetry_where_it_is_planted(atlas, tmp_path):
    issues = [item["issue"] for item in run("official_mm10_diffbind", tmp_path)["qc_warnings"]]
    assert "MA asymmetry" in issues


def test_methylation(atlas, tmp_path):
    results = run("official_hg38_dmr", tmp_path)
    regions = results["diff_regions"]
    assert list(regions.columns) == list(DMR.columns)
    called = regions[regions["significant"]]
    assert {"A_enriched", "B_enriched"} <= set(called["direction"])
    difference = called["mean_methylation_a"] - called["mean_methylation_b"]
    assert (difference * called["methylation_difference"] > 0).all()
    truth = atlas.truth(results["experiments_a"], results["experiments_b"])
    assert overlapping(called, truth).mean() >= 0.5


@pytest.mark.parametrize("name", ["official_rn6_dmr", "official_dm6_dmr"])
def test_one_against_one(atlas, tmp_path, name):
    with pytest.raises(InputError, match="allow_no_replicates=True"):
        run(name, tmp_path / "refused")
    assert not (tmp_path / "refused").exists()
    results = run(name, tmp_path, allow_no_replicates=True)
    assert any(item["issue"] == "Very small sample size" for item in results["qc_warnings"])


def test_run_all_writes_every_file(atlas, tmp_path):
    run_all("official_ce11_diffbind", output_dir=tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {*OUTPUT_FILES, "raw_results", "SIMULATED.txt", "job.json"} - {*OPTIONAL_FILES}
    assert {path.name for path in (tmp_path / "raw_results").iterdir()} >= {
        "wabi_result.bed",
        "wabi_result.igv.bed",
        "wabi_result.log",
    }


def test_a_second_run_replaces_the_first(atlas, tmp_path):
    (tmp_path / "raw_results").mkdir()
    (tmp_path / "raw_results" / "old.bed").write_text("stale")
    (tmp_path / "diff_regions_all.csv").write_text("stale")
    results = run("official_ce11_diffbind", tmp_path)
    assert not (tmp_path / "raw_results" / "old.bed").exists()
    assert not (tmp_path / "diff_regions_all.csv").exists()
    assert len(results["diff_regions"]) > 0
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"genome": "hg40"}, "Unknown genome 'hg40'"),
        ({"analysis_type": "chipseq"}, "Unknown analysis_type 'chipseq'"),
        ({"analysis_type": "DPR"}, "Did you mean: diffbind?"),
        ({"analysis_type": "metilene"}, "Did you mean: dmr?"),
        ({"experiments_a": A[:1]}, "Group A has 1 experiment"),
        ({"experiments_b": ["SRX1", "GPL2"]}, "GPL2"),
        ({"experiments_b": [A[0], *B]}, f"In both groups: {A[0]}"),
        ({"experiments_a": []}, "No experiment IDs"),
        ({"experiments_a": "SRX5865959"}, "give a list of accessions"),
        ({"description_a": "same", "description_b": "same"}, "do not tell the groups apart"),
        ({"description_a": "  "}, "description_a is '  '; give the name of a group"),
        ({"description_b": None}, "description_b is None"),
        ({"timeout": 0}, "timeout"),
        ({"min_region_size": -1}, "min_region_size"),
    ],
)
def test_bad_input_sends_and_writes_nothing(atlas, tmp_path, arguments, message):
    before = len(atlas.requests)
    folder = tmp_path / "results"
    with pytest.raises(InputError, match=message):
        run_diff_workflow(**({"experiments_a": A, "experiments_b": B, "output_dir": folder} | arguments))
    assert not folder.exists()
    assert len(atlas.requests) == before


def test_duplicate_ids_are_dropped_and_said(atlas, tmp_path, capsys):
    results = run_diff_workflow([*A, A[0]], B, output_dir=tmp_path)
    assert results["experiments_a"] == A
    assert "Dropped 1 duplicate ID" in capsys.readouterr().out


def test_experiment_of_another_genome_fails_with_the_servers_words(atlas, tmp_path):
    (tmp_path / "raw_results").mkdir()
    (tmp_path / "raw_results" / "wabi_result.bed").write_text("of an earlier run")
    with pytest.raises(JobFailedError, match='"SRX1" does not correspond to an experiment for hg38'):
        run_diff_workflow(["SRX1", A[0]], B, output_dir=tmp_path, preflight=False)
    assert (tmp_path / "raw_results" / "wabi_result.bed").read_text() == "of an earlier run"


def test_time_out_names_the_job(atlas, tmp_path):
    before = len(submissions(atlas))
    with pytest.raises(JobTimeoutError, match=r"wabi_chipatlas_\S+ is still"):
        run_diff_workflow(A, B, output_dir=tmp_path, timeout=1e-6)
    assert len(submissions(atlas)) == before + 1


def test_service_out_of_reach(monkeypatch, tmp_path):
    monkeypatch.setenv("CHIPATLAS_WABI_URL", "http://127.0.0.1:9/wabi/chipatlas/")
    with pytest.raises(ServiceUnavailableError, match="127.0.0.1:9"):
        run_diff_workflow(A, B, output_dir=tmp_path)
    assert list(tmp_path.iterdir()) == []

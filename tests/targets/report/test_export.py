from __future__ import annotations

import pickle
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from scripts.common.errors import InputError, NotFoundError
from scripts.common.files.manifest import verify_folder
from scripts.emulator import Atlas
from scripts.targets import outputs
from scripts.targets.plots.all_plots import generate_all_plots
from scripts.targets.report.export import export_all
from scripts.targets.report.summary import binding_rate_text
from scripts.targets.workflow import run_target_genes_workflow
from tests.file_server import FileServer
from tests.targets.tables import random_table, table_text


@pytest.fixture
def results(server: FileServer, tmp_path: Path) -> dict[str, Any]:
    server.put_table(table_text(*random_table(150, 30, seed=3)))
    return run_target_genes_workflow("TP53", top_n=100, output_dir=tmp_path)


def test_files(results: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export_all(results, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(outputs.EXPORT_FILES)
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "=== Export Complete ==="
    assert "  Saved: target_genes_all.csv (100 genes)" in lines
    assert "  Saved: target_genes_top50.csv (50 genes)" in lines


def test_tables_equal_the_results(results: dict[str, Any], tmp_path: Path) -> None:
    export_all(results, tmp_path)
    everything = pd.read_csv(tmp_path / outputs.ALL_CSV, keep_default_na=False)
    pd.testing.assert_frame_equal(everything, results["target_genes"], check_dtype=False)
    top = pd.read_csv(tmp_path / outputs.TOP_CSV, keep_default_na=False)
    pd.testing.assert_frame_equal(top, everything.head(50))
    experiments = pd.read_csv(tmp_path / outputs.EXPERIMENTS_CSV)
    assert experiments["gene"].tolist() == top["gene"].tolist()
    assert experiments.shape == (50, 31)
    assert experiments.iloc[:, 1:].mean(axis=1).to_numpy() == pytest.approx(top["avg_score"].to_numpy(), abs=1e-6)
    with_string = pd.read_csv(tmp_path / outputs.STRING_CSV)
    assert with_string["gene"].tolist() == everything[everything["string_score"] > 0]["gene"].tolist()


def test_pickle(results: dict[str, Any], tmp_path: Path) -> None:
    export_all(results, tmp_path)
    loaded = pickle.loads((tmp_path / outputs.ANALYSIS_OBJECT).read_bytes())
    assert set(loaded) == {*results, "exported_at"}
    pd.testing.assert_frame_equal(loaded["target_genes"], results["target_genes"])


def test_a_stale_string_table_is_removed(results: dict[str, Any], tmp_path: Path) -> None:
    export_all(results, tmp_path)
    assert (tmp_path / outputs.STRING_CSV).exists()
    without = {**results, "target_genes": results["target_genes"].assign(string_score=0)}
    export_all(without, tmp_path)
    assert not (tmp_path / outputs.STRING_CSV).exists()


def test_no_string_score_among_the_reported(
    server: FileServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.put_table(table_text([("HIGH", [90, 90], 0), ("LOW", [50, 50], 700)], ["SRX1|A", "SRX2|A"]))
    results = run_target_genes_workflow("TP53", top_n=1, output_dir=tmp_path)
    assert results["metadata"]["has_string"]
    export_all(results, tmp_path)
    said = capsys.readouterr().out
    assert "None of the reported genes has a STRING score: target_genes_with_string.csv is not written" in said
    assert "of this table" not in said


def test_caveats_count_only_what_there_is(server: FileServer, tmp_path: Path) -> None:
    def caveats(rows: list, columns: list[str]) -> str:
        server.put_table(table_text(rows, columns))
        export_all(run_target_genes_workflow("TP53", output_dir=tmp_path), tmp_path)
        report = (tmp_path / outputs.REPORT).read_text(encoding="utf-8")
        return report.split("## Caveats")[1].split("\n## ")[0]

    three = ["SRX1|A", "SRX2|A", "SRX3|B"]
    one = caveats([("G1", [90], 0)], ["SRX1|A"])
    assert "over 1 experiment." in one
    assert "**Co-located genes.** 1 gene bound in fewer than 3 experiments could not be judged." in one
    assert "Co-located" not in caveats([("G1", [90, 80, 70], 0)], three)
    shared = caveats([("G1", [90, 80, 70], 0), ("G2", [90, 80, 70], 0)], three)
    assert "**Co-located genes.** 2 genes in 1 group share a locus" in shared
    assert "could not be judged" not in shared


def test_report_equals_the_table(results: dict[str, Any], tmp_path: Path) -> None:
    export_all(results, tmp_path)
    report = (tmp_path / outputs.REPORT).read_text(encoding="utf-8")
    assert "SIMULATED" not in report
    targets = results["target_genes"]
    rows = re.findall(r"^\| (\d+) \| (SIM\d+) \| ([\d.]+) \| ([^|]+) \| (\d+) \| (\d+) \|", report, re.MULTILINE)
    assert [int(row[0]) for row in rows] == list(range(1, 21))
    for rank, gene, average, rate, highest, string in rows:
        row = targets.iloc[int(rank) - 1]
        assert gene == row["gene"]
        assert average == f"{row['avg_score']:.1f}"
        assert rate == f"{100 * row['binding_rate']:.1f}% ({row['num_bound']}/30)"
        assert f"| {string} | {row['avg_score_bound']:.1f} | {row['cell_balanced_score']:.1f} |" in report
        assert (int(highest), int(string)) == (row["max_score"], row["string_score"])
    assert "| Quantity | Value |\n| --- | ---: |\n| Genes in the downloaded table | 153 |" in report
    assert "| Genes reported | 100 |" in report
    strong = int((targets["avg_score"] >= 500).sum())
    assert f"| very strong (≥500) | {strong} |" in report
    for heading in ("Parameters", "Experiment composition", "Co-located genes", "Caveats", "How to cite", "Provenance"):
        assert f"## {heading}" in report
    for table_line in (line for line in report.splitlines() if line.startswith("|")):
        assert table_line.endswith("|")


def test_simulated_report_says_so(results: dict[str, Any], tmp_path: Path) -> None:
    export_all({**results, "provenance": {**results["provenance"], "simulated": True}}, tmp_path)
    assert (tmp_path / outputs.REPORT).read_text(encoding="utf-8").startswith("# SIMULATED: TP53 target genes")
    assert (tmp_path / "SIMULATED.txt").exists()


@pytest.mark.parametrize("n_genes", [1, 11])
def test_short_rankings(server: FileServer, tmp_path: Path, n_genes: int) -> None:
    rows = [(f"G{i}", [100 - i, 0], 0) for i in range(n_genes)]
    server.put_table(table_text(rows, ["SRX1|A", "SRX2|A"]))
    export_all(run_target_genes_workflow("TP53", output_dir=tmp_path), tmp_path)
    report = (tmp_path / outputs.REPORT).read_text(encoding="utf-8")
    assert f"## Top {min(n_genes, 10)} target genes" in report
    assert ("## Ranks 11 to 11" in report) == (n_genes == 11)
    assert "All experiments are in one cell type" in report
    assert "No STRING data" in report


@pytest.mark.parametrize("wrong", [{}, None, {"target_genes": pd.DataFrame()}])
def test_other_results_are_refused(wrong: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="results lacks"):
        export_all(wrong, tmp_path)


@pytest.mark.parametrize("step", [export_all, generate_all_plots])
def test_results_without_experiments_are_refused(results: dict[str, Any], tmp_path: Path, step: Any) -> None:
    with pytest.raises(InputError, match="results lacks experiment_data; give what run_target_genes_workflow"):
        step({**results, "experiment_data": None}, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_binding_rate_text() -> None:
    assert binding_rate_text(260, 392) == "66.3% (260/392)"


def test_a_step_that_is_run_again_shows_until_the_next_export(results: dict[str, Any], tmp_path: Path) -> None:
    generate_all_plots(results, tmp_path)
    export_all(results, tmp_path)
    generate_all_plots(results, tmp_path)
    assert verify_folder(tmp_path).ok  # the same plots are the same files
    generate_all_plots(results, tmp_path, top_n=5)
    changed = verify_folder(tmp_path).changed
    assert "target_genes_heatmap.png" in changed and "target_genes_all.csv" not in changed
    export_all(results, tmp_path)
    assert verify_folder(tmp_path).ok
    run_target_genes_workflow("TP53", top_n=100, output_dir=tmp_path)
    with pytest.raises(NotFoundError, match="Run export_all"):
        verify_folder(tmp_path)


def test_what_is_no_factor_gets_no_edges_to_draw(atlas: Atlas, tmp_path: Path) -> None:
    said = {}
    for protein, genome in (("GFP", "mm10"), ("SIMHF001", "mm10")):
        found = run_target_genes_workflow(
            protein, genome=genome, top_n=50, output_dir=tmp_path / protein, background=None
        )
        export_all(found, tmp_path / protein)
        said[protein] = (tmp_path / protein / "summary_report.md").read_text("utf-8")
    assert all("**Hot loci were not told apart.**" in text for text in said.values())
    assert "candidate edges of a network" in said["SIMHF001"] and "bound is not yet regulated" in said["SIMHF001"]
    assert "it names no regulator" in said["GFP"]
    assert "edges of a" not in said["GFP"] and "(`expression=`)" not in said["GFP"]

"""Both skills from end to end over names that mean something elsewhere."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from scripts.common.files.manifest import verify_folder
from scripts.common.files.spreadsheet import unguard
from scripts.common.findings import Finding
from scripts.diff.inputs.request import DiffRequest
from scripts.diff.plots.all_plots import generate_all_plots as plot_diff
from scripts.diff.qc.qc_checks import run_qc_checks
from scripts.diff.report.export import export_all as export_diff
from scripts.engine.results import Description, write_result
from scripts.targets.compare.comparison import compare_targets
from scripts.targets.plots.all_plots import generate_all_plots
from scripts.targets.report.export import export_all
from scripts.targets.workflow import run_target_genes_workflow
from tests.diff.tables import compare, make_results, peaks
from tests.file_server import FileServer, server  # noqa: F401
from tests.hostile import EVERYWHERE, IN_ONE_CELL, check_console, check_folder, short_id
from tests.targets.tables import table_text


def hostile_results() -> dict[str, Any]:
    rows = [{"chrom": f"chr{n % 5 + 1}", "logFC": (-1) ** n * 2.0, "start": 5000 * n} for n in range(len(EVERYWHERE))]
    rows += [{"chrom": name, "logFC": -3.0} for name in EVERYWHERE]
    results = make_results(peaks(rows), simulated=False)
    regions = results["diff_regions"]
    results["nearest_genes"] = pd.Series(EVERYWHERE[: len(regions)], index=regions.index[: len(EVERYWHERE)])
    results["experiments"] = results["experiments"].assign(
        title=EVERYWHERE[:4], antigen=EVERYWHERE[4:8], cell_type=[*EVERYWHERE[15:18], "L" * 10_000]
    )
    results["qc_warnings"] = [
        *run_qc_checks(compare(results["diff_regions_unfiltered"])),
        *(Finding("made-up", "major", name, name, name, [name]) for name in EVERYWHERE),
    ]
    results["design_caveats"] = []
    results["log_content"] = "\n".join(EVERYWHERE)
    results["provenance"] |= {"metadata_unavailable": EVERYWHERE[18], "request_id": EVERYWHERE[9]}
    return results


@pytest.mark.parametrize("pair", [0, 8, 11, 16, 18, 22, 26])
def test_differential_regions(tmp_path, capsys, pair):
    results = hostile_results()
    request = DiffRequest.checked(
        ["SRX1", "SRX2"], ["SRX3", "SRX4"], description_a=EVERYWHERE[pair], description_b=EVERYWHERE[pair + 1]
    )
    results["parameters"] |= {"description_a": request.description_a, "description_b": request.description_b}
    if pair in (0, 16, 18):
        plot_diff(results, tmp_path, annotate=False)
        assert len(list(tmp_path.glob("*.svg"))) == 7
    export_diff(results, tmp_path, annotation="none")
    check_folder(tmp_path)
    check_console(capsys.readouterr().out)
    assert verify_folder(tmp_path).ok
    top = pd.read_csv(tmp_path / "diff_regions_top50.csv", keep_default_na=False)
    genes = [unguard(name) for name in top["nearest_gene"]]
    assert genes == EVERYWHERE[: len(genes)]
    unfiltered = pd.read_csv(tmp_path / "diff_regions_unfiltered.csv", keep_default_na=False)
    assert set(EVERYWHERE) <= {unguard(name) for name in unfiltered["chrom"]}
    assert (unfiltered["logFC"] < 0).any()
    listed = json.loads((tmp_path / "analysis_object.json").read_text("ascii"))
    assert listed["results"]["log_content"] == results["log_content"]


def hostile_table(protein: str) -> str:
    columns = [f"SRX{n}|{name}" for n, name in enumerate(IN_ONE_CELL)]
    rows = [
        (name, [100 * (1 + (n * k) % 7) for k in range(len(columns))], n * 30 if n % 2 else 0)
        for n, name in enumerate(IN_ONE_CELL)
    ]
    return table_text(rows, columns, protein)


@pytest.fixture
def hostile_server(server: FileServer) -> FileServer:  # noqa: F811
    for protein in ("TP53", "-@X+Y"):
        server.put_table(hostile_table(protein), f"{protein}.5.tsv")
    return server


def test_target_genes(hostile_server: FileServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from scripts.common.text import clean_label

    expression = pd.DataFrame(
        {"gene": [clean_label(name) for name in IN_ONE_CELL], "log2FC": -1.5, "padj": 0.01}
    ).drop_duplicates("gene")
    expression.to_csv(tmp_path / "=x;y.csv", index=False)
    folder = tmp_path / "out"
    results = run_target_genes_workflow("TP53", output_dir=folder, expression=tmp_path / "=x;y.csv")
    generate_all_plots(results, folder)
    assert len(list(folder.glob("*.svg"))) == 5
    export_all(results, folder)
    check_folder(folder)
    check_console(capsys.readouterr().out)
    assert verify_folder(folder).ok
    table = pd.read_csv(folder / "target_genes_all.csv", keep_default_na=False)
    assert [unguard(name) for name in table["gene"]] == results["target_genes"]["gene"].tolist()
    assert {name.strip() for name in results["target_genes"]["gene"]} == {clean_label(name) for name in IN_ONE_CELL}
    wide = pd.read_csv(folder / "experiment_scores_top50.csv", keep_default_na=False)
    assert [unguard(name) for name in wide.columns] == list(results["experiment_data"].columns)
    with (folder / "analysis_object.pkl").open("rb") as stream:
        assert pickle.load(stream)["target_genes"]["gene"].tolist() == results["target_genes"]["gene"].tolist()


def test_comparison_of_factors(hostile_server: FileServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compare_targets(["TP53", "-@X+Y"], output_dir=tmp_path / "out")
    check_folder(tmp_path / "out")
    check_console(capsys.readouterr().out)


@pytest.mark.parametrize("name", EVERYWHERE, ids=short_id)
def test_files_of_the_engine(tmp_path, name):
    table = pd.DataFrame(
        {"chrom": ["chr1"], "start": [5], "end": [60], "SRX1": [1.0], "SRX2": [2.0], "logFC": [1.5]}
    ).assign(pvalue=0.001, qvalue=0.01)
    about = Description(
        "hg38", [("SRX1", "A"), ("SRX2", "B")], name, name, f"{name}2", {"TITLE": name}, [name], simulated=True
    )
    write_result(tmp_path, table, "diffbind", about)
    check_folder(tmp_path)
    track = (tmp_path / "wabi_result.igv.bed").read_text("utf-8").splitlines()
    assert len(track) == 2 and track[0].count('"') == 4 and track[0].endswith(' gffTags="on"')
    assert len((tmp_path / "wabi_result.log").read_text("utf-8").splitlines()) == 6
    check_console((tmp_path / "wabi_result.log").read_text("utf-8"))


@pytest.mark.parametrize("name", EVERYWHERE, ids=short_id)
def test_no_name_reaches_a_path_or_a_shell(name):
    request = DiffRequest.checked(["SRX1", "SRX2"], ["SRX3", "SRX4"], description_a="A", description_b="B", title=name)
    form = request.form()
    for field in ("title", "descriptionA", "descriptionB"):
        assert set(form[field]) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _.-")

"""The workflow with a background: columns at the end, another order on request, marks in plots and reports."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from scripts.common.errors import InputError, NotFoundError
from scripts.common.files.manifest import verify_folder
from scripts.targets import outputs, run_all, run_target_genes_workflow
from scripts.targets.background.background import COLUMNS as ADDED
from scripts.targets.background.findings import findings_about, hot_counts
from scripts.targets.background.store import save_background
from scripts.targets.plots.specificity_plot import both_high
from scripts.targets.table.scores import COLUMNS
from tests.file_server import FileServer
from tests.pages import check_page
from tests.targets.background.made import background_of, member
from tests.targets.tables import random_table, table_text

GENES = [f"SIM{number:04d}" for number in range(60)]


def others(top: str, number: int) -> Any:
    """A factor whose top 5 % are two genes."""
    rest = [gene for gene in GENES if gene not in (top, "SIM0001")]
    return member(f"F{number}", {top: 900.0, "SIM0001": 800.0, **{gene: 300.0 - i for i, gene in enumerate(rest)}})


@pytest.fixture
def service(server: FileServer) -> FileServer:
    server.put_table(table_text(*random_table(60, 6, seed=3)))
    return server


@pytest.fixture
def path(tmp_path: Path, service: FileServer) -> Path:
    best = run_target_genes_workflow("TP53", output_dir=tmp_path / "first")["target_genes"]["gene"].iloc[0]
    controls = [member(name, {best: 900.0, **dict.fromkeys(GENES[10:40], 5.0)}) for name in ("GFP", "H3")]
    factors = [others(best, number) for number in range(12)]
    return save_background(background_of(*factors, *controls), tmp_path / "hg38.npz")


def test_columns_stand_at_the_end(service: FileServer, path: Path, tmp_path: Path) -> None:
    plain = run_target_genes_workflow("TP53", background=None, output_dir=tmp_path / "a")
    results = run_target_genes_workflow("TP53", background=path, output_dir=tmp_path / "b")
    targets = results["target_genes"]
    assert tuple(targets) == (*COLUMNS, *ADDED)
    assert targets[list(COLUMNS)].equals(plain["target_genes"])
    assert "background" not in plain and tuple(plain["target_genes"]) == COLUMNS
    assert plain["metadata"] == results["metadata"]
    assert targets["is_hot"].iloc[0] and targets["control_share"].iloc[0] == 1
    assert results["parameters"]["background"] == str(path)
    assert results["background"]["counts"][0]["hot"] == int(targets["is_hot"].head(25).sum()) == 2


def test_order_by_specificity(service: FileServer, path: Path, tmp_path: Path) -> None:
    results = run_target_genes_workflow(
        "TP53", background=path, rank_by="specificity", top_n=10, output_dir=tmp_path / "o"
    )
    targets = results["target_genes"]
    assert targets["specific_rank"].tolist() == list(range(1, 11))
    assert targets["specificity"].is_monotonic_decreasing and not targets["is_hot"].any()
    assert results["experiment_data"]["gene"].tolist() == targets["gene"].tolist()
    assert results["parameters"]["rank_by"] == results["background"]["rank_by"] == "specificity"


def test_hot_threshold(service: FileServer, path: Path, tmp_path: Path) -> None:
    results = run_target_genes_workflow("TP53", background=path, hot_threshold=1.0, output_dir=tmp_path / "o")
    assert (results["target_genes"]["is_hot"] == (results["target_genes"]["hot_share"] == 1)).all()


def test_a_cell_type_is_ranked_within_itself(service: FileServer, path: Path, tmp_path: Path) -> None:
    all_cells = run_target_genes_workflow("TP53", background=path, output_dir=tmp_path / "o")["target_genes"]
    one = run_target_genes_workflow("TP53", background=path, cell_types="K-562", output_dir=tmp_path / "o")
    shares = all_cells.set_index("gene")["hot_share"]
    assert (one["target_genes"].set_index("gene")["hot_share"] == shares[one["target_genes"]["gene"]]).all()
    assert sorted(one["target_genes"]["specific_rank"]) == list(range(1, len(one["target_genes"]) + 1))


BAD: list[tuple[dict[str, Any], type[InputError], str]] = [
    ({"background": "absent.npz"}, NotFoundError, "is no file"),
    ({"background": 5}, InputError, "background is 5"),
    ({"hot_threshold": 0}, InputError, "hot_threshold is 0"),
    ({"hot_threshold": 1.5}, InputError, "hot_threshold is 1.5"),
    ({"rank_by": "score"}, InputError, "rank_by is 'score'"),
    ({"rank_by": "specificity"}, InputError, "takes a background of hg38, ±5kb"),
    ({"rank_by": "specificity", "background": None}, InputError, "there is none given"),
    ({"distance": 10}, InputError, "not of hg38, ±10kb"),
]


@pytest.mark.parametrize(("arguments", "error", "match"), BAD)
def test_bad_input_asks_nobody(
    service: FileServer, path: Path, tmp_path: Path, arguments: dict[str, Any], error: type[InputError], match: str
) -> None:
    given = {"background": path} if arguments.get("distance") else {}
    service.requests.clear()
    with pytest.raises(error, match=match):
        run_target_genes_workflow("TP53", output_dir=tmp_path / "new", **{**given, **arguments})
    assert service.requests == [] and not (tmp_path / "new").exists()


def test_auto_without_one_is_as_before(service: FileServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = run_target_genes_workflow("TP53", output_dir=tmp_path)
    printed = capsys.readouterr().out
    assert printed.count("background build") == 1
    assert {path for _, path in service.requests} == {"/data/hg38/target/TP53.5.tsv"}
    assert tuple(results["target_genes"]) == COLUMNS and results.findings() == []


@pytest.mark.slow
def test_everything_is_drawn_and_written(service: FileServer, path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "all"
    results = run_all("TP53", output_dir=folder, background=path)
    assert set(outputs.SPECIFICITY_PLOT_FILES) <= {file.name for file in folder.iterdir()}
    best = results["target_genes"]["gene"].iloc[0]
    for plot in (outputs.TOP_TARGETS_PLOT, outputs.HEATMAP_PLOT):
        svg = (folder / f"{plot}.svg").read_text("utf-8")
        assert f"{best} *" in svg and "* hot locus: in the top 5% of at least 50% of 12 other factors" in svg
    report = (folder / outputs.REPORT).read_text("utf-8")
    assert "## Hot loci and specificity" in report and "| Hot share | Specificity |" in report
    assert "In the top of controls: the same over 2 controls" in report
    html = (folder / outputs.HTML_REPORT).read_text("utf-8")
    page = check_page(html)
    assert "Hot loci and specificity" in page.text and f"{best} *" in page.text
    rows = page.data("genes-table-rows")["rows"]
    assert [row[10] for row in rows[:1]] == ["hot"]
    manifest = json.loads((folder / "analysis_object.json").read_text())
    assert manifest["results"]["background"]["factors"] == 12
    with (folder / outputs.ANALYSIS_OBJECT).open("rb") as stream:
        pickled = pickle.load(stream)
    assert all(type(one) is dict for one in pickled["background"]["findings"])
    assert verify_folder(folder).ok
    run_all("TP53", output_dir=folder, background=None)
    assert not set(outputs.SPECIFICITY_PLOT_FILES) & {file.name for file in folder.iterdir()}


def test_genes_high_in_both(service: FileServer, path: Path, tmp_path: Path) -> None:
    targets = run_target_genes_workflow("TP53", background=path, output_dir=tmp_path / "o")["target_genes"]
    named = targets.iloc[both_high(targets, 5)]
    assert not named["is_hot"].any() and (named["specificity"] >= 2).all()


def about(hot: int, controls: int | None, factors: int = 30) -> dict[str, Any]:
    count = {"top": 50, "genes": 50, "hot": hot, "controls": controls}
    return {"counts": [count], "factors": factors, "controls": 3, "hot_threshold": 0.5}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (about(25, 25), [("hot-loci", "major"), ("control-loci", "major")]),
        (about(10, 24), [("hot-loci", "minor"), ("control-loci", "minor")]),
        (about(9, None), []),
        (about(0, 0, factors=9), [("few-background-factors", "minor")]),
        (about(9, 30), [("control-loci", "major")]),
    ],
)
def test_findings(given: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert [(one.code, one.severity) for one in findings_about(given, "TP53")] == expected


def test_counts_of_a_short_list(service: FileServer, path: Path, tmp_path: Path) -> None:
    targets = run_target_genes_workflow("TP53", background=path, top_n=3, output_dir=tmp_path / "o")["target_genes"]
    counts = hot_counts(targets, 0.5, has_controls=False)
    assert [count["genes"] for count in counts] == [3, 3, 3] and counts[0]["controls"] is None

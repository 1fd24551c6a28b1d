from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.common.errors import InputError
from scripts.common.plotting.labels import place_labels
from scripts.targets import outputs, run_all
from scripts.targets.plots.all_plots import generate_all_plots
from scripts.targets.plots.heatmap import choose_experiments, plot_heatmap
from scripts.targets.plots.string_plot import plot_string_vs_binding
from scripts.targets.plots.text import rate_classes, title, unique_short
from scripts.targets.workflow import run_target_genes_workflow
from tests.file_server import FileServer
from tests.targets.tables import random_table, table_text


def results_of(server: FileServer, folder: Path, rows: list, columns: list[str], **options: Any) -> dict[str, Any]:
    server.put_table(table_text(rows, columns))
    return run_target_genes_workflow("TP53", output_dir=folder, **options)


def test_eight_files_and_verification_line(
    server: FileServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = results_of(server, tmp_path, *random_table(60, 8))
    generate_all_plots(results, output_dir=tmp_path, top_n=10)
    assert capsys.readouterr().out.splitlines()[-1] == "✓ All visualizations generated successfully!"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(outputs.PLOT_FILES)
    svg = (tmp_path / f"{outputs.TOP_TARGETS_PLOT}.svg").read_text(encoding="utf-8")
    assert results["target_genes"]["gene"].iloc[0] in svg
    assert "SIMULATED" not in svg


def test_svgs_of_very_many_genes_stay_small_and_hold_text(server: FileServer, tmp_path: Path) -> None:
    results = results_of(server, tmp_path, *random_table(6000, 3), top_n=None)
    generate_all_plots(results, output_dir=tmp_path)
    for path in tmp_path.glob("*.svg"):
        assert path.stat().st_size < 2_000_000, path.name
        assert "hg38, ±5 kb" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        ([("ONE", [60], 0)], ["SRX1|K-562"]),
        ([("SAME", [60, 60], 0), ("TOO", [60, 60], 0)], ["SRX1|K-562", "SRX2|K-562"]),
        ([("A" * 60 + "1", [900, 0], 800), ("A" * 60 + "2", [900, 20], 0)], [f"SRX1|{'c' * 80}", f"SRX2|{'c' * 80}x"]),
    ],
    ids=["one gene, one experiment", "no spread", "long names"],
)
def test_small_and_odd_tables_can_be_drawn(server: FileServer, tmp_path: Path, rows: list, columns: list[str]) -> None:
    results = results_of(server, tmp_path, rows, columns)
    generate_all_plots(results, output_dir=tmp_path)
    assert all((tmp_path / name).stat().st_size > 1000 for name in outputs.PLOT_FILES)


def test_genes_without_a_peak_can_be_drawn(server: FileServer, tmp_path: Path) -> None:
    results = results_of(
        server, tmp_path, [("A", [0, 0], 300), ("B", [5, 5], 0)], ["S1|a", "S2|b"], include_string_only=True
    )
    plot_string_vs_binding(results).draw()


def test_string_plot_falls_back_to_the_binding_rate(server: FileServer, tmp_path: Path) -> None:
    results = results_of(server, tmp_path, [("A", [0, 9], 0), ("B", [5, 5], 0)], ["S1|a", "S2|b"])
    plot = plot_string_vs_binding(results)
    assert "Binding rate" in plot.labels.x
    assert "no STRING data" in plot.labels.title


def test_titles_name_what_was_used(small: FileServer, tmp_path: Path) -> None:
    def of(**options: Any) -> str:
        return title(run_target_genes_workflow("TP53", output_dir=tmp_path, **options), "binding")

    assert of() == "TP53: binding\nhg38, ±5 kb of the TSS, 4 experiments"
    assert of(cell_types="k562").endswith("2 experiments in K-562")
    assert of(cell_types=["k562", "hepg2"]).endswith("3 experiments in 2 chosen cell types")


def test_simulated_caption(server: FileServer, tmp_path: Path) -> None:
    server.headers["/data/hg38/target/TP53.5.tsv"] = {"X-ChIP-Atlas-Simulated": "1"}
    results = results_of(server, tmp_path, *random_table(20, 5))
    assert "SIMULATED" in plot_string_vs_binding(results).labels.caption
    assert any("SIMULATED" in text.get_text() for text in plot_heatmap(results, 5).texts)


@pytest.mark.parametrize("top_n", [0, -1, None, 2.5, "ten"])
def test_number_of_genes(server: FileServer, tmp_path: Path, top_n: Any) -> None:
    results = results_of(server, tmp_path / "out", *random_table(5, 3))
    with pytest.raises(InputError, match="top_n is"):
        generate_all_plots(results, output_dir=tmp_path / "plots", top_n=top_n)
    assert not (tmp_path / "plots").exists()


def test_heatmap_takes_the_experiments_with_the_highest_totals() -> None:
    scores = np.array([[1, 9, 5, 0, 7], [1, 9, 5, 0, 7]])
    chosen = choose_experiments(scores, ["x", "y", "x", "x", "z"], limit=4)
    assert sorted(chosen.tolist()) == [0, 1, 2, 4]
    assert chosen.tolist() == [2, 0, 1, 4]  # x has two columns, then y and z by name; within x by total


def test_cut_names_stay_distinct() -> None:
    names = unique_short(["A" * 40 + "1", "A" * 40 + "2", "B"])
    assert len(set(names)) == 3
    assert names[2] == "B"


def test_rate_classes() -> None:
    assert rate_classes(pd.Series([0, 0.1, 0.5, 0.75, 1.0])).tolist() == ["<10%", "10–25%", "50–75%", "≥75%", "≥75%"]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=15))
def test_labels_never_overlap_and_stay_inside(points: list[tuple[float, float]]) -> None:
    x, y = np.array(points).T
    texts = [f"GENE{i}" for i in range(len(x))]
    boxes = []
    for spot, text in zip(place_labels(x, y, np.arange(len(x)), texts, 0.0125, 0.03), texts, strict=True):
        if spot is not None:
            start = spot[0] if spot[2] == "left" else spot[0] - len(text) * 0.0125
            boxes.append((start, spot[1] - 0.015, start + len(text) * 0.0125, spot[1] + 0.015))
    for i, a in enumerate(boxes):
        assert min(a) >= -1e-9
        assert max(a) <= 1 + 1e-9
        for b in boxes[i + 1 :]:
            overlap_x, overlap_y = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
            assert overlap_x < 1e-9 or overlap_y < 1e-9


def test_run_all(small: FileServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = run_all("TP53", output_dir=tmp_path, top_n=3, min_score=30)
    assert results["parameters"]["top_n"] == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(outputs.EXPORT_FILES + outputs.PLOT_FILES)
    verified = [line for line in capsys.readouterr().out.splitlines() if line.startswith(("✓", "==="))]
    assert verified == [
        "✓ Query loaded: TP53 target genes (hg38, ±5kb)",
        "✓ Target genes analysis completed successfully!",
        "✓ All visualizations generated successfully!",
        "=== Export Complete ===",
    ]

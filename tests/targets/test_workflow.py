from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scripts.common.errors import ChipAtlasError, InputError, NotFoundError, ServiceUnavailableError
from scripts.run_target_genes_workflow import run_target_genes_workflow
from scripts.targets import outputs
from scripts.targets.ranking.description import HISTOGRAM_EDGES, colocated_info, histogram
from scripts.targets.table.scores import COLUMNS
from tests.file_server import FileServer

from .tables import SMALL_COLUMNS, SMALL_ROWS, table_text

VERIFICATION = "✓ Target genes analysis completed successfully!"


def test_results_and_verification_line(small: FileServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = run_target_genes_workflow("TP53", output_dir=tmp_path / "out")
    assert capsys.readouterr().out.splitlines()[-1] == VERIFICATION
    assert list(results) == [
        "target_genes", "experiment_data", "cell_types", "protein", "parameters", "metadata", "provenance",
    ]  # fmt: skip
    targets = results["target_genes"]
    assert tuple(targets.columns) == COLUMNS
    assert targets["gene"].tolist() == ["AAA", "BBB", "CCC", "FEW"]
    assert targets["colocated_group"].tolist() == ["", "locus_1", "locus_1", ""]
    assert results["experiment_data"]["gene"].tolist() == targets["gene"].tolist()
    assert results["cell_types"] == ["K-562", "Hep_G2", "CD4+_T_cells"]
    assert (tmp_path / "out").is_dir()
    assert list((tmp_path / "out").iterdir()) == []


def test_metadata(small: FileServer, tmp_path: Path) -> None:
    metadata = run_target_genes_workflow("TP53", output_dir=tmp_path)["metadata"]
    expected = {
        "n_genes_total": 5,
        "n_genes_bound": 4,
        "n_string_only": 1,
        "n_experiments": 4,
        "n_experiments_total": 4,
        "n_genes": 4,
        "unique_cell_types": 3,
        "experiments_per_cell_type": {"K-562": 2, "Hep_G2": 1, "CD4+_T_cells": 1},
        "colocated_info": {"groups": 1, "genes_affected": 2, "independent_loci": 3, "not_judgeable": 1},
        "score_bands": {"very strong": 1, "strong": 2, "moderate": 0, "weak": 1},
    }
    assert {key: metadata[key] for key in expected} == expected
    assert sum(metadata["score_histogram"]["counts"]) == 4


def test_cell_filter_recounts_everything(small: FileServer, tmp_path: Path) -> None:
    results = run_target_genes_workflow("TP53", cell_types=["k562"], top_n=2, output_dir=tmp_path)
    assert results["cell_types"] == ["K-562"]
    assert results["metadata"]["n_experiments"] == 2
    assert results["metadata"]["n_experiments_total"] == 4
    assert results["metadata"]["unique_cell_types"] == 1
    assert results["target_genes"]["num_experiments"].tolist() == [2, 2]
    assert [(step["before"], step["after"]) for step in results["metadata"]["filters"]] == [(5, 5), (5, 4), (4, 2)]


def test_genes_unbound_in_the_kept_cells_are_left_out(small: FileServer, tmp_path: Path) -> None:
    results = run_target_genes_workflow("TP53", cell_types="Hep_G2", output_dir=tmp_path)
    assert results["target_genes"]["gene"].tolist() == ["AAA", "FEW"]


def test_string_only_genes_on_request(small: FileServer, tmp_path: Path) -> None:
    results = run_target_genes_workflow("TP53", include_string_only=True, output_dir=tmp_path)
    assert results["target_genes"]["gene"].tolist() == ["AAA", "BBB", "CCC", "FEW", "ONLY"]
    assert results["target_genes"]["colocated_group"].iloc[-1] == ""


def test_parameters_hold_every_argument(small: FileServer, tmp_path: Path) -> None:
    import inspect

    results = run_target_genes_workflow("TP53", output_dir=tmp_path, min_score=1)
    assert list(results["parameters"]) == list(inspect.signature(run_target_genes_workflow).parameters)


def test_provenance(small: FileServer, tmp_path: Path) -> None:
    provenance = run_target_genes_workflow("TP53", output_dir=tmp_path)["provenance"]
    assert provenance["simulated"] is False
    assert provenance["url"].startswith(small.url)
    used = {key: provenance[key] for key in ("url", "bytes", "etag", "last_modified")}
    assert provenance["files"] == [used]
    assert provenance["versions"]["pandas"] == pd.__version__
    assert not (tmp_path / "SIMULATED.txt").exists()


def test_simulated_service_is_announced(small: FileServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small.headers["/data/hg38/target/TP53.5.tsv"] = {"X-ChIP-Atlas-Simulated": "1"}
    assert run_target_genes_workflow("TP53", output_dir=tmp_path)["provenance"]["simulated"] is True
    assert "SIMULATED" in capsys.readouterr().out
    assert (tmp_path / "SIMULATED.txt").exists()


def test_an_earlier_runs_files_go(small: FileServer, tmp_path: Path) -> None:
    for name in (*outputs.OUTPUT_FILES, "mine.txt"):
        (tmp_path / name).write_text("old")
    run_target_genes_workflow("TP53", output_dir=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


BAD: list[tuple[dict[str, Any], type[ChipAtlasError], str]] = [
    ({"genome": "hg37"}, NotFoundError, "Unknown genome 'hg37'"),
    ({"distance": 3}, InputError, "distance is 3"),
    ({"protein": ""}, InputError, "protein is empty"),
    ({"protein": "../TP53"}, InputError, "path"),
    ({"protein": "tp53"}, InputError, "did you mean TP53"),
    ({"top_n": 0}, InputError, "top_n is 0"),
    ({"min_binding_rate": 2}, InputError, "min_binding_rate is 2"),
    ({"min_score": float("nan")}, InputError, "min_score is nan"),
    ({"min_string_score": -1}, InputError, "min_string_score is -1"),
]
LATE: list[tuple[dict[str, Any], type[ChipAtlasError], str]] = [
    ({"cell_types": ["K-563"]}, NotFoundError, "Did you mean: K-562"),
    ({"protein": "TP54"}, NotFoundError, "Did you mean: TP53"),
    ({"min_score": 1e6}, InputError, r"left after the filters \(bound .* 5 → 4; min_score = 1e\+06: 4 → 0\)"),
]


@pytest.mark.parametrize(("arguments", "error", "match"), BAD + LATE)
def test_bad_input_writes_nothing(
    small: FileServer, tmp_path: Path, arguments: dict[str, Any], error: type[ChipAtlasError], match: str
) -> None:
    with pytest.raises(error, match=match) as caught:
        run_target_genes_workflow(**{"protein": "TP53", "output_dir": tmp_path / "a" / "b", **arguments})
    assert list(tmp_path.iterdir()) == []
    assert len(str(caught.value).splitlines()) <= 3
    if (arguments, error, match) in BAD:
        assert small.requests == []


def test_a_failed_run_leaves_an_earlier_one_alone(small: FileServer, tmp_path: Path) -> None:
    (tmp_path / outputs.REPORT).write_text("earlier")
    with pytest.raises(NotFoundError, match="K-563"):
        run_target_genes_workflow("TP53", cell_types=["K-563"], output_dir=tmp_path)
    assert (tmp_path / outputs.REPORT).read_text() == "earlier"


def test_service_down_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIPATLAS_DATA_URL", "http://127.0.0.1:9/data")
    with pytest.raises(ServiceUnavailableError, match="No answer"):
        run_target_genes_workflow("TP53", output_dir=tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_all_string_only(server: FileServer, tmp_path: Path) -> None:
    server.put_table(table_text([("A", [0] * 4, 500)], SMALL_COLUMNS))
    with pytest.raises(InputError, match="bound in at least one experiment: 1 → 0"):
        run_target_genes_workflow("TP53", output_dir=tmp_path)


def test_histogram_counts_every_gene_in_its_band() -> None:
    counted = histogram(pd.Series([0.001, 49.9, 50, 99, 100, 499, 500, 1e6]))
    edges, counts = HISTOGRAM_EDGES, counted["counts"]
    limits = [0, *(int(list(edges).index(limit)) for limit in (50, 100, 500)), len(counts)]
    assert [sum(counts[a:b]) for a, b in itertools.pairwise(limits)] == [2, 2, 2, 2]


def test_no_groups() -> None:
    frame = pd.DataFrame({"colocated_group": ["", ""], "num_bound": [5, 1]})
    assert colocated_info(frame) == {"groups": 0, "genes_affected": 0, "independent_loci": 2, "not_judgeable": 1}


def test_rows_are_the_tables_own(small: FileServer, tmp_path: Path) -> None:
    experiments = run_target_genes_workflow("TP53", output_dir=tmp_path)["experiment_data"]
    expected = {gene: scores for gene, scores, _ in SMALL_ROWS}
    assert {row[0]: list(row[1:]) for row in experiments.itertuples(index=False, name=None)} == {
        gene: expected[gene] for gene in experiments["gene"]
    }


def test_cell_balanced_score_uses_the_cell_types_of_the_table(atlas, tmp_path):
    results = run_target_genes_workflow("MYC", top_n=20, output_dir=tmp_path)
    scores = results["experiment_data"].set_index("gene").T
    means = scores.groupby(scores.index.str.split("|", n=1).str[1]).mean().mean()
    found = results["target_genes"].set_index("gene")["cell_balanced_score"]
    assert found.to_numpy() == pytest.approx(means[found.index].to_numpy())
    assert not np.allclose(found, results["target_genes"]["avg_score"])

"""The largest tables: every number recomputed another way. Time and memory are measured by ``make bench``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from flask import Request, Response, send_file

from scripts.emulator.server import Atlas

ROOT = Path(__file__).resolve().parents[3]
GENES, EXPERIMENTS, CELL_TYPES = 20_000, 2_000, 150

Run = Callable[..., tuple[pd.DataFrame, dict]]

#: Runs the workflow as a user's process would, and says what it found.
_RUN = """
import json, pathlib, sys
from scripts.targets import run_target_genes_workflow
options = json.loads(sys.argv[1])
results = run_target_genes_workflow("TP53", top_n=None, output_dir="results", **options)
results["target_genes"].to_pickle("summary.pkl")
pathlib.Path("told.json").write_text(json.dumps(results["metadata"]["colocated_info"]))
"""


class Large(NamedTuple):
    path: Path
    columns: list[str]
    scores: np.ndarray
    string: np.ndarray


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Large:
    """A table of the size of the largest ones, about 100 MB, with shared loci and STRING-only genes."""
    rng = np.random.default_rng(20)
    scores = np.zeros((GENES, EXPERIMENTS), dtype=np.int32)
    for start in range(0, GENES, 1000):
        part = rng.integers(50, 3000, (1000, EXPERIMENTS), dtype=np.int32)
        scores[start : start + 1000] = part * (rng.random((1000, EXPERIMENTS)) < rng.random((1000, 1)) * 0.6)
    scores[rng.choice(GENES, 300, replace=False)] = 0
    scores[11:14] = scores[10]
    string = rng.integers(0, 1001, GENES) * (rng.random(GENES) < 0.3)
    columns = [f"SRX{1_000_000 + i}|Cell_{rng.integers(CELL_TYPES)}" for i in range(EXPERIMENTS)]
    path = tmp_path_factory.mktemp("large") / "TP53.5.tsv"
    with path.open("w", encoding="utf-8") as stream:
        stream.write("\t".join(["Target_genes", "TP53|Average", *columns, "STRING"]) + "\n")
        for gene, row in enumerate(scores):
            cells = "\t".join(map(str, row.tolist()))
            stream.write(f"GENE{gene}\t{row.sum() / EXPERIMENTS:f}\t{cells}\t{string[gene]}\n")
    return Large(path, columns, scores, string)


def recomputed(large: Large, columns: np.ndarray) -> pd.DataFrame:
    """The summary by plain whole-matrix formulas, in gene order."""
    scores = large.scores[:, columns].astype(np.int64)
    cells = pd.Series([name.split("|", 1)[1] for name in large.columns])[columns].to_numpy()
    by_cell = pd.DataFrame(scores.T).groupby(cells).mean().T
    bound = (scores > 0).sum(axis=1)
    rows = pd.Series([row.tobytes() for row in scores])
    shared = rows.duplicated(keep=False).to_numpy() & (bound >= 3)
    return pd.DataFrame(
        {
            "gene": [f"GENE{i}" for i in range(GENES)],
            "avg_score": scores.mean(axis=1),
            "string_score": large.string,
            "num_experiments": len(columns),
            "num_bound": bound,
            "binding_rate": bound / len(columns),
            "max_score": scores.max(axis=1),
            "is_shared": shared,
            "avg_score_bound": scores.sum(axis=1) / np.maximum(bound, 1),
            "cell_balanced_score": by_cell.mean(axis=1).to_numpy(),
        }
    )


@pytest.fixture
def run_large(atlas: Atlas, large: Large, tmp_path: Path) -> Run:
    """Serve the table instead of TP53's and run the workflow in a process of its own."""

    def serve_large(request: Request) -> Response | None:
        if not request.path.endswith("/TP53.5.tsv"):
            return None
        return send_file(large.path, mimetype="text/tab-separated-values", conditional=True)

    def run(**options: object) -> tuple[pd.DataFrame, dict]:
        command = [sys.executable, "-c", _RUN, json.dumps(options)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr[-2000:]
        return pd.read_pickle(tmp_path / "summary.pkl"), json.loads((tmp_path / "told.json").read_text())

    atlas.faults.append(serve_large)
    return run


@pytest.mark.slow
@pytest.mark.parametrize("fraction", [1.0, 0.9], ids=["all experiments", "nine cell types in ten"])
def test_numbers(large: Large, run_large: Run, fraction: float) -> None:
    wanted = [f"Cell_{i}" for i in range(int(CELL_TYPES * fraction))]
    columns = np.flatnonzero([name.split("|")[1] in set(wanted) for name in large.columns])
    found, told = run_large(**({} if fraction == 1 else {"cell_types": wanted}), include_string_only=True)
    expected = recomputed(large, columns)
    order = np.lexsort((expected["gene"], -expected["max_score"], -expected["avg_score"].round(6)))
    found = found.assign(is_shared=found.pop("colocated_group") != "")
    exact = [
        "string_score",
        "num_experiments",
        "num_bound",
        "binding_rate",
        "max_score",
        "is_shared",
        "avg_score_bound",
    ]
    aligned = found.set_index("gene").loc[expected["gene"]]
    for column in exact:
        np.testing.assert_array_equal(aligned[column].to_numpy(), expected[column].to_numpy(), err_msg=column)
    # Without a cell filter the average is the file's own, which carries six decimals.
    np.testing.assert_allclose(aligned["avg_score"], expected["avg_score"], atol=5.1e-7 if fraction == 1 else 0)
    np.testing.assert_allclose(aligned["cell_balanced_score"], expected["cell_balanced_score"], rtol=1e-12)
    if fraction == 1:
        assert found["gene"].tolist() == expected["gene"].to_numpy()[order].tolist()
    assert (told["groups"], told["genes_affected"]) == (1, 4)

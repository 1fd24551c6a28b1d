"""The documented steps against the embedded ChIP-Atlas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scripts.targets import load_example_query, run_target_genes_workflow
from scripts.targets.table.download_target_genes import check_antigen_available


@pytest.mark.parametrize("name", ["tp53", "e2f1", "myc"])
def test_examples(atlas: Any, name: str, tmp_path: Path) -> None:
    query = load_example_query(name)
    results = run_target_genes_workflow(
        protein=query["protein"], genome=query["genome"], distance=query["distance"], top_n=500, output_dir=tmp_path
    )
    assert results["provenance"]["simulated"] is True
    assert 0 < len(results["target_genes"]) <= 500
    assert results["target_genes"]["avg_score"].is_monotonic_decreasing
    assert results["metadata"]["notes"] == []
    assert (tmp_path / "SIMULATED.txt").exists()


def test_availability(atlas: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_antigen_available("TP53")
    assert not check_antigen_available("TP54")
    assert "TP53" in capsys.readouterr().out

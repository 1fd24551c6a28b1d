"""Networks of answers, read back by networkx, beside their tables."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from scripts.targets import co_binding, compare_targets, edge_evidence

networkx = pytest.importorskip("networkx")
FACTORS = ["TP53", "MYC"]


def test_evidence_for_pairs(atlas: object, tmp_path: Path) -> None:
    asked = [("TP53", "SIM0001"), ("TP53", "SIM0002"), ("MYC", "SIM0001"), ("NOFACTOR", "SIM0001"), ("MYC", "NOGENE")]
    table = edge_evidence(asked, background=None, output_dir=tmp_path)
    read = networkx.read_graphml(tmp_path / "edge_evidence.graphml")
    assert read.number_of_edges() == len(asked) and read.nodes["SIM0001"] == {"is_factor": False, "is_target": True}
    for row in table.to_dict("records"):
        edge = read[row["factor"]][row["gene"]]
        assert edge["status"] == row["status"]
        assert edge.get("bound") == (None if pd.isna(row["num_bound"]) else row["num_bound"] > 0)
        assert edge.get("avg_score") == (None if pd.isna(row["avg_score"]) else row["avg_score"])
    assert "SIMULATED" in read.graph


def test_shared_genes(atlas: object, tmp_path: Path) -> None:
    genes = co_binding(FACTORS, background=None, at_least_factors=2, output_dir=tmp_path)["genes"]
    read = networkx.read_graphml(tmp_path / "co_binding.graphml")
    assert read.number_of_edges() == 2 * len(genes) > 0
    for row in genes.head(20).to_dict("records"):
        assert read["TP53"][row["gene"]] == {"score": row["avg_score_TP53"], "bound": True}
        assert read.nodes[row["gene"]]["num_factors"] == 2


def test_compared_factors(atlas: object, tmp_path: Path) -> None:
    comparison = compare_targets(FACTORS, top_n=30, output_dir=tmp_path)
    read = networkx.read_graphml(tmp_path / "compare_network.graphml")
    assert read.number_of_edges() == 60
    for factor in FACTORS:
        table = comparison["results"][factor]["target_genes"]
        for rank, row in enumerate(table.to_dict("records"), start=1):
            edge = read[factor][row["gene"]]
            assert (
                edge["rank"] == rank and edge["score"] == row["avg_score"] and edge["bound"] is (row["avg_score"] > 0)
            )

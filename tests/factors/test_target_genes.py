"""Factors near target genes: the sets, what is circular, and what nearly every factor finds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from scripts.common.errors import InputError, NothingLeftError
from scripts.emulator import Atlas
from scripts.targets import enrich_factors, export_all, run_target_genes_workflow
from scripts.targets.factors_of_genes import gene_set


def test_sets_are_apart_and_alike_in_number() -> None:
    sets = gene_set(pd.Series([f"G{number}" for number in range(101)]), 30, "TF", seed=1)
    assert sets.given == tuple(f"G{number}" for number in range(30)) and len(sets.background) == 30
    assert all(int(name[1:]) > 50 for name in sets.background)
    assert gene_set(pd.Series([f"G{number}" for number in range(101)]), 30, "TF", seed=1) == sets
    assert len(gene_set(pd.Series([f"G{number}" for number in range(40)]), 30, "TF").given) == 20


def test_what_cannot_be_sent_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no gene symbol that can be sent"):
        gene_set(pd.Series(["A", "B\nC"]), 30, "TF")


@pytest.mark.slow
def test_hot_loci_are_no_particular_factors(atlas: Atlas, tmp_path: Path) -> None:
    """The first targets are hot: most experiments find them, so that no antigen is called, and this is said."""
    results = run_target_genes_workflow("SIMHF001", "mm10", output_dir=tmp_path, background=None)
    part = enrich_factors(results, top=50)
    assert (part.table["log2_odds"] > 2).mean() > 0.3 and part.table["enriched"].mean() < 0.05
    assert any("whatever its antigen" in note for note in part.notes)
    assert "SIMHF001" not in set(part.table["antigen"])
    own = part.experiments[~part.experiments["counted"]]
    assert set(own["antigen"]) == {"SIMHF001"} and len(own) == results.metadata["n_experiments"]
    export_all(results, tmp_path, parts=[part])
    assert "Which factors bind there" in (tmp_path / "summary_report.md").read_text()


def test_too_few_genes(tmp_path: Path, atlas: Atlas) -> None:
    results: dict[str, Any] = run_target_genes_workflow("RAP1", "sacCer3", output_dir=tmp_path, top_n=12)
    with pytest.raises(NothingLeftError, match="6 genes first targets of RAP1: at least 10"):
        enrich_factors(results)

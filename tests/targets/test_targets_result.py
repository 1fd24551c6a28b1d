from __future__ import annotations

import pickle
from pathlib import Path

import pandas as pd
import pytest

from scripts.common.errors import InputError
from scripts.targets import export_all, run_target_genes_workflow
from scripts.targets.targets_result import TargetsResult
from tests.file_server import FileServer


@pytest.fixture
def result(small: FileServer, tmp_path: Path) -> TargetsResult:
    return run_target_genes_workflow("TP53", output_dir=tmp_path / "out")


def test_attributes_are_the_keys(result: TargetsResult) -> None:
    for name in TargetsResult.__annotations__:
        assert getattr(result, name) is result[name]
    assert "expression" not in result
    with pytest.raises(AttributeError, match="TargetsResult has no 'expression'"):
        _ = result.expression


def test_it_shows_itself(result: TargetsResult) -> None:
    n_genes = len(result.target_genes)
    assert repr(result).startswith(f"<TargetsResult: Target genes of TP53 (hg38, ±5kb): {n_genes} genes reported, ")
    html = result._repr_html_()
    assert f"<b>{n_genes}</b> genes reported" in html and str(result.target_genes["gene"][0]) in html
    assert "SIMULATED" not in html


def test_what_is_pickled_is_plain_and_leads_on(result: TargetsResult, tmp_path: Path) -> None:
    export_all(result, tmp_path / "out")
    kept = pickle.loads((tmp_path / "out" / "analysis_object.pkl").read_bytes())
    assert type(kept) is dict
    pd.testing.assert_frame_equal(TargetsResult.of(kept).target_genes, result.target_genes)
    export_all(kept, tmp_path / "again")
    name = "target_genes_all.csv"
    assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "out" / name).read_bytes()


def test_other_things_are_refused() -> None:
    with pytest.raises(InputError, match="results lacks target_genes"):
        TargetsResult.of({"protein": "TP53"})

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scripts.common.errors import InputError, NotFoundError
from scripts.load_example_query import load_example_query
from scripts.load_user_query import load_user_query

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(("name", "protein"), [("tp53", "TP53"), ("e2f1", "E2F1"), ("myc", "MYC"), ("TP53", "TP53")])
def test_examples(name: str, protein: str, capsys: pytest.CaptureFixture[str]) -> None:
    query = load_example_query(name)
    assert (query["protein"], query["genome"], query["distance"]) == (protein, "hg38", 5)
    assert query["description"]
    assert query["source"]
    assert f"✓ Query loaded: {protein} target genes (hg38, ±5kb)" in capsys.readouterr().out.splitlines()


def test_unknown_example_lists_the_names() -> None:
    with pytest.raises(NotFoundError, match="tp53, e2f1, myc"):
        load_example_query("gata1")


def test_near_example_is_suggested() -> None:
    with pytest.raises(NotFoundError, match=r"Did you mean: tp53"):
        load_example_query("tp35")


def test_own_query(capsys: pytest.CaptureFixture[str]) -> None:
    assert load_user_query("Trp53", genome="mm10", distance=10) == {
        "protein": "Trp53",
        "genome": "mm10",
        "distance": 10,
    }
    assert capsys.readouterr().out.splitlines() == ["✓ Query loaded: Trp53 target genes (mm10, ±10kb)"]


def test_bad_query_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match="did you mean TP53"):
        load_user_query("tp53")
    assert capsys.readouterr().out == ""


def test_loading_a_query_imports_nothing_heavy() -> None:
    code = (
        "import sys, scripts.load_example_query, scripts.load_user_query, scripts.targets;"
        "print([name for name in ('pandas', 'matplotlib', 'plotnine', 'seaborn') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

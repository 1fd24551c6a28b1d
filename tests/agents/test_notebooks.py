"""The notebooks: the documented steps, committed with outputs that any machine makes again."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from scripts.cli import demo

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ("diff", "targets")
STEPS = {
    "diff": demo.DIFF_STEPS.format(example="tp53_molm13_vs_k562", folder="diff_analysis_results"),
    "targets": demo.TARGET_STEPS.format(example="tp53", folder="target_genes_results"),
}
LINES = {
    "diff": ["✓ Data loaded successfully", "✓ Diff analysis completed successfully!"],
    "targets": ["✓ Query loaded: TP53 target genes (hg38, ±5kb)", "✓ Target genes analysis completed successfully!"],
}
BOTH = ["✓ All visualizations generated successfully!", "=== Export Complete ==="]
MAX_BYTES = 400_000


def path_of(name: str) -> Path:
    return ROOT / "examples" / f"{name}.ipynb"


def code_cells(name: str) -> list[dict[str, Any]]:
    cells = json.loads(path_of(name).read_text("utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def printed(cells: list[dict[str, Any]]) -> list[str]:
    outputs = [output for cell in cells for output in cell["outputs"] if output["output_type"] == "stream"]
    return "".join("".join(output["text"]) for output in outputs).splitlines()


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_it_holds_the_documented_steps(name):
    sources = ["".join(cell["source"]) for cell in code_cells(name)]
    for step in STEPS[name].replace("from scripts.", "from chipatlas_skills.").strip().split("\n\n"):
        assert step.split() in [source.split() for source in sources], step


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_outputs_are_committed_and_marked(name):
    cells = code_cells(name)
    lines = printed(cells)
    assert [line for line in lines if not line.startswith("*** SIMULATED")] == LINES[name] + BOTH
    assert sum(line.startswith("*** SIMULATED") for line in lines) == 3
    kinds = [kind for cell in cells for output in cell["outputs"] for kind in output.get("data", {})]
    assert kinds.count("image/png") == 3
    assert kinds.count("text/html") >= 2
    assert not [output for cell in cells for output in cell["outputs"] if output.get("name") == "stderr"]


def test_the_question_is_answered_in_its_committed_outputs():
    cells = code_cells("question")
    lines = printed(cells)
    assert [line for line in lines if line in (LINES["diff"] + BOTH)] == LINES["diff"] + BOTH
    assert any(line.startswith("| treatment | DMSO (8) | Daunorubicin (8) |") for line in lines)
    assert sum("text/html" in output.get("data", {}) for cell in cells for output in cell["outputs"]) == 4


def test_the_paired_design_stands_in_its_committed_outputs():
    cells = code_cells("design")
    told = [
        "".join(output["data"].get("text/plain", ""))
        for cell in cells
        for output in cell["outputs"]
        if "data" in output
    ]
    assert "~ genotype + group (ql)" in told[0] and "exact test of A and B" in told[0]
    lines = printed(cells)
    assert [line for line in lines if line in (LINES["diff"] + BOTH)] == LINES["diff"] + BOTH
    assert any("The design `~ genotype + group` was fitted" in line for line in lines)


@pytest.mark.parametrize("name", [*NOTEBOOKS, "question", "design"])
def test_nothing_of_the_machine_is_in_it(name):
    text = path_of(name).read_text("utf-8")
    assert len(text.encode()) < MAX_BYTES
    assert not re.search(r"127\.0\.0\.1|localhost|(?<![\w.+/])/(tmp|home|root|Users|var|usr)/", text)
    assert "created" not in json.loads(text)["metadata"]
    assert json.loads(text)["metadata"]["language_info"] == {"name": "python"}


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_it_runs(name, atlas, tmp_path):
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    from examples.execute import execute

    notebook = nbformat.read(path_of(name), as_version=4)
    nbformat.validate(notebook)
    before = [cell.get("outputs") for cell in notebook.cells]
    execute(notebook, tmp_path, atlas.environment)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [line for line in printed(cells) if not line.startswith("*** SIM")] == LINES[name] + BOTH

    def kinds(outputs: Any) -> list[list[str]]:
        return [sorted(output.get("data", {})) for output in outputs or []]

    assert [kinds(cell.get("outputs")) for cell in notebook.cells] == [kinds(outputs) for outputs in before]

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
OTHERS = ("question", "design", "evidence", "atlas")
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


def verified(lines: list[str]) -> list[str]:
    """The lines that say a step is done; with the numbers in them, which every machine gets alike."""
    return [line for line in lines if line.startswith(("✓", "===", "enriched:", "- **"))]


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


def texts(name: str) -> list[str]:
    """What the cells of a notebook gave, as text."""
    outputs = [output for cell in code_cells(name) for output in cell["outputs"]]
    return ["".join(output["data"].get("text/plain", "")) for output in outputs if "data" in output]


def test_specificity_finds_the_planted_targets_in_the_committed_outputs():
    (counts,) = [text for text in texts("evidence") if "hot loci" in text and "own targets" in text]
    hot, own = ([int(word) for word in line.split()[2:]] for line in counts.splitlines()[1:])
    assert hot[0] > 20 and hot[1] == 0 and own[1] > own[0]
    lines = printed(code_cells("evidence"))
    assert any(line.startswith("- **Association, not causation.**") for line in lines)
    assert any("image/png" in output.get("data", {}) for cell in code_cells("evidence") for output in cell["outputs"])


def test_the_atlas_finds_planted_factors_and_no_others_in_the_committed_outputs():
    lines = printed(code_cells("atlas"))
    (line,) = [line for line in lines if line.startswith("enriched: ")]
    found, planted, _ = map(int, re.findall(r"\d+", line))
    assert found == planted >= 3
    assert any("image/png" in output.get("data", {}) for cell in code_cells("atlas") for output in cell["outputs"])


@pytest.mark.parametrize("name", OTHERS)
def test_the_others_are_marked(name):
    assert "SIMULATED" in "".join(json.loads(path_of(name).read_text("utf-8"))["cells"][0]["source"])
    assert not [output for cell in code_cells(name) for output in cell["outputs"] if output.get("name") == "stderr"]


@pytest.mark.parametrize("name", [*NOTEBOOKS, *OTHERS])
def test_nothing_of_the_machine_is_in_it(name):
    text = path_of(name).read_text("utf-8")
    assert len(text.encode()) < MAX_BYTES
    assert not re.search(r"127\.0\.0\.1|localhost|(?<![\w.+/])/(tmp|home|root|Users|var|usr)/", text)
    assert "created" not in json.loads(text)["metadata"]
    assert json.loads(text)["metadata"]["language_info"] == {"name": "python"}


@pytest.mark.slow
@pytest.mark.parametrize("name", [*NOTEBOOKS, *OTHERS])
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
    assert verified(printed(cells)) == verified(printed(code_cells(name)))
    if name in NOTEBOOKS:
        assert [line for line in printed(cells) if not line.startswith("*** SIM")] == LINES[name] + BOTH

    def kinds(outputs: Any) -> list[list[str]]:
        return [sorted(output.get("data", {})) for output in outputs or []]

    assert [kinds(cell.get("outputs")) for cell in notebook.cells] == [kinds(outputs) for outputs in before]

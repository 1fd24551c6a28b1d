"""The documented steps, word by word, as an agent runs them: from every folder, both skills in one process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.cli import demo
from tests.installed import as_installed

ROOT = Path(__file__).resolve().parents[1]

HEAVY = ("plotnine", "matplotlib", "seaborn", "edgepython", "flask")
DIFF_LINES = [
    "✓ Data loaded successfully",
    "✓ Diff analysis completed successfully!",
    "✓ All visualizations generated successfully!",
    "=== Export Complete ===",
]
TARGET_LINES = [
    "✓ Query loaded: TP53 target genes (hg38, ±5kb)",
    "✓ Target genes analysis completed successfully!",
    "✓ All visualizations generated successfully!",
    "=== Export Complete ===",
]


def run_steps(code: str, folder: Path, atlas, path: str = "") -> list[str]:
    """Lines a fresh interpreter prints; only verification lines and banners, as CHIPATLAS_QUIET is set."""
    environment = os.environ | atlas.environment | {"CHIPATLAS_QUIET": "1"} | ({"PYTHONPATH": path} if path else {})
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [line for line in done.stdout.splitlines() if "SIMULATED" not in line]


@pytest.mark.parametrize(
    "place",
    ["root", *(pytest.param(place, marks=pytest.mark.slow) for place in ("SKILL_diff", "SKILL_targets", "elsewhere"))],
)
def test_both_skills_in_one_process_from_any_folder(place, atlas, tmp_path):
    folder = tmp_path if place == "elsewhere" else ROOT if place == "root" else ROOT / place
    diff = demo.DIFF_STEPS.format(example="official_ce11_diffbind", folder=tmp_path / "diff")
    targets = demo.TARGET_STEPS.format(example="tp53", folder=tmp_path / "targets")
    if place == "elsewhere":
        # As it is called where it is installed.
        diff, targets = (steps.replace("from scripts.", "from chipatlas_skills.") for steps in (diff, targets))
    first, second = (targets, diff) if place == "SKILL_targets" else (diff, targets)
    path = as_installed(tmp_path) if place == "elsewhere" else ""
    lines = run_steps(first + second, folder, atlas, path)
    expected = (TARGET_LINES + DIFF_LINES) if place == "SKILL_targets" else (DIFF_LINES + TARGET_LINES)
    assert lines == expected


@pytest.mark.parametrize(
    "entry_point", ["load_example_data", "load_user_data", "load_example_query", "load_user_query"]
)
def test_loading_needs_no_library_that_takes_long_to_import(entry_point):
    heavy = [*HEAVY, "numpy", "pandas", "scipy", "requests"]
    code = f"import sys, scripts.{entry_point}; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("entry_point", ["generate_all_plots", "export_all"])
def test_shared_entry_points_refuse_other_things(entry_point):
    from scripts.common.errors import InputError

    module = __import__(f"scripts.{entry_point}", fromlist=[entry_point])
    for wrong in ({}, None, {"something": 1}):
        with pytest.raises(InputError, match="come from neither skill"):
            getattr(module, entry_point)(wrong)


def test_shared_entry_points_refuse_options_of_the_other_skill():
    from scripts.common.errors import InputError
    from scripts.generate_all_plots import generate_all_plots

    with pytest.raises(InputError, match="takes no top_n; it takes: output_dir, qvalue_threshold, annotate"):
        generate_all_plots({"diff_regions": None}, top_n=25)

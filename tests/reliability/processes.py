"""Workflows in processes of their own, against a service in this one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from scripts.emulator import Atlas
from tests.reliability.stages import EXAMPLE, GENOME

ROOT = Path(__file__).resolve().parents[2]
READY = "READY"
#: No workflow of these tests takes so long, however busy the machine.
PATIENCE_SECONDS = 300

_COMPARE = f"""
from scripts.diff import export_all, run_diff_workflow
print("{READY}", flush=True)
groups = {EXAMPLE["experiments_a"]!r}, {EXAMPLE["experiments_b"]!r}
results = run_diff_workflow(*groups, {GENOME!r}, output_dir=folder, timeout={PATIENCE_SECONDS})
export_all(results, folder, annotation="none")
"""
_RANK = f"""
from scripts.targets import export_all, run_target_genes_workflow
print("{READY}", flush=True)
results = run_target_genes_workflow(factor, genome, output_dir=folder)
export_all(results, folder)
"""


def compare_code(folder: Path) -> str:
    """A program that makes the small comparison and exports it; it says `READY` when everything is loaded."""
    return f"folder = {str(folder)!r}\n{_COMPARE}"


def rank_code(folder: Path, factor: str, genome: str) -> str:
    """The same for a factor's target genes."""
    return f"folder, factor, genome = {str(folder)!r}, {factor!r}, {genome!r}\n{_RANK}"


def start(code: str, atlas: Atlas, **variables: str) -> subprocess.Popen[str]:
    """Start a program with the service's variables."""
    environment = os.environ | atlas.environment | {"PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg"} | variables
    return subprocess.Popen(
        [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )

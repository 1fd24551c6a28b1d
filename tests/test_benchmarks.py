"""The benchmarks run, agree with their baselines, and their README shows the table of a run of them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def works(text: str) -> list[str]:
    """The first column of the table in a text, without the numbers and versions that differ between runs."""
    rows = [line.split(" | ")[0] for line in text.splitlines() if line.startswith("| ")]
    return [re.sub(r"\(equal [^)]*\)|[\d,.]+|\s", "", row) for row in rows]


@pytest.mark.slow
def test_a_fortieth_of_the_size_runs_and_is_what_the_readme_shows() -> None:
    command = [sys.executable, "-m", "benchmarks", "--small"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-2000:]
    assert " 0 of " in done.stdout, "thinned plots paint other pixels than all points do"
    assert works(done.stdout) == works((ROOT / "benchmarks" / "README.md").read_text("utf-8"))

"""Each ``python -c`` line of the README runs as it stands, on the embedded service."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.installed import as_installed

ROOT = Path(__file__).resolve().parents[2]
FILES = ROOT / "evals" / "diff" / "files"
ONE_LINERS = re.findall(r"^python -c '(.+)'$", (ROOT / "README.md").read_text("utf-8"), flags=re.MULTILINE)

#: A sheet of public experiments; files of one's own are tested with the local engine.
SHEET = ("SRX4099758", "SRX4099759", "SRX3481056", "SRX3481057")


def test_they_are_there():
    wanted = (
        "chipatlas_skills.diff",
        '"group_a.txt", "group_b.txt"',
        "chipatlas_skills.targets",
        '["TP53", "E2F1", "MYC"]',
    )
    assert all(any(text in line for line in ONE_LINERS) for text in wanted)


@pytest.mark.slow
@pytest.mark.parametrize("line", ONE_LINERS)
def test_it_runs(line, atlas, tmp_path):
    (tmp_path / "group_a.txt").write_bytes((FILES / "group_a.txt").read_bytes())
    accessions = re.findall(r"[SED]RX\d+", (FILES / "group_b.csv").read_text("utf-8"))
    (tmp_path / "group_b.txt").write_text("\n".join(accessions))
    rows = [f"{name},{group},,," for group, name in zip("aabb", SHEET, strict=True)]
    (tmp_path / "samples.csv").write_text("\n".join(["sample,group,bigwig,peaks,read_length", *rows]) + "\n")
    environment = os.environ | atlas.environment | {"PYTHONPATH": as_installed(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", line], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    reports = list(tmp_path.rglob("summary_report.md"))
    assert len(reports) == (3 if "[" in line else 1)
    assert all(report.read_text("utf-8").startswith("# SIMULATED:") for report in reports)

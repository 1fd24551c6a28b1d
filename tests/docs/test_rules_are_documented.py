"""Every finding that a rule can make stands in the table of rules."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.diff.qc import chromosomes as qc_chromosomes

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "scripts" / "diff" / "qc").glob("*.py"))


def issues() -> list[str]:
    pattern = re.compile(r'finding\(\s*(?:"[a-z]+"|"[a-z]+" if [^\n]+),\s*(?:f?"([^"]+)"|([A-Z_]+))')
    found = [match for path in SOURCES for match in pattern.findall(path.read_text("utf-8"))]
    return [
        text.replace("{SEX_ISSUE}", qc_chromosomes.SEX_ISSUE) or getattr(qc_chromosomes, name) for text, name in found
    ]


def test_there_are_as_many_as_calls():
    calls = sum(len(re.findall(r"(?<!def )\bfinding\(", path.read_text("utf-8"))) for path in SOURCES)
    assert len(issues()) == calls >= 18


@pytest.mark.parametrize("issue", issues())
def test_finding_is_described(issue):
    text = (ROOT / "references" / "diff_analysis_methods.md").read_text("utf-8")
    words = re.sub(r"\{what\}", "antigens", issue).split("{")[0]
    assert words in text, issue

"""Every finding that a rule can make stands in the table of rules, with its code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "scripts" / "diff" / "qc").glob("*.py"))
TABLE = (ROOT / "references" / "diff_analysis_methods.md").read_text("utf-8")
#: One rule makes these from a table of its own.
MIXED = {
    "mixed-antigens": "Mixed antigens within a group",
    "mixed-cell-types": "Mixed cell types within a group",
    "mixed-studies": "Mixed studies within a group",
}


def findings() -> dict[str, str]:
    """Code -> the constant beginning of the title, of every finding that the rules can make."""
    found = {}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Finding":
                code, _, title = node.args[:3]
                if isinstance(code, ast.Constant):
                    first = title.values[0] if isinstance(title, ast.JoinedStr) else title
                    assert code.value not in found, code.value
                    found[code.value] = first.value
    return found | MIXED


def test_there_are_as_many_as_calls():
    calls = sum(len(re.findall(r"\bFinding\(", path.read_text("utf-8"))) for path in SOURCES)
    assert len(findings()) == calls - 1 + len(MIXED) >= 18


@pytest.mark.parametrize(("code", "title"), findings().items())
def test_finding_is_described(code, title):
    lines = [line for line in TABLE.splitlines() if f"`{code}`" in line]
    assert len(lines) == 1 and title in lines[0], code


def test_the_table_names_no_other_code():
    section = TABLE.partition("## QC rules")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| .*? \| `([a-z-]+)`", section, re.MULTILINE)) <= set(findings())

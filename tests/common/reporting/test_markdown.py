from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.common.reporting.markdown import bullets, cell, document, table


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain text, 1.5", "plain text, 1.5"),
        ("a|b", r"a\|b"),
        ("two\nlines\r\n\tand a tab ", "two lines and a tab"),
        ("`code`", r"\`code\`"),
        ("<script>alert(1)</script>", r"\<script>alert(1)\</script>"),
        ("[a](http://x)", r"\[a\](http://x)"),
        ("CD4+_T_cells *", r"CD4+\_T_cells \*"),
        ("locus_1, HCT_116", "locus_1, HCT_116"),
        ("_emphasis_", r"\_emphasis\_"),
        ("q < 0.05", "q < 0.05"),
        ("back\\slash", r"back\\slash"),
        (r"\|", r"\\\|"),
        (0, "0"),
        (False, "False"),
        (1e-300, "1e-300"),
        (np.int64(5), "5"),
        (None, ""),
        (float("nan"), ""),
        (np.float32("nan"), ""),
        (pd.NA, ""),
        (pd.NaT, ""),
        ("nan", "nan"),
        (["a", "b"], r"\['a', 'b'\]"),
    ],
)
def test_cell(value, expected):
    assert cell(value) == expected


def unescaped_pipes(line: str) -> int:
    return len(re.findall(r"(?<!\\)(?:\\\\)*\|", line))


def test_table():
    made = table(["gene", "score"], [("SIM1", 5), ("SIM|2", None)], numeric=["score"])
    assert made.splitlines() == ["| gene | score |", "| --- | ---: |", "| SIM1 | 5 |", r"| SIM\|2 |  |"]


def test_table_of_no_rows_is_a_header():
    assert table(["a"], []).splitlines() == ["| a |", "| --- |"]


def test_table_takes_an_iterator_of_rows_and_of_numeric_names():
    assert table(["a", "b"], iter([(1, 2)]), numeric=iter(["b"])).splitlines()[1:] == ["| --- | ---: |", "| 1 | 2 |"]


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(), st.text()), max_size=5))
def test_no_text_breaks_a_table(rows):
    lines = table(["a", "b"], rows).split("\n")
    assert len(lines) == len(rows) + 2
    assert all(unescaped_pipes(line) == 3 for line in lines)
    assert len("\n".join(lines).splitlines()) == len(lines)


def test_bullets():
    assert bullets(iter(["a", "b"])) == "- a\n- b"
    assert bullets([]) == ""


def test_document_leaves_empty_sections_out():
    made = document("Title", [("One", " text\n"), ("Two", "  \n"), ("Three", "more")], simulated=False)
    assert made == "# Title\n\n## One\n\ntext\n\n## Three\n\nmore\n"


def test_document_of_simulated_data_says_so_in_title_and_banner():
    lines = document("Title", [], simulated=True).splitlines()
    assert lines[0] == "# SIMULATED: Title"
    assert lines[2].startswith("> **SIMULATED data")
    assert lines[2].endswith("**")
    assert "***" not in lines[2]

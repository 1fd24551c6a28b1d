from __future__ import annotations

import csv
import io

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.common.files.csv_files import write_csv
from scripts.common.files.spreadsheet import guard, guarded, unguard

#: Rich in what the rules look at.
texts = st.one_of(st.text(), st.text("'=+-@; \\xu019abf\t\n\r\x00\u202eA,\""))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd()", "'+cmd()"),
        ("-", "'-"),
        ("@SUM(1)", "'@SUM(1)"),
        ("  =x", "'  =x"),
        ("＝x", "'＝x"),
        ("a;=x", "a;'=x"),
        ("'=x", "''=x"),
        ("\t=x", r"\x09=x"),
        ("\rx", r"\x0dx"),
        ("a\nb", r"a\x0ab"),
        ("\x1b[31m", r"\x1b[31m"),
        ("a\u202eb", r"a\u202eb"),
        (r"\x41", r"\x5cx41"),
        ("-1.5", "-1.5"),
        ("+2e-3", "+2e-3"),
        ("-12.00,8.50", "-12.00,8.50"),
        ("-1-1", "'-1-1"),
        ("-1;-2", "'-1;'-2"),
        ("CD4+_T_cells", "CD4+_T_cells"),
        ("B-cell_(CD19+)", "B-cell_(CD19+)"),
        ("TP53 (+2.1kb)", "TP53 (+2.1kb)"),
        ("it's", "it's"),
        ("'quoted'", "'quoted'"),
        (r"C:\temp", r"C:\temp"),
        ("日本語 🧬", "日本語 🧬"),
        ("", ""),
    ],
)
def test_guard(text, expected):
    assert guard(text) == expected
    assert unguard(expected) == text


@settings(deadline=None, max_examples=500)
@given(texts)
def test_every_text_comes_back(text):
    safe = guard(text)
    assert unguard(safe) == text
    assert not any(mark in safe for mark in "\t\r\n\x00\x1b")
    assert all(piece.lstrip(" ")[:1] not in tuple("=@") for piece in safe.split(";") if piece)


@settings(deadline=None)
@given(st.lists(texts, min_size=1, max_size=5))
def test_every_file_comes_back(tmp_path_factory, names):
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    write_csv(path, pd.DataFrame({"gene": pd.Series(names, dtype=object), "x": -1.5}))
    rows = list(csv.reader(io.StringIO(path.read_text("utf-8"), newline="")))
    assert [unguard(row[0]) for row in rows[1:]] == names
    assert {row[1] for row in rows[1:]} == {"-1.5"}


@pytest.mark.parametrize("dtype", [object, "string", "category"])
def test_texts_of_every_kind_of_column(dtype):
    frame = pd.DataFrame({"=a": pd.Series(["=x", "y", None], dtype=dtype)})
    safe = guarded(frame)
    assert list(safe.columns) == ["'=a"]
    assert safe["'=a"].tolist()[:2] == ["'=x", "y"] and pd.isna(safe["'=a"].iloc[2])
    assert frame["=a"].tolist()[:2] == ["=x", "y"]


def test_numbers_stay_numbers(tmp_path):
    frame = pd.DataFrame(
        {
            "effect": [-2.5, 1e-300],
            "n": pd.array([-1, None], dtype="Int64"),
            "flag": [True, False],
            "mixed": pd.Series([-3, "-x"], dtype=object),
        }
    )
    text = write_csv(tmp_path / "a.csv", frame).read_text()
    assert text.splitlines() == ["effect,n,flag,mixed", "-2.5,-1,True,-3", "1e-300,,False,'-x"]


def test_columns_of_one_name_and_names_that_are_no_text():
    frame = pd.DataFrame([["=x", "=y", 1]], columns=["a", "a", 3])
    safe = guarded(frame)
    assert safe.to_numpy().tolist() == [["'=x", "'=y", 1]] and list(safe.columns) == ["a", "a", 3]


def test_half_a_surrogate_pair_is_written_as_an_escape(tmp_path):
    path = write_csv(tmp_path / "a.csv", pd.DataFrame({"name": pd.Series(["x\udcff"], dtype=object)}))
    assert path.read_text("utf-8").splitlines()[1] == r"x\udcff"
    assert unguard(r"x\udcff") == "x\udcff"

"""Sheets of a workbook: text stays text, numbers are numbers."""

from __future__ import annotations

import builtins
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scripts.common.errors import InputError, MissingExtraError, OutputError
from scripts.common.files import workbook
from scripts.common.files.workbook import MAX_CHARACTERS, write_workbook
from tests.hostile import EVERYWHERE

openpyxl = pytest.importorskip("openpyxl")
pytest.importorskip("xlsxwriter")
#: Symbols that a spreadsheet takes for dates, numbers, truth values, errors and formulas.
GENES = ["SEPT9", "MARCH1", "DEC1", "OCT4", "1-Mar", "2310009E13", "1E5", "007", "TRUE", "NULL", "#N/A", "#REF!"]
FORMULAS = ["=1+1", "+1", "-", "-5", "@SUM(A1)", '=HYPERLINK("http://127.0.0.1")', "{=A1}"]


def test_texts_stay_texts_and_numbers_numbers(tmp_path: Path) -> None:
    texts = [*GENES, *FORMULAS, " spaces at both ends ", "日本語 🧬", ""]
    count = len(texts)
    frame = pd.DataFrame(
        {
            "=name": texts,
            "whole": np.arange(count),
            "real": np.linspace(1e-300, 1 / 3, count),
            "truth": np.arange(count) % 2 == 0,
            "missing": [np.nan, *range(count - 1)],
            "nullable": pd.array([None, *range(count - 1)], dtype="Int64"),
            "infinite": [np.inf, -np.inf, *[0.5] * (count - 2)],
        }
    )
    path = write_workbook(tmp_path / "book.xlsx", {"First": frame, "Empty": frame.head(0)})
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["First", "Empty"]
    sheet = book["First"]
    assert sheet.freeze_panes == "A2" and book["Empty"].max_row == 1
    header, *rows = list(sheet.iter_rows())
    assert [cell.value for cell in header] == list(frame) and all(cell.data_type == "s" for cell in header)
    names = [row[0] for row in rows]
    assert [cell.value or "" for cell in names] == texts
    assert all(cell.data_type in ("s", "inlineStr") and cell.number_format == "@" for cell in names if cell.value)
    assert [row[1].value for row in rows] == list(range(count))
    assert [row[2].value for row in rows] == pytest.approx(frame["real"].tolist(), rel=1e-15)
    assert [row[3].value for row in rows] == frame["truth"].tolist()
    assert [row[4].value for row in rows] == [None, *range(count - 1)] == [row[5].value for row in rows]
    assert [rows[0][6].value, rows[1][6].value, rows[2][6].value] == ["inf", "-inf", 0.5]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_hostile_texts_are_held(tmp_path: Path) -> None:
    frame = pd.DataFrame({"name": [*EVERYWHERE, "x" * 40_000, "\ud800"]})
    sheet = openpyxl.load_workbook(write_workbook(tmp_path / "book.xlsx", {"Sheet": frame}))["Sheet"]
    cells = [row[0].value for row in sheet.iter_rows(min_row=2)]
    assert len(cells) == len(frame)
    assert cells[EVERYWHERE.index("line\nbreak")] == r"line\x0abreak"
    assert cells[EVERYWHERE.index("two $ dollars $")] == "two $ dollars $"
    assert len(cells[-2]) == MAX_CHARACTERS and cells[-2].endswith("…")
    assert cells[-1] == r"\ud800"


def test_too_many_rows_and_no_place_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame({"a": range(5)})
    with pytest.raises(OutputError, match="Cannot write"):
        write_workbook(tmp_path / "nowhere" / "book.xlsx", {"Sheet": frame})
    monkeypatch.setattr(workbook, "MAX_ROWS", 5)
    with pytest.raises(InputError, match=r"Sheet has 5 rows, and a sheet of book.xlsx holds 4\. Use the CSV"):
        write_workbook(tmp_path / "book.xlsx", {"Sheet": frame})
    assert not list(tmp_path.iterdir())


def test_missing_xlsxwriter_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: object, **more: object) -> object:
        if name == "xlsxwriter":
            raise ModuleNotFoundError("No module named 'xlsxwriter'", name="xlsxwriter")
        return real(name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r"Writing .xlsx needs xlsxwriter.*\n.*requirements-excel.txt"):
        write_workbook(tmp_path / "book.xlsx", {})


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    def peak(rows: int) -> int:
        frame = pd.DataFrame({"name": [f"text {row}" for row in range(rows)], "value": np.arange(rows) / 7})
        tracemalloc.start()
        write_workbook(tmp_path / "book.xlsx", {"Sheet": frame})
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(100)  # what is imported and compiled
    few, more = peak(2_000), peak(10_000)
    assert more < 2 * few and more < 8_000_000
    assert [path.name for path in tmp_path.iterdir()] == ["book.xlsx"]

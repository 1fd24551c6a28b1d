"""Tables in .xlsx."""

from __future__ import annotations

import datetime
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scripts.common.errors import InputError, MissingExtraError
from scripts.targets.expression.table import read_expression

HEADER = ["gene", "baseMean", "log2FoldChange", "padj"]
ROWS = [["AAA", 10, 1.5, 0.01], ["BBB", 9.5, -2, None]]


def book(path: Path, **sheets: list[list[Any]]) -> Path:
    """A workbook of these sheets."""
    openpyxl = pytest.importorskip("openpyxl", reason="the excel extra is not installed")
    made = openpyxl.Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path


def check_plain(path: Path) -> None:
    frame = read_expression(path)
    assert frame["gene"].tolist() == ["AAA", "BBB"] and frame["log2FC"].tolist() == [1.5, -2.0]
    assert frame["padj"].iloc[0] == 0.01 and np.isnan(frame["padj"].iloc[1])


def test_a_plain_workbook(tmp_path: Path) -> None:
    check_plain(book(tmp_path / "e.xlsx", results=[HEADER, *ROWS]))
    check_plain(book(tmp_path / "no_ending", results=[HEADER, *ROWS]))


def test_titles_above_and_other_sheets(tmp_path: Path) -> None:
    rows = [["Table S3. Differential expression"], [], ["", "note"], HEADER, *ROWS]
    check_plain(book(tmp_path / "e.xlsx", README=[["See results."]], results=rows, empty=[]))


def test_texts_with_decimal_commas(tmp_path: Path) -> None:
    check_plain(book(tmp_path / "e.xlsx", a=[HEADER, ["AAA", "10,0", "1,5", "0,01"], ["BBB", "9,5", "-2,0", "#N/A"]]))


def test_dates_among_the_genes_are_named(tmp_path: Path) -> None:
    dates = [[datetime.datetime(2026, 9, 9), 1, 1, 0.1], [datetime.date(2026, 3, 1), 1, 1, 0.1]]
    notes = read_expression(book(tmp_path / "e.xlsx", a=[HEADER, *ROWS, *dates])).attrs["notes"]
    assert any("2 names written like a date (2026-09-09, 2026-03-01): a spreadsheet" in note for note in notes)


def test_a_date_among_the_numbers_is_refused(tmp_path: Path) -> None:
    rows = [HEADER, ["AAA", 1, datetime.datetime(2026, 2, 1), 0.1]]
    with pytest.raises(InputError, match="'log2FoldChange' .* not a number: '2026-02-01' for gene 'AAA'"):
        read_expression(book(tmp_path / "e.xlsx", a=rows))


def test_numbers_keep_their_digits_and_ids_stay_whole(tmp_path: Path) -> None:
    value = 0.1234567890123456
    frame = read_expression(book(tmp_path / "e.xlsx", a=[HEADER, [7157.0, 1, value, 1e-300]]))
    assert frame["gene"].tolist() == ["7157"] and frame["log2FC"].tolist() == [value]
    assert frame["padj"].tolist() == [1e-300]


def test_which_sheet_is_not_guessed(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"holds 2 tables of expression, in the sheets 'day 1', 'day 2'.\nSave the one"
    ):
        read_expression(book(tmp_path / "e.xlsx", **{"day 1": [HEADER, *ROWS], "day 2": [HEADER, *ROWS]}))
    with pytest.raises(InputError, match=r"No column for padj in sheet 'a' of"):
        read_expression(book(tmp_path / "e.xlsx", a=[HEADER[:3], *ROWS]))
    with pytest.raises(InputError, match=r"'FoldChange' of sheet 'a' of .* linear fold change"):
        read_expression(book(tmp_path / "e.xlsx", a=[["gene", "FoldChange", "padj"], ["A", 2, 0.1]]))
    with pytest.raises(InputError, match="is empty"):
        read_expression(book(tmp_path / "e.xlsx", a=[]))


def test_damaged_workbooks(tmp_path: Path) -> None:
    whole = book(tmp_path / "whole.xlsx", a=[HEADER, *ROWS]).read_bytes()
    path = tmp_path / "e.xlsx"
    for content in (b"PK\x03\x04\xff\xfe\x00", whole[: len(whole) // 2]):
        path.write_bytes(content)
        with pytest.raises(InputError, match="no readable workbook"):
            read_expression(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    with pytest.raises(InputError, match="no readable workbook"):
        read_expression(path)
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    with pytest.raises(InputError, match="is an .xls or an encrypted workbook"):
        read_expression(path)


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl", reason="the excel extra is not installed")
    path = tmp_path / "e.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/a.xml", "w") as member:
        for _ in range(201):
            member.write(b"\0" * 1024**2)
    assert path.stat().st_size < 1024**2
    with pytest.raises(InputError, match="holds more than 209,715,200 bytes"):
        read_expression(path)


def test_without_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    (tmp_path / "e.xlsx").write_bytes(b"PK\x03\x04")
    with pytest.raises(MissingExtraError, match=r"needs openpyxl.*\n.*requirements-excel\.txt"):
        read_expression(tmp_path / "e.xlsx")


def test_a_real_size_workbook(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = [[f"GENE{i}", *row] for i, row in enumerate(zip(*rng.random((3, 20_000)).tolist(), strict=True))]
    path = book(tmp_path / "e.xlsx", a=[HEADER, *([name, base, -change, padj] for name, base, change, padj in rows)])
    started = time.process_time()
    assert len(read_expression(path)) == 20_000
    print(f"20,000 genes in .xlsx: {time.process_time() - started:.2f} s")

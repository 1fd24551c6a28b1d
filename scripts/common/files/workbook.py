"""Tables as sheets of an Excel workbook (.xlsx), through XlsxWriter: text stays text, numbers are numbers.

A spreadsheet would make a formula of ``=A1``, a date of ``SEPT9``. Every text is stored as one and formatted as one
(``@``), so that it stays so when its cell is edited. What Excel cannot hold, control characters, becomes a visible
escape as in our CSV files; of a longer text than a cell can hold the begin is kept, and the cut is marked.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import InputError
from ..requirements import EXCEL, not_installed
from ..text import UNSEEN, ellipsis, visible
from .writing import atomic

#: As many as Excel has, in a sheet, in a cell, in the name of a sheet, and of a column's width.
MAX_ROWS, MAX_CHARACTERS, MAX_NAME, MAX_WIDTH = 1_048_576, 32_767, 31, 60
#: Rows whose texts decide on a column's width.
_MEASURED = 100
#: Rows that are turned into Python's own types at a time.
_ROWS_AT_ONCE = 1_000
_NOT_IN_CELLS = re.compile(rf"[{UNSEEN}\ud800-\udfff\ufffe\uffff]")


def require_openpyxl(what: str) -> None:
    """Raise `MissingExtraError` where openpyxl, by which workbooks are read, is not installed."""
    try:
        import openpyxl  # noqa: F401
    except ModuleNotFoundError as error:
        raise not_installed(what, error.name, EXCEL) from error


def require_xlsxwriter(what: str) -> None:
    """Raise `MissingExtraError` where XlsxWriter, by which workbooks are written, is not installed."""
    try:
        import xlsxwriter  # noqa: F401
    except ModuleNotFoundError as error:
        raise not_installed(what, error.name, EXCEL) from error


def write_workbook(path: Path, sheets: Mapping[str, pd.DataFrame]) -> Path:
    """Write tables as sheets, whole or not at all: column names in a first row that stays in sight, no index.

    Rows go to the file as they are made: a few MB are held, whatever the tables' size.

    Parameters
    ----------
    sheets : mapping of str to DataFrame
        Name of a sheet (at most 31 characters) -> its table. A missing value is an empty cell;
        numbers have 16 significant digits.

    Raises
    ------
    InputError
        More rows than a sheet can hold.
    MissingExtraError
        XlsxWriter is not installed.
    OutputError
        It cannot be written.
    """
    require_xlsxwriter("Writing .xlsx")
    import xlsxwriter
    from xlsxwriter.exceptions import FileCreateError

    for name, frame in sheets.items():
        if len(frame) >= MAX_ROWS:
            raise InputError(
                f"{name} has {len(frame):,} rows, and a sheet of {path.name} holds {MAX_ROWS - 1:,}. Use the CSV files."
            )
    with atomic(path) as temporary, tempfile.TemporaryDirectory(prefix=".sheets-", dir=temporary.parent) as scratch:
        # Beside the file and not in /tmp, which may be small, or memory.
        book = xlsxwriter.Workbook(str(temporary), {"constant_memory": True, "tmpdir": scratch})
        formats = book.add_format({"num_format": "@"}), book.add_format({"num_format": "@", "bold": True})
        for name, frame in sheets.items():
            _fill(book.add_worksheet(name[:MAX_NAME]), frame, *formats)
        try:
            book.close()
        except FileCreateError as error:
            raise OSError(str(error)) from error
    return path


def _fill(sheet: Any, frame: pd.DataFrame, as_text: Any, as_name: Any) -> None:
    names = [str(name) for name in frame.columns]
    for at, name in enumerate(names):
        shown = frame.iloc[:_MEASURED, at]
        width = max([len(name), *(len(str(value)) for value in shown if isinstance(value, str))])
        sheet.set_column(at, at, min(max(width + 2, 10), MAX_WIDTH))
        sheet.write_string(0, at, _text(name), as_name)
    sheet.freeze_panes(1, 0)
    for begin in range(0, len(frame), _ROWS_AT_ONCE):
        part = frame.iloc[begin : begin + _ROWS_AT_ONCE]
        rows = zip(*(_values(part.iloc[:, at]) for at in range(frame.shape[1])), strict=True)
        for row, values in enumerate(rows, start=begin + 1):
            _write_row(sheet, row, values, as_text)


def _write_row(sheet: Any, row: int, values: tuple[Any, ...], as_text: Any) -> None:
    # By kind: XlsxWriter's own `write` would make formulas, addresses and numbers of texts.
    for at, value in enumerate(values):
        if value is None:
            continue
        if isinstance(value, str):
            sheet.write_string(row, at, value, as_text)
        elif isinstance(value, bool):
            sheet.write_boolean(row, at, value)
        else:
            sheet.write_number(row, at, value)


def _values(column: pd.Series) -> list[Any]:
    """Values in Python's own types, None for what is missing; what is no number and no truth value as its text."""
    missing = column.isna().to_numpy()
    return [
        None
        if gone
        else value
        if isinstance(value, (bool, int)) or (isinstance(value, float) and abs(value) != float("inf"))
        else _text(str(value))
        for value, gone in zip(column.tolist(), missing, strict=True)
    ]


def _text(text: str) -> str:
    """A text as a cell holds it."""
    if len(text) <= MAX_CHARACTERS and not _NOT_IN_CELLS.search(text):
        return text
    return ellipsis(_NOT_IN_CELLS.sub(lambda found: visible(found.group()), text), MAX_CHARACTERS)

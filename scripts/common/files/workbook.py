"""Tables as sheets of an Excel workbook (.xlsx), through openpyxl: text stays text, numbers are numbers.

A spreadsheet would make a formula of ``=A1``, a date of ``SEPT9``. Every text is stored as one and formatted as one
(``@``), so that it stays so when its cell is edited. What Excel cannot hold, control characters, becomes a visible
escape as in our CSV files; of a longer text than a cell can hold the begin is kept, and the cut is marked.
"""

from __future__ import annotations

import re
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
_NOT_IN_CELLS = re.compile(rf"[{UNSEEN}\ud800-\udfff\ufffe\uffff]")


def require_openpyxl(what: str) -> None:
    """Raise `MissingExtraError` where openpyxl, which `what` needs, is not installed."""
    try:
        import openpyxl  # noqa: F401
    except ModuleNotFoundError as error:
        raise not_installed(what, error.name, EXCEL) from error


def write_workbook(path: Path, sheets: Mapping[str, pd.DataFrame]) -> Path:
    """Write tables as sheets, whole or not at all: column names in a first row that stays in sight, no index.

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
        openpyxl is not installed.
    OutputError
        It cannot be written.
    """
    require_openpyxl("Writing .xlsx")
    import openpyxl

    for name, frame in sheets.items():
        if len(frame) >= MAX_ROWS:
            raise InputError(
                f"{name} has {len(frame):,} rows, and a sheet of {path.name} holds {MAX_ROWS - 1:,}. Use the CSV files."
            )
    with atomic(path) as temporary:
        book = openpyxl.Workbook(write_only=True)
        for name, frame in sheets.items():
            _fill(book.create_sheet(name[:MAX_NAME]), frame)
        book.save(temporary)
    return path


def _fill(sheet: Any, frame: pd.DataFrame) -> None:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    names = [str(name) for name in frame.columns]
    for at, name in enumerate(names):
        shown = frame.iloc[:_MEASURED, at]
        width = max([len(name), *(len(str(value)) for value in shown if isinstance(value, str))])
        sheet.column_dimensions[get_column_letter(at + 1)].width = min(max(width + 2, 10), MAX_WIDTH)
    sheet.freeze_panes = "A2"
    header = [_text(sheet, name) for name in names]
    for cell in header:
        cell.font = Font(bold=True)
    sheet.append(header)
    columns = [_values(frame.iloc[:, at]) for at in range(frame.shape[1])]
    for row in zip(*columns, strict=True):
        sheet.append([_text(sheet, value) if isinstance(value, str) else value for value in row])


def _values(column: pd.Series) -> list[Any]:
    """Values in Python's own types, None for what is missing; what is no number and no truth value as its text."""
    missing = column.isna().to_numpy()
    return [
        None
        if gone
        else value
        if isinstance(value, (bool, int)) or (isinstance(value, float) and abs(value) != float("inf"))
        else str(value)
        for value, gone in zip(column.tolist(), missing, strict=True)
    ]


def _text(sheet: Any, text: str) -> Any:
    from openpyxl.cell import WriteOnlyCell

    safe = ellipsis(_NOT_IN_CELLS.sub(lambda found: visible(found.group()), text), MAX_CHARACTERS)
    cell = WriteOnlyCell(sheet, value=safe)
    cell.data_type = "s"  # openpyxl takes "=..." for a formula and "#N/A" for an error
    cell.number_format = "@"
    return cell

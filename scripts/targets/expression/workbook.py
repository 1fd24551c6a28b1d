"""Tables in an Excel workbook (.xlsx), through openpyxl: values as they are stored, no formula computed.

A spreadsheet turns symbols such as SEPT9 into dates. A date in the column of genes stays one, written ``2026-09-09``:
which symbol it was cannot be told with certainty (1 March was MARCH1 or MARC1).
"""

from __future__ import annotations

import datetime
import itertools
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pandas as pd

from ...common.errors import InputError
from ...common.files.workbook import require_openpyxl
from .headings import find_columns

MAGIC = b"PK\x03\x04"
#: What Excel wrote before 2007, and encrypted workbooks.
OLD_MAGIC = b"\xd0\xcf\x11\xe0"
#: As many as Excel has.
_MAX_ROWS = 1_048_576
#: Titles and remarks may stand above the header.
_HEADER_WITHIN = 20
#: What openpyxl meets in workbooks that are none.
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, SyntaxError, LookupError, ValueError, TypeError,
    AttributeError,
)  # fmt: skip


def read_workbook(path: Path, most: int) -> pd.DataFrame:
    """The sheet that holds a differential-expression table, as texts.

    Parameters
    ----------
    path : Path
    most : int
        Bytes that the workbook may hold, unpacked.

    Returns
    -------
    DataFrame
        Numbers in full precision, dates as ISO 8601, empty cells empty.

    Raises
    ------
    InputError
        Damaged, too large, or no sheet or several with the columns that are needed.
    MissingExtraError
        openpyxl is not installed.
    """
    require_openpyxl("Reading .xlsx")
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size <= most:
            sheets = _sheets(path)
    except _DAMAGE as error:
        raise InputError(f"{path} is no readable workbook ({error}). Save it anew as .xlsx or as CSV.") from error
    if size > most:
        raise InputError(f"{path} holds more than {most:,} bytes, which is more than such a table can.")
    return _only_table({name: rows for name, rows in sheets.items() if rows}, path)


def _sheets(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    import openpyxl

    # A stream, for openpyxl judges a path by its ending.
    with path.open("rb") as stream:
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        try:
            return {sheet.title: _rows(sheet) for sheet in book.worksheets}
        finally:
            book.close()


def _rows(sheet: Any) -> list[tuple[Any, ...]]:
    # What a sheet says of its own size may be wrong, and rows are padded to it.
    sheet.reset_dimensions()
    rows = itertools.islice(sheet.iter_rows(values_only=True), _MAX_ROWS)
    return [row for row in rows if any(cell is not None for cell in row)]


def _only_table(sheets: dict[str, list[tuple[Any, ...]]], path: Path) -> pd.DataFrame:
    tables: dict[str, pd.DataFrame] = {}
    problems: list[InputError] = []
    for name, rows in sheets.items():
        try:
            tables[name] = _table(rows, f"sheet {name!r} of {path}")
        except InputError as error:
            problems.append(error)
    if len(tables) > 1:
        raise InputError(
            f"{path} holds {len(tables)} tables of expression, in the sheets {', '.join(map(repr, tables))}.\n"
            "Save the one that is meant as a file of its own."
        )
    if not tables:
        raise problems[0] if problems else InputError(f"{path} is empty. It should hold a header and one row per gene.")
    return next(iter(tables.values()))


def _table(rows: list[tuple[Any, ...]], place: str) -> pd.DataFrame:
    """The table below the first of the upper rows that is a header; the error of the first row without one."""
    first_error = None
    for number, row in enumerate(itertools.islice(rows, _HEADER_WITHIN)):
        headings = [_text(cell) for cell in row]
        try:
            find_columns(headings, place)
        except InputError as error:
            first_error = first_error or error
            continue
        width = len(headings)
        body = [[_text(cell) for cell in (*below, *[None] * width)[:width]] for below in rows[number + 1 :]]
        return pd.DataFrame(body, columns=headings, dtype=object)
    raise first_error or InputError(f"{place} is empty. It should hold a header and one row per gene.")


def _text(value: Any) -> str:
    """A cell as text. Whole numbers are stored as floats, and identifiers are whole numbers."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    return str(value)

"""Text of a table as programs and spreadsheets export it: encodings, separators, decimal commas."""

from __future__ import annotations

import codecs
import csv
import io
import re

import pandas as pd

from ...common.errors import InputError
from ...common.text import without_nul

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
#: What no text holds; a NUL is another case, for a cell of a table may come with one.
_NO_TEXT = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f]")
#: Bytes looked at to tell text of Windows-1252 from something else.
_LOOKED_AT = 1 << 16
#: Excel reads the separator off such a first line, and writes it.
_SEPARATOR_LINE = re.compile(r"\s*sep=(.)[\r\n]+", re.I)
_DECIMAL_COMMA = r"\s*[+-]?\d*,\d+(?:[eE][+-]?\d+)?\s*"


def decode_table(content: bytes, place: str) -> tuple[str, list[str]]:
    """Text of a table's bytes, and what is to be said of its encoding.

    Raises
    ------
    InputError
        No text.
    """
    if content[:2] in _UTF_16:
        try:
            return content.decode("utf-16"), []
        except UnicodeDecodeError as error:
            raise InputError(f"{place} is damaged UTF-16 text. Save the table anew as CSV or TSV.") from error
    try:
        return without_nul(content).decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        head = content[:_LOOKED_AT].decode("cp1252", "replace")
        if "\0" in head or _NO_TEXT.search(head):
            raise InputError(f"{place} is no UTF-8 text. Save the table as CSV or TSV.") from error
        return content.decode("cp1252", "replace"), ["not UTF-8: read as Windows-1252"]


def read_table(text: str, place: str) -> pd.DataFrame:
    """A table of texts, header and all.

    Raises
    ------
    InputError
        Empty, or lines of different lengths.
    """
    stated = _SEPARATOR_LINE.match(text)
    if stated:
        text = text[stated.end() :]
    header_at = re.search(r"^(?!\s*#)[^\r\n]*\S[^\r\n]*", text, re.M)
    if header_at is None:
        raise InputError(f"{place} is empty. It should hold a header and one row per gene.")
    separator = stated.group(1) if stated else _separator(header_at.group())
    body = io.StringIO(text[header_at.start() :])
    try:
        # As text: pandas would turn a gene named NA or 1-2 into something else, and hide which cell is no number.
        return pd.read_csv(body, sep=separator, dtype=str, keep_default_na=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error, ValueError) as error:
        raise InputError(f"{place} is no readable table ({error}). Save it anew as CSV or TSV.") from error


def with_decimal_points(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns of numbers as texts, ``1,5`` as ``1.5`` where all of them write decimals so.

    A table that writes some numbers with a comma and others with a point is left as it is: which one parts thousands
    cannot be told.
    """
    texts = frame.astype(str)
    with_comma = texts.apply(lambda column: column.str.fullmatch(_DECIMAL_COMMA)).to_numpy(bool)
    if not with_comma.any() or texts.apply(lambda column: column.str.contains(".", regex=False)).to_numpy(bool).any():
        return frame
    return frame.where(~with_comma, texts.apply(lambda column: column.str.replace(",", ".", regex=False)))


def _separator(header: str) -> str:
    """The separator of a header line: a tab where there is one, else what parts it most; blanks when nothing does."""
    unquoted = re.sub(r'"[^"]*"', "", header)
    if "\t" in unquoted:
        return "\t"
    best = max(",;", key=unquoted.count)
    return best if best in unquoted else r"\s+"

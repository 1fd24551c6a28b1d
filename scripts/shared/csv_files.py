"""CSV files as `scripts.shared.files.write_csv` writes them, byte for byte.

A row that several tables hold is written once.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scripts.shared.files import atomic
from scripts.shared.spreadsheet import guarded

#: Rows turned into objects at a time: a whole table of them would be hundreds of megabytes.
_ROWS = 10_000


class CsvWriter:
    """Writes tables of which several hold the same rows.

    The lines of the longest table so far are kept; another with the same columns, all of whose rows are among them, is
    put together from lines. Give the longest table first.
    """

    def __init__(self) -> None:
        self._frame = pd.DataFrame()
        self._lines: np.ndarray = np.empty(0, dtype=object)

    def write(self, path: Path, frame: pd.DataFrame) -> Path:
        """Write a frame as `scripts.shared.files.write_csv` does, whole or not at all."""
        frame = guarded(frame)
        rows = positions_in(self._frame, frame)
        lines = _lines(frame) if rows is None else self._lines[rows].tolist()
        if rows is None and len(frame) > len(self._frame):
            self._frame, self._lines = frame, np.array(lines, dtype=object)
        header = io.StringIO()
        csv.writer(header, lineterminator="\n").writerow(frame.columns)
        with (
            atomic(path) as temporary,
            temporary.open("w", encoding="utf-8", errors="backslashreplace", newline="") as stream,
        ):
            stream.write(header.getvalue())
            stream.writelines(lines)
        return path


def positions_in(whole: pd.DataFrame, part: pd.DataFrame) -> np.ndarray | None:
    """Where the rows of `part` stand in `whole`; None when one is not there, or when that is not easily told."""
    if len(part) > len(whole) or list(part) != list(whole) or not (part.dtypes == whole.dtypes).all():
        return None
    numeric = whole.select_dtypes("number").columns
    keys = pd.Index(pd.util.hash_pandas_object(whole[numeric], index=False))
    if not keys.is_unique:
        return None
    rows = keys.get_indexer(pd.Index(pd.util.hash_pandas_object(part[numeric], index=False)))
    # Equal numbers do not make equal rows: every cell is compared.
    if (rows < 0).any() or not whole.iloc[rows].reset_index(drop=True).equals(part.reset_index(drop=True)):
        return None
    return rows


class _Kept(list[str]):
    """A list that the csv module can write into, line by line."""

    write = list.append


def _lines(frame: pd.DataFrame) -> Sequence[str]:
    lines = _Kept()
    writer = csv.writer(lines, lineterminator="\n")
    for start in range(0, len(frame), _ROWS):
        part = frame.iloc[start : start + _ROWS]
        writer.writerows(zip(*(_cells(part.iloc[:, i]) for i in range(part.shape[1])), strict=True))
    return lines


def _cells(column: pd.Series) -> list[Any]:
    """The values as the csv module is to write them: a missing one is an empty cell."""
    missing = column.isna().to_numpy()
    if not missing.any():
        return column.tolist()
    cells = np.array(column.to_numpy(dtype=object), dtype=object)
    cells[missing] = ""
    return list(cells.tolist())

"""CSV files: one table by pandas, or several that share rows, byte for byte the same."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .spreadsheet import guarded
from .writing import atomic

#: Rows turned into objects at a time: a whole table of them would be hundreds of megabytes.
_ROWS = 10_000


def write_csv(path: Path, frame: pd.DataFrame) -> Path:
    """Write a frame as CSV: header, no index, floats in full precision, texts as `common.files.spreadsheet` says."""
    with atomic(path) as temporary:
        guarded(frame).to_csv(temporary, index=False, errors="backslashreplace")
    return path


class CsvWriter:
    """Writes tables of which several hold the same rows.

    The lines of the longest table so far are kept; another with the same columns, all of whose rows are among them, is
    put together from lines. Give the longest table first.
    """

    def __init__(self) -> None:
        self._frame = pd.DataFrame()
        self._lines: np.ndarray = np.empty(0, dtype=object)

    def write(self, path: Path, frame: pd.DataFrame) -> Path:
        """Write a frame as `write_csv` does, whole or not at all."""
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


def _lines(frame: pd.DataFrame) -> list[str]:
    lines: list[str] = []
    for start in range(0, len(frame), _ROWS):
        part = frame.iloc[start : start + _ROWS]
        columns = [_cells(part.iloc[:, i]) for i in range(part.shape[1])]
        if len(columns) == 1:
            # An empty line would be no row.
            columns = [[cell or '""' for cell in columns[0]]]
        lines += [",".join(cells) + "\n" for cells in zip(*columns, strict=True)]
    return lines


def _cells(column: pd.Series) -> list[str]:
    """Each value as the csv module writes it; what is missing is an empty cell.

    A text with a comma or a quotation mark stands in quotes. Line ends, which would need them too, are none by now:
    `common.files.spreadsheet` has escaped them.
    """
    missing = column.isna().to_numpy()
    values = column.tolist()
    texts = values if column.dtype == object and not missing.any() and _all_text(values) else list(map(str, values))
    if column.dtype.kind not in "iufb":
        together = "".join(texts)
        if '"' in together:
            texts = [text.replace('"', '""') if '"' in text else text for text in texts]
            texts = [f'"{text}"' if "," in text or '"' in text else text for text in texts]
        elif "," in together:
            texts = [f'"{text}"' if "," in text else text for text in texts]
    for position in np.flatnonzero(missing):
        texts[position] = ""
    return texts


def _all_text(values: list[Any]) -> bool:
    return all(isinstance(value, str) for value in values)

"""CSV files: what pandas' `to_csv` writes, byte for byte, in a fifth of the time and a few MB of memory."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd

from .spreadsheet import guarded, guarded_texts, holds_text
from .writing import atomic

#: Rows turned into text at a time: a whole table of it would be hundreds of megabytes.
_ROWS = 4096
#: Between these `repr` writes an exponent of one digit as two (``1e-05``), from the last on with a plus (``1e+16``).
_SMALLEST, _SMALL, _LARGE = 1e-10, 1e-4, 1e16
_NUMBERS = (np.float64, np.int64)
_TRUTH = np.array(["False", "True"], dtype=object)
#: Characters that put a text in quotes, besides the comma.
_RARE_MARKS = '"\n\r'


def write_csv(path: Path, frame: pd.DataFrame) -> Path:
    """Write a frame as CSV: header, no index, floats in full precision, texts as `common.files.spreadsheet` says.

    Parameters
    ----------
    frame : DataFrame
        Some thousand rows are held as text at a time, whatever its size.

    Raises
    ------
    OutputError
        It cannot be written; what stood there stays.
    """
    with (
        atomic(path) as temporary,
        temporary.open("w", encoding="utf-8", errors="backslashreplace", newline="") as stream,
    ):
        if not _is_known(frame):
            guarded(frame).to_csv(stream, index=False, lineterminator="\n")
            return path
        csv.writer(stream, lineterminator="\n").writerow(guarded(frame.head(0)).columns)
        columns = [_values(frame.iloc[:, position]) for position in range(frame.shape[1])]
        for start in range(0, len(frame), _ROWS):
            cells = [_cells(values[start : start + _ROWS]) for values in columns]
            stream.write("\n".join(map(",".join, zip(*cells, strict=True))) + "\n")
    return path


def _is_known(frame: pd.DataFrame) -> bool:
    """Whether `_cells` knows every column; a lone one is left to pandas: an empty cell alone would be no row."""
    kinds = [dtype in _NUMBERS or dtype == np.bool_ or holds_text(dtype) for dtype in frame.dtypes]
    return len(kinds) > 1 and all(kinds) and frame.columns.nlevels == 1


def _values(column: pd.Series) -> np.ndarray:
    return column.to_numpy(dtype=object) if holds_text(column.dtype) else column.to_numpy()


def _cells(values: np.ndarray) -> list[str]:
    """Each value as the csv module writes it; what is missing is an empty cell."""
    if values.dtype == np.bool_:
        cells: list[str] = _TRUTH[values.astype(np.intp)].tolist()
        return cells
    return _numbers(values) if values.dtype in _NUMBERS else _texts(guarded_texts(values))


def _texts(values: np.ndarray) -> list[str]:
    texts = values.tolist()
    try:
        together = "".join(texts)
    except TypeError:
        missing = np.asarray(pd.isna(values)).tolist()
        texts = ["" if gone else str(value) for value, gone in zip(texts, missing, strict=True)]
        together = "".join(texts)
    if any(mark in together for mark in _RARE_MARKS):
        return list(map(_quoted, texts))
    return [f'"{text}"' if "," in text else text for text in texts] if "," in together else texts


def _numbers(values: np.ndarray) -> list[str]:
    """Each number as `repr` writes it: orjson's decimals are as short, and but for some exponents the same text."""
    import orjson

    text = orjson.dumps(np.ascontiguousarray(values), option=orjson.OPT_SERIALIZE_NUMPY).decode()
    cells = text[1:-1].replace("null", "").split(",")
    if values.dtype == np.float64:
        size = np.abs(values)
        # Infinity is among the large ones; to JSON it is missing, as NaN is.
        for position in np.flatnonzero(((size > _SMALLEST) & (size < _SMALL)) | (size >= _LARGE)).tolist():
            cells[position] = repr(float(values[position]))
    return cells


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in f",{_RARE_MARKS}") else text

"""The counts of a region, comma-joined in one cell of the service's result, as a matrix."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from ...common.digits import integers_ending_at
from ...common.errors import BadResponseError, quoted

#: Rows read at a time: arrays of a few megabytes.
_ROWS = 4096
#: A whole number of so many digits is exact in a float, and so is its quotient by a power of ten, correctly rounded.
_EXACT_DIGITS = 15
_COMMA, _DOT, _ROW_END = (ord(mark) for mark in ",.\n")


def parse_counts(column: pd.Series, path: Path | str = "the counts") -> np.ndarray:
    """Comma-joined counts as a matrix, regions x experiments."""
    if column.empty:
        return np.empty((0, 1))
    quick = quick_counts(column)
    if quick is not None:
        return quick
    n_counts = column.str.count(",").to_numpy() + 1
    odd = np.flatnonzero(n_counts != n_counts[0])
    if odd.size:
        raise BadResponseError(
            f"{path}, line {odd[0] + 1}: {n_counts[odd[0]]} counts, where line 1 has {n_counts[0]}", column.iloc[odd[0]]
        )
    try:
        counts = np.array(",".join(column).split(","), dtype=float).reshape(len(column), n_counts[0])
    except ValueError as error:
        raise BadResponseError(f"{path}: counts that are no numbers ({quoted(str(error))})") from error
    odd = np.flatnonzero(~((counts >= 0) & (counts < np.inf)).all(axis=1))
    if odd.size:
        raise BadResponseError(f"{path}, line {odd[0] + 1}: counts that cannot be", column.iloc[odd[0]])
    return counts


def quick_counts(column: pd.Series) -> np.ndarray | None:
    """Counts that are all written with the same number of decimals, as the service writes them; None for others."""
    cells = column.tolist()
    n_counts = cells[0].count(",") + 1
    counts = np.empty((len(cells), n_counts))
    for start in range(0, len(cells), _ROWS):
        part = _decimals("\n".join(cells[start : start + _ROWS]) + "\n", n_counts)
        if part is None or len(part) != min(_ROWS, len(cells) - start):
            return None
        counts[start : start + _ROWS] = part
    return counts


def _decimals(text: str, n_counts: int) -> np.ndarray | None:
    """Rows of numbers with the same number of decimals and of at most 15 digits; None when there is anything else."""
    if not text.isascii():
        return None
    characters = np.frombuffer(text.encode("ascii"), dtype=np.uint8)
    ends = np.flatnonzero((characters == _COMMA) | (characters == _ROW_END))
    row_ends = np.flatnonzero(characters == _ROW_END)
    if len(ends) != len(row_ends) * n_counts or (ends[n_counts - 1 :: n_counts] != row_ends).any():
        return None
    dots = np.flatnonzero(characters == _DOT)
    places = 0
    if len(dots):
        places = int(ends[0] - dots[0] - 1)
        if len(dots) != len(ends) or (ends - dots - 1 != places).any():
            return None
        characters = characters[characters != _DOT]
        ends = ends - np.arange(1, len(ends) + 1)
    lengths = np.diff(ends, prepend=-1) - 1
    digits = (characters >= ord("0")) & (characters <= ord("9"))
    if lengths.min() < 1 or lengths.max() > _EXACT_DIGITS or np.count_nonzero(~digits) != len(ends):
        return None
    numbers = integers_ending_at(characters, ends, int(lengths.max()))
    return (numbers / 10.0**places).reshape(-1, n_counts)

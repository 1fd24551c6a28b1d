"""Read the numbers of a table from the bytes of a block, all cells at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...common.digits import integers_ending_at

SCORE_DTYPE = np.int32
MAX_SCORE = np.iinfo(SCORE_DTYPE).max
#: How a cell says that there is no number.
MISSING = (b"", b"-", b"NA")
#: Digits that always fit `SCORE_DTYPE`; the few tables with longer numbers are read the slower way.
_QUICK_DIGITS = 8
_ZERO, _DOT = np.uint8(ord("0")), np.uint8(ord("."))


@dataclass(frozen=True)
class Numbers:
    """The numbers of R rows and C columns.

    Attributes
    ----------
    values : array (R, C) of int32
    missing : int
        Cells of the optional column that held one of `MISSING`, read as 0.
    decimals : int
        Cells that held a whole number with a decimal point, such as ``512.0``.
    """

    values: np.ndarray
    missing: int = 0
    decimals: int = 0


def quick_numbers(characters: np.ndarray, ends: np.ndarray, columns: slice) -> np.ndarray | None:
    """Read neighbouring columns that hold short whole numbers and nothing else, as all but a few tables do.

    Parameters
    ----------
    characters : array of uint8
        ASCII text, each cell followed by one separator.
    ends : array (R, C) of int
        Position of the separator behind each cell.
    columns : slice
        The columns to read.

    Returns
    -------
    array (R, number of columns) of unsigned int, or None
        None when a cell is empty, long, or no whole number: `read_numbers` then tells which.
    """
    flat = ends.ravel()
    lengths = np.diff(flat, prepend=np.int32(-1)).reshape(ends.shape)[:, columns]
    if not lengths.size or lengths.min() < 2 or (longest := int(lengths.max()) - 1) > _QUICK_DIGITS:
        return None
    other = (characters - _ZERO) > 9
    other[flat] = False
    column = np.searchsorted(flat, np.flatnonzero(other)) % ends.shape[1]
    if ((column >= columns.start) & (column < columns.stop)).any():
        return None
    return integers_ending_at(characters, ends[:, columns], longest)


def read_numbers(
    characters: np.ndarray, starts: np.ndarray, ends: np.ndarray, optional: int | None = None
) -> Numbers | None:
    """Read whole numbers, also where they are written as 512.0, and where one column leaves some out.

    Parameters
    ----------
    characters : array of uint8
        ASCII text.
    starts, ends : array (R, C) of int
        Position of each cell's first character, and the one after its last.
    optional : int, optional
        Column that may hold `MISSING`.

    Returns
    -------
    Numbers or None
        None when a cell is something else than a whole number from 0 to `MAX_SCORE`.
    """
    values = whole_numbers(characters, starts, ends)
    if values is not None:
        return Numbers(values)
    missing = 0
    if optional is not None:
        # A missing number is read where a 0 stands: behind the end.
        characters = np.append(characters, _ZERO)
        starts, ends = starts.copy(), ends.copy()
        left_out = _is_missing(characters, starts[:, optional], ends[:, optional])
        starts[left_out, optional], ends[left_out, optional] = len(characters) - 1, len(characters)
        missing = int(left_out.sum())
    whole = _without_zero_decimals(characters, starts, ends)
    values = whole_numbers(characters, starts, whole)
    return None if values is None else Numbers(values, missing, int((whole != ends).sum()))


def whole_numbers(characters: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray | None:
    """Read many unsigned decimal integers at once, one decimal place after the other.

    Parameters
    ----------
    characters : array of uint8
        ASCII text.
    starts, ends : array of int, same shape
        Position of each number's first character, and the one after its last.

    Returns
    -------
    array of int32 in that shape, or None
        None when a piece is empty, holds anything but digits, or exceeds `MAX_SCORE`.
    """
    lengths = (ends - starts).ravel()
    if not len(lengths):
        return np.zeros(starts.shape, dtype=SCORE_DTYPE)
    if lengths.min() < 1 or lengths.max() > len(str(MAX_SCORE)):
        return None
    values = np.zeros(len(lengths), dtype=np.int64)
    rest = np.arange(len(lengths), dtype=np.int32)
    position = ends.ravel() - 1
    for place in range(int(lengths.max())):
        longer = lengths[rest] > place
        rest, position = rest[longer], position[longer]
        # Unsigned: what comes before "0" wraps to a large number, so one comparison finds everything but digits.
        digits = characters[position] - _ZERO
        if digits.max() > 9:
            return None
        values[rest] += digits * np.int64(10**place)
        position = position - 1
    return None if values.max() > MAX_SCORE else values.astype(SCORE_DTYPE).reshape(starts.shape)


def _is_missing(characters: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    found = np.zeros(len(starts), dtype=bool)
    for word in MISSING:
        same = ends - starts == len(word)
        for offset, character in enumerate(word):
            same &= characters[np.minimum(starts + offset, len(characters) - 1)] == character
        found |= same
    return found


def _without_zero_decimals(characters: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """The ends, moved to the decimal point of cells that have digits before it and nothing but zeros after it."""
    dots = np.append(np.flatnonzero(characters == _DOT), len(characters)).astype(ends.dtype)
    dot = dots[np.searchsorted(dots, starts)]
    inside = (dot > starts) & (dot < ends)
    zeros = np.concatenate([np.zeros(1, dtype=np.int32), np.cumsum(characters == _ZERO, dtype=np.int32)])
    after = np.where(inside, dot + 1, ends)
    return np.where(inside & (zeros[ends] - zeros[after] == ends - after), dot, ends)

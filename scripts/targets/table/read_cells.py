"""Read the cells of a table from the bytes of a block: one loop, compiled for large tables, as it is for small ones."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...common.compiled.loops import compiled

SCORE_DTYPE = np.int32
MAX_SCORE = int(np.iinfo(SCORE_DTYPE).max)
#: A block of fewer bytes is read sooner than compiled code is at hand.
SMALL_BYTES = 128 * 1024
#: What a column holds, and what is made of it: nothing; its text; a score; a number that may be `MISSING`.
SKIPPED, TEXT, SCORE, STRING = range(4)
#: How a cell says that there is no number.
MISSING = (b"", b"-", b"NA")
#: Of the longest number that fits `SCORE_DTYPE`.
MOST_DIGITS = 10
#: What reading ends with: all was read; a score is too large for where it goes; a cell or line is not as it should be.
READ, TOO_LARGE, BAD = range(3)
_TAB, _LINE, _MINUS, _DOT, _ZERO, _NINE, _A, _N = b"\t\n-.09AN"


class Cells(NamedTuple):
    """What was read of a block, or where reading ended.

    Attributes
    ----------
    outcome : int
        `READ`, `TOO_LARGE` or `BAD`.
    text : bytes
        The cells of the `TEXT` columns, each with a tab behind it.
    missing : int
        `STRING` cells that held one of `MISSING`, read as 0.
    decimals : int
        Cells that held a whole number with a decimal point, such as ``512.0``.
    row, column : int
        Of the cell at which reading ended.
    """

    outcome: int
    text: bytes
    missing: int
    decimals: int
    row: int
    column: int


def read_cells(block: bytes, kinds: np.ndarray, scores: np.ndarray, string: np.ndarray) -> Cells:
    """Read whole lines.

    Parameters
    ----------
    block : bytes
        R lines, each with its end.
    kinds : array (C,) of uint8
        `SKIPPED`, `TEXT`, `SCORE` or `STRING` of each column.
    scores : array (R, number of `SCORE` columns) of uint16 or int32
        Where the scores go.
    string : array (R,) of int32
        Where the numbers of the `STRING` column go.
    """
    text = np.empty(len(block), dtype=np.uint8)
    told = np.array([len(kinds), len(string), np.iinfo(scores.dtype).max, 0, 0, 0, 0, 0], dtype=np.int64)
    arrays = kinds, told, scores.reshape(-1), string, text
    if len(block) < SMALL_BYTES:
        outcome = _loop(block, *arrays)
    else:
        types = ("uint8*", *(f"{array.dtype.name}*" for array in arrays))
        outcome = compiled(_loop, types)(np.frombuffer(block, dtype=np.uint8), *arrays)
    missing, decimals, length, row, column = told[3:].tolist()
    return Cells(outcome, text[:length].tobytes(), missing, decimals, row, column)


def _loop(block: Any, kinds: Any, told: Any, scores: Any, string: Any, text: Any) -> int:
    """Cell after cell. `told` has the columns, rows and largest score, then missing, decimals, text, row, column."""
    last, rows, most = told[0] - 1, told[1], told[2]
    at = copied = score = missing = decimals = 0
    for row in range(rows):
        for column in range(last + 1):
            kind = kinds[column]
            mark = block[at]
            # Most cells are a lone 0: foreseen, they cost the processor half of what a number does.
            if kind == SCORE and mark == _ZERO and block[at + 1] == _TAB and column < last:
                scores[score] = 0
                score += 1
                at += 2
                continue
            if kind >= SCORE:
                begin, value = at, 0
                while _ZERO <= mark <= _NINE:
                    value = 10 * value + mark - _ZERO
                    at += 1
                    mark = block[at]
                digits = at - begin
                if mark == _DOT:
                    decimals += 1
                    at += 1
                    while block[at] == _ZERO:
                        at += 1
                    mark = block[at]
                elif kind == STRING and digits == 0:
                    missing += 1
                    digits = 1
                    at += 1 if mark == _MINUS else 2 if mark == _N and block[at + 1] == _A else 0
                    mark = block[at]
                if not 0 < digits <= MOST_DIGITS or value > MAX_SCORE:
                    mark = _DOT
                elif kind == STRING:
                    string[row] = value
                elif value > most:
                    return TOO_LARGE
                else:
                    scores[score] = value
                    score += 1
            else:
                while mark != _TAB and mark != _LINE:
                    if kind == TEXT:
                        text[copied] = mark
                        copied += 1
                    at += 1
                    mark = block[at]
                if kind == TEXT:
                    text[copied] = _TAB
                    copied += 1
            if mark != (_LINE if column == last else _TAB):
                told[6], told[7] = row, column
                return BAD
            at += 1
    told[3], told[4], told[5] = missing, decimals, copied
    return READ

"""Read many whole numbers from text at once, without a string for each."""

from __future__ import annotations

import numpy as np

ZERO = np.uint8(ord("0"))
#: Digits a number may have at most: 64 bits hold every number of so many.
MOST_DIGITS = 16
_TYPES = {2: np.uint8, 4: np.uint16, 8: np.uint32, 16: np.uint64}


def integers_ending_at(characters: np.ndarray, ends: np.ndarray, most: int) -> np.ndarray:
    """The number that ends before each of some positions.

    Numbers of 2, 4, 8, ... digits are made everywhere in the text from those of half as many: arithmetic on whole
    arrays, where one number after the other would be a loop.

    Parameters
    ----------
    characters : array (N,) of uint8
        ASCII text.
    ends : array of int, any shape, 1..N
        Position after the last digit of each number.
    most : int
        Digits of the longest number, up to `MOST_DIGITS`; of a longer one the last digits are read.

    Returns
    -------
    array of unsigned int, in the shape of `ends`
        0 where no digit stands before the position.
    """
    # Unsigned: what comes before "0" wraps to a large number, so one comparison finds everything but digits.
    value = characters - ZERO
    whole = value <= 9
    value *= whole
    width = 1
    while width < most:
        wider = value.astype(_TYPES[2 * width])
        # The digits further left belong to the number only where the nearer ones are digits all.
        left = wider[:-width] * whole[width:]
        left *= wider.dtype.type(10**width)
        wider[width:] += left
        both = np.zeros_like(whole)
        np.logical_and(whole[width:], whole[:-width], out=both[width:])
        value, whole = wider, both
        width *= 2
    return value[ends - 1]

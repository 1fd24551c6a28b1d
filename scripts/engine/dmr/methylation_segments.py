"""Segments of CpGs that differ between two groups, compiled: metilene's recursion, after its published description.

A piece without gaps is cut at the window whose mean difference stands out most (a circular binary segmentation, Olshen
et al. 2004, of the differences of the group means). A cut is kept if one of its parts has a smaller p-value in the
two-dimensional Kolmogorov-Smirnov test, or if the uncut segment cannot be reported as it is: its differences do not
keep one direction, or it hides a valley. What no cut improves is a segment.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from .region_tests import Cpgs, kolmogorov_smirnov_2d, ledger

#: metilene's defaults: CpGs of the smallest segment and window, smallest mean difference that is reported, and how much
#: of a segment's mean difference every stretch of MINIMUM_CPGS in it must show.
MINIMUM_CPGS = 10
MINIMUM_DIFFERENCE = 0.1
VALLEY = 0.7
#: Share of a segment's CpGs that must not go against its direction. The paper asks for one direction without a figure;
#: this one comes closest to the segments that metilene 3.1 reports and to the number of tests it corrects for.
ONE_DIRECTION = 0.8
#: metilene 3.1 takes no window of one CpG more than the smallest: 12 segments of its reference results show it, which
#: begin or end a CpG beside such a window with a higher score.
_SKIPPED_WINDOW = MINIMUM_CPGS + 1
#: Differences of decimal fractions miss their value in the last digits (0.6 - 0.5 < 0.1).
ROUNDING = 1e-9


class Segments(NamedTuple):
    """Reported segments, in order: rows of the first CpG and past the last, p-value; and how many ends there were."""

    first: np.ndarray
    past: np.ndarray
    p_2dks: np.ndarray
    ends: int


def levels(values: np.ndarray, piece: np.ndarray) -> np.ndarray:
    """Rank of each value among the different ones of its piece, from 0; -1 for NaN.

    `values` are CpGs x samples, `piece` the ascending number of each CpG's piece.
    """
    row, column = np.nonzero(~np.isnan(values))
    measured, place = values[row, column], piece[row]
    order = np.lexsort((measured, place))
    new_piece = np.ones(len(order), dtype=bool)
    new_piece[1:] = np.diff(place[order]) != 0
    new_level = new_piece.copy()
    new_level[1:] |= np.diff(measured[order]) != 0
    number = np.cumsum(new_level) - 1
    start = np.maximum.accumulate(np.where(new_piece, number, 0))
    found = np.full(values.shape, -1, dtype=np.int32)
    found[row[order], column[order]] = number - start
    return found


def segment(cpgs: Cpgs, difference: np.ndarray, starts: np.ndarray) -> Segments:
    """Segment each piece of CpGs.

    Parameters
    ----------
    cpgs : Cpgs
        Measured in both groups, each of them.
    difference : ndarray of shape (n_cpgs,)
        Mean of A minus mean of B.
    starts : ndarray of shape (n_pieces,)
        First row of each piece.

    Returns
    -------
    Segments
        Those of at least 10 CpGs, a mean difference of at least 0.1 and one direction. ``ends`` counts all segments in
        which the recursion ended, also those too short to be tested, which is the number metilene corrects for.
    """
    pasts = np.append(starts, len(difference))[1:]
    # metilene leaves a piece of no more than the smallest number of CpGs alone.
    long = pasts - starts > MINIMUM_CPGS
    if not long.any():
        return Segments(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), 0)
    return Segments(*_segment(cpgs, difference, starts[long], pasts[long], ledger(int(cpgs.level.max()) + 1)))


@njit
def _segment(cpgs, difference, starts, pasts, book):  # type: ignore[no-untyped-def]
    longest = most = 0
    for piece in range(len(starts)):
        longest = max(longest, pasts[piece] - starts[piece])
        most += (pasts[piece] - starts[piece]) // MINIMUM_CPGS
    first_of, past_of, p_of = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most)
    sums = np.empty(longest + 1)
    edges, p_parts = np.empty(4, np.int64), np.empty(3)
    # The segments of a piece that wait do not overlap, so they are never more than its CpGs.
    wait_first, wait_past, wait_p = np.empty(longest, np.int64), np.empty(longest, np.int64), np.empty(longest)
    found = ends = 0
    for piece in range(len(starts)):
        wait_first[0], wait_past[0] = starts[piece], pasts[piece]
        wait_p[0] = kolmogorov_smirnov_2d(cpgs, starts[piece], pasts[piece], book)
        waiting = 1
        while waiting > 0:
            waiting -= 1
            first, past, p_value = wait_first[waiting], wait_past[waiting], wait_p[waiting]
            if past - first < MINIMUM_CPGS:
                ends += 1
                continue
            sums[0] = 0.0
            for cpg in range(first, past):
                sums[cpg - first + 1] = sums[cpg - first] + difference[cpg]
            mean = sums[past - first] / (past - first)
            strong = abs(mean) >= MINIMUM_DIFFERENCE - ROUNDING
            straight = _one_direction(difference, first, past, mean)
            begin, end = _window(sums, past - first)
            if end > 0:
                edges[0], edges[1], edges[2], edges[3] = first, first + begin, first + end, past
                smallest = 1.0
                for part in range(3):
                    p_parts[part] = 1.0
                    if edges[part + 1] - edges[part] >= MINIMUM_CPGS:
                        p_parts[part] = kolmogorov_smirnov_2d(cpgs, edges[part], edges[part + 1], book)
                        smallest = min(smallest, p_parts[part])
                if smallest < p_value or not straight or (strong and _valley(sums, past - first, mean)):
                    for part in range(2, -1, -1):
                        if edges[part + 1] > edges[part]:
                            wait_first[waiting], wait_past[waiting] = edges[part], edges[part + 1]
                            wait_p[waiting] = p_parts[part]
                            waiting += 1
                    continue
            ends += 1
            if strong and straight:
                first_of[found], past_of[found], p_of[found] = first, past, p_value
                found += 1
    return first_of[:found], past_of[:found], p_of[:found], ends


@njit
def _window(sums, size):  # type: ignore[no-untyped-def]
    """Begin and end of the window whose mean differs most from the others', in standard deviations; (0, 0) if none.

    Score^2 = (mean inside - mean outside)^2 / (1 / inside + 1 / outside). Quadratic in the size of the segment.
    """
    best, begin, end = -1.0, 0, 0
    for one in range(size - MINIMUM_CPGS + 1):
        for other in range(one + MINIMUM_CPGS, size + 1):
            inside, outside = other - one, size - (other - one)
            if outside == 0 or inside == _SKIPPED_WINDOW:
                continue
            total = sums[other] - sums[one]
            score = (total / inside - (sums[size] - total) / outside) ** 2 * inside * outside
            # Strictly: a window and what is left of it are one cut, equal but for rounding.
            if score > best * (1 + ROUNDING):
                best, begin, end = score, one, other
    return begin, end


@njit
def _one_direction(difference, first, past, mean):  # type: ignore[no-untyped-def]
    along = 0
    for cpg in range(first, past):
        if difference[cpg] * np.sign(mean) >= -ROUNDING:
            along += 1
    return along >= ONE_DIRECTION * (past - first) - ROUNDING


@njit
def _valley(sums, size, mean):  # type: ignore[no-untyped-def]
    """Whether a stretch of the smallest number of CpGs shows too little of the segment's mean difference."""
    for one in range(size - MINIMUM_CPGS + 1):
        stretch = (sums[one + MINIMUM_CPGS] - sums[one]) / MINIMUM_CPGS
        if stretch * np.sign(mean) < VALLEY * abs(mean) - ROUNDING:
            return True
    return False

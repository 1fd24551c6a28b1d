"""Segments of CpGs that differ between two groups: metilene's recursion, after its published description.

A piece without gaps is cut at the window whose mean difference stands out most (a circular binary segmentation, Olshen
et al. 2004, of the differences of the group means). A cut is kept if one of its parts has a smaller p-value in the
two-dimensional Kolmogorov-Smirnov test, or if the uncut segment cannot be reported as it is: its differences do not
keep one direction, or it hides a valley. What no cut improves is a segment.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...common.compiled.loops import compiled
from .region_tests import (
    BEGIN,
    END,
    ENDS,
    LEVELS,
    LONGEST,
    PIECES,
    SAMPLES,
    Cpgs,
    after_books,
    kolmogorov_smirnov_2d,
    workspace,
)

#: metilene's defaults: CpGs of the smallest segment and window, smallest mean difference that is reported, and how much
#: of a segment's mean difference every stretch of MINIMUM_CPGS in it must show.
MINIMUM_CPGS = 10
MINIMUM_DIFFERENCE = 0.1
VALLEY = 0.7
#: Share of a segment's CpGs that must not go against its direction: one of fewer is cut. The paper asks for one
#: direction without a figure; this one comes closest to the number of tests that metilene 3.1 corrects for.
ONE_DIRECTION = 0.8
#: By more than this share of its CpGs, those along a reported segment's direction outnumber those against it.
#: metilene 3.1 reports none of exactly 8 along and 2 against in its reference results, nor of 9, 2 and 1 without a
#: difference; one of 8, 1 and 1 it does.
MAJORITY = 0.6
#: metilene 3.1 takes no window of one CpG more than the smallest: 12 segments of its reference results show it, which
#: begin or end a CpG beside such a window with a higher score.
_SKIPPED_WINDOW = MINIMUM_CPGS + 1
#: Differences of decimal fractions miss their value in the last digits (0.6 - 0.5 < 0.1).
ROUNDING = 1e-9
#: Fewer CpGs are segmented sooner than compiled code is at hand.
SMALL_CPGS = 200
_TYPES = ("int64*", "float64*", "int32*", "float64*", "int64*", "int64*", "float64*")


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
    pieces = np.column_stack([starts, pasts])[long].astype(np.int64)
    size = pieces[:, 1] - pieces[:, 0]
    longest, most, levels_ = int(size.max()), int((size // MINIMUM_CPGS).sum()), int(cpgs.level.max()) + 1
    whole = workspace(cpgs.in_a, levels_, 2 * (longest + most))
    whole[PIECES], whole[LONGEST] = len(pieces), longest
    real = np.zeros(_after_sums(longest) + longest + most)
    arrays = [
        cpgs.position,
        cpgs.value.reshape(-1),
        cpgs.level.reshape(-1),
        difference,
        pieces.reshape(-1),
        whole,
        real,
    ]
    if len(difference) < SMALL_CPGS:
        lists = [array.tolist() for array in arrays]
        found = _loop(*lists)
        whole, real = np.array(lists[5]), np.array(lists[6])
    else:
        found = compiled(_loop, _TYPES)(*arrays)
    at = after_books(len(cpgs.in_a), levels_) + 2 * longest
    ends = whole[at : at + 2 * found].reshape(-1, 2)
    at = _after_sums(longest) + longest
    return Segments(ends[:, 0].copy(), ends[:, 1].copy(), real[at : at + found].copy(), int(whole[ENDS]))


def _after_sums(longest: Any) -> Any:
    """Where, among the real numbers, a piece's sums and its windows' factors end, and those of three parts begin."""
    return 2 * (longest + 1) + 3


def _loop(position: Any, value: Any, level: Any, difference: Any, pieces: Any, whole: Any, real: Any) -> int:
    """Segment after segment; gives how many are reported.

    In `whole`, after the books: begin and end of the segments that wait, then of those reported. In `real`: running
    sums of a segment, factors of its windows, p-values of three parts, of what waits, and of what is reported.
    """
    longest = whole[LONGEST]
    wait = after_books(whole[SAMPLES], whole[LEVELS])
    reported = wait + 2 * longest
    wait_p = _after_sums(longest)
    reported_p = wait_p + longest
    parts_p = wait_p - 3
    found = ends = 0
    for piece in range(whole[PIECES]):
        # The segments of a piece that wait do not overlap, so they are never more than its CpGs.
        whole[wait], whole[wait + 1] = pieces[2 * piece], pieces[2 * piece + 1]
        real[wait_p] = -1.0
        waiting = 1
        while waiting > 0:
            waiting -= 1
            first, past, p_value = whole[wait + 2 * waiting], whole[wait + 2 * waiting + 1], real[wait_p + waiting]
            size = past - first
            if size < MINIMUM_CPGS:
                ends += 1
                continue
            if p_value < 0:
                p_value = kolmogorov_smirnov_2d(position, value, level, whole, first, past)
            along = against = 0
            for cpg in range(first, past):
                real[cpg - first + 1] = real[cpg - first] + difference[cpg]
            mean = real[size] / size
            for cpg in range(first, past):
                directed = difference[cpg] if mean > 0 else -difference[cpg] if mean < 0 else 0.0
                along += directed > ROUNDING
                against += directed < -ROUNDING
            strong = abs(mean) >= MINIMUM_DIFFERENCE - ROUNDING
            _window(whole, real, size)
            if whole[END] > 0:
                begin, end, smallest = first + whole[BEGIN], first + whole[END], 1.0
                for part in range(3):
                    one = first if part == 0 else begin if part == 1 else end
                    other = begin if part == 0 else end if part == 1 else past
                    real[parts_p + part] = 1.0
                    if other - one >= MINIMUM_CPGS:
                        p_part = kolmogorov_smirnov_2d(position, value, level, whole, one, other)
                        real[parts_p + part] = p_part
                        smallest = min(smallest, p_part)
                bent = size - against < ONE_DIRECTION * size - ROUNDING
                if smallest < p_value or bent or (strong and _valley(real, size, mean)):
                    for part in range(2, -1, -1):
                        one = first if part == 0 else begin if part == 1 else end
                        other = begin if part == 0 else end if part == 1 else past
                        if other > one:
                            whole[wait + 2 * waiting], whole[wait + 2 * waiting + 1] = one, other
                            real[wait_p + waiting] = real[parts_p + part]
                            waiting += 1
                    continue
            ends += 1
            if strong and along - against > MAJORITY * size + ROUNDING:
                whole[reported + 2 * found], whole[reported + 2 * found + 1] = first, past
                real[reported_p + found] = p_value
                found += 1
    whole[ENDS] = ends
    return found


def _window(whole: Any, real: Any, size: Any) -> None:
    """Begin and end of the window whose mean differs most from the others', in standard deviations; (0, 0) if none.

    Score^2 = (mean inside - mean outside)^2 / (1 / inside + 1 / outside). Of a window of the other sign than the rest
    and weaker than it, the difference of the two sizes counts instead: so much less do some windows score in metilene
    3.1's reference results. Quadratic in the size of the segment.
    """
    factor = whole[LONGEST] + 1
    for inside in range(MINIMUM_CPGS, size):
        real[factor + inside] = 1.0 / (inside * (size - inside))
    total, limit, begin, end = real[size], -1.0, 0, 0
    for one in range(size - MINIMUM_CPGS + 1):
        for other in range(one + MINIMUM_CPGS, size if one == 0 else size + 1):
            inside = other - one
            if inside == _SKIPPED_WINDOW:
                continue
            within = real[other] - real[one]
            here, rest = within * (size - inside), (total - within) * inside
            apart = here - rest
            if here * rest < 0 and abs(here) < abs(rest):
                apart = here + rest
            score = apart * apart * real[factor + inside]
            # Strictly: a window and what is left of it are one cut, equal but for rounding.
            if score > limit:
                limit, begin, end = score * (1 + ROUNDING), one, other
    whole[BEGIN], whole[END] = begin, end


def _valley(real: Any, size: Any, mean: Any) -> bool:
    """Whether a stretch of the smallest number of CpGs shows too little of the segment's mean difference."""
    for one in range(size - MINIMUM_CPGS + 1):
        stretch = (real[one + MINIMUM_CPGS] - real[one]) / MINIMUM_CPGS
        if (stretch if mean > 0 else -stretch) < VALLEY * abs(mean) - ROUNDING:
            return True
    return False

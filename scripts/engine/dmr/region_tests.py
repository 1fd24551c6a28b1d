"""Two tests of one region: two-dimensional Kolmogorov-Smirnov over position and level, and Mann-Whitney.

Both give the numbers that metilene 3.1 prints, to the last digit of its reference results. Ties are the rule in
methylation, where few reads make a level, so the treatment of ties was worked out from those results.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

#: Terms of the Kolmogorov distribution's series; it converges long before at any value that it is summed for.
_KOLMOGOROV_TERMS = 100
#: Below, the series converges too slowly, and the p-value differs from 1 by less than 1e-12.
_SMALLEST_KOLMOGOROV = 0.2
#: ln Gamma(1/2) by the six-term Lanczos approximation: 4.3e-14 above the exact value. metilene's Mann-Whitney p-values
#: carry this error, so that none is smaller than about 4e-14; kept, for ours to be comparable with the service's.
_LOG_GAMMA_HALF = 0.572364942924743
#: Relative size at which the incomplete gamma function's series ends; metilene's last digits show it.
_GAMMA_PRECISION = 1e-15


class Cpgs(NamedTuple):
    """CpGs x samples; rows without a gap between them are one piece.

    ``position`` in bases; ``value`` from 0 to 1, NaN where unmeasured; ``level``, the rank of each value among its
    piece's different ones, -1 where unmeasured; ``in_a``, which samples are group A's.
    """

    position: np.ndarray
    value: np.ndarray
    level: np.ndarray
    in_a: np.ndarray


# Where what stands in the array of whole numbers that the loops work with: a head, then, per sample, whether it is of
# group A and what a point of it weighs, then two books.
SAMPLES, LEVELS, _SIZE_A, _SIZE_B, _LARGEST_A, _LARGEST_B, PIECES, ENDS, LONGEST, BEGIN, END = range(11)
HEAD = 16


def workspace(in_a: np.ndarray, levels: int, more: int = 0) -> np.ndarray:
    """Whole numbers for levels below `levels`, with room for `more` after them.

    A book holds the weights entered under each level, of all points or of those on the left: a binary indexed tree
    (Fenwick 1994), then the plain sums. Both are all zero between uses.
    """
    whole = np.zeros(after_books(len(in_a), levels) + more, np.int64)
    whole[SAMPLES], whole[LEVELS] = len(in_a), levels
    whole[HEAD : HEAD + len(in_a)] = in_a
    return whole


def after_books(samples: int, levels: int) -> int:
    """Where the books end."""
    return HEAD + 2 * samples + 2 * (2 * levels + 1)


def mann_whitney(cpgs: Cpgs, first: np.ndarray, past: np.ndarray) -> np.ndarray:
    """Two-sided p-values of Mann and Whitney's test between all values of A and of B, in CpGs `first` to `past` - 1.

    One test per region, each inside a piece. Normal approximation as metilene's: U is the smaller one, rounded down
    (ties make halves), its variance is the one without ties, and there is no correction for continuity.
    """
    size = past - first
    rows = np.repeat(past - np.cumsum(size), size) + np.arange(size.sum())
    level = cpgs.level[rows]
    measured = level >= 0
    of_a = np.broadcast_to(cpgs.in_a, level.shape)[measured]
    region = np.broadcast_to(np.repeat(np.arange(len(first)), size)[:, None], level.shape)[measured]
    points = pd.DataFrame({"region": region, "level": level[measured], "a": of_a, "b": ~of_a})
    ties = points.groupby(["region", "level"], as_index=False)[["a", "b"]].sum()
    lower_b = ties.groupby("region")["b"].cumsum() - ties["b"]
    ties["doubled"] = ties["a"] * (2 * lower_b + ties["b"])
    size_a, size_b, doubled = ties.groupby("region")[["a", "b", "doubled"]].sum().to_numpy(dtype=np.int64).T
    pairs = size_a * size_b
    smaller = np.minimum(doubled, 2 * pairs - doubled) // 2
    return _both_tails((pairs / 2 - smaller) / np.sqrt(pairs * (size_a + size_b + 1) / 12))


def _both_tails(scores: np.ndarray) -> np.ndarray:
    """Both tails of the normal distribution beyond scores: 1 - P(1/2, score^2 / 2), P the incomplete gamma function.

    P by its series; 1 - P has no more than an absolute precision of 1e-16, on top of the error of `_LOG_GAMMA_HALF`.
    """
    half_square = (scores / math.sqrt(2.0)) ** 2
    term = np.where(scores > 0, 2.0, 0.0)
    total, power = term.copy(), 0.5
    while (term >= total * _GAMMA_PRECISION).any() and term.any():
        power += 1
        term = np.where(term >= total * _GAMMA_PRECISION, term * (half_square / power), 0.0)
        total += term
    # Of math, for the last digit: that of numpy differs between processors.
    share = [
        whole * math.exp(-half + (0.5 * math.log(half) - _LOG_GAMMA_HALF)) if half > 0 else 0.0
        for whole, half in zip(total.tolist(), half_square.tolist(), strict=True)
    ]
    return np.where(scores > 0, np.maximum(1 - np.array(share), 0.0), 1.0)


def kolmogorov_smirnov_2d(position: Any, value: Any, level: Any, whole: Any, first: Any, past: Any) -> float:
    """p-value of the two-sample, two-dimensional Kolmogorov-Smirnov test over CpGs `first` to `past` - 1.

    The statistic is the largest difference of the two groups' shares in the four quadrants around each point, averaged
    over the largest at a point of A and at a point of B. Points on a border - of the same level, of the same CpG, or
    both - count to the quadrant or not, each of the three kinds as makes the difference largest.
    Significance after Fasano and Franceschini (1987), who scale the one-dimensional distribution by the correlation of
    position and level. Each group must have a measured value.

    Parameters
    ----------
    position : sequence of n_cpgs
    value, level : sequence of n_cpgs x n_samples
        As those of `Cpgs`, but of one axis.
    whole : sequence
        As `workspace` makes it.
    """
    _sizes(level, whole, first, past)
    size_a, size_b = whole[_SIZE_A], whole[_SIZE_B]
    _largest_differences(level, whole, first, past)
    statistic = (whole[_LARGEST_A] + whole[_LARGEST_B]) / (2.0 * size_a * size_b)
    root = math.sqrt(size_a * size_b / (size_a + size_b))
    spread = math.sqrt(1 - _explained(position, value, level, whole, first, past))
    return _kolmogorov(statistic * root / (1 + spread * (0.25 - 0.75 / root)))


def _sizes(level: Any, whole: Any, first: Any, past: Any) -> None:
    """Measured values of A and of B; and the weights.

    Shares are kept as whole numbers: a point of A weighs size_b, one of B -size_a, and all together weigh nothing.
    """
    samples = whole[SAMPLES]
    size_a = size_b = 0
    for cpg in range(first, past):
        for sample in range(samples):
            if level[cpg * samples + sample] >= 0:
                size_a += whole[HEAD + sample]
                size_b += 1 - whole[HEAD + sample]
    whole[_SIZE_A], whole[_SIZE_B] = size_a, size_b
    for sample in range(samples):
        whole[HEAD + samples + sample] = size_b if whole[HEAD + sample] == 1 else -size_a


def _largest_differences(level: Any, whole: Any, first: Any, past: Any) -> None:
    """Largest weight, positive or negative, in a quadrant around any point of A, and of B.

    Weights are summed by place (left of the CpG, here, right of it) and by level (lower, same, higher).
    """
    samples, levels = whole[SAMPLES], whole[LEVELS]
    book_all = HEAD + 2 * samples
    book_left = book_all + 2 * levels + 1
    largest_a = largest_b = left_all = 0
    for cpg in range(first, past):
        _enter(level, whole, cpg, book_all, 1)
    for cpg in range(first, past):
        row = cpg * samples
        for sample in range(samples):
            at = level[row + sample]
            if at < 0:
                continue
            here_lower = here_same = here_higher = 0
            for other in range(samples):
                weight = whole[HEAD + samples + other]
                if level[row + other] > at:
                    here_higher += weight
                elif level[row + other] == at:
                    here_same += weight
                elif level[row + other] >= 0:
                    here_lower += weight
            lower, left_lower, node = 0, 0, at
            while node > 0:
                lower += whole[book_all + node]
                left_lower += whole[book_left + node]
                node -= node & -node
            same, left_same = whole[book_all + levels + 1 + at], whole[book_left + levels + 1 + at]
            left_higher = left_all - left_lower - left_same
            right_lower, right_same = lower - left_lower - here_lower, same - left_same - here_same
            right_higher = -lower - same - left_higher - here_higher
            largest = max(
                _extreme(left_lower, left_same, here_lower, here_same),
                _extreme(left_higher, left_same, here_higher, here_same),
                _extreme(right_lower, right_same, here_lower, here_same),
                _extreme(right_higher, right_same, here_higher, here_same),
            )
            if whole[HEAD + sample] == 1:
                largest_a = max(largest_a, largest)
            else:
                largest_b = max(largest_b, largest)
        left_all += _enter(level, whole, cpg, book_left, 1)
    for cpg in range(first, past):
        _enter(level, whole, cpg, book_all, -1)
        _enter(level, whole, cpg, book_left, -1)
    whole[_LARGEST_A], whole[_LARGEST_B] = largest_a, largest_b


def _enter(level: Any, whole: Any, cpg: Any, book: Any, sign: Any) -> int:
    """Enter the points of a CpG in a book, each with its sample's weight, times `sign`; the sum of their weights."""
    samples, levels = whole[SAMPLES], whole[LEVELS]
    total = 0
    for sample in range(samples):
        at = level[cpg * samples + sample]
        if at >= 0:
            weight = sign * whole[HEAD + samples + sample]
            total += weight
            whole[book + levels + 1 + at] += weight
            node = at + 1
            while node <= levels:
                whole[book + node] += weight
                node += node & -node
    return total


def _extreme(inside: Any, same_level: Any, same_position: Any, same_point: Any) -> int:
    """Largest absolute sum of `inside` and any of the other three."""
    highest = inside + max(same_level, 0) + max(same_position, 0) + max(same_point, 0)
    lowest = inside + min(same_level, 0) + min(same_position, 0) + min(same_point, 0)
    return max(highest, -lowest)


def _explained(position: Any, value: Any, level: Any, whole: Any, first: Any, past: Any) -> float:
    """Squared correlation of position and value, mean of the two groups; 0 where either is constant."""
    samples = whole[SAMPLES]
    explained = 0.0
    for group in range(2):
        count = 0
        x_mean = y_mean = xx = yy = xy = 0.0
        for cpg in range(first, past):
            x = float(position[cpg] - position[first])
            for sample in range(samples):
                point = cpg * samples + sample
                if whole[HEAD + sample] != group and level[point] >= 0:
                    # Welford's running sums: nothing cancels.
                    count += 1
                    y = value[point]
                    dx, dy = x - x_mean, y - y_mean
                    x_mean += dx / count
                    y_mean += dy / count
                    xx += dx * (x - x_mean)
                    yy += dy * (y - y_mean)
                    xy += dx * (y - y_mean)
        if xx > 0 and yy > 0:
            explained += min(xy * xy / (xx * yy), 1.0) / 2
    return explained


def _kolmogorov(scaled: Any) -> float:
    """Upper tail of the Kolmogorov distribution."""
    total, sign = 1.0, 2.0
    # The terms fall so fast that none after one of 0 counts.
    if scaled >= _SMALLEST_KOLMOGOROV:
        total = 0.0
        for term in range(1, _KOLMOGOROV_TERMS + 1):
            part = math.exp(-2.0 * (scaled * term) ** 2)
            if part == 0.0:
                break
            total += sign * part
            sign = -sign
    return min(max(total, 0.0), 1.0)

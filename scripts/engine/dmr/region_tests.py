"""Two tests of one region: two-dimensional Kolmogorov-Smirnov over position and level (compiled), and Mann-Whitney.

Both give the numbers that metilene 3.1 prints, to the last digit of its reference results. Ties are the rule in
methylation, where few reads make a level, so the treatment of ties was worked out from those results.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from numba import njit

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


class Ledger(NamedTuple):
    """Scratch of the two-dimensional test: weights entered under each level, of all points and of those on the left.

    ``tree_*`` are binary indexed trees (Fenwick 1994), ``tie_*`` the plain sums. All zero between uses.
    """

    tree_all: np.ndarray
    tie_all: np.ndarray
    tree_left: np.ndarray
    tie_left: np.ndarray


def ledger(levels: int) -> Ledger:
    """An empty ledger for levels below `levels`."""
    return Ledger(*(np.zeros(size, np.int64) for size in (levels + 1, levels, levels + 1, levels)))


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


@njit
def _both_tails(scores):  # type: ignore[no-untyped-def]
    """Both tails of the normal distribution beyond scores: 1 - P(1/2, score^2 / 2), P the incomplete gamma function.

    P by its series; 1 - P has no more than an absolute precision of 1e-16, on top of the error of `_LOG_GAMMA_HALF`.
    """
    tails = np.ones(len(scores))
    for index in range(len(scores)):
        if scores[index] > 0:
            half_square = (scores[index] / math.sqrt(2.0)) ** 2
            power, term, total = 0.5, 2.0, 2.0
            while term >= total * _GAMMA_PRECISION:
                power += 1
                term *= half_square / power
                total += term
            exponent = -half_square + (0.5 * math.log(half_square) - _LOG_GAMMA_HALF)
            tails[index] = max(1 - total * math.exp(exponent), 0.0)
    return tails


@njit
def kolmogorov_smirnov_2d(cpgs, first, past, book):  # type: ignore[no-untyped-def]
    """p-value of the two-sample, two-dimensional Kolmogorov-Smirnov test over CpGs `first` to `past` - 1.

    The statistic is the largest difference of the two groups' shares in the four quadrants around each point, averaged
    over the largest at a point of A and at a point of B. Points on a border - of the same level, of the same CpG, or
    both - count to the quadrant or not, each of the three kinds as makes the difference largest.
    Significance after Fasano and Franceschini (1987), who scale the one-dimensional distribution by the correlation of
    position and level. Each group must have a measured value.
    """
    size_a, size_b = _sizes(cpgs, first, past)
    # Shares are kept as whole numbers: a point of A weighs size_b, one of B -size_a, and all together weigh nothing.
    weight = np.empty(len(cpgs.in_a), np.int64)
    for sample in range(len(weight)):
        weight[sample] = size_b if cpgs.in_a[sample] else -size_a
    largest_a, largest_b = _largest_differences(cpgs, first, past, weight, book)
    statistic = (largest_a + largest_b) / (2.0 * size_a * size_b)
    root = math.sqrt(size_a * size_b / (size_a + size_b))
    spread = math.sqrt(1 - _explained(cpgs, first, past))
    return _kolmogorov(statistic * root / (1 + spread * (0.25 - 0.75 / root)))


@njit
def _sizes(cpgs, first, past):  # type: ignore[no-untyped-def]
    """Measured values of A and of B."""
    size_a = size_b = 0
    for cpg in range(first, past):
        for sample in range(len(cpgs.in_a)):
            if cpgs.level[cpg, sample] >= 0:
                size_a += cpgs.in_a[sample]
                size_b += not cpgs.in_a[sample]
    return size_a, size_b


@njit
def _largest_differences(cpgs, first, past, weight, book):  # type: ignore[no-untyped-def]
    """Largest weight, positive or negative, in a quadrant around any point of A, and of B.

    Weights are summed by place (left of the CpG, here, right of it) and by level (lower, same, higher).
    """
    largest_a = largest_b = left_all = 0
    _enter(cpgs, first, past, weight, book.tree_all, book.tie_all)
    for cpg in range(first, past):
        for sample in range(len(weight)):
            level = cpgs.level[cpg, sample]
            if level < 0:
                continue
            here_lower, here_same, here_higher = _here(cpgs, cpg, level, weight)
            lower, left_lower = _below(book.tree_all, level), _below(book.tree_left, level)
            same, left_same = book.tie_all[level], book.tie_left[level]
            left_higher = left_all - left_lower - left_same
            right_lower, right_same = lower - left_lower - here_lower, same - left_same - here_same
            right_higher = -lower - same - left_higher - here_higher
            largest = max(
                _extreme(left_lower, left_same, here_lower, here_same),
                _extreme(left_higher, left_same, here_higher, here_same),
                _extreme(right_lower, right_same, here_lower, here_same),
                _extreme(right_higher, right_same, here_higher, here_same),
            )
            if cpgs.in_a[sample]:
                largest_a = max(largest_a, largest)
            else:
                largest_b = max(largest_b, largest)
        left_all += _enter(cpgs, cpg, cpg + 1, weight, book.tree_left, book.tie_left)
    for sample in range(len(weight)):
        weight[sample] = -weight[sample]
    _enter(cpgs, first, past, weight, book.tree_all, book.tie_all)
    _enter(cpgs, first, past, weight, book.tree_left, book.tie_left)
    return largest_a, largest_b


@njit
def _enter(cpgs, first, past, weight, tree, tie):  # type: ignore[no-untyped-def]
    """Enter the points of CpGs `first` to `past` - 1, each with its sample's weight; the sum of their weights."""
    total = 0
    for cpg in range(first, past):
        for sample in range(len(weight)):
            level = cpgs.level[cpg, sample]
            if level >= 0:
                total += weight[sample]
                tie[level] += weight[sample]
                node = level + 1
                while node < len(tree):
                    tree[node] += weight[sample]
                    node += node & -node
    return total


@njit
def _below(tree, level):  # type: ignore[no-untyped-def]
    """Sum of all that was entered under lower levels."""
    total, node = 0, level
    while node > 0:
        total += tree[node]
        node -= node & -node
    return total


@njit
def _here(cpgs, cpg, level, weight):  # type: ignore[no-untyped-def]
    """Weight of a CpG's points below, at and above a level."""
    lower = same = higher = 0
    for sample in range(len(weight)):
        other = cpgs.level[cpg, sample]
        if other > level:
            higher += weight[sample]
        elif other == level:
            same += weight[sample]
        elif other >= 0:
            lower += weight[sample]
    return lower, same, higher


@njit
def _extreme(inside, same_level, same_position, same_point):  # type: ignore[no-untyped-def]
    """Largest absolute sum of `inside` and any of the other three."""
    highest = inside + max(same_level, 0) + max(same_position, 0) + max(same_point, 0)
    lowest = inside + min(same_level, 0) + min(same_position, 0) + min(same_point, 0)
    return max(highest, -lowest)


@njit
def _explained(cpgs, first, past):  # type: ignore[no-untyped-def]
    """Squared correlation of position and value, mean of the two groups; 0 where either is constant."""
    explained = 0.0
    for group in range(2):
        count = 0
        x_mean = y_mean = xx = yy = xy = 0.0
        for cpg in range(first, past):
            x = float(cpgs.position[cpg] - cpgs.position[first])
            for sample in range(len(cpgs.in_a)):
                if cpgs.in_a[sample] == (group == 0) and cpgs.level[cpg, sample] >= 0:
                    # Welford's running sums: nothing cancels.
                    count += 1
                    y = cpgs.value[cpg, sample]
                    dx, dy = x - x_mean, y - y_mean
                    x_mean += dx / count
                    y_mean += dy / count
                    xx += dx * (x - x_mean)
                    yy += dy * (y - y_mean)
                    xy += dx * (y - y_mean)
        if xx > 0 and yy > 0:
            explained += min(xy * xy / (xx * yy), 1.0) / 2
    return explained


@njit
def _kolmogorov(scaled):  # type: ignore[no-untyped-def]
    """Upper tail of the Kolmogorov distribution."""
    if scaled < _SMALLEST_KOLMOGOROV:
        return 1.0
    total, sign = 0.0, 2.0
    for term in range(1, _KOLMOGOROV_TERMS + 1):
        total += sign * math.exp(-2.0 * (scaled * term) ** 2)
        sign = -sign
    return min(max(total, 0.0), 1.0)

"""Stretches of a chromosome in which all loci are shifted together: segmentation of the effect along the genome.

Circular binary segmentation (Olshen et al. 2004) of the effects in order of position, with a fixed threshold in place
of permutations; then every segment is held against the rest of the genome. Written out in numpy: the packages that
segment (ruptures) need scipy, which the checks of a server's result do without.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

#: A stretch begins and ends where the mean changes by so many standard errors; chance reaches 5.3 in 1,500 values.
BREAK_Z = 6.0
#: Of a shifted stretch: loci, size in log2 units (one copy more beside three), share of its loci on that side of the
#: rest's median, and standard errors of the rank sum.
MIN_LOCI, MIN_SHIFT, MIN_SAME_SIDE, MIN_RANK_Z = 10, 0.4, 0.75, 4.0
#: A longer chromosome is averaged to so many values before it is cut.
_VALUES_A_CHROMOSOME = 1500
_SHORTEST = 5
_ROWS = 256


@dataclass(frozen=True)
class Shift:
    """A shifted stretch.

    Attributes
    ----------
    chrom, start, end
        0-based, half-open.
    size : float
        Median effect within minus that of the rest of the genome.
    same_side : float
        Share of its loci on that side of the rest's median.
    n_loci : int
    """

    chrom: str
    start: int
    end: int
    size: float
    same_side: float
    n_loci: int


def find_shifts(loci: pd.DataFrame, effect: str) -> list[Shift]:
    """The shifted stretches of a genome.

    Parameters
    ----------
    loci : DataFrame
        ``chrom chromStart chromEnd`` and `effect`: all tested loci, one row each, significant or not.
    effect : str
        Column of the effect, such as log2 fold changes.

    Returns
    -------
    list of Shift
        By chromosome and position; neighbours that shift one way are joined.
    """
    ordered = loci.sort_values(["chrom", "chromStart"], ignore_index=True)
    values = ordered[effect].to_numpy(float)
    if len(values) < 2 * MIN_LOCI:
        return []
    ranks = pd.Series(values).rank().to_numpy()
    joined: list[tuple[int, int, int]] = []
    for begin, stop in _stretches(ordered, values):
        sign = _sign(values, ranks, begin, stop)
        follows = joined and joined[-1][1:] == (begin, sign)
        if sign and follows and ordered["chrom"].iloc[begin] == ordered["chrom"].iloc[begin - 1]:
            joined[-1] = (joined[-1][0], stop, sign)
        elif sign:
            joined.append((begin, stop, sign))
    return [_shift(ordered, values, begin, stop) for begin, stop, _ in joined]


def segment_medians(loci: pd.DataFrame, effect: str) -> pd.DataFrame:
    """All stretches of a genome, shifted or not.

    Parameters
    ----------
    loci, effect
        As of `find_shifts`.

    Returns
    -------
    DataFrame
        ``chrom start end`` (0-based, half-open) and ``median`` of the effect.
    """
    ordered = loci.dropna(subset=[effect]).sort_values(["chrom", "chromStart"], ignore_index=True)
    values = ordered[effect].to_numpy(float)
    rows = [
        (
            ordered["chrom"].iloc[begin],
            int(ordered["chromStart"].iloc[begin]),
            int(ordered["chromEnd"].iloc[begin:stop].max()),
            float(np.median(values[begin:stop])),
        )
        for begin, stop in _stretches(ordered, values)
    ]
    return pd.DataFrame(rows, columns=["chrom", "start", "end", "median"])


def _stretches(ordered: pd.DataFrame, values: np.ndarray) -> Iterator[tuple[int, int]]:
    """First and one past the last row of each stretch, chromosome by chromosome."""
    if not len(values):
        return
    low, high = np.percentile(values, (1, 99))
    capped = np.clip(values, low, high)
    chrom = pd.factorize(ordered["chrom"])[0]
    # Differences of neighbours know the noise and nothing of the shifts.
    steps = np.diff(capped)[np.diff(chrom) == 0]
    noise = float(np.sqrt(np.mean(steps**2) / 2)) if len(steps) else 0.0
    for first, last in pairwise(np.flatnonzero(np.diff(chrom, prepend=-1, append=-1))):
        for begin, stop in _cut(capped[first:last], noise):
            yield first + begin, first + stop


def _against_rest(values: np.ndarray, begin: int, stop: int) -> tuple[float, float]:
    """How far a stretch's median lies from that of all other values, and the share of its values on that side."""
    middle = float(np.median(np.concatenate([values[:begin], values[stop:]])))
    inside = values[begin:stop]
    size = float(np.median(inside)) - middle
    return size, float((np.sign(size) * (inside - middle) > 0).mean())


def _sign(values: np.ndarray, ranks: np.ndarray, begin: int, stop: int) -> int:
    """1 or -1 for a stretch that is shifted, 0 for another."""
    n, total = stop - begin, len(values)
    if n < MIN_LOCI or total - n < MIN_LOCI:
        return 0
    size, same_side = _against_rest(values, begin, stop)
    sign = 1 if size > 0 else -1
    rank_z = sign * (ranks[begin:stop].mean() - (total + 1) / 2) / np.sqrt((total + 1) * (total - n) / (12 * n))
    return sign if abs(size) >= MIN_SHIFT and same_side >= MIN_SAME_SIDE and rank_z >= MIN_RANK_Z else 0


def _shift(ordered: pd.DataFrame, values: np.ndarray, begin: int, stop: int) -> Shift:
    size, same_side = _against_rest(values, begin, stop)
    return Shift(
        chrom=str(ordered["chrom"].iloc[begin]),
        start=int(ordered["chromStart"].iloc[begin]),
        end=int(ordered["chromEnd"].iloc[begin:stop].max()),
        size=size,
        same_side=same_side,
        n_loci=stop - begin,
    )


def _cut(values: np.ndarray, noise: float) -> Iterator[tuple[int, int]]:
    """First and one past the last value of each stretch of a chromosome, in order."""
    if len(values) < 2 * _SHORTEST or noise == 0:
        yield 0, len(values)
        return
    size = -(-len(values) // _VALUES_A_CHROMOSOME)
    starts = np.arange(0, len(values), size)
    lengths = np.diff(np.append(starts, len(values)))
    means = np.add.reduceat(values, starts) / lengths
    breaks = sorted({0, len(starts), *_breaks(means, noise / np.sqrt(size), 0)})
    for begin, stop in pairwise(breaks):
        yield int(starts[begin]), int(starts[stop]) if stop < len(starts) else len(values)


def _breaks(values: np.ndarray, noise: float, offset: int) -> Iterator[int]:
    """Where the mean changes: the arc that differs most from what is around it, and so on within the parts."""
    begin, stop, z = _best_arc(values, noise)
    if z < BREAK_Z:
        return
    parts = sorted({0, begin, stop, len(values)})
    yield from (offset + one for one in parts[1:-1])
    for first, last in pairwise(parts):
        if last - first >= 2 * _SHORTEST:
            yield from _breaks(values[first:last], noise, offset + first)


def _best_arc(values: np.ndarray, noise: float) -> tuple[int, int, float]:
    """The stretch whose mean differs most from that of all values, in standard errors."""
    n = len(values)
    sums = np.concatenate([[0.0], np.cumsum(values - values.mean())])
    best = (0, n, 0.0)
    stops = np.arange(n + 1)
    for row in range(0, n, _ROWS):
        begins = np.arange(row, min(row + _ROWS, n))[:, None]
        length = stops[None, :] - begins
        usable = (length >= _SHORTEST) & (n - length >= _SHORTEST)
        with np.errstate(divide="ignore", invalid="ignore"):
            z = np.abs(sums[None, :] - sums[begins]) / (noise * np.sqrt(length * (1 - length / n)))
        z = np.where(usable, z, 0.0)
        at = int(z.argmax())
        if z.flat[at] > best[2]:
            best = (int(begins[at // (n + 1), 0]), at % (n + 1), float(z.flat[at]))
    return best

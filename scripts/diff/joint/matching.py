"""Which region of one comparison is which of another: by the bases they share. Arrays alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..analysis import POSITION


@dataclass(frozen=True)
class Match:
    """Regions of two comparisons beside each other, by row.

    Attributes
    ----------
    first, second : ndarray of int, shape (pairs,)
        Rows that are each other's best: no row stands in two pairs.
    best_in_second, best_in_first : ndarray of int, shape (regions,)
        For each row of the one, the row of the other that shares most bases with it (of equals the first along the
        genome); -1 where none shares any.
    partners_first, partners_second : ndarray of int, shape (regions,)
        How many rows of the other share a base with it.
    """

    first: np.ndarray
    second: np.ndarray
    best_in_second: np.ndarray
    best_in_first: np.ndarray
    partners_first: np.ndarray
    partners_second: np.ndarray


def match_regions(first: pd.DataFrame, second: pd.DataFrame) -> Match:
    """Match the regions of two comparisons.

    Parameters
    ----------
    first, second : DataFrame
        ``chrom``, ``chromStart``, ``chromEnd`` (0-based, half-open: regions that abut share no base), in any order;
        quickest along the genome.
    """
    rows, others, shared = overlapping_pairs(first, second)
    in_second = _best(rows, others, shared, second["chromStart"].to_numpy(), len(first))
    in_first = _best(others, rows, shared, first["chromStart"].to_numpy(), len(second))
    mine = np.flatnonzero(in_second >= 0)
    mutual = mine[in_first[in_second[mine]] == mine]
    return Match(
        mutual,
        in_second[mutual],
        in_second,
        in_first,
        np.bincount(rows, minlength=len(first)),
        np.bincount(others, minlength=len(second)),
    )


def overlapping_pairs(first: pd.DataFrame, second: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every pair of rows that share a base, and how many bases; parameters as for `match_regions`."""
    if first.empty or second.empty:
        nothing = np.empty(0, dtype=np.int64)
        return nothing, nothing, nothing
    together = pd.concat([first[list(POSITION)], second[list(POSITION)]], ignore_index=True)
    # Every chromosome lifted above the one before: positions of all of them on one line.
    lift = pd.factorize(together["chrom"], sort=True)[0].astype(np.int64) * (int(together["chromEnd"].max()) + 1)
    starts, ends = together["chromStart"].to_numpy() + lift, together["chromEnd"].to_numpy() + lift
    n = len(first)
    # Of two regions that share a base, one begins inside the other; where both begin at once it is counted once.
    rows_a, others_a = _beginning_inside(starts[:n], ends[:n], starts[n:], from_start=True)
    others_b, rows_b = _beginning_inside(starts[n:], ends[n:], starts[:n], from_start=False)
    rows, others = np.concatenate([rows_a, rows_b]), np.concatenate([others_a, others_b])
    shared = np.minimum(ends[rows], ends[n + others]) - np.maximum(starts[rows], starts[n + others])
    real = shared > 0
    return rows[real], others[real], shared[real]


def _beginning_inside(
    starts: np.ndarray, ends: np.ndarray, places: np.ndarray, *, from_start: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of intervals, and of places inside them; `from_start` counts a place at the very start."""
    order = np.argsort(places, kind="stable")
    low = np.searchsorted(places[order], starts, side="left" if from_start else "right")
    high = np.maximum(np.searchsorted(places[order], ends, side="left"), low)
    count = high - low
    rows = np.repeat(np.arange(len(starts)), count)
    steps = np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
    return rows, order[np.repeat(low, count) + steps]


def _best(rows: np.ndarray, others: np.ndarray, shared: np.ndarray, starts: np.ndarray, size: int) -> np.ndarray:
    order = np.lexsort((starts[others], -shared, rows))
    first = np.ones(len(order), dtype=bool)
    first[1:] = rows[order][1:] != rows[order][:-1]
    best = np.full(size, -1, dtype=np.int64)
    best[rows[order][first]] = others[order][first]
    return best

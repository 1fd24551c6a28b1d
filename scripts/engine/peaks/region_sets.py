"""What a row of the result is: a fragment of peaks, as on the server, or a whole locus."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ...common.errors import InputError
from .segments import segment_peaks

FRAGMENTS, LOCI, CONSENSUS = REGION_SETS = ("fragments", "loci", "consensus")


def make_regions(peaks: Sequence[pd.DataFrame], kind: str = FRAGMENTS, min_experiments: int = 2) -> pd.DataFrame:
    """Regions to count, from the peaks of all experiments.

    Parameters
    ----------
    peaks : sequence of DataFrame
        One per experiment, ``chrom start end`` (0-based half-open).
    kind : {"fragments", "loci", "consensus"}
        ``fragments``: the union of all peaks, cut at every peak edge (the service's). ``loci``: peaks that overlap or
        touch, of whichever experiments, joined. ``consensus``: the loci that hold a peak of at least `min_experiments`
        experiments.

    Returns
    -------
    DataFrame
        ``chrom start end``, as `segment_peaks` sorts them.

    Raises
    ------
    InputError
        No experiment has a peak, or no locus is in so many experiments.
    """
    fragments = segment_peaks(peaks)
    if fragments.empty:
        raise InputError(f"None of the {len(peaks)} experiments has a peak: there is no region to compare.")
    if kind == FRAGMENTS:
        return fragments
    loci = _joined(fragments)
    if kind == LOCI:
        return loci
    kept = loci[experiments_with_peak(loci, peaks) >= min_experiments].reset_index(drop=True)
    if kept.empty:
        raise InputError(
            f"No locus has a peak in {min_experiments} of the {len(peaks)} experiments. Lower min_experiments, or take "
            "regions='loci'."
        )
    return kept


def experiments_with_peak(loci: pd.DataFrame, peaks: Sequence[pd.DataFrame]) -> np.ndarray:
    """How many experiments have a peak in each locus: ndarray of int, shape (n_loci,)."""
    found = np.zeros(len(loci), dtype=np.int64)
    rows_of = loci.groupby("chrom", sort=False).indices
    for frame in peaks:
        there = np.zeros(len(loci), dtype=bool)
        for chrom, rows in frame.groupby("chrom", sort=False).indices.items():
            mine = rows_of[chrom]
            # Every peak lies within one locus: the last that starts at or before it.
            starts = frame["start"].to_numpy()[rows]
            there[mine[np.searchsorted(loci["start"].to_numpy()[mine], starts, side="right") - 1]] = True
        found += there
    return found


def _joined(fragments: pd.DataFrame) -> pd.DataFrame:
    """Fragments that touch, joined."""
    chrom, start, end = (fragments[name].to_numpy() for name in ("chrom", "start", "end"))
    opens = np.append(True, (chrom[1:] != chrom[:-1]) | (start[1:] > end[:-1]))
    closes = np.append(opens[1:], True)
    return pd.DataFrame({"chrom": chrom[opens], "start": start[opens], "end": end[closes]})

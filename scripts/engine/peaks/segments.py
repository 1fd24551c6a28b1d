"""Regions of a comparison: the union of all experiments' peaks, cut at every peak edge."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ...common.errors import InputError

#: A factor that keeps contigs apart on one axis: bigger than any contig, small enough for 64 bits to hold thousands.
_CONTIG_STRIDE = 1 << 32


def segment_peaks(peaks: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Cut the union of several experiments' peaks wherever the set of experiments with a peak changes.

    What ``bedtools multiinter`` gives (compared with 2.30.0): peaks of one experiment that overlap or touch are one
    peak, as multiinter cuts only where the set of files with a peak changes; then every start and end of any
    experiment is a cut. Segments that no peak covers are left out.

    Parameters
    ----------
    peaks : sequence of DataFrame
        One per experiment, columns ``chrom start end`` (0-based half-open), in any order.

    Returns
    -------
    DataFrame
        ``chrom start end``, sorted by chromosome name (as bytes) and start; touching fragments stay apart.

    Raises
    ------
    InputError
        A peak that ends at or before its start, or starts below 0.
    """
    frames = [frame[["chrom", "start", "end"]] for frame in peaks]
    if not sum(map(len, frames)):
        return pd.DataFrame({"chrom": pd.Series(dtype=str), "start": np.empty(0, int), "end": np.empty(0, int)})
    together = pd.concat(frames, ignore_index=True)
    _check(together)
    names, contig = np.unique(together["chrom"].to_numpy(dtype=str), return_inverse=True)
    experiment = np.repeat(np.arange(len(frames)), [len(frame) for frame in frames])
    starts = contig * _CONTIG_STRIDE + together["start"].to_numpy(dtype=np.int64)
    ends = contig * _CONTIG_STRIDE + together["end"].to_numpy(dtype=np.int64)
    starts, ends = _merge(experiment, starts, ends)

    edges, position = np.unique(np.concatenate([starts, ends]), return_inverse=True)
    change = np.repeat([1, -1], len(starts))
    depth = np.cumsum(np.bincount(position, weights=change))
    covered = np.flatnonzero(depth[:-1] > 0)
    left, right = edges[covered], edges[covered + 1]
    return pd.DataFrame(
        {"chrom": names[left // _CONTIG_STRIDE], "start": left % _CONTIG_STRIDE, "end": right % _CONTIG_STRIDE}
    )


def _merge(experiment: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Merge intervals of one experiment that overlap or touch."""
    order = np.lexsort((ends, starts, experiment))
    experiment, starts, ends = experiment[order], starts[order], ends[order]
    # An experiment's intervals lie beyond all of the one before, so that one running maximum serves them all.
    offset = experiment * (int(ends.max()) + 1)
    reach = np.maximum.accumulate(ends + offset)
    opens = np.ones(len(starts), dtype=bool)
    opens[1:] = starts[1:] + offset[1:] > reach[:-1]
    first = np.flatnonzero(opens)
    last = np.append(first[1:], len(starts)) - 1
    return starts[first], reach[last] - offset[last]


def _check(peaks: pd.DataFrame) -> None:
    wrong = peaks[(peaks["end"] <= peaks["start"]) | (peaks["start"] < 0)]
    if len(wrong):
        chrom, start, end = wrong.iloc[0]
        raise InputError(
            f"{len(wrong):,} of {len(peaks):,} peaks have no length or start below 0: {chrom}:{start}-{end}.\n"
            "A BED interval starts at 0 or later and ends after its start."
        )

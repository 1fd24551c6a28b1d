"""Coverage in regions to read counts, the way ChIP-Atlas counts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scripts.shared.errors import InputError


def count_coverage(regions: pd.DataFrame, records: pd.DataFrame, scale: float, read_length: float) -> np.ndarray:
    """Estimate the reads of one experiment in each region from its coverage.

    Every record that overlaps a region counts **whole**, also where it reaches beyond (the service intersects with
    ``bedtools intersect -wa -wb`` and sums the records it is given)::

        count = int((sum(length * value) / scale + 0.5) / read_length) + 1

    and 0 for a region without any record.

    Parameters
    ----------
    regions : DataFrame of shape (n_regions, 3 or more)
        ``chrom start end``, 0-based half-open, in any order.
    records : DataFrame of shape (n_records, 4)
        ``chrom start end value`` of one bigWig: each contig's records sorted and without overlap.
    scale : float
        Value that one read gives (reads per million: 1e6 / usable reads); 1 for coverage in reads.
    read_length : float
        Bases a read.

    Returns
    -------
    ndarray of int64, shape (n_regions,)

    Raises
    ------
    InputError
        `scale` or `read_length` is not above 0, or the records overlap or are unsorted.
    """
    if not (scale > 0 and read_length > 0):
        raise InputError(f"scale ({scale}) and read length ({read_length}) must be above 0.")
    counts = np.zeros(len(regions), dtype=np.int64)
    rows_of = records.groupby("chrom", sort=False).indices
    for chrom, wanted in regions.groupby("chrom", sort=False).indices.items():
        if chrom not in rows_of:
            continue
        rows = rows_of[chrom]
        starts, ends = records["start"].to_numpy()[rows], records["end"].to_numpy()[rows]
        if (starts[1:] < ends[:-1]).any():
            raise InputError(f"Coverage records of {chrom} overlap or are not sorted; a bigWig's never do.")
        bases = (ends - starts) * records["value"].to_numpy()[rows]
        first = np.searchsorted(ends, regions["start"].to_numpy()[wanted], side="right")
        stop = np.searchsorted(starts, regions["end"].to_numpy()[wanted], side="left")
        counts[wanted] = _count(bases, first, stop, scale, read_length)
    return counts


def _count(bases: np.ndarray, first: np.ndarray, stop: np.ndarray, scale: float, read_length: float) -> np.ndarray:
    """Counts from the sums of ``bases[first:stop]``, one per region."""
    # reduceat sums each slice on its own: differences of one long running sum would lose the low digits that decide
    # on which side of a whole number a count falls.
    edges = np.column_stack([first, np.maximum(stop, first)]).ravel()
    sums = np.add.reduceat(np.append(bases, 0.0), edges)[::2] if len(edges) else np.empty(0)
    counted = ((sums / scale + 0.5) / read_length).astype(np.int64) + 1
    return np.where(stop > first, counted, 0)

"""Which intervals overlap any of some others."""

from __future__ import annotations

import numpy as np
import pandas as pd


def overlapping(regions: pd.DataFrame, others: pd.DataFrame) -> pd.Series:
    """For each region, whether it shares a base with any of the others.

    Parameters
    ----------
    regions, others : DataFrame
        ``chrom``, ``chromStart``, ``chromEnd`` (0-based, half-open), in any order; `others` may overlap each other.

    Returns
    -------
    Series of bool
        Indexed as `regions`.
    """
    found = np.zeros(len(regions), dtype=bool)
    starts, ends = regions["chromStart"].to_numpy(), regions["chromEnd"].to_numpy()
    rows_of = regions.groupby("chrom").indices if len(others) else {}
    for chrom, on_chrom in others.sort_values("chromStart").groupby("chrom"):
        rows = rows_of.get(chrom)
        if rows is None:
            continue
        # The first whose end lies beyond a region's start; of all such it starts first.
        reach = np.maximum.accumulate(on_chrom["chromEnd"].to_numpy())
        first = np.searchsorted(reach, starts[rows], side="right")
        start = np.append(on_chrom["chromStart"].to_numpy(), np.iinfo(np.int64).max)[first]
        found[rows] = start < ends[rows]
    return pd.Series(found, index=regions.index)

"""Fragments of one peak: regions that overlap, abut or all but abut are one locus."""

from __future__ import annotations

import numpy as np
import pandas as pd

#: Gaps up to this size (bp) do not part a locus: a fragment under 10 bp may have been filtered out between two others.
MAX_GAP = 10


def label_loci(regions: pd.DataFrame, max_gap: int = MAX_GAP) -> np.ndarray:
    """Number the locus of each region.

    The service cuts overlapping peaks at every edge, so one binding site comes as several abutting regions.

    Parameters
    ----------
    regions : DataFrame
        ``chrom``, ``chromStart``, ``chromEnd`` (0-based, half-open), in any order.
    max_gap : int
        Gaps up to this size (bp) do not part a locus; 0 joins what abuts, -1 only what shares a base.

    Returns
    -------
    ndarray of int, shape (regions,)
        Equal for regions of one locus; numbered from 0 along the genome (chromosomes in text order).
    """
    if regions.empty:
        return np.empty(0, dtype=int)
    chrom = pd.factorize(regions["chrom"], sort=True)[0]
    start = regions["chromStart"].to_numpy()
    end = regions["chromEnd"].to_numpy()
    order = np.lexsort((end, start, chrom))
    # A running maximum of the ends that starts anew on each chromosome: lift every chromosome above the one before.
    lift = chrom[order].astype(np.int64) * (int(end.max()) + 1)
    reach = np.maximum.accumulate(end[order] + lift)
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = (start[order][1:] + lift[1:] > reach[:-1] + max_gap) | (chrom[order][1:] != chrom[order][:-1])
    labels = np.empty(len(order), dtype=int)
    labels[order] = np.cumsum(begins) - 1
    return labels


def one_per_locus(
    regions: pd.DataFrame, chosen: pd.Series | None = None, labels: np.ndarray | None = None
) -> pd.DataFrame:
    """The first row of each locus in the given order: the most significant one of a sorted table.

    Parameters
    ----------
    chosen : Series of bool, optional
        Which rows may stand for their locus; loci are drawn from all rows all the same, so that a fragment that is not
        chosen still joins its two neighbours.
    labels : ndarray, optional
        What `label_loci` says of `regions`, when it is known.
    """
    locus = pd.Series(label_loci(regions) if labels is None else labels, index=regions.index)
    if chosen is not None:
        locus, regions = locus[chosen], regions[chosen]
    return regions[~locus.duplicated()]


def widest_of_locus(regions: pd.DataFrame, labels: np.ndarray | None = None) -> pd.DataFrame:
    """The widest row of each locus (ties: the first on the chromosome): chosen without regard to the result.

    Pieces of one peak come out alike; a test that takes what it counts as independent wants one of them.
    """
    width = (regions["chromEnd"] - regions["chromStart"]).to_numpy()
    order = np.lexsort((regions["chromStart"].to_numpy(), -width))
    locus = pd.Series((label_loci(regions) if labels is None else labels)[order])
    return regions.iloc[order[~locus.duplicated().to_numpy()]]


def merge_loci(regions: pd.DataFrame, effect: str) -> pd.DataFrame:
    """One row per locus, with its best region.

    Parameters
    ----------
    regions : DataFrame
        Parsed regions, sorted by significance.
    effect : str
        Column of the effect.

    Returns
    -------
    DataFrame
        ``chrom chromStart chromEnd`` of the locus (0-based, half-open); ``n_regions``, ``n_significant``,
        ``n_significant_a``, ``n_significant_b``; then ``best_chromStart best_chromEnd``, the effect, ``pvalue``,
        ``qvalue``, ``direction`` and ``significant`` of the region with the smallest q-value. In the order of
        `regions`.
    """
    significant = regions["significant"].to_numpy(bool)
    grouped = regions.assign(
        locus=label_loci(regions),
        in_a=significant & (regions["direction"] == "A_enriched").to_numpy(),
        in_b=significant & (regions["direction"] == "B_enriched").to_numpy(),
    ).groupby("locus", sort=False)
    extent = grouped.agg(
        chrom=("chrom", "first"),
        chromStart=("chromStart", "min"),
        chromEnd=("chromEnd", "max"),
        n_regions=("chrom", "size"),
        n_significant=("significant", "sum"),
        n_significant_a=("in_a", "sum"),
        n_significant_b=("in_b", "sum"),
    )
    best = grouped[["chromStart", "chromEnd", effect, "pvalue", "qvalue", "direction", "significant"]].head(1)
    best = best.rename(columns={"chromStart": "best_chromStart", "chromEnd": "best_chromEnd"})
    return pd.concat([extent.reset_index(drop=True), best.reset_index(drop=True)], axis=1)


def called_counts(regions: pd.DataFrame, significant: pd.Series) -> dict[str, int]:
    """Numbers of significant regions: ``significant``, ``higher_a``, ``higher_b``, and their ``loci``."""
    direction = regions.loc[significant, "direction"]
    return {
        "significant": int(significant.sum()),
        "higher_a": int((direction == "A_enriched").sum()),
        "higher_b": int((direction == "B_enriched").sum()),
        "loci": len(one_per_locus(regions, significant)),
    }

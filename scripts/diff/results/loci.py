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
    labels = label_loci(regions)
    order = np.argsort(labels, kind="stable")
    begins = np.flatnonzero(np.diff(labels[order], prepend=-1))
    # Loci in the order of their best regions, which is that of `regions`.
    rank = np.argsort(order[begins])
    best = order[begins][rank]
    significant = regions["significant"].to_numpy(bool)
    direction = regions["direction"].to_numpy()

    def counted(chosen: np.ndarray) -> np.ndarray:
        return np.bincount(labels[chosen], minlength=len(begins))[rank]

    def reduced(how: np.ufunc, column: str) -> np.ndarray:
        values: np.ndarray = how.reduceat(regions[column].to_numpy()[order], begins)
        return values[rank]

    # Column by column: a frame of some of a frame's columns would be a copy of all their rows.
    return pd.DataFrame(
        {
            "chrom": regions["chrom"].array[best],
            "chromStart": reduced(np.minimum, "chromStart"),
            "chromEnd": reduced(np.maximum, "chromEnd"),
            "n_regions": np.diff(begins, append=len(order))[rank],
            "n_significant": counted(significant),
            "n_significant_a": counted(significant & (direction == "A_enriched")),
            "n_significant_b": counted(significant & (direction == "B_enriched")),
            "best_chromStart": regions["chromStart"].array[best],
            "best_chromEnd": regions["chromEnd"].array[best],
            **{name: regions[name].array[best] for name in (effect, "pvalue", "qvalue", "direction", "significant")},
        },
        copy=False,
    )


def called_counts(regions: pd.DataFrame, significant: pd.Series) -> dict[str, int]:
    """Numbers of significant regions: ``significant``, ``higher_a``, ``higher_b``, and their ``loci``."""
    direction = regions.loc[significant, "direction"]
    return {
        "significant": int(significant.sum()),
        "higher_a": int((direction == "A_enriched").sum()),
        "higher_b": int((direction == "B_enriched").sum()),
        "loci": len(one_per_locus(regions, significant)),
    }

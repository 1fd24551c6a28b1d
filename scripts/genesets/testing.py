"""Two tests of a gene set: on genes, and on regions. Sets, arrays and counts in, frames out.

The gene test asks whether more of the chosen genes are in the set than of all genes that could have been chosen. Where
a gene is chosen because one of its regions is significant, genes of many regions are chosen more often, whatever they
do, and sets of such genes come out. The region test asks whether more of the significant regions lie in the set's
domains than of all tested ones: long genes hold more of both.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from ..common.errors import InputError
from ..common.requirements import GENE_SETS, not_installed
from ..common.statistics import benjamini_hochberg
from .gmt import Key

#: Added to each of the four counts of an odds ratio (Haldane and Anscombe), as gseapy does: none is 0 or infinite.
_HALF = 0.5


def require_gseapy() -> None:
    """Raise `MissingExtraError` where gseapy is not installed."""
    try:
        import gseapy.stats  # noqa: F401
    except ImportError as error:
        raise not_installed("Enrichment of gene sets", error.name, GENE_SETS) from error


def gene_test(
    sets: Mapping[Key, Collection[str]], selected: Collection[str], background: Collection[str]
) -> pd.DataFrame:
    """Test each set for more of the selected genes than chance puts there (hypergeometric, one-sided).

    Parameters
    ----------
    sets : mapping of (library, name) to genes
    selected : collection of str
        Genes that were chosen; those outside the background are left out.
    background : collection of str
        All genes that could have been.

    Returns
    -------
    DataFrame
        In the order of `sets`: ``genes_hit``, ``genes_selected``, ``genes_in_set`` and
        ``genes_background`` (numbers; all within the background), ``fold_enrichment`` (share of the selected over
        share of the background), ``odds_ratio`` (a half added to each of its four counts), ``pvalue`` (that so many or
        more are hit). Missing where nothing is selected or no gene of the set is in the background.
    """
    from gseapy.stats import calc_pvalues

    every = set(background)
    chosen = set(selected) & every
    members = {number: set(genes) & every for number, genes in enumerate(sets.values())}
    count = len(members)
    in_set = np.fromiter(map(len, members.values()), dtype=np.int64, count=count)
    hit, pvalue = np.zeros(count, dtype=np.int64), np.ones(count)
    tested = calc_pvalues(chosen, members, every) if chosen and every else ()
    # It leaves out the sets of which no gene is selected: their p is 1, and they count among the tests all the same.
    for number, p, _, overlap, *_ in zip(*tested, strict=True):
        hit[number], pvalue[number] = overlap, p
    possible = (in_set > 0) & bool(chosen)
    a, b, c = hit + _HALF, in_set - hit + _HALF, len(chosen) - hit + _HALF
    d = len(every) - len(chosen) - in_set + hit + _HALF
    return pd.DataFrame(
        {
            "genes_hit": hit,
            "genes_selected": len(chosen),
            "genes_in_set": in_set,
            "genes_background": len(every),
            "fold_enrichment": fold_enrichment(hit, len(chosen), in_set, len(every)),
            "odds_ratio": np.where(possible, a * d / (b * c), np.nan),
            "pvalue": np.where(possible, pvalue, np.nan),
        }
    )


def region_test(hit: np.ndarray, selected: int, in_set: np.ndarray, background: int) -> pd.DataFrame:
    """Test each set for more significant regions in its domains than the share of all tested regions there.

    Parameters
    ----------
    hit : array (S,) of int
        Significant regions in the domains of each set.
    selected : int
        Significant regions.
    in_set : array (S,) of int
        Tested regions in the domains of each set.
    background : int
        Tested regions.

    Returns
    -------
    DataFrame
        ``regions_hit``, ``regions_selected``, ``regions_in_set``, ``regions_background``, ``region_fold_enrichment``,
        ``region_pvalue`` (binomial with the share of the tested regions, one-sided) and ``region_exact_pvalue``
        (hypergeometric, one-sided). Significant regions are drawn from the tested ones and not put back, so that the
        hypergeometric test is exact; the binomial is near it where few of the tested are significant, and has too large
        p-values where many are.
    """
    from scipy.stats import binom, hypergeom

    possible = (in_set > 0) & (selected > 0)
    share = in_set / max(background, 1)
    return pd.DataFrame(
        {
            "regions_hit": hit,
            "regions_selected": selected,
            "regions_in_set": in_set,
            "regions_background": background,
            "region_fold_enrichment": fold_enrichment(hit, selected, in_set, background),
            "region_pvalue": np.where(possible, binom.sf(hit - 1, selected, share), np.nan),
            "region_exact_pvalue": np.where(possible, hypergeom.sf(hit - 1, background, in_set, selected), np.nan),
        }
    )


def fold_enrichment(hit: np.ndarray, selected: int, in_set: np.ndarray, background: int) -> np.ndarray:
    """Share of the selected over share of the background; missing where either cannot be."""
    with np.errstate(divide="ignore", invalid="ignore"):
        fold = hit / np.float64(selected) / (in_set / np.float64(background))
    return np.where((in_set > 0) & (selected > 0), fold, np.nan)


def with_qvalues(table: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """The table with false discovery rates (Benjamini-Hochberg over all rows that have a p-value), by column name."""
    for pvalue, qvalue in columns.items():
        known = table[pvalue].notna().to_numpy()
        table[qvalue] = np.nan
        table.loc[known, qvalue] = benjamini_hochberg(table.loc[known, pvalue].to_numpy(float))
    return table


def sets_of_size(
    sets: Mapping[Key, Collection[str]], background: Collection[str], min_size: int, max_size: int
) -> tuple[dict[Key, frozenset[str]], int, int]:
    """The sets with so many genes in the background, as far as they are in it; how many are smaller, and larger.

    Raises
    ------
    InputError
        None has.
    """
    every = frozenset(background)
    within = {name: every.intersection(genes) for name, genes in sets.items()}
    small = sum(len(genes) < min_size for genes in within.values())
    large = sum(len(genes) > max_size for genes in within.values())
    kept = {name: genes for name, genes in within.items() if min_size <= len(genes) <= max_size}
    if not kept:
        most = max(map(len, within.values()), default=0)
        raise InputError(
            f"No gene set has {min_size:,} to {max_size:,} genes among the {len(every):,} that could be chosen (the "
            f"largest has {most:,}).\nSet min_size or max_size, give other gene sets, or another rule."
        )
    return kept, small, large

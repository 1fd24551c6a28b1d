"""Differentially methylated regions from CpG methylation: metilene's published method (Juehling et al. 2016).

Our own implementation, after the paper's description and the results of metilene 3.1 on reference data: segmentation in
`methylation_segments`, the two tests in `region_tests`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ...common.errors import InputError

#: metilene's default: a wider gap between CpGs ends a region.
MAXIMUM_GAP = 300
#: Share of a group's samples that must have measured a CpG for it to take part: metilene's default. Rounded down here,
#: so that two of three are enough.
MEASURED_SHARE = (4, 5)

COLUMNS = [
    "chrom",
    "start",
    "end",
    "qvalue",
    "mean_difference",
    "n_cpgs",
    "p_mwu",
    "p_2dks",
    "mean_a",
    "mean_b",
]


def find_dmrs(methylation: pd.DataFrame, groups: Sequence[str]) -> pd.DataFrame:
    """Find regions that are methylated differently in groups A and B.

    CpGs are cut into pieces at gaps over 300 bases. A piece is cut further, and each part again, at the window whose
    mean difference stands out most, as long as that makes a two-dimensional Kolmogorov-Smirnov p-value smaller or
    removes a valley (a stretch of 10 CpGs with less than 0.7 of the segment's mean difference) or a change of
    direction. Given are the segments of at least 10 CpGs, a mean difference of at least 0.1 and one direction.

    Missing values: a CpG takes part when at least four fifths of each group's samples (rounded down, at least one)
    measured it. What it still lacks is left out of means and tests. metilene draws it from a beta distribution
    instead, which makes results depend on a random seed and p-values rest on values that nobody measured.

    Parameters
    ----------
    methylation : DataFrame of shape (n_cpgs, 2 + n_samples)
        ``chrom``, ``pos`` (1-based), then one column per sample: methylation from 0 to 1, NaN where unmeasured.
        Each contig's rows together and sorted by position, contigs in any order.
    groups : sequence of "A" and "B", one per sample

    Returns
    -------
    DataFrame
        ``chrom start end qvalue mean_difference n_cpgs p_mwu p_2dks mean_a mean_b``, 0-based half-open (start = first
        CpG - 1, end = last CpG), in the order of the contigs given. Means are over CpGs of the mean over samples,
        differences A - B. ``p_mwu`` is Mann-Whitney's over all values of the two groups, ``p_2dks`` the
        two-dimensional Kolmogorov-Smirnov test's over position and value (Fasano and Franceschini 1987), ``qvalue``
        min(1, p_2dks x number of segments), that is Bonferroni's, over all segments in which cutting ended.

    Raises
    ------
    InputError
        Groups and columns do not match, a group is empty, values outside 0..1, unsorted positions, or a contig whose
        rows do not stand together.
    """
    from .methylation_segments import levels, segment
    from .region_tests import Cpgs, mann_whitney

    table = methylation.reset_index(drop=True)
    values: np.ndarray = table.iloc[:, 2:].to_numpy(dtype=np.float64)
    positions: np.ndarray = table["pos"].to_numpy(dtype=np.int64)
    in_a = np.array(list(groups)) == "A"
    _check(values, list(groups))
    contigs: np.ndarray = pd.factorize(table["chrom"])[0]
    _check_order(table["chrom"], contigs, positions)

    kept = np.flatnonzero(_measured_enough(values[:, in_a]) & _measured_enough(values[:, ~in_a]))
    values, positions, contigs = np.ascontiguousarray(values[kept]), positions[kept], contigs[kept]
    mean_a, mean_b = _row_means(values[:, in_a]), _row_means(values[:, ~in_a])
    new_piece = np.ones(len(kept), dtype=bool)
    new_piece[1:] = (np.diff(positions) > MAXIMUM_GAP) | (np.diff(contigs) != 0)
    cpgs = Cpgs(positions, values, levels(values, np.cumsum(new_piece)), in_a)
    found = segment(cpgs, mean_a - mean_b, np.flatnonzero(new_piece))
    regions = pd.DataFrame(
        {
            "chrom": table["chrom"].to_numpy()[kept[found.first]],
            "start": positions[found.first] - 1,
            "end": positions[found.past - 1],
            "qvalue": np.minimum(1.0, found.p_2dks * found.ends),
            "mean_difference": _segment_means(mean_a - mean_b, found.first, found.past),
            "n_cpgs": found.past - found.first,
            "p_mwu": mann_whitney(cpgs, found.first, found.past),
            "p_2dks": found.p_2dks,
            "mean_a": _segment_means(mean_a, found.first, found.past),
            "mean_b": _segment_means(mean_b, found.first, found.past),
        }
    )
    return regions[COLUMNS]


def _measured_enough(values: np.ndarray) -> np.ndarray:
    part, whole = MEASURED_SHARE
    return np.isfinite(values).sum(axis=1) >= max(1, values.shape[1] * part // whole)


def _segment_means(values: np.ndarray, first: np.ndarray, past: np.ndarray) -> np.ndarray:
    total = np.concatenate([[0.0], np.cumsum(values)])
    return (total[past] - total[first]) / (past - first)


def _row_means(values: np.ndarray) -> np.ndarray:
    """Mean of each row's measured values, of which there is at least one."""
    measured = np.isfinite(values)
    return np.where(measured, values, 0.0).sum(axis=1) / measured.sum(axis=1)


def _check_order(chrom: pd.Series, contigs: np.ndarray, positions: np.ndarray) -> None:
    """Contigs in one stretch each, positions ascending within it; `contigs` are numbered by first appearance."""
    changes = np.flatnonzero(np.diff(contigs)) + 1
    returning = changes[contigs[changes] <= contigs[changes - 1]]
    if len(returning):
        row = int(returning[0])
        raise InputError(
            f"{chrom.iloc[row]} comes back in row {row + 1:,} of the CpG table, after another contig.\n"
            "Sort the table by contig and position."
        )
    if (positions[1:] <= positions[:-1])[contigs[1:] == contigs[:-1]].any():
        raise InputError("CpG positions must ascend within each contig, each position once.")


def _check(values: np.ndarray, groups: list[str]) -> None:
    if len(groups) != values.shape[1] or set(groups) != {"A", "B"}:
        raise InputError(
            f"{values.shape[1]} samples need as many group names, 'A' or 'B' and both of them; "
            f"got {', '.join(map(repr, groups)) or 'none'}."
        )
    measured = values[~np.isnan(values)]
    if len(measured) and (measured.min() < 0 or measured.max() > 1):
        raise InputError(
            f"Methylation must lie between 0 and 1; values run from {measured.min():g} to {measured.max():g}.\n"
            "Divide percentages by 100."
        )

"""Differentially methylated regions from CpG methylation: metilene's published method (Juehling et al. 2016).

Our own implementation, after the paper's description and the results of metilene 3.1 on reference data: segmentation in
`methylation_segments`, the two tests in `region_tests`.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import pandas as pd

from ...common.errors import InputError
from ..workers import default_workers
from .methylation_segments import levels, segment
from .region_tests import Cpgs, mann_whitney

#: metilene's default: a wider gap between CpGs ends a region.
MAXIMUM_GAP = 300
#: Share of a group's samples that must have measured a CpG for it to take part: metilene's default. Rounded down here,
#: so that two of three are enough.
MEASURED_SHARE = (4, 5)
#: CpGs that are worked on at a time by a thread: some 20 MB for ten samples.
_BLOCK_CPGS = 20_000

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


def find_dmrs(methylation: pd.DataFrame, groups: Sequence[str], workers: int | None = None) -> pd.DataFrame:
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
    workers : int, optional
        Threads at a time, `default_workers` when not given; the result does not depend on it.

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
    names = list(methylation.columns[2:])
    in_a = np.array(list(groups)) == "A"
    _check(methylation, names, list(groups))
    chrom, positions = methylation["chrom"], methylation["pos"].to_numpy(dtype=np.int64)
    codes = chrom.cat.codes.to_numpy() if isinstance(chrom.dtype, pd.CategoricalDtype) else pd.factorize(chrom)[0]
    _check_order(chrom, codes, positions)
    columns = [methylation[name].to_numpy() for name in names]

    def found_in(block: slice) -> _Found:
        values = np.column_stack([column[block] for column in columns]).astype(np.float64, copy=False)
        return _find(values, positions[block], codes[block], in_a)

    blocks = _blocks(codes, positions)
    with ThreadPoolExecutor(workers or default_workers()) as pool:
        # The first alone: it is the one that compiles, where that is still to be done.
        parts = [found_in(blocks[0]), *pool.map(found_in, blocks[1:])]
    regions = pd.concat([part.regions for part in parts], ignore_index=True)
    rows = np.concatenate([block.start + part.rows for block, part in zip(blocks, parts, strict=True)])
    regions["chrom"] = np.asarray(chrom.iloc[rows], dtype=object)
    regions["qvalue"] = np.minimum(1.0, regions["p_2dks"] * sum(part.ends for part in parts))
    return regions[COLUMNS]


class _Found(NamedTuple):
    """Regions of a block but for contig and q-value, the row of each one's first CpG, and the number of ends."""

    regions: pd.DataFrame
    rows: np.ndarray
    ends: int


def _find(values: np.ndarray, positions: np.ndarray, contigs: np.ndarray, in_a: np.ndarray) -> _Found:
    """Regions of some pieces: CpGs x samples."""
    kept = np.flatnonzero(_measured_enough(values[:, in_a]) & _measured_enough(values[:, ~in_a]))
    values, positions, contigs = np.ascontiguousarray(values[kept]), positions[kept], contigs[kept]
    mean_a, mean_b = _row_means(values[:, in_a]), _row_means(values[:, ~in_a])
    new_piece = np.ones(len(kept), dtype=bool)
    new_piece[1:] = _new_piece(contigs, positions)
    cpgs = Cpgs(positions, values, levels(values, np.cumsum(new_piece)), in_a)
    found = segment(cpgs, mean_a - mean_b, np.flatnonzero(new_piece))
    regions = pd.DataFrame(
        {
            "start": positions[found.first] - 1,
            "end": positions[found.past - 1],
            "mean_difference": _segment_means(mean_a - mean_b, found.first, found.past),
            "n_cpgs": found.past - found.first,
            "p_mwu": mann_whitney(cpgs, found.first, found.past),
            "p_2dks": found.p_2dks,
            "mean_a": _segment_means(mean_a, found.first, found.past),
            "mean_b": _segment_means(mean_b, found.first, found.past),
        }
    )
    return _Found(regions, kept[found.first], found.ends)


def _new_piece(contigs: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Whether each CpG but the first begins a piece."""
    return (np.diff(positions) > MAXIMUM_GAP) | (contigs[1:] != contigs[:-1])


def _blocks(contigs: np.ndarray, positions: np.ndarray) -> list[slice]:
    """Rows in blocks of some `_BLOCK_CPGS`, each of whole pieces; one block, empty, of none."""
    edges = [0]
    while edges[-1] + _BLOCK_CPGS < len(positions):
        # A CpG of few measurements may yet part pieces; it never joins them.
        at = edges[-1] + _BLOCK_CPGS
        while at < len(positions):
            some = slice(at - 1, at + _BLOCK_CPGS)
            begins = np.flatnonzero(_new_piece(contigs[some], positions[some]))
            if len(begins):
                break
            at += _BLOCK_CPGS
        else:
            break
        edges.append(at + int(begins[0]))
    return [slice(one, other) for one, other in itertools.pairwise([*edges, len(positions)])]


def _measured_enough(values: np.ndarray) -> np.ndarray:
    part, whole = MEASURED_SHARE
    return np.isfinite(values).sum(axis=1) >= max(1, values.shape[1] * part // whole)


def _segment_means(values: np.ndarray, first: np.ndarray, past: np.ndarray) -> np.ndarray:
    edges = np.column_stack([first, past]).reshape(-1)
    # Each region summed by itself: sums that run on would round otherwise in other blocks.
    return np.add.reduceat(np.append(values, 0.0), edges)[::2] / (past - first) if len(first) else np.empty(0)


def _row_means(values: np.ndarray) -> np.ndarray:
    """Mean of each row's measured values, of which there is at least one."""
    measured = np.isfinite(values)
    return np.where(measured, values, 0.0).sum(axis=1) / measured.sum(axis=1)


def _check_order(chrom: pd.Series, codes: np.ndarray, positions: np.ndarray) -> None:
    """Contigs in one stretch each, positions ascending within it; `codes` are the contigs'."""
    same = codes[1:] == codes[:-1]
    changes = np.append(0, np.flatnonzero(~same) + 1)[: len(codes)]
    returning = changes[pd.Series(codes[changes]).duplicated().to_numpy(dtype=bool)]
    if len(returning):
        row = int(returning[0])
        raise InputError(
            f"{chrom.iloc[row]} comes back in row {row + 1:,} of the CpG table, after another contig.\n"
            "Sort the table by contig and position."
        )
    if (same & (positions[1:] <= positions[:-1])).any():
        raise InputError("CpG positions must ascend within each contig, each position once.")


def _check(methylation: pd.DataFrame, names: list[str], groups: list[str]) -> None:
    if len(groups) != len(names) or set(groups) != {"A", "B"}:
        raise InputError(
            f"{len(names)} samples need as many group names, 'A' or 'B' and both of them; "
            f"got {', '.join(map(repr, groups)) or 'none'}."
        )
    columns = [methylation[name].to_numpy() for name in names]
    lowest = min(float(np.fmin.reduce(column, dtype=np.float64, initial=np.inf)) for column in columns)
    highest = max(float(np.fmax.reduce(column, dtype=np.float64, initial=-np.inf)) for column in columns)
    if lowest < 0 or highest > 1:
        raise InputError(
            f"Methylation must lie between 0 and 1; values run from {lowest:g} to {highest:g}.\n"
            "Divide percentages by 100."
        )

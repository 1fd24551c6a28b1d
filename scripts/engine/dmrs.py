"""Differentially methylated regions from CpG methylation: a plain region test.

Regions are runs of CpGs whose smoothed group difference keeps one sign; each is tested with two statistics that
metilene (Juehling et al. 2016) reports too. Boundaries are not optimised as metilene's segmentation optimises them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from scripts.engine.extra import local_extra
from scripts.shared.errors import InputError

#: metilene's defaults: a wider gap between CpGs ends a region; smaller and weaker regions are not tested.
MAXIMUM_GAP = 300
MINIMUM_CPGS = 10
MINIMUM_DIFFERENCE = 0.1
#: Differences of decimal fractions miss their value in the last digits (0.6 - 0.5 < 0.1); 28 million CpGs summed miss
#: by less than this.
_ROUNDING = 1e-9
#: CpGs over which the group difference is averaged before its sign is read: one noisy CpG does not end a region.
SMOOTHING_CPGS = 5
#: Pairs of points compared at a time: tens of megabytes, whatever the size of a region.
_PAIRS_AT_ONCE = 1 << 20
#: Terms of the Kolmogorov distribution's series; it converges long before.
_KOLMOGOROV_TERMS = 100

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


class _Points(NamedTuple):
    """Measured values of one group in one region: CpG position and methylation of each."""

    position: np.ndarray
    value: np.ndarray


def find_dmrs(methylation: pd.DataFrame, groups: Sequence[str]) -> pd.DataFrame:
    """Find regions that are methylated differently in groups A and B.

    CpGs are cut into pieces at gaps over 300 bases. Inside a piece, a region is a run in which the difference of the
    group means, averaged over 5 CpGs, keeps its sign and is at least 0.1 in size. Regions of at least 10 CpGs and a
    mean difference of at least 0.1 are tested. Only CpGs that both groups measured take part, in the means as in the
    tests.

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
        CpG - 1, end = last CpG). Differences are A - B. ``p_mwu`` is Mann-Whitney's over all values of the two groups,
        ``p_2dks`` the two-dimensional Kolmogorov-Smirnov test's over position and value (Fasano and Franceschini
        1987), ``qvalue`` min(1, p_2dks x number of tested regions), that is Bonferroni's. Every tested region is given.

    Raises
    ------
    InputError
        Groups and columns do not match, a group is empty, values outside 0..1, unsorted positions, or a contig whose
        rows do not stand together.
    MissingExtraError
        scipy is not installed.
    """
    with local_extra():
        from scipy.stats import mannwhitneyu

    table = methylation.reset_index(drop=True)
    values: np.ndarray = table.iloc[:, 2:].to_numpy(dtype=np.float64)
    positions: np.ndarray = table["pos"].to_numpy(dtype=np.int64)
    in_a = np.array(list(groups)) == "A"
    _check(values, list(groups))
    contigs: np.ndarray = pd.factorize(table["chrom"])[0]
    _check_order(table["chrom"], contigs, positions)

    mean_a, mean_b = _row_means(values[:, in_a]), _row_means(values[:, ~in_a])
    measured = np.flatnonzero(np.isfinite(mean_a) & np.isfinite(mean_b))
    mean_a, mean_b, contigs = mean_a[measured], mean_b[measured], contigs[measured]
    positions, values = positions[measured], values[measured]
    difference = mean_a - mean_b
    new_piece = np.ones(len(measured), dtype=bool)
    new_piece[1:] = (np.diff(positions) > MAXIMUM_GAP) | (np.diff(contigs) != 0)
    first, last = _regions(difference, np.cumsum(new_piece))
    regions = pd.DataFrame(
        {
            "chrom": table["chrom"].to_numpy()[measured[first]],
            "start": positions[first] - 1,
            "end": positions[last],
            "mean_difference": _segment_means(difference, first, last),
            "n_cpgs": last - first + 1,
            "mean_a": _segment_means(mean_a, first, last),
            "mean_b": _segment_means(mean_b, first, last),
        }
    )
    # One test per region: the statistics compare every point with every other of its region alone.
    tests = [
        _test_region(positions[one:past], values[one:past], in_a, mannwhitneyu)
        for one, past in zip(first, last + 1, strict=True)
    ]
    regions[["p_mwu", "p_2dks"]] = np.array(tests).reshape(-1, 2)
    regions["qvalue"] = np.minimum(1.0, regions["p_2dks"] * len(regions))
    return regions[COLUMNS]


def _regions(difference: np.ndarray, piece: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and last index of each run of one sign that is long and strong enough."""
    if not len(difference):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    smooth = (
        pd.Series(difference)
        .groupby(piece, sort=False)
        .rolling(SMOOTHING_CPGS, center=True, min_periods=1)
        .mean()
        .to_numpy()
    )
    sign = np.where(np.abs(smooth) >= MINIMUM_DIFFERENCE - _ROUNDING, np.sign(smooth), 0)
    opens = np.ones(len(sign), dtype=bool)
    opens[1:] = (np.diff(sign) != 0) | (np.diff(piece) != 0)
    first = np.flatnonzero(opens)
    last = np.append(first[1:], len(sign)) - 1
    kept = (sign[first] != 0) & (last - first + 1 >= MINIMUM_CPGS)
    first, last = first[kept], last[kept]
    strong = np.abs(_segment_means(difference, first, last)) >= MINIMUM_DIFFERENCE - _ROUNDING
    return first[strong], last[strong]


def _segment_means(values: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    total = np.concatenate([[0.0], np.cumsum(values)])
    return (total[last + 1] - total[first]) / (last - first + 1)


def _row_means(values: np.ndarray) -> np.ndarray:
    """Mean of each row's measured values, NaN where there is none."""
    measured = np.isfinite(values)
    count = measured.sum(axis=1)
    total = np.where(measured, values, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _test_region(
    positions: np.ndarray, values: np.ndarray, in_a: np.ndarray, mannwhitneyu: Callable[..., Any]
) -> tuple[float, float]:
    group_a, group_b = (_points(positions, values[:, members]) for members in (in_a, ~in_a))
    ranks = mannwhitneyu(group_a.value, group_b.value, alternative="two-sided", method="asymptotic")
    return float(ranks.pvalue), kolmogorov_smirnov_2d(*group_a, *group_b)


def _points(positions: np.ndarray, values: np.ndarray) -> _Points:
    measured = np.isfinite(values)
    return _Points(np.broadcast_to(positions[:, None], values.shape)[measured].astype(np.float64), values[measured])


def kolmogorov_smirnov_2d(x1: np.ndarray, y1: np.ndarray, x2: np.ndarray, y2: np.ndarray) -> float:
    """p-value of the two-sample, two-dimensional Kolmogorov-Smirnov test.

    The statistic is the largest difference, over the four quadrants around each point, of the shares of the two
    samples; its mean over the points of the first and of the second sample. Borders belong to whichever quadrant makes
    the difference larger: shares of few reads tie often, and so metilene's own values are reproduced or come close.
    Significance by the approximation of Fasano and Franceschini (1987), which corrects the one-dimensional
    distribution for the correlation of x and y.
    """
    statistic = (_largest_difference(x1, y1, x1, y1, x2, y2) + _largest_difference(x2, y2, x1, y1, x2, y2)) / 2
    effective = np.sqrt(len(x1) * len(x2) / (len(x1) + len(x2)))
    correlation = np.sqrt(1 - 0.5 * (_correlation(x1, y1) ** 2 + _correlation(x2, y2) ** 2))
    scaled = statistic * effective / (1 + correlation * (0.25 - 0.75 / effective))
    terms = np.arange(1, _KOLMOGOROV_TERMS + 1)
    return float(np.clip(2 * np.sum((-1.0) ** (terms - 1) * np.exp(-2 * (scaled * terms) ** 2)), 0, 1))


def _largest_difference(
    x: np.ndarray, y: np.ndarray, x1: np.ndarray, y1: np.ndarray, x2: np.ndarray, y2: np.ndarray
) -> float:
    """Largest difference of the two samples' shares in any quadrant around any of the points (x, y)."""
    step = max(_PAIRS_AT_ONCE // (len(x1) + len(x2)), 1)
    blocks = [slice(start, start + step) for start in range(0, len(x), step)]
    return max(
        float(np.abs(_quadrant_shares(x[some], y[some], x1, y1) - _quadrant_shares(x[some], y[some], x2, y2)).max())
        for some in blocks
    )


def _quadrant_shares(x: np.ndarray, y: np.ndarray, sample_x: np.ndarray, sample_y: np.ndarray) -> np.ndarray:
    """Shares in each quadrant around each point, for every way to assign its borders: 16 x points."""
    beyond_x = (sample_x[None, :] > x[:, None], sample_x[None, :] >= x[:, None])
    beyond_y = (sample_y[None, :] > y[:, None], sample_y[None, :] >= y[:, None])
    sides_x = [side for right in beyond_x for side in (right, ~right)]
    sides_y = [side for above in beyond_y for side in (above, ~above)]
    return np.stack([(one & other).mean(axis=1) for one in sides_x for other in sides_y])


def _correlation(x: np.ndarray, y: np.ndarray) -> float:
    x, y = x - x.mean(), y - y.mean()
    scale = np.sqrt((x @ x) * (y @ y))
    return float(x @ y / scale) if scale > 0 else 0.0


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
    measured = values[np.isfinite(values)]
    if len(measured) and (measured.min() < 0 or measured.max() > 1):
        raise InputError(
            f"Methylation must lie between 0 and 1; values run from {measured.min():g} to {measured.max():g}.\n"
            "Divide percentages by 100."
        )

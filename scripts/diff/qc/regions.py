"""Quality rules about the regions themselves: their size, their counts, and how many of them are one."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...common.findings import Finding
from ...common.text import plural
from ..analysis import region_names
from .comparison import LISTED_REGIONS, Comparison

MA_LOG2_DIFFERENCE = 1.0
#: A median of fewer regions is not compared.
MA_MIN_REGIONS = 5
SMALL_MEDIAN_BP = 100
#: From this many significant regions a locus on, fragmentation inflates every count that is quoted.
FRAGMENTED_RATIO = 1.5


def mean_log2_count(regions: pd.DataFrame) -> np.ndarray:
    """log2(1 + mean normalised count over the two groups): the x-axis of the MA plot and of its check."""
    mean = (regions["mean_count_a"].to_numpy(float) + regions["mean_count_b"].to_numpy(float)) / 2
    return np.log2(mean + 1)


def check_ma_asymmetry(comparison: Comparison) -> list[Finding]:
    """Hits of one direction at much lower counts than the other's: noise or normalisation.

    A region that gained has the higher mean by that alone. What is left of the difference when both directions are
    compared before their change, in the counts of one group (whichever leaves less), is what can be an artefact.
    """
    significant = comparison.significant
    if comparison.analysis.is_dmr:
        return []
    found = {}
    for direction in ("A_enriched", "B_enriched"):
        group = significant[significant["direction"] == direction]
        if len(group) < MA_MIN_REGIONS:
            return []
        found[direction] = group
    medians = {direction: float(np.median(mean_log2_count(group))) for direction, group in found.items()}
    low, high = sorted(medians, key=medians.__getitem__)
    difference = medians[high] - medians[low]
    if difference <= MA_LOG2_DIFFERENCE:
        return []
    left = min(
        abs(float(np.median(np.log2(found[high][level] + 1)) - np.median(np.log2(found[low][level] + 1))))
        for level in ("mean_count_a", "mean_count_b")
    )
    rest = min(left, difference)
    is_artefact = rest > MA_LOG2_DIFFERENCE
    return [
        Finding(
            "ma-asymmetry",
            "major" if is_artefact else "note",
            "MA asymmetry",
            f"Significant regions higher in {comparison.label(low)} have a median mean count of "
            f"{medians[low]:.2f} (log2), those higher in {comparison.label(high)} {medians[high]:.2f}: "
            f"{difference:.2f} log2 units apart. The direction of the change explains {difference - rest:.2f} of it: a "
            f"region that gains has the higher mean. {rest:.2f} {'is' if is_artefact else 'at most is'} left.",
            f"The hits in {comparison.label(low)} may come from normalisation or noise. "
            "Interpret regions with high counts first."
            if is_artefact
            else "Regions of both directions had like counts before their change: nothing to do.",
            region_names(significant[significant["direction"] == low], LISTED_REGIONS) if is_artefact else (),
        )
    ]


def check_median_size(comparison: Comparison) -> list[Finding]:
    """Small significant regions: peaks were cut into many fragments, which inflates their number."""
    significant = comparison.significant
    if comparison.analysis.is_dmr or significant.empty:
        return []
    median = float(significant["region_size"].median())
    if median >= SMALL_MEDIAN_BP:
        return []
    loci = len(comparison.significant_loci)
    return [
        Finding(
            "small-regions",
            "minor",
            "Small significant regions",
            f"The median significant region is {median:.0f} bp (< {SMALL_MEDIAN_BP} bp): "
            f"{plural(len(significant), 'significant region')} make up {plural(loci, 'locus', 'loci')}.",
            "Peaks were cut into fragments: count loci, not regions, and check some in a genome browser.",
        )
    ]


def check_fragments(comparison: Comparison) -> list[Finding]:
    """Abutting regions of one peak counted as many hits."""
    significant = comparison.significant
    if comparison.analysis.is_dmr or significant.empty:
        return []
    labels = comparison.locus_labels[comparison.regions["significant"].to_numpy()]
    sizes = np.bincount(labels)
    loci, cut = int((sizes > 0).sum()), int((sizes > 1).sum())
    if not cut:
        return []
    return [
        Finding(
            "fragmented-peaks",
            "minor" if len(significant) >= FRAGMENTED_RATIO * loci else "note",
            "Fragmented peaks",
            f"{plural(len(significant), 'significant region')} lie in {plural(loci, 'locus', 'loci')}, "
            f"{cut:,} of which {'holds' if cut == 1 else 'hold'} more than one.",
            "Count loci, not regions; diff_regions_merged.csv has one row per locus, with its best region.",
        )
    ]


def check_tiny_regions(comparison: Comparison) -> list[Finding]:
    """Regions under 10 bp (or the size asked for), which the filter took out."""
    counts = comparison.filtered_out
    if counts.below_min_size == 0:
        return []
    return [
        Finding(
            "tiny-regions",
            "note",
            "Implausibly small regions filtered",
            f"{plural(counts.below_min_size, 'region')} under {counts.min_region_size} bp "
            f"({counts.below_min_size_significant:,} significant) were taken out.",
            "They arise where overlapping peaks are cut at their edges; they are kept in diff_regions_unfiltered.csv.",
        )
    ]

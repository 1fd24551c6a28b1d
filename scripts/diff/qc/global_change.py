"""Is it a few regions that change, or all of them? Normalisation by TMM takes the second for granted not to be.

A server's result holds counts after normalisation: the depth that would show a global change is gone. What is left are
the numbers of peaks, and which way the differences point.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ...common.findings import Finding, Severity
from .comparison import Comparison

#: Every experiment of one group has more peaks than all of the other, and the medians differ so many times.
PEAK_RATIO = 3.0
#: Differences so many, and this share of them one way, are looked at.
MIN_SIGNIFICANT, ONE_WAY = 100, 0.90
#: Regions whose bulk has a centre to speak of, and how far from 0 it is told (log2).
MIN_FOR_CENTRE, OFF_CENTRE = 500, 0.2
#: Peaks and differences tell the same story when this share of the differences points where the peaks are.
AGREE = 0.75


def check_global_change(comparison: Comparison) -> list[Finding]:
    """Signal per mapped read that differs between the groups; without depth, what peak numbers and differences tell."""
    if comparison.analysis.is_dmr:
        return []
    known = comparison.normalisation
    by_tmm = known is None or known["used"] == "tmm"
    # Under another normalisation the centre may well lie elsewhere: that is what it was chosen for.
    shifted = _off_centre(comparison) if by_tmm else []
    if shifted:
        return shifted
    return _without_depth(comparison) if known is None else _from_depth(comparison, known)


def _off_centre(comparison: Comparison) -> list[Finding]:
    """Where most regions are not centred at no change: so many change one way that TMM missed the unchanged ones."""
    regions = comparison.regions
    if len(regions) < MIN_FOR_CENTRE:
        return []
    level = regions["mean_count_a"] + regions["mean_count_b"]
    sure = regions.loc[level >= level.median(), "logFC"].to_numpy(float)
    centre, width = centre_of(sure[np.isfinite(sure)])
    significant = comparison.significant
    towards = significant[np.sign(significant["logFC"]) == np.sign(centre)]
    inside = int((np.abs(towards["logFC"] - centre) <= width).sum())
    if abs(centre) < OFF_CENTRE or inside < MIN_SIGNIFICANT:
        return []
    more = comparison.label_a if centre > 0 else comparison.label_b
    return [
        _finding(
            "major",
            f"Most regions are centred at a log2 fold change of {centre:+.2f}, not at 0: {inside:,} of the "
            f"{len(significant):,} significant regions lie within that bulk ({centre - width:+.2f} to "
            f"{centre + width:+.2f}) and are reported as higher in {more}. So many regions are lower there that TMM "
            "took some of them for unchanged.",
            f"Do not call regions gained in {more} that lie in the bulk: they are probably the unchanged ones, and "
            f"losses are larger than reported. Subtract {centre:+.2f} from the effects, or compute here with "
            "engine='local' and normalisation='background', 'library' (mapped reads) or the library sizes that a "
            "spike-in gives.",
        )
    ]


def centre_of(effects: np.ndarray) -> tuple[float, float]:
    """Where most effects lie: the mode of their smoothed distribution, and how far the bulk around it reaches.

    Parameters
    ----------
    effects : ndarray of float
        log2 fold changes; of the well counted regions, whose noise is least.

    Returns
    -------
    (float, float)
        Mode, and two standard deviations of the bulk around it, as its nearest half tells them.
    """
    spread = float(np.median(np.abs(effects - np.median(effects)))) * 1.4826
    bandwidth = max(0.9 * spread * len(effects) ** -0.2, 0.02)
    edges = np.arange(np.quantile(effects, 0.01) - 3 * bandwidth, np.quantile(effects, 0.99) + 3 * bandwidth, 0.01)
    heights, edges = np.histogram(effects, bins=edges)
    reach = np.arange(-3 * bandwidth, 3 * bandwidth + 0.01, 0.01)
    smooth = np.convolve(heights, np.exp(-((reach / bandwidth) ** 2) / 2), mode="same")
    mode = float(edges[int(smooth.argmax())] + 0.005)
    nearest = np.sort(np.abs(effects - mode))[: max(len(effects) // 2, 1)]
    # Of normal numbers the nearest half lies within 0.67 standard deviations, its median at 0.32 of them.
    deviation = 2 * 1.4826 * float(np.median(nearest))
    return mode, 2 * deviation


def _from_depth(comparison: Comparison, known: Mapping[str, Any]) -> list[Finding]:
    """What library sizes say, where reads were counted on this machine."""
    if not known["systematic"]:
        return []
    more, less = comparison.label_a, comparison.label_b
    if known["difference"] < 0:
        more, less = less, more
    answers = known["answers"]
    told = "; ".join(
        f"{row['normalisation']}{' (used)' if row['used'] else ''}: {row['higher_a']:,} higher in "
        f"{comparison.label_a}, {row['higher_b']:,} in {comparison.label_b}"
        for row in ([] if answers is None else answers.to_dict("records"))
    )
    by_tmm = known["used"] == "tmm"
    return [
        _finding(
            "major" if by_tmm else "minor",
            f"Signal per mapped read differs: in the regions that TMM takes to be unchanged, {more} has "
            f"{2 ** abs(known['difference']):.1f} times that of {less} (p = {known['pvalue']:.1e}). Significant "
            f"regions under each normalisation: {told}.",
            "Either most regions change (then TMM takes the change out, and reports unchanged regions as changed the "
            "other way) or one group was enriched better (then 'library' is wrong). Reads cannot tell these apart: a "
            "spike-in, or inputs, can. State which normalisation a claim rests on, and claim what holds under all.",
        )
    ]


def _without_depth(comparison: Comparison) -> list[Finding]:
    """Peak numbers or differences that point one way, as a change of all regions would make them."""
    more, ratio = _more_peaks(comparison.experiments)
    significant = comparison.significant
    up = float((significant["direction"] == "A_enriched").mean()) if len(significant) else 0.5
    one_way = len(significant) >= MIN_SIGNIFICANT and max(up, 1 - up) >= ONE_WAY
    if not more and not one_way:
        return []
    labels = {"A": comparison.label_a, "B": comparison.label_b}
    said = []
    if more:
        said.append(
            f"every experiment of {labels[more]} has more peaks than all of the other group ({ratio:.1f} times)"
        )
    if one_way:
        said.append(
            f"{max(up, 1 - up):.0%} of the significant regions are higher in {labels['A' if up > 0.5 else 'B']}"
        )
    there = (up if more == "A" else 1 - up) if len(significant) else 0.0
    hidden = bool(more) and there < AGREE
    if hidden:
        said.append(
            f"{there:.0%} of the {len(significant):,} significant regions are higher there"
            if len(significant)
            else "no region is significant"
        )
    text = "; ".join(said)
    return [
        _finding(
            "major" if hidden else "minor",
            f"{text[:1].upper()}{text[1:]}. Counts are normalised by TMM, which takes most "
            "regions to be unchanged; the depth that would show a change of all of them is not in the result.",
            "Where most regions change one way, TMM reports the unchanged ones as changed the other way, or nothing. "
            "Look at coverage in reads per million, at spike-in or input, before you call a region gained or lost.",
        )
    ]


def _finding(severity: Severity, details: str, recommendation: str) -> Finding:
    return Finding("global_change", severity, "A global change cannot be excluded", details, recommendation)


def _more_peaks(experiments: pd.DataFrame) -> tuple[str, float]:
    """The group with more peaks in every experiment, and how many times; nothing where they overlap."""
    if experiments.empty or experiments["peaks"].isna().any():
        return "", 1.0
    a, b = (experiments.loc[experiments["group"] == group, "peaks"].astype(float) for group in ("A", "B"))
    if min(len(a), len(b)) < 2:
        return "", 1.0
    for name, high, low in (("A", a, b), ("B", b, a)):
        ratio = (high.median() + 1) / (low.median() + 1)
        if high.min() > low.max() and ratio >= PEAK_RATIO:
            return name, float(ratio)
    return "", 1.0

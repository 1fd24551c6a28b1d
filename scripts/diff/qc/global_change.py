"""Is it a few regions that change, or all of them? Normalisation by TMM takes the second for granted not to be.

A server's result holds counts after normalisation: the depth that would show a global change is gone. What is left are
the numbers of peaks, and which way the differences point.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ...common.findings import Finding, Severity
from .comparison import Comparison

#: Every experiment of one group has more peaks than all of the other, and the medians differ so many times.
PEAK_RATIO = 3.0
#: Differences so many, and this share of them one way, are looked at.
MIN_SIGNIFICANT, ONE_WAY = 100, 0.90
#: Peaks and differences tell the same story when this share of the differences points where the peaks are.
AGREE = 0.75


def check_global_change(comparison: Comparison) -> list[Finding]:
    """Signal per mapped read that differs between the groups; without depth, what peak numbers and differences tell."""
    if comparison.analysis.is_dmr:
        return []
    if comparison.normalisation is not None:
        return _from_depth(comparison, comparison.normalisation)
    return _without_depth(comparison)


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

"""Significant regions where any experiment gives signal: inside a blacklist.

Fragments of one peak are not independent. The shares are of regions, as everything that is quoted; whether they are
more than chance is tested over loci.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import lgamma

import numpy as np
import pandas as pd

from ...common.findings import Finding, Severity, Span
from ...common.text import plural
from ..analysis import region_names
from ..annotate.blacklist import as_regions, blacklisted
from ..results.overlaps import overlapping
from .comparison import LISTED_REGIONS, Comparison

#: So many significant regions inside, so many times as often as tested ones, with so small a p-value: major.
MIN_INSIDE = 10
ENRICHED_RATIO = 2.0
MAX_PVALUE = 1e-3
#: So large a share of the significant regions is major, however many tested ones lie inside; unless they are fewer
#: than `MIN_INSIDE` and chance can have put them there.
MAJOR_SHARE = 0.05


def check_blacklist(comparison: Comparison) -> list[Finding]:
    """Significant regions inside a blacklist, beside the share of all tested regions that lie there."""
    if comparison.blacklist is None:
        return _not_compared(comparison.blacklist_problem) if comparison.blacklist_problem else []
    regions, blacklist = comparison.regions, comparison.blacklist
    if len(regions) and not regions["chrom"].isin(blacklist["chrom"].unique()).any():
        names = ", ".join(sorted(blacklist["chrom"].unique())[:3])
        return _not_compared(
            f"{_source(comparison)} names none of the chromosomes of the regions: it has {names}, the regions "
            f"{regions['chrom'].iloc[0]}."
        )
    inside = blacklisted(regions, blacklist)
    found = regions[inside & regions["significant"]]
    if found.empty:
        return []
    return [_inside(comparison, inside, found, _spans(blacklist, found))]


def _inside(comparison: Comparison, inside: pd.Series, found: pd.DataFrame, spans: list[Span]) -> Finding:
    regions, significant = comparison.regions, comparison.significant
    share, expected = len(found) / len(significant), float(inside.mean())
    pvalue = _pvalue_over_loci(comparison, inside)
    enriched = share >= ENRICHED_RATIO * expected and pvalue < MAX_PVALUE
    many = len(found) >= MIN_INSIDE
    major = (many and enriched) or (share >= MAJOR_SHARE and (many or pvalue < MAX_PVALUE))
    tested = f"{len(regions):,} {'reported' if comparison.analysis.is_dmr else 'tested'}"
    lie = "lies" if len(found) == 1 else "lie"
    return _finding(
        "major" if major else "minor",
        f"{len(found):,} of {plural(len(significant), 'significant region')} ({share:.1%}) {lie} inside "
        f"{_source(comparison)}, beside {int(inside.sum()):,} ({expected:.1%}) of all {tested} ones: "
        f"{share / expected:.1f} times the expected share (p = {pvalue:.1g}, hypergeometric, one-sided, over loci).",
        "Signal there comes from repeats and from copies that the assembly lacks. None was removed. "
        + (
            "Do not interpret the regions inside; leave them out of what follows."
            if major
            else "Look at input controls before you interpret any of them."
        ),
        region_names(found, LISTED_REGIONS),
        spans if major else (),
    )


def _spans(blacklist: pd.DataFrame, found: pd.DataFrame) -> list[Span]:
    """The intervals of a blacklist that significant regions lie in."""
    intervals = as_regions(blacklist)
    hit = intervals[overlapping(intervals, found)]
    return list(zip(hit["chrom"].tolist(), hit["chromStart"].tolist(), hit["chromEnd"].tolist(), strict=True))


def _not_compared(reason: str) -> list[Finding]:
    return [
        _finding(
            "note",
            f"Whether regions lie inside a blacklist was not checked. {reason}",
            "A list can also be given as a BED file of the same assembly.",
        )
    ]


def _finding(
    severity: Severity, details: str, recommendation: str, regions: Iterable[str] = (), spans: Iterable[Span] = ()
) -> Finding:
    return Finding("blacklist", severity, "Blacklisted regions", details, recommendation, regions, spans)


def _source(comparison: Comparison) -> str:
    return comparison.blacklist_source or "the blacklist"


def _pvalue_over_loci(comparison: Comparison, inside: pd.Series) -> float:
    """Chance of so many significant loci inside, or more, if inside and outside were alike."""
    labels = comparison.locus_labels
    within, significant = (
        np.bincount(labels, weights=flags.to_numpy(float)) > 0 for flags in (inside, comparison.regions["significant"])
    )
    return more_by_chance(int((within & significant).sum()), int(significant.sum()), int(within.sum()), len(within))


def more_by_chance(hits: int, drawn: int, marked: int, total: int) -> float:
    """Upper tail of the hypergeometric distribution.

    Parameters
    ----------
    hits, drawn, marked, total : int
        Marked ones among the drawn, the drawn, the marked, and all.

    Returns
    -------
    float
        P(X >= `hits`).
    """
    least, most = max(0, drawn + marked - total), min(drawn, marked)
    if hits <= least:
        return 1.0
    # The logarithm of the probability of `least`, and of the ratio of each next one to the one before.
    first = _log_choose(marked, least) + _log_choose(total - marked, drawn - least) - _log_choose(total, drawn)
    counts = np.arange(least, most, dtype=float)
    steps = np.log((marked - counts) * (drawn - counts))
    steps -= np.log((counts + 1) * (total - marked - drawn + counts + 1))
    logs = first + np.concatenate([[0.0], np.cumsum(steps)])
    return float(min(1.0, np.exp(logs[hits - least :]).sum()))


def _log_choose(total: int, chosen: int) -> float:
    return lgamma(total + 1) - lgamma(chosen + 1) - lgamma(total - chosen + 1)

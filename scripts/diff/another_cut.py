"""Another cut of a comparison that is there: another threshold, a least effect, chromosomes left out. No new job."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..common.console import headline, say
from ..common.errors import InputError
from ..common.results import require_number
from ..common.statistics import benjamini_hochberg
from ..common.text import plural
from .analysis import Analysis, analysis_of
from .annotate.blacklist import blacklisted
from .diff_result import DiffResult
from .qc.chromosomes import suspect_regions
from .qc.from_results import comparison_of
from .qc.qc_checks import run_qc_checks
from .results.filter_regions import filter_regions
from .results.overlaps import overlapping
from .results.parse_bed_results import bed_score, in_order

#: Words that `without` takes beside chromosomes and stretches.
SUSPECT, BLACKLIST = "suspect", "blacklist"
_STRETCH = re.compile(r"^(\S+):([\d,]+)-([\d,]+)$")


def recut(
    results: Mapping[str, Any],
    qvalue: float | None = None,
    min_abs_logfc: float | None = None,
    without: Iterable[str] | None = None,
) -> DiffResult:
    """Cut the regions of a comparison anew, and find anew what is wrong with what is left.

    Parameters
    ----------
    results : DiffResult, or dict
        From `run_diff_workflow`, `recut` or a pickle; it is left as it is.
    qvalue : float, optional
        Below which a region is significant; as in `results` when not given.
    min_abs_logfc : float, optional
        Least effect of a significant region (log2; of methylation the difference in 0..1). A cut after the test: no
        false discovery rate holds for it. `min_abs_logfc` of a design (TREAT) tests it.
    without : list of str, optional
        What takes no part: chromosomes (``chrX``), stretches (``chr8:100-200``, 0-based and half-open), ``"suspect"``
        (regions that a major finding advises not to interpret), ``"blacklist"``. The false discovery rate is computed
        anew over the tested regions that are left; of methylation the Bonferroni q-values stay, as nobody knows how
        many tests fall away.

    Returns
    -------
    DiffResult
        For `generate_all_plots` and `export_all`; ``parameters["recut"]`` records the cut.

    Raises
    ------
    InputError
        A number out of range, or something to leave out that the result does not know.
    """
    given = DiffResult.of(results)
    before = given["parameters"].get("recut") or {}
    current = given["parameters"].get("qvalue_threshold", 0.05)
    threshold = require_number("qvalue", current if qvalue is None else qvalue, "such as 0.01", above=0, most=1)
    least = before.get("min_abs_logfc", 0.0) if min_abs_logfc is None else min_abs_logfc
    require_number("min_abs_logfc", least, "a log2 fold change such as 1, or 0", least=0)
    if isinstance(without, str):
        without = [without]
    more = list(dict.fromkeys(without or ()))
    analysis = analysis_of(given["diff_regions"])
    headline(f"Another cut: q < {threshold:g}{f', effect of at least {least:g}' if least else ''}")
    tested = given["diff_regions_unfiltered"]
    masks = {name: _left_out(tested, name, given) for name in more}
    gone = np.any([np.zeros(len(tested), dtype=bool), *masks.values()], axis=0)
    left = tested[~gone].reset_index(drop=True)
    if gone.any() and not analysis.is_dmr:
        rates = benjamini_hochberg(left["pvalue"].to_numpy(float))
        left = left.assign(qvalue=rates, score=bed_score(rates))
    left = in_order(_called(left, threshold, least, analysis), analysis)
    for name, mask in masks.items():
        say(f"  Without {name}: {plural(int(mask.sum()), 'region')}")
    say(f"  {plural(len(left), 'region')} left, {int(left['significant'].sum()):,} significant")
    parameters = given["parameters"]
    kept, counts = filter_regions(
        left,
        parameters["genome"],
        standard_contigs_only=parameters.get("standard_contigs_only", True),
        min_region_size=parameters["min_region_size"],
    )
    record = {
        "qvalue": threshold,
        "min_abs_logfc": least,
        "without": [*before.get("without", []), *more],
        "left_out": before.get("left_out", 0) + int(gone.sum()),
    }
    cut = DiffResult(
        {
            **given,
            "diff_regions": kept,
            "diff_regions_unfiltered": left,
            "counts": _same_rows(given, kept),
            "qc_warnings": [],
            "parameters": {
                **parameters,
                "qvalue_threshold": threshold,
                "filter_counts": counts.as_dict(),
                "recut": record,
            },
        }
    )
    cut["qc_warnings"] = run_qc_checks(comparison_of(cut))
    return cut


def _called(regions: pd.DataFrame, threshold: float, least: float, analysis: Analysis) -> pd.DataFrame:
    effect = regions[analysis.effect].abs() >= least
    return regions.assign(significant=(regions["qvalue"] < threshold) & effect)


def _left_out(regions: pd.DataFrame, name: str, results: DiffResult) -> np.ndarray:
    """Which regions one word of `without` means."""
    stretch = _STRETCH.match(str(name))
    if name == SUSPECT:
        # All of a stretch, significant or not: what is left of it would be a biased sample.
        return suspect_regions(regions.assign(significant=True), results["qc_warnings"]).to_numpy(bool)
    if name == BLACKLIST:
        table = (results.get("blacklist") or {}).get("table")
        if table is None:
            raise InputError("without names 'blacklist', and the comparison was held against none.")
        return blacklisted(regions, table).to_numpy(bool)
    if stretch:
        chrom, start, end = stretch[1], *(int(one.replace(",", "")) for one in stretch.groups()[1:])
        span = pd.DataFrame({"chrom": [chrom], "chromStart": [start], "chromEnd": [end]})
        return overlapping(regions, span).to_numpy(bool)
    there = (regions["chrom"] == name).to_numpy(bool)
    if not there.any():
        names = ", ".join(regions["chrom"].unique()[:6].tolist())
        raise InputError(
            f"without names {name!r}: give chromosomes ({names}, ...), stretches such as chr8:100-200, "
            f"{SUSPECT!r} or {BLACKLIST!r}."
        )
    return there


def _same_rows(given: DiffResult, kept: pd.DataFrame) -> pd.DataFrame | None:
    """The counts of the regions that are kept, in their order."""
    counts = given["counts"]
    if counts is None:
        return None
    place = ["chrom", "chromStart", "chromEnd"]
    rows = given["diff_regions"][place].reset_index().merge(kept[place].reset_index(), on=place, suffixes=("", "_new"))
    return counts.loc[rows.sort_values("index_new")["index"]].reset_index(drop=True)

"""The section on features in both reports."""

from __future__ import annotations

import pandas as pd

from ...common.reporting.markdown import bullets, cell, code, table
from ...common.text import plural
from ..analysis import Analysis
from ..annotate.features.assign import BEYOND_END, FEATURES, PROMOTER_DOWNSTREAM, UPSTREAM
from ..annotate.features.ccres import CCRES
from ..annotate.features.enrichment import CCRE, DIRECTIONS, FEATURE, of_kind
from ..diff_result import DiffResult
from ..outputs import FEATURE_ENRICHMENT
from ..plots.feature_plot import ENRICHED_QVALUE


def features_section(enrichment: pd.DataFrame | None, analysis: Analysis, results: DiffResult) -> str:
    """What the significant loci are beside all tested ones, as Markdown; empty without features."""
    if enrichment is None:
        return ""
    parts = [*_part(of_kind(enrichment, FEATURE), FEATURE, FEATURES, results), bullets(_notes(enrichment, analysis))]
    ccres = of_kind(enrichment, CCRE)
    if len(ccres):
        parts += [*_part(ccres, "cCRE", CCRES, results), bullets(_ccre_notes(enrichment))]
    return "\n\n".join(parts)


def _part(enrichment: pd.DataFrame, what: str, names: tuple[str, ...], results: DiffResult) -> list[str]:
    labels = (results["parameters"]["description_a"], results["parameters"]["description_b"])
    records = {(row["feature"], row["direction"]): row for row in enrichment.to_dict("records")}
    header = [what, "tested loci"]
    for label in labels:
        header += [f"higher in {label}", f"odds ratio ({label})", f"q ({label})"]
    rows = []
    for feature in names:
        sides = [records[feature, direction] for direction in DIRECTIONS]
        row = [feature, _share(sides[0]["tested_here"], sides[0]["tested_share"])]
        for side in sides:
            row += [_share(side["significant_here"], side["share"])]
            row += [f"{side[name]:.3g}" if pd.notna(side[name]) else "" for name in ("odds_ratio", "qvalue")]
        rows.append(row)
    found = [_said(enrichment, what, direction, label) for direction, label in zip(DIRECTIONS, labels, strict=True)]
    return [table(header, rows, numeric=header[1:]), bullets(found)]


def _share(count: int, share: float) -> str:
    return f"{count:,} ({share:.1%})" if pd.notna(share) else f"{count:,}"


def _said(enrichment: pd.DataFrame, kind: str, direction: str, label: str) -> str:
    side = enrichment[enrichment["direction"] == direction]
    loci = plural(int(side["significant"].iloc[0]), "locus", "loci")
    called = side[side["qvalue"] < ENRICHED_QVALUE]
    parts = [
        f"{what} {', '.join(names)}"
        for what, names in (
            ("more often", called.loc[called["odds_ratio"] > 1, "feature"]),
            ("less often", called.loc[called["odds_ratio"] < 1, "feature"]),
        )
        if len(names)
    ]
    what = (
        f"{'; '.join(parts)} than the tested" if parts else f"no {kind} is more or less frequent than among the tested"
    )
    return f"Higher in {cell(label)} ({loci}): {what} (q < {ENRICHED_QVALUE})."


def _ccre_notes(enrichment: pd.DataFrame) -> list[str]:
    return [
        f"ENCODE's candidate regulatory elements are from {cell(enrichment.attrs.get('ccres', 'a file of cCREs'))} "
        "(The ENCODE Project Consortium 2020, Nature 583:699). The class of a region is the one that shares the most "
        "bases with it; of several the first in the order of the table. Loci that touch no element are in the "
        "background and in no row. Benjamini-Hochberg over the rows of cCREs.",
        "They are candidates of many cell types: none need be active in these.",
    ]


def _notes(enrichment: pd.DataFrame, analysis: Analysis) -> list[str]:
    source = cell(enrichment.attrs.get("source", "gene models"))
    notes = [
        f"The feature of a region is that at its centre base, from {source}; where transcripts differ, the first in "
        f"the order of the table. Promoter: {UPSTREAM:,} bp before a TSS to {PROMOTER_DOWNSTREAM:,} bp behind; "
        f"downstream: up to {BEYOND_END:,} bp beyond a gene.",
        "Background: all tested loci, significant or not, never the genome. Regions that abut count once, by the "
        "widest of them. Fisher's exact test, two-sided, Benjamini-Hochberg over all rows of features: "
        f"{code(FEATURE_ENRICHMENT)}.",
        "A locus in or near a gene need not regulate it.",
    ]
    if analysis.is_dmr:
        notes.insert(
            2, "The background lacks the segments that the method tested and did not report (difference < 0.1)."
        )
    return notes

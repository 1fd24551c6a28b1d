"""The section on gene sets in both reports."""

from __future__ import annotations

import pandas as pd

from ..common.plotting.drawing import SIMULATED_CAPTION
from ..common.reporting.markdown import bullets, cell, code, table
from .enriched import ENRICHED_QVALUE, Enrichment
from .outputs import ENRICHMENT_TABLE

#: Sets of a direction.
REPORTED = 10


def gene_set_section(result: Enrichment) -> str:
    """The first sets of each direction and what was counted, as Markdown."""
    parts = [f"**{SIMULATED_CAPTION}.**"] if result.simulated else []
    parts.append(f"**{cell(result.headline())}.**")
    for direction, label in result.labels.items():
        side = result.table[(result.table["direction"] == direction) & (result.table["genes_hit"] > 0)]
        parts.append(f"**{cell(label[:1].upper() + label[1:])}**")
        parts.append(_table(side.head(REPORTED), result) if len(side) else "No gene of any set was chosen here.")
    return "\n\n".join([*parts, bullets([*map(cell, result.statements), *_notes(result)])])


def _table(side: pd.DataFrame, result: Enrichment) -> str:
    header = ["gene set", "genes hit", "of the set", "expected", "fold", "q (genes)"]
    more = ["regions hit", "fold (regions)", "q (regions)"] if result.by_region else []
    rows = []
    for row in side.to_dict("records"):
        expected = row["genes_selected"] * row["genes_in_set"] / row["genes_background"]
        line = [row["gene_set"], f"{row['genes_hit']:,}", f"{row['genes_in_set']:,}", f"{expected:.1f}"]
        line += [f"{row['fold_enrichment']:.2g}", f"{row['qvalue']:.2g}"]
        if result.by_region:
            line += [f"{row['regions_hit']:,}", f"{row['region_fold_enrichment']:.2g}", f"{row['region_qvalue']:.2g}"]
        rows.append(line)
    return table([*header, *more], rows, numeric=[*header[1:], *more])


def _notes(result: Enrichment) -> list[str]:
    notes = [
        "Gene test: hypergeometric, one-sided, against the genes that could have been chosen, never the whole genome; "
        f"Benjamini-Hochberg over all sets and directions: {code(ENRICHMENT_TABLE)}."
    ]
    if result.by_region:
        only = result.table[
            (result.table["qvalue"] < ENRICHED_QVALUE) & ~(result.table["region_qvalue"] < ENRICHED_QVALUE)
        ]
        notes += [
            "Region test: binomial, with the share of all tested regions that lie in the set's domains. A gene of many "
            "regions is chosen more often whatever it does, so a set of long genes can pass the gene test by length "
            f"alone: trust sets that pass both. By genes alone: {len(only):,}.",
            "Where a large share of the tested regions is significant, the binomial is cautious: "
            f"{code('region_exact_pvalue')} is of the same counts, drawn without replacement.",
            "A region near a gene need not regulate it.",
        ]
    return notes

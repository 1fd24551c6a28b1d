"""Enriched factors in words: for the report, the console and the picture's alternative text."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ..common.reporting.markdown import bullets
from ..common.reporting.markdown import table as markdown_table
from ..common.text import plural
from .sets import NOUNS, Sets
from .statistics.antigens import QVALUE

#: Antigens in the report; the table has them all.
SHOWN = 15
HEADING = "Which factors bind there"
HOW_TO_READ = (
    "ChIP-Atlas's Enrichment Analysis counted how many regions (or genes) of either set overlap the peaks of each "
    "public experiment. Per experiment the odds ratio of the two counts is held against 1 and against that of the "
    "typical experiment with about as many peaks, which experiments with very many peaks do not exceed (Fisher's exact "
    "test with a noncentral odds ratio, one-sided). Per antigen every study has one vote; p is twice the weighted "
    "median of its experiments' p-values (more than half must agree), q is Benjamini-Hochberg over antigens, enriched "
    f"is q < {QVALUE:g}. Antigens stand by the mean of their ranks by p, by log2 odds above typical, and by the share "
    "of their experiments that are enriched, the enriched first. Public experiments are of other cells and conditions "
    "than yours: an antigen here is a candidate to test, and what has never been profiled cannot be found."
)


def one_line(table: pd.DataFrame, sets: Sequence[Sets]) -> str:
    """The numbers to begin with."""
    parts = []
    for one in sets:
        mine = table[table["direction"] == one.name]
        hits = mine[mine["enriched"].astype(bool)]
        told = (
            one.obstacle or f"{len(hits)} of {plural(len(mine), 'antigen')} enriched at {len(one.given):,} {one.label}"
        )
        first = "" if hits.empty else f" (first: {', '.join(hits['antigen'].head(3))})"
        parts.append(told + first)
    return "; ".join(parts)


def in_sections(table: pd.DataFrame, sets: Sequence[Sets], notes: Sequence[str]) -> dict[str, str]:
    """Heading -> Markdown body."""
    body = [HOW_TO_READ]
    for one in sets:
        body += [f"**{_capital(one)}**", _told(one)]
        if not one.obstacle:
            body.append(_antigens(table[table["direction"] == one.name]))
    if notes:
        body.append(bullets(notes))
    return {HEADING: "\n\n".join(filter(None, body))}


def _capital(one: Sets) -> str:
    noun = NOUNS[one.kind]
    return f"{len(one.given):,} {noun if len(one.given) == 1 else noun + 's'} {one.label}"


def _told(one: Sets) -> str:
    if one.obstacle:
        return f"Not asked: {one.obstacle}."
    return " ".join(filter(None, [one.told, f"Note: {one.warning}." if one.warning else ""]))


def _antigens(rows: pd.DataFrame) -> str:
    head = rows.head(SHOWN)
    if head.empty:
        return "No experiment overlaps either set."
    enriched = int(rows["enriched"].astype(bool).sum())
    text = f"{enriched} of {plural(len(rows), 'antigen')} enriched."
    header = [
        "Rank",
        "Antigen",
        "q",
        "log2 odds above typical",
        "log2 odds",
        "Experiments enriched",
        "Studies",
        "Remark",
    ]
    cells = [
        (
            row.rank,
            row.antigen,
            f"{row.qvalue:.2g}{'*' if row.enriched else ''}",
            f"{row.specific_log2_odds:+.2f}",
            f"{row.log2_odds:+.2f}",
            f"{row.num_enriched} of {row.num_experiments}",
            row.num_studies,
            row.remark,
        )
        for row in head.itertuples()
    ]
    return f"{text}\n\n{markdown_table(header, cells, header[2:7])}"


def about_plot(table: pd.DataFrame, sets: Sequence[Sets]) -> str:
    """Alternative text of the picture."""
    return f"Antigens by log2 odds ratio above the typical experiment, one panel a set: {one_line(table, sets)}"

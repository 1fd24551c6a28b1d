"""What must be known before several comparisons are read beside each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ...common.findings import Finding, by_severity
from ...common.text import plural
from .compared import Compared

#: Of the regions of the smaller comparison, the share that should have one of the other on it.
FEW_MATCHED = 0.5
#: bp; far above any one peak. Joint loci that are wider are chains of regions, or broad domains.
WIDE_LOCUS = 20_000
#: Correlation by construction from which a shared experiment can change the conclusion.
LARGE_CORRELATION = 0.1
SHOWN_EXPERIMENTS = 6


def joint_findings(comparisons: Mapping[str, Compared], table: pd.DataFrame, pairs: pd.DataFrame) -> list[Finding]:
    """Findings on the whole, major ones first; parameters as `Joint` holds them."""
    rows: list[Any] = pairs.to_dict("records")
    found = [finding for row in rows for finding in (_same(comparisons, row), _few(row)) if finding]
    found += [_shared(row) for row in rows if row["shared_experiments"] and abs(row["r_by_construction"]) < 1]
    found += [_fit(row) for row in rows if row["same_fit"] and pd.isna(row["r_by_construction"])]
    found += [*_empty(comparisons), *_thresholds(comparisons), *_simulated(comparisons), *_wide(table)]
    return by_severity(found)


def _names(row: Mapping[str, Any]) -> str:
    return f"{row['comparison_1']} and {row['comparison_2']}"


def _shared(row: Mapping[str, Any]) -> Finding:
    shared = row["shared_experiments"].split(";")
    expected, seen, apart = row["r_by_construction"], row["pearson_r"], row["r_without_shared"]
    listed = ", ".join(shared[:SHOWN_EXPERIMENTS]) + (", ..." if len(shared) > SHOWN_EXPERIMENTS else "")
    details = f"{plural(len(shared), 'experiment')} in both ({listed})."
    if not pd.isna(expected):
        details += (
            f" Their noise is in both effects: by that alone, with no real effect anywhere, r would be about "
            f"{expected:+.2f}."
        )
    details += "" if pd.isna(seen) else f" Seen: r = {seen:+.2f}."
    details += "" if pd.isna(apart) else f" With no experiment used twice: r = {apart:+.2f}."
    return Finding(
        "shared-experiments",
        "minor" if abs(expected) < LARGE_CORRELATION else "major",
        f"{_names(row)} share experiments",
        details,
        "Do not take correlation, shared loci or equal signs of these two for agreement; for that, compare with "
        "controls of their own."
        + ("" if pd.isna(apart) else " The correlation with no experiment used twice is free of this."),
    )


def _fit(row: Mapping[str, Any]) -> Finding:
    return Finding(
        "shared-fit",
        "major",
        f"{_names(row)} are contrasts of one design",
        "Both come from one fit to the same experiments, so their errors go together; how much is not known here, as "
        "one of them is no difference of two groups.",
        "Do not take correlation, shared loci or equal signs of these two for agreement.",
    )


def _same(comparisons: Mapping[str, Compared], row: Mapping[str, Any]) -> Finding | None:
    if not abs(row["r_by_construction"]) >= 1:
        return None
    first, second = (comparisons[row[f"comparison_{number}"]] for number in (1, 2))
    swapped = row["r_by_construction"] < 0
    return Finding(
        "same-comparison",
        "major",
        f"{_names(row)} are one comparison" + (", the groups swapped" if swapped else ""),
        f"Both hold the same {plural(len(first.experiments | second.experiments), 'experiment')} in "
        f"{'swapped' if swapped else 'the same'} groups: what they share is no finding.",
        "Leave one of them out.",
    )


def _few(row: Mapping[str, Any]) -> Finding | None:
    smaller = 1 if row["regions_1"] <= row["regions_2"] else 2
    total, there = row[f"regions_{smaller}"], row[f"overlapping_{smaller}"]
    if not total or there >= FEW_MATCHED * total:
        return None
    return Finding(
        "few-regions-matched",
        "minor",
        f"{_names(row)} have few regions in common",
        f"{there:,} of the {total:,} regions of {row[f'comparison_{smaller}']} share a base with one of the other "
        f"({there / total:.0%}). What is said of this pair is said of those alone.",
        "A locus without a region in one comparison is unknown there, not unchanged: look at its coverage.",
    )


def _empty(comparisons: Mapping[str, Compared]) -> list[Finding]:
    return [
        Finding(
            "nothing-significant",
            "note",
            f"{name} has no {'significant ' if len(one.regions) else ''}region",
            f"{len(one.regions):,} regions, none with {one.cut.rule}. It shares no locus with any other, whatever its "
            "effects are.",
            "Read how the others' loci fare in it, not that it shares none: no proof of absence.",
        )
        for name, one in comparisons.items()
        if not one.regions["significant"].any()
    ]


def _thresholds(comparisons: Mapping[str, Compared]) -> list[Finding]:
    rules = {name: one.cut.rule for name, one in comparisons.items()}
    if len(set(rules.values())) == 1:
        return []
    return [
        Finding(
            "different-thresholds",
            "minor",
            "Not every comparison is cut alike",
            "; ".join(f"{name}: {rule}" for name, rule in rules.items()) + ".",
            "Cut all of them alike (recut) before their loci are counted against each other.",
        )
    ]


def _simulated(comparisons: Mapping[str, Compared]) -> list[Finding]:
    names = [name for name, one in comparisons.items() if one.simulated]
    if not names or len(names) == len(comparisons):
        return []
    return [
        Finding(
            "simulated-among-real",
            "major",
            "Simulated and real comparisons are joined",
            f"SIMULATED: {', '.join(names)}. The others are real. Everything here bears the mark.",
            "Join real comparisons alone.",
        )
    ]


def _wide(table: pd.DataFrame) -> list[Finding]:
    widths = (table["end"] - table["start"]).to_numpy()
    wide = int((widths > WIDE_LOCUS).sum())
    if not wide:
        return []
    return [
        Finding(
            "wide-loci",
            "note",
            "Some joint loci are wide",
            f"{plural(wide, 'locus', 'loci')} of more than {WIDE_LOCUS // 1000} kb (the widest {int(widths.max()):,} "
            f"bp; median of all {int(np.median(widths)):,}): broad domains, or regions of one comparison that bridge "
            "those of another.",
            f"Two comparisons can be {present_word_of(table)} at such a locus without sharing a base: see the regions.",
        )
    ]


def present_word_of(table: pd.DataFrame) -> str:
    """The word that a joint table uses of regions that are there."""
    return "reported" if "n_reported" in table else "tested"

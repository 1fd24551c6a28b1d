"""How many of the first genes are hot, and what a reader must know before calling them targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from ...common.findings import Finding, by_severity
from ...common.text import plural

#: Of how many first genes the hot ones are counted.
TOPS = (25, 50, 500)
#: The number that findings are about.
JUDGED = 50
#: From this share of the first genes on, the list is mostly that of hot loci; from the lesser, it holds many.
MAJOR_SHARE, MINOR_SHARE = 0.5, 0.2
#: Over fewer factors a share moves by more than a tenth with each of them.
FEW_FACTORS = 10


def hot_counts(targets: pd.DataFrame, threshold: float, *, has_controls: bool) -> list[dict[str, Any]]:
    """Count, among the first genes of a ranking, those that are hot and those in the top of the controls.

    Parameters
    ----------
    targets : DataFrame
        In rank order, with ``is_hot`` and ``control_share``.
    threshold : float
        Least share of controls that have a gene in their top 5 %.

    Returns
    -------
    list of dict
        For each of `TOPS`: ``top``, ``genes`` (as many as there are), ``hot``, ``controls`` (None without any).
    """
    counts = []
    for top in TOPS:
        first = targets.head(top)
        controls = int((first["control_share"] >= threshold).sum()) if has_controls else None
        counts.append({"top": top, "genes": len(first), "hot": int(first["is_hot"].sum()), "controls": controls})
    return counts


def findings_about(about: Mapping[str, Any], protein: str) -> list[Finding]:
    """Findings of a ranking beside a background; `about` is that of `targets.background.beside.Beside.about`."""
    return by_severity(_findings(about, protein))


def hot_lines(about: Mapping[str, Any]) -> list[str]:
    """What the console says."""
    parts = []
    for count in about["counts"]:
        controls = "" if count["controls"] is None else f", {count['controls']} in the top of controls"
        parts.append(f"{count['hot']} of the first {count['genes']} genes are hot{controls}")
    shown = list(dict.fromkeys(parts))
    with_controls = f" and {plural(about['controls'], 'control')}" if about["controls"] else ""
    beside = f"Beside {plural(about['factors'], 'other factor')}{with_controls}"
    return [f"{beside}: {'; '.join(shown)}", *(f"{one['severity']}: {one['issue']}" for one in _shown(about))]


def _shown(about: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [one for one in about.get("findings", ()) if one["severity"] != "note"]


def _findings(about: Mapping[str, Any], protein: str) -> Iterator[Finding]:
    count = next(count for count in about["counts"] if count["top"] == JUDGED)
    others, first, percent = about["factors"], count["genes"], f"{100 * about['hot_threshold']:.0f}%"
    severity = _severity(count["hot"], first)
    if severity is not None:
        yield Finding(
            "hot-loci",
            severity,
            f"{count['hot']} of the first {first} genes are hot loci",
            f"They are in the top 5% of bound genes of {percent} or more of {plural(others, 'other factor')}: such "
            f"loci are found with most antibodies, also where {protein} is absent.",
            "Do not call them targets of this factor on this evidence. Read `specificity` beside the score, rank with "
            'rank_by="specificity", or take the genes whose `is_hot` is False.',
        )
    in_controls = None if count["controls"] is None else _severity(count["controls"], first)
    if in_controls is not None:
        yield Finding(
            "control-loci",
            in_controls,
            f"{count['controls']} of the first {first} genes head the lists of controls",
            f"They are in the top 5% of {percent} or more of {plural(about['controls'], 'control')} (total histones, "
            "accessibility, GFP, tags), which have no targets.",
            "Peaks there say that chromatin is open; see `control_share`, and ask for another line of evidence.",
        )
    if others < FEW_FACTORS:
        yield Finding(
            "few-background-factors",
            "minor",
            f"The background holds {plural(others, 'other factor')}",
            f"`hot_share` moves in steps of {1 / others:.2f}, and the spread behind `specificity` is little known.",
            f"Build one of {FEW_FACTORS} or more factors.",
        )


def _severity(found: int, genes: int) -> Any:
    share = found / max(genes, 1)
    return "major" if share >= MAJOR_SHARE else "minor" if share >= MINOR_SHARE else None

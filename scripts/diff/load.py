"""Step 1: which experiments to compare."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from scripts.diff.examples import EXAMPLES, get_example
from scripts.shared.console import say, verify
from scripts.shared.experiments import read_experiment_ids
from scripts.shared.text import plural


def load_example_data(name: str = "tp53_k562_dmso_vs_daunorubicin") -> dict[str, Any]:
    """Load the accessions of a documented example.

    Parameters
    ----------
    name : str
        ``tp53_k562_dmso_vs_daunorubicin``, ``tp53_molm13_vs_k562``, or one of ChIP-Atlas's own form examples such as
        ``official_hg38_dmr`` (`example_names` lists them all).

    Returns
    -------
    dict
        ``experiments_a``, ``experiments_b`` (lists of accessions), ``genome``, ``analysis_type``, ``description_a``,
        ``description_b``, ``series`` (GEO), ``design_caveat``, ``name``, ``summary``.

    Raises
    ------
    NotFoundError
        No example of that name.
    """
    example = get_example(name)
    say(f"Example: {example.summary}")
    for group, label, members in (
        ("A", example.description_a, example.experiments_a),
        ("B", example.description_b, example.experiments_b),
    ):
        say(f"  Group {group} ({label}): {', '.join(members)}")
    if example.design_caveat:
        say(f"  Design caveat: {example.design_caveat}")
    if min(len(example.experiments_a), len(example.experiments_b)) < 2:
        say("  No replicates: pass allow_no_replicates=True in step 2, and read the result as a ranking.")
    verify("✓ Data loaded successfully")
    return {
        "name": example.name,
        "summary": example.summary,
        "experiments_a": list(example.experiments_a),
        "experiments_b": list(example.experiments_b),
        "genome": example.genome,
        "analysis_type": example.analysis_type,
        "description_a": example.description_a,
        "description_b": example.description_b,
        "series": example.series,
        "design_caveat": example.design_caveat,
    }


def example_names() -> list[str]:
    """Names that `load_example_data` knows."""
    return list(EXAMPLES)


def load_user_data(source: str | os.PathLike[str] | Iterable[str]) -> list[str]:
    """Load one group of your own experiments.

    Parameters
    ----------
    source : path, or iterable of str
        A text file with one accession a line, a CSV or TSV with an ID column, or the accessions themselves
        (SRX, ERX, DRX or GSM).

    Returns
    -------
    list of str
        The group's accessions, checked; duplicates are dropped and said.

    Raises
    ------
    InputError
        Missing or empty file, no ID column, or a malformed accession.
    """
    ids = read_experiment_ids(source)
    shown = ", ".join(ids[:8]) + (", ..." if len(ids) > 8 else "")
    say(f"  {plural(len(ids), 'experiment')}: {shown}")
    verify("✓ Data loaded successfully")
    return ids

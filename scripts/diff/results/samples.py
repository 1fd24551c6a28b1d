"""Which experiments the server used, and which count belongs to which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ...chipatlas.wabi.replies import JobLog
from .count_cells import parse_counts


def used_samples(log: JobLog, experiments_a: list[str], experiments_b: list[str]) -> pd.DataFrame:
    """The experiments in the order of the counts inside each group.

    The server prints them in its log; without those lines, the order is that of its count files: by name.

    Returns
    -------
    DataFrame
        ``accession``, ``group`` ("A" or "B"); group A first.
    """
    pairs = log.samples or [(name, "A") for name in sorted(experiments_a)] + [
        (name, "B") for name in sorted(experiments_b)
    ]
    samples = pd.DataFrame(pairs, columns=["accession", "group"]).drop_duplicates()
    return samples.sort_values("group", kind="stable").reset_index(drop=True)


def ignored_experiments(
    log: JobLog, experiments_a: list[str], experiments_b: list[str], names: Mapping[str, str] | None = None
) -> list[str]:
    """Requested experiments that the server says it ignored, or that its list of samples lacks.

    Parameters
    ----------
    names : mapping, optional
        Requested accession -> the one the server lists. A GEO sample (GSM) is listed under its SRX; without this
        mapping only the server's warning can tell that one was left out.
    """
    names = names or {}
    listed = {accession for accession, _ in log.samples}
    warned = set(log.ignored)
    ignored = []
    for requested in [*experiments_a, *experiments_b]:
        used_as = names.get(requested, requested)
        missing = bool(listed) and not used_as.startswith("GSM") and used_as not in listed
        if requested in warned or used_as in warned or missing:
            ignored.append(requested)
    return ignored


def own_inputs(provenance: Mapping[str, Any]) -> set[str]:
    """Names of the local engine's inputs that are the user's own: their files are not ChIP-Atlas's."""
    return {row["name"] for row in provenance.get("inputs", []) if not row["bigwig"].startswith(provenance["endpoint"])}


def counts_matrix(regions: pd.DataFrame, samples: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """Normalised counts as a matrix.

    Parameters
    ----------
    regions : DataFrame
        Parsed diffbind regions.
    samples : DataFrame
        As `used_samples` gives it.

    Returns
    -------
    counts : DataFrame of shape (regions, experiments)
        Rows as `regions`; columns named by accession, in the order of `samples`.
    matched : bool
        False when the server gave another number of counts than it lists samples, or listed one twice: then no count
        can be told to be an experiment's, and the columns are called ``A1``, ``A2``, ..., ``B1``, ...
    """
    blocks = {group: parse_counts(regions[f"counts_{group.lower()}"]) for group in ("A", "B")}
    listed = {group: samples.loc[samples["group"] == group, "accession"].tolist() for group in ("A", "B")}
    distinct = not samples["accession"].duplicated().any()
    matched = regions.empty or (distinct and all(len(listed[name]) == blocks[name].shape[1] for name in blocks))
    if regions.empty:
        return pd.DataFrame(columns=listed["A"] + listed["B"], index=regions.index, dtype=float), True
    if not matched:
        listed = {group: [f"{group}{n + 1}" for n in range(block.shape[1])] for group, block in blocks.items()}
    columns = listed["A"] + listed["B"]
    return pd.DataFrame(np.hstack([blocks["A"], blocks["B"]]), columns=columns, index=regions.index), matched

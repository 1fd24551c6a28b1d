"""Experiments summarised by antigen: one study does not vote a hundred times. Frames in, frame out."""

from __future__ import annotations

from collections.abc import Set

import numpy as np
import pandas as pd

from ...chipatlas.antigens import no_factor
from ...chipatlas.batches import accession_batches
from ...common.statistics import benjamini_hochberg
from ...common.text import fold
from .experiments import antigen_keys
from .weights import equal_votes, majority_value, weighted_median

#: Below this an experiment or an antigen is called enriched.
QVALUE = 0.05
#: Experiments named behind an antigen.
TOP_EXPERIMENTS = 3
COLUMNS = (
    "direction",
    "rank",
    "antigen",
    "antigen_class",
    "enriched",
    "qvalue",
    "pvalue",
    "specific_log2_odds",
    "log2_odds",
    "num_enriched",
    "num_experiments",
    "share_enriched",
    "num_studies",
    "median_peaks",
    "rank_score",
    "remark",
    "top_experiments",
)
#: What ChIP-Atlas files under an antigen's name without knowing, or telling, which protein it was.
_UNNAMED = frozenset(map(fold, ("Unclassified", "No description", "NA", "Others")))


def remark_on(antigen: str, antigen_class: str) -> str:
    """What an antigen's name stands for, where that is no particular factor; else empty."""
    if fold(antigen_class) == "inputcontrol":
        return "a control, no protein that binds DNA"
    if fold(antigen) in _UNNAMED:
        return "not told which protein"
    return no_factor(antigen)


def with_roles(table: pd.DataFrame, own: Set[str], own_antigens: Set[str] = frozenset()) -> pd.DataFrame:
    """Mark studies, and the experiments that a result was made from: those find it again whatever it means.

    Parameters
    ----------
    own : set of str
        Accessions of the experiments that were compared.
    own_antigens : set of str
        Names, as `fold` gives them, of antigens all of whose experiments made the result.

    Returns
    -------
    DataFrame
        The table and ``study`` (a number, inferred from accessions that follow each other) and ``counted`` (bool).
    """
    circular = table["experiment"].isin(own) | table["antigen"].map(fold).isin(own_antigens)
    return table.assign(study=accession_batches(table["experiment"]).to_numpy(), counted=~circular)


def summarise_antigens(table: pd.DataFrame, direction: str) -> pd.DataFrame:
    """One row an antigen.

    Every study of an antigen has one vote, its experiments equal parts of it. The p-value is twice the smallest one
    that more than half of the votes reach, so that half of them are not enough: valid however the experiments depend
    on each other (Rüger 1978; Vovk and Wang 2020), and they do, for they bind the same regions, so that a rank test
    over experiments would call chance a finding.

    Parameters
    ----------
    table : DataFrame
        From `measure_experiments`, with ``study``; those that do not count left out before.
    direction : str
        Of the rows.

    Returns
    -------
    DataFrame
        `COLUMNS`, by rank. ``specific_log2_odds`` and ``log2_odds`` are medians over studies (see
        `measure_experiments`), ``share_enriched`` the mean over studies of the share of experiments with q < 0.05,
        0..1, ``rank_score`` the mean of an antigen's ranks by p-value, specific log odds and share (ties share a
        rank), by which antigens are ranked; ``enriched`` is q < 0.05 (Benjamini-Hochberg over antigens).
    """
    ordered = table.sort_values(["pvalue", "experiment"], kind="stable")
    groups = ordered.groupby(antigen_keys(ordered), sort=False).indices.values()
    rows = [_row(ordered.iloc[members], direction) for members in groups]
    found = pd.DataFrame(
        rows, columns=[name for name in COLUMNS if name not in ("rank", "enriched", "rank_score", "qvalue")]
    )
    if found.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    found["qvalue"] = benjamini_hochberg(found["pvalue"].to_numpy(float))
    found["enriched"] = found["qvalue"] < QVALUE
    places = [
        found["pvalue"].rank(),
        found["specific_log2_odds"].rank(ascending=False),
        found["share_enriched"].rank(ascending=False),
    ]
    found["rank_score"] = sum(places) / len(places)
    # What is no finding never stands before what is one.
    order = np.lexsort((found["antigen"], found["pvalue"], found["rank_score"], ~found["enriched"]))
    found = found.iloc[order].reset_index(drop=True)
    found["rank"] = np.arange(1, len(found) + 1)
    return found[list(COLUMNS)]


def _row(mine: pd.DataFrame, direction: str) -> dict[str, object]:
    """Numbers of an antigen, its experiments by p-value."""
    votes = equal_votes(mine["study"].to_numpy())
    enriched = (mine["qvalue"] < QVALUE).to_numpy()
    best = mine.head(TOP_EXPERIMENTS)[["experiment", "cell_type", "overlap_a", "size_a", "overlap_b", "size_b"]]
    return {
        "direction": direction,
        "antigen": mine["antigen"].iloc[0],
        "antigen_class": mine["antigen_class"].iloc[0],
        "pvalue": min(2 * majority_value(mine["pvalue"].to_numpy(), votes), 1.0),
        "specific_log2_odds": weighted_median(mine["specific_log2_odds"].to_numpy(), votes),
        "log2_odds": weighted_median(mine["log2_odds"].to_numpy(), votes),
        "num_enriched": int(enriched.sum()),
        "num_experiments": len(mine),
        "share_enriched": float(np.average(enriched, weights=votes)),
        "num_studies": int(mine["study"].nunique()),
        "median_peaks": float(mine["num_peaks"].median()),
        "remark": remark_on(str(mine["antigen"].iloc[0]), str(mine["antigen_class"].iloc[0])),
        "top_experiments": "; ".join(
            f"{experiment} ({cell_type}; {a}/{n_a} vs {b}/{n_b})"
            for experiment, cell_type, a, n_a, b, n_b in best.to_numpy().tolist()
        ),
    }

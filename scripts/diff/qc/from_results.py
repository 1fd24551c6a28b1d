"""The comparison that the quality rules look at, out of results: of the workflow, of a pickle, of another cut."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ...chipatlas.assemblies import assembly_of
from ...chipatlas.wabi.replies import parse_log
from ..analysis import analysis_of
from ..results.filter_regions import FilterCounts
from ..results.samples import ignored_experiments, own_inputs
from .comparison import Comparison


def comparison_of(results: Mapping[str, Any]) -> Comparison:
    """What the rules need of results.

    Parameters
    ----------
    results : DiffResult, or dict
        Of `run_diff_workflow`; its findings are not looked at.
    """
    regions, samples, parameters = results["diff_regions"], results["samples"], results["parameters"]
    experiments, provenance, counts = results["experiments"], results["provenance"], results["counts"]
    groups = results["experiments_a"], results["experiments_b"]
    names = {} if experiments.empty else dict(zip(experiments["requested"], experiments["accession"], strict=True))
    matched = counts is None or counts.empty or counts.columns.tolist() == samples["accession"].tolist()
    held_against = results.get("blacklist") or {}
    return Comparison(
        regions=regions,
        filtered_out=FilterCounts(**parameters["filter_counts"]),
        analysis=analysis_of(regions),
        assembly=assembly_of(parameters["genome"], regions["chrom"].unique()),
        label_a=parameters["description_a"],
        label_b=parameters["description_b"],
        n_a=int((samples["group"] == "A").sum()),
        n_b=int((samples["group"] == "B").sum()),
        ignored=tuple(ignored_experiments(parse_log(results["log_content"]), *groups, names)),
        experiments=experiments,
        metadata_unavailable=provenance.get("metadata_unavailable", ""),
        own=_own_samples(samples, provenance),
        counts=counts if matched else None,
        counts_matched=matched,
        sample_groups=tuple(samples["group"]),
        normalisation=results.get("normalisation"),
        controls=results.get("controls"),
        blacklist=held_against.get("table"),
        blacklist_source=held_against.get("source", ""),
        blacklist_problem=held_against.get("problem", ""),
    )


def _own_samples(samples: pd.DataFrame, provenance: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Name and group of the experiments that are the user's own."""
    own = own_inputs(provenance)
    return tuple(pair for pair in zip(samples["accession"], samples["group"], strict=True) if pair[0] in own)

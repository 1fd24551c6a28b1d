"""What the quality rules look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from ...chipatlas.assemblies import Assembly
from ..analysis import Analysis
from ..results.filter_regions import FilterCounts
from ..results.loci import label_loci, one_per_locus

#: How many regions a finding lists by name.
LISTED_REGIONS = 20


@dataclass(frozen=True)
class Comparison:
    """What the rules look at.

    Attributes
    ----------
    regions : DataFrame
        Filtered regions, sorted by significance.
    filtered_out : FilterCounts
        What the filter took away.
    n_a, n_b : int
        Experiments in each group that the server really used.
    ignored : tuple of str
        Requested experiments it did not use.
    experiments : DataFrame
        What the site knows of the experiments (`diff.inputs.preflight`); empty when it could not be asked.
    metadata_unavailable : str
        Why `experiments` is empty; empty when it is not, or when nobody wanted to know.
    own : tuple of (str, str)
        Name and group of each experiment that is the user's own.
    counts, counts_matched
        As `diff.results.samples.counts_matrix` gives them, for all tested regions; None for methylation.
    sample_groups : tuple of str
        "A" or "B" per column of `counts`.
    normalisation : mapping, optional
        Where reads were counted here: library sizes, and what each normalisation answers (`engine.testing.Tested`).
    controls : DataFrame or None
        ``chrom start end reads_a reads_b`` of input controls along the genome.
    blacklist : DataFrame or None
        ``chrom start end reason`` (0-based, half-open), see `diff.annotate.blacklist`; None without one.
    blacklist_source, blacklist_problem : str
        What it is, and why there is none; both empty when nobody wanted one.
    """

    regions: pd.DataFrame
    filtered_out: FilterCounts
    analysis: Analysis
    assembly: Assembly
    label_a: str
    label_b: str
    n_a: int
    n_b: int
    ignored: tuple[str, ...] = ()
    experiments: pd.DataFrame = field(default_factory=pd.DataFrame)
    metadata_unavailable: str = ""
    own: tuple[tuple[str, str], ...] = ()
    counts: pd.DataFrame | None = None
    counts_matched: bool = True
    sample_groups: tuple[str, ...] = ()
    normalisation: Mapping[str, Any] | None = None
    controls: pd.DataFrame | None = None
    blacklist: pd.DataFrame | None = None
    blacklist_source: str = ""
    blacklist_problem: str = ""

    @property
    def significant(self) -> pd.DataFrame:
        """The significant regions."""
        return self.regions[self.regions["significant"]]

    @cached_property
    def locus_labels(self) -> np.ndarray:
        """The locus of each region, as `diff.results.loci.label_loci` numbers them; several rules ask for it."""
        return label_loci(self.regions)

    @cached_property
    def significant_loci(self) -> pd.DataFrame:
        """The most significant region of each locus that holds a significant one."""
        return one_per_locus(self.regions, self.regions["significant"], self.locus_labels)

    def label(self, direction: str) -> str:
        """The label of the group that a direction names."""
        return self.label_a if direction == "A_enriched" else self.label_b

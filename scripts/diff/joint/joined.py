"""What several comparisons come to beside each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from ...common.findings import Finding
from .compared import Compared
from .table import OPPOSITE


@dataclass(frozen=True, repr=False)
class Joined:
    """Several comparisons beside each other. Coordinates are 0-based and half-open.

    Attributes
    ----------
    table : DataFrame
        One row a locus, most comparisons first, then by the smallest q-value: ``chrom start end``; ``n_tested`` (of
        methylation ``n_reported``) and ``n_significant`` comparisons; ``direction`` of its significant regions
        (``A_enriched``, ``B_enriched``, ``opposite``, or empty); then for each comparison, with ``|NAME`` behind it,
        ``tested`` (``reported``), the effect (``logFC``, log2 of A over B, or ``methylation_difference``, in -1..1),
        ``pvalue``, ``qvalue``, ``direction``, ``significant`` of its best region there, and ``regions``, how many
        there are. Without one, all of it is missing but ``regions``, which is 0.
    overlaps : DataFrame
        Loci that are significant in just these comparisons: ``comparisons``, ``n_comparisons``, ``direction``,
        ``loci``, ``tested_in_all`` (how many of them have a region in every comparison), and ``significant|NAME``.
    pairs : DataFrame
        One row for every two comparisons. ``regions_1``, ``overlapping_1``, ``one_to_many_1`` (and ``_2``): regions,
        those that share a base with the other's, and with more than one; ``matched``: pairs of regions that are each
        other's best. ``pearson_r``, ``spearman_rho`` of their effects; ``shared_experiments``, ``same_fit``,
        ``r_by_construction``, ``r_without_shared`` (see `diff.joint.sharing`). ``loci_both`` and
        ``loci_both_same_direction``. Of 1's significant loci in 2 (``_1_in_2``; ``_2_in_1`` alike): ``loci``,
        ``followed`` (with a region there), and of these the shares ``same_sign``, ``expected_same_sign`` (by chance),
        ``nominal_same`` and ``nominal_opposite`` (p < 0.05), ``pi1`` (share with an effect of the same sign);
        ``only`` (followed, and not significant there) and ``only_nominal_same`` (of these). Then ``reading``.
    findings : list of Finding
        Major ones first.
    comparisons : dict of str to Compared
    matched : dict of (str, str) to DataFrame
        ``effect_1 significant_1 effect_2 significant_2`` of the matched regions of two comparisons.
    provenance : dict
    """

    table: pd.DataFrame
    overlaps: pd.DataFrame
    pairs: pd.DataFrame
    findings: list[Finding]
    comparisons: dict[str, Compared]
    matched: dict[tuple[str, str], pd.DataFrame] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The comparisons, in the order given."""
        return list(self.comparisons)

    @property
    def simulated(self) -> bool:
        """Whether any of the numbers come from a simulation."""
        return any(one.simulated for one in self.comparisons.values())

    @property
    def genome(self) -> str:
        """The assembly of all of them."""
        return next(iter(self.comparisons.values())).genome

    @property
    def effect(self) -> str:
        """Name of the effect."""
        return next(iter(self.comparisons.values())).analysis.effect

    @property
    def is_dmr(self) -> bool:
        """Whether it is of methylation."""
        return next(iter(self.comparisons.values())).analysis.is_dmr

    def title(self) -> str:
        """What it is, in a line."""
        return f"{len(self.comparisons)} comparisons: {', '.join(self.names)}; {self.genome}"

    def headline(self) -> list[tuple[str, str]]:
        """The numbers to begin with, each with what it counts."""
        some = int((self.table["n_significant"] > 0).sum())
        shared = self.table["n_significant"] > 1
        opposite = int((shared & (self.table["direction"] == OPPOSITE)).sum())
        return [
            (f"{len(self.comparisons):,}", "comparisons"),
            (f"{len(self.table):,}", "loci, counted once"),
            (f"{some:,}", "significant in any"),
            (f"{int(shared.sum()):,}", "significant in two or more"),
            (f"{opposite:,}", "of these not all one way"),
        ]

    def __repr__(self) -> str:
        mark = "SIMULATED. " if self.simulated else ""
        numbers = ", ".join(f"{value} {what}" for value, what in self.headline())
        return f"<{type(self).__name__}: {mark}{self.title()}: {numbers}>"

    def _repr_html_(self) -> str:
        from ...common.reporting.html.summary import SHOWN_ROWS, notebook_summary

        keys = ["table", "overlaps", "pairs", "findings", "comparisons", "matched", "provenance"]
        rows = self.table.head(SHOWN_ROWS)
        return notebook_summary(self.title(), self.headline(), self.findings, rows, keys, simulated=self.simulated)

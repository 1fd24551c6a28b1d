"""Gene sets tested among chosen genes: the table, the words around it, and which sets are enriched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from ..common.text import plural

#: Below this q-value a set is called enriched.
ENRICHED_QVALUE = 0.05


@dataclass(frozen=True, repr=False)
class Enrichment:
    """Gene sets among chosen genes.

    Attributes
    ----------
    table : DataFrame
        One row a set and direction, most significant first; `references/gene_sets.md` describes the columns.
    title : str
        Of what.
    labels : dict of str to str
        Direction -> its name for readers.
    statements : tuple of str
        What was counted and how, in sentences.
    fingerprint : str
        Of the results that it was made of.
    simulated : bool
    """

    table: pd.DataFrame
    title: str
    labels: Mapping[str, str]
    statements: tuple[str, ...]
    fingerprint: str
    simulated: bool

    @property
    def by_region(self) -> bool:
        """Whether regions were tested as well."""
        return "region_pvalue" in self.table

    def enriched(self) -> pd.DataFrame:
        """Sets with q < `ENRICHED_QVALUE`: of genes and, where they were tested, of regions."""
        both = self.table["qvalue"] < ENRICHED_QVALUE
        if self.by_region:
            both &= self.table["region_qvalue"] < ENRICHED_QVALUE
        return self.table[both]

    def headline(self) -> str:
        """How many sets are enriched, in words."""
        found = self.enriched()["direction"].value_counts()
        tests = " by genes and by regions" if self.by_region else ""
        sides = ", ".join(f"{found.get(direction, 0):,} ({label})" for direction, label in self.labels.items())
        sets = self.table[["library", "gene_set"]].drop_duplicates()
        return f"{plural(len(sets), 'gene set')} tested; q < {ENRICHED_QVALUE:g}{tests}: {sides}"

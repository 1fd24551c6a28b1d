"""What a factor's target genes come to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..common.findings import Finding
from ..common.results import Results
from .background.findings import JUDGED
from .outputs import check_results

if TYPE_CHECKING:
    import pandas as pd


class TargetsResult(Results):
    """What `run_target_genes_workflow` returns: a dict, its values attributes too.

    Attributes
    ----------
    target_genes : DataFrame
        One row per gene, ranked; columns `targets.table.scores.COLUMNS`.
    experiment_data : DataFrame
        ``gene``, then one column of MACS2 scores per experiment (``{accession}|{cell type}``); the same genes.
    cell_types : list of str
        Those of the experiments used, most experiments first.
    protein : str
    parameters, metadata, provenance : dict
    expression : dict
        ``genes`` (DataFrame) and ``evidence``; only where a table of expression was given.
    background : dict
        See `targets.background.beside.Beside.about`; only with a background.
    """

    target_genes: pd.DataFrame
    experiment_data: pd.DataFrame
    cell_types: list[str]
    protein: str
    parameters: dict[str, Any]
    metadata: dict[str, Any]
    provenance: dict[str, Any]

    @classmethod
    def of(cls, results: Mapping[str, Any]) -> TargetsResult:
        """Results, or what a pickle of them holds; `InputError` names what is missing."""
        check_results(results)
        return results if isinstance(results, cls) else cls(results)

    def title(self) -> str:
        return f"Target genes of {self.protein} ({self.parameters['genome']}, ±{self.parameters['distance']}kb)"

    def findings(self) -> list[Finding]:
        return [Finding.of(one) for one in self.get("background", {}).get("findings", ())]

    def headline(self) -> list[tuple[str, str]]:
        hot = [
            (f"{count['hot']} of {count['genes']}", f"of the first {count['genes']} genes are hot loci")
            for count in self.get("background", {}).get("counts", ())
            if count["top"] == JUDGED
        ]
        return [
            (f"{len(self.target_genes):,}", "genes reported"),
            (f"{self.metadata['n_genes_bound_used']:,}", "genes with a peak in an experiment used"),
            (f"{self.metadata['n_experiments']:,}", "experiments used"),
            (f"{self.metadata['unique_cell_types']:,}", "cell types used"),
            (f"{self.metadata['colocated_info']['independent_loci']:,}", "independent loci among the reported genes"),
            *hot,
        ]

    def first_rows(self, count: int) -> pd.DataFrame:
        return self.target_genes.head(count)

    def identity(self) -> pd.DataFrame:
        return self.target_genes[["gene", "avg_score"]]

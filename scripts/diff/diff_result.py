"""What a comparison comes to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..common.findings import Finding
from ..common.results import Results
from .analysis import QVALUE_THRESHOLD, Analysis, Cut, analysis_of
from .outputs import check_results
from .qc.chromosomes import suspect_regions
from .results.loci import called_counts

if TYPE_CHECKING:
    import pandas as pd


#: What stands beside a row that a major finding advises not to interpret.
CAUTION = "artefact?"


#: What earlier pickles lack.
LATER_KEYS = ("read_counts", "normalisation", "design", "stability", "controls", "blacklist")


class DiffResult(Results):
    """What `run_diff_workflow` returns: a dict, its values attributes too.

    Attributes
    ----------
    diff_regions, diff_regions_unfiltered : DataFrame
        One row per region, with and without the filters; columns in `diff.analysis`.
    qc_warnings : list of Finding
        Major ones first.
    experiments_a, experiments_b : list of str
        The groups as they were asked for.
    samples : DataFrame
        ``accession`` and ``group`` of the experiments that were used, in the order of the counts.
    counts : DataFrame of shape (regions, experiments), or None
        Normalised counts, rows as `diff_regions`; None for methylation.
    experiments : DataFrame
        Metadata; see `diff.inputs.preflight`.
    raw_files : dict
        Kind -> path.
    log_content : str
    design_caveats : list of str
    parameters, provenance : dict
    read_counts : DataFrame or None
        ``chrom start end`` and whole read counts of all regions, where they were counted here.
    normalisation, design : dict or None
    controls : DataFrame or None
        Reads of input controls along the genome; see `engine.counts.background.reads_along`.
    blacklist : dict or None
        ``table`` (DataFrame or None), ``source``, ``problem``; see `diff.annotate.blacklist.Blacklist`.
    stability : DataFrame or None
        Of a local comparison of peaks; see `engine.testing.Tested`.
    """

    diff_regions: pd.DataFrame
    diff_regions_unfiltered: pd.DataFrame
    qc_warnings: list[Finding]
    experiments_a: list[str]
    experiments_b: list[str]
    samples: pd.DataFrame
    counts: pd.DataFrame | None
    experiments: pd.DataFrame
    raw_files: dict[str, str]
    log_content: str
    design_caveats: list[str]
    parameters: dict[str, Any]
    provenance: dict[str, Any]
    read_counts: pd.DataFrame | None
    normalisation: dict[str, Any] | None
    design: dict[str, Any] | None
    stability: pd.DataFrame | None
    controls: pd.DataFrame | None
    blacklist: dict[str, Any] | None

    @property
    def cut(self) -> Cut:
        """What makes a region significant."""
        parameters = self.parameters
        least = (parameters.get("recut") or {}).get("min_abs_logfc", 0.0)
        return Cut(float(parameters.get("qvalue_threshold", QVALUE_THRESHOLD)), float(least))

    @classmethod
    def of(cls, results: Mapping[str, Any]) -> DiffResult:
        """Results, or what a pickle of them holds; `InputError` names what is missing."""
        check_results(results)
        if isinstance(results, cls):
            return results
        findings = [Finding.of(item) for item in results["qc_warnings"]]
        return cls({**results, "qc_warnings": findings} | {key: results.get(key) for key in LATER_KEYS})

    @property
    def analysis(self) -> Analysis:
        """Which analysis this is, read from the columns."""
        return analysis_of(self.diff_regions)

    def plain(self) -> dict[str, Any]:
        return {**self, "qc_warnings": [dict(item) for item in self.qc_warnings]}

    def title(self) -> str:
        return f"{self.parameters['description_a']} vs {self.parameters['description_b']}, {self.parameters['genome']}"

    def headline(self) -> list[tuple[str, str]]:
        called = called_counts(self.diff_regions, self.diff_regions["significant"])
        word = "methylation higher" if self.analysis.is_dmr else "higher"
        return [
            (f"{called['significant']:,}", f"significant regions ({self.cut.rule})"),
            (f"{called['higher_a']:,}", f"{word} in {self.parameters['description_a']}"),
            (f"{called['higher_b']:,}", f"{word} in {self.parameters['description_b']}"),
            (f"{called['loci']:,}", "independent loci among the significant"),
            (f"{len(self.diff_regions):,}", "regions after filtering"),
        ]

    def findings(self) -> list[Finding]:
        return self.qc_warnings

    def first_rows(self, count: int) -> pd.DataFrame:
        head = self.diff_regions.head(count)
        # Counts per experiment are long texts; the groups' means stand beside them.
        rows = head.drop(columns=["counts_a", "counts_b", "score"], errors="ignore")
        suspect = suspect_regions(head, self.qc_warnings)
        if suspect.any():
            rows.insert(3, "caution", suspect.map({True: CAUTION, False: ""}))
        return rows

    def identity(self) -> pd.DataFrame:
        return self.diff_regions[["chrom", "chromStart", "chromEnd", "direction", "significant"]]

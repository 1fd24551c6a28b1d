"""The two kinds of analysis, and what their tables are called: column names as data, said once.

Coordinates are 0-based and half-open throughout. The effect is A minus B: log2(A / B) for peaks, mean methylation of A
minus mean methylation of B (in 0..1) for bisulfite experiments.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ..common.errors import NotFoundError
from ..common.text import fold, near_matches

#: False discovery rate (diffbind) or family-wise error (dmr) below which a region counts as significant.
QVALUE_THRESHOLD = 0.05

POSITION = ("chrom", "chromStart", "chromEnd")


@dataclass(frozen=True)
class Cut:
    """What makes a region significant.

    Attributes
    ----------
    qvalue : float
        Its q-value is below this.
    least_effect : float
        Its effect has at least this size.
    """

    qvalue: float = QVALUE_THRESHOLD
    least_effect: float = 0.0

    @property
    def rule(self) -> str:
        """In words, for a table or a legend."""
        return f"q < {self.qvalue:g}{f', |effect| ≥ {self.least_effect:g}' if self.least_effect else ''}"

    @property
    def otherwise(self) -> str:
        """What holds for the others."""
        return f"q ≥ {self.qvalue:g}{f' or |effect| < {self.least_effect:g}' if self.least_effect else ''}"


@dataclass(frozen=True)
class Analysis:
    """One kind of analysis.

    Attributes
    ----------
    name : str
        The service's word for it.
    columns : tuple of str
        Columns of `diff_regions` and of every CSV made from it.
    raw_columns : tuple of str
        Columns of the service's headerless BED.
    effect : str
        Column of the effect.
    level_a, level_b : str
        Columns of the two groups' levels: normalised counts, or methylation in 0..1.
    method : str
        What the server computes, in a sentence.
    q_name : str
        What the q-value is.
    """

    name: str
    columns: tuple[str, ...]
    raw_columns: tuple[str, ...]
    effect: str
    level_a: str
    level_b: str
    method: str
    q_name: str

    @property
    def is_dmr(self) -> bool:
        """Whether this is an analysis of methylation."""
        return self.name == "dmr"


DIFFBIND = Analysis(
    name="diffbind",
    columns=(
        *POSITION,
        "counts_a",
        "counts_b",
        "logFC",
        "pvalue",
        "qvalue",
        "region_size",
        "direction",
        "significant",
        "mean_count_a",
        "mean_count_b",
        "score",
    ),
    raw_columns=(*POSITION, "counts_a", "counts_b", "logFC", "pvalue", "qvalue"),
    effect="logFC",
    level_a="mean_count_a",
    level_b="mean_count_b",
    method=(
        "The union of all experiments' MACS2 peaks (Q < 1e-5), cut at every peak edge, is counted in each experiment; "
        "edgeR filters low counts (filterByExpr), normalises by TMM, estimates common and tagwise dispersion "
        "(classic qCML) and applies its exact test."
    ),
    q_name="Benjamini-Hochberg false discovery rate",
)

DMR = Analysis(
    name="dmr",
    columns=(
        *POSITION,
        "qvalue",
        "methylation_difference",
        "n_cpgs",
        "pvalue",
        "pvalue_mwu",
        "mean_methylation_a",
        "mean_methylation_b",
        "region_size",
        "direction",
        "significant",
        "score",
    ),
    raw_columns=(
        *POSITION,
        "qvalue",
        "methylation_difference",
        "n_cpgs",
        "pvalue_mwu",
        "pvalue",
        "mean_methylation_a",
        "mean_methylation_b",
    ),
    effect="methylation_difference",
    level_a="mean_methylation_a",
    level_b="mean_methylation_b",
    method=(
        "metilene segments the CpGs (gaps of at most 300 bp, at least 10 CpGs, mean difference of at least 0.1) and "
        "tests each segment with a two-dimensional Kolmogorov-Smirnov test; a Mann-Whitney p-value is given beside it."
    ),
    q_name="two-dimensional KS p-value times the number of tested segments (Bonferroni)",
)

ANALYSES = {analysis.name: analysis for analysis in (DIFFBIND, DMR)}


#: Other words for the two, folded: the method's, the data's, and what the result is called.
_ALSO_CALLED = {
    DIFFBIND.name: ("dpr", "edger", "peak", "peaks", "diffpeaks", "chipseq", "atacseq", "dnaseseq"),
    DMR.name: ("metilene", "methylation", "bisulfite", "bisulfiteseq", "bsseq", "wgbs"),
}


def get_analysis(name: str) -> Analysis:
    """Look an analysis up by the service's word for it."""
    if isinstance(name, str) and name in ANALYSES:
        return ANALYSES[name]
    meant = [analysis for analysis, words in _ALSO_CALLED.items() if fold(str(name)) in words]
    raise NotFoundError(
        f"Unknown analysis_type {name!r}. Use 'diffbind' (ChIP-, ATAC-, DNase-seq) or 'dmr' (Bisulfite-seq).",
        meant or near_matches(str(name), ANALYSES),
    )


def analysis_of(regions: pd.DataFrame) -> Analysis:
    """Which analysis made these regions, read from their columns."""
    return DMR if DMR.effect in regions.columns else DIFFBIND


def region_names(regions: pd.DataFrame, limit: int | None = None) -> list[str]:
    """``chrom:start-end`` of each region (0-based start, as in the tables)."""
    shown = regions if limit is None else regions.head(limit)
    return [
        f"{chrom}:{start}-{end}"
        for chrom, start, end in zip(shown["chrom"], shown["chromStart"], shown["chromEnd"], strict=True)
    ]

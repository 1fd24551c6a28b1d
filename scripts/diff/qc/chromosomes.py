"""Quality rules about where on the genome the regions lie: sex, mitochondrion, contigs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from ...common.findings import Finding
from ...common.text import plural
from ..analysis import POSITION, region_names
from ..results.overlaps import overlapping
from .comparison import LISTED_REGIONS, Comparison

SEX_ALL_SHARE = 0.80
SEX_SIGNIFICANT_SHARE = 0.67
#: Fewer regions than this have no direction to speak of.
SEX_MIN_REGIONS = 3
#: Counts carry a pseudo-count of one per region; a chromosome that is not there stays below this, or below this share.
NEAR_ZERO_COUNT = 5.0
NEAR_ZERO_SHARE = 0.10

CHRM_DOUBLY_SUSPECT_BP = 20


def check_sex_chromosomes(comparison: Comparison) -> list[Finding]:
    """Sex chromosomes that point one way, with next to nothing in the other group: the groups differ in sex.

    Where one chromosome shows that, the others need to point one way only: one X beside two makes no near-zero counts.
    """
    strict = {chrom: _one_sided_regions(comparison, chrom) for chrom in comparison.assembly.sex}
    mismatch = any(strict.values())
    findings = []
    for chrom, found in strict.items():
        near_zero = bool(found) and not comparison.analysis.is_dmr
        flagged = found or (_one_sided_regions(comparison, chrom, any_count=True) if mismatch else [])
        if not flagged:
            continue
        details = "; ".join(
            f"{(regions['direction'] == direction).mean():.0%} of the {len(regions):,} {which} regions on {chrom} are "
            f"higher in {comparison.label(direction)}"
            for which, direction, regions in flagged
        )
        if near_zero:
            depleted = comparison.label_b if flagged[0][1] == "A_enriched" else comparison.label_a
            details += f", with a median count near zero in {depleted}"
        elif not found:
            details += ", as one copy beside two would be, next to the other sex chromosome's mismatch"
        findings.append(
            Finding(
                "sex-chromosomes",
                "major",
                f"Sex-chromosome confound on {chrom}",
                details + ".",
                f"The groups probably differ in sex (or in copies of {chrom}). Do not interpret regions on {chrom} as "
                "differences in binding or methylation; leave them out of what follows.",
                region_names(flagged[-1][2], LISTED_REGIONS),
                [(chrom, None, None)],
            )
        )
    return findings


def check_mitochondrial(comparison: Comparison) -> list[Finding]:
    """Significant regions on the genome of an organelle; for peaks only, methylation there can be real."""
    significant = comparison.significant
    on_chrm = significant[significant["chrom"].isin(comparison.assembly.organelles)]
    if comparison.analysis.is_dmr or on_chrm.empty:
        return []
    tiny = int((on_chrm["region_size"] < CHRM_DOUBLY_SUSPECT_BP).sum())
    also = f", {tiny} of them also under {CHRM_DOUBLY_SUSPECT_BP} bp and so doubly suspect" if tiny else ""
    names = " and ".join(sorted(on_chrm["chrom"].unique()))
    whose = "Mitochondrial and plastid" if comparison.assembly.plastid else "Mitochondrial"
    return [
        Finding(
            "mitochondrial-regions",
            "major",
            "Mitochondrial regions",
            f"{plural(len(on_chrm), 'significant region')} on {names}{also}.",
            f"{whose} DNA has no nucleosomes; these are contamination or unspecific binding, not regulation. "
            "Leave them out of any interpretation.",
            region_names(on_chrm, LISTED_REGIONS),
            [(chrom, None, None) for chrom in comparison.assembly.organelles],
        )
    ]


def check_contigs(comparison: Comparison) -> list[Finding]:
    """Regions on scaffolds and unplaced contigs, which the filter took out."""
    counts = comparison.filtered_out
    if counts.nonstandard_contig == 0:
        return []
    return [
        Finding(
            "nonstandard-contigs",
            "note",
            "Non-standard contigs filtered",
            f"{plural(counts.nonstandard_contig, 'region')} on scaffolds or unplaced contigs "
            f"({counts.nonstandard_contig_significant:,} significant) were taken out.",
            "They are usually mapping artefacts; they are kept in diff_regions_unfiltered.csv.",
        )
    ]


def suspect_regions(regions: pd.DataFrame, findings: Iterable[Mapping[str, Any]]) -> pd.Series:
    """Which regions a finding advises not to interpret: all on a chromosome, or the significant ones in a span."""
    spans = [span for item in findings for span in Finding.of(item).spans]
    parts = [span for span in spans if span[1] is not None and span[2] is not None]
    suspect = regions["chrom"].isin([chrom for chrom, start, end in spans if start is None or end is None])
    if parts:
        suspect |= overlapping(regions, pd.DataFrame(parts, columns=list(POSITION))) & regions["significant"]
    return suspect


def _one_sided_regions(
    comparison: Comparison, chrom: str, *, any_count: bool = False
) -> list[tuple[str, str, pd.DataFrame]]:
    """``tested`` and ``significant`` regions of a chromosome, each with its direction, where they point one way."""
    on_chrom = comparison.regions[comparison.regions["chrom"] == chrom]
    significant = on_chrom[on_chrom["significant"]]
    directions = [
        ("tested", _one_sided(comparison, on_chrom, SEX_ALL_SHARE, any_count), on_chrom),
        ("significant", _one_sided(comparison, significant, SEX_SIGNIFICANT_SHARE, any_count), significant),
    ]
    return [(which, direction, regions) for which, direction, regions in directions if direction]


def _one_sided(comparison: Comparison, regions: pd.DataFrame, threshold: float, any_count: bool) -> str:
    """The direction that more than `threshold` of the regions share, the other group being near zero; else ''."""
    if len(regions) < SEX_MIN_REGIONS:
        return ""
    for direction, depleted, enriched in (
        ("A_enriched", comparison.analysis.level_b, comparison.analysis.level_a),
        ("B_enriched", comparison.analysis.level_a, comparison.analysis.level_b),
    ):
        if (regions["direction"] == direction).mean() <= threshold:
            continue
        if any_count or comparison.analysis.is_dmr:
            return direction
        left = float(regions[depleted].median())
        if left <= NEAR_ZERO_COUNT or left <= NEAR_ZERO_SHARE * float(regions[enriched].median()):
            return direction
    return ""

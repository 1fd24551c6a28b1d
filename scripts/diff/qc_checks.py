"""Automated checks: the artefacts that make a comparison look like biology.

Each rule takes a `Comparison` and returns findings. Thresholds are the specification's unless a comment says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from scripts.diff.analysis import Analysis, region_names
from scripts.diff.design import check_design, check_outliers
from scripts.diff.filter_regions import FilterCounts
from scripts.diff.loci import one_per_locus
from scripts.shared.console import say
from scripts.shared.findings import Finding, by_severity, finding
from scripts.shared.genomes import Assembly
from scripts.shared.text import plural

SEX_ISSUE = "Sex-chromosome confound on "
MITOCHONDRIAL_ISSUE = "Mitochondrial regions"
SEX_ALL_SHARE = 0.80
SEX_SIGNIFICANT_SHARE = 0.67
#: Fewer regions than this have no direction to speak of.
SEX_MIN_REGIONS = 3
#: Counts carry a pseudo-count of one per region; a chromosome that is not there stays below this, or below this share.
NEAR_ZERO_COUNT = 5.0
NEAR_ZERO_SHARE = 0.10

CLUSTER_MIN_LOCI = 10
CLUSTER_SPAN_BP = 2_000_000
#: Of the significant loci inside the span, this share must point one way.
CLUSTER_SHARE = 0.90

CHRM_DOUBLY_SUSPECT_BP = 20
UNRELIABLE_N = 3
UNSTABLE_N = 5
MA_LOG2_DIFFERENCE = 1.0
#: A median of fewer regions is not compared.
MA_MIN_REGIONS = 5
SMALL_MEDIAN_BP = 100
#: From this many significant regions a locus on, fragmentation inflates every count that is quoted.
FRAGMENTED_RATIO = 1.5

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
        What the site knows of the experiments (`scripts.diff.preflight`); empty when it could not be asked.
    counts, counts_matched
        As `scripts.diff.samples.counts_matrix` gives them, for all tested regions; None for methylation.
    sample_groups : tuple of str
        "A" or "B" per column of `counts`.
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
    counts: pd.DataFrame | None = None
    counts_matched: bool = True
    sample_groups: tuple[str, ...] = ()

    @property
    def significant(self) -> pd.DataFrame:
        """The significant regions."""
        return self.regions[self.regions["significant"]]

    def label(self, direction: str) -> str:
        """The label of the group that a direction names."""
        return self.label_a if direction == "A_enriched" else self.label_b


def run_qc_checks(comparison: Comparison) -> list[Finding]:
    """Apply every rule; major findings first."""
    findings = by_severity(item for rule in RULES for item in rule(comparison))
    say(f"  QC: {plural(len(findings), 'finding')}")
    for item in findings:
        say(f"    [{item['severity']}] {item['issue']}: {item['details']}")
    return findings


def mean_log2_count(regions: pd.DataFrame) -> np.ndarray:
    """log2(1 + mean normalised count over the two groups): the x-axis of the MA plot and of its check."""
    mean = (regions["mean_count_a"].to_numpy(float) + regions["mean_count_b"].to_numpy(float)) / 2
    return np.log2(mean + 1)


def check_ignored_experiments(comparison: Comparison) -> list[Finding]:
    """Experiments the server left out: the groups are smaller than asked for."""
    if not comparison.ignored:
        return []
    return [
        finding(
            "major",
            "Experiments not used by the server",
            f"{', '.join(comparison.ignored)} took no part; the comparison is {comparison.n_a} "
            f"({comparison.label_a}) vs {comparison.n_b} ({comparison.label_b}).",
            "Check these accessions (genome, assay, spelling) and decide whether the comparison still stands.",
        )
    ]


def check_counts_belong(comparison: Comparison) -> list[Finding]:
    """As many counts per region as experiments that were used, or nobody knows whose a count is."""
    if comparison.counts_matched:
        return []
    return [
        finding(
            "major",
            "Counts cannot be matched to experiments",
            "The server's result has another number of counts per region than its log lists experiments; "
            "they are called A1, A2, ..., B1, B2, ... instead.",
            "Group means and statistics stand; do not quote a single experiment's count.",
        )
    ]


def check_experiments(comparison: Comparison) -> list[Finding]:
    """What the experiments' metadata says against the design."""
    return check_design(comparison.experiments, comparison.label_a, comparison.label_b)


def check_samples(comparison: Comparison) -> list[Finding]:
    """Samples whose counts are unlike those of their group."""
    if comparison.counts is None:
        return []
    return check_outliers(comparison.counts, comparison.sample_groups)


def check_fragments(comparison: Comparison) -> list[Finding]:
    """Abutting regions of one peak counted as many hits."""
    significant = comparison.significant
    loci = len(one_per_locus(comparison.regions, comparison.regions["significant"]))
    if comparison.analysis.is_dmr or loci == len(significant):
        return []
    return [
        finding(
            "minor" if len(significant) >= FRAGMENTED_RATIO * loci else "note",
            "Fragmented peaks",
            f"{plural(len(significant), 'significant region')} are fragments of {plural(loci, 'locus', 'loci')}.",
            "Count loci, not regions; diff_regions_merged.csv has one row per locus, with its best region.",
        )
    ]


def list_rules_left_out(comparison: Comparison) -> list[Finding]:
    """For methylation, which rules do not apply."""
    if not comparison.analysis.is_dmr:
        return []
    return [
        finding(
            "note",
            "Checks that do not apply to methylation",
            "Mitochondrial regions (methylation there can be real), MA asymmetry, region size, fragments and sample "
            "correlation (a DMR result holds no counts) were not checked; sex chromosomes without a count criterion.",
            "Nothing to do.",
        )
    ]


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
            details += f", with near-zero counts in {depleted}"
        findings.append(
            finding(
                "major",
                f"{SEX_ISSUE}{chrom}",
                details + ".",
                f"The groups probably differ in sex (or in copies of {chrom}). Do not interpret regions on {chrom} as "
                "differences in binding or methylation; leave them out of what follows.",
                region_names(flagged[-1][2], LISTED_REGIONS),
            )
        )
    return findings


def check_contigs(comparison: Comparison) -> list[Finding]:
    """Regions on scaffolds and unplaced contigs, which the filter took out."""
    counts = comparison.filtered_out
    if counts.nonstandard_contig == 0:
        return []
    return [
        finding(
            "note",
            "Non-standard contigs filtered",
            f"{plural(counts.nonstandard_contig, 'region')} on scaffolds or unplaced contigs "
            f"({counts.nonstandard_contig_significant:,} significant) were taken out.",
            "They are usually mapping artefacts; they are kept in diff_regions_unfiltered.csv.",
        )
    ]


def check_tiny_regions(comparison: Comparison) -> list[Finding]:
    """Regions under 10 bp (or the size asked for), which the filter took out."""
    counts = comparison.filtered_out
    if counts.below_min_size == 0:
        return []
    return [
        finding(
            "note",
            "Implausibly small regions filtered",
            f"{plural(counts.below_min_size, 'region')} under {counts.min_region_size} bp "
            f"({counts.below_min_size_significant:,} significant) were taken out.",
            "They arise where overlapping peaks are cut at their edges; they are kept in diff_regions_unfiltered.csv.",
        )
    ]


def check_clusters(comparison: Comparison) -> list[Finding]:
    """Ten or more significant loci within 2 Mb that point one way: copy number rather than binding.

    Fragments of one peak count once, or two peaks cut into five pieces each would be a cluster.
    """
    confounded = artefact_chromosomes(check_sex_chromosomes(comparison), comparison.assembly)
    left_out = {*comparison.assembly.mitochondrial, *confounded}
    loci = one_per_locus(comparison.regions, comparison.regions["significant"])
    loci = loci[~loci["chrom"].isin(left_out)]
    findings = []
    for chrom, on_chrom in loci.groupby("chrom", sort=True):
        ordered = on_chrom.sort_values("chromStart")
        for first, last, direction in _clusters(ordered):
            members = ordered.iloc[first : last + 1]
            span = members["chromEnd"].max() - members["chromStart"].min()
            findings.append(
                finding(
                    "major",
                    f"Genomic cluster on {chrom}",
                    f"{len(members)} significant loci within {span / 1e6:.2f} Mb "
                    f"({chrom}:{members['chromStart'].min()}-{members['chromEnd'].max()}), "
                    f"{(members['direction'] == direction).mean():.0%} higher in {comparison.label(direction)}.",
                    "This looks like a copy-number difference or another structural variant. "
                    "Look at the locus, and at input controls, in a genome browser before interpreting it.",
                    region_names(members, LISTED_REGIONS),
                )
            )
    return findings


def check_mitochondrial(comparison: Comparison) -> list[Finding]:
    """Significant regions on the mitochondrial genome; for peaks only, methylation there can be real."""
    significant = comparison.significant
    on_chrm = significant[significant["chrom"].isin(comparison.assembly.mitochondrial)]
    if comparison.analysis.is_dmr or on_chrm.empty:
        return []
    tiny = int((on_chrm["region_size"] < CHRM_DOUBLY_SUSPECT_BP).sum())
    also = f", {tiny} of them also under {CHRM_DOUBLY_SUSPECT_BP} bp and so doubly suspect" if tiny else ""
    return [
        finding(
            "major",
            MITOCHONDRIAL_ISSUE,
            f"{plural(len(on_chrm), 'significant region')} on chrM{also}.",
            "Mitochondrial DNA has no nucleosomes; these are contamination or unspecific binding, not regulation. "
            "Leave them out of any interpretation.",
            region_names(on_chrm, LISTED_REGIONS),
        )
    ]


def check_sample_size(comparison: Comparison) -> list[Finding]:
    """Few experiments a group: the q-values are approximate."""
    smallest = min(comparison.n_a, comparison.n_b)
    if smallest >= UNSTABLE_N:
        return []
    sizes = f"{comparison.n_a} ({comparison.label_a}) vs {comparison.n_b} ({comparison.label_b}) experiments"
    if smallest > UNRELIABLE_N:
        return [
            finding(
                "minor",
                "Small sample size",
                f"{sizes}: with n < {UNSTABLE_N} per group, FDR estimates may be unstable.",
                "Trust large effects first, and validate what matters.",
            )
        ]
    return [
        finding(
            "major",
            "Very small sample size",
            f"{sizes}: with n <= {UNRELIABLE_N} per group, q-values are unreliable.",
            "Read them as an approximate ranking, look at large effects only, and validate what matters.",
        )
    ]


def check_ma_asymmetry(comparison: Comparison) -> list[Finding]:
    """Hits of one direction at much lower counts than the other's: noise or normalisation."""
    significant = comparison.significant
    if comparison.analysis.is_dmr:
        return []
    medians = {}
    for direction in ("A_enriched", "B_enriched"):
        group = significant[significant["direction"] == direction]
        if len(group) < MA_MIN_REGIONS:
            return []
        medians[direction] = float(np.median(mean_log2_count(group)))
    low, high = sorted(medians, key=medians.__getitem__)
    difference = medians[high] - medians[low]
    if difference <= MA_LOG2_DIFFERENCE:
        return []
    return [
        finding(
            "major",
            "MA asymmetry",
            f"Significant regions higher in {comparison.label(low)} have a median mean count of "
            f"{medians[low]:.2f} (log2), those higher in {comparison.label(high)} {medians[high]:.2f}: "
            f"{difference:.2f} log2 units apart.",
            f"The hits in {comparison.label(low)} may come from normalisation or noise. "
            "Interpret regions with high counts first.",
            region_names(significant[significant["direction"] == low], LISTED_REGIONS),
        )
    ]


def check_median_size(comparison: Comparison) -> list[Finding]:
    """Small significant regions: peaks were cut into many fragments, which inflates their number."""
    significant = comparison.significant
    if comparison.analysis.is_dmr or significant.empty:
        return []
    median = float(significant["region_size"].median())
    if median >= SMALL_MEDIAN_BP:
        return []
    loci = len(one_per_locus(comparison.regions, comparison.regions["significant"]))
    return [
        finding(
            "minor",
            "Small significant regions",
            f"The median significant region is {median:.0f} bp (< {SMALL_MEDIAN_BP} bp): "
            f"{plural(len(significant), 'significant region')} make up {plural(loci, 'locus', 'loci')}.",
            "Peaks were cut into fragments: count loci, not regions, and check some in a genome browser.",
        )
    ]


def _one_sided_regions(
    comparison: Comparison, chrom: str, *, any_count: bool = False
) -> list[tuple[str, str, pd.DataFrame]]:
    """``tested`` and ``significant`` regions of a chromosome, each with its direction, where they point one way."""
    on_chrom = comparison.regions[comparison.regions["chrom"] == chrom]
    significant = on_chrom[on_chrom["significant"]]
    verdicts = [
        ("tested", _one_sided(comparison, on_chrom, SEX_ALL_SHARE, any_count), on_chrom),
        ("significant", _one_sided(comparison, significant, SEX_SIGNIFICANT_SHARE, any_count), significant),
    ]
    return [(which, direction, regions) for which, direction, regions in verdicts if direction]


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


def artefact_chromosomes(findings: Iterable[Finding], assembly: Assembly) -> list[str]:
    """Chromosomes whose regions the findings advise not to interpret: confounded sex chromosomes, chrM."""
    chromosomes = [item["issue"].removeprefix(SEX_ISSUE) for item in findings if item["issue"].startswith(SEX_ISSUE)]
    if any(item["issue"] == MITOCHONDRIAL_ISSUE for item in findings):
        chromosomes += assembly.mitochondrial
    return chromosomes


def _clusters(ordered: pd.DataFrame) -> list[tuple[int, int, str]]:
    """First and last row, and direction, of each cluster among one chromosome's loci in order of position."""
    start = ordered["chromStart"].to_numpy()
    end = ordered["chromEnd"].to_numpy()
    clusters: list[tuple[int, int, str]] = []
    for direction in ("A_enriched", "B_enriched"):
        points_there = np.concatenate([[0], np.cumsum(ordered["direction"].to_numpy() == direction)])
        # For each locus, the last one that still ends less than 2 Mb from its start.
        last = np.searchsorted(end, start + CLUSTER_SPAN_BP, side="left") - 1
        first = np.arange(len(start))
        count = points_there[last + 1] - points_there[first]
        dense = (count >= CLUSTER_MIN_LOCI) & (count >= CLUSTER_SHARE * (last - first + 1))
        for one_first, one_last in zip(first[dense], last[dense], strict=True):
            if clusters and clusters[-1][2] == direction and one_first <= clusters[-1][1]:
                clusters[-1] = (clusters[-1][0], max(int(one_last), clusters[-1][1]), direction)
            else:
                clusters.append((int(one_first), int(one_last), direction))
    return clusters


RULES: tuple[Callable[[Comparison], list[Finding]], ...] = (
    check_ignored_experiments,
    check_counts_belong,
    check_experiments,
    check_sex_chromosomes,
    check_mitochondrial,
    check_clusters,
    check_ma_asymmetry,
    check_sample_size,
    check_samples,
    check_median_size,
    check_fragments,
    check_contigs,
    check_tiny_regions,
    list_rules_left_out,
)

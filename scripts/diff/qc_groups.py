"""Quality rules about the groups: which experiments took part, how many, and how alike they are."""

from __future__ import annotations

from scripts.diff.comparison import Comparison
from scripts.diff.design import check_design, check_outliers
from scripts.shared.findings import Finding, finding

UNRELIABLE_N = 3
UNSTABLE_N = 5


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
            "The server's result has another number of counts per region than its log lists experiments, or the log "
            "lists one twice; they are called A1, A2, ..., B1, B2, ... instead.",
            "Group means and statistics stand; do not quote a single experiment's count.",
        )
    ]


def check_experiments(comparison: Comparison) -> list[Finding]:
    """What the experiments' metadata says against the design; that nothing was checked, when there is none."""
    if comparison.metadata_unavailable:
        return [
            finding(
                "minor",
                "Experiments not looked up",
                f"Antigens, cell types, studies, reads and peaks of the experiments were not checked: "
                f"{comparison.metadata_unavailable}.",
                "Look the accessions up at ChIP-Atlas or in the archives before trusting the design.",
            )
        ]
    return check_design(comparison.experiments, comparison.label_a, comparison.label_b)


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


def check_samples(comparison: Comparison) -> list[Finding]:
    """Samples whose counts are unlike those of their group."""
    if comparison.counts is None:
        return []
    return check_outliers(comparison.counts, comparison.sample_groups)

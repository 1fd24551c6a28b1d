"""Quality rules about the groups: which experiments took part, how many, and how alike they are."""

from __future__ import annotations

from ...common.findings import Finding
from .comparison import Comparison
from .design import check_design, check_outliers
from .resemblance import check_resemblance

UNRELIABLE_N = 3
UNSTABLE_N = 5


def check_ignored_experiments(comparison: Comparison) -> list[Finding]:
    """Experiments the server left out: the groups are smaller than asked for."""
    if not comparison.ignored:
        return []
    return [
        Finding(
            "experiments-not-used",
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
        Finding(
            "counts-unmatched",
            "major",
            "Counts cannot be matched to experiments",
            "The server's result has another number of counts per region than its log lists experiments, or the log "
            "lists one twice; they are called A1, A2, ..., B1, B2, ... instead.",
            "Group means and statistics stand; do not quote a single experiment's count.",
        )
    ]


def check_experiments(comparison: Comparison) -> list[Finding]:
    """What the experiments' metadata says against the design; that nothing was checked, when there is none."""
    findings = _own_data(comparison)
    if comparison.metadata_unavailable and len(comparison.own) < comparison.n_a + comparison.n_b:
        findings.append(
            Finding(
                "experiments-not-looked-up",
                "minor",
                "Experiments not looked up",
                f"Antigens, cell types, studies, reads and peaks of the experiments were not checked: "
                f"{comparison.metadata_unavailable.rstrip('.')}.",
                "Look the accessions up at ChIP-Atlas or in the archives before trusting the design.",
            )
        )
    whole = not comparison.own
    return findings + check_design(comparison.experiments, comparison.label_a, comparison.label_b, whole=whole)


def _own_data(comparison: Comparison) -> list[Finding]:
    if not comparison.own:
        return []
    in_a = sum(group == "A" for _, group in comparison.own)
    in_b = len(comparison.own) - in_a
    if (in_a, in_b) == (comparison.n_a, comparison.n_b):
        return [
            Finding(
                "own-data",
                "note",
                "Own data",
                "All experiments are your own: antigens, cell types and batches could not be checked.",
                "Make sure that both groups were prepared, sequenced, mapped and peak-called alike.",
            )
        ]
    apart = {in_a / comparison.n_a, in_b / comparison.n_b} == {0.0, 1.0} if comparison.n_a and comparison.n_b else False
    return [
        Finding(
            "own-beside-public",
            "major" if apart else "minor",
            "Own data beside public data",
            f"Your own: {in_a} of {comparison.n_a} ({comparison.label_a}), {in_b} of {comparison.n_b} "
            f"({comparison.label_b}); the rest is ChIP-Atlas's."
            + (" One group is all your own, the other all public." if apart else ""),
            "Laboratory, mapping, duplicate removal and peak calling differ between the two sources"
            + (" exactly as the groups do, and cannot be told from the condition" if apart else "")
            + ". Process your reads as ChIP-Atlas does, or compare your own with your own.",
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
            Finding(
                "small-sample-size",
                "minor",
                "Small sample size",
                f"{sizes}: with n < {UNSTABLE_N} per group, q-values may be unstable.",
                "Trust large effects first, and validate what matters.",
            )
        ]
    return [
        Finding(
            "very-small-sample-size",
            "major",
            "Very small sample size",
            f"{sizes}: with n <= {UNRELIABLE_N} per group, q-values are unreliable.",
            "Read them as an approximate ranking, look at large effects only, and validate what matters.",
        )
    ]


def check_samples(comparison: Comparison) -> list[Finding]:
    """Samples whose counts are unlike those of their group, or like those of the other."""
    if comparison.counts is None:
        return []
    return [
        *check_resemblance(comparison.counts, comparison.sample_groups, comparison.experiments),
        *check_outliers(comparison.counts, comparison.sample_groups),
    ]

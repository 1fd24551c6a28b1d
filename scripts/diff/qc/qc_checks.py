"""Automated checks: the artefacts that make a comparison look like biology.

Each rule takes a `Comparison` and returns findings. Thresholds are the specification's unless a comment says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable

from ...common.console import say
from ...common.findings import Finding, by_severity
from ...common.text import plural
from .blacklist import check_blacklist
from .chromosomes import check_contigs, check_mitochondrial, check_sex_chromosomes
from .comparison import Comparison
from .copy_number import check_copy_number
from .global_change import check_global_change
from .groups import check_counts_belong, check_experiments, check_ignored_experiments, check_sample_size, check_samples
from .regions import check_fragments, check_ma_asymmetry, check_median_size, check_tiny_regions


def run_qc_checks(comparison: Comparison) -> list[Finding]:
    """Apply every rule; major findings first."""
    findings = by_severity(item for rule in RULES for item in rule(comparison))
    say(f"  QC: {plural(len(findings), 'finding')}")
    for item in findings:
        say(f"    [{item.severity}] {item.title}: {item.details}")
    return findings


def list_rules_left_out(comparison: Comparison) -> list[Finding]:
    """For methylation, which rules do not apply."""
    if not comparison.analysis.is_dmr:
        return []
    return [
        Finding(
            "checks-left-out",
            "note",
            "Checks that do not apply to methylation",
            "Mitochondrial regions (methylation there can be real), MA asymmetry, region size, fragments and sample "
            "correlation (a DMR result holds no counts) were not checked; sex chromosomes without a count criterion.",
            "Nothing to do.",
        )
    ]


RULES: tuple[Callable[[Comparison], list[Finding]], ...] = (
    check_ignored_experiments,
    check_counts_belong,
    check_experiments,
    check_sex_chromosomes,
    check_mitochondrial,
    check_blacklist,
    check_copy_number,
    check_ma_asymmetry,
    check_global_change,
    check_sample_size,
    check_samples,
    check_median_size,
    check_fragments,
    check_contigs,
    check_tiny_regions,
    list_rules_left_out,
)

"""What a check reports."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypedDict

Severity = Literal["major", "minor", "note"]
SEVERITIES: tuple[Severity, ...] = ("major", "minor", "note")


class Finding(TypedDict):
    """One thing a reader must know before believing the numbers. A plain dict, so that pickles need no code of ours.

    severity: ``major`` (can change the conclusion), ``minor`` (weakens it), ``note`` (worth knowing).
    """

    severity: Severity
    issue: str
    details: str
    recommendation: str
    affected_regions: list[str]


def finding(
    severity: Severity, issue: str, details: str, recommendation: str, affected_regions: Iterable[str] = ()
) -> Finding:
    """Make a finding; `affected_regions` are ``chrom:start-end`` strings."""
    return {
        "severity": severity,
        "issue": issue,
        "details": details,
        "recommendation": recommendation,
        "affected_regions": list(affected_regions),
    }


def by_severity(findings: Iterable[Finding]) -> list[Finding]:
    """Major first, order otherwise kept."""
    return sorted(findings, key=lambda item: SEVERITIES.index(item["severity"]))

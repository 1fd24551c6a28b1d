"""What a check reports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

Severity = Literal["major", "minor", "note"]
SEVERITIES: tuple[Severity, ...] = ("major", "minor", "note")
#: Chromosome, start and end (0-based, half-open); start and end are None for a whole chromosome.
Span = tuple[str, int | None, int | None]


class Finding(dict[str, Any]):
    """One thing a reader must know before believing the numbers.

    A dict, so that JSON, pandas and every reader of ``item["issue"]`` take it as it is; the same values are attributes.

    Parameters
    ----------
    code : str
        What kind of finding it is, for programs: never renamed, never used for something else.
    severity : {"major", "minor", "note"}
        ``major`` can change the conclusion, ``minor`` weakens it, ``note`` is worth knowing.
    title, details, recommendation : str
        For readers: what was found, the numbers, what to do. The key of `title` is ``issue``.
    regions : iterable of str
        Some of the regions concerned, as ``chrom:start-end``. Their key is ``affected_regions``.
    spans : iterable of `Span`
        Where significant regions are better not interpreted at all.
    """

    def __init__(
        self,
        code: str,
        severity: Severity,
        title: str,
        details: str,
        recommendation: str,
        regions: Iterable[str] = (),
        spans: Iterable[Span] = (),
    ) -> None:
        super().__init__(
            code=code,
            severity=severity,
            issue=title,
            details=details,
            recommendation=recommendation,
            affected_regions=list(regions),
            spans=[list(span) for span in spans],
        )

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Finding:
        """A finding as it stands in a pickle or in ``analysis_object.json``."""
        return cls(
            item.get("code", ""),
            item["severity"],
            item["issue"],
            item["details"],
            item["recommendation"],
            item["affected_regions"],
            item.get("spans", ()),
        )

    @property
    def code(self) -> str:
        return self["code"]

    @property
    def severity(self) -> Severity:
        return self["severity"]

    @property
    def title(self) -> str:
        return self["issue"]

    @property
    def details(self) -> str:
        return self["details"]

    @property
    def recommendation(self) -> str:
        return self["recommendation"]

    @property
    def regions(self) -> list[str]:
        return self["affected_regions"]

    @property
    def spans(self) -> list[Span]:
        return [(chrom, start, end) for chrom, start, end in self["spans"]]


def by_severity(findings: Iterable[Finding]) -> list[Finding]:
    """Major first, order otherwise kept."""
    return sorted(findings, key=lambda item: SEVERITIES.index(item.severity))

"""The answers of the tools; their schemas are made from these."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


class Answer(BaseModel):
    """What every answer holds."""

    simulated: bool | None = Field(None, description="True: SIMULATED data of an embedded ChIP-Atlas, not biology.")
    messages: list[str] = Field(default_factory=list, description="What was said on the way; warnings stand here.")


class Page(BaseModel):
    """Some rows of a table."""

    rows: list[dict[str, Any]] = Field(description="One object a row; empty cells are left out.")
    total: int = Field(description="Rows of the whole table.")
    offset: int
    next_offset: int | None = Field(description="offset of the next page; null after the last.")


class Experiments(Answer):
    """Experiments that answer a question."""

    genome: str
    source: str = Field(description="Where the answer comes from.")
    attributes: list[str] = Field(description="Columns that are attributes of the submitters.")
    not_processed: list[list[str]] = Field(description="given, accession, reason of what ChIP-Atlas has not.")
    experiments: Page


class Contrasts(Answer):
    """Ways in which experiments split into two groups; nothing is chosen."""

    genome: str
    experiments: int = Field(description="Experiments that were looked at.")
    contrasts: Page = Field(description="The cleanest first; explain_column says what the columns mean.")


class Job(Answer):
    """How a comparison stands."""

    output_dir: str = Field(description="Its folder: give it to comparison_status and comparison_result.")
    request_id: str = Field(description="Of the server's job; empty where it is not known whether there is one.")
    state: str = Field(
        description="waiting, running, finished, not-found (normal right after a submission), failed, unclear (sent, "
        "and no answer came), exported (the result lies in the folder), or a sentence on why the service cannot say."
    )
    submitted_at: str
    seconds_since: float | None = None
    expected_seconds: float | None = Field(None, description="The site's own estimate of the run time.")
    submitted_now: bool | None = Field(None, description="False: the same request had a job already; this is it.")
    outcome: str = Field("", description="Why the job will never give a result.")
    next_action: str


class Number(BaseModel):
    """A number of a headline with what it counts."""

    value: str
    what: str


class Finding(BaseModel):
    """What a reader must know before believing the numbers."""

    code: str
    severity: str = Field(description="major can change the conclusion, minor weakens it, note is worth knowing.")
    issue: str
    details: str
    recommendation: str
    affected_regions: list[str] = Field(default_factory=list)


class File(BaseModel):
    """A file of the results."""

    name: str
    bytes: int
    uri: str = Field("", description="Resource to read it by; empty where it is for the user, not for a context.")


class Results(Answer):
    """What a finished analysis says."""

    asked: str
    output_dir: str
    headline: list[Number]
    findings: list[Finding] = Field(description="Tell the user every major one.")
    top: Page
    files: list[File]


class Comparison(Results):
    """A finished comparison; `top` are loci (regions that abut are one), the most significant first."""

    request_id: str
    caveats: list[str] = Field(description="What the design keeps the numbers from saying.")


class Targets(Results):
    """Target genes of a factor; `top` are genes in rank order."""


class Pairs(Answer):
    """What there is on each pair of factor and gene."""

    genome: str
    distance: int
    statuses: dict[str, int] = Field(description="How many pairs have which status.")
    pairs: Page


class EnrichedPage(Answer):
    """Factors at the regions of a result or near its genes; one row an antigen and set, best first."""

    output_dir: str
    notes: list[str] = Field(description="What keeps these numbers from saying more. Tell the user.")
    antigens: Page
    files: list[File]


class Factors(Answer):
    """Factors that bind genes."""

    atlas: str
    factors: Page


class Meaning(BaseModel):
    """What a column means, in one place of the references."""

    reference: str = Field(description="Resource that says it.")
    section: str
    column: str
    text: str


class Meanings(BaseModel):
    """What a column means, in every kind of table that has one of that name."""

    meanings: list[Meaning]

"""The two sets of a question: what is asked about, and what it is held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..common.text import safe_label
from .options import Options

Kind = Literal["bed", "gene"]
#: Of fewer no overlap can be told from chance.
LEAST = 10
#: A form of more would be megabytes; the most significant are asked about.
MOST = 10_000
#: Bases up- and downstream of a TSS in which a peak counts for a gene.
GENE_WINDOW = 5000
NOUNS = {"bed": "region", "gene": "gene"}


@dataclass(frozen=True)
class Sets:
    """A set and its matched background.

    Attributes
    ----------
    name : str
        ``gained``, ``lost`` or ``targets``: of the folder of its job, and of its rows in the tables.
    label : str
        Who they are, for readers: ``higher in Treated``.
    kind : {"bed", "gene"}
        What a line is: ``chrom start end`` with tabs between (0-based half-open), or a gene symbol.
    given, background : tuple of str
        The lines of either set, without repetition.
    told : str
        How the background was chosen, and how like it is.
    """

    name: str
    label: str
    kind: Kind
    given: tuple[str, ...]
    background: tuple[str, ...]
    told: str = ""

    @property
    def obstacle(self) -> str:
        """Why this cannot be asked; empty when it can."""
        noun = NOUNS[self.kind]
        if len(self.given) < LEAST:
            return f"{len(self.given)} {noun}s {self.label}: at least {LEAST} are needed"
        if len(self.background) < LEAST:
            return (
                f"{len(self.background)} {noun}s to hold the {len(self.given):,} {self.label} against: "
                f"at least {LEAST} are needed"
            )
        return ""

    @property
    def warning(self) -> str:
        """What weakens the comparison; empty when nothing does."""
        if len(self.background) < len(self.given):
            return (
                f"{len(self.background):,} {NOUNS[self.kind]}s of like kind for the {len(self.given):,} {self.label}: "
                "too few for as many, which costs power"
            )
        return ""

    def form(self, genome: str, options: Options) -> Mapping[str, str]:
        """The form fields of Enrichment Analysis."""
        fields = {
            "address": "",
            "format": "text",
            "result": "www",
            "genome": genome,
            "antigenClass": options.antigen_class,
            "cellClass": options.cell_class,
            "threshold": str(options.threshold),
            "typeA": self.kind,
            "bedAFile": "\n".join(self.given),
            "typeB": self.kind,
            "bedBFile": "\n".join(self.background),
            "permTime": "1",
            "title": safe_label(f"Factors {self.label}", "factors"),
            "descriptionA": safe_label(self.label, "given"),
            "descriptionB": "matched background",
        }
        if self.kind == "gene":
            fields |= {"distanceUp": str(GENE_WINDOW), "distanceDown": str(GENE_WINDOW)}
        return fields

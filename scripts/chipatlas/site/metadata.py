"""What ChIP-Atlas's site tells of an experiment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ...common.text import fold

BISULFITE = "Bisulfite-Seq"
#: The class of transcription factors, cofactors and whatever else is precipitated and no histone.
FACTORS = "TFs and others"
_GSM = re.compile(r"\bGSM\d+\b")
_GSM_IN_TITLE = re.compile(r"^(GSM\d+)\b")
#: An attribute whose value is a study's accession says which study the experiment is of.
_STUDY = re.compile(r"\b(?:PRJ(?:NA|EB|DB)\d+|[SED]RP\d+|GSE\d+)\b")
#: Of a submission to the Sequence Read Archive, or to what it mirrors.
_SUBMISSION = re.compile(r"\b[SED]RA\d+\b")


#: Experiments that show what no factor binds.
CONTROL_CLASS = "Input control"
_CONTROLS = ("inputcontrol", "input", "igg", "wce", "mock")


def is_control(antigen_class: str, antigen: str) -> bool:
    """Whether an experiment is an input control or a mock precipitation (IgG)."""
    return antigen_class == CONTROL_CLASS or fold(antigen) in _CONTROLS


@dataclass(frozen=True)
class ExperimentInfo:
    """One experiment on one assembly.

    Attributes
    ----------
    reads, peaks : int or None
        Sequenced reads, and MACS2 peaks at Q < 1e-5; None where the site does not tell.
    mapped_percent, duplicate_percent : float or None
        Above 100 occurs in the site's own data.
    gsms : tuple of str
        Its GEO samples: those that a search row lists, else the one that the title begins with.
    attributes : tuple of (str, str)
        What its submitter said of the sample: key and value, in the given order.
    submission : str
        Accession of the submission (``SRA...``) that it came with; only rows of a search carry it.
    """

    accession: str
    genome: str
    antigen_class: str
    antigen: str
    cell_type_class: str
    cell_type: str
    title: str
    reads: int | None
    mapped_percent: float | None
    duplicate_percent: float | None
    peaks: int | None
    gsms: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    submission: str = ""

    @property
    def study(self) -> str:
        """Accession of its study (``PRJNA...``, ``SRP...``, ``GSE...``) where an attribute names one; else empty."""
        return next(filter(None, (study_in(value) for _, value in self.attributes)), "")

    @property
    def is_bisulfite(self) -> bool:
        """Whether this is a bisulfite experiment."""
        return self.antigen_class.casefold() == BISULFITE.casefold()


def parse_read_info(text: object) -> tuple[int | None, float | None, float | None, int | None]:
    """Reads, % mapped, % duplicates and peaks of a ``readInfo`` such as ``36694448,97.8,6.4,19817``.

    Fields may be missing or ``-``.
    """
    fields = [field.strip() for field in str(text or "").split(",")] + [""] * 4
    reads, mapped, duplicates, peaks = (_number(field) for field in fields[:4])
    return _whole(reads), mapped, duplicates, _whole(peaks)


def from_record(record: Mapping[str, str]) -> ExperimentInfo:
    """One experiment on one assembly, from a record under our names (`chipatlas.site.dialects.read_record`)."""
    reads, mapped, duplicates, peaks = parse_read_info(record["read_info"])
    named = _GSM.findall(record["geo_id"]) or _GSM_IN_TITLE.findall(record["title"])
    return ExperimentInfo(
        accession=record["accession"],
        genome=record["genome"],
        antigen_class=record["antigen_class"],
        antigen=record["antigen"],
        cell_type_class=record["cell_type_class"],
        cell_type=record["cell_type"],
        title=record["title"],
        reads=reads,
        mapped_percent=mapped,
        duplicate_percent=duplicates,
        peaks=peaks,
        gsms=tuple(dict.fromkeys(named)),
        attributes=parse_attributes(record["attributes"]),
        submission=next(iter(_SUBMISSION.findall(record.get("sra_id", ""))), ""),
    )


def parse_attributes(text: str) -> tuple[tuple[str, str], ...]:
    """Key and value of each ``key=value`` between tabs; what has no ``=`` is no attribute."""
    pairs = (part.partition("=") for part in text.split("\t"))
    return tuple((key.strip(), value.strip()) for key, mark, value in pairs if mark and key.strip() and value.strip())


def study_in(text: str) -> str:
    """The first accession of a study in a text, or nothing."""
    found = _STUDY.search(text)
    return found[0] if found else ""


def gsm_of_title(title: str) -> str:
    """The GEO sample with which a title begins, or nothing."""
    found = _GSM_IN_TITLE.match(title)
    return found[1] if found else ""


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number < 1e15 else None


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)

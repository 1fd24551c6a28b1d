"""What ChIP-Atlas's site knows of an experiment. Help, never a precondition: without the site, work goes on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from scripts.shared.console import progress
from scripts.shared.endpoints import site_url
from scripts.shared.errors import BadResponseError, ServiceUnavailableError
from scripts.shared.experiments import ACCESSION
from scripts.shared.http import Client
from scripts.shared.text import clean_label

BISULFITE = "Bisulfite-Seq"
#: A rewrite of the site is said to move its JSON from the first folder to the second.
_FOLDERS = ("data", "api")
_GSM_IN_TITLE = re.compile(r"^(GSM\d+)\b")


@dataclass(frozen=True)
class ExperimentInfo:
    """One experiment on one assembly.

    Attributes
    ----------
    reads, peaks : int or None
        Sequenced reads, and MACS2 peaks at Q < 1e-5; None where the site does not tell.
    mapped_percent, duplicate_percent : float or None
        Above 100 occurs in the site's own data.
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

    @property
    def is_bisulfite(self) -> bool:
        """Whether this is a bisulfite experiment."""
        return self.antigen_class.casefold() == BISULFITE.casefold()

    @property
    def gsm(self) -> str:
        """The GEO sample the title names, or an empty string."""
        match = _GSM_IN_TITLE.match(self.title)
        return match.group(1) if match else ""

    @property
    def mapped_reads(self) -> float | None:
        """Reads that mapped."""
        if self.reads is None or self.mapped_percent is None:
            return None
        return self.reads * self.mapped_percent / 100


def parse_read_info(text: object) -> tuple[int | None, float | None, float | None, int | None]:
    """Reads, % mapped, % duplicates and peaks of a ``readInfo`` such as ``36694448,97.8,6.4,19817``.

    Fields may be missing or ``-``.
    """
    fields = [field.strip() for field in str(text or "").split(",")] + [""] * 4
    reads, mapped, duplicates, peaks = (_number(field) for field in fields[:4])
    return _whole(reads), mapped, duplicates, _whole(peaks)


def parse_entry(entry: Mapping[str, Any]) -> ExperimentInfo:
    """One object of ``exp_metadata.json``."""
    reads, mapped, duplicates, peaks = parse_read_info(entry.get("readInfo"))
    text = {key: clean_label(entry.get(key) or "") for key in _TEXT_FIELDS}
    return ExperimentInfo(
        accession=text["expid"],
        genome=text["genome"],
        antigen_class=text["agClass"],
        antigen=text["agSubClass"],
        cell_type_class=text["clClass"],
        cell_type=text["clSubClass"],
        title=text["title"],
        reads=reads,
        mapped_percent=mapped,
        duplicate_percent=duplicates,
        peaks=peaks,
    )


_TEXT_FIELDS = ("expid", "genome", "agClass", "agSubClass", "clClass", "clSubClass", "title")


class MetadataUnavailableError(ServiceUnavailableError):
    """The site does not answer, or not with metadata."""


def look_up(accessions: Iterable[str], client: Client) -> dict[str, list[ExperimentInfo]]:
    """What the site knows of each accession, on every assembly; an empty list where it knows nothing.

    GEO samples (GSM) are found through the title of the experiments they belong to.

    Raises
    ------
    MetadataUnavailableError
        The site cannot be asked.
    """
    found = {}
    for accession in progress(list(accessions), desc="Metadata", unit="experiment"):
        if accession.startswith("GSM"):
            hits = search(accession, client, limit=20)
            found[accession] = [info for info in hits if info.gsm == accession and ACCESSION.match(info.accession)]
        else:
            entries = _objects(_get("exp_metadata.json", {"expid": accession}, client))
            found[accession] = [info for info in map(parse_entry, entries) if info.accession == accession]
            if entries and not found[accession]:
                raise MetadataUnavailableError(f"{site_url('')} answers about other experiments than {accession}.")
    return found


def search(words: str, client: Client, *, genome: str = "", limit: int) -> list[ExperimentInfo]:
    """Experiments whose metadata hold all of some words, at most `limit` of them.

    Raises
    ------
    MetadataUnavailableError
        The site cannot be asked.
    """
    query = {"q": words, "limit": limit, **({"genome": genome} if genome else {})}
    body = _get("search", query, client)
    return [parse_entry(entry) for entry in _objects(body.get("experiments") if isinstance(body, dict) else None)]


def _objects(entries: Any) -> list[dict[str, Any]]:
    """A list of JSON objects; "nothing is known" is an empty one, anything else says nothing about an experiment."""
    if isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries):
        return entries
    raise MetadataUnavailableError(f"{site_url('')} answers with JSON that holds no metadata.")


def _get(name: str, params: Mapping[str, Any], client: Client) -> Any:
    trouble: Exception | None = None
    for folder in _FOLDERS:
        try:
            return client.get_json(site_url(f"{folder}/{name}"), params=params)
        except (ServiceUnavailableError, BadResponseError) as error:
            trouble = trouble or error
    raise MetadataUnavailableError(f"No metadata from {site_url('')}: {trouble}") from trouble


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number < 1e15 else None


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)

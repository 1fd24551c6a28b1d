"""The two dialects in which ChIP-Atlas's site answers: where each keeps what, and what each calls a thing. No I/O.

The old one answers in production; the new one takes its place without redirects. After the change every old path is a
404. What is said of both here was taken from ChIP-Atlas's own comparison of the two (2026-09).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...common.text import clean_label


@dataclass(frozen=True)
class Dialect:
    """Addresses of one dialect, below the site's own, and what it can do.

    Attributes
    ----------
    experiment, experiment_key : str
        Path of one experiment's record, and the name of the parameter that holds its accession.
    search, factors, status, estimate : str
        Paths of the search, the index of factors with tables, what is up, and the run-time estimate (POST).
    assemblies : str
        Path of the list of assemblies; empty where there is none.
    known_assemblies : tuple of str
        The assemblies where there is no list.
    filters_by_genome : bool
        Whether the search takes ``genome``; the old one compares it with ``"hg19, hg38"`` and finds nothing.
    pages : bool
        Whether the search knows ``offset``; without it, `SEARCH_LIMIT` rows are all there are to be had.
    """

    name: str
    experiment: str
    experiment_key: str
    search: str
    factors: str
    status: str
    estimate: str
    assemblies: str
    filters_by_genome: bool
    pages: bool
    known_assemblies: tuple[str, ...] = ()


OLD = Dialect(
    name="old",
    experiment="data/exp_metadata.json",
    experiment_key="expid",
    search="data/search",
    factors="data/target_genes_analysis.json",
    status="wabi_endpoint_status",
    estimate="diff_analysis_estimated_time",
    assemblies="",
    filters_by_genome=False,
    pages=False,
    known_assemblies=("hg38", "hg19", "mm10", "mm9", "rn6", "dm6", "dm3", "ce11", "ce10", "sacCer3"),
)
NEW = Dialect(
    name="new",
    experiment="api/experiment",
    experiment_key="experiment_id",
    search="api/search",
    factors="api/target_genes_index",
    status="status",
    estimate="jobs/estimated_time",
    assemblies="api/genomes",
    filters_by_genome=True,
    pages=True,
)
DIALECTS = (OLD, NEW)

#: Rows that one search gives at the most, in both dialects.
SEARCH_LIMIT = 100
#: Our name of a field -> its name in the old and in the new dialect.
FIELDS = {
    "accession": ("expid", "experiment_id"),
    "sra_id": ("sra_id", "sra_id"),
    "geo_id": ("geo_id", "geo_id"),
    "genome": ("genome", "genome"),
    "antigen_class": ("agClass", "track_class"),
    "antigen": ("agSubClass", "track_subclass"),
    "cell_type_class": ("clClass", "cell_type_class"),
    "cell_type": ("clSubClass", "cell_type_subclass"),
    "title": ("title", "title"),
    "attributes": ("attributes", "attributes"),
    "read_info": ("readInfo", "read_info"),
    "cell_type_info": ("clSubClassInfo", "cell_type_subclass_info"),
}
#: Without these a reply says nothing about an experiment.
_NEEDED = ("accession", "genome", "antigen_class", "antigen")
#: Stands between two attributes: a tab in an experiment's record, this word in a row of the search.
_ATTRIBUTE_MARK = re.compile(r"\t|__TAB__")
#: What the search's index takes for marks of its own language.
_SEARCH_MARKS = re.compile(r"[\"'()*^{}:]")


def read_record(entry: object) -> dict[str, str] | None:
    """One experiment under our names, in either dialect; None for what is neither.

    Values are text on one line, attributes with tabs between them; a field that is not there is empty. An object
    without an accession, an assembly or the keys of its antigen is no experiment: an empty answer must never pass for
    one.
    """
    if not isinstance(entry, dict):
        return None
    for number in range(len(DIALECTS)):
        keys = {ours: names[number] for ours, names in FIELDS.items()}
        if all(keys[ours] in entry for ours in _NEEDED):
            record = {ours: clean_label(_text(entry, key)) for ours, key in keys.items() if ours != "attributes"}
            record["attributes"] = joined_attributes(_ATTRIBUTE_MARK.split(_text(entry, keys["attributes"])))
            return record if record["accession"] and record["genome"] else None
    return None


def joined_attributes(parts: Iterable[str]) -> str:
    """Attributes (``key=value``) on one line, with tabs between them, each without what cannot be seen."""
    return "\t".join(filter(None, map(clean_label, parts)))


def genomes_of(record: Mapping[str, str]) -> list[str]:
    """The assemblies of a record: a row of the old search joins them, as in ``hg19, hg38``."""
    return [name.strip() for name in record["genome"].split(",") if name.strip()]


def search_words(text: str) -> str:
    """Words as the search can take them: without the marks that mean something to it."""
    return " ".join(_SEARCH_MARKS.sub(" ", text).split())


def _text(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key)
    return "" if value is None else str(value)

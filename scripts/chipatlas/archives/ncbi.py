"""NCBI's E-utilities: what a series of GEO, or an experiment of ENCODE that went to GEO, consists of."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...common.errors import BadResponseError
from ..accessions import GSM
from ..endpoints import ncbi_url, pause_seconds
from ..transport.client import Client

#: Whom NCBI writes to when requests go wrong; without a key it serves three requests a second.
TOOL = "chip-atlas-skills"
KEY_VARIABLE = "NCBI_API_KEY"
#: Records of GEO that a search may name: an experiment of ENCODE stands in a handful of series at the most.
MOST_RECORDS = 20
_STUDY = re.compile(r"^[SED]RP[0-9]{1,12}$")


@dataclass(frozen=True)
class Series:
    """A series of GEO.

    Attributes
    ----------
    study : str
        Its study in the Sequence Read Archive; empty where it has none of its own, as a series of series.
    gsms : tuple of str
        Its samples.
    """

    study: str
    gsms: tuple[str, ...]


def series_of(name: str, client: Client) -> list[Series]:
    """The series of an accession of GEO (``GSE..``), or those in whose record an experiment of ENCODE is named.

    Raises
    ------
    ServiceUnavailableError, BadResponseError
        NCBI cannot be asked, or answers something else.
    """
    field = "[ACCN]" if name.startswith("GSE") else ""
    found = _ask("esearch.fcgi", {"term": f"{name}{field} AND gse[ETYP]", "retmax": MOST_RECORDS}, client)
    body = found.get("esearchresult")
    ids = body.get("idlist") if isinstance(body, Mapping) else None
    if not isinstance(ids, list):
        raise BadResponseError(f"{ncbi_url('esearch.fcgi')} answers no list of records.", str(found))
    if not ids:
        return []
    time.sleep(pause_seconds(ncbi_url("")))
    told = _ask("esummary.fcgi", {"id": ",".join(map(str, ids))}, client).get("result")
    if not isinstance(told, Mapping):
        raise BadResponseError(f"{ncbi_url('esummary.fcgi')} answers no summaries of {name}.", str(told))
    records = [record for record in (told.get(str(key)) for key in ids) if isinstance(record, Mapping)]
    # A search finds words anywhere in a record: it must be this series, or name this experiment.
    return [_series(record) for record in records if _is_of(name, record)]


def _is_of(name: str, record: Mapping[str, Any]) -> bool:
    if name.startswith("GSE"):
        return str(record.get("accession")) == name
    return name in re.findall(r"\w+", f"{record.get('title')} {record.get('summary')}")


def _series(record: Mapping[str, Any]) -> Series:
    samples = [sample for sample in record.get("samples") or () if isinstance(sample, Mapping)]
    related = [one for one in record.get("extrelations") or () if isinstance(one, Mapping)]
    studies = [str(one.get("targetobject")) for one in related if str(one.get("relationtype")).upper() == "SRA"]
    return Series(
        study=next((study for study in studies if _STUDY.match(study)), ""),
        gsms=tuple(name for name in (str(sample.get("accession")) for sample in samples) if GSM.match(name)),
    )


def _ask(path: str, asked: Mapping[str, Any], client: Client) -> Mapping[str, Any]:
    url = ncbi_url(path)
    key = os.environ.get(KEY_VARIABLE, "").strip()
    body = client.get_json(
        url, params={"db": "gds", "retmode": "json", "tool": TOOL, **asked, **({"api_key": key} if key else {})}
    )
    if not isinstance(body, Mapping) or "error" in body:
        raise BadResponseError(f"{url} answers no records.", str(body))
    return body

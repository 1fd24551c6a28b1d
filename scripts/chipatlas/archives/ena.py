"""The European Nucleotide Archive: which experiments runs, samples and studies of SRA, ENA and DRA belong to.

Its portal mirrors all three archives, and tells of a run, a sample or a study every run with the experiment that it is
of (``portal/api/filereport``; one accession a request).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...common.errors import BadResponseError
from ..accessions import ACCESSION, GSM
from ..endpoints import ena_url
from ..transport.client import Client

#: A reply without content: nothing public goes by the accession.
NO_CONTENT = 204
#: What is asked for, under the archive's names.
FIELDS = (
    "run_accession",
    "experiment_accession",
    "experiment_alias",
    "study_accession",
    "secondary_study_accession",
    "library_strategy",
    "scientific_name",
)


@dataclass(frozen=True)
class Run:
    """A sequencing run, and what it is of.

    Attributes
    ----------
    accession, experiment : str
        ``SRR..`` and ``SRX..`` (ERR and ERX, DRR and DRX).
    gsm : str
        GEO's sample, where the experiment came through GEO; else empty.
    studies : tuple of str
        Both names of its study: ``SRP..`` and ``PRJNA..``.
    strategy : str
        The archive's word for the assay, such as ``ChIP-Seq``.
    """

    accession: str
    experiment: str
    gsm: str
    studies: tuple[str, ...]
    strategy: str
    organism: str


def runs_of(accession: str, client: Client) -> list[Run]:
    """The runs of a run, a sample or a study; none where nothing public goes by the accession.

    Raises
    ------
    ServiceUnavailableError, BadResponseError
        The archive cannot be asked, or answers something else.
    """
    url = ena_url("filereport")
    asked = {"accession": accession, "result": "read_run", "fields": ",".join(FIELDS), "format": "json", "limit": 0}
    reply = client.get(url, params=asked)
    if reply.status_code == NO_CONTENT:
        return []
    rows = client.decoded_json(reply)
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) and row.get("run_accession") for row in rows):
        raise BadResponseError(f"{url} answers no list of runs.", reply.text)
    return [_run(row) for row in rows if ACCESSION.match(str(row.get("experiment_accession") or ""))]


def _run(row: Mapping[str, Any]) -> Run:
    told = {name: str(row.get(name) or "").strip() for name in FIELDS}
    alias = told["experiment_alias"].split("_")[0]
    return Run(
        accession=told["run_accession"],
        experiment=told["experiment_accession"],
        gsm=alias if GSM.match(alias) else "",
        studies=tuple(filter(None, (told["secondary_study_accession"], told["study_accession"]))),
        strategy=told["library_strategy"],
        organism=told["scientific_name"],
    )

"""Which experiments accessions stand for, and what the site knows of them."""

from __future__ import annotations

from collections.abc import Iterable

from ...chipatlas.accessions import ACCESSION
from ...common.console import progress
from .api import Site
from .metadata import ExperimentInfo


def look_up(accessions: Iterable[str], site: Site) -> dict[str, list[ExperimentInfo]]:
    """What the site knows of each accession, on every assembly; an empty list where it knows nothing.

    The site finds no GEO sample (GSM) by its accession: a search finds the experiments that it belongs to, and their
    own records are read then, since rows of a search carry no reads. A sample may belong to several.

    Raises
    ------
    ServiceUnavailableError, BadResponseError
        The site cannot be asked, or answers in no known dialect.
    """
    found = {}
    for accession in progress(list(accessions), desc="Metadata", unit="experiment"):
        found[accession] = _of_sample(accession, site) if accession.startswith("GSM") else site.experiment(accession)
    return found


def _of_sample(gsm: str, site: Site) -> list[ExperimentInfo]:
    rows = [info for info in site.search(gsm).infos if gsm in info.gsms and ACCESSION.match(info.accession)]
    found = []
    for accession in dict.fromkeys(info.accession for info in rows):
        # A row without a record is still an answer, if one without reads: the sample is not unknown.
        found += site.experiment(accession) or [info for info in rows if info.accession == accession]
    return found

"""Columns of genes for every region table, each from one download: the nearest TSS, or features."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pandas as pd

from ...chipatlas.transport.client import Client
from ...common.console import say
from ...common.errors import BadResponseError, NotFoundError, ServiceUnavailableError
from ...common.text import plural
from ..annotate.annotate_tss import fetch_tss_library, nearest_tss
from ..annotate.features.assign import assign_features
from ..annotate.features.ccres import CCRE_COLUMN, assign_ccres, fetch_ccres
from ..annotate.features.enrichment import feature_enrichment, with_ccre_enrichment
from ..annotate.features.gene_models import fetch_gene_models
from ..diff_result import DiffResult
from ..outputs import ALL_REGIONS, FEATURE_ENRICHMENT

T = TypeVar("T")
_PLACE = ["chrom", "chromStart", "chromEnd"]


def with_nearest_tss(tables: dict[str, pd.DataFrame], results: DiffResult) -> dict[str, pd.DataFrame]:
    """The tables with ``tss_gene`` and ``tss_distance``; as they are, and why is said, without the library."""
    library = _fetched("nearest TSS", fetch_tss_library, results)
    if library is None:
        return tables
    say(f"  Nearest of {plural(library['gene'].nunique(), 'gene')} for every region (ChIP-Atlas's TSS library)")
    return {name: frame.join(nearest_tss(frame, library)) for name, frame in tables.items()}


def with_features(tables: dict[str, pd.DataFrame], results: DiffResult) -> dict[str, pd.DataFrame]:
    """The tables with `FEATURE_COLUMNS`, and the table of their enrichment; as they are without gene models.

    The source of the models is in ``attrs["source"]`` of the enrichment.
    """
    models = _fetched("features", fetch_gene_models, results)
    if models is None:
        return tables
    # At once: the same parts of genes serve every table.
    every = pd.concat([frame[_PLACE] for frame in tables.values()], ignore_index=True)
    features = assign_features(every, models)
    found, begun = {}, 0
    for name, frame in tables.items():
        own = features.iloc[begun : begun + len(frame)].set_axis(frame.index)
        found[name], begun = frame.join(own), begun + len(frame)
    say(f"  Features of every region from {plural(len(models.transcripts), 'transcript')} ({models.source})")
    enrichment = feature_enrichment(found[ALL_REGIONS])
    enrichment.attrs["source"] = models.source
    return {**found, FEATURE_ENRICHMENT: enrichment}


def with_ccres(tables: dict[str, pd.DataFrame], results: DiffResult) -> dict[str, pd.DataFrame]:
    """The tables of `with_features` with ``ccre`` and its enrichment; as they are without features or cCREs.

    The source of the cCREs is in ``attrs["ccres"]`` of the enrichment.
    """
    ccres = _fetched("cCREs", fetch_ccres, results) if FEATURE_ENRICHMENT in tables else None
    if ccres is None:
        return tables
    say(f"  Regulatory elements of every region from {plural(len(ccres.table), 'cCRE')} ({ccres.source})")
    features = tables[FEATURE_ENRICHMENT]
    found = {
        name: frame.assign(**{CCRE_COLUMN: assign_ccres(frame, ccres)})
        for name, frame in tables.items()
        if name != FEATURE_ENRICHMENT
    }
    enrichment = with_ccre_enrichment(features, found[ALL_REGIONS])
    enrichment.attrs |= features.attrs | {"ccres": ccres.source}
    return {**found, FEATURE_ENRICHMENT: enrichment}


def _fetched(what: str, fetch: Callable[[str, Client], T], results: DiffResult) -> T | None:
    """What a download gives, noted in the provenance; None, and why is said, when it cannot be had."""
    try:
        with Client() as client:
            found = fetch(results["parameters"]["genome"], client)
            results["provenance"]["simulated"] |= client.simulated
            known = {one["url"]: one for one in results["provenance"].get("files", [])}
            results["provenance"]["files"] = [*(known | client.files).values()]
    except (ServiceUnavailableError, NotFoundError, BadResponseError) as error:
        say(f"  No {what}: {str(error).splitlines()[0]}")
        return None
    return found

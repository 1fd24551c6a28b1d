"""Fetch the precomputed table of one factor, parsing and keeping it as it arrives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ...chipatlas.cache.downloads import Fetched, fetch
from ...chipatlas.endpoints import data_url
from ...chipatlas.transport.client import Client
from ...common.console import say
from ...common.errors import BadResponseError, InputError, NoDataError, NotFoundError, ServiceUnavailableError
from ..query.availability import explain_missing
from ..query.question import Query, check_form, check_query
from .parse_target_genes import TargetTable, cell_types_of, parse_target_genes
from .parsed_form import load_parsed, save_parsed
from .score_matrix import ScoreMatrix
from .scores import summarise

#: The largest tables are a little over 100 MB; twenty times that is no Target Genes table.
MAX_TABLE_BYTES = 2 * 1024**3


@dataclass
class Download:
    """One factor's table, as the data server has it.

    Attributes
    ----------
    summary : DataFrame
        One row per gene, ranked; columns `targets.table.scores.COLUMNS`.
    matrix : ScoreMatrix
        One column per experiment, named ``{accession}|{cell type}``; rows in the file's order. Frames made of it are
        int32.
    provenance : dict
        ``endpoint`` (address of the data server), ``url``, ``bytes``, ``sha256`` (of the table as text),
        ``last_modified``, ``etag``, ``retrieved_at`` (when these bytes were), ``from_cache`` (whether they were here
        already, and the server said that they are still its own).
    notes : list of str
        Repairs and oddities of the file.
    """

    summary: pd.DataFrame
    matrix: ScoreMatrix
    provenance: dict[str, Any]
    notes: list[str]


def check_antigen_available(protein: str, genome: str = "hg38", distance: int = 5) -> bool:
    """Ask whether ChIP-Atlas has a table for this antigen, assembly and window; whatever is in the way is printed.

    A table may turn out to hold no data: only the download tells.

    Parameters
    ----------
    protein, genome, distance
        As in `targets.query.question.Query`.

    Returns
    -------
    bool
        False when there is none, with near names; when the question cannot be asked as it is; and when the service
        does not answer, which says nothing about the name and is printed as that.
    """
    try:
        query = check_form(protein, genome, distance)
        with Client() as client:
            status = client.head(query.url).status_code
            if status == 200:
                return True
            if status == 404:
                say(f"  WARNING: {explain_missing(client, query)}")
            else:
                say(f"  WARNING: Unexpected HTTP {status} for {query.url}; that says nothing about the name.")
    except InputError as error:
        say(f"  ERROR: {error}")
    except (ServiceUnavailableError, BadResponseError) as error:
        say(f"  ERROR: Whether there is a table is not known, which says nothing about the name. {error}")
    return False


def download_target_genes(protein: str, genome: str = "hg38", distance: int = 5) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Download and parse one factor's table.

    Parameters
    ----------
    protein, genome, distance
        As in `targets.query.question.Query`.

    Returns
    -------
    summary_df : DataFrame
        One row per gene, ranked by average score: ``gene avg_score string_score num_experiments num_bound
        binding_rate max_score colocated_group``.
    experiment_df : DataFrame
        ``gene``, then one integer MACS2 score (-10 log10 Q) column per experiment, named ``{accession}|{cell type}``.

    Raises
    ------
    InputError, NotFoundError, ServiceUnavailableError, BadResponseError
        See `fetch_target_genes`.
    """
    query = check_query(protein, genome, distance)
    with Client() as client:
        download = fetch_target_genes(client, query)
    return download.summary, download.matrix.give_all()


def fetch_target_genes(client: Client, query: Query) -> Download:
    """Download, parse and summarise one factor's table; one that is kept and unchanged is not sent again.

    Raises
    ------
    NotFoundError
        No such table (with near names).
    NoDataError
        One that holds no data.
    ServiceUnavailableError
        The network or the service failed, or the download broke off.
    BadResponseError
        Something else than a Target Genes table came.
    """
    try:
        with fetch(client, query.url, MAX_TABLE_BYTES) as file:
            table = _read_table(file, query)
    except NotFoundError:
        raise explain_missing(client, query) from None
    if not table.experiments or not len(table.genes):
        raise NoDataError(
            f"{query.protein!r} ({query.place}) is listed but holds no data: {query.url} has a header with "
            f"{len(table.experiments):,} experiments and {len(table.genes):,} genes.\n"
            "Try another distance (1, 5, 10) or assembly, or ask again after ChIP-Atlas's next update."
        )
    notes = [*table.notes, *check_average(table)]
    for note in notes:
        say(f"  Note: {note}")
    provenance = {
        "endpoint": data_url(),
        "url": query.url,
        "bytes": file.size,
        "sha256": file.sha256,
        "last_modified": file.record.last_modified,
        "etag": file.record.etag,
        "retrieved_at": file.record.fetched_at,
        "from_cache": file.from_cache,
    }
    cell_types = cell_types_of(table.experiments)
    summary = summarise(table.genes, table.scores, table.string_score, table.average, cell_types)
    return Download(summary, ScoreMatrix(table.genes, table.experiments, table.scores), provenance, notes)


def _read_table(file: Fetched, query: Query) -> TargetTable:
    """Parse a table, or take what an earlier run made of the same bytes."""
    if file.from_cache and file.derived:
        table = load_parsed(file.derived, file.record.sha256, query.protein)
        if table is not None:
            file.take_as_read()
            return table
    table = parse_target_genes(file.blocks(), query.protein, query.url)
    if file.derived:
        save_parsed(file.derived, table, file.sha256, query.protein)
    return table


def check_average(table: TargetTable) -> list[str]:
    """Say so when the file's averages are not the means of its own scores (they carry six decimals)."""
    means = table.scores.sum(axis=1, dtype=np.int64) / table.scores.shape[1]
    different = int((np.abs(means - table.average) > 0.01).sum())
    if not different:
        return []
    return [
        f"{different:,} of {len(means):,} averages in the file differ from the mean of their scores by more than 0.01; "
        "the file's own are used."
    ]

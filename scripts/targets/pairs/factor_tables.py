"""The tables of several factors, each fetched once, over the experiments that are asked for."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ...chipatlas.endpoints import pause_seconds
from ...chipatlas.transport.client import Client
from ...common.console import say
from ...common.errors import BadResponseError, InputError, NotFoundError, ServiceUnavailableError
from ...common.text import fold, plural
from ..query.question import Query, check_query
from ..ranking.filter_targets import resummarise
from ..table.cell_classes import columns_of_class
from ..table.download_target_genes import fetch_target_genes
from ..table.parse_target_genes import cell_types_of
from ..table.score_matrix import ScoreMatrix


@dataclass(frozen=True)
class FactorTable:
    """One factor's table over some of its experiments, or why there is none.

    Attributes
    ----------
    protein : str
    summary : DataFrame
        Ranked, over the experiments used; without rows where there is no table.
    matrix : ScoreMatrix or None
    columns : array of int
        Positions of the experiments used.
    genes : frozenset of str
        All genes that the table lists.
    missing : str
        Why there is nothing, in a line; else empty.
    matches : list of str
        Near names of a factor that is not listed.
    provenance : dict
    """

    protein: str
    summary: pd.DataFrame
    matrix: ScoreMatrix | None
    columns: np.ndarray
    genes: frozenset[str]
    missing: str
    matches: list[str]
    provenance: dict[str, Any]


@dataclass(frozen=True)
class CellChoice:
    """Which experiments of each table: some cell types, a class, both, or all."""

    cell_types: tuple[str, ...] | None = None
    cell_type_class: str | None = None

    def columns(self, names: list[str], query: Query, client: Client) -> np.ndarray:
        """Positions of those a table has, which may be none; a factor was not studied everywhere."""
        chosen = np.ones(len(names), dtype=bool)
        if self.cell_types is not None:
            wanted = {fold(name) for name in self.cell_types}
            chosen &= np.array([fold(cell) in wanted for cell in cell_types_of(names)], dtype=bool)
        if self.cell_type_class is not None and chosen.any():
            try:
                of_class = columns_of_class(self.cell_type_class, names, query, client)
            except NotFoundError:
                of_class = np.empty(0, dtype=np.int64)
            chosen &= np.isin(np.arange(len(names)), of_class)
        return np.flatnonzero(chosen)

    def __str__(self) -> str:
        parts = [] if self.cell_types is None else [", ".join(self.cell_types)]
        parts += [] if self.cell_type_class is None else [f"class {self.cell_type_class}"]
        return " and ".join(parts)


def each_table(
    client: Client, proteins: Sequence[str], genome: str, distance: int, cells: CellChoice
) -> Iterator[FactorTable]:
    """Fetch the table of each factor, once, one after the other in the order given; one at a time is in memory.

    Raises
    ------
    ServiceUnavailableError, BadResponseError
        The network or the service failed: the next factor would meet the same. The message names the factor, and what
        was fetched is kept.
    """
    for number, protein in enumerate(proteins, start=1):
        try:
            query = check_query(protein, genome, distance)
            if number > 1:
                pause(query)
            download = fetch_target_genes(client, query)
        except InputError as error:
            table = _none(protein, error)
            say(f"  {number} of {len(proteins)}, {protein}: {table.missing}")
            yield table
            continue
        except (ServiceUnavailableError, BadResponseError) as error:
            error.args = (
                f"Factor {number} of {len(proteins)}, {protein!r}, failed. {error}\nThe tables before it are kept: run "
                "it again.",
            )
            raise
        names = download.matrix.names()
        columns = cells.columns(names, query, client)
        every = len(columns) == len(names)
        summary = download.summary if every else resummarise(download.summary, download.matrix, columns)
        missing = "" if len(columns) else f"none of its {plural(len(names), 'experiment')} is in {cells}"
        say(f"  {number} of {len(proteins)}, {protein}: {missing or plural(len(columns), 'experiment')}")
        genes = frozenset(download.matrix.genes.tolist())
        yield FactorTable(
            protein, summary, download.matrix, columns, genes, missing, [], {**download.provenance, "protein": protein}
        )


def pause(query: Query) -> None:
    """Leave the data server alone for as long as its address asks for."""
    time.sleep(pause_seconds(query.url))


def _none(protein: str, error: InputError) -> FactorTable:
    reason = " ".join(str(error).split())
    matches = list(getattr(error, "matches", []))
    return FactorTable(protein, pd.DataFrame(), None, np.empty(0, dtype=np.int64), frozenset(), reason, matches, {})

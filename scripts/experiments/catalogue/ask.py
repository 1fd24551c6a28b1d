"""Questions to the catalogue, offline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from ...common.files.json_text import decode
from ..table import ASSEMBLIES, NUMBERS, TEXTS
from ..vocabulary import alone, folded
from .store import Catalogue, catalogue_extra, names_file

_COLUMNS = [name for name in (*TEXTS, "attributes", *NUMBERS) if name != "study"]

#: An experiment, or one of its GEO samples, is in a list (given three times).
_AMONG = (
    "(accession IN (SELECT unnest(?)) OR gsm IN (SELECT unnest(?)) "
    "OR (contains(gsm, ' ') AND list_has_any(string_split(gsm, ' '), ?)))"
)


def vocabulary_of(catalogue: Catalogue, genome: str) -> dict[str, list[str]]:
    """The names that occur among the experiments of an assembly, by column of `experiments.vocabulary.KINDS`."""
    found: dict[str, list[str]] = decode((catalogue.folder / names_file(genome)).read_bytes())
    return found


def places_in(catalogue: Catalogue, names: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """Where accessions (SRX or GSM) stand: name -> (experiment, assembly) of each record."""
    with catalogue_extra():
        import duckdb
    wanted = set(names)
    found: dict[str, list[tuple[str, str]]] = {name: [] for name in names}
    query = f"SELECT accession, gsm FROM read_parquet(?) WHERE {_AMONG}"
    with duckdb.connect() as database:
        for genome in catalogue.rows:
            values = [str(catalogue.file(genome)), *[list(names)] * 3]
            for accession, gsm in database.execute(query, values).fetchall():
                for name in wanted & {accession, *gsm.split()}:
                    found[name].append((accession, genome))
    return found


def rows_in(
    catalogue: Catalogue,
    genome: str,
    names: Sequence[Mapping[str, Sequence[str]]],
    texts: Sequence[str],
    *,
    any_text: bool,
    among: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Experiments of an assembly that bear the names, and in whose title or attributes every text (any text) occurs;
    with `among`, only of these accessions (SRX or GSM).

    Returns
    -------
    DataFrame
        For `experiments.table.as_table`, in the order of the list.
    """
    with catalogue_extra():
        import duckdb
    conditions = ["true"]
    values: list[Any] = [str(catalogue.file(genome))]
    if among is not None:
        conditions.append(_AMONG)
        values += [list(among)] * 3
    for demand in names:
        ways = [f"{kind} IN (SELECT unnest(?))" for kind in demand]
        conditions.append(f"({' OR '.join(ways)})")
        values += [list(wanted) for wanted in demand.values()]
    holds = []
    for text in texts:
        pattern = alone(text)
        holds.append("regexp_matches(lower(title || ' ' || attributes), ?)" if pattern else "contains(folded, ?)")
        values.append(pattern or folded(text))
    if holds:
        conditions.append(f"({(' OR ' if any_text else ' AND ').join(holds)})")
    query = f"SELECT {', '.join(_COLUMNS)} FROM read_parquet(?) WHERE {' AND '.join(conditions)}"
    with duckdb.connect() as database:
        rows = database.execute(query, values).df()
        rows[ASSEMBLIES] = _assemblies(database, catalogue, genome, rows["accession"].tolist())
    return rows


def _assemblies(database: Any, catalogue: Catalogue, genome: str, accessions: list[str]) -> list[str]:
    """The assemblies that hold each experiment, as the site writes them: ``hg19, hg38``."""
    found = {name: [genome] for name in accessions}
    for other in catalogue.rows if accessions else ():
        if other == genome or other[:2] != genome[:2]:
            continue
        query = "SELECT accession FROM read_parquet(?) WHERE accession IN (SELECT unnest(?))"
        for (name,) in database.execute(query, [str(catalogue.file(other)), accessions]).fetchall():
            found[name].append(other)
    return [", ".join(sorted(found[name])) for name in accessions]

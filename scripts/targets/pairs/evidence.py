"""What ChIP-Atlas has on each of a list of (factor, gene) pairs: one row a pair, every table fetched once."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from ...chipatlas.assemblies import get_assembly
from ...chipatlas.transport.client import Client
from ...chipatlas.transport.reach import one_run
from ...common.console import announce_simulation, headline, say, verify
from ...common.errors import InputError
from ...common.files.csv_files import write_csv
from ...common.files.graphml import write_graphml
from ...common.provenance import now_utc, versions
from ...common.results import require_number
from ...common.text import fold, near_matches, plural
from .. import outputs
from ..answer_folder import answer_folder
from ..background.store import AUTO, background_of
from ..networks import evidence_network
from ..query.question import check_form
from ..ranking.filter_targets import check_criteria
from ..table.parse_target_genes import cell_types_of
from .edge_list import Edges, read_edges
from .factor_tables import CellChoice, FactorTable, each_table

#: What a row can say, in the order in which it is found out.
BOUND, NOT_BOUND, NOT_LISTED = "bound", "not bound", "gene not listed"
NO_TABLE, NO_EXPERIMENT = "no table", "no experiment"
#: The columns of a row; those of the input stand behind them.
COLUMNS = (
    *("factor", "gene", "status", "reason", "num_bound", "num_experiments", "binding_rate", "avg_score", "max_score"),
    *("rank", "num_ranked", "percentile", "num_cell_types_bound", "num_cell_types", "cell_types_bound"),
    *("hot_share", "string_score"),
)
#: Those that are 0 where a gene is not bound.
_COUNTED = ("num_bound", "binding_rate", "avg_score", "max_score", "string_score", "num_cell_types_bound")
#: Genes of which near names are looked for: each takes a comparison with every gene there is.
_NEAR_NAMES_FOR = 10


@one_run()
def edge_evidence(
    edges: Edges,
    genome: str = "hg38",
    distance: int = 5,
    cell_types: Iterable[str] | str | None = None,
    cell_type_class: str | None = None,
    min_score: float = 0,
    background: Any = AUTO,
    output_dir: str | os.PathLike[str] | None = None,
) -> pd.DataFrame:
    """Look up each of a list of (factor, gene) pairs in the factors' tables.

    Parameters
    ----------
    edges : path, DataFrame or list of (str, str)
        The pairs; see `targets.pairs.edge_list.read_edges` for files and headings.
    genome : str
        UCSC's assembly name.
    distance : int
        Half-width of the window around the TSS, in kb: 1, 5 or 10.
    cell_types : list of str, optional
        Use the experiments in these cell types only.
    cell_type_class : str, optional
        Use the experiments of one class of cell types only, such as ``Blood``.
    min_score : float
        Least MACS2 score (-10 log10 Q) of an experiment that counts as bound; 0: any peak. Averages, maxima and ranks
        do not depend on it.
    background : "auto", path, Background or None
        Where ``hot_share`` comes from, see `load_background`; without one it is missing.
    output_dir : path, optional
        Folder for `targets.outputs.EDGES_FILES`; nothing is written when left out.

    Returns
    -------
    DataFrame
        `COLUMNS`, then the input's other columns; one row per pair, in the order of the input. ``status``: ``bound``
        (a peak in an experiment used), ``not bound``, ``gene not listed`` (in no table that was read, nor in the
        background: unbound in all, or no symbol), ``no table``, ``no experiment`` (of the factor in these cell
        types); ``reason`` says what is behind all but the first. ``rank`` is among the factor's ``num_ranked`` genes
        with a peak, by average, maximum, gene; ``percentile`` is 100 for the first and near 0 for the last of them;
        both are missing where there is no peak. Numbers are missing where nothing is known. ``attrs``:
        ``parameters``, ``factors`` (how many have a table), ``provenance``.

    Raises
    ------
    InputError
        Unusable pairs or settings.
    ServiceUnavailableError, BadResponseError
        The network or the service failed; the tables fetched by then are kept, so the same call goes on there.
    """
    pairs = read_edges(edges)
    assembly = get_assembly(genome)
    check_form("X", assembly.name, distance)
    least = require_number("min_score", min_score, "a MACS2 score such as 50, or 0 for any peak", least=0)
    criteria = check_criteria(cell_types=cell_types)
    if cell_type_class is not None and (not isinstance(cell_type_class, str) or not fold(cell_type_class)):
        raise InputError(f"cell_type_class is {cell_type_class!r}; give the name of one class, such as 'Blood'.")
    cells = CellChoice(criteria.cell_types, cell_type_class)
    wanted = {str(name): part.index.to_numpy() for name, part in pairs.groupby("factor", sort=False)["gene"]}
    others = background_of(background, assembly.name, distance)
    started_at = now_utc()
    headline(f"{plural(len(pairs), 'pair')} of {plural(len(wanted), 'factor')} ({assembly.name}, ±{distance}kb)")
    columns: dict[str, np.ndarray] = _empty(len(pairs))
    gene = pairs["gene"].to_numpy(dtype=object)
    known: set[str] = set()
    read = 0
    provenance = []
    with Client() as client:
        for table in each_table(client, list(wanted), assembly.name, distance, cells):
            rows = wanted[table.protein]
            _fill(columns, rows, gene[rows], table, least, others)
            known |= table.genes
            read += table.matrix is not None
            provenance.append(table.provenance)
        simulated, files = client.simulated, [*client.files.values()]
    if others is not None and read:
        known |= set(others.hot_share(next(iter(wanted))).index)
    _explain_genes(columns, gene, known, read)
    answer = pd.DataFrame({"factor": pairs["factor"], "gene": pairs["gene"], **columns})[list(COLUMNS)]
    answer = pd.concat([_typed(answer), pairs.drop(columns=["factor", "gene"])], axis=1)
    found = [one for one in provenance if one]
    answer.attrs = {
        "parameters": {
            "edges": pairs.attrs["source"],
            "genome": assembly.name,
            "distance": distance,
            "cell_types": None if criteria.cell_types is None else list(criteria.cell_types),
            "cell_type_class": cell_type_class,
            "min_score": least,
            "background": others is not None,
        },
        "factors": {"asked": len(wanted), "with_table": len(found)},
        "provenance": {
            "tables": found,
            "files": files,
            "simulated": simulated,
            "started_at": started_at,
            "finished_at": now_utc(),
            "versions": versions(),
        },
    }
    counts = answer["status"].value_counts()
    say(f"  {', '.join(f'{name}: {count:,}' for name, count in counts.items())}")
    if output_dir is not None:
        _write(answer, output_dir)
    announce_simulation(simulated)
    verify(f"✓ Evidence found for {int((answer['status'] == BOUND).sum()):,} of {plural(len(answer), 'pair')}")
    return answer


def _empty(n: int) -> dict[str, np.ndarray]:
    texts = ("status", "reason", "cell_types_bound")
    made: dict[str, np.ndarray] = {name: np.full(n, "", dtype=object) for name in texts}
    return made | {name: np.full(n, np.nan) for name in COLUMNS[2:] if name not in texts}


def _fill(
    columns: dict[str, np.ndarray], rows: np.ndarray, genes: np.ndarray, table: FactorTable, least: float, hot: Any
) -> None:
    """The numbers of one factor's pairs, at their rows."""
    if hot is not None and table.matrix is not None:
        columns["hot_share"][rows] = hot.hot_share(table.protein).reindex(genes).to_numpy(dtype=float)
    if table.missing or table.matrix is None:
        columns["status"][rows] = NO_TABLE if table.matrix is None else NO_EXPERIMENT
        columns["reason"][rows] = table.missing
        return
    summary = table.summary
    at = pd.Index(summary["gene"]).get_indexer(pd.Index(genes))
    listed = at >= 0
    ranked = int((summary["num_bound"] > 0).sum())
    columns["num_experiments"][rows] = len(table.columns)
    columns["num_ranked"][rows] = ranked
    cells = np.array(cell_types_of(table.matrix.names(table.columns)), dtype=object)
    columns["num_cell_types"][rows] = len(set(cells.tolist()))
    for name in _COUNTED:
        columns[name][rows] = 0.0
    columns["status"][rows] = NOT_BOUND
    columns["reason"][rows] = np.where(
        listed, "no peak in an experiment used", "not in the factor's table: no peak, and no STRING score"
    )
    there = rows[listed]
    for name in ("avg_score", "max_score", "string_score"):
        columns[name][there] = summary[name].to_numpy(dtype=float)[at[listed]]
    # Genes without a peak stand behind all others, so a place among those with one is a place in the whole.
    with_peak = listed & (columns["max_score"][rows] > 0)
    columns["rank"][rows[with_peak]] = at[with_peak] + 1
    columns["percentile"][rows[with_peak]] = 100 * (ranked - at[with_peak]) / max(ranked, 1)
    positions = table.matrix.rows_of(pd.Series(genes[listed], dtype=object))
    scores = table.matrix.scores[np.ix_(positions, table.columns)]
    bound = (scores > 0) & (scores >= least)
    columns["num_bound"][there] = bound.sum(axis=1)
    columns["binding_rate"][there] = bound.mean(axis=1)
    for row, line in zip(there.tolist(), bound, strict=True):
        names = list(dict.fromkeys(cells[line].tolist()))
        columns["num_cell_types_bound"][row] = len(names)
        columns["cell_types_bound"][row] = "; ".join(sorted(names))
        if names:
            columns["status"][row], columns["reason"][row] = BOUND, ""
        elif columns["max_score"][row] > 0:
            columns["reason"][row] = f"no peak from {least:g} on"


def _explain_genes(columns: dict[str, np.ndarray], gene: np.ndarray, known: set[str], n_tables: int) -> None:
    """Tell genes that no table knows, with near names, from those that a factor does not bind.

    Nothing is known of them: numbers that were 0 become missing.
    """
    status = columns["status"]
    unknown = np.array([name not in known for name in gene.tolist()], dtype=bool) & (status == NOT_BOUND)
    choices = sorted(known)
    same = {fold(name): name for name in reversed(choices)} if unknown.any() else {}
    told = {}
    for number, name in enumerate(dict.fromkeys(gene[unknown].tolist())):
        near = [same[fold(name)]] if fold(name) in same else []
        if not near and number < _NEAR_NAMES_FOR:
            near = near_matches(name, choices, limit=3)
        listed = f"in none of {plural(n_tables, 'table')} read: unbound in all of them, or no symbol of this assembly"
        told[name] = listed + (f"; near: {', '.join(near)}" if near else "")
    for name in _COUNTED:
        columns[name][unknown] = np.nan
    for row in np.flatnonzero(unknown):
        status[row], columns["reason"][row] = NOT_LISTED, told[gene[row]]


def _typed(answer: pd.DataFrame) -> pd.DataFrame:
    whole = ("num_bound", "num_experiments", "max_score", "rank", "num_ranked", "num_cell_types_bound")
    return answer.astype({**dict.fromkeys((*whole, "num_cell_types", "string_score"), "Int64")})


def _write(answer: pd.DataFrame, output_dir: str | os.PathLike[str]) -> None:
    simulated = answer.attrs["provenance"]["simulated"]
    with answer_folder(output_dir, outputs.EDGES_FILES, simulated=simulated) as folder:
        write_csv(folder / outputs.EDGES_CSV, answer)
        write_graphml(folder / outputs.EDGES_GRAPHML, *evidence_network(answer), simulated=simulated)
        say(f"  Saved: {folder / outputs.EDGES_CSV}, {outputs.EDGES_GRAPHML}")

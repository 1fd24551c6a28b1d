"""Genes that several factors bind, beside how many chance gives where some genes are bound by almost anything."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ...chipatlas.transport.client import Client
from ...chipatlas.transport.reach import one_run
from ...common.console import announce_simulation, headline, say, verify
from ...common.errors import NotFoundError
from ...common.files.csv_files import write_csv
from ...common.files.graphml import write_graphml
from ...common.provenance import now_utc, versions
from ...common.results import require_flag, require_number
from ...common.text import plural
from .. import outputs
from ..answer_folder import answer_folder
from ..background.store import AUTO, background_of
from ..networks import shared_network
from ..query.factors import check_factors
from ..ranking.filter_targets import check_criteria
from ..table.parse_target_genes import cell_types_of
from ..table.score_matrix import ScoreMatrix
from ..table.scores import row_statistics
from .chance import (
    RESAMPLES,
    at_least,
    draw_heat,
    expected_at_least,
    number_of_factors,
    resample_at_least,
    resample_given_heat,
    strata_of,
    upper_tail,
)
from .factor_tables import CellChoice, FactorTable, each_table

#: The mean experiment has a peak at Q < 1e-5. Counted from any peak on, a factor of hundreds of experiments binds
#: nearly every gene.
MIN_AVG_SCORE = 50.0
_SEED = 20240601


@dataclass(frozen=True)
class Bound:
    """Which genes one factor binds.

    Attributes
    ----------
    genes : array (G,) of str
        Those of its table.
    cells : list of str, length C
        Cell types of the experiments used; a single empty text where they count together.
    bound : array (G, C) of bool
    average : Series of float
        Mean MACS2 score over the experiments used, by gene.
    """

    genes: np.ndarray
    cells: list[str]
    bound: np.ndarray
    average: pd.Series


@one_run()
def co_binding(
    factors: Iterable[str],
    genome: str = "hg38",
    distance: int = 5,
    background: Any = AUTO,
    cell_types: Iterable[str] | str | None = None,
    same_cell_types: bool = False,
    at_least_factors: int | None = None,
    min_avg_score: float = MIN_AVG_SCORE,
    min_binding_rate: float = 0,
    output_dir: str | os.PathLike[str] | None = None,
) -> dict[str, Any]:
    """Find the genes that several factors bind, and how many chance would give.

    Parameters
    ----------
    factors : list of str
        Two or more factors, each once.
    genome : str
        UCSC's assembly name.
    distance : int
        Half-width of the window around the TSS, in kb: 1, 5 or 10.
    background : "auto", path, Background, Series or None
        How often each gene is bound at all (see `load_background`), or a Series of it by gene. Without it only the
        plain expectation can be given, which hot loci exceed.
    cell_types : list of str, optional
        Use the experiments in these cell types only.
    same_cell_types : bool
        Count factors together only where they bind in one and the same cell type.
    at_least_factors : int, optional
        List genes bound by so many of the factors; all of them when left out.
    min_avg_score : float
        A factor binds a gene from this average MACS2 score on (over the experiments used; with `same_cell_types` over
        those of each cell type).
    min_binding_rate : float
        And from this share of those experiments with a peak on, 0..1.
    output_dir : path, optional
        Folder for `targets.outputs.CO_BINDING_FILES`; nothing is written when left out.

    Returns
    -------
    dict
        ``genes`` (DataFrame: ``gene num_factors factors shared_cell_types hot_share chance``, then ``avg_score_``
        of each factor; most factors first, then the rarest by ``hot_share``, then the mean average. ``chance`` is how
        probable it is that all factors bind a gene of its stratum), ``chance`` (DataFrame: one row for each number of
        factors: ``num_factors observed expected_plain pvalue_plain expected_given_hot pvalue_given_hot fold_plain
        fold_given_hot``), ``factors``, ``bound`` (genes each binds), ``num_genes`` (the universe: all genes that any
        of the tables lists, and those of the background), ``parameters``, ``provenance``. P-values are one-sided, from
        resampling, so no smaller than 1 / (resamples + 1).

    Raises
    ------
    InputError
        Fewer than two factors, or an unusable setting.
    NotFoundError
        A factor without a table, or without an experiment in these cell types.
    ServiceUnavailableError, BadResponseError
        The network or the service failed.
    """
    queries = check_factors(factors, genome, distance, least=2)
    names = [query.protein for query in queries]
    criteria = check_criteria(min_avg_score, cell_types, min_binding_rate=min_binding_rate, score_name="min_avg_score")
    together = require_flag("same_cell_types", same_cell_types)
    wanted = len(names) if at_least_factors is None else at_least_factors
    what = f"a whole number of factors from 2 to {len(names)}"
    least = int(require_number("at_least_factors", wanted, what, least=2, most=len(names)))
    others = background_of(background, queries[0].genome, queries[0].distance)
    started_at = now_utc()
    headline(f"Genes bound by {', '.join(names)} ({queries[0].place})")
    cells = CellChoice(criteria.cell_types)
    found: dict[str, Bound] = {}
    provenance = {}
    with Client() as client:
        for table in each_table(client, names, queries[0].genome, queries[0].distance, cells):
            if table.missing or table.matrix is None:
                raise NotFoundError(f"{table.protein!r}: {table.missing}")
            found[table.protein] = bound_genes(
                table, table.matrix, criteria.min_avg_score, criteria.min_binding_rate, by_cell=together
            )
            provenance[table.protein] = table.provenance
        simulated, files = client.simulated, [*client.files.values()]
    result = {
        **count_together(found, others, at_least_factors=least),
        "factors": names,
        "parameters": {
            "factors": names,
            "genome": queries[0].genome,
            "distance": queries[0].distance,
            "background": others is not None,
            "cell_types": None if criteria.cell_types is None else list(criteria.cell_types),
            "same_cell_types": together,
            "at_least_factors": least,
            "min_avg_score": criteria.min_avg_score,
            "min_binding_rate": criteria.min_binding_rate,
            "resamples": RESAMPLES,
            "output_dir": None if output_dir is None else str(output_dir),
        },
        "provenance": {
            "tables": provenance,
            "files": files,
            "simulated": simulated,
            "started_at": started_at,
            "finished_at": now_utc(),
            "versions": versions(),
        },
    }
    _tell(result)
    if output_dir is not None:
        _write(result, output_dir)
    announce_simulation(simulated)
    verify(f"✓ Genes bound by {least} or more of {len(names)} factors: {len(result['genes']):,}")
    return result


def bound_genes(
    table: FactorTable, matrix: ScoreMatrix, min_avg_score: float, min_binding_rate: float, *, by_cell: bool
) -> Bound:
    """Which genes a factor binds, over all experiments used or in each of their cell types."""
    cells = np.array(cell_types_of(matrix.names(table.columns)), dtype=object)
    groups = list(dict.fromkeys(cells.tolist())) if by_cell else [""]
    bound = np.zeros((len(matrix.genes), len(groups)), dtype=bool)
    for number, name in enumerate(groups):
        columns = table.columns[cells == name] if by_cell else table.columns
        total, peaks, _ = row_statistics(matrix.scores[:, columns])
        enough = (total / len(columns) >= min_avg_score) & (peaks / len(columns) >= min_binding_rate)
        bound[:, number] = (peaks > 0) & enough
    average = table.summary.set_index("gene")["avg_score"]
    return Bound(matrix.genes, groups, bound, average)


def count_together(
    found: dict[str, Bound], background: Any, *, at_least_factors: int, resamples: int = RESAMPLES
) -> dict[str, Any]:
    """Genes that the factors share, and how many chance gives: ``genes``, ``chance``, ``bound``, ``num_genes``."""
    names = list(found)
    shares = [] if background is None else _shares(background, names)
    listed = [one.genes for one in found.values()] + [one.index.to_numpy(dtype=object) for one in shares]
    universe = np.array(sorted(set().union(*(part.tolist() for part in listed))), dtype=object)
    index = pd.Index(universe)
    cells = sorted(set().union(*(set(one.cells) for one in found.values())))
    each = [np.zeros((len(universe), len(cells)), dtype=bool) for _ in names]
    for one, own in zip(found.values(), each, strict=True):
        columns = np.array([cells.index(cell) for cell in one.cells])
        own[np.ix_(index.get_indexer(pd.Index(one.genes)), columns)] = one.bound
    layers = np.array(each)
    per_cell = layers.sum(axis=0)
    n_bound = per_cell.max(axis=1, initial=0)
    hot = _frequency(shares, universe) if shares else None
    n_others = _number_of_others(background, names, shares)
    chance, probability = _chance(layers, n_bound, hot, n_others, resamples)
    genes = _gene_table(found, universe, layers, cells, at_least_factors)
    genes["hot_share"] = np.nan if hot is None else pd.Series(hot, index=index).reindex(genes["gene"]).to_numpy()
    genes["chance"] = pd.Series(probability, index=index).reindex(genes["gene"]).to_numpy()
    order = np.lexsort(
        (
            pd.factorize(genes["gene"], sort=True)[0],
            -genes[[f"avg_score_{name}" for name in names]].mean(axis=1).to_numpy(),
            genes["hot_share"].fillna(0).to_numpy(),
            -genes["num_factors"].to_numpy(),
        )
    )
    first = ["gene", "num_factors", "factors", "shared_cell_types", "hot_share", "chance"]
    genes = genes.iloc[order].reset_index(drop=True)
    return {
        "genes": genes[[*first, *(f"avg_score_{name}" for name in names)]],
        "chance": chance,
        "bound": {name: int(own.any(axis=1).sum()) for name, own in zip(names, each, strict=True)},
        "num_genes": len(universe),
    }


def _shares(background: Any, names: list[str]) -> list[pd.Series]:
    return [background] if isinstance(background, pd.Series) else [background.hot_share(name) for name in names]


def _number_of_others(background: Any, names: list[str], shares: list[pd.Series]) -> int | None:
    """Factors behind the shares: as the background tells, or as their steps do; None where neither does."""
    if hasattr(background, "others"):
        return min(len(background.others(name)) for name in names)
    return number_of_factors(shares[0].dropna().to_numpy(dtype=float)) if shares else None


def _frequency(shares: list[pd.Series], universe: np.ndarray) -> np.ndarray:
    """How often each gene is bound at all: the mean over the factors asked, each of which leaves itself out.

    Genes that the background does not know are bound by none of its factors.
    """
    known = np.array([one.reindex(universe).to_numpy(dtype=float) for one in shares])
    return np.asarray(np.nan_to_num(known).mean(axis=0))


def _chance(
    layers: np.ndarray, n_bound: np.ndarray, hot: np.ndarray | None, n_others: int | None, resamples: int
) -> tuple[pd.DataFrame, np.ndarray]:
    """Observed and expected numbers by number of factors, and each gene's own chance of being bound by all."""
    n_factors, n_genes, n_cells = layers.shape
    observed = at_least(n_bound, n_factors)
    alike = np.zeros(n_genes, dtype=np.int64)
    rng = np.random.default_rng(_SEED)
    if n_cells == 1:
        expected = expected_at_least(layers[:, :, 0], alike)
        drawn = resample_at_least(layers[:, :, 0], alike, resamples, rng)
        together = np.full(n_genes, expected[-1] / max(n_genes, 1))
    else:
        drawn, together = resample_given_heat(layers, alike, None, resamples, rng)
        expected = drawn.mean(axis=0)
    table = pd.DataFrame(
        {
            "num_factors": np.arange(n_factors + 1),
            "observed": observed,
            "expected_plain": expected,
            "pvalue_plain": upper_tail(drawn, observed),
            "expected_given_hot": np.nan,
            "pvalue_given_hot": np.nan,
        }
    )
    if hot is not None:
        heat = None if n_others is None else draw_heat(np.rint(hot * n_others).astype(int), n_others, _HEATS, rng)
        drawn, together = resample_given_heat(layers, strata_of(hot), heat, resamples, rng)
        table["expected_given_hot"] = drawn.mean(axis=0)
        table["pvalue_given_hot"] = upper_tail(drawn, observed)
    with np.errstate(divide="ignore", invalid="ignore"):
        for what in ("plain", "given_hot"):
            table[f"fold_{what}"] = table["observed"] / table[f"expected_{what}"]
    return table[table["num_factors"] >= 2].iloc[::-1].reset_index(drop=True), together


#: Draws of the genes' heat; resamples take turns with them.
_HEATS = 100


def _gene_table(
    found: dict[str, Bound], universe: np.ndarray, layers: np.ndarray, cells: list[str], least: int
) -> pd.DataFrame:
    """The genes that enough factors bind, with their factors and the cell types in which most of them meet."""
    names = np.array(list(found), dtype=object)
    per_cell = layers.sum(axis=0)
    n_bound = per_cell.max(axis=1, initial=0)
    chosen = np.flatnonzero(n_bound >= least)
    rows = []
    for at in chosen.tolist():
        meet = np.flatnonzero(per_cell[at] == n_bound[at])
        own = layers[:, at, meet].any(axis=1)
        shared = "; ".join(cells[i] for i in meet if cells[i])
        rows.append((universe[at], int(n_bound[at]), "; ".join(names[own].tolist()), shared))
    table = pd.DataFrame(rows, columns=["gene", "num_factors", "factors", "shared_cell_types"])
    for name, one in found.items():
        table[f"avg_score_{name}"] = one.average.reindex(table["gene"]).fillna(0.0).to_numpy(dtype=float)
    return table


def _tell(result: dict[str, Any]) -> None:
    bound = ", ".join(f"{name} {count:,}" for name, count in result["bound"].items())
    say(f"  Bound genes of {result['num_genes']:,}: {bound}")
    for row in result["chance"].to_dict("records"):
        line = (
            f"  By {row['num_factors']} or more: {plural(int(row['observed']), 'gene')}; by chance "
            f"{row['expected_plain']:,.1f} if all genes were alike"
        )
        if not np.isnan(row["expected_given_hot"]):
            line += (
                f", {row['expected_given_hot']:,.1f} given how often each is bound (p = {row['pvalue_given_hot']:.2g})"
            )
        say(line)
    if not result["parameters"]["background"]:
        say("  Without a background nothing tells hot loci from shared targets: unrelated factors exceed chance, too.")


def _write(result: dict[str, Any], output_dir: str | os.PathLike[str]) -> None:
    simulated = result["provenance"]["simulated"]
    with answer_folder(output_dir, outputs.CO_BINDING_FILES, simulated=simulated) as folder:
        for name, key in ((outputs.CO_BINDING_CSV, "genes"), (outputs.CO_BINDING_CHANCE_CSV, "chance")):
            write_csv(folder / name, result[key])
            say(f"  Saved: {name}")
        network = shared_network(result["genes"], result["factors"])
        write_graphml(folder / outputs.CO_BINDING_GRAPHML, *network, simulated=simulated)
        say(f"  Saved: {outputs.CO_BINDING_GRAPHML}")

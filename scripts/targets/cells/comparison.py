"""One factor in some cell types against others: genes bound more, or less, over independent units."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from ...chipatlas.transport.client import Client
from ...common.console import announce_simulation, headline, say, verify
from ...common.errors import InputError
from ...common.provenance import now_utc, versions
from ...common.results import require_number
from ...common.statistics import benjamini_hochberg
from ...common.text import plural
from ..query.question import check_query
from ..table.cell_classes import classes_of
from ..table.download_target_genes import Download, fetch_target_genes
from ..table.parse_target_genes import split_experiment
from ..table.score_matrix import ScoreMatrix
from ..units.studies import Studies, check_unit, find_studies
from ..units.votes import is_bound, unit_scores
from .output import write_cells
from .sides import check_names, columns_of
from .testing import fisher_exact_two_sided, rank_test_two_sided, smallest_pvalue

TESTS = ("fisher", "rank")
#: Of three units a side the smallest p-value is 0.1; fewer say nothing at all.
MIN_UNITS = 3
#: Sides of which one binds so many times more genes a unit than the other differ in depth or antibody, not in genes.
UNEVEN = 2.0
NOT_TESTABLE = "not testable"


@dataclass(frozen=True)
class Side:
    """The experiments of one side, and which of them are one vote.

    Attributes
    ----------
    columns : array (E,) of int
        Positions in the table.
    units : array (E,) of int
        Number of each one's unit, 0 to n - 1.
    names : list of str, length n
        Of the units: study, or experiment.
    """

    columns: np.ndarray
    units: np.ndarray
    names: list[str]

    @property
    def n(self) -> int:
        return len(self.names)


def compare_cell_types(
    protein: str,
    a: Iterable[str] | str,
    b: Iterable[str] | str | None = None,
    genome: str = "hg38",
    distance: int = 5,
    unit: str = "study",
    test: str = "fisher",
    min_units: int = MIN_UNITS,
    output_dir: str | os.PathLike[str] | None = None,
) -> dict[str, Any]:
    """Compare where a factor binds between two sides of cell types, gene by gene.

    Parameters
    ----------
    protein : str
        Official symbol of the factor, case-sensitive.
    a : list of str
        Cell types of one side, or classes of them (``Blood``, ``Pluripotent stem cell``). A name that is both is the
        cell type; ``class:Liver`` asks for the class.
    b : list of str, optional
        Those of the other side; all others of the table when left out.
    genome : str
        UCSC's assembly name.
    distance : int
        Half-width of the window around the TSS, in kb: 1, 5 or 10.
    unit : {"study", "experiment"}
        What one vote is. With ``study``, all experiments of a study on one side are one: those of a study are not
        independent, and a study of ten cell lines is no ten findings. With ``experiment`` p-values are too small
        wherever studies differ.
    test : {"fisher", "rank"}
        ``fisher``: Fisher's exact test on units that bind and do not; a unit binds when at least half of its
        experiments have a peak. ``rank``: Mann-Whitney's test on the units' mean scores, exact where small; it sees
        strength too, and so differences in depth.
    min_units : int
        Least number of units a side, 2 or more; with fewer nothing is tested.
    output_dir : path, optional
        Folder for `targets.outputs.CELLS_FILES`; nothing is written when left out.

    Returns
    -------
    dict
        ``genes`` (DataFrame, columns `GENE_COLUMNS`, one row per gene of the table: tested ones by p-value, then
        difference, then gene, the others behind them with their reason), ``units`` (DataFrame: ``side unit
        num_experiments cell_types experiments``), ``protein``, ``parameters``, ``metadata``, ``provenance``.

    Raises
    ------
    InputError
        Unusable arguments, or sides that share experiments.
    NotFoundError
        No such table, or a name that is neither a cell type nor a class.
    ServiceUnavailableError, BadResponseError
        The network or the service failed. Studies that the site does not tell are inferred instead; classes are not.
    """
    query = check_query(protein, genome, distance)
    names_a, names_b = check_names("a", a), None if b is None else check_names("b", b)
    check_unit(unit)
    if test not in TESTS:
        raise InputError(f"test is {test!r}; give 'fisher' (bound or not) or 'rank' (scores).")
    least = int(require_number("min_units", min_units, "a whole number of units a side, 2 or more", least=2))
    started_at = now_utc()
    headline(f"{query.protein} in {', '.join(names_a)} against {', '.join(names_b or ('all other cell types',))}")
    with Client() as client:
        download = fetch_target_genes(client, query)
        columns = download.matrix.names()
        classes = cache(lambda: classes_of(columns, query, client))
        chosen_a, taken_a = columns_of(names_a, columns, classes)
        taken_b = ["all other cell types"]
        chosen_b = np.setdiff1d(np.arange(len(columns)), chosen_a)
        if names_b is not None:
            chosen_b, taken_b = columns_of(names_b, columns, classes)
        _refuse_shared(chosen_a, chosen_b, columns)
        studies = find_studies(columns, query, client) if unit == "study" else None
        simulated = client.simulated
        files = [*client.files.values()]
    sides = (make_side(chosen_a, columns, studies), make_side(chosen_b, columns, studies))
    genes = compare_sides(download.matrix, *sides, test=test, min_units=least)
    metadata = _metadata(genes, sides, (taken_a, taken_b), studies, test)
    result = {
        "genes": _described(genes, download),
        "units": _units_table(sides, columns),
        "protein": query.protein,
        "parameters": {
            "protein": query.protein,
            "a": list(names_a),
            "b": None if names_b is None else list(names_b),
            "genome": query.genome,
            "distance": query.distance,
            "unit": unit,
            "test": test,
            "min_units": least,
            "output_dir": None if output_dir is None else str(output_dir),
        },
        "metadata": metadata,
        "provenance": {
            **download.provenance,
            "files": files,
            "simulated": simulated,
            "started_at": started_at,
            "finished_at": now_utc(),
            "versions": versions(),
        },
    }
    for line in metadata["statements"]:
        say(f"  {line}")
    if output_dir is not None:
        write_cells(result, output_dir)
    announce_simulation(simulated)
    verify("✓ Cell types compared successfully!")
    return result


def make_side(chosen: np.ndarray, columns: list[str], studies: Studies | None) -> Side:
    """The experiments at some positions, one vote each (`studies` is None) or one a study."""
    if studies is None:
        return Side(chosen, np.arange(len(chosen)), [split_experiment(columns[i])[0] for i in chosen])
    units, names = pd.factorize(studies.labels[chosen])
    return Side(chosen, np.asarray(units), [str(name) for name in names])


def compare_sides(matrix: ScoreMatrix, a: Side, b: Side, *, test: str, min_units: int) -> pd.DataFrame:
    """Test every gene between two sides.

    Returns
    -------
    DataFrame
        In the matrix's order: ``gene status reason direction``, numbers of units and shares of both sides,
        ``difference above odds_ratio pvalue qvalue``; NaN where nothing was tested. ``odds_ratio`` has a half added to
        each of its four numbers; ``above`` is the share of pairs of units in which a's mean score is higher.
    """
    mean_a, bound_a = _votes(matrix, a)
    mean_b, bound_b = _votes(matrix, b)
    count_a, count_b = bound_a.sum(axis=1), bound_b.sum(axis=1)
    few = _too_few(a.n, b.n, min_units)
    reason = np.full(len(matrix.genes), few, dtype=object)
    if not few:
        scores = np.hstack([mean_a, mean_b])
        same = (
            scores.max(axis=1) == scores.min(axis=1) if test == "rank" else np.isin(count_a + count_b, [0, a.n + b.n])
        )
        reason[same] = "the same in every unit of both sides"
        reason[(scores == 0).all(axis=1)] = "no peak on either side"
    tested = reason == ""
    pvalue, above = np.full(len(reason), np.nan), np.full(len(reason), np.nan)
    if tested.any():
        ranked, above[tested] = rank_test_two_sided(mean_a[tested], mean_b[tested])
        exact = fisher_exact_two_sided(count_a[tested], a.n, count_b[tested], b.n)
        pvalue[tested] = ranked if test == "rank" else exact
    qvalue = np.full(len(reason), np.nan)
    qvalue[tested] = benjamini_hochberg(pvalue[tested])
    rate_a, rate_b = count_a / max(a.n, 1), count_b / max(b.n, 1)
    lean = np.sign(above - 0.5) if test == "rank" else np.sign(rate_a - rate_b)
    odds = ((count_a + 0.5) * (b.n - count_b + 0.5)) / ((a.n - count_a + 0.5) * (count_b + 0.5))
    return pd.DataFrame(
        {
            "gene": matrix.genes,
            "status": np.where(tested, "tested", NOT_TESTABLE),
            "reason": reason,
            "direction": np.select([tested & (lean > 0), tested & (lean < 0)], ["more in a", "less in a"], ""),
            "num_units_a": a.n,
            "num_bound_units_a": count_a,
            "binding_rate_a": rate_a,
            "avg_score_a": mean_a.mean(axis=1) if a.n else 0.0,
            "num_units_b": b.n,
            "num_bound_units_b": count_b,
            "binding_rate_b": rate_b,
            "avg_score_b": mean_b.mean(axis=1) if b.n else 0.0,
            "difference": rate_a - rate_b,
            "above": above,
            "odds_ratio": np.where(tested, odds, np.nan),
            "pvalue": pvalue,
            "qvalue": qvalue,
        }
    )


#: The columns of ``genes``; the last two as in the table of target genes.
GENE_COLUMNS = (
    *("gene", "status", "reason", "direction", "num_units_a", "num_bound_units_a", "binding_rate_a", "avg_score_a"),
    *("num_units_b", "num_bound_units_b", "binding_rate_b", "avg_score_b", "difference", "above", "odds_ratio"),
    *("pvalue", "qvalue", "string_score", "colocated_group"),
)


def _votes(matrix: ScoreMatrix, side: Side) -> tuple[np.ndarray, np.ndarray]:
    mean, share = unit_scores(matrix.scores[:, side.columns], side.units)
    return mean, is_bound(share)


def _too_few(n_a: int, n_b: int, least: int) -> str:
    few = [f"{plural(n, 'unit')} on side {name}" for name, n in (("a", n_a), ("b", n_b)) if n < least]
    return f"{' and '.join(few)}; min_units={least}" if few else ""


def _refuse_shared(a: np.ndarray, b: np.ndarray, columns: list[str]) -> None:
    both = np.intersect1d(a, b)
    if len(both):
        raise InputError(
            f"{plural(len(both), 'experiment')} on both sides, such as {columns[both[0]]!r}. "
            "Name cell types that do not overlap."
        )
    if not len(b):
        raise InputError("No experiment is left for side b: side a holds them all. Name fewer cell types.")


def _described(genes: pd.DataFrame, download: Download) -> pd.DataFrame:
    known = download.summary[["gene", "string_score", "colocated_group"]]
    merged = genes.merge(known, on="gene", how="left", validate="one_to_one")
    order = np.lexsort(
        (
            pd.factorize(merged["gene"], sort=True)[0],
            -merged["difference"].abs().to_numpy(),
            merged["pvalue"].fillna(2.0).to_numpy(),
        )
    )
    return merged.iloc[order].reset_index(drop=True)[list(GENE_COLUMNS)]


def _units_table(sides: tuple[Side, Side], columns: list[str]) -> pd.DataFrame:
    rows = []
    for name, side in zip("ab", sides, strict=True):
        for number, unit in enumerate(side.names):
            members = [split_experiment(columns[i]) for i in side.columns[side.units == number]]
            cells = "; ".join(dict.fromkeys(cell for _, cell in members))
            rows.append((name, unit, len(members), cells, "; ".join(accession for accession, _ in members)))
    return pd.DataFrame(rows, columns=["side", "unit", "num_experiments", "cell_types", "experiments"])


def _metadata(
    genes: pd.DataFrame,
    sides: tuple[Side, Side],
    taken: tuple[list[str], list[str]],
    studies: Studies | None,
    test: str,
) -> dict[str, Any]:
    """Numbers of the comparison, and what must be said of them."""
    a, b = sides
    tested = genes["status"] == "tested"
    shared = len(set(a.names) & set(b.names)) if studies is not None else 0
    # Genes of one unit are bound in it or not: their mean over units is what a unit binds.
    per_unit = [float(genes[f"binding_rate_{name}"].sum()) for name in "ab"]
    lines = [
        f"Side {name}: {', '.join(words)}: {plural(len(side.columns), 'experiment')}, {plural(side.n, 'unit')}"
        for name, words, side in zip("ab", taken, sides, strict=True)
    ]
    if studies is not None:
        lines.append(studies.how_known(np.concatenate([a.columns, b.columns])))
        if shared:
            lines.append(f"{plural(shared, 'study', 'studies')} on both sides: one vote on each")
    if not tested.any():
        lines.append(f"Nothing could be tested: {genes['reason'].mode().iloc[0]}.")
    else:
        significant = genes[tested & (genes["qvalue"] < 0.05)]
        more = int((significant["direction"] == "more in a").sum())
        lines.append(
            f"{plural(int(tested.sum()), 'gene')} tested, {len(significant):,} with q < 0.05: {more:,} more in a, "
            f"{len(significant) - more:,} less. Smallest p that {a.n} against {b.n} units can give: "
            f"{smallest_pvalue(a.n, b.n, test):.2g}."
        )
        if max(per_unit) > UNEVEN * max(min(per_unit), 1e-9):
            lines.append(
                f"A unit of a binds {per_unit[0]:,.0f} genes on average, one of b {per_unit[1]:,.0f}: the sides differ "
                "as a whole, in depth or antibody perhaps, and most differences of single genes follow from that."
            )
    return {
        "num_units": {"a": a.n, "b": b.n},
        "num_experiments": {"a": len(a.columns), "b": len(b.columns)},
        "taken": {"a": taken[0], "b": taken[1]},
        "studies_on_both_sides": shared,
        "num_tested": int(tested.sum()),
        "smallest_pvalue": smallest_pvalue(a.n, b.n, test) if a.n and b.n else 1.0,
        "genes_bound_per_unit": dict(zip("ab", per_unit, strict=True)),
        "studies_known_by": None if studies is None else studies.known_by(np.concatenate([a.columns, b.columns])),
        "statements": lines,
    }

"""Which factors bind a gene, which genes a factor binds, which genes several factors share."""

from __future__ import annotations

import os
from collections.abc import Iterable

import pandas as pd

from ...common.errors import InputError
from ...targets.ranking.filter_targets import check_top_n
from ..building.index import EXPERIMENTS
from ..dataset import Dataset, Selection, open_atlas

#: Columns of an answer, behind ``gene`` or ``factor`` and the rank.
NUMBERS = (
    "avg_score",
    "max_score",
    "num_bound",
    "num_experiments",
    "binding_rate",
    "string_score",
    "cell_balanced_score",
)
# ``K-562 5/16; Hep_G2 2/8``: experiments with a peak of all those of the factor in that cell type.
_WITH_CELL_TYPES = """
SELECT ranked.* EXCLUDE (cell_types), words.cell_types
FROM ranked
JOIN (
    SELECT factor, gene,
           string_agg(
               cell_type || ' ' || num_bound || '/' || number, '; ' ORDER BY num_bound DESC, cell_type
           ) AS cell_types
    FROM (
        SELECT factor, gene, cell.cell_type AS cell_type, cell.num_bound AS num_bound
        FROM (SELECT factor, gene, unnest(cell_types) AS cell FROM ranked)
    )
    JOIN (
        SELECT factor, cell_type, count(*) AS number FROM read_parquet($all_experiments) GROUP BY factor, cell_type
    ) USING (factor, cell_type)
    GROUP BY factor, gene
) AS words USING (factor, gene)
ORDER BY {order}
"""
_RANKED = """
WITH ranked AS (
    SELECT * FROM (
        SELECT *,
               row_number() OVER (PARTITION BY {one} ORDER BY avg_score DESC, max_score DESC, {other})::INTEGER AS rank
        FROM ({scores})
    )
    WHERE rank <= $top_n
)
"""
_NO_LIMIT = 2**31 - 1


def factors_of(
    genes: str | Iterable[str],
    atlas: str | os.PathLike[str] | Dataset,
    *,
    cell_types: str | Iterable[str] | None = None,
    min_avg_score: float = 0,
    min_binding_rate: float = 0,
    top_n: int | None = None,
    genome: str | None = None,
) -> pd.DataFrame:
    """Rank the factors that bind each gene.

    Parameters
    ----------
    genes : str or iterable of str
        Symbols, in any case.
    atlas : path or Dataset
        What `build_atlas` wrote, or `open_atlas` opened.
    cell_types : list of str, optional
        Use the experiments in these cell types alone; every number but STRING's is then of these.
    min_avg_score, min_binding_rate : float
        Least average MACS2 score (-10 log10 Q), and share of experiments with a peak (0..1).
    top_n : int, optional
        So many factors a gene.
    genome : str, optional
        Refuse an atlas of another assembly.

    Returns
    -------
    DataFrame
        ``gene rank factor``, the `NUMBERS`, and ``cell_types`` as text (``K-562 5/16; Hep_G2 2/8``: experiments with
        a peak of those in that cell type). Genes in the order given; ranked as the genes of one factor are, by
        average, then highest score, then name. ``attrs["atlas"]`` says where it comes from.

    Raises
    ------
    InputError
        No gene, a threshold out of range, or an atlas that cannot be used.
    NotFoundError
        An unknown gene or cell type, with near names.
    """
    dataset = open_atlas(atlas, genome)
    names = dataset.match_genes(genes)
    chosen = dataset.match_cell_types(cell_types)
    limit = check_top_n(top_n)
    factors = None
    if chosen is not None:
        # Pairs of the factors in question alone are read.
        factors = sorted(
            set(_select(dataset, dataset.scores(genes=names), "SELECT DISTINCT factor FROM ({scores})")["factor"])
        )
    scores = dataset.scores(
        genes=names,
        factors=factors,
        cell_types=chosen,
        min_avg_score=min_avg_score,
        min_binding_rate=min_binding_rate,
    )
    answer = _ranked(dataset, scores, "gene", "factor", limit)
    place = pd.Series(range(len(names)), index=names)
    answer = answer.iloc[answer["gene"].map(place).to_numpy().argsort(kind="stable")].reset_index(drop=True)
    return _described(answer, dataset, ["gene", "rank", "factor"])


def targets_of(
    factor: str,
    atlas: str | os.PathLike[str] | Dataset,
    *,
    cell_types: str | Iterable[str] | None = None,
    min_avg_score: float = 0,
    min_binding_rate: float = 0,
    top_n: int | None = None,
    genome: str | None = None,
) -> pd.DataFrame:
    """Rank the genes that a factor binds: the numbers of `run_target_genes_workflow`, without a download.

    Parameters
    ----------
    factor : str
        Symbol, in any case.
    atlas, cell_types, min_avg_score, min_binding_rate, top_n, genome
        As for `factors_of`.

    Returns
    -------
    DataFrame
        ``factor rank gene``, then as for `factors_of`.

    Raises
    ------
    InputError, NotFoundError
        As for `factors_of`.
    """
    if not isinstance(factor, str):
        raise InputError(f"factor is {factor!r}; give one symbol as text, such as 'TP53'.")
    dataset = open_atlas(atlas, genome)
    scores = dataset.scores(
        factors=dataset.match_factors(factor),
        cell_types=dataset.match_cell_types(cell_types),
        min_avg_score=min_avg_score,
        min_binding_rate=min_binding_rate,
    )
    answer = _ranked(dataset, scores, "factor", "gene", check_top_n(top_n))
    return _described(answer, dataset, ["factor", "rank", "gene"])


def co_targets(
    factors: Iterable[str],
    atlas: str | os.PathLike[str] | Dataset,
    *,
    min_factors: int | None = None,
    cell_types: str | Iterable[str] | None = None,
    min_avg_score: float = 0,
    min_binding_rate: float = 0,
    genome: str | None = None,
) -> pd.DataFrame:
    """Find the genes that several factors bind.

    Parameters
    ----------
    factors : iterable of str
        Two or more, in any case.
    min_factors : int, optional
        How many of them must bind a gene; all when left out.
    atlas, cell_types, min_avg_score, min_binding_rate, genome
        As for `factors_of`; the thresholds hold for each factor.

    Returns
    -------
    DataFrame
        ``gene num_factors lowest_avg_score mean_avg_score lowest_binding_rate factors`` (names, semicolons between),
        those of most factors first, then by lowest average, mean average (both descending), and name. The mean is
        over the factors that bind.

    Raises
    ------
    InputError, NotFoundError
        As for `factors_of`; fewer than two factors.
    """
    dataset = open_atlas(atlas, genome)
    names = dataset.match_factors(factors)
    if len(names) < 2:
        raise InputError(f"factors is {names!r}; give two or more. For one, targets_of() tells its genes.")
    least = len(names) if min_factors is None else check_top_n(min_factors)
    if least is None or least > len(names):
        raise InputError(
            f"min_factors is {min_factors!r}; give a number from 1 to {len(names)}, the factors asked for."
        )
    scores = dataset.scores(
        factors=names,
        cell_types=dataset.match_cell_types(cell_types),
        min_avg_score=min_avg_score,
        min_binding_rate=min_binding_rate,
    )
    answer = _select(
        dataset,
        Selection(scores.statement, {**scores.values, "least": least}),
        """
        SELECT gene, count(*)::INTEGER AS num_factors, min(avg_score) AS lowest_avg_score,
               avg(avg_score) AS mean_avg_score, min(binding_rate) AS lowest_binding_rate,
               string_agg(factor, '; ' ORDER BY factor) AS factors
        FROM ({scores}) GROUP BY gene HAVING count(*) >= $least
        ORDER BY num_factors DESC, lowest_avg_score DESC, mean_avg_score DESC, gene
        """,
    )
    answer.attrs["atlas"] = dataset.about()
    return answer


def _ranked(dataset: Dataset, scores: Selection, one: str, other: str, top_n: int | None) -> pd.DataFrame:
    """Rank one column's partners and put the cell types into words."""
    statement = _RANKED.format(scores=scores.statement, one=one, other=other)
    statement += _WITH_CELL_TYPES.format(order=f"{one}, rank")
    values = {
        **scores.values,
        "top_n": _NO_LIMIT if top_n is None else top_n,
        "all_experiments": dataset.file(EXPERIMENTS),
    }
    with dataset.database() as database:
        return database.execute(statement, values).df()


def _select(dataset: Dataset, scores: Selection, statement: str) -> pd.DataFrame:
    with dataset.database() as database:
        return database.execute(statement.format(scores=scores.statement), scores.values).df()


def _described(answer: pd.DataFrame, dataset: Dataset, first: list[str]) -> pd.DataFrame:
    answer = answer[[*first, *NUMBERS, "cell_types"]]
    answer.attrs["atlas"] = dataset.about()
    return answer

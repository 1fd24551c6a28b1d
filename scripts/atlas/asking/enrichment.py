"""Which factors bind a gene set more often than chance? One Fisher test a factor."""

from __future__ import annotations

import os
from collections.abc import Iterable

import numpy as np
import pandas as pd

from ...common.console import say
from ...common.errors import InputError
from ...common.text import near_matches, plural
from ..dataset import Dataset, check_names, open_atlas, split_known

#: A link counts from this average on: 50 is Q = 1e-5, the cut-off of the peak calls, so the mean experiment has a peak.
#: With every link counted, a factor of hundreds of experiments binds nearly all genes and can be enriched in none.
MIN_AVG_SCORE = 50.0
_COUNTS = """
SELECT factor,
       count(*) FILTER (WHERE u.in_set)::BIGINT AS num_in_set,
       count(*)::BIGINT AS num_in_background,
       any_value(s.num_experiments) AS num_experiments,
       coalesce(string_agg(gene, '; ' ORDER BY s.avg_score DESC, gene) FILTER (WHERE u.in_set), '') AS genes
FROM ({scores}) AS s JOIN universe AS u USING (gene)
GROUP BY factor
"""


def factor_enrichment(
    gene_set: Iterable[str],
    atlas: str | os.PathLike[str] | Dataset,
    background: Iterable[str] | None = None,
    *,
    cell_types: str | Iterable[str] | None = None,
    min_avg_score: float = MIN_AVG_SCORE,
    min_binding_rate: float = 0,
    genome: str | None = None,
) -> pd.DataFrame:
    """Test every factor for binding the genes of a set more often than those of the background.

    Fisher's exact test, one-sided (more often), on bound/unbound by in/out of the set; false discovery rates by
    Benjamini and Hochberg over all factors with a bound gene in the background.

    Parameters
    ----------
    gene_set : iterable of str
        Symbols, in any case. Genes that no factor of the atlas binds, or that are not in the background, are left out,
        which is said.
    atlas : path or Dataset
    background : iterable of str, optional
        The genes that could have been in the set, such as all that are expressed; the set's own are added. Every gene
        of the atlas when left out.
    cell_types : list of str, optional
        Use the experiments in these cell types alone.
    min_avg_score, min_binding_rate : float
        What counts as bound.
    genome : str, optional
        Refuse an atlas of another assembly.

    Returns
    -------
    DataFrame
        ``factor num_in_set set_size num_in_background background_size fold_enrichment odds_ratio pvalue qvalue
        num_experiments genes`` (those of the set it binds, best first, joined by ``; ``), by p-value, then fold, then
        name. The background holds the set. ``fold_enrichment`` is the share bound in the set over the share bound in
        the background; ``odds_ratio`` the sample's, infinite where a margin is empty.
        ``attrs``: ``atlas``, ``unknown`` (names left out), ``min_avg_score``, ``min_binding_rate``.

    Raises
    ------
    InputError
        An empty set or background, a set that is the whole background, or an atlas that cannot be used.
    NotFoundError
        No gene of the set is in the atlas, or an unknown cell type.
    """
    dataset = open_atlas(atlas, genome)
    asked = check_names("gene_set", gene_set)
    chosen, unknown = split_known(asked, dataset.genes)
    if not chosen:
        dataset.match_genes(asked)
    universe = dataset.genes
    if background is not None:
        named, outside = split_known(check_names("background", background), dataset.genes)
        universe = sorted({*named, *chosen})
        if outside:
            say(f"  Background: {plural(len(outside), 'name')} that no factor of the atlas binds left out")
    if unknown:
        shown = ", ".join(_with_match(name, dataset.genes) for name in unknown[:5])
        say(f"  Gene set: {plural(len(unknown), 'name')} that no factor of the atlas binds left out: {shown}")
    if len(chosen) == len(universe):
        raise InputError(
            f"The gene set is the whole background ({plural(len(universe), 'gene')}): there is nothing to compare.\n"
            "Give as background all genes that could have been in the set."
        )
    scores = dataset.scores(
        cell_types=dataset.match_cell_types(cell_types), min_avg_score=min_avg_score, min_binding_rate=min_binding_rate
    )
    marked = pd.DataFrame({"gene": universe, "in_set": np.isin(universe, chosen)})
    with dataset.database() as database:
        database.register("universe", marked)
        counts = database.execute(_COUNTS.format(scores=scores.statement), scores.values).df()
    answer = _tested(counts, len(chosen), len(universe))
    answer.attrs |= {
        "atlas": dataset.about(),
        "unknown": unknown,
        "min_avg_score": float(min_avg_score),
        "min_binding_rate": float(min_binding_rate),
    }
    return answer


def fisher_greater(in_set: np.ndarray, set_size: int, bound: np.ndarray, universe: int) -> np.ndarray:
    """P-values of Fisher's exact test that more of a set are bound than chance gives.

    Parameters
    ----------
    in_set : array (F,) of int
        Bound genes of the set.
    set_size : int
    bound : array (F,) of int
        Bound genes of the universe, the set's included.
    universe : int
        Genes in all.

    Returns
    -------
    array (F,) of float
        The upper tail of the hypergeometric distribution, `in_set` included.
    """
    from scipy.stats import hypergeom

    return np.asarray(hypergeom.sf(in_set - 1, universe, bound, set_size), dtype=float).clip(0, 1)


def false_discovery_rates(pvalues: np.ndarray) -> np.ndarray:
    """Benjamini and Hochberg's (1995) rates of p-values, in their order."""
    order = np.argsort(pvalues, kind="stable")[::-1]
    rank = np.arange(len(pvalues), 0, -1)
    rates = np.empty(len(pvalues))
    rates[order] = np.minimum.accumulate(pvalues[order] * len(pvalues) / rank).clip(max=1)
    return rates


def _tested(counts: pd.DataFrame, set_size: int, universe: int) -> pd.DataFrame:
    hits, bound = (counts[name].to_numpy(dtype=np.int64) for name in ("num_in_set", "num_in_background"))
    pvalue = fisher_greater(hits, set_size, bound, universe)
    others = bound - hits
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = (hits * (universe - set_size - others)) / ((set_size - hits) * others)
    answer = pd.DataFrame(
        {
            "factor": counts["factor"],
            "num_in_set": hits,
            "set_size": set_size,
            "num_in_background": bound,
            "background_size": universe,
            "fold_enrichment": (hits / set_size) / (bound / universe),
            "odds_ratio": odds,
            "pvalue": pvalue,
            "qvalue": false_discovery_rates(pvalue),
            "num_experiments": counts["num_experiments"].to_numpy(),
            "genes": counts["genes"],
        }
    )
    ranked = np.lexsort((answer["factor"], -answer["fold_enrichment"], answer["pvalue"]))
    return answer.iloc[ranked].reset_index(drop=True)


def _with_match(name: str, genes: list[str]) -> str:
    matches = near_matches(name, genes, limit=1)
    return f"{name!r} (near: {matches[0]})" if matches else repr(name)

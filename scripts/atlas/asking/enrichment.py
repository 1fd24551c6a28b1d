"""Which factors bind a gene set more often than genes that are bound as often at all?

A gene's odds of being bound depend on how often it is bound: an open promoter is bound by nearly everything, and any
list of expressed genes holds many of them. The default test compares genes with genes that as many factors bind;
Fisher's test, which does not, stands beside it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

import numpy as np
import pandas as pd

from ...common.console import say
from ...common.errors import InputError
from ...common.text import near_matches, plural
from ..dataset import Dataset, Selection, check_names, open_atlas, split_known
from .strata import Strata, log_factorials, over_representation

#: A link counts from this average on: 50 is Q = 1e-5, the cut-off of the peak calls, so the mean experiment has a peak.
#: With every link counted, a factor of hundreds of experiments binds nearly all genes and can be enriched in none.
MIN_AVG_SCORE = 50.0
#: Of so few factors the tested one is much of what is known of how often a gene is bound, and much of its own
#: enrichment passes for that.
FEW_FACTORS = 30
#: A smaller set shows strong enrichments of rarely bound genes alone.
FEW_GENES = 10
#: False discovery rate below which a factor is counted as enriched in messages.
_SIGNIFICANT = 0.05
_LINKS = """
CREATE TEMP TABLE links AS
SELECT s.factor, s.gene, s.avg_score, s.num_experiments, u.position, u.in_set
FROM ({scores}) AS s JOIN universe AS u USING (gene)
"""
_COUNTS = """
SELECT factor,
       count(*) FILTER (WHERE in_set)::BIGINT AS num_in_set,
       count(*)::BIGINT AS num_in_background,
       any_value(num_experiments) AS num_experiments,
       coalesce(string_agg(gene, '; ' ORDER BY avg_score DESC, gene) FILTER (WHERE in_set), '') AS genes
FROM links
GROUP BY factor
ORDER BY factor
"""
_POSITIONS = "SELECT position FROM links ORDER BY factor"


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
    """Test every factor for binding the genes of a set more often than genes of the background bound as often at all.

    Genes are put in strata by how many factors bind them (`strata.STRATA` at most; a small stratum is joined to its
    neighbour), under the same thresholds and cell types. The test is exact and one-sided (more often): within every
    stratum the set is drawn at random, whichever genes the tested factor binds. False discovery rates by Benjamini and
    Hochberg over all factors with a bound gene in the background. Fisher's exact test without strata, which calls
    nearly every factor enriched in nearly any set of active genes, stands beside it as ``plain_*``.

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
        ``factor num_in_set set_size num_in_background background_size expected_in_set fold_enrichment odds_ratio
        pvalue qvalue plain_fold_enrichment plain_odds_ratio plain_pvalue plain_qvalue num_experiments genes`` (those of
        the set it binds, best first, joined by ``; ``), by p-value, then fold, then name. The background holds the set.
        ``expected_in_set`` is what genes bound as often give, ``fold_enrichment`` what was found over it,
        ``odds_ratio`` Mantel and Haenszel's. ``plain_fold_enrichment`` is the share bound in the set over the share
        bound in the background; ``plain_odds_ratio`` the sample's. Odds ratios are infinite or NaN where a margin is
        empty.
        ``attrs``: ``atlas``, ``unknown`` (names left out), ``min_avg_score``, ``min_binding_rate``, ``notes``.

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
    in_set = np.isin(universe, chosen)
    counts, positions = _links(dataset, scores, pd.DataFrame({"gene": universe, "in_set": in_set}))
    answer, least = _tested(counts, positions, in_set)
    notes = _notes(answer, least)
    for note in notes:
        say(f"  Enrichment: {note}")
    answer.attrs |= {
        "notes": notes,
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


def _links(dataset: Dataset, scores: Selection, universe: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """A row a factor, by name, and the positions in the background of the genes they bind, factor after factor."""
    with dataset.database() as database:
        database.register("universe", universe.assign(position=np.arange(len(universe), dtype=np.int32)))
        database.execute(_LINKS.format(scores=scores.statement), scores.values)
        counts = database.execute(_COUNTS).df()
        positions = database.execute(_POSITIONS).fetchnumpy()["position"]
    return counts, np.asarray(positions, dtype=np.int64)


def _tested(counts: pd.DataFrame, positions: np.ndarray, in_set: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    """Both tests of every factor, ranked, and the smallest p-values that the default one could have given."""
    set_size, universe = int(in_set.sum()), len(in_set)
    hits, bound = (counts[name].to_numpy(dtype=np.int64) for name in ("num_in_set", "num_in_background"))
    plain = fisher_greater(hits, set_size, bound, universe)
    others = bound - hits
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = (hits * (universe - set_size - others)) / ((set_size - hits) * others)
    expected, matched_odds, pvalue, least = _matched(_split(positions, bound), positions, in_set)
    with np.errstate(divide="ignore", invalid="ignore"):
        fold = hits / expected
    answer = pd.DataFrame(
        {
            "factor": counts["factor"],
            "num_in_set": hits,
            "set_size": set_size,
            "num_in_background": bound,
            "background_size": universe,
            "expected_in_set": expected,
            # No gene of the set is bound as often as those of the factor: nothing to expect, and nothing found.
            "fold_enrichment": np.where(expected > 0, fold, 0.0),
            "odds_ratio": matched_odds,
            "pvalue": pvalue,
            "qvalue": false_discovery_rates(pvalue),
            "plain_fold_enrichment": (hits / set_size) / (bound / universe),
            "plain_odds_ratio": odds,
            "plain_pvalue": plain,
            "plain_qvalue": false_discovery_rates(plain),
            "num_experiments": counts["num_experiments"].to_numpy(),
            "genes": counts["genes"],
        }
    )
    ranked = np.lexsort((answer["factor"], -answer["fold_enrichment"], answer["pvalue"]))
    return answer.iloc[ranked].reset_index(drop=True), least


def _split(positions: np.ndarray, lengths: np.ndarray) -> list[np.ndarray]:
    return np.split(positions, np.cumsum(lengths)[:-1]) if len(lengths) else []


def _matched(bound: list[np.ndarray], positions: np.ndarray, in_set: np.ndarray) -> tuple[np.ndarray, ...]:
    """Expected genes, odds ratio, p-value and smallest possible p-value of every factor among genes bound as often."""
    strata = Strata(positions, in_set)
    log_factorial = log_factorials(len(in_set))
    found = np.empty((4, len(bound)))
    for number, genes in enumerate(bound):
        tables = strata.tables(genes)
        found[:, number] = (tables.expected(), tables.odds_ratio(), *over_representation(tables, log_factorial))
    return tuple(found)


def _notes(answer: pd.DataFrame, least: np.ndarray) -> list[str]:
    """What a reader must know of the tests beside their numbers."""
    if answer.empty:
        return []
    notes = []
    matched, plain = (int((answer[name] < _SIGNIFICANT).sum()) for name in ("qvalue", "plain_qvalue"))
    if plain > matched:
        notes.append(
            f"{plain:,} of {plural(len(answer), 'factor')} with q < {_SIGNIFICANT:g} by Fisher's test, {matched:,} "
            "among genes bound as often: Fisher's test does not ask how often a gene is bound at all"
        )
    size = int(answer["set_size"].iloc[0])
    if false_discovery_rates(least).min() >= _SIGNIFICANT:
        notes.append(
            f"{plural(size, 'gene')} are too few for {plural(len(answer), 'factor')}: none could have q < "
            f"{_SIGNIFICANT:g}, whichever of them it binds"
        )
    elif size < FEW_GENES:
        notes.append(f"a set of {plural(size, 'gene')} is too small to show more than the strongest enrichments")
    if len(answer) < FEW_FACTORS:
        notes.append(
            f"{plural(len(answer), 'factor')} tell little of how often a gene is bound: a true enrichment may pass for "
            "that, and only strong ones are found"
        )
    return notes


def _with_match(name: str, genes: list[str]) -> str:
    matches = near_matches(name, genes, limit=1)
    return f"{name!r} (near: {matches[0]})" if matches else repr(name)

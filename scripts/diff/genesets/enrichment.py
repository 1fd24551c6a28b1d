"""Gene sets near the significant regions of either direction, beside the genes of all tested regions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ...chipatlas.transport.client import Client
from ...common.console import headline
from ...common.errors import InputError, NothingLeftError
from ...common.text import plural
from ...genesets.gmt import Key
from ...genesets.library import GivenSets, load_gene_sets
from ...genesets.result import MAX_SIZE, MIN_SIZE, GeneSetResult, check_sizes, left_out
from ...genesets.symbols import known_sets
from ...genesets.testing import gene_test, region_test, require_gseapy, sets_of_size, with_qvalues
from ..annotate.features.enrichment import DIRECTIONS, UNITS, one_per_unit
from ..annotate.features.gene_models import GeneModels, fetch_gene_models
from ..diff_result import DiffResult
from .domains import check_rule, genes_of_regions, rule_in_words

#: Of the genes of the sets, the gene models of the right assembly know nearly all.
LEAST_KNOWN = 0.5
QVALUES = {"pvalue": "qvalue", "region_pvalue": "region_qvalue"}
COLUMNS = (
    *("gene_set", "library", "direction", "genes_hit", "genes_selected", "genes_in_set", "genes_background"),
    *("fold_enrichment", "odds_ratio", "pvalue", "qvalue", "regions_hit", "regions_selected", "regions_in_set"),
    *("regions_background", "region_fold_enrichment", "region_pvalue", "region_qvalue", "region_exact_pvalue", "genes"),
)


def gene_set_enrichment(
    results: dict[str, Any],
    gene_sets: GivenSets,
    rule: str = "nearest",
    distance: float | None = None,
    unit: str = "locus",
    min_size: int = MIN_SIZE,
    max_size: int = MAX_SIZE,
    models: GeneModels | None = None,
) -> GeneSetResult:
    """Test gene sets near the significant regions of each direction.

    Parameters
    ----------
    results : DiffResult
        From `run_diff_workflow`.
    gene_sets : str, path, list of these, or mapping
        A GMT file, or the name of one of Enrichr's libraries, through the cache; or sets as name -> genes.
    rule : {"nearest", "promoter", "great"}
        The genes of a region. ``nearest``: that of the nearest TSS. ``promoter``: those whose promoter covers the
        region's centre. ``great``: those whose domain covers it, 5 kb before the TSS to 1 kb behind, extended to the
        next genes' such domains.
    distance : float, optional
        How far ``nearest`` looks from the region's nearer edge, in kb (50 when left out), or how far ``great`` extends
        a domain from the TSS (1000).
    unit : {"locus", "region"}
        What is counted. ``locus``: of regions that abut, pieces of one peak, the widest alone. ``region``: every one,
        as if pieces were independent.
    min_size, max_size : int
        Genes that a set must have, and may have, among those of the tested regions; others are counted, not tested.
    models : GeneModels, optional
        From `fetch_gene_models`; UCSC's of the assembly are fetched when left out.

    Returns
    -------
    GeneSetResult
        ``.table`` has one row a set and direction (``A_enriched``, ``B_enriched``). Gene test: genes of the direction's
        significant regions against the genes of all tested regions, each counted once. Region test: significant
        regions in the set's domains against the share of all tested regions there. See
        `genesets.testing` for what either is calibrated for.

    Raises
    ------
    InputError
        Unusable arguments, no GMT file, or sets of other names than the gene models'.
    NothingLeftError
        No tested region is near a gene.
    NotFoundError
        No such file or library, or UCSC has no gene models of the assembly.
    MissingExtraError
        gseapy is not installed.
    ServiceUnavailableError, BadResponseError
        The network or a service failed.
    """
    require_gseapy()
    results = DiffResult.of(results)
    distance = check_rule(rule, distance)
    least, most = check_sizes(min_size, max_size)
    if unit not in UNITS:
        raise InputError(f"unit is {unit!r}; use one of: {', '.join(UNITS)}.")
    genome = results["parameters"]["genome"]
    headline(f"Gene sets: {results.title()}")
    with Client() as client:
        collections = load_gene_sets(gene_sets, genome, client)
        models = fetch_gene_models(genome, client) if models is None else models
        simulated = client.simulated or results.simulated
    names = set(models.transcripts["gene"])
    known = known_sets(collections, names, models.source, LEAST_KNOWN)
    tested = one_per_unit(results["diff_regions"], unit)
    pairs = genes_of_regions(tested, models, rule, distance)
    if pairs.empty:
        raise NothingLeftError(
            f"None of the {plural(len(tested), f'tested {unit}')} belongs to a gene by rule={rule!r}. "
            "Use a larger distance or another rule."
        )
    kept, small, large = sets_of_size(known.sets, set(pairs["gene"]), least, most)
    table = enrichment_table(tested, pairs, kept)
    result = GeneSetResult(
        table,
        title=results.title(),
        labels=_labels(results),
        statements=(
            *_statements(results, tested, pairs, unit, rule_in_words(rule, distance)),
            known.statement(models.source),
            *(f"{one.source}: {note}." for one in collections for note in one.notes),
            *left_out(small, large, least, most),
        ),
        fingerprint=results.fingerprint(),
        simulated=simulated,
    )
    result.tell()
    return result


def enrichment_table(tested: pd.DataFrame, pairs: pd.DataFrame, sets: dict[Key, frozenset[str]]) -> pd.DataFrame:
    """Both tests of every set in either direction.

    Parameters
    ----------
    tested : DataFrame
        Regions that count: ``direction``, ``significant``.
    pairs : DataFrame
        ``region`` (position in `tested`) and ``gene``, from `genes_of_regions`.
    sets : dict of (library, name) to genes
        As far as they are among the genes of `pairs`.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`; directions in their order, in each the sets of the smaller p-values first, as the larger of
        the two tells.
    """
    regions_of = _regions_of(pairs)
    rows_of_sets = [np.unique(np.concatenate([regions_of[gene] for gene in genes])) for genes in sets.values()]
    in_set = np.array([len(rows) for rows in rows_of_sets])
    parts = []
    for direction in DIRECTIONS:
        chosen = (tested["significant"] & (tested["direction"] == direction)).to_numpy(bool)
        selected = set(pairs.loc[chosen[pairs["region"].to_numpy()], "gene"])
        hit = np.array([int(chosen[rows].sum()) for rows in rows_of_sets])
        genes = gene_test(sets, selected, set(pairs["gene"]))
        regions = region_test(hit, int(chosen.sum()), in_set, len(tested))
        part = pd.concat([genes, regions], axis=1)
        part["genes"] = ["; ".join(sorted(selected & members)) for members in sets.values()]
        part.insert(0, "gene_set", [name for _, name in sets])
        part.insert(1, "library", [library for library, _ in sets])
        part.insert(2, "direction", direction)
        worse = np.fmax(part["pvalue"], part["region_pvalue"])
        parts.append(part.iloc[np.lexsort((part["pvalue"], worse))])
    return with_qvalues(pd.concat(parts, ignore_index=True), QVALUES)[list(COLUMNS)]


def _regions_of(pairs: pd.DataFrame) -> dict[str, np.ndarray]:
    """Gene -> positions of its regions."""
    code, genes = pd.factorize(pairs["gene"].to_numpy(object))
    order = np.argsort(code, kind="stable")
    ends = np.cumsum(np.bincount(code, minlength=len(genes)))
    rows = pairs["region"].to_numpy()[order]
    return dict(zip(genes, np.split(rows, ends[:-1]), strict=True))


def _labels(results: DiffResult) -> dict[str, str]:
    above = "methylation higher" if results.analysis.is_dmr else "higher"
    names = (results["parameters"]["description_a"], results["parameters"]["description_b"])
    return {direction: f"{above} in {name}" for direction, name in zip(DIRECTIONS, names, strict=True)}


def _statements(results: DiffResult, tested: pd.DataFrame, pairs: pd.DataFrame, unit: str, rule: str) -> list[str]:
    with_gene = pairs["region"].nunique()
    units = plural(len(tested), f"tested {unit}", "tested loci" if unit == "locus" else None)
    lines = [
        f"Genes of a region: {rule}.",
        f"{with_gene:,} of {units} have a gene: {plural(pairs['gene'].nunique(), 'gene')}, the background.",
    ]
    if results.analysis.is_dmr:
        lines.append("The background lacks the segments that the method tested and did not report (difference < 0.1).")
    return lines

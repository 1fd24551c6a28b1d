"""Gene sets among the first targets of a factor, beside all genes of its table; genes bound as one count once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ...chipatlas.transport.client import Client
from ...common.console import headline, say
from ...common.errors import InputError
from ...common.results import require_number
from ...common.text import plural
from ...genesets.gmt import Key
from ...genesets.library import GivenSets, load_gene_sets
from ...genesets.result import MAX_SIZE, MIN_SIZE, GeneSetResult, check_sizes, left_out
from ...genesets.symbols import known_sets
from ...genesets.testing import gene_test, require_gseapy, sets_of_size, with_qvalues
from ..query.question import check_query
from ..ranking.filter_targets import apply_filters, check_criteria, check_top_n
from ..table.cell_classes import columns_of_class
from ..table.download_target_genes import fetch_target_genes
from ..targets_result import TargetsResult

DIRECTION = "targets"
#: A table knows the genes it lists alone, so a small share of the sets' may be enough.
LEAST_KNOWN = 0.1
#: Of results with all genes of the table, so many are the targets, or this share of them if those are fewer.
FIRST_GENES, FIRST_SHARE = 500, 0.2
COLUMNS = (
    *("gene_set", "library", "direction", "genes_hit", "genes_selected", "genes_in_set", "genes_background"),
    *("fold_enrichment", "odds_ratio", "pvalue", "qvalue", "genes"),
)


def gene_set_enrichment(
    results: dict[str, Any],
    gene_sets: GivenSets,
    top_n: int | None = None,
    min_score: float | None = None,
    min_size: int = MIN_SIZE,
    max_size: int = MAX_SIZE,
) -> GeneSetResult:
    """Test gene sets among the target genes of a factor.

    Co-located genes, bound by the same peaks, are one: chosen when one of them is, in a set when one of them is.

    Parameters
    ----------
    results : TargetsResult
        From `run_target_genes_workflow`. The background is every gene of the factor's table with a peak in an
        experiment used; where the results hold fewer, the table is fetched through the cache.
    gene_sets : str, path, list of these, or mapping
        A GMT file, or the name of one of Enrichr's libraries, through the cache; or sets as name -> genes.
    top_n : int, optional
        The targets are so many genes, the first of the results.
    min_score : float, optional
        The targets have this average MACS2 score (-10 log10 Q) or more. Without either, they are all genes of the
        results; of results with the whole table the first 500, or a fifth if that is fewer.
    min_size, max_size : int
        What a set must have, and may have, in the background, co-located genes counted once; others are counted, not
        tested.

    Returns
    -------
    GeneSetResult
        ``.table`` has one row a set; ``direction`` is ``targets``.

    Raises
    ------
    InputError
        Unusable arguments, no GMT file, sets of other names than the table's, or a choice of all genes or none.
    NotFoundError
        No such file or library.
    MissingExtraError
        gseapy is not installed.
    ServiceUnavailableError, BadResponseError
        The network or a service failed.
    """
    require_gseapy()
    results = TargetsResult.of(results)
    least, most = check_sizes(min_size, max_size)
    check_top_n(top_n)
    if min_score is not None:
        require_number("min_score", min_score, "a MACS2 score above 0, such as 50", above=0)
    headline(f"Gene sets: {results.title()}")
    with Client() as client:
        collections = load_gene_sets(gene_sets, results["parameters"]["genome"], client)
        background = _background(results, client)
        simulated = client.simulated or results.simulated
    chosen, how = _chosen(results, len(background), top_n, min_score)
    whose = f"the target table of {results['protein']}"
    known = known_sets(collections, set(background["gene"]), whose, LEAST_KNOWN)
    unit_of = units_of(background)
    kept, small, large = sets_of_size(
        {name: {unit_of[gene] for gene in genes} for name, genes in known.sets.items()},
        set(unit_of.values()), least, most,
    )  # fmt: skip
    table = enrichment_table({name: known.sets[name] for name in kept}, chosen, unit_of)
    result = GeneSetResult(
        table,
        title=results.title(),
        labels={DIRECTION: f"{how} of {results['protein']}"},
        statements=(
            _counted(background, unit_of),
            known.statement(whose),
            *(f"{one.source}: {note}." for one in collections for note in one.notes),
            *left_out(small, large, least, most),
        ),
        fingerprint=results.fingerprint(),
        simulated=simulated,
    )
    result.tell()
    return result


def units_of(background: pd.DataFrame) -> dict[str, str]:
    """Gene -> what it is counted as: itself, or its co-located group.

    Parameters
    ----------
    background : DataFrame
        ``gene``, ``colocated_group`` (empty for none).
    """
    group = background["colocated_group"].astype(str)
    # A gene may be called as a group is: no symbol has a blank.
    unit = background["gene"].where(group == "", "group " + group)
    return dict(zip(background["gene"], unit, strict=True))


def enrichment_table(sets: dict[Key, frozenset[str]], chosen: set[str], unit_of: dict[str, str]) -> pd.DataFrame:
    """The gene test of every set, over units.

    Parameters
    ----------
    sets : dict of (library, name) to genes
    chosen : set of str
        Target genes.
    unit_of : dict of str to str
        From `units_of`: every gene of the background.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, smaller p-values first. ``genes`` names those chosen; co-located ones are parted by ``/``.
    """
    selected = {unit_of[gene] for gene in chosen if gene in unit_of}
    units = {name: {unit_of[gene] for gene in genes} for name, genes in sets.items()}
    table = gene_test(units, selected, set(unit_of.values()))
    table["genes"] = [_named(genes, selected, unit_of) for genes in sets.values()]
    table.insert(0, "gene_set", [name for _, name in sets])
    table.insert(1, "library", [library for library, _ in sets])
    table.insert(2, "direction", DIRECTION)
    table = table.sort_values("pvalue", kind="stable", ignore_index=True)
    return with_qvalues(table, {"pvalue": "qvalue"})[list(COLUMNS)]


def _named(genes: frozenset[str], selected: set[str], unit_of: dict[str, str]) -> str:
    units: dict[str, list[str]] = {}
    for gene in sorted(genes):
        if unit_of[gene] in selected:
            units.setdefault(unit_of[gene], []).append(gene)
    return "; ".join("/".join(members) for members in units.values())


def _background(results: TargetsResult, client: Client) -> pd.DataFrame:
    """``gene`` and ``colocated_group`` of all genes with a peak in an experiment used."""
    genes = results["target_genes"]
    if len(genes) < results["metadata"]["n_genes_bound_used"]:
        parameters = results["parameters"]
        query = check_query(results["protein"], parameters["genome"], parameters["distance"])
        say("  The results hold a part of the table: all of it is the background")
        download = fetch_target_genes(client, query)
        in_class = None
        if parameters.get("cell_type_class") is not None:
            in_class = columns_of_class(parameters["cell_type_class"], download.matrix.names(), query, client)
        cells = check_criteria(cell_types=parameters.get("cell_types"))
        genes = apply_filters(download.summary, download.matrix, cells, in_class=in_class).considered
        missing = sorted(set(results["target_genes"]["gene"]) - set(genes["gene"]))
        if missing:
            raise InputError(
                f"The table of {results['protein']} has changed since: it lacks {plural(len(missing), 'gene')} of the "
                f"results, such as {missing[0]}.\nRun run_target_genes_workflow() again."
            )
    bound = genes["num_bound"].to_numpy() > 0
    return genes.loc[bound, ["gene", "colocated_group"]].reset_index(drop=True)


def _chosen(results: TargetsResult, count: int, top_n: int | None, min_score: float | None) -> tuple[set[str], str]:
    """The target genes, and how they were chosen, in words; `count` is the number of genes of the background."""
    genes = results["target_genes"]
    how = "all reported targets"
    if top_n is None and min_score is None and len(genes) >= count:
        top_n = max(1, min(FIRST_GENES, int(FIRST_SHARE * count)))
    if min_score is not None:
        genes = genes[genes["avg_score"] >= min_score]
        how = f"targets of an average score of {min_score:g} or more"
    if top_n is not None:
        genes = genes.head(top_n)
        how = f"first {plural(len(genes), 'target')}{how.removeprefix('targets') if min_score is not None else ''}"
    if genes.empty or len(genes) >= count:
        raise InputError(
            f"{plural(len(genes), 'gene')} of {count:,} would be targets; enrichment needs some, and others to hold "
            "against them.\nSet top_n or min_score."
        )
    return set(genes["gene"]), how


def _counted(background: pd.DataFrame, unit_of: dict[str, str]) -> str:
    grouped = int(np.sum(background["colocated_group"] != ""))
    loci = plural(len(set(unit_of.values())), "independent locus", "independent loci")
    return (
        f"Background: {plural(len(background), 'gene')} with a peak in an experiment used; {grouped:,} of them are in "
        f"co-located groups, which count once: {loci}."
    )

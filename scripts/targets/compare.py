"""Target genes of several factors side by side: who shares what, at which rank, and at how many loci."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scripts.shared import citations
from scripts.shared.console import announce_simulation, headline, say, verify
from scripts.shared.endpoints import pause_seconds
from scripts.shared.errors import ChipAtlasError, InputError
from scripts.shared.files import mark_simulated, output_folder, remove_outputs, write_csv, write_text
from scripts.shared.plotting import save_plots
from scripts.shared.provenance import now_utc, versions
from scripts.shared.report import bullets, cell, document, table
from scripts.shared.results import existing_files, refuse_shared_folder
from scripts.shared.text import plural
from scripts.targets.outputs import OUTPUT_FILES
from scripts.targets.query import Query, check_query
from scripts.targets.workflow import run_target_genes_workflow

RANKS_CSV = "compare_ranks.csv"
JACCARD_CSV = "compare_jaccard.csv"
OVERLAPS_CSV = "compare_overlaps.csv"
REPORT = "compare_report.md"
OVERLAPS_PLOT = "compare_overlaps"
COMPARE_FILES = (RANKS_CSV, JACCARD_CSV, OVERLAPS_CSV, REPORT, f"{OVERLAPS_PLOT}.png", f"{OVERLAPS_PLOT}.svg")

#: Between the names of a combination; no symbol may hold it (see `scripts.targets.query`).
JOINT = " & "
SHOWN_SHARED = 25
SHOWN_OVERLAPS = 20
SHOWN_GENES = 8


def compare_targets(
    proteins: Iterable[str],
    genome: str = "hg38",
    distance: int = 5,
    top_n: int | None = 500,
    output_dir: str | os.PathLike[str] | None = None,
    **filters: Any,
) -> dict[str, Any]:
    """Run the workflow for each factor, one after the other, and compare the reported target genes.

    Parameters
    ----------
    proteins : list of str
        Two or more factors, each once; one assembly and one window for all.
    genome, distance, top_n
        As for `scripts.targets.workflow.run_target_genes_workflow`.
    output_dir : path, optional
        Folder for `COMPARE_FILES`; nothing is written when left out.
    **filters
        Other arguments of the workflow (``min_score``, ``cell_types``, ``min_binding_rate``, ...), the same for all.

    Returns
    -------
    dict
        ``factors`` (list); ``ranks`` (DataFrame gene x factor, 1 = first, NA where not reported); ``membership``
        (DataFrame gene x factor of bool); ``intersection`` and ``union`` (genes, those of most factors and best mean
        rank first); ``jaccard`` (DataFrame factor x factor, 0..1); ``overlaps`` (see `exclusive_overlaps`); ``loci``
        (see `shared_loci`); ``independent_loci`` of the intersection; ``results`` per factor, ``parameters``,
        ``provenance``.

    Raises
    ------
    InputError
        Fewer than two factors, one given twice, or anything the workflow refuses.
    ChipAtlasError
        As the workflow raises it, the message beginning with the factor that failed; nothing is written.
    """
    queries = _check_factors(proteins, genome, distance)
    factors = [query.protein for query in queries]
    if isinstance(filters.get("cell_types"), Iterator):
        filters["cell_types"] = list(filters["cell_types"])  # or the first factor would use it up
    started_at = now_utc()
    headline(f"Comparing the target genes of {', '.join(factors)}")
    with ExitStack() as stack:
        folder = None if output_dir is None else stack.enter_context(output_folder(output_dir))
        if folder is not None:
            refuse_shared_folder(folder, "target genes")
        results = _run_each(queries, top_n, filters)
        simulated = any(result["provenance"]["simulated"] for result in results.values())
        comparison = {
            **compare_rankings({name: result["target_genes"] for name, result in results.items()}),
            "results": results,
            "parameters": {
                "proteins": factors,
                **{name: value for name, value in results[factors[0]]["parameters"].items() if name != "protein"},
                "output_dir": None if output_dir is None else str(output_dir),
            },
            "provenance": {
                "factors": {name: result["provenance"] for name, result in results.items()},
                "simulated": simulated,
                "started_at": started_at,
                "finished_at": now_utc(),
                "versions": versions(),
            },
        }
        say(
            f"  {plural(len(comparison['union']), 'gene')} reported for any factor, "
            f"{plural(len(comparison['intersection']), 'gene')} for all, at "
            f"{plural(comparison['independent_loci'], 'independent locus', 'independent loci')}"
        )
        if folder is not None:
            write_comparison(comparison, folder)
    announce_simulation(simulated)
    verify("✓ Target comparison completed successfully!")
    return comparison


def compare_rankings(rankings: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Compare rankings that are at hand: factor -> DataFrame with ``gene`` and ``colocated_group`` in rank order.

    Returns
    -------
    dict
        ``factors``, ``ranks``, ``membership``, ``intersection``, ``union``, ``jaccard``, ``overlaps``, ``loci``,
        ``independent_loci``, as `compare_targets` describes them.
    """
    ranks = rank_table(rankings)
    membership = ranks.notna()
    loci = shared_loci(rankings, ranks.index)
    shared = membership.all(axis=1)
    return {
        "factors": list(rankings),
        "ranks": ranks,
        "membership": membership,
        "intersection": ranks.index[shared].tolist(),
        "union": ranks.index.tolist(),
        "jaccard": jaccard_index(membership),
        "overlaps": exclusive_overlaps(membership, loci),
        "loci": loci,
        "independent_loci": int(loci[shared].nunique()),
    }


def rank_table(rankings: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Rank of each gene (index ``gene``) for each factor, Int64 with NA; most factors first, then mean rank, then gene.

    The mean is over the factors that report the gene.
    """
    columns = {
        name: pd.Series(np.arange(1, len(frame) + 1), index=frame["gene"].to_numpy(dtype=object), dtype="Int64")
        for name, frame in rankings.items()
    }
    ranks = pd.DataFrame(columns)
    order = np.lexsort(
        (
            pd.factorize(ranks.index, sort=True)[0],
            ranks.mean(axis=1).to_numpy(dtype=float),
            -ranks.notna().sum(axis=1).to_numpy(),
        )
    )
    return ranks.iloc[order].rename_axis(index="gene")


def jaccard_index(membership: pd.DataFrame) -> pd.DataFrame:
    """Genes of both factors over genes of either, for each pair; 1 on the diagonal."""
    member = membership.to_numpy(dtype=np.int64)
    both = member.T @ member
    sizes = np.diag(both)
    either = sizes[:, None] + sizes[None, :] - both
    names = membership.columns
    return pd.DataFrame(both / np.maximum(either, 1), index=pd.Index(names, name="factor"), columns=names)


def shared_loci(rankings: Mapping[str, pd.DataFrame], genes: pd.Index) -> pd.Series:
    """Number the loci of the genes: two genes that any factor's table shows as co-located stand at one locus.

    Returns
    -------
    Series of int, index `genes`
        Equal numbers mean one locus; genes that no factor groups have a number of their own. The link carries over:
        A with B for one factor and B with C for another make one locus of A, B and C.
    """
    numbers = pd.Series(np.arange(len(genes)), index=genes)
    groups = [
        frame.loc[frame["colocated_group"] != "", ["gene", "colocated_group"]].set_index("gene")["colocated_group"]
        for frame in rankings.values()
    ]
    while True:
        before = numbers.to_numpy(copy=True)
        for group in groups:
            numbers[group.index] = numbers[group.index].groupby(group.to_numpy(dtype=object)).transform("min")
        if (numbers.to_numpy() == before).all():
            return numbers


def exclusive_overlaps(membership: pd.DataFrame, loci: pd.Series) -> pd.DataFrame:
    """Genes by the exact combination of factors that report them, as in an UpSet plot; each gene counts once.

    Returns
    -------
    DataFrame
        ``combination`` (names joined by ``" & "``), ``n_factors``, ``n`` (genes), ``independent_loci``, ``genes``
        (list, in the order of `membership`); most genes first, then fewest factors. Empty combinations are left out.
    """
    member = membership.to_numpy(dtype=bool)
    patterns, code = np.unique(member, axis=0, return_inverse=True)
    code = code.reshape(-1)
    names = membership.columns.to_numpy(dtype=object)
    genes = pd.Series(membership.index.to_numpy(dtype=object)).groupby(code)
    frame = pd.DataFrame(
        {
            "combination": [JOINT.join(names[pattern]) for pattern in patterns],
            "n_factors": patterns.sum(axis=1),
            "n": np.bincount(code, minlength=len(patterns)),
            "independent_loci": pd.Series(loci.to_numpy()).groupby(code).nunique().to_numpy(),
            "genes": genes.agg(list).to_numpy(dtype=object),
        }
    )
    # Patterns come sorted with False first; backwards, the factor given first comes first.
    return frame.iloc[::-1].sort_values(["n", "n_factors"], ascending=[False, True], kind="stable", ignore_index=True)


def write_comparison(comparison: dict[str, Any], folder: Path) -> list[str]:
    """Write `COMPARE_FILES` into a folder that exists; names of the files written."""
    from scripts.targets.compare_plots import plot_overlaps

    simulated = comparison["provenance"]["simulated"]
    remove_outputs(folder, COMPARE_FILES)
    if simulated or not existing_files(folder, OUTPUT_FILES):
        # The marker may belong to one factor's results beside these.
        mark_simulated(folder, simulated)
    overlaps = comparison["overlaps"]
    tables = {
        RANKS_CSV: comparison["ranks"].reset_index().assign(locus=comparison["loci"].to_numpy()),
        JACCARD_CSV: comparison["jaccard"].reset_index(),
        OVERLAPS_CSV: overlaps.assign(genes=overlaps["genes"].map(";".join)),
    }
    for name, frame in tables.items():
        write_csv(folder / name, frame)
        say(f"  Saved: {name}")
    saved = save_plots([(OVERLAPS_PLOT, lambda: plot_overlaps(comparison))], folder)
    files = [*tables, *(path.name for path in saved[OVERLAPS_PLOT])]
    write_text(folder / REPORT, comparison_report(comparison, files))
    say(f"  Saved: {REPORT}")
    return [*files, REPORT]


def comparison_report(comparison: dict[str, Any], files: Sequence[str]) -> str:
    """Write the comparison as Markdown; every number is that of the tables."""
    factors, parameters = comparison["factors"], comparison["parameters"]
    asked = [
        (name, "all" if value is None else ", ".join(value) if isinstance(value, list) else value)
        for name, value in parameters.items()
        if name not in ("proteins", "output_dir")
    ]
    sections = [
        (
            "Parameters",
            table(("Parameter", "Value"), asked),
        ),
        ("Factors", _factors(comparison)),
        ("Similarity (Jaccard index)", _jaccard(comparison["jaccard"])),
        ("Overlaps", _overlaps(comparison["overlaps"])),
        ("Genes reported for all factors", _shared(comparison)),
        ("Caveats", _caveats(comparison)),
        ("How to cite", bullets([citations.CHIP_ATLAS_2024, citations.CHIP_ATLAS_2022, citations.CHIP_ATLAS_2018])),
        ("Provenance", _provenance(comparison["provenance"])),
        ("Files", bullets(f"`{name}`" for name in files)),
    ]
    place = f"{parameters['genome']}, ±{parameters['distance']} kb of the TSS"
    return document(
        f"Target genes of {', '.join(map(cell, factors))} ({place})",
        sections,
        simulated=comparison["provenance"]["simulated"],
    )


def _check_factors(proteins: Iterable[str], genome: str, distance: int) -> list[Query]:
    if isinstance(proteins, str) or not isinstance(proteins, Iterable):
        raise InputError(f"proteins is {proteins!r}; give a list of two or more factors, such as ['TP53', 'MYC'].")
    queries = [check_query(name, genome, distance) for name in proteins]
    names = [query.protein for query in queries]
    if len(names) < 2:
        raise InputError(f"A comparison needs two or more factors; given: {', '.join(names) or 'none'}.")
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InputError(f"Given more than once: {', '.join(repeated)}. Name each factor once.")
    return queries


def _run_each(queries: list[Query], top_n: int | None, filters: dict[str, Any]) -> dict[str, dict[str, Any]]:
    results = {}
    # The workflow wants a folder; a comparison leaves no files of single factors.
    with tempfile.TemporaryDirectory() as scratch:
        for number, query in enumerate(queries):
            if number:
                time.sleep(pause_seconds(query.url))
            try:
                result = run_target_genes_workflow(
                    query.protein, query.genome, query.distance, top_n=top_n, output_dir=scratch, **filters
                )
            except ChipAtlasError as error:
                # The same error, of the same kind and with its own attributes, saying whose it is.
                error.args = (f"Factor {number + 1} of {len(queries)}, {query.protein!r}, failed. {error}",)
                raise
            result["parameters"]["output_dir"] = None
            results[query.protein] = result
    return results


def _factors(comparison: dict[str, Any]) -> str:
    membership: pd.DataFrame = comparison["membership"]
    alone = membership[membership.sum(axis=1) == 1].sum()
    rows = []
    for name, result in comparison["results"].items():
        metadata = result["metadata"]
        counts = (metadata["n_experiments"], metadata["unique_cell_types"], metadata["n_genes_bound_used"])
        rows.append((name, *(f"{n:,}" for n in (*counts, len(result["target_genes"]), int(alone[name])))))
    header = ("Factor", "Experiments used", "Cell types", "Genes bound", "Genes reported", "Reported for it alone")
    return table(header, rows, header[1:])


def _jaccard(jaccard: pd.DataFrame) -> str:
    names = [str(name) for name in jaccard.columns]
    rows = [(name, *(f"{value:.3f}" for value in row)) for name, row in zip(names, jaccard.to_numpy(), strict=True)]
    return table(("Factor", *names), rows, names) + "\n\nGenes reported for both over genes reported for either."


def _overlaps(overlaps: pd.DataFrame) -> str:
    first = overlaps.head(SHOWN_OVERLAPS)
    rows = [
        (combination, f"{n:,}", f"{loci:,}", ", ".join(genes[:SHOWN_GENES]) + (", …" if n > SHOWN_GENES else ""))
        for combination, n, loci, genes in zip(
            first["combination"], first["n"], first["independent_loci"], first["genes"], strict=True
        )
    ]
    header = ("Reported for exactly", "Genes", "Independent loci", "Best ranked")
    text = table(header, rows, header[1:3])
    rest = overlaps.iloc[SHOWN_OVERLAPS:]
    if len(rest):
        text += f"\n\n{plural(len(rest), 'more combination')} with {plural(int(rest['n'].sum()), 'gene')}: see the CSV."
    return text


def _shared(comparison: dict[str, Any]) -> str:
    shared = comparison["ranks"].loc[comparison["intersection"]]
    if not len(shared):
        return "No gene is reported for all of them."
    text = (
        f"{plural(len(shared), 'gene')} at "
        f"{plural(comparison['independent_loci'], 'independent locus', 'independent loci')}: genes that have the same "
        "score in every experiment of a factor stand at one locus and count once."
    )
    first = shared.head(SHOWN_SHARED)
    names = [str(name) for name in first.columns]
    rows = [
        (gene, *ranks, f"{mean:.1f}")
        for gene, ranks, mean in zip(
            first.index, first.to_numpy(dtype=int).tolist(), first.mean(axis=1).to_numpy(dtype=float), strict=True
        )
    ]
    header = ("Gene", *(f"Rank, {name}" for name in names), "Mean rank")
    return f"{text}\n\n{table(header, rows, header[1:])}" + (
        f"\n\nThe first {SHOWN_SHARED} by mean rank; all are in `{RANKS_CSV}`." if len(shared) > SHOWN_SHARED else ""
    )


def _caveats(comparison: dict[str, Any]) -> str:
    top_n = comparison["parameters"]["top_n"]
    cut = f"below rank {top_n:,} or " if top_n else ""
    names = [cell(name) for name in comparison["factors"]]
    return bullets(
        [
            f"**Not reported is not unbound.** A gene without a rank may be bound {cut}below another filter. The "
            "overlaps change with `top_n` and the thresholds.",
            f"**The experiments differ.** {', '.join(names)} were studied in different numbers of experiments and in "
            "different cells; shared or separate targets may come from that. `cell_types=[...]` makes them alike.",
            "**Some promoters attract almost any factor.** Genes shared by unrelated factors are often such promoters; "
            "compare with a factor that has nothing to do with the question.",
            "**The same promoter is not the same time.** Shared genes do not show that the factors bind together, in "
            "one cell or at one site within the window.",
            "**Binding is not regulation.** Expression data after perturbing each factor say more.",
        ]
    )


def _provenance(provenance: dict[str, Any]) -> str:
    rows = [
        (name, own["url"], own["sha256"], own["last_modified"] or "not told", own["retrieved_at"])
        for name, own in provenance["factors"].items()
    ]
    header = ("Factor", "Table", "SHA-256", "Last modified on the server", "Retrieved (UTC)")
    used = ", ".join(f"{name} {version}" for name, version in provenance["versions"].items())
    simulated = "yes" if provenance["simulated"] else "no"
    return f"{table(header, rows)}\n\nSimulated: {simulated}. Versions: {used}."

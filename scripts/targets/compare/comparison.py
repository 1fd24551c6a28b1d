"""The target genes of several factors, run one after the other and set side by side."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ...chipatlas.transport.reach import one_run
from ...common.console import announce_simulation, headline, say, verify
from ...common.errors import ChipAtlasError
from ...common.files.csv_files import write_csv
from ...common.files.graphml import write_graphml
from ...common.files.names import existing_files
from ...common.files.writing import mark_simulated, output_folder, remove_outputs, write_text
from ...common.plotting.drawing import save_plots
from ...common.provenance import now_utc, versions
from ...common.results import refuse_shared_folder
from ...common.text import plural
from .. import outputs
from ..networks import ranking_network
from ..query.factors import check_factors, one_by_one
from ..query.question import Query
from ..targets_result import TargetsResult
from ..workflow import run_target_genes_workflow
from .rankings import compare_rankings
from .report import comparison_report


@one_run()
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
        As for `targets.workflow.run_target_genes_workflow`.
    output_dir : path, optional
        Folder for `targets.outputs.COMPARE_FILES`; nothing is written when left out.
    **filters
        Other arguments of the workflow (``min_score``, ``cell_types``, ``min_binding_rate``, ...), the same for all.

    Returns
    -------
    dict
        ``factors`` (list); ``ranks`` (DataFrame gene x factor, 1 = first, NA where not reported); ``membership``
        (DataFrame gene x factor of bool); ``intersection`` and ``union`` (genes, those of most factors and best mean
        rank first); ``jaccard`` (DataFrame factor x factor, 0..1); ``overlaps`` (see `exclusive_overlaps`); ``loci``
        (see `shared_loci`); ``independent_loci`` of the intersection; ``results`` per factor, ``parameters``,
        ``provenance``. Functions named here are those of `targets.compare.rankings`.

    Raises
    ------
    InputError
        Fewer than two factors, one given twice, or anything the workflow refuses.
    ChipAtlasError
        As the workflow raises it, the message beginning with the factor that failed; nothing is written.
    """
    queries = check_factors(proteins, genome, distance, least=2)
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


def write_comparison(comparison: dict[str, Any], folder: Path) -> list[str]:
    """Write `targets.outputs.COMPARE_FILES` into a folder that exists; names of the files written."""
    from .plots import plot_overlaps

    simulated = comparison["provenance"]["simulated"]
    remove_outputs(folder, outputs.COMPARE_FILES)
    if simulated or not existing_files(folder, outputs.OUTPUT_FILES):
        # The marker may belong to one factor's results beside these.
        mark_simulated(folder, simulated)
    overlaps = comparison["overlaps"]
    tables = {
        outputs.RANKS_CSV: comparison["ranks"].reset_index().assign(locus=comparison["loci"].to_numpy()),
        outputs.JACCARD_CSV: comparison["jaccard"].reset_index(),
        outputs.OVERLAPS_CSV: overlaps.assign(genes=overlaps["genes"].map(";".join)),
    }
    for name, frame in tables.items():
        write_csv(folder / name, frame)
        say(f"  Saved: {name}")
    write_graphml(folder / outputs.COMPARE_GRAPHML, *ranking_network(comparison), simulated=simulated)
    say(f"  Saved: {outputs.COMPARE_GRAPHML}")
    saved = save_plots([(outputs.OVERLAPS_PLOT, lambda: plot_overlaps(comparison))], folder)
    files = [*tables, outputs.COMPARE_GRAPHML, *(path.name for path in saved[outputs.OVERLAPS_PLOT])]
    write_text(folder / outputs.COMPARE_REPORT, comparison_report(comparison, files))
    say(f"  Saved: {outputs.COMPARE_REPORT}")
    return [*files, outputs.COMPARE_REPORT]


def _run_each(queries: list[Query], top_n: int | None, filters: dict[str, Any]) -> dict[str, TargetsResult]:
    results: dict[str, TargetsResult] = {}
    # The workflow wants a folder; a comparison leaves no files of single factors.
    with tempfile.TemporaryDirectory() as scratch:
        for number, query in enumerate(one_by_one(queries), start=1):
            try:
                result = run_target_genes_workflow(
                    query.protein,
                    query.genome,
                    query.distance,
                    top_n=top_n,
                    output_dir=scratch,
                    **{"background": None, **filters},
                )
            except ChipAtlasError as error:
                # The same error, of the same kind and with its own attributes, saying whose it is.
                error.args = (f"Factor {number} of {len(queries)}, {query.protein!r}, failed. {error}",)
                raise
            result["parameters"]["output_dir"] = None
            results[query.protein] = result
    return results

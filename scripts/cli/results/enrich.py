"""``chip-atlas enrich FOLDER``: which factors bind at the regions or genes of a results folder, or of files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ...common.console import say
from ...common.errors import InputError
from ...common.files.manifest import read_manifest
from ...common.files.writing import given_path, output_folder
from ...diff import factors_of_regions
from ...diff.report.stored import load_results as load_regions
from ...factors.outputs import FACTOR_FILES
from ...factors.own_sets import enrich_sets
from ...factors.result import EnrichedFactors
from ...targets import factors_of_genes
from ...targets.report.stored import load_results as load_genes
from ..answer import answering, as_json_option
from ..options import given, options_of
from ..tables import files_in, show

_SHOWN = ["direction", "rank", "antigen", "enriched", "qvalue", "specific_log2_odds", "num_enriched", "num_experiments"]
#: Of sets from files alone.
_FILES = ("regions", "background", "genome")


@click.pass_context
def _run(context: click.Context, folder: str | None, as_json: bool, **values: Any) -> int:
    with answering(as_json) as answer:
        options = given(context, values)
        found = _of_files(folder, options) if set(options) & set(_FILES) else _of_folder(folder, options)
        with output_folder(found.parameters["output_dir"]) as place:
            found.write(Path(place))
        for one in found.sets:
            show(found.table.loc[found.table["direction"] == one.name, _SHOWN], "antigen")
        if folder is not None:
            say("  In the report: export_all(load_results(FOLDER), parts=[enrich_factors(...)])")
        answer |= {
            "simulated": found.simulated,
            "enriched": found.table[found.table["enriched"].astype(bool)],
            "notes": found.notes,
            **files_in(found.parameters["output_dir"], FACTOR_FILES),
            "parameters": found.parameters,
            "provenance": found.provenance,
        }
    return 0


def _of_folder(folder: str | None, options: dict[str, Any]) -> EnrichedFactors:
    if folder is None:
        raise InputError("Give a results FOLDER, or --regions, --background and --genome.")
    place = given_path(folder)
    options.setdefault("output_dir", place)
    if read_manifest(place).get("skill") == "target genes":
        return factors_of_genes.enrich_factors(load_genes(place), **options)
    if "top" in options:
        raise InputError("--top is for target genes; regions are taken by their cut.")
    return factors_of_regions.enrich_factors(load_regions(place), **options)


def _of_files(folder: str | None, options: dict[str, Any]) -> EnrichedFactors:
    lacking = [f"--{name}" for name in _FILES if name not in options]
    if folder is not None or lacking:
        raise InputError(
            f"Sets from files need {' and '.join(lacking)}, too." if lacking else "Give a FOLDER or files, not both."
        )
    unused = sorted({"top", "seed"} & set(options))
    if unused:
        raise InputError(f"--{unused[0]} is for a results folder; the background of files is taken as it is.")
    return enrich_sets(**options)


command = click.Command(
    "enrich",
    callback=_run,
    help="""Which factors bind at regions that changed, or near target genes: ChIP-Atlas's Enrichment Analysis.

    FOLDER is a results folder of diff or targets, exported. Gained and lost regions are each held against matched
    unchanged ones, the first target genes against others of their table. Or two sets of your own: --regions and
    --background (BED files, or gene symbols, one a line) and --genome.
    """,
    params=[
        click.Argument(["folder"], required=False),
        click.Option(["--regions"], type=str, help="BED file, or list of genes, instead of a FOLDER."),
        click.Option(["--background"], type=str, help="What it is held against, of the same kind."),
        click.Option(["--genome"], type=str, help="Assembly of the files, such as hg38."),
        *options_of(factors_of_genes.enrich_factors, without=("results",), also={"output_dir": "--out"}),
    ],
)
as_json_option(command)

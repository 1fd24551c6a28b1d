"""``chip-atlas genesets FOLDER --gene-sets NAME|PATH``: gene sets among the genes of some results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ...common.errors import InputError
from ...common.files.manifest import read_manifest
from ...common.files.names import existing_files
from ...common.files.writing import given_path
from ...diff.genesets.enrichment import gene_set_enrichment as sets_near_regions
from ...diff.report.stored import load_results as load_regions
from ...genesets.outputs import GENE_SET_FILES
from ...genesets.result import GeneSetResult
from ...targets.genesets.enrichment import gene_set_enrichment as sets_of_targets
from ...targets.report.stored import load_results as load_targets
from ..answer import answering, as_json_option
from ..options import given, options_of
from ..tables import show

_SHOWN = ["gene_set", "direction", "genes_hit", "genes_in_set", "fold_enrichment", "qvalue", "region_qvalue"]
#: Parameters of one skill alone, by the manifest's name of it.
_OWN = {
    "differential regions": ("rule", "distance", "unit"),
    "target genes": ("top_n", "min_score"),
}


@click.pass_context
def _run(context: click.Context, folder: Path, out: Path | None, as_json: bool, **values: Any) -> int:
    with answering(as_json) as answer:
        options = given(context, values)
        result = _enrichment(given_path(folder), options)
        table = result.table.drop(columns=[name for name in result.table if name not in _SHOWN])
        show(table, "row")
        target = given_path(folder if out is None else out)
        result.write(target)
        answer |= {
            "simulated": result.simulated,
            "statements": [*result.statements, result.headline()],
            "enriched": result.enriched(),
            "output_dir": str(target),
            "files": existing_files(target, GENE_SET_FILES),
            "parameters": options,
        }
    return 0


def _enrichment(folder: Path, options: dict[str, Any]) -> GeneSetResult:
    """The enrichment of the results in a folder, of whichever skill they are."""
    skill = read_manifest(folder)["skill"]
    for owner, names in _OWN.items():
        wrong = [name for name in names if name in options and owner != skill]
        if wrong:
            option = f"--{wrong[0].replace('_', '-')}"
            raise InputError(f"{option} is for {owner}; {str(folder)!r} holds {skill}. Leave it out.")
    if skill == "target genes":
        return sets_of_targets(load_targets(folder), **options)
    return sets_near_regions(load_regions(folder), **options)


command = click.Command(
    "genesets",
    callback=_run,
    help="""Gene sets among the genes of some results, beside the genes that could have been there.

    FOLDER is what an export of differential regions or of target genes left.
    """,
    params=[
        click.Argument(["folder"], type=click.Path(path_type=Path)),
        *options_of(sets_near_regions, without=("results", "models")),
        *options_of(sets_of_targets, without=("results", "gene_sets", "min_size", "max_size")),
        click.Option(["--out"], type=click.Path(path_type=Path), help="Folder for table and plot; FOLDER if left out."),
    ],
)
as_json_option(command)

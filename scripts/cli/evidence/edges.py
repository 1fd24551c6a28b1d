"""``chip-atlas edges FILE``: evidence for pairs of factor and gene."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ...common.errors import NotFoundError
from ...targets.outputs import EDGES_FILES
from ...targets.pairs.evidence import edge_evidence
from ..answer import answering, as_json_option
from ..options import given, options_of
from ..tables import files_in, show

_SHOWN = ["factor", "gene", "status", "num_bound", "num_experiments", "avg_score", "rank", "percentile", "string_score"]


@click.pass_context
def _run(context: click.Context, file: Path, as_json: bool, **values: Any) -> int:
    with answering(as_json) as answer:
        if not file.is_file():
            raise NotFoundError(
                f"{str(file)!r} is no file. Give a TSV, CSV or SIF file with a factor and a gene a line."
            )
        options = given(context, values)
        table = edge_evidence(file, **options)
        show(table[_SHOWN], "pair")
        answer |= {
            "simulated": table.attrs["provenance"]["simulated"],
            "statuses": table["status"].value_counts().to_dict(),
            "pairs": table,
            **files_in(options.get("output_dir"), EDGES_FILES),
            "parameters": table.attrs["parameters"],
            "provenance": table.attrs["provenance"],
        }
    return 0


command = click.Command(
    "edges",
    callback=_run,
    help="""Evidence for a list of (factor, gene) pairs: one row each, every factor's table fetched once.

    FILE is a network as TSV, CSV or SIF, with headings as people have them (TF and target, source and target, ...).
    """,
    params=[
        click.Argument(["file"], type=click.Path(path_type=Path)),
        *options_of(edge_evidence, without=("edges",), also={"output_dir": "--out"}),
    ],
)
as_json_option(command)

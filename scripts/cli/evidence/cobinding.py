"""``chip-atlas cobinding A B``: genes that several factors bind."""

from __future__ import annotations

from typing import Any

import click

from ...targets.outputs import CO_BINDING_FILES
from ...targets.pairs.shared_genes import co_binding
from ..answer import answering, as_json_option
from ..options import given, options_of
from ..tables import files_in, show


@click.pass_context
def _run(context: click.Context, factors: tuple[str, ...], as_json: bool, **values: Any) -> int:
    with answering(as_json) as answer:
        result = co_binding(list(factors), **given(context, values))
        show(result["genes"].drop(columns=["factors", "shared_cell_types"]), "gene")
        answer |= {
            "simulated": result["provenance"]["simulated"],
            **{name: result[name] for name in ("genes", "chance", "bound", "num_genes")},
            **files_in(result["parameters"]["output_dir"], CO_BINDING_FILES),
            "parameters": result["parameters"],
            "provenance": result["provenance"],
        }
    return 0


command = click.Command(
    "cobinding",
    callback=_run,
    help="""Genes that several factors bind, and how many chance would give.

    FACTORS are two or more official symbols, case-sensitive.
    """,
    params=[
        click.Argument(["factors"], nargs=-1, required=True, metavar="FACTOR FACTOR..."),
        *options_of(co_binding, without=("factors",), also={"output_dir": "--out"}),
    ],
)
as_json_option(command)

"""``chip-atlas cells FACTOR --a K-562``: cell types of one factor against others."""

from __future__ import annotations

from typing import Any

import click

from ...targets.cells.comparison import compare_cell_types
from ...targets.outputs import CELLS_FILES
from ..answer import answering, as_json_option
from ..options import given, options_of
from ..tables import files_in, show

_SHOWN = [
    "gene",
    "direction",
    "num_bound_units_a",
    "num_units_a",
    "num_bound_units_b",
    "num_units_b",
    "pvalue",
    "qvalue",
]


@click.pass_context
def _run(context: click.Context, factor: str, as_json: bool, **values: Any) -> int:
    with answering(as_json) as answer:
        result = compare_cell_types(factor, **given(context, values))
        tested = result["genes"][result["genes"]["status"] == "tested"]
        show(tested[_SHOWN], "gene")
        answer |= {
            "simulated": result["provenance"]["simulated"],
            "statements": result["metadata"]["statements"],
            "significant": result["genes"][result["genes"]["qvalue"] < 0.05],
            "num_tested": len(tested),
            "num_units": result["metadata"]["num_units"],
            **files_in(result["parameters"]["output_dir"], CELLS_FILES),
            "parameters": result["parameters"],
            "provenance": result["provenance"],
        }
    return 0


command = click.Command(
    "cells",
    callback=_run,
    help="""Cell types of one factor against others: genes bound more, or less, over independent units.

    FACTOR is an official symbol, case-sensitive. --a and --b take cell types and classes (Blood), once for each.
    """,
    params=[
        click.Argument(["factor"]),
        *options_of(compare_cell_types, without=("protein",), also={"output_dir": "--out"}),
    ],
)
as_json_option(command)

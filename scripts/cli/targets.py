"""``chip-atlas targets FACTOR...``: factors to ranked target genes, plots and report."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import click

from ..common.error_report import as_dict
from ..common.errors import SomeFailedError
from ..targets.outputs import OUTPUT_FILES
from ..targets.report.export import findings_of
from ..targets.run import run_all
from ..targets.targets_result import TargetsResult
from ..targets.workflow import run_target_genes_workflow
from .answer import answering, as_json_option
from .options import given, options_of


@click.pass_context
def _run(context: click.Context, factors: tuple[str, ...], as_json: bool, **values: Any) -> int:
    status = 0
    with answering(as_json) as answer:
        if len(factors) == 1:
            answer |= _answer(cast(TargetsResult, run_all(factors[0], **given(context, values))))
        else:
            try:
                results = run_all(list(factors), **given(context, values))
            except SomeFailedError as error:
                if not as_json:
                    raise
                answer |= {"ok": False, "error": as_dict(error)}
                results, status = error.results, error.exit_status
            answer["factors"] = {name: _answer(result) for name, result in results.items()}
    return status


def _answer(result: TargetsResult) -> dict[str, Any]:
    folder = Path(result.parameters["output_dir"])
    return {
        "simulated": result.simulated,
        "asked": result.title(),
        "headline": [{"value": value, "what": what} for value, what in result.headline()],
        "findings": findings_of(result),
        "top_genes": result.target_genes["gene"].head(25).tolist(),
        "output_dir": str(folder),
        "files": [name for name in OUTPUT_FILES if (folder / name).is_file()],
        "parameters": result.parameters,
        "provenance": result.provenance,
    }


command = click.Command(
    "targets",
    callback=_run,
    help="""Target genes of one or several factors.

    FACTOR is an official symbol, case-sensitive (TP53; mouse: Trp53). Several are run one after the other, each into a
    folder of its own below --out.
    """,
    params=[
        click.Argument(["factors"], nargs=-1, required=True, metavar="FACTOR..."),
        *options_of(run_target_genes_workflow, without=("protein",), also={"output_dir": "--out"}),
        *options_of(run_all, without=("protein", "genome", "distance", "output_dir", "top_n")),
    ],
)
as_json_option(command)

"""``chip-atlas tracks FOLDER``: tracks and a workbook of results that were exported."""

from __future__ import annotations

from typing import Any

import click

from ...diff.report.stored import load_results
from ...diff.report.takeaway import export_tracks
from ..answer import answering, as_json_option
from ..options import given, options_of


@click.pass_context
def _run(context: click.Context, folder: str, output_dir: str | None, as_json: bool, **values: Any) -> int:
    with answering(as_json) as answer:
        results = load_results(folder)
        place = output_dir or folder
        written = export_tracks(results, place, **given(context, values))
        answer |= {
            "simulated": results.simulated,
            "asked": results.title(),
            "output_dir": place,
            "files": list(written),
        }
    return 0


command = click.Command(
    "tracks",
    callback=_run,
    help="""BED, bedGraph, a UCSC track hub, an IGV session and a workbook of differential regions.

    FOLDER is where they were exported to (output_dir of diff). No network is used.
    """,
    params=[
        click.Argument(["folder"]),
        click.Option(["--out", "output_dir"], help="Folder for the files; FOLDER when not given."),
        *options_of(export_tracks, without=("results", "output_dir")),
    ],
)
as_json_option(command)

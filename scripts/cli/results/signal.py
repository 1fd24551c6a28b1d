"""``chip-atlas signal FOLDER``: coverage around regions and over the best loci of results that were exported."""

from __future__ import annotations

from typing import Any

import click

from ...common.errors import InputError
from ...diff.report.stored import load_results
from ...diff.report.takeaway import refuse_other_export
from ...diff.signal.part import signal_part
from ..answer import answering, as_json_option
from ..options import given, options_of
from ..tables import show

_SHOWN = ["chrom", "chromStart", "chromEnd", "gene", "logFC", "qvalue", "coverage_a", "coverage_b"]


@click.pass_context
def _run(
    context: click.Context,
    folder: str,
    output_dir: str | None,
    genes: bool,
    reads: tuple[str, ...],
    as_json: bool,
    **values: Any,
) -> int:
    with answering(as_json) as answer:
        results = load_results(folder)
        place = output_dir or folder
        refuse_other_export(place, results)
        options = given(context, values) | ({} if genes else {"genes": None})
        part = signal_part(results, reads=_reads(reads), **options)
        written = part.save(place)
        show(part.table[_SHOWN], "locus")
        answer |= {
            "simulated": part.loci.simulated,
            "asked": results.title(),
            "loci": part.table,
            "num_regions": len(part.signal.regions),
            "bytes_read": part.signal.bytes_read + part.loci.bytes_read,
            "output_dir": place,
            "files": list(written),
        }
    return 0


def _reads(texts: tuple[str, ...]) -> dict[str, float]:
    """``NAME=READS`` of each."""
    found = {}
    for text in texts:
        name, _, number = text.rpartition("=")
        try:
            found[name] = float(number.replace(",", "").replace("_", ""))
        except ValueError:
            name = ""
        if not name:
            raise InputError(f"--reads is {text!r}; give NAME=READS, such as mine_1=21400000.")
    return found


command = click.Command(
    "signal",
    callback=_run,
    help="""Coverage around the best regions (profile, heatmap) and over the best loci (a panel each).

    FOLDER is where differential regions were exported to (output_dir of diff). Parts of the experiments' bigWigs are
    read.
    """,
    params=[
        click.Argument(["folder"]),
        click.Option(["--out", "output_dir"], help="Folder for the files; FOLDER when not given."),
        click.Option(["--genes/--no-genes"], default=True, help="Draw genes, by UCSC's models: one download, kept."),
        click.Option(
            ["--reads"],
            multiple=True,
            metavar="NAME=READS",
            help="Usable reads of an experiment that is a file of your own; once for each.",
        ),
        *options_of(signal_part, without=("results", "genes", "reads")),
    ],
)
as_json_option(command)

"""``chip-atlas diff A B``: two groups, or a sample sheet, or an example, to tables, plots and report."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from ..chipatlas.accessions import kind_of
from ..common.errors import InputError
from ..diff.outputs import OUTPUT_FILES
from ..diff.run import run_all
from ..diff.workflow import run_diff_workflow
from .answer import answering, as_json_option
from .options import given, options_of


def group(text: str) -> str | list[str]:
    """A group as it was typed: accessions with commas or spaces between them, or the path of a file."""
    names = [name for name in re.split(r"[,\s]+", text) if name]
    return names if names and all(map(kind_of, names)) else text


@click.pass_context
def _run(
    context: click.Context, groups: tuple[str, ...], contrast: tuple[str, ...], as_json: bool, **values: Any
) -> int:
    if not 1 <= len(groups) <= 2:
        raise click.UsageError("Give two groups, or a sample sheet, or the name of an example.", context)
    first, second = group(groups[0]), group(groups[1]) if len(groups) == 2 else None
    with answering(as_json) as answer:
        options = given(context, values) | ({"contrasts": _contrasts(contrast)} if contrast else {})
        result = run_all(first, second, **options)
        folder = Path(result.parameters["output_dir"])
        answer |= {
            "simulated": result.simulated,
            "asked": result.title(),
            "headline": [{"value": value, "what": what} for value, what in result.headline()],
            "findings": result.plain()["qc_warnings"],
            "output_dir": str(folder),
            "files": [name for name in OUTPUT_FILES if (folder / name).is_file()],
            "parameters": result.parameters,
            "provenance": result.provenance,
        }
    return 0


def _contrasts(texts: tuple[str, ...]) -> dict[str, tuple[str, str, str]]:
    """``NAME=VARIABLE:A:B`` of each."""
    found = {}
    for text in texts:
        name, mark, what = text.partition("=")
        parts = [one.strip() for one in what.split(":")]
        if not mark or not name.strip() or len(parts) != 3 or not all(parts):
            raise InputError(f"--contrast is {text!r}; give NAME=VARIABLE:A:B, such as low=dose:low:none.")
        found[name.strip()] = (parts[0], parts[1], parts[2])
    return found


command = click.Command(
    "diff",
    callback=_run,
    help="""Differential regions between two groups of public experiments.

    GROUPS are two groups A and B, each the path of a file of accessions or accessions with commas between them; or one
    of these alone: a sample sheet (CSV: sample,group,...), the name of an example (tp53_molm13_vs_k562).
    """,
    params=[
        click.Argument(["groups"], nargs=-1, required=True, metavar="A B | SHEET | EXAMPLE"),
        *options_of(
            run_diff_workflow,
            without=("experiments_a", "experiments_b", "contrasts", "experiments_more", "controls"),
            also={"output_dir": "--out"},
        ),
        click.Option(
            ["--contrast"],
            multiple=True,
            metavar="NAME=VARIABLE:A:B",
            help="With a design, one more difference to test; once for each.",
        ),
        *options_of(run_all, without=("experiments_a", "experiments_b", "output_dir")),
    ],
)
as_json_option(command)

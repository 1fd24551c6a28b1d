"""``chip-atlas``, which is also ``python -m scripts``: what commands there are, and how each of them ends.

A command's module is imported when it is run: ``--help`` answers at once, and `doctor` works where packages lack.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

import click

from .. import __version__
from ..common.error_report import as_dict, as_line
from ..common.errors import ChipAtlasError
from ..common.invocation import command
from ..common.terminal.interrupts import INTERRUPTED
from ..common.text import printable
from .answer import STATUSES

#: Command -> where it is defined, and what it does, in a line.
COMMANDS = {
    "find": (".find", "Find experiments by words, names and attributes; list the contrasts they offer."),
    "diff": (".diff", "Differential regions between two groups of experiments: compare, plot, export."),
    "join": (".results.join", "Several exported comparisons side by side: shared loci, effects against effects."),
    "tracks": (".results.tracks", "Tracks for genome browsers and a workbook, of a results folder."),
    "signal": (".results.signal", "Coverage around the best regions and loci, of a results folder."),
    "targets": (".targets", "Target genes of one or several factors: rank, plot, export."),
    "background": (
        ".background.command",
        "What every gene looks like with other factors, which marks hot loci: build it.",
    ),
    "cells": (".evidence.cells", "Cell types of one factor against others: genes bound more, or less."),
    "edges": (".evidence.edges", "Evidence for a list of (factor, gene) pairs, or a network file."),
    "cobinding": (".evidence.cobinding", "Genes that several factors bind, beside what chance gives."),
    "genesets": (".results.genesets", "Gene sets among the genes of a results folder, beside a fair background."),
    "enrich": (".results.enrich", "Factors that bind at changed regions or near target genes (Enrichment Analysis)."),
    "atlas": (".atlas", "All factors of an assembly in one dataset: build it, ask it."),
    "catalogue": (".catalogue", "Every experiment on this machine, for searches offline."),
    "verify": (".results.verify", "Check a results folder against its analysis_object.json."),
    "mcp": (".agents.mcp", "Serve agents over the Model Context Protocol: find, compare, wait, explain."),
    "doctor": (".doctor.command", "Say what works here, what does not, and what to do about it."),
    "serve": (".serve", "Start the embedded, SIMULATED ChIP-Atlas, or run a command against it."),
    "demo": (".demo", "Run both skills end to end on the embedded, SIMULATED ChIP-Atlas."),
    "install-skills": (".install_skills", "Write both skills as self-contained folders for agents."),
}
#: What one can do, for whoever types the command alone: what to type -> what it does.
FIRST_STEPS = {
    "demo": "try everything here, on SIMULATED data",
    "find TP53 K-562 --genome hg38 --suggest": "public experiments by words, and what they let you compare",
    "diff A.txt B.txt --genome hg38": "two groups of them: differential regions, plots, a report",
    "targets TP53": "the target genes of a factor, ranked",
    "doctor": "what works on this machine, and what to do about the rest",
    "--help": "every other command; after a command, its options",
}
#: Not repeated when an interrupted command is named to go on with: it would submit the job a second time.
_NOT_AGAIN = ("--no-resume",)
#: Set by the shell that asks for completions, whatever the command is called.
_COMPLETE = "_CHIP_ATLAS_COMPLETE"
#: Shells that click completes for.
_COMPLETION = (
    'Completion: eval "$(_CHIP_ATLAS_COMPLETE=bash_source chip-atlas)" in bash; zsh_source and fish_source alike.'
)


class _Commands(click.Group):
    """The commands, each imported when it is asked for."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        found: click.Command = import_module(COMMANDS[name][0], __package__).command
        _take_quiet(found)
        return found

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def format_epilog(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Exit status"):
            formatter.write_dl([(str(status), text) for status, text in STATUSES.items()])
        formatter.write_paragraph()
        formatter.write_text(_COMPLETION)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="chip-atlas-skills", message="%(prog)s %(version)s")
def chip_atlas() -> None:
    """Differential regions and target genes from public ChIP-Atlas experiments."""


def _take_quiet(found: click.Command) -> None:
    """Give a command, and those below it, the option ``--quiet``."""
    if isinstance(found, click.Group):
        for below in found.commands.values():
            _take_quiet(below)
    elif not any(option.name == "quiet" for option in found.params):
        found.params.append(
            click.Option(
                ["-q", "--quiet"],
                is_flag=True,
                expose_value=False,
                callback=_be_quiet,
                help="Verification lines alone, no progress.",
            )
        )


def _be_quiet(context: click.Context, option: click.Parameter, wanted: bool) -> None:
    if wanted:
        os.environ["CHIPATLAS_QUIET"] = "1"


@contextmanager
def _own_quiet() -> Iterator[None]:
    """Leave the variable as it was: ``--quiet`` is of one command."""
    before = os.environ.get("CHIPATLAS_QUIET")
    try:
        yield
    finally:
        os.environ.pop("CHIPATLAS_QUIET", None)
        if before is not None:
            os.environ["CHIPATLAS_QUIET"] = before


def main(arguments: list[str] | None = None) -> int:
    """Run a command; returns its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given and _COMPLETE not in os.environ:
        click.echo(first_lines())
        return 0
    try:
        with _own_quiet():
            status = _run(given)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        if json_wanted(given):
            told = {"code": "usage", "type": type(error).__name__, "message": error.format_message()}
            click.echo(json.dumps({"ok": False, "error": told | {"next_action": f"See `{command('--help')}`."}}))
        else:
            error.show()
        return error.exit_code
    except click.Abort:
        tell_interrupted(given)
        return INTERRUPTED
    except ChipAtlasError as error:
        if json_wanted(given):
            click.echo(json.dumps({"ok": False, "error": as_dict(error)}))
        else:
            click.echo(as_line(error), err=True)
        return error.exit_status
    return status if isinstance(status, int) else 0


def _run(given: list[str]) -> object:
    return chip_atlas.main(given, prog_name=command("").strip(), complete_var=_COMPLETE, standalone_mode=False)


def first_lines() -> str:
    """Six lines: what one can do, and the command for it."""
    typed = {command(arguments): text for arguments, text in FIRST_STEPS.items()}
    width = max(map(len, typed)) + 2
    return "\n".join(f"{line:<{width}}{text}" for line, text in typed.items())


def tell_interrupted(given: list[str]) -> None:
    """Say how to go on after Ctrl-C: the command itself, which takes up what is kept."""
    again = command(shlex.join(part for part in given if part not in _NOT_AGAIN))
    told = "Interrupted. What is done is kept, and no file is half written."
    if json_wanted(given):
        error = {"code": "interrupted", "type": "KeyboardInterrupt", "message": told}
        click.echo(json.dumps({"ok": False, "error": error | {"next_action": f"To go on, run: {again}"}}))
    else:
        click.echo(f"{told} To go on, run:\n  {printable(again)}", err=True)


def json_wanted(arguments: list[str]) -> bool:
    """Whether a call asks for its answer as JSON; what stands behind ``--`` is not its own."""
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in own

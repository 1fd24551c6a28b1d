"""``chip-atlas``, which is also ``python -m scripts``: what commands there are, and how each of them ends.

A command's module is imported when it is run: ``--help`` answers at once, and `doctor` works where packages lack.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module

import click

from .. import __version__
from ..common.error_report import as_dict, as_line
from ..common.errors import ChipAtlasError
from ..common.invocation import command
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


def main(arguments: list[str] | None = None) -> int:
    """Run a command; returns its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        status = chip_atlas.main(given, prog_name=command("").strip(), complete_var=_COMPLETE, standalone_mode=False)
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
        click.echo("Interrupted.", err=True)
        return 130
    except ChipAtlasError as error:
        if json_wanted(given):
            click.echo(json.dumps({"ok": False, "error": as_dict(error)}))
        else:
            click.echo(as_line(error), err=True)
        return error.exit_status
    return status if isinstance(status, int) else 0


def json_wanted(arguments: list[str]) -> bool:
    """Whether a call asks for its answer as JSON; what stands behind ``--`` is not its own."""
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in own

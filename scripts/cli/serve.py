"""``chip-atlas serve``: the embedded ChIP-Atlas until a signal, or for as long as one command runs."""

from __future__ import annotations

import signal
import subprocess
import threading
from typing import Literal

import click

from ..common.requirements import OFFLINE, not_installed
from .demo import own_cache

#: What a shell answers when a command is not found.
COMMAND_NOT_FOUND = 127


@click.command("serve")
@click.option("--port", type=int, default=0, help="On 127.0.0.1; any free port when not given.")
@click.option(
    "--site",
    type=click.Choice(["old", "new"]),
    default="old",
    show_default=True,
    help="Dialect of its site: production's, or its successor's.",
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND ...]")
def command(port: int, site: Literal["old", "new"], arguments: tuple[str, ...]) -> int:
    """Start the embedded, SIMULATED ChIP-Atlas.

    Alone it prints `export NAME=value` lines to paste into another shell, and serves until Ctrl-C. `serve -- COMMAND
    ...` runs a command against it and ends with its exit status.
    """
    try:
        from ..emulator import serve
    except ImportError as error:
        raise not_installed("The embedded service", error.name, OFFLINE) from error

    with serve(port=port, site=site) as atlas:
        if arguments:
            return _run(list(arguments))
        stop = _signals()
        for name, value in atlas.environment.items():
            click.echo(f"export {name}={value}")
        click.echo("# SIMULATED ChIP-Atlas is up: paste these lines into another shell. Ctrl-C ends it.", err=True)
        stop.wait()
    return 0


def _run(arguments: list[str]) -> int:
    try:
        with own_cache() as environment:
            return subprocess.run(arguments, check=False, env=environment).returncode
    except OSError as error:
        click.echo(f"Cannot run {arguments[0]}: {error.strerror}", err=True)
        return COMMAND_NOT_FOUND


def _signals() -> threading.Event:
    """What is set by the first signal to end; in place before anybody is told that the service is up."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop

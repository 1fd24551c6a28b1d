"""How a command answers, as text for a reader or as one JSON object for a program, and how it ends."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from typing import Any

import click

from ..common import errors
from ..common.console import without_progress
from ..common.terminal.interrupts import INTERRUPTED

#: Status -> when a command ends with it. `serve -- COMMAND` ends with the command's own.
STATUSES = {
    0: "done",
    1: "done, and something is not as it should be: a check of doctor or verify, some factors or tables failed",
    2: "the command line itself is wrong (unknown option, missing value)",
    errors.InputError.exit_status: "something given cannot be used as it is",
    errors.NotFoundError.exit_status: "a name that does not exist, or has no data; near matches are told",
    errors.OutputError.exit_status: "a folder or file cannot be written",
    errors.MissingExtraError.exit_status: "an optional package is not installed",
    errors.ServiceUnavailableError.exit_status: "a service is down or out of reach: try the same call again later",
    errors.BadResponseError.exit_status: "a service answered with something else than it promises",
    errors.JobFailedError.exit_status: "the server says that the analysis failed",
    errors.JobTimeoutError.exit_status: "the job did not end in time: the same call goes on with it",
    INTERRUPTED: "interrupted (Ctrl-C): the command that goes on is told",
}


as_json_option = click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object on stdout.")


@contextlib.contextmanager
def answering(as_json: bool) -> Iterator[dict[str, Any]]:
    """Give a dict to fill with the answer: as JSON it is all that goes to stdout, what is told on the way to stderr."""
    answer: dict[str, Any] = {"ok": True}
    if not as_json:
        yield answer
        return
    with contextlib.redirect_stdout(sys.stderr), without_progress():
        yield answer
    from ..common.files.json_text import plain

    click.echo(json.dumps(plain(answer), allow_nan=False))

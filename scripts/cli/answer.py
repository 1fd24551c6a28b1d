"""The answer of a command, as text for a reader or as one JSON object for a program."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from typing import Any

import click

from ..common.files.json_text import plain

as_json_option = click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object on stdout.")


@contextlib.contextmanager
def answering(as_json: bool) -> Iterator[dict[str, Any]]:
    """Give a dict to fill with the answer: as JSON it is all that goes to stdout, what is told on the way to stderr."""
    answer: dict[str, Any] = {"ok": True}
    if not as_json:
        yield answer
        return
    with contextlib.redirect_stdout(sys.stderr):
        yield answer
    click.echo(json.dumps(plain(answer), allow_nan=False))

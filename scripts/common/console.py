"""Everything the package prints, names and messages of others among it: no control character reaches the terminal.

`CHIPATLAS_QUIET=1` leaves the verification lines alone. Progress bars go to stderr, and only to a terminal.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from .text import printable

SIMULATED_BANNER = "*** SIMULATED data from the embedded ChIP-Atlas: not biology, not for publication ***"


def quiet() -> bool:
    """Whether only verification lines are wanted."""
    return os.environ.get("CHIPATLAS_QUIET", "") not in ("", "0")


def say(text: str = "") -> None:
    """Print a line for the reader, unless quiet."""
    if not quiet():
        _print(text)


def verify(text: str) -> None:
    """Print a verification line of the documented steps, always."""
    _print(text)


def headline(text: str) -> None:
    """Print a step's title."""
    say(f"\n{text}\n{'-' * len(text)}")


def announce_simulation(simulated: bool) -> None:
    """Print the SIMULATED banner, always, when the data are simulated."""
    if simulated:
        _print(SIMULATED_BANNER)


def progress(iterable: Iterable[Any] | None = None, **options: Any) -> Any:
    """A tqdm bar (same arguments), silent when quiet or when stderr is no terminal."""
    silent = quiet() or not sys.stderr.isatty()
    # In a notebook tqdm.auto warns of widgets that are not installed, even for a bar that is not shown.
    tqdm = import_module("tqdm" if silent else "tqdm.auto").tqdm
    options.setdefault("leave", False)
    return tqdm(iterable, disable=silent, **options)


def _print(text: str) -> None:
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    print(printable(text).encode(encoding, "replace").decode(encoding), flush=True)

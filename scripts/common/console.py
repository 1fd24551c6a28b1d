"""Everything the package prints, names and messages of others among it: no control character reaches the terminal.

`CHIPATLAS_QUIET=1` leaves the verification lines alone. Progress goes to stderr: bars on a terminal, seldom a line
elsewhere, nothing when quiet or where a program reads JSON.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from .error_report import wants_json
from .terminal.bars import Waiting, bars_set_aside, follow
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
    """A bar for a long step, with tqdm's arguments; see `terminal.bars.follow`."""
    return follow(iterable, silent=_no_progress(), **options)


def waiting(what: str, expected: float | None, *, from_start: bool) -> Waiting:
    """A bar for a job elsewhere; see `terminal.bars.Waiting`."""
    return Waiting(what, expected, silent=_no_progress(), from_start=from_start)


@contextmanager
def without_progress() -> Iterator[None]:
    """Show no progress in the block: a program reads the answer."""
    global _hidden
    _hidden += 1
    try:
        yield
    finally:
        _hidden -= 1


_hidden = 0


def _no_progress() -> bool:
    return quiet() or wants_json() or _hidden > 0


def _print(text: str) -> None:
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    with bars_set_aside():
        print(printable(text).encode(encoding, "replace").decode(encoding), flush=True)

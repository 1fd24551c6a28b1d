"""What our functions print, heard line by line: stdout belongs to the protocol.

While a server runs, `sys.stdout` is a `Told`: every line goes to stderr, and to whoever listens in this thread of work.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Listener:
    """Who hears the lines of one call.

    Attributes
    ----------
    heard : callable
        Takes each line.
    check : callable
        Raises where the call is not wanted any more.
    """

    heard: Callable[[str], None]
    check: Callable[[], None]
    rest: list[str] = field(default_factory=list)


_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


class Told(io.TextIOBase):
    """Stands for stdout: text goes to stderr and to the listener. Its `buffer` is that of the real stdout."""

    encoding = "utf-8"

    def __init__(self, stdout: Any) -> None:
        self.buffer = stdout.buffer

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        sys.stderr.write(text)
        listener = _listener.get()
        if listener is not None:
            *lines, last = "".join([*listener.rest, text]).split("\n")
            listener.rest[:] = [last] if last else []
            for line in lines:
                if line.strip():
                    listener.heard(line.strip())
        return len(text)

    def flush(self) -> None:
        sys.stderr.flush()


@contextmanager
def telling() -> Iterator[None]:
    """Keep stdout for the protocol until the block ends."""
    before = sys.stdout
    sys.stdout = Told(before)
    try:
        yield
    finally:
        sys.stdout = before


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Let a listener hear what is printed in the block, and in threads that it starts through anyio."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def checkpoint() -> None:
    """A place where a call that is not wanted any more may end: nothing is half done there."""
    listener = _listener.get()
    if listener is not None:
        listener.check()

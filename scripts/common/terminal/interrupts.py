"""Ctrl-C: what must not end half-way comes to its end first."""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

#: Exit status of a command that Ctrl-C ended, as shells have it.
INTERRUPTED = 130


@contextmanager
def held_back(why: str) -> Iterator[None]:
    """Let the block end before Ctrl-C takes effect; a second one takes effect at once.

    Where Ctrl-C is somebody else's matter (another thread, a program with a handler of its own), nothing changes.

    Parameters
    ----------
    why : str
        What is being finished, for who pressed it.

    Raises
    ------
    KeyboardInterrupt
        After the block, or in it at the second Ctrl-C.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before is not signal.default_int_handler:
        yield
        return
    asked = False

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            signal.default_int_handler(number, frame)
        asked = True
        # Not through sys.stderr: a handler may come in the middle of a line that is being written there.
        with suppress(OSError, ValueError):
            stream = sys.__stderr__.fileno() if sys.__stderr__ else 2
            os.write(stream, f"\n{why}; Ctrl-C again ends it at once.\n".encode())

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if asked:
        raise KeyboardInterrupt


class Ending:
    """How this process ends: with `status` where it is set, whatever Ctrl-C left behind in the interpreter.

    Python ends itself by the signal where an interrupt once came through code given as text, such as that of a
    dataclass, though it was handled since.
    """

    def __init__(self) -> None:
        self.status = 0
        # What is registered first runs last: everybody else has tidied up by then.
        atexit.register(self._end)

    def interrupted(self) -> None:
        """End with the status of an interrupted command."""
        self.status = INTERRUPTED

    def ignore_from_now(self) -> None:
        """Ignore Ctrl-C: nothing is left to do but to end, and the last moments are no place for an error."""
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, signal.SIG_IGN)

    def _end(self) -> None:
        if self.status:
            for stream in (sys.stdout, sys.stderr):
                with suppress(OSError, ValueError, AttributeError):
                    stream.flush()
            os._exit(self.status)

"""The pace of downloads: one at a time on this machine, however many processes and workers there are."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from filelock import FileLock

from ...common.console import say
from ...common.errors import OutputError
from ...common.files.cache_folder import cache_folder
from ...common.files.writing import prepare_folder
from ..endpoints import is_loopback, pause_seconds

#: Mean over a whole build. ChIP-Atlas is a public service of a small group; at this pace, all factors of a genome take
#: an hour or two and the other users notice nothing.
BYTES_A_SECOND = 5_000_000
_LOCK = "atlas-downloads.lock"


@dataclass
class Turn:
    """One download. `sent` is the number of bytes that the server had to send, set by whoever downloads."""

    sent: int = 0


@contextmanager
def taking_turns(url: str) -> Iterator[Turn]:
    """Wait for the turn, download in the block, then hold the turn until the pace is kept.

    Builds that run at the same time share it through a lock in the cache folder, which the system frees when a process
    dies. Between two requests lies at least the pause that `chipatlas.endpoints` prescribes for the host; after a
    large file as much more as `BYTES_A_SECOND` asks for.
    """
    with _lock():
        turn = Turn()
        began = time.monotonic()
        try:
            yield turn
        finally:
            time.sleep(rest_seconds(url, turn.sent, time.monotonic() - began))


def rest_seconds(url: str, sent: int, elapsed: float) -> float:
    """Seconds to wait after a download of `sent` bytes that took `elapsed` seconds."""
    pause = pause_seconds(url)
    return pause if is_loopback(url) else max(pause, sent / BYTES_A_SECOND - elapsed)


@contextmanager
def _lock() -> Iterator[None]:
    try:
        lock = FileLock(prepare_folder(cache_folder()) / _LOCK)
    except (OutputError, RuntimeError):  # RuntimeError: no such home folder
        say("  No cache folder that can be written: the pace holds for this run alone. Start no second one beside it.")
        yield
        return
    with lock:
        yield

"""How far a long step is: a bar on a terminal, a plain line now and then elsewhere.

An estimate stands there only where there is something to make it of: what is left, at the pace so far. A queue that
nobody knows has none.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from typing import Any

from ..text import printable

#: Seconds before the first plain line, which steps that are soon done never reach; the pause doubles from line to line.
FIRST_LINE_SECONDS, MOST_SECONDS = 10.0, 300.0
_BINARY = ("", "k", "M", "G", "T")


def can_redraw() -> bool:
    """Whether a line of stderr can be drawn again: a terminal, and one that does not call itself ``dumb``."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def follow(iterable: Iterable[Any] | None, *, silent: bool, **options: Any) -> Any:
    """A tqdm bar (same arguments) on a terminal, `Lines` elsewhere, neither when `silent`."""
    if not silent and not can_redraw():
        return Lines(iterable, **options)
    # In a notebook tqdm.auto warns of widgets that are not installed, even for a bar that is not shown.
    tqdm = import_module("tqdm" if silent else "tqdm.auto").tqdm
    options.setdefault("leave", False)
    return tqdm(iterable, disable=silent, **options)


def bars_set_aside() -> AbstractContextManager[Any]:
    """Take the bars off the terminal while a line is printed; it would begin behind one."""
    tqdm = sys.modules.get("tqdm.auto")
    if tqdm is None or not can_redraw():
        return nullcontext()
    aside: AbstractContextManager[Any] = tqdm.tqdm.external_write_mode(file=sys.stdout)
    return aside


def in_words(seconds: float) -> str:
    """``40 s``, ``3 min``, ``1 h 20 min``: as exact as an estimate is."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


class _Pace:
    """When the next plain line is due."""

    def __init__(self) -> None:
        self.start = time.monotonic()
        self._pause = FIRST_LINE_SECONDS
        self._due = self.start + self._pause

    def is_due(self) -> bool:
        """Whether it is now; asked again, not before twice the time has passed."""
        now = time.monotonic()
        if now < self._due:
            return False
        self._pause = min(2 * self._pause, MOST_SECONDS)
        self._due = now + self._pause
        return True


def _tell(text: str) -> None:
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    sys.stderr.write(f"  {printable(text)}\n".encode(encoding, "replace").decode(encoding))
    sys.stderr.flush()


class Lines:
    """What tqdm offers and is used here, as plain lines on stderr: for a pipe, a log, a notebook.

    Parameters
    ----------
    iterable : iterable, optional
        Its items are counted as they are taken.
    total : int, optional
        Of the steps; without one nothing is estimated.
    desc, unit : str
    unit_scale : bool
        Whether the steps are bytes.
    initial : int
        Steps that were done before.
    """

    def __init__(
        self,
        iterable: Iterable[Any] | None = None,
        *,
        total: int | None = None,
        desc: str = "",
        unit: str = "step",
        unit_scale: bool = False,
        initial: int = 0,
        **_: Any,
    ) -> None:
        self._iterable = iterable
        self.total = total if total is not None or not hasattr(iterable, "__len__") else len(iterable)  # type: ignore[arg-type]
        self.n = initial
        self._initial = initial
        self._what, self._unit, self._scaled = desc, unit, unit_scale
        self._pace = _Pace()

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is left open."""

    def __iter__(self) -> Iterator[Any]:
        for item in self._iterable or ():
            yield item
            self.update()

    def update(self, steps: int = 1) -> None:
        """Count steps that are done, and say so when it is time to."""
        self.n += steps
        if self._pace.is_due():
            _tell(f"{self._what}: {self._so_far()}")

    def _so_far(self) -> str:
        elapsed = time.monotonic() - self._pace.start
        done, total = self._amount(self.n), self.total
        if not total:
            return f"{done} after {in_words(elapsed)}"
        left = (total - self.n) * elapsed / (self.n - self._initial) if self.n > self._initial else None
        rest = "" if left is None or left < 0 else f", about {in_words(left)} left at this pace"
        return f"{done} of {self._amount(total)} after {in_words(elapsed)}{rest}"

    def _amount(self, number: float) -> str:
        if not self._scaled:
            return f"{number:,} {self._unit}{'' if number == 1 else 's'}"
        for prefix in _BINARY:  # noqa: B007 - the last one that fits is used
            if number < 1000:
                break
            number /= 1000
        return f"{number:.3g} {prefix}{self._unit}"


class Waiting:
    """A job elsewhere: what it does, since when, and how long it will run where its run time is estimated.

    How long a job waits in the queue of its server is not known, and nothing is estimated then.

    Parameters
    ----------
    what : str
        What the job does.
    expected : float or None
        Seconds that it runs, by an estimate.
    silent : bool
    from_start : bool
        Whether it was submitted just now. Of an older one nobody here knows when it began to run.
    """

    def __init__(self, what: str, expected: float | None, *, silent: bool, from_start: bool = True) -> None:
        self._what, self._expected, self._from_start = what, expected, from_start
        self._pace = _Pace()
        self._running_since: float | None = None
        self._silent = silent
        self._bar = None
        if not silent and can_redraw():
            self._bar = import_module("tqdm.auto").tqdm(desc=what, total=1, leave=False, bar_format="{desc}")

    def __enter__(self) -> Waiting:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def show(self, state: str) -> None:
        """Tell the state, the bar at once, a line when it is time to."""
        if state == "running" and self._running_since is None:
            self._running_since = time.monotonic()
        if self._bar is not None:
            share = self._share()
            self._bar.bar_format = "{desc}" if share is None else "{percentage:3.0f}%|{bar}| {desc}"
            self._bar.n = share or 0
            self._bar.set_description_str(f"{self._what}: {printable(self.words(state))}")
        elif not self._silent and self._pace.is_due():
            _tell(f"{self._what}: {self.words(state)}")

    def words(self, state: str) -> str:
        """The state in words."""
        told = f"{state} after {in_words(time.monotonic() - self._pace.start)}"
        if self._running_since is None:
            return f"{told}; how long the server's queue is, nobody tells"
        if state != "running":
            return told
        if not self._expected:
            return f"{told}; no estimate of the run time"
        left = self._expected - (time.monotonic() - self._running_since)
        if left <= 0:
            return f"{told}, longer than the {in_words(self._expected)} of the estimate"
        return f"{told}, {'about' if self._from_start else 'at most about'} {in_words(left)} left by the estimate"

    def _share(self) -> float | None:
        """How much of the expected run time is over; None where that is not known."""
        if not self._expected or self._running_since is None or not self._from_start:
            return None
        share = (time.monotonic() - self._running_since) / self._expected
        return share if share < 1 else None

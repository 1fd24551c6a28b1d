"""Give inputs to a parser, one after the other, and hold it to its promise: an answer or an error of ours, soon."""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock

from scripts.common.errors import ChipAtlasError
from tests.fuzz.parsers import Parser

#: An input of some kB takes milliseconds; this allows for a busy machine.
SECONDS_AN_INPUT = 30.0
#: More resident memory than this a run of small inputs never needs.
MAX_GROWTH_BYTES = 400 * 1024**2
#: Classes of the marks that turn the direction of writing.
STEERING = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
#: Names a JSON file for the figures of a run; the table of tests/README.md was made from it.
FIGURES = "CHIPATLAS_FUZZ_FIGURES"


@dataclass
class Figures:
    """What came of some inputs: how many were read, how many refused with an error of ours; seconds of the slowest."""

    inputs: int = 0
    read: int = 0
    refused: int = 0
    slowest_seconds: float = 0.0


def run(name: str, parser: Parser, inputs: Iterable[bytes]) -> Figures:
    """Feed a parser; a failure names the input, so that it can be given again."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as scratch:
        return _run(name, parser, inputs, Path(scratch))


def _run(name: str, parser: Parser, inputs: Iterable[bytes], scratch: Path) -> Figures:
    figures = Figures()
    before = peak_bytes()
    folder = scratch / "0"
    for content in inputs:
        folder.mkdir(exist_ok=True)
        started = time.perf_counter()
        try:
            with _alarm(SECONDS_AN_INPUT):
                parser.read(content, folder)
            figures.read += 1
        except ChipAtlasError as error:
            figures.refused += 1
            check_message(error)
        except Exception as error:
            shown = content if len(content) < 2000 else content[:2000] + b"..."
            raise AssertionError(f"{name}: {type(error).__name__}: {error}\nInput: {shown!r}") from error
        figures.inputs += 1
        figures.slowest_seconds = max(figures.slowest_seconds, time.perf_counter() - started)
        if any(folder.iterdir()):  # each input finds an empty folder; making and removing one takes milliseconds
            folder = scratch / str(figures.inputs)
    assert peak_bytes() - before < MAX_GROWTH_BYTES, f"{name} took {peak_bytes() - before:,} bytes"
    record(name, figures)
    return figures


def check_message(error: ChipAtlasError) -> None:
    """A message is short and cannot steer a terminal, whatever it quotes."""
    text = str(error)
    assert text.strip()
    assert len(text) < 3000, text[:500]
    steering = [mark for mark in text if mark != "\n" and unicodedata.bidirectional(mark) in STEERING]
    assert not steering and not any(unicodedata.category(mark) == "Cc" for mark in text if mark not in "\n\t"), repr(
        text
    )


def peak_bytes() -> int:
    """Most memory this process has held."""
    if sys.platform == "win32":
        return 0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def record(name: str, figures: Figures) -> None:
    """Add figures to the file that the environment names, if it names one."""
    target = os.environ.get(FIGURES)
    if not target:
        return
    path = Path(target)
    with FileLock(f"{path}.lock"):
        known = json.loads(path.read_text()) if path.exists() else {}
        old = known.get(name, asdict(Figures()))
        new = asdict(figures)
        merged = {key: max(old[key], new[key]) if key == "slowest_seconds" else old[key] + new[key] for key in new}
        path.write_text(json.dumps(known | {name: merged}, indent=2, sort_keys=True) + "\n")


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """End what hangs: without it the test would hang too."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def ring(*_: object) -> None:
        raise AssertionError(f"no end after {seconds:g} s")

    previous = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)

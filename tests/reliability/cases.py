"""Running one case: a fault at a stage, the outcome, and what is left behind."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from scripts.common.errors import ChipAtlasError
from scripts.emulator import Atlas
from scripts.emulator.faults.switch import FAULTS
from tests.reliability.stages import STAGES, Digest, Stage

EXPECTED = Path(__file__).with_name("expected.csv")
#: What a outcome can be besides the name of an error.
SAME, LESS = "same", "less"


@dataclass(frozen=True)
class Ended:
    """How a run ended.

    Attributes
    ----------
    outcome : str
        `SAME` (the undisturbed results), `LESS` (results that differ, which the run says), or the name of the error.
    text : str
        What was printed, or the error's message.
    seconds : float
    digest : Digest
        The results; empty after an error.
    """

    outcome: str
    text: str
    seconds: float
    digest: Digest


def attempt(stage: Stage, folder: Path, undisturbed: Digest) -> Ended:
    """Run a stage to its outcome; anything but an error of ours is a failure of the test."""
    printed = io.StringIO()
    begun = time.monotonic()
    try:
        with contextlib.redirect_stdout(printed):
            digest = stage.run(folder)
    except ChipAtlasError as error:
        return Ended(type(error).__name__.removesuffix("Error"), str(error), time.monotonic() - begun, {})
    outcome = SAME if digest == undisturbed else LESS
    return Ended(outcome, printed.getvalue(), time.monotonic() - begun, digest)


@contextlib.contextmanager
def faults(atlas: Atlas, stage: Stage, name: str, times: int | None) -> Iterator[None]:
    """A fault at the route of a stage, and those beside it; off again afterwards."""
    for route, beside in stage.beside:
        atlas.fault(route, beside)
    atlas.fault(stage.route, name, times)
    try:
        yield
    finally:
        atlas.faults.clear()


def jobs_started(atlas: Atlas) -> int:
    """Jobs since the service began: the serial number of the latest."""
    return int(atlas.jobs[-1].id.rpartition("-")[2]) if atlas.jobs else 0


def leftovers(folder: Path) -> list[str]:
    """Names under a folder that a run which failed may not leave: all but a whole ``job.json`` and its folders."""
    found = sorted(folder.rglob("*")) if folder.exists() else []
    for path in found:
        if path.name == "job.json":
            json.loads(path.read_text("utf-8"))
    kept = {place for path in found if path.name == "job.json" for place in (path, *path.parents)}
    return [str(path.relative_to(folder)) for path in found if path not in kept]


@cache
def expected() -> dict[tuple[str, str], tuple[str, str]]:
    """(fault, stage) -> the outcomes when it strikes once, and when it always does."""
    with EXPECTED.open(newline="") as stream:
        return {
            (row["fault"], stage.name): (cell[0], cell[-1])
            for row in csv.DictReader(stream)
            for stage in STAGES
            if (cell := row[stage.name].split(" / ")) != ["-"]
        }


def possible() -> list[tuple[str, Stage]]:
    """Every fault at every stage whose route it can strike."""
    return [(name, stage) for name, fault in FAULTS.items() for stage in STAGES if stage.route in fault.routes]

"""The table of the benchmarks: a step beside its baseline, what was wanted, and the machine."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks.measure import Measured
from scripts.common.console import say
from scripts.common.provenance import versions

#: A megabyte, the smaller of the two that go by the name: the stricter measure.
MB = 1e6
#: Growth of time and memory for four times the regions.
LINEAR = 4.5
_LOAD = os.getloadavg()


@dataclass(frozen=True)
class Pair:
    """The best of several runs of a step, and of its baseline where it has one."""

    ours: Measured
    plain: Measured | None = None

    @property
    def baseline(self) -> Measured:
        """The baseline's run, which must be there."""
        if self.plain is None:
            raise LookupError("this step has no baseline")
        return self.plain

    @property
    def gain(self) -> float:
        """How many times as long the baseline takes, by the clock that flatters less; 0 without one."""
        return min(self.faster("wall"), self.faster("cpu"))

    def faster(self, clock: str) -> float:
        """How many times as long the baseline takes by one clock; 0 without one."""
        return seconds(self.plain, clock) / seconds(self.ours, clock) if self.plain else 0.0


def seconds(run: Measured, clock: str = "wall") -> float:
    """Seconds of a run: of the part that a step timed itself, where it did, else of the whole."""
    inside = {"wall": "seconds", "cpu": "processor"}[clock]
    return float(run.told.get(inside, getattr(run, clock)))


class Table:
    """The lines of the report."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, ...]] = []
        self.unmet: list[str] = []

    def add(self, work: str, pair: Pair, wanted: str, met: bool) -> None:
        """One step beside its baseline."""
        ours, plain = pair.ours, pair.plain
        self._line(
            work,
            f"{seconds(ours):.2f} s",
            f"{seconds(plain):.1f} s" if plain else "",
            f"{pair.faster('wall'):.1f}x ({pair.faster('cpu'):.1f}x)" if plain else "",
            f"{ours.peak / MB:.0f} MB",
            wanted,
            met,
        )

    def _line(self, *cells: object) -> None:
        *texts, met = cells
        if not met:
            self.unmet.append(str(texts[0]))
        self.rows.append((*map(str, texts), "yes" if met else "**no**"))
        say("  " + " | ".join(self.rows[-1]))

    def growth(self, work: str, small: Measured, large: Measured) -> None:
        """The same step on a quarter of the regions and on all of them."""
        time = seconds(large, "cpu") / seconds(small, "cpu")
        memory = large.peak / small.peak
        self._line(
            f"4 x the regions: {work}",
            f"{seconds(small):.2f} -> {seconds(large):.2f} s",
            "",
            f"processor time x {time:.1f}",
            f"x {memory:.1f}",
            f"<= {LINEAR} x",
            max(time, memory) <= LINEAR,
        )

    def compared(self, work: str, found: str, wanted: str, met: bool) -> None:
        """What is no matter of time."""
        self._line(work, found, "", "", "", wanted, met)

    def markdown(self) -> str:
        """As a Markdown table."""
        header = ("work", "ours", "baseline", "faster: wall (processor)", "peak memory", "wanted", "met")
        lines = [header, ("---",) * len(header), *self.rows]
        return "\n".join("| " + " | ".join(row) + " |" for row in lines)


def machine() -> str:
    """This machine, and what ran on it."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    memory = Path("/proc/meminfo").read_text().split()[1]
    cores = len(os.sched_getaffinity(0))
    packages = ", ".join(
        f"{name} {versions()[name]}" for name in ("pandas", "numpy", "matplotlib", "plotnine", "scipy")
    )
    return (
        f"{date.today()}, {cores} cores of {model}, {int(memory) / 1e6:.0f} GB, {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}, {packages}. "
        f"Load when it began (processes wanting a core): {_LOAD[0]:.1f}."
    )

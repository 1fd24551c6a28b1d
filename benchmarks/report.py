"""The table of the benchmarks: a step beside its peers, which of them is fastest, what was wanted, and the machine."""

from __future__ import annotations

import itertools
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from benchmarks.measure import Measured
from scripts.common.console import say
from scripts.common.provenance import versions

#: A megabyte, the smaller of the two that go by the name: the stricter measure.
MB = 1e6
#: Growth of time and memory for four times the input.
LINEAR = 4.5
_HEADER = ("work", "ours", "peers", "fastest", "wanted", "met")
_LOAD = os.getloadavg()


@dataclass(frozen=True)
class Beside:
    """The best of several runs of a step, and of each peer by its name."""

    ours: Measured
    peers: Mapping[str, Measured] = field(default_factory=dict)

    def gain(self, peer: str) -> float:
        """How many times as long a peer takes, by the clock that flatters less; 0 where it is not on this machine."""
        if peer not in self.peers:
            return 0.0
        return min(seconds(self.peers[peer], clock) / seconds(self.ours, clock) for clock in ("wall", "cpu"))

    def fastest(self) -> str:
        """Who needs least time on the wall; nothing where there is nobody to compare with."""
        if not self.peers:
            return ""
        best = min(self.peers, key=lambda name: seconds(self.peers[name]))
        times = seconds(self.peers[best]) / seconds(self.ours)
        return f"ours, {times:.1f}x before {best}" if times >= 1 else f"**{best}**, {1 / times:.1f}x before ours"


def seconds(run: Measured, clock: str = "wall") -> float:
    """Seconds of a run: of the part that a step timed itself, where it did, else of the whole."""
    inside = {"wall": "seconds", "cpu": "processor"}[clock]
    return float(run.told.get(inside, getattr(run, clock)))


def shown(run: Measured) -> str:
    """Seconds on the wall, of processors in parentheses, and peak memory."""
    return f"{seconds(run):.2f} s ({seconds(run, 'cpu'):.2f}), {run.peak / MB:,.0f} MB"


class Table:
    """The lines of the report."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, ...]] = []
        self.unmet: list[str] = []

    def add(self, work: str, beside: Beside, wanted: str, met: bool) -> None:
        """One step beside its peers."""
        peers = "; ".join(f"{run.told.get('version', name)}: {shown(run)}" for name, run in beside.peers.items())
        self._line((work, shown(beside.ours), peers, beside.fastest(), wanted), met)

    def growth(self, work: str, runs: Sequence[Measured]) -> None:
        """The same step on a sixteenth, a quarter and the whole: none may grow faster than the input by much."""
        pairs = list(itertools.pairwise(runs))
        time = [seconds(large, "cpu") / seconds(small, "cpu") for small, large in pairs]
        memory = [large.peak / small.peak for small, large in pairs]
        found = " -> ".join(f"{seconds(run):.2f}" for run in runs)
        factors = [" x ".join(f"{factor:.1f}" for factor in factors) for factors in (time, memory)]
        told = f"{found} s: processor time x {factors[0]}, memory x {factors[1]}"
        self._line(
            (f"1, 4, 16 x the input: {work}", told, "", "", f"<= {LINEAR} x each"),
            max(*time, *memory) <= LINEAR,
        )

    def compared(self, work: str, found: str, wanted: str, met: bool) -> None:
        """What is no matter of time."""
        self._line((work, found, "", "", wanted), met)

    def _line(self, cells: tuple[str, ...], met: bool) -> None:
        if not met:
            self.unmet.append(cells[0])
        self.rows.append((*cells, "yes" if met else "**no**"))
        say("  " + " | ".join(self.rows[-1]))

    def markdown(self) -> str:
        """As a Markdown table."""
        lines = [_HEADER, ("---",) * len(_HEADER), *self.rows]
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

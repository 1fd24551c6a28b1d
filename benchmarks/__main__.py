"""Make the inputs, run every step and its baseline, print the table: ``python -m benchmarks [--write] [--small]``."""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from benchmarks import baselines
from benchmarks.inputs import EXPERIMENTS, GENES, result_bed, target_table
from benchmarks.measure import Measured, measured
from benchmarks.server import serving
from scripts.shared.console import say
from scripts.shared.provenance import versions

README = Path(__file__).with_name("README.md")
_BEGIN, _END = "<!-- results -->", "<!-- end of results -->"
_MB = 1e6
#: Runs of each step and baseline, one after the other by turns; the best of each counts.
ROUNDS = 2
#: Growth of time and memory for four times the regions.
LINEAR = 4.5


@dataclass(frozen=True)
class Pair:
    """The best of several runs of a step, and of its baseline where it has one."""

    ours: Measured
    plain: Measured | None = None

    @property
    def gain(self) -> float:
        """How many times as long the baseline takes, by the clock that flatters less; 0 without one."""
        return min(self.faster("wall"), self.faster("cpu"))

    def faster(self, clock: str) -> float:
        """How many times as long the baseline takes by one clock; 0 without one."""
        return _seconds(self.plain, clock) / _seconds(self.ours, clock) if self.plain else 0.0


def _seconds(run: Measured, clock: str = "wall") -> float:
    """Seconds of a run: of the part that a step timed itself, where it did, else of the whole."""
    inside = {"wall": "seconds", "cpu": "processor"}[clock]
    return float(run.told.get(inside, getattr(run, clock)))


Run = Callable[[str], Measured]


def by_turns(run: Run, step: str, plain: str | None = None, rounds: int = ROUNDS) -> Pair:
    """Run a step and its baseline by turns and as often, so that both meet the same company on the machine."""
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(run(step))
        if plain:
            theirs.append(run(plain))
    return Pair(min(ours, key=_seconds), min(theirs, key=_seconds) if theirs else None)


class Table:
    """The lines of the report."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, ...]] = []

    def add(self, work: str, pair: Pair, wanted: str, met: bool) -> None:
        """One step beside its baseline."""
        ours, plain = pair.ours, pair.plain
        self._line(
            work,
            f"{_seconds(ours):.2f} s",
            f"{_seconds(plain):.1f} s" if plain else "",
            f"{pair.faster('wall'):.1f}x ({pair.faster('cpu'):.1f}x)" if plain else "",
            f"{ours.peak / _MB:.0f} MB",
            wanted,
            met,
        )

    def _line(self, *cells: object) -> None:
        *texts, met = cells
        self.rows.append((*map(str, texts), "yes" if met else "**no**"))
        say("  " + " | ".join(self.rows[-1]))

    def growth(self, work: str, small: Measured, large: Measured) -> None:
        """The same step on a quarter of the regions and on all of them."""
        time = _seconds(large, "cpu") / _seconds(small, "cpu")
        memory = large.peak / small.peak
        self._line(
            f"4 x the regions: {work}",
            f"{_seconds(small):.2f} -> {_seconds(large):.2f} s",
            "",
            f"processor time x {time:.1f}",
            f"x {memory:.1f}",
            f"<= {LINEAR} x",
            max(time, memory) <= LINEAR,
        )

    def markdown(self) -> str:
        """As a Markdown table."""
        header = ("work", "ours", "baseline", "faster: wall (processor)", "peak memory", "wanted", "met")
        lines = [header, ("---",) * len(header), *self.rows]
        return "\n".join("| " + " | ".join(row) + " |" for row in lines)


def run_all(folder: Path, small: bool) -> Table:
    """Every step and baseline."""
    scale = 10 if small else 1
    table = Table()
    _targets(table, folder, GENES // scale)
    _regions(table, folder, 300_000 // scale)
    _edger(table, folder, 50_000 // scale)
    _imports(table, folder)
    return table


def _targets(table: Table, folder: Path, genes: int) -> None:
    path = target_table(folder / "TP53.5.tsv", genes)
    size = f"{genes:,} x {EXPERIMENTS:,} ({path.stat().st_size / _MB:.0f} MB)"
    with serving(path) as url:
        environment = {"CHIPATLAS_DATA_URL": f"{url}/data", "CHIPATLAS_SITE_URL": url}

        def run(step: str) -> Measured:
            kind, _, cache = step.partition("@")
            with tempfile.TemporaryDirectory(dir=folder) as empty:
                kept = folder / "cache" if cache else Path(empty)
                return measured(kind, folder, {**environment, "CHIPATLAS_CACHE_DIR": str(kept)})

        fresh = by_turns(run, "steps:targets", "baselines:targets")
        run("steps:targets@kept")
        again = by_turns(run, "steps:targets@kept", None)
    plain = fresh.plain
    _require(plain is not None and abs(plain.told["checksum"] / fresh.ours.told["checksum"] - 1) < 1e-9, "summaries")
    _require(plain is not None and plain.told["groups"] == fresh.ours.told["groups"], "co-located groups")
    _require(not fresh.ours.told["from_cache"] and again.ours.told["from_cache"], "the cache")
    good = fresh.gain >= 6 and fresh.ours.peak <= 300 * 1024**2
    table.add(f"targets {size}: download, parse, summarise", fresh, ">= 6x, <= 300 MiB", good)
    cached = Pair(again.ours, plain)
    table.add("the same from the cache", cached, ">= 20x", cached.gain >= 20)
    ours = again.ours
    alone = Measured(ours.told["colocation"], ours.told["colocation"], ours.peak, {})
    table.add(f"co-location over {genes:,} genes", Pair(alone), "< 0.5 s", alone.wall < 0.5)


def _regions(table: Table, folder: Path, regions: int) -> None:
    for name, count in (("quarter", regions // 4), ("whole", regions)):
        result_bed(folder / f"{name}.bed", count)

    smaller: dict[str, list[Measured]] = {}

    def run(step: str) -> Measured:
        """On all regions, and a step of the package on a quarter of them right before."""
        if step.startswith("steps:"):
            smaller.setdefault(step, []).append(measured(step, folder, {}, "quarter"))
        return measured(step, folder, {}, "whole")

    parsed = by_turns(run, "steps:regions", "baselines:regions")
    _require(parsed.plain is not None and parsed.plain.told["significant"] == parsed.ours.told["significant"], "calls")
    good = parsed.gain >= 4 and parsed.ours.peak <= 500 * 1024**2
    table.add(f"regions {regions:,} x 16: parse, filter, check", parsed, ">= 4x, <= 500 MiB", good)
    drawn = by_turns(run, "steps:plots", "baselines:plots")
    svg = drawn.ours.told["largest_svg"]
    good = drawn.gain >= 10 and svg <= 2 * _MB
    table.add(
        f"six plots of {regions:,} regions, PNG and SVG (largest SVG {svg / _MB:.1f} MB; of the baseline's four "
        f"{drawn.plain.told['largest_svg'] / _MB if drawn.plain else 0:.0f} MB)",
        drawn,
        ">= 10x, SVG <= 2 MB",
        good,
    )
    written = by_turns(run, "steps:export", "baselines:export", rounds=5)
    table.add(f"export of {regions:,} regions", written, "< 6 s", _seconds(written.ours) < 6)
    for step, pair in (("regions", parsed), ("plots", drawn), ("export", written)):
        table.growth(step, min(smaller[f"steps:{step}"], key=_seconds), pair.ours)


def _edger(table: Table, folder: Path, regions: int) -> None:
    plain = "baselines:edger" if baselines.has_edger() else None
    pair = by_turns(lambda step: measured(step, folder, {}, str(regions)), "steps:edger", plain)
    work = f"counts {regions:,} x 16 to tested regions"
    if pair.plain:
        ours, theirs = (pd.read_csv(folder / f"{name}.csv", index_col=0) for name in ("ours", "theirs"))
        _require(list(ours.index) == list(theirs.index), "regions kept")
        apart = max(_apart(ours["logFC"], theirs["logFC"]), _apart(ours["pvalue"], theirs["PValue"]))
        _require(apart < 1e-6, f"numbers equal to edgeR's (they differ by {apart:.1g})")
        work += f" ({pair.plain.told['version']}; equal to {apart:.0e})"
    good = pair.gain >= 2 and pair.ours.peak < 1e9
    table.add(work, pair, ">= 2x R's edgeR, < 1 GB", good)


def _apart(ours: pd.Series, theirs: pd.Series) -> float:
    """Largest relative difference; p-values below 1e-300 are compared as that."""
    return float(((ours - theirs).abs() / theirs.abs().clip(lower=1e-300)).max())


def _imports(table: Table, folder: Path) -> None:
    for module, most in (("scripts.load_example_data", 0.15), ("scripts.run_diff_workflow", 0.6)):
        pair = by_turns(lambda step, module=module: measured(step, folder, {}, module), "doors:door", rounds=5)
        table.add(f"`import {module}`", pair, f"<= {most} s", pair.ours.wall <= most)


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise RuntimeError(f"Step and baseline do not agree: {what}. The times mean nothing.")


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


_LOAD = os.getloadavg()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run, print, and on request write the table into the README beside this file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the table into benchmarks/README.md")
    parser.add_argument("--small", action="store_true", help="a tenth of the size: whether everything runs at all")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        table = run_all(Path(folder), options.small)
    text = f"{table.markdown()}\n\n{machine()}"
    say(f"\n{text}")
    if options.write and not options.small:
        before, _, rest = README.read_text("utf-8").partition(_BEGIN)
        README.write_text(f"{before}{_BEGIN}\n\n{text}\n\n{_END}{rest.partition(_END)[2]}", "utf-8")


if __name__ == "__main__":
    main()

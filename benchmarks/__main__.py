"""Make the inputs, run every step and its baseline, print the table: ``python -m benchmarks [--write] [--small]``."""

from __future__ import annotations

import argparse
import filecmp
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from benchmarks import baselines
from benchmarks.inputs import EXPERIMENTS, GENES, result_bed, target_table
from benchmarks.measure import Measured, measured
from benchmarks.report import MB, Pair, Table, machine, seconds
from benchmarks.server import serving
from scripts.common.console import say

README = Path(__file__).with_name("README.md")
_BEGIN, _END = "<!-- results -->", "<!-- end of results -->"
#: Runs of each step and baseline, one after the other by turns; the best of each counts. Short ones are run more often.
ROUNDS, MORE_ROUNDS = 2, 5
#: What sizes are divided by, to see whether everything runs at all.
SMALL = 10
#: Tables of an export that pandas writes too.
_CSVS = ("all", "unfiltered", "significant", "merged")

Run = Callable[[str], Measured]


@dataclass
class Bench:
    """One run of all steps and baselines in a folder of its own."""

    folder: Path
    small: bool
    table: Table = field(default_factory=Table)

    def run_all(self) -> Table:
        """Every step and baseline."""
        scale = SMALL if self.small else 1
        self.targets(GENES // scale)
        self.regions(300_000 // scale)
        self.edger(50_000 // scale)
        self.dmrs(60_000 // scale)
        self.imports()
        return self.table

    def by_turns(self, run: Run, step: str, plain: str | None = None, rounds: int = ROUNDS) -> Pair:
        """Run a step and its baseline by turns and as often, so that both meet the same company on the machine."""
        ours, theirs = [], []
        for _ in range(1 if self.small else rounds):
            ours.append(run(step))
            if plain:
                theirs.append(run(plain))
        return Pair(min(ours, key=seconds), min(theirs, key=seconds) if theirs else None)

    def measured(self, step: str, *arguments: str, **environment: str) -> Measured:
        """Run a step in this run's folder."""
        return measured(step, self.folder, environment, *arguments)

    def targets(self, genes: int) -> None:
        """A Target Genes table: downloaded, and from the cache."""
        path = target_table(self.folder / "TP53.5.tsv", genes)
        with serving(path) as url:

            def run(step: str) -> Measured:
                kind, _, cache = step.partition("@")
                with tempfile.TemporaryDirectory(dir=self.folder) as empty:
                    kept = str(self.folder / "cache") if cache else empty
                    hosts = {"CHIPATLAS_DATA_URL": f"{url}/data", "CHIPATLAS_SITE_URL": url}
                    return self.measured(kind, **hosts, CHIPATLAS_CACHE_DIR=kept)

            fresh = self.by_turns(run, "steps:targets", "baselines:targets")
            run("steps:targets@kept")
            again = self.by_turns(run, "steps:targets@kept", rounds=MORE_ROUNDS)
        ours, plain = fresh.ours.told, fresh.baseline.told
        _require(abs(plain["checksum"] / ours["checksum"] - 1) < 1e-9, "summaries")
        _require(plain["groups"] == ours["groups"], "co-located groups")
        _require(not ours["from_cache"] and again.ours.told["from_cache"], "the cache")
        size = f"{genes:,} x {EXPERIMENTS:,} ({path.stat().st_size / MB:.0f} MB)"
        good = fresh.gain >= 6 and fresh.ours.peak <= 300 * MB
        self.table.add(f"targets {size}: download, parse, summarise", fresh, ">= 6x, <= 300 MB", good)
        cached = Pair(again.ours, fresh.plain)
        self.table.add("the same from the cache", cached, ">= 20x", cached.gain >= 20)
        taken = again.ours.told["colocation"]
        alone = Pair(Measured(taken, taken, again.ours.peak, {}))
        self.table.add(f"co-location over {genes:,} genes", alone, "< 0.5 s", taken < 0.5)

    def regions(self, regions: int) -> None:
        """A result of many regions: read and checked, drawn, exported; and how each grows."""
        for name, count in (("quarter", regions // 4), ("whole", regions)):
            result_bed(self.folder / f"{name}.bed", count)
        smaller: dict[str, list[Measured]] = {}

        def run(step: str) -> Measured:
            """On all regions, and a step of the package on a quarter of them right before."""
            if step.startswith("steps:"):
                smaller.setdefault(step, []).append(self.measured(step, "quarter"))
            return self.measured(step, "whole")

        parsed = self.by_turns(run, "steps:regions", "baselines:regions")
        _require(parsed.baseline.told["significant"] == parsed.ours.told["significant"], "calls")
        good = parsed.gain >= 4 and parsed.ours.peak <= 500 * MB
        self.table.add(f"regions {regions:,} x 16: parse, filter, check", parsed, ">= 4x, <= 500 MB", good)
        drawn = self.by_turns(run, "steps:plots", "baselines:plots")
        svg, plain_svg = (pair.told["largest_svg"] / MB for pair in (drawn.ours, drawn.baseline))
        self.table.add(
            f"six plots of {regions:,} regions, PNG and SVG (largest SVG {svg:.1f} MB; of the baseline's four "
            f"{plain_svg:.0f} MB)",
            drawn,
            ">= 10x, SVG <= 2 MB",
            drawn.gain >= 10 and svg <= 2,
        )
        compared = self.measured("steps:pixels", "whole").told
        self.table.compared(
            "volcano and MA plot, beside the same with every point drawn (300 dpi)",
            f"{compared['differ']:,} of {compared['painted']:,} painted pixels differ",
            "0",
            compared["differ"] == 0,
        )
        written = self.by_turns(run, "steps:export", "baselines:export", rounds=MORE_ROUNDS)
        for name in _CSVS:
            ours, theirs = self.folder / f"whole-export/diff_regions_{name}.csv", self.folder / f"plain-{name}.csv"
            _require(filecmp.cmp(ours, theirs, shallow=False), f"diff_regions_{name}.csv")
        work = f"export of {regions:,} regions (CSVs as pandas', byte for byte)"
        self.table.add(work, written, "< 6 s", seconds(written.ours) < 6)
        for name, pair in (("regions", parsed), ("plots", drawn), ("export", written)):
            self.table.growth(name, min(smaller[f"steps:{name}"], key=seconds), pair.ours)

    def edger(self, regions: int) -> None:
        """Counts to tested regions, beside R's edgeR where that is installed."""
        plain = "baselines:edger" if baselines.has_edger() else None
        quarter = self.by_turns(lambda step: self.measured(step, str(regions // 4)), "steps:edger")
        pair = self.by_turns(lambda step: self.measured(step, str(regions)), "steps:edger", plain)
        work = f"counts {regions:,} x 16 to tested regions"
        if plain:
            ours, theirs = (pd.read_csv(self.folder / f"{name}.csv", index_col=0) for name in ("ours", "theirs"))
            _require(list(ours.index) == list(theirs.index), "regions kept")
            apart = max(_apart(ours["logFC"], theirs["logFC"]), _apart(ours["pvalue"], theirs["PValue"]))
            _require(apart < 1e-6, f"numbers equal to edgeR's (they differ by {apart:.1g})")
            work += f" ({pair.baseline.told['version']}; equal to {apart:.0e})"
        wanted = ">= 2x R's edgeR" if plain else ">= 2x R's edgeR, which is not on this machine"
        self.table.add(work, pair, wanted, pair.gain >= 2)
        self.table.growth("counts to tested regions", quarter.ours, pair.ours)

    def dmrs(self, cpgs: int) -> None:
        """CpGs to regions. numba is there for speed alone: the baseline is the same code without it."""

        def run(how: str) -> Measured:
            return self.measured("steps:dmrs", str(cpgs), NUMBA_DISABLE_JIT="1" if how == "plain" else "0")

        pair = self.by_turns(run, "compiled", "plain")
        _require(pair.baseline.told["found"] == pair.ours.told["found"], "DMRs")
        work = f"{cpgs:,} CpGs x 8 to DMRs: compiled by numba (which counts), and not"
        self.table.add(work, pair, "> 1x", pair.gain > 1)

    def imports(self) -> None:
        """Importing the entry points of the first two steps."""
        for module, most in (("scripts.load_example_data", 0.15), ("scripts.run_diff_workflow", 0.6)):
            pair = self.by_turns(
                lambda step, module=module: self.measured(step, module), "entry_points:entry_point", rounds=MORE_ROUNDS
            )
            self.table.add(f"`import {module}`", pair, f"<= {most} s", pair.ours.wall <= most)


def _apart(ours: pd.Series, theirs: pd.Series) -> float:
    """Largest relative difference; p-values below 1e-300 are compared as that."""
    return float(((ours - theirs).abs() / theirs.abs().clip(lower=1e-300)).max())


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise RuntimeError(f"Step and baseline do not agree: {what}. The times mean nothing.")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run, print, and on request write the table into the README beside this file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the table into benchmarks/README.md")
    parser.add_argument("--small", action="store_true", help="a tenth of the size: whether everything runs at all")
    options = parser.parse_args(arguments)
    if options.write and options.small:
        parser.error("--small measures nothing that is worth keeping; give one of the two.")
    with tempfile.TemporaryDirectory() as folder:
        table = Bench(Path(folder), options.small).run_all()
    text = f"{table.markdown()}\n\n{machine()}"
    say(f"\n{text}")
    if options.small:
        say("\nOf a tenth of the size; what is wanted holds for the whole.")
    if options.write:
        before, _, rest = README.read_text("utf-8").partition(_BEGIN)
        README.write_text(f"{before}{_BEGIN}\n\n{text}\n\n{_END}{rest.partition(_END)[2]}", "utf-8")
    if table.unmet and not options.small:
        raise SystemExit(f"Not met: {'; '.join(table.unmet)}")


if __name__ == "__main__":
    main()

"""Make the inputs, run every step and its peers, print the table: ``python -m benchmarks [--write] [--small]``."""

from __future__ import annotations

import argparse
import filecmp
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from benchmarks import baselines
from benchmarks.inputs import EXPERIMENTS, GENES, result_bed, target_table
from benchmarks.measure import Measured, measured
from benchmarks.report import MB, Beside, Table, machine, seconds
from benchmarks.server import serving
from scripts.common.compiled.loops import FOLDER as COMPILED
from scripts.common.console import say

README = Path(__file__).with_name("README.md")
_BEGIN, _END = "<!-- results -->", "<!-- end of results -->"
#: Runs of each step and peer, one after the other by turns; the best of each counts. Short ones are run more often.
ROUNDS, MORE_ROUNDS = 2, 3
#: What sizes are divided by, to see whether everything runs at all.
SMALL = 40
#: The interpreter that has the peers' libraries; without one those peers are left out.
PEERS = os.environ.get("BENCH_PEERS", "")
#: How much sooner counts must be tested regions than by R's edgeR and by edgepython.
_TIMES_R, _TIMES_PORT = 10, 5
#: Tables of an export that pandas writes too.
_CSVS = ("all", "unfiltered", "significant", "merged")

Run = Callable[[], Measured]


@dataclass
class Bench:
    """One run of all steps and peers in a folder of its own."""

    folder: Path
    small: bool
    table: Table = field(default_factory=Table)

    def run_all(self) -> Table:
        """Every step and its peers."""
        scale = SMALL if self.small else 1
        self.targets(GENES // scale)
        self.regions(300_000 // scale)
        self.edger(50_000 // scale)
        self.dmrs(60_000 // scale)
        self.imports()
        return self.table

    def by_turns(self, ours: Run, peers: dict[str, Run] | None = None, rounds: int = ROUNDS) -> Beside:
        """Run a step and its peers by turns and as often, so that all meet the same company on the machine."""
        runs: dict[str, list[Measured]] = {"": []}
        for _ in range(1 if self.small else rounds):
            for name, run in {"": ours, **(peers or {})}.items():
                runs.setdefault(name, []).append(run())
        best = {name: min(many, key=seconds) for name, many in runs.items()}
        return Beside(best.pop(""), best)

    def step(self, name: str, *arguments: str, **environment: str) -> Run:
        """One run of a step of the package, by a cache that is this run's own."""
        own = {"CHIPATLAS_CACHE_DIR": str(self.folder / "cache"), **environment}
        return lambda: measured(f"steps:{name}", self.folder, own, *arguments)

    def plain(self, name: str, *arguments: str) -> Run:
        """One run of a baseline that needs no library beyond the package's own."""
        return lambda: measured(f"baselines:{name}", self.folder, {}, *arguments)

    def peers(self, name: str, libraries: Sequence[str], *arguments: str, **environment: str) -> dict[str, Run]:
        """One run of the same work by each of some libraries."""

        def run(library: str) -> Run:
            return lambda: measured(f"peers:{name}", self.folder, environment, library, *arguments, python=PEERS)

        return {library: run(library) for library in libraries} if PEERS else {}

    def targets(self, genes: int) -> None:
        """A Target Genes table: read from disk, downloaded, and from the cache; how reading grows."""
        path = target_table(self.folder / "TP53.5.tsv", genes // 16)
        self.step("table")()  # compiles the loop, which is kept
        sizes = []
        for part in (16, 4):
            target_table(path, genes // part)
            sizes.append(self.by_turns(self.step("table")).ours)
        target_table(path, genes)
        size = f"{genes:,} x {EXPERIMENTS:,} ({path.stat().st_size / MB:.0f} MB)"
        libraries = ("polars", "polars in blocks", "pyarrow", "pandas", "numpy")
        read = self.by_turns(self.step("table"), self.peers("table", libraries))
        for name, peer in read.peers.items():
            _require(peer.told["checksum"] == read.ours.told["checksum"], f"scores that {name} reads")
        good = read.ours.peak <= 300 * MB and (not read.peers or read.gain("polars") >= 2)
        self.table.add(f"target table {size}, read from disk", read, ">= 2x polars, <= 300 MB", good)
        self.table.growth("target table read", [*sizes, read.ours])
        with serving(path) as url:
            self._downloaded(size, {"CHIPATLAS_DATA_URL": f"{url}/data", "CHIPATLAS_SITE_URL": url})

    def _downloaded(self, size: str, hosts: dict[str, str]) -> None:
        """From a server on this machine into an empty cache, and from the cache."""

        def fresh() -> Measured:
            with tempfile.TemporaryDirectory(dir=self.folder) as empty:
                Path(empty, COMPILED).symlink_to(self.folder / "cache" / COMPILED)
                return self.step("targets", **hosts, CHIPATLAS_CACHE_DIR=empty)()

        peers = self.peers("targets", ("polars", "pandas"), **hosts)
        first = self.by_turns(fresh, peers)
        kept = self.step("targets", **hosts)
        kept()
        again = self.by_turns(kept, rounds=MORE_ROUNDS).ours
        for peer in first.peers.values():
            _require(abs(peer.told["checksum"] / first.ours.told["checksum"] - 1) < 1e-9, "summaries")
            _require(peer.told["groups"] == first.ours.told["groups"], "co-located groups")
        _require(not first.ours.told["from_cache"] and again.told["from_cache"], "the cache")
        good = first.ours.peak <= 300 * MB and (not first.peers or first.gain("polars") >= 1)
        work = f"target table {size}: download, check, parse, summarise, keep"
        self.table.add(work, first, ">= 1x polars, <= 300 MB", good)
        self.table.add("the same from the cache", Beside(again, first.peers), "<= 0.3 s", seconds(again) <= 0.3)
        colocation = again.told["colocation"]
        alone = Beside(Measured(again.wall, again.cpu, again.peak, colocation))
        self.table.add("co-location over its genes", alone, "< 0.5 s", colocation["seconds"] < 0.5)

    def regions(self, regions: int) -> None:
        """A result of many regions: read and checked, drawn, exported; and how each grows."""
        for name, part in (("sixteenth", 16), ("quarter", 4), ("whole", 1)):
            result_bed(self.folder / f"{name}.bed", regions // part)
        self._parsed(regions)
        self._drawn(regions)
        self._exported(regions)

    def _grown(self, step: str, whole: Measured) -> None:
        """The same step on a sixteenth and a quarter, beside the whole."""
        smaller = [self.by_turns(self.step(step, name)).ours for name in ("sixteenth", "quarter")]
        self.table.growth(step, [*smaller, whole])

    def _parsed(self, regions: int) -> None:
        parsed = self.by_turns(self.step("regions", "whole"), self.peers("regions", ("polars", "pandas"), "whole"))
        for name, peer in parsed.peers.items():
            _require(peer.told["significant"] == parsed.ours.told["significant"], f"calls of {name}")
        good = parsed.ours.peak <= 500 * MB and (not parsed.peers or parsed.gain("pandas") >= 1)
        work = f"regions {regions:,} x 16: parse, filter (the peers stop here), match counts, all checks"
        self.table.add(work, parsed, ">= 1x pandas, <= 500 MB", good)
        self._grown("regions", parsed.ours)

    def _drawn(self, regions: int) -> None:
        peers = {"plotnine": self.plain("plots", "whole"), **self.peers("plots", ("matplotlib",), "whole")}
        drawn = self.by_turns(self.step("plots", "whole"), peers)
        svg = drawn.ours.told["largest_svg"] / MB
        plain = drawn.peers["plotnine"].told["largest_svg"] / MB
        self.table.add(
            f"six plots of {regions:,} regions, PNG and SVG (peers: four; largest SVG {svg:.1f} MB, plotnine's "
            f"{plain:.0f} MB)",
            drawn,
            ">= 10x plotnine, SVG <= 2 MB",
            drawn.gain("plotnine") >= 10 and svg <= 2,
        )
        compared = self.step("pixels", "whole")().told
        self.table.compared(
            "volcano and MA plot, beside the same with every point drawn (300 dpi)",
            f"{compared['differ']:,} of {compared['painted']:,} painted pixels differ",
            "0",
            compared["differ"] == 0,
        )
        self._grown("plots", drawn.ours)

    def _exported(self, regions: int) -> None:
        plain = {"pandas": self.plain("export", "whole")}
        written = self.by_turns(self.step("export", "whole"), plain, rounds=MORE_ROUNDS)
        good = seconds(written.ours) < 6 and written.ours.peak <= 400 * MB
        work = f"export of {regions:,} regions: four tables, pickle; ours with report and manifest"
        self.table.add(work, written, "< 6 s, <= 400 MB", good)
        self._grown("export", written.ours)
        others = {"pandas": self.plain("tables", "whole"), **self.peers("tables", ("polars", "pyarrow"))}
        alone = self.by_turns(self.step("tables", "whole"), others, rounds=MORE_ROUNDS)
        for name in _CSVS:
            ours, theirs = self.folder / f"ours-{name}.csv", self.folder / f"plain-{name}.csv"
            _require(filecmp.cmp(ours, theirs, shallow=False), f"{theirs.name}, byte for byte")
        good = alone.gain("pandas") >= 4 and alone.ours.peak <= 400 * MB
        work = "the CSV files of that export alone (as pandas', byte for byte; the others write in their own spelling)"
        self.table.add(work, alone, ">= 4x pandas, <= 400 MB", good)

    def edger(self, regions: int) -> None:
        """Counts to tested regions, beside R's edgeR where that is installed, and beside edgepython."""
        peers = {"edgepython": self.plain("edgepython", str(regions))}
        if baselines.has_edger():
            peers["R"] = self.plain("edger", str(regions))
        self.step("edger", "500")()  # compiles the loops, which are kept
        found = self.by_turns(self.step("edger", str(regions)), peers)
        work = f"counts {regions:,} x 16 to tested regions (equal to edgepython's to {self._apart_from('ported'):.0e}"
        if "R" in peers:
            apart = self._apart_from("theirs")
            _require(apart < 1e-6, f"numbers equal to edgeR's (they differ by {apart:.1g})")
            work += f", to R's to {apart:.0e}"
        good = found.gain("edgepython") >= _TIMES_PORT and ("R" not in peers or found.gain("R") >= _TIMES_R)
        self.table.add(f"{work})", found, f">= {_TIMES_R}x R's edgeR, >= {_TIMES_PORT}x edgepython", good)
        sizes = [self.step("edger", str(10 * regions // part)) for part in (16, 4, 1)]
        self.table.growth(f"counts to {10 * regions:,} tested regions", [self.by_turns(size).ours for size in sizes])

    def _apart_from(self, baseline: str) -> float:
        """How far our numbers are from a baseline's, at most."""
        ours, theirs = (pd.read_csv(self.folder / f"{name}.csv", index_col=0) for name in ("ours", baseline))
        _require(list(ours.index) == list(theirs.index), "regions kept")
        return max(_apart(ours["logFC"], theirs["logFC"]), _apart(ours["pvalue"], theirs["PValue"]))

    def dmrs(self, cpgs: int) -> None:
        """CpGs to regions. numba is there for speed alone: the baseline is the same code without it; the best run finds
        what the first one compiled."""
        compiled = self.step("dmrs", str(cpgs))
        plain = self.step("dmrs", str(cpgs), NUMBA_DISABLE_JIT="1")
        found = self.by_turns(compiled, {"not compiled": plain})
        _require(found.peers["not compiled"].told["found"] == found.ours.told["found"], "DMRs")
        work = f"{cpgs:,} CpGs x 8 to DMRs: compiled (kept of the first run), and as plain Python"
        self.table.add(work, found, "> 1x", found.gain("not compiled") > 1)

    def imports(self) -> None:
        """Importing the entry points of the first two steps."""
        for module, most in (("scripts.load_example_data", 0.15), ("scripts.run_diff_workflow", 0.6)):

            def run(module: str = module) -> Measured:
                return measured("entry_points:entry_point", self.folder, {}, module)

            took = self.by_turns(run, rounds=MORE_ROUNDS)
            self.table.add(f"`import {module}`", took, f"<= {most} s", took.ours.wall <= most)


def _apart(ours: pd.Series, theirs: pd.Series) -> float:
    """Largest relative difference; p-values below 1e-300 are compared as that."""
    return float(((ours - theirs).abs() / theirs.abs().clip(lower=1e-300)).max())


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise RuntimeError(f"Step and peer do not agree: {what}. The times mean nothing.")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run, print, and on request write the table into the README beside this file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the table into benchmarks/README.md")
    parser.add_argument("--small", action="store_true", help="a fortieth of the size: whether everything runs at all")
    options = parser.parse_args(arguments)
    if options.write and options.small:
        parser.error("--small measures nothing that is worth keeping; give one of the two.")
    with tempfile.TemporaryDirectory() as folder:
        table = Bench(Path(folder), options.small).run_all()
    text = f"{table.markdown()}\n\n{machine()}"
    say(f"\n{text}")
    if options.small:
        say("\nOf a fortieth of the size; what is wanted holds for the whole.")
    if options.write:
        before, _, rest = README.read_text("utf-8").partition(_BEGIN)
        README.write_text(f"{before}{_BEGIN}\n\n{text}\n\n{_END}{rest.partition(_END)[2]}", "utf-8")
    if table.unmet and not options.small:
        raise SystemExit(f"Not met: {'; '.join(table.unmet)}")


if __name__ == "__main__":
    main()

"""From eight files of CpGs to regions: ``python benchmarks/bench_dmr.py [--cpgs 1250000 5000000 20000000] [--null]``.

The bedGraphs are made up (SIMULATED): CpGs in islands of 4 to 70 with 2 to 120 bases between them, on contigs of a
million, levels from 15 reads a CpG and sample. One island of 20 with at least 20 CpGs is 0.4 apart between four samples
of A and four of B (planted); with ``--null`` none is. Reading and segmenting run in one fresh process; memory is the
most that it ever held, and beside it with its worker processes (their peaks added up, sampled: an upper bound).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.common.console import verify

ROOT = Path(__file__).resolve().parents[1]
SAMPLES, READS, CONTIG = 8, 15, 1_000_000
SHORTEST, LONGEST, PLANTED_FROM = 4, 70, 20
SHIFT, SHARE = 0.4, 1 / 20


def islands(cpgs: int, null: bool) -> pd.DataFrame:
    """Contig, island, position (0-based), level of B and shift of A, of each CpG."""
    rng = np.random.default_rng(17)
    size = rng.integers(SHORTEST, LONGEST, 2 * cpgs // (SHORTEST + LONGEST) * 2 + 10)
    island = np.repeat(np.arange(len(size)), size)[:cpgs]
    step = np.where(np.diff(island, prepend=-1) > 0, 2_000, rng.integers(2, 120, cpgs))
    planted = (rng.random(len(size)) < SHARE) & (size >= PLANTED_FROM) & (not null)
    level = rng.beta(0.7, 0.7, len(size))
    shift = np.where(planted, np.where(level < 0.5, SHIFT, -SHIFT), 0.0)
    return pd.DataFrame({
        "contig": np.arange(cpgs) // CONTIG, "island": island, "start": np.cumsum(step), "level": level[island],
        "shift": shift[island],
    })  # fmt: skip


def write_sample(path: Path, sample: int, cpgs: int, null: bool) -> None:
    table = islands(cpgs, null)
    level = table["level"] + (table["shift"] if sample < SAMPLES // 2 else 0.0)
    reads = np.random.default_rng(100 + sample).binomial(READS, level.clip(0, 1))
    digits = np.array([f"{k / READS:.4f}" for k in range(READS + 1)])
    written = pd.DataFrame({
        "chrom": "chr" + (table["contig"] + 1).astype(str), "start": table["start"], "end": table["start"] + 2,
        "value": pd.Categorical.from_codes(reads, digits),
    })  # fmt: skip
    written.to_csv(path, sep="\t", header=False, index=False)


def measure(folder: Path, out: Path) -> None:
    """Read and segment, in this process."""
    from benchmarks.measure import peak_memory
    from scripts.engine import find_dmrs, read_methylation

    watch = _Workers()
    names = [f"S{sample}" for sample in range(SAMPLES)]
    begin, processor = time.perf_counter(), _processor()
    table = read_methylation({name: folder / f"{name}.bedGraph" for name in names}).table
    middle, processor_middle, peak_middle = time.perf_counter(), _processor(), peak_memory()
    found = find_dmrs(table, ["A"] * (SAMPLES // 2) + ["B"] * (SAMPLES // 2))
    told = {
        "read": middle - begin,
        "segment": time.perf_counter() - middle,
        "read_cpu": processor_middle - processor + watch.processor(),
        "segment_cpu": _processor() - processor_middle,
        "read_peak": peak_middle,
        "peak": peak_memory(),
        "with_workers": max(peak_memory(), peak_middle + watch.end()),
        "regions": len(found),
    }
    found.to_csv(out / "found.csv", index=False)
    (out / "told.json").write_text(json.dumps(told))


class _Workers(threading.Thread):
    """Watches the processes that this one starts: sum of the most memory each held, and of their processor time."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peaks: dict[int, int] = {}
        self.times: dict[int, float] = {}
        self.going = True
        self.start()

    def run(self) -> None:
        while self.going:
            for child in _descendants(os.getpid()):
                try:
                    status = Path(f"/proc/{child}/status").read_text()
                    stat = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue
                self.peaks[child] = max(
                    [1024 * int(line.split()[1]) for line in status.splitlines() if "VmHWM" in line] or [0]
                )
                self.times[child] = (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")
            time.sleep(0.1)

    def processor(self) -> float:
        return sum(self.times.values())

    def end(self) -> int:
        self.going = False
        return sum(self.peaks.values())


def _descendants(of: int) -> list[int]:
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found, new = [], [of]
    while new:
        new = [child for child, parent in parents.items() if parent in new]
        found += new
    return found


def _processor() -> float:
    times = os.times()
    return times.user + times.system


def planted_found(folder: Path, cpgs: int, null: bool) -> str:
    """How many planted islands a region at q < 0.05 covers, and how many such regions cover none."""
    table = islands(cpgs, null)
    found = pd.read_csv(folder / "found.csv")
    found = found[found["qvalue"] < 0.05]
    key = "chr" + (table["contig"] + 1).astype(str)
    place = pd.DataFrame({"chrom": key, "start": table["start"], "island": table["island"], "shift": table["shift"]})
    hit = found.merge(place, on=["chrom", "start"])
    planted = place.loc[place["shift"] != 0, "island"].unique()
    right = hit[hit["island"].isin(planted) & (np.sign(hit["shift"]) == np.sign(hit["mean_difference"]))]
    return f"planted {len(planted):,}, found {right['island'].nunique():,}, false {len(hit) - len(right):,}"


def run(cpgs: int, null: bool, repeats: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as temporary:
        folder = Path(temporary)
        with ProcessPoolExecutor(2) as pool:
            made = [
                pool.submit(write_sample, folder / f"S{sample}.bedGraph", sample, cpgs, null)
                for sample in range(SAMPLES)
            ]
            for one in made:
                one.result()
        best: dict[str, float] = {}
        for _ in range(repeats):
            command = [sys.executable, __file__, "--measure", str(folder)]
            environment = {**os.environ, "CHIPATLAS_QUIET": "1", "PYTHONPATH": str(ROOT)}
            subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
            told = json.loads((folder / "told.json").read_text())
            best = {name: min(value, best.get(name, value)) for name, value in told.items()}
        verify(
            f"- {cpgs:,} CpGs x {SAMPLES}{' without a difference' if null else ''} (SIMULATED): "
            f"reading {best['read']:.1f} s (processor {best['read_cpu']:.1f}), "
            f"segmenting {best['segment']:.1f} s (processor {best['segment_cpu']:.1f}); "
            f"memory {best['peak'] / 1e6:,.0f} MB, with workers {best['with_workers'] / 1e6:,.0f} MB; "
            f"{planted_found(folder, cpgs, null)}; load {os.getloadavg()[0]:.1f}"
        )
        return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cpgs", type=int, nargs="+", default=[1_250_000, 5_000_000, 20_000_000])
    parser.add_argument("--null", action="store_true")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--measure", type=Path)
    given = parser.parse_args()
    if given.measure:
        measure(given.measure, given.measure)
        return
    runs = [run(cpgs, given.null, given.repeats) for cpgs in given.cpgs]
    for one, other, few, many in zip(runs, runs[1:], given.cpgs, given.cpgs[1:], strict=False):
        growth = {
            name: np.log(other[name] / one[name]) / np.log(many / few)
            for name in ("read_cpu", "segment_cpu", "with_workers")
        }
        told = ", ".join(f"{name} {value:.2f}" for name, value in growth.items())
        verify(f"- growth {few:,} to {many:,}, exponent: {told}")


if __name__ == "__main__":
    main()

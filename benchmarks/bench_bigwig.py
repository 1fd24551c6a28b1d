"""Reads of many regions counted in bigWigs: ``python benchmarks/bench_bigwig.py [--files 16] [--regions 200000]``.

The bigWigs are made up (SIMULATED): reads of 50 bases along two contigs of 200 Mb together, some at peaks, piled up and
in reads per million; 2.5 million records, 17 MB each. Each tool takes each file in turn, in one process of one thread;
processor times are summed over the files, and of `ROUNDS` rounds the best counts. The peers, which are slower, take
`PEER_FILES` of the files, once.

- whole contigs: how the engine counts, with the reads in bins that normalisation leans on (`_count`).
- regions alone: `count_coverage`.
- record by record: the same counts from pybigtools' records, one Python tuple each, as the engine once read them.
- pybigtools' `average_over_bed` and, where it is installed, pyBigWig's exact `stats`: sum or mean over the bases of
  each region, which is another number: the service counts a record that overlaps whole.

What is read of a file behind an address is counted on loopback: bytes and requests.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.chipatlas.transport.client import Client
from scripts.common.console import verify
from scripts.engine.counts.bigwig import BigWig
from scripts.engine.counts.counting import Coverage, _count
from scripts.engine.counts.coverage import count_coverage, count_in
from scripts.engine.counts.records import Recorded, Records
from tests.engine.tracks import write_bigwig
from tests.range_server import serve_ranges

SIZES = {"chr1": 120_000_000, "chr2": 80_000_000}
READ_LENGTH, BASES_A_READ, UNIT = 50, 110, 1 / 21.37
ROUNDS, PEER_FILES = 2, 2


def track(path: Path, seed: int) -> Path:
    """A bigWig of reads, three tenths of them at peaks, in reads per million."""
    rng = np.random.default_rng(seed)
    parts = []
    for chrom, size in SIZES.items():
        reads, peaks = size // BASES_A_READ, rng.integers(0, size, size // 20_000)
        at_peaks = rng.normal(rng.choice(peaks, 3 * reads // 10), 150).astype(int)
        starts = np.clip(np.append(rng.integers(0, size, 7 * reads // 10), at_peaks), 0, size - READ_LENGTH)
        places, which = np.unique(np.append(starts, starts + READ_LENGTH), return_inverse=True)
        depth = np.cumsum(np.bincount(which, np.repeat([1, -1], len(starts))))[:-1]
        value = (depth * UNIT).astype(np.float32).astype(float)
        frame = pd.DataFrame({"chrom": chrom, "start": places[:-1], "end": places[1:], "value": value})
        parts.append(frame[depth > 0])
    return write_bigwig(path, pd.concat(parts), SIZES)


def regions(count: int) -> pd.DataFrame:
    """Sorted places of 150 to 1,500 bases."""
    rng = np.random.default_rng(1)
    share = np.array([*SIZES.values()]) / sum(SIZES.values())
    chrom = rng.choice([*SIZES], count, p=share)
    start = (rng.random(count) * (np.array([SIZES[name] for name in chrom]) - 2_000)).astype(int)
    frame = pd.DataFrame({"chrom": chrom, "start": start, "end": start + rng.integers(150, 1_500, count)})
    frame = frame.sort_values(["chrom", "start"], ignore_index=True)
    return frame.astype({"chrom": "category"})


def one_by_one(path: Path, table: pd.DataFrame) -> np.ndarray:
    """Counts from records that come one at a time."""
    import pybigtools

    row = np.dtype([("start", np.int64), ("end", np.int64), ("value", np.float64)])
    with path.open("rb") as stream:
        opened: Any = pybigtools.open(stream)
        found = {chrom: np.fromiter(opened.records(chrom), dtype=row) for chrom in SIZES}
    whole = {chrom: Records(rows["start"], rows["end"], rows["value"]) for chrom, rows in found.items()}
    return count_in(Recorded(str(path), whole), table, UNIT, READ_LENGTH)


def tools(table: pd.DataFrame, bed: Path) -> dict[str, Callable[[Path], Any]]:
    """What is measured, by name."""
    import pybigtools

    found: dict[str, Callable[[Path], Any]] = {
        "whole contigs": lambda path: _count(Coverage("one", str(path), UNIT, READ_LENGTH), table).counts,
        "regions alone": lambda path: count_coverage(table, path, UNIT, READ_LENGTH),
        "record by record": lambda path: one_by_one(path, table),
        "pybigtools average_over_bed": lambda path: list(pybigtools.open(str(path)).average_over_bed(str(bed))),
    }
    with contextlib.suppress(ImportError):
        stats = importlib.import_module("pyBigWig")

        def exact(path: Path) -> list[float]:
            opened = stats.open(str(path))
            rows = table.itertuples(index=False, name=None)
            return [opened.stats(chrom, start, end, type="sum", exact=True)[0] for chrom, start, end in rows]

        found["pyBigWig stats"] = exact
    return found


def measure(files: list[Path], table: pd.DataFrame, bed: Path) -> None:
    """One line a tool: processor time over all files, and on the wall."""
    measured = tools(table, bed)
    best: dict[tuple[str, Path], tuple[float, float]] = {}
    counts: dict[Path, np.ndarray] = {}
    for number in range(ROUNDS):
        for path in files:
            for name, tool in measured.items():
                if name.startswith("py") and (number or path not in files[:PEER_FILES]):
                    continue
                begun, wall = time.process_time(), time.perf_counter()
                result = tool(path)
                spent = time.process_time() - begun, time.perf_counter() - wall
                best[name, path] = min(best.get((name, path), spent), spent)
                if isinstance(result, np.ndarray) and not np.array_equal(counts.setdefault(path, result), result):
                    raise SystemExit(f"{name} counts otherwise in {path}.")
    for name in measured:
        spent = [best[name, path] for path in files if (name, path) in best]
        processor, wall = map(sum, zip(*spent, strict=True))
        verify(f"- {name}: {len(table):,} regions x {len(spent)}: processor {processor:.2f} s, wall {wall:.2f} s")


def behind_an_address(path: Path, table: pd.DataFrame) -> str:
    """Bytes and requests of one file."""
    with serve_ranges(path.read_bytes()) as served, Client() as client, BigWig(served.url, client) as opened:
        count_in(opened, table, UNIT, READ_LENGTH)
        sent, size = served.sent / 1e6, len(served.content) / 1e6
        return f"{len(table):,} regions, {sent:.1f} MB of {size:.1f} MB in {len(served.asked)} requests"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=16)
    parser.add_argument("--regions", type=int, default=200_000)
    given = parser.parse_args()
    table = regions(given.regions)
    with tempfile.TemporaryDirectory() as folder:
        files = [track(Path(folder) / f"{seed}.bw", seed) for seed in range(given.files)]
        bed = Path(folder) / "regions.bed"
        table.assign(name=range(len(table))).to_csv(bed, sep="\t", header=False, index=False)
        measure(files, table, bed)
        for some in (table, regions(500)):
            verify(f"- behind an address, one file: {behind_an_address(files[0], some)}")

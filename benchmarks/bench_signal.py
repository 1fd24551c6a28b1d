"""What coverage around regions fetches of public files: ``python benchmarks/bench_signal.py [--files 16]``.

The bigWigs are made up (SIMULATED), some 25 MB each, one record for 80 bases as in coverage of a sparse experiment, and
served by ranges on loopback. Regions are 500 places along both contigs, each alone or in clusters of four within 80 kb;
windows are of 4 kb. "Needed" is the sum of the compressed blocks that hold a base of a window, each once: less cannot
be fetched, in this format.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.common.console import verify
from scripts.diff import signal_matrix
from scripts.engine.counts.bigwig_index import BigWigIndex
from scripts.engine.counts.records import union
from tests.engine.tracks import write_bigwig
from tests.range_server import serve_ranges

SIZES = {"chr1": 120_000_000, "chr2": 80_000_000}
REGIONS, FLANK, BASES_A_RECORD = 500, 2000, 80
SMALL = {"chr1": 1_000_000}


class _Local:
    """A file read as the index reads one behind an address."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def read_at(self, offset: int, size: int) -> bytes:
        return self.content[offset : offset + size]

    def prefetch(self, parts: object, *, lasting: bool = False) -> None:
        """All of it is here."""


def track(path: Path, seed: int, sizes: dict[str, int]) -> bytes:
    """A bigWig in reads per million."""
    rng = np.random.default_rng(seed)
    parts = []
    for chrom, size in sizes.items():
        edges = np.unique(rng.integers(0, size, size // BASES_A_RECORD))
        values = (rng.gamma(1.2, 1, len(edges) - 1) / 21.37).astype(np.float32).astype(float)
        parts.append(pd.DataFrame({"chrom": chrom, "start": edges[:-1], "end": edges[1:], "value": values}))
    return write_bigwig(path, pd.concat(parts), sizes).read_bytes()


def regions(count: int, sizes: dict[str, int], together: int) -> pd.DataFrame:
    """Places in clusters of so many."""
    rng = np.random.default_rng(1)
    names = rng.choice([*sizes], count // together, p=np.array([*sizes.values()]) / sum(sizes.values()))
    centre = np.array([rng.integers(50_000, sizes[name] - 50_000) for name in names])
    at = np.repeat(centre, together) + rng.integers(-40_000, 40_000, together * len(centre))
    return pd.DataFrame({"chrom": np.repeat(names, together), "chromStart": at - 100, "chromEnd": at + 100})


def needed(content: bytes, table: pd.DataFrame) -> int:
    """Bytes of the blocks that hold a base of any window."""
    index, total = BigWigIndex(_Local(content)), 0
    for chrom, rows in table.groupby("chrom"):
        middle = (rows["chromStart"] + rows["chromEnd"]).to_numpy() // 2
        parts = index.data_of(str(chrom), *union(middle - FLANK, middle + FLANK))
        total += int(parts.sizes[np.unique(parts.offsets, return_index=True)[1]].sum())
    return total


def measure(files: int, sizes: dict[str, int], together: int) -> str:
    """One line: what was fetched of so many files, beside their sizes."""
    table = regions(REGIONS, sizes, together)
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        contents = [track(Path(folder) / f"{seed}.bw", seed, sizes) for seed in range(files)]
        served = [stack.enter_context(serve_ranges(content)) for content in contents]
        begun = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            urls = [one.url for one in served]
            signal = signal_matrix(table, {"A": urls}, "hg38", FLANK, reads=dict.fromkeys(urls, 1_000_000))
        seconds = time.perf_counter() - begun
        least = sum(needed(content, table) for content in contents)
        asked = sum(len(one.asked) for one in served)
    read, whole = signal.bytes_read, signal.bytes_whole
    how = "alone" if together == 1 else "clustered"
    return (
        f"| {len(table)} {how} x {files} of {whole / files / 1e6:.1f} MB | {read / 1e6:.1f} MB | {whole / 1e6:.1f} MB "
        f"| {read / whole:.1%} | {least / 1e6:.1f} MB | {asked:,} | {seconds:.1f} s |"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=16)
    given = parser.parse_args()
    verify("| regions x files | fetched | whole files | share | needed | requests | time |")
    verify("| --- | --- | --- | --- | --- | --- | --- |")
    for sizes, together in ((SIZES, 1), (SIZES, 4), (SMALL, 1)):
        verify(measure(given.files, sizes, together))

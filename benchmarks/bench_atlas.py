"""How building and asking the atlas grow: ``python benchmarks/bench_atlas.py [--pairs 5 20] [--workers 1 2]``.

Tables are made up (SIMULATED): 18,000 genes x 24 experiments with a peak in about one cell of eight, sixteen different
ones that go round under other names, so some 50,000 pairs a factor; and one of the size of the largest real table.
Memory is that of all processes of the build together, looked at twenty times a second. Rates are of the processors'
time, which other work on the machine changes less than the clock's.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import multiprocessing
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.common.console import verify

N_GENES, N_EXPERIMENTS, BODIES = 18_000, 24, 16
#: CTCF's table has 2,209 columns.
LARGE_EXPERIMENTS = 2_200
SHARE_BOUND = 0.115
CELL_TYPES = [f"Cell_{i:02d}" for i in range(40)]
REPEATS = 15


def body(n_experiments: int, seed: int) -> bytes:
    """The lines of a table."""
    rng = np.random.default_rng(seed)
    strength = rng.gamma(0.8, 1.0, (N_GENES, 1))
    bound = rng.random((N_GENES, n_experiments)) < (SHARE_BOUND * strength / strength.mean()).clip(max=0.95)
    scores = np.where(bound, rng.lognormal(5.2, 0.8, bound.shape).clip(50).astype(np.int64), 0)
    order = np.argsort(-scores.sum(axis=1), kind="stable")
    lines = [
        f"SIM{gene:05d}\t{scores[gene].mean():f}\t" + "\t".join(map(str, scores[gene].tolist())) + "\t0\n"
        for gene in order.tolist()
    ]
    return "".join(lines).encode()


def write_tables(folder: Path, n_pairs: int) -> tuple[int, int]:
    """Write tables until they hold so many pairs; returns factors and bytes."""
    bodies = [body(N_EXPERIMENTS, seed) for seed in range(BODIES)]
    per_factor = int(N_GENES * N_EXPERIMENTS * SHARE_BOUND)
    factors = round(n_pairs / per_factor)
    for number in range(factors):
        write_table(folder, f"SIMTF{number:04d}", N_EXPERIMENTS, bodies[number % BODIES])
    return factors, sum(path.stat().st_size for path in folder.glob("*.tsv"))


def write_table(folder: Path, factor: str, n_experiments: int, lines: bytes) -> None:
    columns = [f"SRX{i:06d}|{CELL_TYPES[i % len(CELL_TYPES)]}" for i in range(n_experiments)]
    header = "\t".join(["Target_genes", f"{factor}|Average", *columns, "STRING"]) + "\n"
    (folder / f"{factor}.5.tsv").write_bytes(header.encode() + lines)


def _build(out: str, tables: str, workers: int) -> None:
    os.environ["CHIPATLAS_QUIET"] = "1"
    from scripts.atlas import build_atlas

    scheduler = "synchronous" if workers == 1 else "processes"
    with contextlib.redirect_stdout(io.StringIO()):
        build_atlas("hg38", out, source=tables, scheduler=scheduler, workers=None if workers == 1 else workers)


def measured_build(out: Path, tables: Path, workers: int) -> tuple[float, float, float]:
    """Build in a process of its own; returns seconds, seconds of processors, and highest memory of its tree in MB."""
    import psutil

    process = multiprocessing.get_context("spawn").Process(target=_build, args=(str(out), str(tables), workers))
    began, before = time.monotonic(), os.times()
    process.start()
    peak = 0
    stop = threading.Event()

    def watch() -> None:
        nonlocal peak
        root = psutil.Process(process.pid)
        while not stop.wait(0.05):
            total = 0
            try:
                tree = [root, *root.children(recursive=True)]
            except psutil.Error:
                return
            for member in tree:
                try:
                    total += member.memory_info().rss
                except psutil.Error:
                    continue
            peak = max(peak, total)

    watcher = threading.Thread(target=watch)
    watcher.start()
    process.join()
    seconds, after = time.monotonic() - began, os.times()
    busy = after.children_user + after.children_system - before.children_user - before.children_system
    stop.set()
    watcher.join()
    if process.exitcode:
        raise SystemExit(f"the build ended with status {process.exitcode}")
    return seconds, busy, peak / 1e6


def milliseconds(ask: Callable[[], object]) -> tuple[float, float]:
    """First time and median of the next ones."""
    taken = []
    for _ in range(REPEATS + 1):
        began = time.perf_counter()
        ask()
        taken.append(1000 * (time.perf_counter() - began))
    return taken[0], statistics.median(taken[1:])


def size_mb(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def ask(out: Path) -> dict[str, float]:
    """Time the questions."""
    from scripts.atlas import co_targets, factor_enrichment, factors_of, network, open_atlas, targets_of

    atlas = open_atlas(out)
    genes = [f"SIM{i:05d}" for i in range(100, 200)]
    results = {
        "factors_of, first": milliseconds(lambda: factors_of("SIM00100", out))[0],
        "factors_of": milliseconds(lambda: factors_of("SIM00100", out))[1],
        "factors_of, 10 genes": milliseconds(lambda: factors_of(genes[:10], atlas))[1],
        "factors_of, 1 cell type": milliseconds(lambda: factors_of("SIM00100", atlas, cell_types="Cell_01"))[1],
        "targets_of": milliseconds(lambda: targets_of("SIMTF0001", atlas))[1],
        "co_targets of 3": milliseconds(lambda: co_targets(["SIMTF0001", "SIMTF0002", "SIMTF0003"], atlas))[1],
    }
    factor_enrichment(genes, atlas)  # imports scipy
    began = time.perf_counter()
    factor_enrichment(genes, atlas)
    results["enrichment"] = 1000 * (time.perf_counter() - began)
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()):
            network(atlas, folder, min_avg_score=100)
        results["network"] = 1000 * (time.perf_counter() - began)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=float, nargs="+", default=[5, 20], help="million pairs")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--no-large", action="store_true", help="leave the table of 2,200 experiments out")
    options = parser.parse_args()
    os.environ["CHIPATLAS_QUIET"] = "1"
    with tempfile.TemporaryDirectory(prefix="bench-atlas-") as scratch:
        root = Path(scratch)
        verify(f"{'pairs':>12} {'factors':>8} {'text MB':>8} {'workers':>8} {'build s':>8} {'cpu s':>6} "
              f"{'MB/cpu s':>9} {'peak MB':>8} {'dataset MB':>11}")  # fmt: skip
        answers = {}
        for millions in options.pairs:
            tables = root / f"tables-{millions:g}"
            tables.mkdir()
            factors, text = write_tables(tables, int(millions * 1e6))
            for workers in options.workers:
                out = root / "atlas"
                shutil.rmtree(out, ignore_errors=True)
                seconds, busy, peak = measured_build(out, tables, workers)
                pairs = json.loads((out / "manifest.json").read_text())["totals"]["pairs"]
                verify(f"{pairs:>12,} {factors:>8} {text / 1e6:>8.0f} {workers:>8} {seconds:>8.1f} {busy:>6.0f} "
                      f"{text / 1e6 / busy:>9.1f} {peak:>8.0f} {size_mb(out):>11.0f}")  # fmt: skip
            answers[pairs] = ask(out)
            shutil.rmtree(tables)
        if not options.no_large:
            tables = root / "tables-large"
            tables.mkdir()
            write_table(tables, "SIMLARGE", LARGE_EXPERIMENTS, body(LARGE_EXPERIMENTS, 99))
            out = root / "atlas-large"
            seconds, busy, peak = measured_build(out, tables, 1)
            text = size_mb(tables)
            pairs = json.loads((out / "manifest.json").read_text())["totals"]["pairs"]
            verify(f"{pairs:>12,} {1:>8} {text:>8.0f} {1:>8} {seconds:>8.1f} {busy:>6.0f} "
                  f"{text / busy:>9.1f} {peak:>8.0f} "
                  f"{size_mb(out):>11.0f}   (the largest table)")  # fmt: skip
        verify(f"\nmilliseconds, warm (median of {REPEATS})" + "".join(f"{pairs:>16,}" for pairs in answers))
        for name in next(iter(answers.values())):
            verify(f"{name:<36}" + "".join(f"{answer[name]:>16,.0f}" for answer in answers.values()))


if __name__ == "__main__":
    main()

"""The coverage and methylation of simulated experiments as bigWig files."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path

import pandas as pd

from scripts.emulator.world import signal
from scripts.emulator.world.chromosomes import chromosome_sizes
from scripts.emulator.world.methylation import methylation_table


@lru_cache(maxsize=64)
def coverage_bigwig(accession: str, genome: str) -> bytes:
    """Reads per million of one experiment, the records of `signal.coverage`."""
    return _bigwig(signal.coverage(accession, genome), genome)


@lru_cache(maxsize=64)
def methylation_bigwig(accession: str, genome: str) -> bytes:
    """Methylation (0..1) of one experiment, one record of one base for each CpG that it measured."""
    table = methylation_table([accession], genome)
    return _bigwig(
        pd.DataFrame(
            {"chrom": table["chrom"], "start": table["pos"] - 1, "end": table["pos"], "value": table[accession]}
        ),
        genome,
    )


def _bigwig(records: pd.DataFrame, genome: str) -> bytes:
    """A file of some records, sorted by contig and start."""
    import pybigtools

    columns = (records[name].tolist() for name in ("chrom", "start", "end", "value"))
    with tempfile.TemporaryDirectory(prefix="embedded-chip-atlas-") as folder:
        path = Path(folder) / "track.bw"
        sizes = chromosome_sizes(genome)
        pybigtools.open(str(path), "w").write(
            dict(zip(sizes.index, sizes.tolist(), strict=True)), zip(*columns, strict=True)
        )
        return path.read_bytes()

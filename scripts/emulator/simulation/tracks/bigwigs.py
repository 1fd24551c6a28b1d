"""The coverage and methylation of simulated experiments as bigWig files."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from ..genome.chromosomes import chromosome_sizes
from . import signal
from .bigwig_writer import bigwig
from .methylation import methylation_table


@lru_cache(maxsize=64)
def coverage_bigwig(accession: str, genome: str) -> bytes:
    """Reads per million of one experiment, the records of `signal.coverage`."""
    return bigwig(signal.coverage(accession, genome), _sizes(genome))


@lru_cache(maxsize=64)
def methylation_bigwig(accession: str, genome: str) -> bytes:
    """Methylation (0..1) of one experiment, one record of one base for each CpG that it measured."""
    table = methylation_table([accession], genome)
    records = pd.DataFrame(
        {"chrom": table["chrom"], "start": table["pos"] - 1, "end": table["pos"], "value": table[accession]}
    )
    return bigwig(records, _sizes(genome))


def _sizes(genome: str) -> dict[str, int]:
    sizes = chromosome_sizes(genome)
    return dict(zip(sizes.index, sizes.tolist(), strict=True))

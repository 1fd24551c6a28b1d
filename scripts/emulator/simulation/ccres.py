"""Simulated regulatory elements: at TSS, near them, and at peak sites. No contrast is planted on any class."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from .genome.chromosomes import chromosome_sizes
from .genome.genes import transcripts
from .genome.landscape import peak_sites
from .genome.seeds import SIMULATION_SEED, generator
from .tracks.bigbed_writer import bigbed

#: The assemblies that the real track is for.
GENOMES = ("hg38", "mm10")
#: Class -> UCSC's label.
LABELS = {"PLS": "prom", "pELS": "enhP", "dELS": "enhD", "DNase-H3K4me3": "K4m3", "CTCF-only": "CTCF"}
_AT_SITES = ("dELS", "DNase-H3K4me3", "CTCF-only")
_SHARES = (0.75, 0.1, 0.15)
_WIDTH, _NEAR = 300, 1_000
_TYPES = {"chromStart": "uint", "chromEnd": "uint", "score": "uint", "thickStart": "uint", "thickEnd": "uint"}


@cache
def ccres(genome: str) -> pd.DataFrame:
    """All columns of the track; 0-based half-open, sorted."""
    rng = generator(SIMULATION_SEED, "ccres", genome)
    genes, sites = transcripts(genome), peak_sites(genome)
    tss = np.where(genes["strand"] == "-", genes["txEnd"] - 1, genes["txStart"])
    label = rng.choice(_AT_SITES, len(sites), p=_SHARES)
    parts = [
        pd.DataFrame({"chrom": genes["chrom"], "start": tss - _WIDTH // 2, "encodeLabel": "PLS"}),
        pd.DataFrame({"chrom": genes["chrom"], "start": tss + _NEAR, "encodeLabel": "pELS"}),
        pd.DataFrame({"chrom": sites["chrom"], "start": (sites["start"] + sites["end"] - _WIDTH) // 2}).assign(
            encodeLabel=label
        ),
    ]
    table = pd.concat(parts, ignore_index=True).drop_duplicates(["chrom", "start"])
    table["start"] = table["start"].clip(lower=0)
    table["end"] = table["start"] + _WIDTH
    table = table[table["end"] <= table["chrom"].map(chromosome_sizes(genome))]
    table = table.sort_values(["chrom", "start"], ignore_index=True)
    number = (table.index + 1).astype(str)
    rest: dict[str, Any] = {"name": "SIMULATED" + number, "score": 0, "strand": ".", "thickStart": table["start"]}
    rest |= {"thickEnd": table["end"], "reserved": "0,0,0", "ccre": table["encodeLabel"]}
    rest |= {"encodeLabel": table["encodeLabel"], "zScore": 2.0, "ucscLabel": table["encodeLabel"].map(LABELS)}
    rest |= {"accessionLabel": "SIM" + number, "description": "SIMULATED"}
    return table[["chrom", "start", "end"]].assign(**rest)


@cache
def ccre_file(genome: str) -> bytes:
    """The track as a bigBed."""
    table = ccres(genome)
    names = ["chrom", "chromStart", "chromEnd", *table.columns[3:]]
    fields = "".join(f'    {_TYPES.get(name, "string")} {name}; "{name}"\n' for name in names)
    declared = f'table encodeCcreCombined\n"SIMULATED regulatory elements"\n(\n{fields})\n'
    return bigbed(table, {str(name): int(size) for name, size in chromosome_sizes(genome).items()}, declared)

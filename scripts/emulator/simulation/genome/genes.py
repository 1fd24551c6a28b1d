"""Simulated gene models. Their symbols (``SIM0001``) are visibly synthetic, so that nobody quotes them as biology."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from ....chipatlas.assemblies import get_assembly
from .chromosomes import chromosome_sizes
from .landscape import peak_sites
from .seeds import SIMULATION_SEED, generator

_GENES = {
    "hg38": 6000,
    "hg19": 4000,
    "mm10": 5000,
    "mm9": 3000,
    "rn6": 3000,
    "dm6": 2500,
    "dm3": 2000,
    "ce11": 2500,
    "ce10": 1500,
    "sacCer3": 1200,
    "TAIR12": 2500,
}
#: Share of the peak sites that have a gene nearby, and how far off its TSS may be: some hits annotate, not all.
_SITES_WITH_GENE = 0.55
_REACH = 9000
_MEDIAN_LENGTH = {"sacCer3": 1200, "ce10": 2500, "ce11": 2500, "dm3": 4000, "dm6": 4000, "TAIR12": 2200}
_MEDIAN_LENGTH_LARGE_GENOME = 18_000
_SHARE_WITH_SECOND_TRANSCRIPT = 0.3


def gene_symbols(genome: str) -> np.ndarray:
    """``SIM0001`` and up, as many as the genome has."""
    return np.char.add("SIM", np.char.zfill(np.arange(1, _GENES[genome] + 1).astype(str), 4))


@cache
def transcripts(genome: str) -> pd.DataFrame:
    """Every transcript of a genome, in UCSC's terms.

    Returns
    -------
    DataFrame
        ``name name2 chrom strand txStart txEnd`` (0-based half-open), sorted by position; `name2` is the gene.
    """
    rng = generator(SIMULATION_SEED, "genes", genome)
    symbols = gene_symbols(genome)
    sizes = chromosome_sizes(genome)
    sites = peak_sites(genome)
    near = sites.sample(min(int(_SITES_WITH_GENE * len(sites)), len(symbols) * 2 // 3), random_state=rng)
    rest = len(symbols) - len(near)
    assembly = get_assembly(genome)
    standard = sizes[[*assembly.autosomes, *assembly.sex]]
    chrom = np.concatenate(
        [
            near["chrom"].to_numpy(),
            rng.choice(standard.index.to_numpy(), rest, p=(standard / standard.sum()).to_numpy()),
        ]
    )
    size = sizes[chrom].to_numpy()
    tss = np.concatenate(
        [
            (near["start"] + near["end"]).to_numpy() // 2 + rng.integers(-_REACH, _REACH + 1, len(near)),
            np.floor(rng.uniform(0, size[len(near) :])).astype(np.int64),
        ]
    ).clip(0, size - 1)
    median = _MEDIAN_LENGTH.get(genome, _MEDIAN_LENGTH_LARGE_GENOME)
    length = np.exp(rng.normal(np.log(median), 0.9, len(symbols))).astype(np.int64).clip(200, 400_000)
    plus = rng.random(len(symbols)) < 0.5
    genes = pd.DataFrame(
        {
            "chrom": chrom,
            "strand": np.where(plus, "+", "-"),
            "txStart": np.where(plus, tss, tss - length).clip(0, size - 1),
            "txEnd": np.where(plus, tss + length, tss + 1).clip(1, size),
        }
    ).sort_values(["chrom", "txStart"], ignore_index=True)
    genes.insert(0, "name2", symbols)
    genes.insert(0, "name", genes["name2"].str.replace("SIM", "SIMT") + ".1")
    second = genes[rng.random(len(genes)) < _SHARE_WITH_SECOND_TRANSCRIPT].copy()
    # The second transcript starts later: same gene, another TSS.
    quarter = (second["txEnd"] - second["txStart"]) // 4
    second["txStart"] += np.where(second["strand"] == "+", quarter, 0)
    second["txEnd"] -= np.where(second["strand"] == "-", quarter, 0)
    second["name"] = second["name"].str.replace(".1", ".2", regex=False)
    return pd.concat([genes, second]).sort_values(["chrom", "txStart", "name"], ignore_index=True)


def transcripts_in(genome: str, chrom: str, start: int, end: int) -> pd.DataFrame:
    """Transcripts that touch ``chrom:start-end`` (0-based half-open), whole."""
    table = transcripts(genome)
    return table[(table["chrom"] == chrom) & (table["txStart"] < end) & (table["txEnd"] > start)]


def tss_library(genome: str) -> pd.DataFrame:
    """One row a gene: ``chrom start end gene dot strand``, the base of its first transcript's TSS."""
    table = transcripts(genome).drop_duplicates("name2")
    tss = np.where(table["strand"] == "+", table["txStart"], table["txEnd"] - 1)
    return pd.DataFrame(
        {
            "chrom": table["chrom"],
            "start": tss,
            "end": tss + 1,
            "gene": table["name2"],
            "dot": ".",
            "strand": table["strand"],
        }
    )


def gene_names(genome: str) -> pd.DataFrame:
    """Names of the genes, as HGNC's table has them: ``symbol ensembl previous aliases``, the last two parted by ``|``.

    Ensembl IDs begin with ENSG99, which no gene has. Every 50th gene is without one, and the 21st and 22nd share one;
    every 10th had another symbol (``SIMOLD0010``), every 7th has an alias (``SIMALIAS0007``), and the 3rd and 5th share
    one (``SIMSHARED``).
    """
    symbols = gene_symbols(genome)
    number = np.arange(1, len(symbols) + 1)
    text = pd.Series(number).astype(str).str.zfill(4)
    ensembl = "ENSG99" + pd.Series(np.where(number == 22, 21, number)).astype(str).str.zfill(9)
    alias = ("SIMALIAS" + text).where(number % 7 == 0, "")
    return pd.DataFrame(
        {
            "symbol": symbols,
            "ensembl": ensembl.where(number % 50 != 0, ""),
            "previous": ("SIMOLD" + text).where(number % 10 == 0, ""),
            "aliases": alias.where(~np.isin(number, (3, 5)), "SIMSHARED"),
        }
    )

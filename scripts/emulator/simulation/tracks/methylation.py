"""CpG methylation of simulated bisulfite experiments, with planted differentially methylated regions."""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np
import pandas as pd

from ....chipatlas.assemblies import get_assembly
from ..genome.chromosomes import chromosome_sizes
from ..genome.seeds import SIMULATION_SEED, generator
from ..samples.experiments import find_experiment

#: Stretches of CpGs that coverage reaches, and how many of them hold a planted region.
_STRETCHES = {"hg38": (700, 80), "mm10": (450, 50), "rn6": (300, 30), "dm6": (200, 24), "sacCer3": (150, 20)}
_CPGS_A_STRETCH = (24, 45)
#: Bases between neighbouring CpGs of a stretch; no gap cuts a region (metilene cuts at over 300).
_CPG_SPACING = (4, 90)
_STRETCH_SPACING = 8000
#: Planted: size of the difference, and CpGs of the region.
DIFFERENCE_RANGE = (0.2, 0.6)
_PLANTED_CPGS = (14, 24)
#: Mean sequencing depth, and biological noise (logit scale) of a stretch and of a CpG in one sample.
_DEPTH = 15
_STRETCH_NOISE, _CPG_NOISE = 0.15, 0.25
METHYLATION_GENOMES = tuple(_STRETCHES)
FIRST, SECOND = "methylation first", "methylation second"


@cache
def planted_regions(genome: str, seed: int = SIMULATION_SEED) -> pd.DataFrame:
    """``chrom start end difference`` (first label - second; 0-based half-open) of every planted region."""
    cpgs = _cpgs(genome, seed)
    inside = cpgs[cpgs["shift"] != 0].groupby("stretch")
    return pd.DataFrame(
        {
            "chrom": inside["chrom"].first(),
            "start": inside["pos"].first() - 1,
            "end": inside["pos"].last(),
            "difference": inside["shift"].first(),
        }
    ).reset_index(drop=True)


@cache
def methylation_stretches(genome: str, seed: int = SIMULATION_SEED) -> pd.DataFrame:
    """``chrom start end`` (0-based half-open) of every stretch of CpGs."""
    stretches = _cpgs(genome, seed).groupby("stretch")
    return pd.DataFrame(
        {"chrom": stretches["chrom"].first(), "start": stretches["pos"].first() - 1, "end": stretches["pos"].last()}
    ).reset_index(drop=True)


@lru_cache(maxsize=64)
def methylation(accession: str, genome: str, seed: int = SIMULATION_SEED) -> pd.Series:
    """Methylation (0..1) of one experiment at every CpG of the genome, NaN where no read fell."""
    experiment = find_experiment(accession, genome)
    if experiment is None or not experiment.is_bisulfite:
        raise KeyError(f"{accession} is no simulated bisulfite experiment of {genome}")
    cpgs = _cpgs(genome, seed)
    rng = generator(seed, "methylation", genome, accession)
    side = 0.5 if FIRST in experiment.conditions else -0.5 if SECOND in experiment.conditions else 0.0
    level = cpgs["level"].to_numpy() + side * cpgs["shift"].to_numpy()
    stretch = cpgs["stretch"].to_numpy()
    noise = rng.normal(0, _STRETCH_NOISE, stretch.max() + 1)[stretch] + rng.normal(0, _CPG_NOISE, len(cpgs))
    probability = 1 / (1 + np.exp(-(np.log(level / (1 - level)) + noise)))
    depth = rng.poisson(_DEPTH, len(cpgs))
    # A dropout of one CpG in fifty: real samples do not cover every site.
    depth[rng.random(len(cpgs)) < 0.02] = 0
    methylated = rng.binomial(depth, probability)
    level = np.where(depth > 0, methylated / np.maximum(depth, 1), np.nan).round(4)
    # A bigWig stores 32-bit floats.
    return pd.Series(level.astype(np.float32).astype(np.float64), name=accession)


def methylation_table(accessions: list[str], genome: str) -> pd.DataFrame:
    """``chrom pos`` (1-based), then one column per experiment, without CpGs that no experiment covers."""
    columns = [methylation(accession, genome) for accession in accessions]
    table = pd.concat([_cpgs(genome, SIMULATION_SEED)[["chrom", "pos"]], *columns], axis=1)
    return table.dropna(subset=accessions, how="all").reset_index(drop=True)


@cache
def _cpgs(genome: str, seed: int) -> pd.DataFrame:
    """``chrom pos stretch level shift``: level between the two labels, and the planted difference around it."""
    count, planted = _STRETCHES[genome]
    rng = generator(seed, "cpgs", genome)
    assembly = get_assembly(genome)
    sizes = chromosome_sizes(genome)[list(assembly.autosomes)]
    chrom = rng.choice(sizes.index.to_numpy(), count, p=(sizes / sizes.sum()).to_numpy())
    start = np.floor(rng.uniform(2000, sizes[chrom].to_numpy() - _STRETCH_SPACING)).astype(np.int64)
    stretches = pd.DataFrame({"chrom": chrom, "start": start}).sort_values(["chrom", "start"], ignore_index=True)
    apart = stretches.groupby("chrom")["start"].diff().fillna(np.inf) >= _STRETCH_SPACING
    stretches = stretches[apart].reset_index(drop=True)

    length = rng.integers(*_CPGS_A_STRETCH, len(stretches), endpoint=True)
    stretch = np.repeat(np.arange(len(stretches)), length)
    rank = np.arange(len(stretch)) - np.repeat(np.cumsum(length) - length, length)
    steps = pd.Series(rng.integers(*_CPG_SPACING, len(stretch)))
    position = stretches["start"].to_numpy()[stretch] + steps.groupby(stretch).cumsum().to_numpy()

    shift = np.zeros(len(stretches))
    chosen = rng.choice(len(stretches), min(planted, len(stretches)), replace=False)
    shift[chosen] = rng.uniform(*DIFFERENCE_RANGE, len(chosen)) * rng.choice([-1, 1], len(chosen))
    # Mostly methylated outside of islands, mostly not inside; planted levels leave room for both labels.
    level = np.where(rng.random(len(stretches)) < 0.5, rng.beta(2, 12, len(stretches)), rng.beta(12, 3, len(stretches)))
    room = np.abs(shift) / 2 + 0.05
    level = np.where(shift != 0, rng.uniform(room, 1 - room), level.clip(0.03, 0.97))
    size = rng.integers(*_PLANTED_CPGS, len(stretches), endpoint=True)
    first = (length - size) // 2
    planted_cpg = (rank >= first[stretch]) & (rank < (first + size)[stretch])
    return pd.DataFrame(
        {
            "chrom": stretches["chrom"].to_numpy()[stretch],
            "pos": position,
            "stretch": stretch,
            "level": level[stretch],
            "shift": np.where(planted_cpg, shift[stretch], 0.0),
        }
    )

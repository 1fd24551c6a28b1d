"""Simulated blacklists. No region that an example calls significant lies inside, but for one planted on purpose."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from .genome.chromosomes import chromosome_sizes
from .genome.landscape import peak_sites
from .genome.seeds import SIMULATION_SEED, generator
from .samples.effects import label_effects
from .tracks.methylation import METHYLATION_GENOMES, planted_regions

#: The assemblies that the real lists are for.
LISTED_GENOMES = ("hg38", "hg19", "mm10", "dm6", "dm3", "ce11", "ce10")
REASONS = ("High Signal Region", "Low Mappability")
#: Intervals between peak sites, of so many bases, and intervals around a site on which no contrast acts.
_BETWEEN, _LENGTHS, _AROUND = 40, (1_000, 40_000), 12
_MARGIN = 500
#: Around one site that differs between two lines: the first of at least this effect (log2).
_DIFFERING = {"hg38": "K-562"}
_CLEAR_EFFECT = -2.0


@cache
def blacklist(genome: str) -> pd.DataFrame:
    """The list of an assembly.

    Returns
    -------
    DataFrame
        ``chrom start end`` (0-based half-open, sorted, apart from each other) and ``reason``.
    """
    rng = generator(SIMULATION_SEED, "blacklist", genome)
    sites = peak_sites(genome)
    effects = label_effects(genome)
    acted_on = np.zeros(len(sites), dtype=bool)
    for label, change in effects.items():
        acted_on |= (change != 0) & (label != "input")
    autosomal = (sites["kind"] == "autosome").to_numpy()
    chosen = rng.choice(np.flatnonzero(autosomal & ~acted_on), _AROUND, replace=False)
    if genome in _DIFFERING:
        clear = autosomal & (effects[_DIFFERING[genome]] <= _CLEAR_EFFECT)
        chosen = np.append(chosen, np.flatnonzero(clear)[0])
    around = sites.iloc[chosen][["chrom", "start", "end"]].assign(reason=REASONS[0])
    around["start"] -= _MARGIN
    around["end"] += _MARGIN
    found = pd.concat([around, _between(genome, rng)], ignore_index=True)
    return found.sort_values(["chrom", "start"], ignore_index=True)


def _between(genome: str, rng: np.random.Generator) -> pd.DataFrame:
    """Intervals that hold no peak site and no planted methylation, apart from each other."""
    sizes = chromosome_sizes(genome)
    taken = peak_sites(genome)[["chrom", "start", "end"]]
    if genome in METHYLATION_GENOMES:
        taken = pd.concat([taken, planted_regions(genome)[["chrom", "start", "end"]]])
    chrom = rng.choice(sizes.index.to_numpy(), 20 * _BETWEEN, p=(sizes / sizes.sum()).to_numpy())
    length = np.exp(rng.uniform(np.log(_LENGTHS[0]), np.log(_LENGTHS[1]), len(chrom))).astype(np.int64)
    start = np.floor(rng.random(len(chrom)) * (sizes[chrom].to_numpy() - length)).astype(np.int64)
    reason = rng.choice(REASONS, len(chrom))
    kept: list[tuple[str, int, int, str]] = []
    for name, first, last, why in zip(chrom, start, start + length, reason, strict=True):
        there = [(one[1], one[2]) for one in kept if one[0] == name]
        on_chrom = taken[taken["chrom"] == name]
        # Twice the margin: an interval around a site has one of its own.
        near = (on_chrom["start"] - 2 * _MARGIN < last) & (on_chrom["end"] + 2 * _MARGIN > first)
        if first < 0 or near.any() or any(begin <= last and end >= first for begin, end in there):
            continue
        kept.append((str(name), int(first), int(last), str(why)))
        if len(kept) == _BETWEEN:
            break
    return pd.DataFrame(kept, columns=["chrom", "start", "end", "reason"])

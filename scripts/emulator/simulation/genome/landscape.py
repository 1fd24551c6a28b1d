"""Where a simulated genome can carry a peak, and how strong that peak is before any condition acts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from ....chipatlas.assemblies import get_assembly
from .chromosomes import chromosome_sizes, scaffolds
from .seeds import SIMULATION_SEED, generator

#: Peak sites on the autosomes of each genome: enough for a dispersion to be estimated, few enough for a job of seconds.
_AUTOSOMAL_SITES = {
    "hg38": 4000,
    "hg19": 1500,
    "mm10": 3000,
    "mm9": 1500,
    "rn6": 2000,
    "dm6": 1500,
    "dm3": 1000,
    "ce11": 1200,
    "ce10": 800,
    "sacCer3": 500,
    "TAIR12": 1200,
}
_SITES_ON_X, _SITES_ON_Y, _SITES_ON_ORGANELLE, _SITES_A_SCAFFOLD = 24, 14, 4, 4
#: Bases between the centres of neighbouring sites: their coverage never meets.
MINIMUM_SPACING = 3000
_MINIMUM_SPACING_SMALL = 1500
#: Median and spread (natural log) of the strength of a site, in reads per million.
_MEDIAN_HEIGHT, _HEIGHT_SPREAD = 15.0, 0.8
_HEIGHT_RANGE = (5.0, 400.0)
#: Reads per million that fall on any site without a peak.
BACKGROUND = 0.04


@dataclass(frozen=True)
class Cluster:
    """A stretch whose copy number differs between lines: sites closer together than elsewhere."""

    chrom: str
    start: int
    length: int
    sites: int


#: The stretch that the simulated MOLM-13 line carries in more copies. Not a claim about the real line.
CLUSTERS = {"hg38": Cluster("chr6", 40_200_000, 1_500_000, 14)}


@cache
def peak_sites(genome: str, seed: int = SIMULATION_SEED) -> pd.DataFrame:
    """All sites of a genome.

    Returns
    -------
    DataFrame
        ``chrom start end height kind``: 0-based half-open, height in reads per million; kind is ``autosome``,
        ``sex``, ``mitochondrial``, ``scaffold`` or ``copy_number``. At least `MINIMUM_SPACING` between centres
        on chromosomes.
    """
    rng = generator(seed, "sites", genome)
    assembly = get_assembly(genome)
    sizes = chromosome_sizes(genome)
    autosomes = sizes[list(assembly.autosomes)]
    counts = rng.multinomial(_AUTOSOMAL_SITES[genome], (autosomes / autosomes.sum()).to_numpy())
    wanted = dict(zip(autosomes.index, counts, strict=True))
    wanted |= {chrom: _SITES_ON_Y if chrom == "chrY" else _SITES_ON_X for chrom in assembly.sex}
    wanted |= {names[0]: _SITES_ON_ORGANELLE for names in (assembly.mitochondrial, assembly.plastid) if names}
    wanted |= dict.fromkeys(scaffolds(genome), _SITES_A_SCAFFOLD)

    chroms = np.repeat(list(wanted), list(wanted.values()))
    # Inset, so that no peak hangs over the end of its contig.
    centres = np.floor(rng.uniform(1500, sizes[chroms].to_numpy() - 1500)).astype(np.int64)
    sites = pd.DataFrame({"chrom": chroms, "centre": centres})
    if genome in CLUSTERS:
        sites = _with_cluster(sites, CLUSTERS[genome])
    sites = _spaced(sites)
    width = rng.integers(10, 31, len(sites)) * 20
    height = np.exp(rng.normal(np.log(_MEDIAN_HEIGHT), _HEIGHT_SPREAD, len(sites))).clip(*_HEIGHT_RANGE)
    return pd.DataFrame(
        {
            "chrom": sites["chrom"],
            "start": sites["centre"] - width // 2,
            "end": sites["centre"] + width // 2,
            "height": height,
            "kind": _kinds(sites, genome),
        }
    )


def _with_cluster(sites: pd.DataFrame, cluster: Cluster) -> pd.DataFrame:
    inside = (sites["chrom"] == cluster.chrom) & sites["centre"].between(
        cluster.start - cluster.length, cluster.start + 2 * cluster.length
    )
    step = cluster.length // cluster.sites
    added = pd.DataFrame(
        {"chrom": cluster.chrom, "centre": cluster.start + step // 2 + step * np.arange(cluster.sites)}
    )
    return pd.concat([sites[~inside], added], ignore_index=True)


def _spaced(sites: pd.DataFrame) -> pd.DataFrame:
    sites = sites.sort_values(["chrom", "centre"], ignore_index=True)
    gap = sites.groupby("chrom", sort=False)["centre"].diff().fillna(np.inf)
    small = sites["chrom"].map(sites["chrom"].value_counts()) < 10
    return sites[gap >= np.where(small, _MINIMUM_SPACING_SMALL, MINIMUM_SPACING)].reset_index(drop=True)


def _kinds(sites: pd.DataFrame, genome: str) -> np.ndarray:
    assembly = get_assembly(genome)
    conditions = [
        sites["chrom"].isin(assembly.sex),
        sites["chrom"] == assembly.mitochondrial[0],
        sites["chrom"].isin(scaffolds(genome)),
    ]
    kinds = ["sex", "mitochondrial", "scaffold"]
    if genome in CLUSTERS:
        cluster = CLUSTERS[genome]
        conditions.append(
            (sites["chrom"] == cluster.chrom) & sites["centre"].between(cluster.start, cluster.start + cluster.length)
        )
        kinds.append("copy_number")
    return np.select(conditions, kinds, "autosome")

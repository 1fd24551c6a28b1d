"""Peaks and coverage of simulated ChIP-seq and ATAC-seq experiments."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from ..genome.landscape import BACKGROUND, peak_sites
from ..genome.seeds import SIMULATION_SEED, generator
from ..samples.effects import log2_effect
from ..samples.experiments import READ_LENGTH, Experiment, find_experiment

#: Negative-binomial dispersion of a site: median, and spread (natural log) between sites.
DISPERSION, _DISPERSION_SPREAD = 0.06, 0.15
#: Variation of a site between genotypes, log2. Groups with the same genotypes share it: it is noise, not truth.
_GENOTYPE_SPREAD = 0.2
#: A peak is called on at least so many reads, and at least so many per million.
_CALLED_READS, _CALLED_RPM = 6, 1.5
#: Width of a coverage record in bases, how far coverage reaches beyond the peak, and records a site at most.
STEP, _FLANK, _MOST_STEPS = 50, 150, 20
#: Reads that stand alone lie between sites at least so many bases apart, in so many of these places.
_GAP_WITH_LONE_READ, _LONE_READ_RATE = 3000, 0.4
#: Share of sites with a second position of an edge, how often an experiment has it, and how far it lies inwards.
_SITES_WITH_SECOND_EDGE, _SECOND_EDGE_RATE = 0.30, 0.35
_EDGE_SHIFTS = np.array([6, 40, 60, 80])
_EDGE_SHIFT_SHARES = (0.08, 0.30, 0.32, 0.30)


@lru_cache(maxsize=256)
def site_reads(accession: str, genome: str, seed: int = SIMULATION_SEED) -> np.ndarray:
    """Reads of an experiment on each site of `peak_sites`."""
    experiment = _experiment(accession, genome)
    sites = peak_sites(genome, seed)
    change = log2_effect(experiment, seed)
    if experiment.genotype:
        rng = generator(seed, "genotype", genome, experiment.genotype)
        change = change + rng.normal(0, _GENOTYPE_SPREAD, len(sites))
    rpm = sites["height"].to_numpy() * 2.0**change + BACKGROUND
    mean = rpm * experiment.usable_reads / 1e6
    spread = generator(seed, "dispersion", genome).normal(0, _DISPERSION_SPREAD, len(sites))
    size = 1 / (DISPERSION * np.exp(spread))
    reads: np.ndarray = generator(seed, "reads", genome, accession).negative_binomial(size, size / (size + mean))
    return reads


@lru_cache(maxsize=256)
def peaks(accession: str, genome: str, seed: int = SIMULATION_SEED) -> pd.DataFrame:
    """Called peaks: ``chrom start end score`` (0-based half-open; score stands for -10 log10 Q), sorted."""
    sites = peak_sites(genome, seed)
    reads = site_reads(accession, genome, seed)
    rpm = reads * _experiment(accession, genome).scale
    called = (reads >= _CALLED_READS) & (rpm >= _CALLED_RPM)
    shape = generator(seed, "edges", genome)
    rng = generator(seed, "edges", genome, accession)
    shifts = []
    for _ in ("start", "end"):
        shift = shape.choice(_EDGE_SHIFTS, len(sites), p=_EDGE_SHIFT_SHARES)
        shift[shape.random(len(sites)) >= _SITES_WITH_SECOND_EDGE] = 0
        shifts.append(np.where(rng.random(len(sites)) < _SECOND_EDGE_RATE, shift, 0))
    found = pd.DataFrame(
        {
            "chrom": sites["chrom"],
            "start": sites["start"] + shifts[0],
            "end": sites["end"] - shifts[1],
            "score": (50 + 12 * rpm).astype(np.int64),
        }
    )
    return found[called].reset_index(drop=True)


@lru_cache(maxsize=64)
def coverage(accession: str, genome: str, seed: int = SIMULATION_SEED) -> pd.DataFrame:
    """Coverage as the records of a bigWig.

    Returns
    -------
    DataFrame
        ``chrom start end value``: reads per million covering each base, whole multiples of what one read gives, only
        where it is above 0; sorted and without overlap. A site's reads spread over its peak and flanks like a tent, in
        steps of 50 bases; far from any site, some reads stand alone.
    """
    sites = peak_sites(genome, seed)
    reads = site_reads(accession, genome, seed)
    first = (sites["start"].to_numpy() - _FLANK) // STEP * STEP
    starts = first[:, None] + STEP * np.arange(_MOST_STEPS)
    centre = (sites["start"] + sites["end"]).to_numpy()[:, None] / 2
    reach = (sites["end"] - sites["start"]).to_numpy()[:, None] / 2 + _FLANK
    weight = np.clip(1 - np.abs(starts + STEP / 2 - centre) / reach, 0, None)
    depth = np.rint(reads[:, None] * READ_LENGTH * weight / weight.sum(axis=1, keepdims=True) / STEP)
    kept = depth > 0
    site, _ = np.nonzero(kept)
    near = pd.DataFrame(
        {
            "chrom": sites["chrom"].to_numpy()[site],
            "start": starts[kept],
            "end": starts[kept] + STEP,
            "value": depth[kept],
        }
    )
    records = pd.concat([near, _lone_reads(accession, genome, seed)], ignore_index=True)
    # A bigWig stores 32-bit floats.
    scaled = (records["value"] * _experiment(accession, genome).scale).astype(np.float32).astype(np.float64)
    return records.assign(value=scaled).sort_values(["chrom", "start"], ignore_index=True)


def _lone_reads(accession: str, genome: str, seed: int) -> pd.DataFrame:
    """Reads midway between neighbouring sites, where those lie far apart; some of such places in each experiment."""
    sites = peak_sites(genome, seed)
    centre = (sites["start"] + sites["end"]) // 2
    gap = centre.groupby(sites["chrom"]).diff()
    middles = (centre - gap / 2)[gap >= _GAP_WITH_LONE_READ].astype(np.int64)
    rng = generator(seed, "lone reads", genome, accession)
    start = middles[rng.random(len(middles)) < _LONE_READ_RATE].sort_index()
    start = start + rng.integers(-READ_LENGTH, READ_LENGTH, len(start))
    chrom = sites["chrom"].loc[start.index]
    return pd.DataFrame({"chrom": chrom, "start": start, "end": start + READ_LENGTH, "value": 1.0})


def _experiment(accession: str, genome: str) -> Experiment:
    experiment = find_experiment(accession, genome)
    if experiment is None:
        raise KeyError(f"{accession} is no simulated experiment of {genome}")
    return experiment

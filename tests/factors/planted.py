"""Results whose changed regions are the simulation's planted sites, made without a comparison."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scripts.diff.diff_result import DiffResult
from scripts.emulator.simulation.genome.landscape import peak_sites
from scripts.emulator.simulation.samples.effects import label_effects
from scripts.emulator.simulation.tracks.methylation import methylation_stretches, planted_regions
from tests.diff.tables import make_results, methylation, peaks

GENOME = "ce11"
#: Group A is the official first: what the official second lowers is higher in it.
LOWER_IN = {"gained": "official second", "lost": "official first"}


def results_of(regions: pd.DataFrame, genome: str, folder: Path) -> DiffResult:
    """Results that hold these regions."""
    results = make_results(regions, genome=genome, simulated=True)
    results["parameters"] |= {"output_dir": str(folder), "description_a": "Treated", "description_b": "Control"}
    results["provenance"] |= {"simulated": True}
    return DiffResult.of(results)


def planted_results(folder: Path, genome: str = GENOME) -> DiffResult:
    """The planted sites are significant, in their direction; every other site is unchanged."""
    sites = peak_sites(genome).query("kind == 'autosome'")
    effects = {name: label_effects(genome)[label][sites.index] for name, label in LOWER_IN.items()}
    change = np.where(effects["gained"] < 0, 2.0, np.where(effects["lost"] < 0, -2.0, 0.01))
    return results_of(_peaks(sites, change), genome, folder)


def null_results(folder: Path, number: int, genome: str = GENOME) -> DiffResult:
    """Random sites are significant, whatever they are."""
    sites = peak_sites(genome).query("kind == 'autosome'")
    change = np.full(len(sites), 0.01)
    drawn = np.random.default_rng(number).permutation(len(sites))
    change[drawn[:60]], change[drawn[60:120]] = 2.0, -2.0
    return results_of(_peaks(sites, change), genome, folder)


def methylation_results(folder: Path, genome: str = "mm10") -> DiffResult:
    """Planted stretches are significant; group A is the first label."""
    stretches, planted = methylation_stretches(genome), planted_regions(genome)
    rows: list[dict[str, Any]] = []
    for chrom, start, end in stretches.itertuples(index=False):
        here = planted[(planted["chrom"] == chrom) & (planted["start"] >= start) & (planted["end"] <= end)]
        difference = float(here["difference"].iloc[0]) if len(here) else 0.12
        row = {"chrom": chrom, "start": start, "size": end - start, "difference": difference}
        rows.append(row | {"q": 1e-6 if len(here) else 1.0})
    return results_of(methylation(rows), genome, folder)


def _peaks(sites: pd.DataFrame, change: np.ndarray) -> pd.DataFrame:
    rows = [
        {
            "chrom": site.chrom, "start": site.start, "size": site.end - site.start, "logFC": effect,
            "q": 1e-6 if abs(effect) > 1 else 0.95, "count_a": site.height, "count_b": site.height,
        }
        for site, effect in zip(sites.itertuples(), change, strict=True)
    ]  # fmt: skip
    return peaks(rows)

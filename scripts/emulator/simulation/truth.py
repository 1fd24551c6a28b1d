"""What was planted between two groups of simulated experiments."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ...common.errors import InputError, NotFoundError
from .genome.landscape import peak_sites
from .genome.seeds import SIMULATION_SEED
from .samples.effects import expected_height
from .samples.experiments import Experiment, find_experiment
from .tracks.methylation import FIRST, SECOND, planted_regions

#: Smaller expected differences come from rounding, not from planting.
_SMALLEST = 1e-6


def truth(
    experiments_a: Sequence[str], experiments_b: Sequence[str], genome: str = "hg38", *, seed: int = SIMULATION_SEED
) -> pd.DataFrame:
    """The planted differences between two groups, by position.

    Parameters
    ----------
    experiments_a, experiments_b : sequence of str
        SRX, ERX, DRX or GSM accessions of one kind: all bisulfite, or none.
    genome : str
        Assembly.
    seed : int
        Of the simulation; another one than the served gives other sites.

    Returns
    -------
    DataFrame
        ``chrom chromStart chromEnd`` (0-based half-open), then ``log2FC`` of the mean signal (with its background: a
        site that one group lacks has a finite value), or ``difference`` of the mean methylation for bisulfite
        experiments: positive = higher in A; then ``kind``: ``autosome`` and
        ``methylation`` for planted biology, or the artefact (``sex mitochondrial copy_number scaffold``).

    Raises
    ------
    NotFoundError
        An accession that the simulation does not hold for this genome.
    InputError
        Bisulfite experiments and others together.
    """
    group_a, group_b = _find(experiments_a, genome), _find(experiments_b, genome)
    bisulfite = [item.accession for item in (*group_a, *group_b) if item.is_bisulfite]
    if bisulfite and len(bisulfite) < len(group_a) + len(group_b):
        raise InputError(
            f"Methylation ({', '.join(bisulfite)}) and peaks (the other experiments) have no truth in common.\n"
            "Give experiments of one kind."
        )
    if bisulfite:
        return _methylation_truth(group_a, group_b, genome, seed)
    sites = peak_sites(genome, seed)
    change = np.log2(expected_height(group_a, seed) / expected_height(group_b, seed))
    table = pd.DataFrame(
        {
            "chrom": sites["chrom"],
            "chromStart": sites["start"],
            "chromEnd": sites["end"],
            "log2FC": change,
            "kind": sites["kind"],
        }
    )
    return table[np.abs(change) > _SMALLEST].reset_index(drop=True)


def _methylation_truth(group_a: list[Experiment], group_b: list[Experiment], genome: str, seed: int) -> pd.DataFrame:
    side_a, side_b = (
        sum((FIRST in item.conditions) - (SECOND in item.conditions) for item in group) / len(group) / 2
        for group in (group_a, group_b)
    )
    planted = planted_regions(genome, seed)
    table = pd.DataFrame(
        {
            "chrom": planted["chrom"],
            "chromStart": planted["start"],
            "chromEnd": planted["end"],
            "difference": planted["difference"] * (side_a - side_b),
            "kind": "methylation",
        }
    )
    return table[table["difference"].abs() > _SMALLEST].reset_index(drop=True)


def _find(accessions: Sequence[str], genome: str) -> list[Experiment]:
    found = [find_experiment(accession, genome) for accession in accessions]
    missing = [name for name, item in zip(accessions, found, strict=True) if item is None]
    if missing or not found:
        raise NotFoundError(
            f"The simulation has no experiment {', '.join(missing) or '(no accession given)'} for {genome}."
        )
    return [item for item in found if item is not None]

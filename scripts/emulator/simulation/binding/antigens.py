"""Simulated antigens for Enrichment Analysis: peaks on the sites of a genome, some with planted preferences.

Names (``SIMBF01``) are visibly synthetic. They exist in the answers of Enrichment Analysis alone: no metadata, no
peak files. Each label of a contrast (see `emulator.simulation.samples.effects`) that lowers sites has a factor that
prefers just these; each sign of planted methylation has one, too. Beside them are antigens that prefer nothing,
one whose experiments have peaks almost everywhere, one with a single study of many experiments, a tag and inputs.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import pandas as pd

from ....common.errors import NotFoundError
from ..factors.target_tables import TFS
from ..genome.landscape import peak_sites
from ..genome.seeds import SIMULATION_SEED, generator
from ..samples.effects import CONTRASTS, label_effects
from ..tracks.methylation import FIRST, METHYLATION_GENOMES, SECOND, methylation_stretches, planted_regions

#: Antigens without any preference, and experiments and studies of each (least, most).
FREE_ANTIGENS, _EXPERIMENTS, _STUDIES = 24, (2, 8), (1, 4)
#: A planted factor: experiments, studies, chance of a peak on a site that it prefers, and on another.
_PLANTED, _ON_PREFERRED, _ELSEWHERE = (6, 3), 0.75, 0.12
EVERYWHERE, ONE_STUDY, TAG, INPUT = "SIMBFWIDE", "SIMBFSTUDY", "GFP", "Input control"
#: Numbers of accessions that the archives have not assigned: these experiments exist here alone.
_FIRST_NUMBER, _STUDY_APART = 97_000_000, 1000
_HALF_WIDTH = 150


@dataclass(frozen=True)
class BindingExperiment:
    """One experiment: what the service's table says of it, and the share of sites that carry a peak."""

    accession: str
    antigen_class: str
    antigen: str
    cell_class: str
    cell_type: str
    rate: float
    prefers: str = ""


def planted_factors(genome: str) -> dict[str, str]:
    """Factor -> the label under which the sites that it prefers are lower, or the label with less methylation."""
    labels = [label for contrast in CONTRASTS.get(genome, ()) for label in (contrast.first, contrast.second)]
    labels = [label for label in labels if label in label_effects(genome) and label != TFS]
    labels += [SECOND, FIRST] if genome in METHYLATION_GENOMES else []
    return {f"SIMBF{number:02d}": label for number, label in enumerate(dict.fromkeys(labels), start=1)}


def binding_truth(genome: str) -> pd.DataFrame:
    """Which factors prefer which sites.

    Returns
    -------
    DataFrame
        ``antigen`` and ``lower_in``: the label under which its sites have less signal (less methylation), so that they
        are higher in a group that lacks it.

    Raises
    ------
    NotFoundError
        A genome without planted factors.
    """
    planted = planted_factors(genome)
    if not planted:
        raise NotFoundError(f"No factors are planted at the sites of {genome!r}.", list(CONTRASTS))
    return pd.DataFrame({"antigen": list(planted), "lower_in": list(planted.values())})


@cache
def places(genome: str) -> pd.DataFrame:
    """``chrom start end`` where a peak can be: the sites of the genome, and the stretches of its CpGs."""
    sites = peak_sites(genome)[["chrom", "start", "end"]]
    if genome not in METHYLATION_GENOMES:
        return sites.reset_index(drop=True)
    return pd.concat([sites, methylation_stretches(genome)], ignore_index=True)


@cache
def binding_experiments(genome: str) -> tuple[BindingExperiment, ...]:
    """All experiments of a genome's simulated antigens."""
    rng = generator(SIMULATION_SEED, "binding experiments", genome)
    found: list[BindingExperiment] = []
    submissions = itertools.count(1)

    def add(antigen: str, kind: str, experiments: int, studies: int, rates: np.ndarray, prefers: str = "") -> None:
        for study, members in enumerate(np.array_split(np.arange(experiments), studies)):
            first = _FIRST_NUMBER + _STUDY_APART * next(submissions)
            for place, number in enumerate(members):
                cell = ("Blood", "K-562") if (study + place) % 2 else ("Liver", "Hep G2")
                found.append(
                    BindingExperiment(f"SRX{first + place}", kind, antigen, *cell, float(rates[number]), prefers)
                )

    for factor, label in planted_factors(genome).items():
        experiments, studies = _PLANTED
        add(factor, TFS, experiments, studies, np.full(experiments, _ELSEWHERE), label)
    for number in range(FREE_ANTIGENS):
        experiments = int(rng.integers(*_EXPERIMENTS, endpoint=True))
        studies = min(int(rng.integers(*_STUDIES, endpoint=True)), experiments)
        add(f"SIMFREE{number + 1:02d}", TFS, experiments, studies, np.exp(rng.uniform(-3.5, -0.5, experiments)))
    add(EVERYWHERE, TFS, 4, 2, np.full(4, 0.96))
    add(ONE_STUDY, TFS, 40, 1, np.full(40, 0.2))
    add(TAG, TFS, 4, 2, np.full(4, 0.15))
    add(INPUT, "Input control", 4, 2, np.full(4, 0.02))
    return tuple(found)


@lru_cache(maxsize=512)
def binding_peaks(experiment: BindingExperiment, genome: str) -> pd.DataFrame:
    """Peaks of an experiment: ``chrom start end score`` (0-based half-open)."""
    rng = generator(SIMULATION_SEED, "binding", genome, experiment.accession)
    shared = generator(SIMULATION_SEED, "binding of", genome, experiment.antigen)
    where = places(genome)
    chance = np.full(len(where), experiment.rate)
    if experiment.prefers:
        chance[_preferred(genome, experiment.prefers)] = _ON_PREFERRED
    # Experiments of one antigen largely bind the same sites: half of what decides is the antigen's.
    decided = np.where(shared.random(len(where)) < 0.5, shared.random(len(where)), rng.random(len(where)))
    bound = where[decided < chance]
    centre = (bound["start"] + bound["end"]).to_numpy() // 2
    score = rng.integers(50, 800, len(bound))
    return pd.DataFrame(
        {"chrom": bound["chrom"].to_numpy(), "start": centre - _HALF_WIDTH, "end": centre + _HALF_WIDTH, "score": score}
    )


def _preferred(genome: str, label: str) -> np.ndarray:
    """Positions, among `places`, that a factor of this label prefers."""
    sites = len(peak_sites(genome))
    if label not in (FIRST, SECOND):
        return np.flatnonzero(label_effects(genome)[label] < 0)
    where, planted = places(genome).iloc[sites:], planted_regions(genome)
    less = planted[(planted["difference"] > 0) == (label == SECOND)]
    starts = set(zip(less["chrom"], less["start"], strict=True))
    inside = [
        any(chrom == c and start <= s < end for c, s in starts)
        for chrom, start, end in zip(where["chrom"], where["start"], where["end"], strict=True)
    ]
    return sites + np.flatnonzero(inside)

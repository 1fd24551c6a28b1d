"""What conditions do to peak sites: the planted truth.

A contrast has two labels. Each of its sites is *lowered* under one of them, so that neither direction gains counts over
the other: every site has its full height somewhere. Sites of different contrasts of a genome are disjoint, so that an
experiment with two labels (a line and a treatment) shows both effects.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from ..genome.landscape import BACKGROUND, peak_sites
from ..genome.seeds import SIMULATION_SEED, generator
from .experiments import Experiment

#: Planted effects, |log2|: from hard to find to unmistakable.
EFFECT_RANGE = (0.8, 4.0)
#: Sites weaker than this (reads per million) are called in too few experiments to carry an effect.
_MINIMUM_HEIGHT = 9.0


@dataclass(frozen=True)
class Contrast:
    """Two labels and the share of autosomal sites on which they differ.

    Attributes
    ----------
    unequal_heights : bool
        Plant one direction on strong and the other on weak sites: an asymmetric MA plot.
    """

    first: str
    second: str
    share: float = 0.10
    unequal_heights: bool = False


CONTRASTS: dict[str, tuple[Contrast, ...]] = {
    "hg38": (
        Contrast("DMSO", "Daunorubicin"),
        Contrast("MOLM-13", "K-562"),
        Contrast("official first", "official second"),
        Contrast("accessibility", "TFs and others", 0.15),
        Contrast("acetylation", "TFs and others", 0.15),
    ),
    "hg19": (
        Contrast("DMSO", "Daunorubicin"),
        Contrast("MOLM-13", "K-562"),
        Contrast("treated first", "treated second"),
    ),
    "mm10": (Contrast("official first", "official second", unequal_heights=True),),
    "rn6": (Contrast("official first", "official second"),),
    "ce11": (Contrast("official first", "official second"),),
    "sacCer3": (Contrast("official first", "official second"),),
    **dict.fromkeys(("mm9", "dm3", "ce10", "TAIR12"), (Contrast("treated first", "treated second"),)),
}

#: What the two simulated lines lack beside each other, as log2, by kind of site. K-562 is female and has no Y;
#: MOLM-13 is male and has one X where K-562 has two. The other differences are artefacts that the checks look for.
_FEMALE, _MALE = "K-562", "MOLM-13"
_NO_Y = -9.0
_ONE_X = -1.0
_LINE_ARTEFACTS = {"mitochondrial": -2.5, "copy_number": -2.2}
_SCAFFOLD_EFFECT = 2.5
#: A sample without immunoprecipitation: almost no peaks.
_INPUT_EFFECT = -6.0


@cache
def label_effects(genome: str, seed: int = SIMULATION_SEED) -> dict[str, np.ndarray]:
    """log2 change that each label makes to each site of `peak_sites`, 0 or below."""
    sites = peak_sites(genome, seed)
    rng = generator(seed, "effects", genome)
    eligible = np.flatnonzero((sites["kind"] == "autosome") & (sites["height"] >= _MINIMUM_HEIGHT))
    free = rng.permutation(eligible)
    effects: dict[str, np.ndarray] = {}

    def lower(label: str, where: np.ndarray, by: np.ndarray | float) -> None:
        effects.setdefault(label, np.zeros(len(sites)))[where] = by

    for contrast in CONTRASTS.get(genome, ()):
        each = int(contrast.share * (sites["kind"] == "autosome").sum() / 2)
        if contrast.unequal_heights:
            free = free[np.argsort(sites["height"].to_numpy()[free], kind="stable")]
            in_first, in_second, free = free[:each], free[-each:], free[each:-each]
        else:
            in_first, in_second, free = free[:each], free[each : 2 * each], free[2 * each :]
        lower(contrast.first, in_first, -rng.uniform(*EFFECT_RANGE, len(in_first)))
        lower(contrast.second, in_second, -rng.uniform(*EFFECT_RANGE, len(in_second)))
    if _FEMALE in effects:
        lower(_FEMALE, np.flatnonzero(sites["chrom"] == "chrY"), _NO_Y)
        lower(_MALE, np.flatnonzero(sites["chrom"] == "chrX"), _ONE_X)
        for kind, effect in _LINE_ARTEFACTS.items():
            lower(_FEMALE, np.flatnonzero(sites["kind"] == kind), effect)
        on_scaffolds = np.flatnonzero(sites["kind"] == "scaffold")
        lower(_FEMALE, on_scaffolds[::2], -_SCAFFOLD_EFFECT)
    lower("input", np.arange(len(sites)), _INPUT_EFFECT)
    return effects


def log2_effect(experiment: Experiment, seed: int = SIMULATION_SEED) -> np.ndarray:
    """Sum of the effects of an experiment's labels, per site."""
    effects = label_effects(experiment.genome, seed)
    labels = (*experiment.conditions, experiment.antigen_class)
    found = [effects[label] for label in dict.fromkeys(labels) if label in effects]
    return np.sum(found, axis=0) if found else np.zeros(len(peak_sites(experiment.genome, seed)))


def expected_height(experiments: Sequence[Experiment], seed: int = SIMULATION_SEED) -> np.ndarray:
    """Mean signal of each site over some experiments of one genome, background included, in reads per million."""
    height = peak_sites(experiments[0].genome, seed)["height"].to_numpy()
    return height * np.mean([2.0 ** log2_effect(item, seed) for item in experiments], axis=0) + BACKGROUND

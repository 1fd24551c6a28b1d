"""Simulated gene sets, with known truth: genes near planted sites, targets of planted modules, and random ones.

Every name says SIMULATED. Nothing here is of any real collection, whatever the library is called.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from .factors.modules import MODULE_GENOME, N_MODULES, module_genes
from .genome.genes import gene_symbols, transcripts
from .genome.landscape import peak_sites
from .genome.seeds import SIMULATION_SEED, generator
from .samples.effects import CONTRASTS, label_effects

#: Server -> its libraries. One bears the name of a real library, so that what people type works here too.
LIBRARIES = {
    "Enrichr": ("SIMULATED_Gene_Sets", "MSigDB_Hallmark_2020"),
    "FlyEnrichr": ("SIMULATED_Gene_Sets",),
    "WormEnrichr": ("SIMULATED_Gene_Sets",),
    "YeastEnrichr": ("SIMULATED_Gene_Sets",),
}
#: Assemblies whose contrasts and genes are in the library of a server.
_GENOMES = {
    "Enrichr": ("hg38", "mm10"),
    "FlyEnrichr": ("dm6",),
    "WormEnrichr": ("ce11",),
    "YeastEnrichr": ("sacCer3",),
}
RANDOM_SETS = 20
_RANDOM_SIZES = (15, 120)
#: Of the genes that are nearest to the sites of a label, this share is in its set; others make up a third of it.
_SHARE_NEAR, _OTHERS = 0.7, 1 / 3
#: Further from any gene, a site is nobody's, in bp.
_NEAR = 50_000


@cache
def library(instance: str) -> dict[str, tuple[str, ...]]:
    """Name of a set -> its genes.

    For each label of a contrast, most genes nearest to the sites that are **lowered** under it, which are higher in the
    other group, and others at random; of hg38, the genes of each module of factors; and random sets.
    """
    sets: dict[str, tuple[str, ...]] = {}
    for genome in _GENOMES[instance]:
        symbols = gene_symbols(genome)
        rng = generator(SIMULATION_SEED, "gene sets", genome)
        for contrast in CONTRASTS.get(genome, ()):
            for label in (contrast.first, contrast.second):
                near = _near(genome, label)
                planted = rng.choice(near, int(_SHARE_NEAR * len(near)), replace=False)
                others = rng.choice(symbols, int(_OTHERS * len(planted)), replace=False)
                sets[f"SIMULATED sites lowered by {label} ({genome})"] = _sorted([*planted, *others])
        if genome == MODULE_GENOME:
            for module in range(1, N_MODULES + 1):
                sets[f"SIMULATED module {module}"] = _sorted(symbols[module_genes(genome, module)])
        for number in range(1, RANDOM_SETS + 1):
            drawn = rng.choice(symbols, int(rng.integers(*_RANDOM_SIZES)), replace=False)
            sets[f"SIMULATED random {number} ({genome})"] = _sorted(drawn)
    return sets


def _sorted(genes: list[str] | np.ndarray) -> tuple[str, ...]:
    return tuple(sorted({str(gene) for gene in genes}))


def _near(genome: str, label: str) -> np.ndarray:
    """Genes with the nearest TSS to the autosomal sites that a label lowers."""
    sites = peak_sites(genome)
    lowered = sites[(label_effects(genome)[label] < 0) & (sites["kind"] == "autosome").to_numpy()]
    table = transcripts(genome)
    tss = np.where(table["strand"] == "-", table["txEnd"] - 1, table["txStart"])
    places = pd.DataFrame({"chrom": table["chrom"], "at": tss, "gene": table["name2"]}).sort_values("at")
    centres = (lowered["start"] + lowered["end"]) // 2
    points = pd.DataFrame({"chrom": lowered["chrom"], "at": centres}).sort_values("at")
    found = pd.merge_asof(
        points.astype({"at": "int64"}), places.astype({"at": "int64"}),
        on="at", by="chrom", direction="nearest", tolerance=_NEAR,
    )  # fmt: skip
    return np.sort(found["gene"].dropna().unique().astype(str))

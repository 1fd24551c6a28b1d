"""Simulated factors that find the same hot loci, whatever they bind besides; each has targets of its own.

They are there for what tells the two apart. Names (``SIMHF001``) are visibly synthetic; ``GFP`` beside them is a
control, as of cells without any tagged factor: it finds the hot loci, and nothing of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from ....common.errors import NotFoundError
from ..genome.genes import gene_symbols
from ..genome.seeds import SIMULATION_SEED, generator

HOT_GENOME = "mm10"
N_FACTORS = 40
CONTROL = "GFP"
HOT_GENES = 50
#: Share of the hot loci that one factor shows: not every experiment is deep enough for all.
_SHARE_SHOWN = 0.9
OWN_TARGETS = 50
_GENES = (1500, 2300)
_EXPERIMENTS = (3, 9)
#: Strength (log-odds scale; other genes have -2.4 to 2.6): hot loci stand above a factor's own targets.
_HOT, _OWN = (4.6, 0.4), (3.0, 0.4)


@dataclass(frozen=True)
class HotFactor:
    """A synthetic factor that shows hot loci: its table's size."""

    name: str
    genes: int
    experiments: int


@cache
def hot_factors(genome: str) -> dict[str, HotFactor]:
    """The synthetic factors and the control of a genome by name; none but for `HOT_GENOME`."""
    if genome != HOT_GENOME:
        return {}
    rng = generator(SIMULATION_SEED, "hot factors", genome)
    names = [f"SIMHF{number:03d}" for number in range(1, N_FACTORS + 1)] + [CONTROL]
    sizes = zip(rng.integers(*_GENES, len(names)), rng.integers(*_EXPERIMENTS, len(names)), strict=True)
    return {name: HotFactor(name, int(genes), int(count)) for name, (genes, count) in zip(names, sizes, strict=True)}


@cache
def hot_genes(genome: str) -> np.ndarray:
    """Positions, among the genome's gene symbols, of the hot loci."""
    rng = generator(SIMULATION_SEED, "hot genes", genome)
    return np.sort(rng.choice(len(gene_symbols(genome)), HOT_GENES, replace=False))


@cache
def own_targets(genome: str, factor: str) -> np.ndarray:
    """Positions of the targets that are a factor's own; none of them is hot."""
    if factor == CONTROL or factor not in hot_factors(genome):
        return np.empty(0, dtype=np.int64)
    rng = generator(SIMULATION_SEED, "own targets", genome, factor)
    others = np.setdiff1d(np.arange(len(gene_symbols(genome))), hot_genes(genome))
    return np.sort(rng.choice(others, OWN_TARGETS, replace=False))


def hot_strength(genome: str, factor: str) -> pd.Series:
    """Strength by position of the hot loci and own targets that a factor's table shows; empty for all others."""
    if factor not in hot_factors(genome):
        return pd.Series(dtype=float)
    rng = generator(SIMULATION_SEED, "hot strength", genome, factor)
    hot = hot_genes(genome)
    shown, own = hot[rng.random(len(hot)) < _SHARE_SHOWN], own_targets(genome, factor)
    values = np.concatenate([rng.normal(*_HOT, len(shown)), rng.normal(*_OWN, len(own))])
    return pd.Series(values, index=np.concatenate([shown, own])).sort_index()


def hot_truth(genome: str = HOT_GENOME) -> pd.DataFrame:
    """Which loci are hot, and which targets each factor has of its own.

    Returns
    -------
    DataFrame
        ``kind`` (``hot`` or ``own``), ``factor`` (empty for hot loci, which are all factors'), ``gene``.

    Raises
    ------
    NotFoundError
        A genome without planted hot loci.
    """
    factors = hot_factors(genome)
    if not factors:
        raise NotFoundError(f"No hot loci are planted in {genome!r}.", [HOT_GENOME])
    symbols = gene_symbols(genome)
    rows = [("hot", "", str(gene)) for gene in symbols[hot_genes(genome)]]
    for name in factors:
        rows += [("own", name, str(gene)) for gene in symbols[own_targets(genome, name)]]
    return pd.DataFrame(rows, columns=["kind", "factor", "gene"])

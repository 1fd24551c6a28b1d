"""Simulated factors that share targets: modules of factors, each with a set of genes that its factors prefer.

They are there for methods that look over all factors at once. Names (``SIMTF001``) are visibly synthetic.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from ....common.errors import NotFoundError
from ..genome.genes import gene_symbols
from ..genome.seeds import SIMULATION_SEED, generator

#: Assemblies with modules: one is enough to try a method.
MODULE_GENOME = "hg38"
N_MODULES = 20
FACTORS_A_MODULE = 8
#: Factors of no module, with targets drawn from all genes: what a method must not find.
FREE_FACTORS = 60
GENES_A_MODULE = 80
#: Share of a module's genes that are planted in one of its factors.
_SHARE_BOUND = 0.3
#: Added to the strength (log-odds scale) of a module's genes: found by a good method, not by a glance.
STRENGTH = 0.8
_GENES = (250, 420)
_EXPERIMENTS = (1, 9)


@dataclass(frozen=True)
class ModuleFactor:
    """A synthetic factor: its table's size, and its module (0 for none)."""

    name: str
    module: int
    genes: int
    experiments: int


@cache
def module_factors(genome: str) -> dict[str, ModuleFactor]:
    """The synthetic factors of a genome by name; none but for `MODULE_GENOME`."""
    if genome != MODULE_GENOME:
        return {}
    rng = generator(SIMULATION_SEED, "modules", genome)
    modules = np.concatenate([np.repeat(np.arange(1, N_MODULES + 1), FACTORS_A_MODULE), np.zeros(FREE_FACTORS, int)])
    # Names tell nothing of the module.
    modules = rng.permutation(modules)
    genes = rng.integers(*_GENES, len(modules))
    experiments = rng.integers(*_EXPERIMENTS, len(modules))
    names = [f"SIMTF{number:03d}" for number in range(1, len(modules) + 1)]
    return {
        name: ModuleFactor(name, int(module), int(n_genes), int(n_experiments))
        for name, module, n_genes, n_experiments in zip(names, modules, genes, experiments, strict=True)
    }


@cache
def module_genes(genome: str, module: int) -> np.ndarray:
    """Positions, among the genome's gene symbols, of a module's genes; a gene can be in several modules."""
    rng = generator(SIMULATION_SEED, "module genes", genome, module)
    return np.sort(rng.choice(len(gene_symbols(genome)), GENES_A_MODULE, replace=False))


def planted_targets(genome: str, factor: str) -> np.ndarray:
    """Positions of the genes of its module that a factor binds; none for a factor of no module."""
    known = module_factors(genome).get(factor)
    if known is None or not known.module:
        return np.empty(0, dtype=np.int64)
    genes = module_genes(genome, known.module)
    rng = generator(SIMULATION_SEED, "planted targets", genome, factor)
    return genes[rng.random(len(genes)) < _SHARE_BOUND]


def module_truth(genome: str = MODULE_GENOME) -> pd.DataFrame:
    """Which factors and which genes make up each module.

    Returns
    -------
    DataFrame
        ``module`` (1 and up), ``kind`` (``factor`` or ``gene``), ``name``. A factor of the module binds many, not all,
        of its genes, and many others.

    Raises
    ------
    NotFoundError
        A genome without modules.
    """
    factors = module_factors(genome)
    if not factors:
        raise NotFoundError(f"No modules are planted in {genome!r}.", [MODULE_GENOME])
    symbols = gene_symbols(genome)
    rows = [(factor.module, "factor", factor.name) for factor in factors.values() if factor.module]
    for module in range(1, N_MODULES + 1):
        rows += [(module, "gene", str(name)) for name in symbols[module_genes(genome, module)]]
    table = pd.DataFrame(rows, columns=["module", "kind", "name"])
    return table.sort_values(["module", "kind", "name"], ignore_index=True)

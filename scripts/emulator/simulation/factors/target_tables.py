"""Simulated Target Genes tables: for each factor, MACS2 scores of genes in experiments, and STRING scores."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from ..genome.genes import gene_symbols
from ..genome.seeds import SIMULATION_SEED, generator
from .hot_loci import HOT_GENOME, hot_factors, hot_strength
from .modules import MODULE_GENOME, STRENGTH, module_factors, planted_targets

DISTANCES = (1, 5, 10)
#: Shares of genes whose nearest site lies within 1, within 5, and only within 10 kb of the TSS.
_NEAREST_SHARES = (0.60, 0.25, 0.15)
#: Shares of peaks that lie at the nearest site, and at one or two steps further out.
_STEP_SHARES = (0.70, 0.20, 0.10)
#: Cell types as the files write them, with the uneven weights of a factor that a few lines dominate.
_CELL_TYPES = {
    "HCT_116": 32,
    "MCF-7": 21,
    "U2OS": 17,
    "K-562": 16,
    "MOLM-13": 16,
    "Fibroblasts": 13,
    "hESC_H1": 12,
    "CD4+_T_cells": 10,
    "Saos-2": 8,
    "Hep_G2": 8,
    "IMR-90": 7,
    "A549": 5,
    "B-cell_(CD19+)": 5,
    "MCF_10A": 3,
    "Macrophages": 3,
    "Dendritic_cells,_plasmacytoid": 2,
    "Unclassified": 1,
}
_MODEL_ORGANISM_CELL_TYPES = {
    "mm": {"mESC_line": 6, "MEF": 5, "Liver": 4, "CD8+_T_cells": 2, "Spleen": 1},
    "rn": {"Hippocampus": 3, "Liver": 2},
    "dm": {"S2": 5, "Embryos": 4, "Kc167": 2},
    "ce": {"Young_adult": 4, "L4_larvae": 3, "Embryos": 2},
    "sa": {"S288C": 4, "BY4741": 3},
    "TA": {"Inflorescences": 3, "Seedlings": 3, "Roots": 1},
}


TFS = "TFs and others"


@dataclass(frozen=True)
class Factor:
    """What the index says of a factor, and what its file holds.

    Attributes
    ----------
    genes : int
        Genes with a peak in at least one experiment, within 10 kb; 0 for a file that is its header alone.
    experiments : int
        Columns of the file; 0 when the index lists a factor that has no file.
    string : bool
        Whether STRING knows the factor.
    alias : str
        Another name, which the titles of its experiments give beside the symbol.
    antigen_class : str
        ChIP-Atlas's class. Only the next pipeline computes tables for others than factors.
    """

    genes: int
    experiments: int
    string: bool = True
    alias: str = ""
    antigen_class: str = TFS

    @property
    def next_pipeline(self) -> bool:
        """Whether today's pipeline has no table of it."""
        return self.antigen_class != TFS


FACTORS: dict[str, dict[str, Factor]] = {
    "hg38": {
        "TP53": Factor(5400, 200),
        "E2F1": Factor(3300, 40),
        "MYC": Factor(4300, 90, alias="c-Myc"),
        "CTCF": Factor(5600, 60),
        "ESR1": Factor(2500, 50, alias="ER alpha"),
        "FOXA1": Factor(2400, 30),
        "GATA1": Factor(1800, 24),
        "MAX": Factor(2600, 20),
        "NKX2-1": Factor(900, 6),
        "REST": Factor(1500, 18),
        "SPI1": Factor(2100, 22),
        "TP63": Factor(1700, 16),
        "TP73": Factor(700, 1),
        "YY1": Factor(2300, 25),
        "ZNF143": Factor(1200, 8, string=False),
        "POU5F1": Factor(900, 12, alias="OCT4"),
        "NR3C1": Factor(800, 10, alias="GR"),
        "RELA": Factor(1000, 11, alias="NF-kB p65"),
        "HIF1A": Factor(600, 7, alias="HIF-1 alpha"),
        "H3K27ac": Factor(5000, 20, string=False, antigen_class="Histone"),
        "ATAC-Seq": Factor(5500, 16, string=False, antigen_class="ATAC-Seq"),
        "SIMHEADERONLY": Factor(0, 40),
        "SIMMISSING": Factor(0, 0),
    },
    "hg19": {"TP53": Factor(3200, 60), "MYC": Factor(2600, 30)},
    "mm10": {"Trp53": Factor(3000, 40), "Myc": Factor(2400, 20), "Pou5f1": Factor(700, 8, alias="Oct4")},
    "mm9": {"Trp53": Factor(1800, 16)},
    "rn6": {"Nr3c1": Factor(1100, 5)},
    "dm6": {"E(z)": Factor(900, 9), "Su(var)3-9": Factor(700, 4), "Trl": Factor(1200, 11)},
    "dm3": {"Trl": Factor(800, 6)},
    "ce11": {"daf-16": Factor(1100, 9), "wdr-5": Factor(0, 0)},
    "ce10": {"daf-16": Factor(700, 5)},
    "sacCer3": {"RAP1": Factor(600, 7), "GAL4": Factor(150, 3)},
    "TAIR12": {"SEP3": Factor(900, 6)},
}
FACTORS[MODULE_GENOME] |= {
    name: Factor(known.genes, known.experiments) for name, known in module_factors(MODULE_GENOME).items()
}

FACTORS[HOT_GENOME] |= {name: Factor(known.genes, known.experiments) for name, known in hot_factors(HOT_GENOME).items()}


def factor_index(*, next_pipeline: bool = False) -> dict[str, list[str]]:
    """The antigens of each genome that have tables, as the site lists them."""
    return {
        genome: sorted(name for name, known in factors.items() if next_pipeline or not known.next_pipeline)
        for genome, factors in FACTORS.items()
    }


@lru_cache(maxsize=12)
def target_table(genome: str, factor: str, distance: int) -> bytes | None:
    """The file of a factor, or None when there is none.

    Tab-separated: gene, average over all experiments (zeros included), one integer score (-10 log10 Q) per experiment,
    STRING score; sorted by average, descending. A gene stands in the file when it has a peak within `distance` kb of
    its TSS in any experiment, or a STRING score.
    """
    known = FACTORS.get(genome, {}).get(factor)
    if known is None or distance not in DISTANCES or not known.experiments:
        return None
    columns = experiment_columns(genome, factor, known.experiments)
    header = "\t".join(["Target_genes", f"{factor}|Average", *columns, "STRING"]) + "\n"
    if not known.genes:
        return header.encode()
    genes, scores, reach, string = _simulate(genome, factor, known)
    visible = np.where(reach <= distance, scores, 0)
    keep = (visible > 0).any(axis=1) | (string > 0)
    visible, genes, string = visible[keep], genes[keep], string[keep]
    average = visible.mean(axis=1)
    order = np.lexsort((genes, -average))
    table = pd.DataFrame(visible[order])
    table.insert(0, "gene", genes[order])
    table.insert(1, "average", pd.Series(average[order]).map("{:f}".format))
    table["string"] = string[order]
    return (header + table.to_csv(sep="\t", header=False, index=False, lineterminator="\n")).encode()


def experiment_columns(genome: str, factor: str, count: int) -> list[str]:
    """Columns of a table's experiments, ``{accession}|{cell type}``."""
    rng = generator(SIMULATION_SEED, "target experiments", genome, factor)
    weights = _CELL_TYPES if genome.startswith("hg") else _MODEL_ORGANISM_CELL_TYPES[genome[:2]]
    names = list(weights)
    share = np.array(list(weights.values()), dtype=float)
    cells = np.concatenate([names[:count], rng.choice(names, max(count - len(names), 0), p=share / share.sum())])
    # Numbers from 98,000,000 up are not assigned by the archives: these experiments exist here alone.
    accessions = 98_000_000 + np.sort(rng.choice(900_000, count, replace=False))
    return [f"SRX{number}|{cell}" for number, cell in zip(accessions, rng.permutation(cells), strict=True)]


def _simulate(genome: str, factor: str, known: Factor) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Gene names, scores (genes x experiments), kb within which each peak lies, and STRING scores."""
    rng = generator(SIMULATION_SEED, "target scores", genome, factor)
    universe = gene_symbols(genome)
    string_only = min(max(known.genes // 100, 3), len(universe) - known.genes) if known.string else 0
    chosen = np.sort(rng.choice(len(universe), known.genes + string_only, replace=False))
    planted = planted_targets(genome, factor)
    if len(planted):
        others = np.setdiff1d(chosen, planted)
        chosen = np.union1d(planted, rng.choice(others, len(chosen) - len(planted), replace=False))
    hot = hot_strength(genome, factor)
    if len(hot):
        chosen = np.union1d(
            hot.index, rng.choice(np.setdiff1d(chosen, hot.index), len(chosen) - len(hot), replace=False)
        )
    genes = universe[chosen]
    cells = np.array([name.split("|", 1)[1] for name in experiment_columns(genome, factor, known.experiments)])

    strength = rng.gamma(0.9, 1.0, len(genes)).clip(max=5.0) - 2.4
    strength[np.isin(chosen, planted)] += STRENGTH
    if len(hot):
        strength[np.searchsorted(chosen, hot.index)] = hot.to_numpy()
    sensitivity = rng.normal(0.0, 0.9, known.experiments)
    kinds, cell_of = np.unique(cells, return_inverse=True)
    preference = rng.normal(0.0, 0.8, (len(genes), len(kinds)))
    logit = 1.6 * strength[:, None] + sensitivity + preference[:, cell_of]
    bound = rng.random(logit.shape) < 1 / (1 + np.exp(-logit))
    order = rng.permutation(known.experiments)
    # An experiment in which no peak was called keeps its column.
    without_peaks = max(known.experiments // 60, 1) if known.experiments >= 20 else 0
    bound[:, order[:without_peaks]] = False
    # Every gene needs a peak somewhere, even one that most experiments miss.
    bound[np.arange(len(genes)), rng.choice(order[without_peaks:], len(genes))] = True
    level = 4.6 + 0.40 * (strength + 2.4)[:, None] + 0.35 * sensitivity
    # MACS2 scores of called peaks start at 50, that is Q < 1e-5.
    scores = np.where(bound, np.exp(rng.normal(level, 0.75)).clip(50, 20_000).astype(np.int64), 0)
    nearest = rng.choice(3, len(genes), p=_NEAREST_SHARES)
    if len(hot):
        nearest[np.searchsorted(chosen, hot.index)] = 0
    steps = nearest[:, None] + rng.choice(3, scores.shape, p=_STEP_SHARES)
    reach = np.array(DISTANCES)[steps.clip(max=2)]
    _colocate(rng, scores, reach)

    string = np.zeros(len(genes), dtype=np.int64)
    if known.string:
        string[rng.choice(len(genes), max(len(genes) // 30, 2), replace=False)] = 1
        silent = rng.choice(len(genes), string_only, replace=False)
        scores[silent] = 0
        string[silent] = 1
        string *= rng.integers(150, 1000, len(genes))
    return genes, scores, reach, string


def _colocate(rng: np.random.Generator, scores: np.ndarray, reach: np.ndarray) -> None:
    """Let some neighbours share one promoter, that is one vector of scores, as bidirectional promoters do."""
    pairs = rng.choice(max(len(scores) // 3 - 1, 1), max(len(scores) // 60, 1), replace=False) * 3
    triples = pairs[::8]
    for offset, first in ((1, pairs), (2, triples)):
        scores[first + offset] = scores[first]
        reach[first + offset] = reach[first]

"""Simulated binding whose truth is known: genes more or less ready to be bound, some hot; factors of any size."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from scripts.atlas.asking.strata import Strata, hits_distribution, log_factorials

HOT_SHARE = 0.02


def binding(rng: np.random.Generator, genes: int, factors: int) -> tuple[np.ndarray, np.ndarray]:
    """Who binds what (genes x factors), and the chance that a factor of middle size binds a gene.

    Nothing but a gene's readiness and a factor's size decides: no factor has targets of its own.
    """
    readiness = rng.normal(-2.2, 1.6, genes)
    readiness[rng.random(genes) < HOT_SHARE] += 4
    bound = rng.random((genes, factors)) < _logistic(readiness[:, None] + rng.normal(0, 1.2, factors))
    seen = bound.any(axis=1)
    return bound[seen], _logistic(readiness[seen])


def draw(rng: np.random.Generator, weights: np.ndarray, size: int) -> np.ndarray:
    """A set of genes, drawn with these weights, as a mask."""
    in_set = np.zeros(len(weights), dtype=bool)
    in_set[rng.choice(len(weights), size, replace=False, p=weights / weights.sum())] = True
    return in_set


def exact_and_randomised(bound: np.ndarray, in_set: np.ndarray, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """P-values of every factor, and the same with ties broken at random: uniform exactly where the test is right."""
    rng = np.random.default_rng(seed)
    strata = Strata(np.nonzero(bound)[0], in_set)
    log_factorial = log_factorials(len(bound))
    exact, randomised = np.empty((2, bound.shape[1]))
    for factor in range(bound.shape[1]):
        tables = strata.tables(np.flatnonzero(bound[:, factor]))
        least, probability = hits_distribution(tables, log_factorial)
        at = int(tables.hits.sum()) - least
        exact[factor] = min(probability[at:].sum(), 1.0)
        randomised[factor] = exact[factor] - rng.random() * probability[at]
    return exact, randomised


def write_tables(bound: np.ndarray, folder: Path) -> list[str]:
    """Tables of target genes of one experiment a factor, a score of 300 where it binds; the names of the genes."""
    names = [f"SIM{number:05d}" for number in range(len(bound))]
    for factor in range(bound.shape[1]):
        rows = [f"{names[gene]}\t300.0\t300\t0\n" for gene in np.flatnonzero(bound[:, factor])]
        header = f"Target_genes\tSIMTF{factor:03d}|Average\tSRX{99000000 + factor}|K-562\tSTRING\n"
        (folder / f"SIMTF{factor:03d}.5.tsv").write_text(header + "".join(rows))
    (folder / "SIMULATED.txt").write_text("SIMULATED\n")
    return names


def _logistic(value: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-value)))

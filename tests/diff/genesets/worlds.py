"""Tested regions and their genes, made so that how many regions a gene has is known."""

from __future__ import annotations

import numpy as np
import pandas as pd

GENES, SET_SIZE = 1000, 80
FIXED, LONG = ("made", "a random set"), ("made", "genes of many regions")


def world(seed: int, *, even: bool) -> tuple[pd.DataFrame, dict[tuple[str, str], frozenset[str]]]:
    """Pairs of region and gene, one gene a region, and two sets: genes drawn at random, and those of most regions.

    `even`: every gene has two regions; else few genes have many, as long genes do.
    """
    rng = np.random.default_rng(seed)
    names = np.array([f"G{i:04d}" for i in range(GENES)])
    count = np.full(GENES, 2) if even else np.ceil(rng.lognormal(0.2, 1.0, GENES)).astype(int)
    gene = rng.permutation(np.repeat(names, count))
    pairs = pd.DataFrame({"region": np.arange(len(gene)), "gene": gene})
    most = names[np.argsort(-count, kind="stable")[:SET_SIZE]]
    return pairs, {FIXED: frozenset(rng.choice(names, SET_SIZE, replace=False)), LONG: frozenset(most)}


def regions_of(count: int, chosen: np.ndarray, direction: str = "A_enriched") -> pd.DataFrame:
    """Tested regions, of which those at some positions are significant."""
    significant = np.zeros(count, dtype=bool)
    significant[chosen] = True
    return pd.DataFrame({"significant": significant, "direction": direction})

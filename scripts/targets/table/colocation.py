"""Genes that share a locus: the same peaks give them the same scores in every experiment.

Two genes whose TSS windows hold the same peaks (divergent promoters, gene families, read-through genes) get identical
rows. Counting both as targets counts one binding event twice.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from .score_matrix import Scores

#: Identical rows say "same locus" only when several experiments agree; one or two equal scores happen by chance.
MIN_BOUND = 3
_ROWS = 128


def colocated_groups(
    scores: Scores, bound: np.ndarray, order: np.ndarray, weights: np.ndarray | None = None
) -> np.ndarray:
    """Label the genes whose score vectors are identical and hold at least `MIN_BOUND` scores above 0.

    Parameters
    ----------
    scores : array (G, E) of int
    bound : array (G,) of int
        Experiments with a score above 0, per gene.
    order : array (G,) of int
        Row positions from first to last rank; groups are numbered by their best member.
    weights : array (E,) of uint64, optional
        Multipliers of the row hash; for tests.

    Returns
    -------
    array (G,) of str
        ``locus_1``, ``locus_2``, ... or an empty string.
    """
    groups = np.full(len(scores), -1, dtype=np.int64)
    rows = np.flatnonzero(bound >= MIN_BOUND)
    if len(rows):
        groups[rows] = identical_rows(scores, rows, weights)
    labels = np.where(groups >= 0, groups.astype(str), "")
    return relabel(labels, order)


def relabel(labels: np.ndarray, order: np.ndarray | None = None) -> np.ndarray:
    """Number groups by rank of their best member; a group of which one gene is left loses its label.

    Parameters
    ----------
    labels : array (G,) of str
        Any labels; an empty string is no group.
    order : array (G,) of int, optional
        Row positions from first to last rank; rows are in rank order when left out.
    """
    labels = np.asarray(labels, dtype=object)
    order = np.arange(len(labels)) if order is None else order
    ranked = pd.Series(labels[order])
    sizes = ranked.map(ranked.value_counts()).to_numpy()
    grouped = (ranked != "").to_numpy() & (sizes > 1)
    result = np.full(len(labels), "", dtype=object)
    codes = pd.factorize(ranked[grouped])[0]
    result[order[grouped]] = np.char.add("locus_", (codes + 1).astype(str)).astype(object)
    return result


def identical_rows(scores: Scores, rows: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Number the sets of identical rows; -1 for a row like no other.

    Rows are hashed to find candidates and compared cell by cell, so that a hash collision groups nothing.
    """
    if weights is None:
        weights = np.array(np.random.default_rng(0).integers(0, 2**63, size=scores.shape[1], dtype=np.uint64))
    hashes = np.empty(len(rows), dtype=np.uint64)
    for start in range(0, len(rows), _ROWS):
        part = scores[rows[start : start + _ROWS]].astype(np.uint64)
        hashes[start : start + _ROWS] = part @ weights
    candidates = np.flatnonzero(pd.Series(hashes).duplicated(keep=False).to_numpy())
    groups = np.full(len(rows), -1, dtype=np.int64)
    if not len(candidates):
        return groups
    order = candidates[np.argsort(hashes[candidates], kind="stable")]
    same_hash = hashes[order[1:]] == hashes[order[:-1]]
    same_row = np.zeros(len(order) - 1, dtype=bool)
    for start in range(0, len(same_row), _ROWS):
        part = slice(start, start + _ROWS)
        same_row[part] = (scores[rows[order[1:][part]]] == scores[rows[order[:-1][part]]]).all(axis=1)
    if (same_hash & ~same_row).any():
        codes = np.unique(scores[rows[order]], axis=0, return_inverse=True)[1].reshape(-1)
    else:
        codes = np.concatenate([[0], np.cumsum(~(same_hash & same_row))])
    shared = pd.Series(codes).duplicated(keep=False).to_numpy()
    groups[order[shared]] = codes[shared]
    return groups

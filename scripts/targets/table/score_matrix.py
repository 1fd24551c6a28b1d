"""The gene x experiment matrix with its names: rows and columns are chosen without a second copy of the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...common.errors import InputError
from .read_cells import SCORE_DTYPE

#: What a score of a table that is being worked on is kept in, where all of them fit: half the memory of the largest
#: tables. What is given out is `SCORE_DTYPE`, or the difference of two columns would wrap around.
NARROW_DTYPE = np.uint16
#: Columns moved at a time: a few megabytes.
_COLUMNS_MOVED = 64
#: Scores moved at a time: a megabyte.
_SCORES_MOVED = 1 << 18


@dataclass(frozen=True)
class ScoreMatrix:
    """MACS2 scores (-10 log10 Q) of G genes in E experiments, 0 = no peak in the window.

    A frame of the same data would hold the genes in one block and the scores in another, and pandas 2 copies the
    scores whenever such a frame is cut; a large table must not be held twice.

    Attributes
    ----------
    genes : array (G,) of str, each once
    columns : sequence of str, length E
        ``{accession}|{cell type}``.
    scores : array (G, E) of int
        `NARROW_DTYPE` or `SCORE_DTYPE`, or what a caller's own frame holds.
    """

    genes: np.ndarray
    columns: Sequence[str]
    scores: np.ndarray

    @classmethod
    def from_frame(cls, frame: pd.DataFrame) -> ScoreMatrix:
        """From a frame with ``gene`` first; `InputError` when it is no such table or holds a gene twice."""
        if not len(frame.columns) or frame.columns[0] != "gene":
            raise InputError("experiment_df has no first column 'gene'; give the table of download_target_genes().")
        index = pd.Index(frame["gene"])
        if not index.is_unique:
            raise InputError(f"experiment_df holds the gene {index[index.duplicated()][0]!r} more than once.")
        return cls(frame["gene"].to_numpy(dtype=object), list(frame.columns[1:]), frame.iloc[:, 1:].to_numpy())

    def to_frame(self) -> pd.DataFrame:
        """``gene``, then one column per experiment; wide scores are not copied."""
        narrow = self.scores.dtype == NARROW_DTYPE
        scores = self.scores.astype(SCORE_DTYPE) if narrow else self.scores
        frame = pd.DataFrame(scores, columns=list(self.columns), copy=False)
        frame.insert(0, "gene", self.genes)
        return frame

    def rows_of(self, genes: pd.Series) -> np.ndarray:
        """Row of each gene; `InputError` for one that is not here."""
        rows = pd.Index(self.genes).get_indexer(pd.Index(genes))
        if (rows < 0).any():
            raise InputError(
                f"Gene {genes.to_numpy()[rows < 0][0]!r} is in target_genes_df and not in experiment_df; "
                "give the two tables of one download."
            )
        return rows

    def names(self, columns: np.ndarray | None = None) -> list[str]:
        """Names of all experiments, or of those at some positions."""
        return list(self.columns) if columns is None else [self.columns[i] for i in columns]

    def take(self, genes: pd.Series, columns: np.ndarray | None = None) -> pd.DataFrame:
        """A frame of `genes`, in that order, and all or some of the experiments."""
        positions = np.arange(len(self.columns)) if columns is None else columns
        scores = self.scores[np.ix_(self.rows_of(genes), positions)]
        return ScoreMatrix(genes.to_numpy(dtype=object), self.names(positions), scores).to_frame()

    def give_all(self) -> pd.DataFrame:
        """As `to_frame`, for a matrix that is not needed any more: narrow scores are widened where they are."""
        return ScoreMatrix(self.genes, self.columns, widened(self.scores)).to_frame()

    def give(self, genes: pd.Series, columns: np.ndarray | None = None) -> pd.DataFrame:
        """As `take`, for a matrix that is not needed any more: most of it is given by moving scores inside it."""
        positions = np.arange(len(self.columns)) if columns is None else columns
        if 2 * len(genes) * len(positions) < self.scores.size:
            return self.take(genes, columns)
        rows = self.rows_of(genes)
        # Positions ascend, so a block never overwrites a column that a later one reads.
        for start in range(0, len(positions), _COLUMNS_MOVED):
            block = positions[start : start + _COLUMNS_MOVED]
            self.scores[: len(rows), start : start + len(block)] = self.scores[np.ix_(rows, block)]
        scores = widened(self.scores)[: len(rows), : len(positions)]
        return ScoreMatrix(genes.to_numpy(dtype=object), self.names(columns), scores).to_frame()


def widened(scores: np.ndarray) -> np.ndarray:
    """Scores in `SCORE_DTYPE`. Narrow ones are moved apart in their own memory; the given array is void afterwards."""
    if scores.dtype != NARROW_DTYPE:
        return scores
    if not (scores.flags.owndata and scores.flags.c_contiguous):
        return scores.astype(SCORE_DTYPE)
    shape, size = scores.shape, scores.size
    # The operating system moves pages instead of copying, so the matrix is never held twice.
    scores.resize((shape[0], 2 * shape[1]), refcheck=False)
    narrow = scores.reshape(-1)
    wide = narrow.view(SCORE_DTYPE)
    for stop in range(size, 0, -_SCORES_MOVED):
        part = slice(max(stop - _SCORES_MOVED, 0), stop)
        wide[part] = narrow[part].copy()
    return wide.reshape(shape)


class Selection:
    """Some rows and columns of a matrix, read a few rows at a time: what the loops over rows need of an array."""

    def __init__(self, scores: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> None:
        self._scores, self._rows, self._columns = scores, rows, columns
        self.shape = len(rows), len(columns)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, rows: slice | np.ndarray) -> np.ndarray:
        return self._scores[np.ix_(self._rows[rows], self._columns)]


#: What the row statistics read: an array, or a part of one.
Scores = np.ndarray | Selection

"""Which experiments were probably submitted together."""

from __future__ import annotations

import numpy as np
import pandas as pd

#: Accessions further apart than this were not submitted together. ChIP-Atlas does not name the study of an experiment;
#: one submission's accessions follow each other closely.
BATCH_GAP = 200


def accession_batches(accessions: pd.Series) -> pd.Series:
    """Number submissions by how close their accession numbers are: an inference, and said to be one.

    Returns
    -------
    Series of int
        From 1, in order of the accession; equal for experiments that were probably submitted together.
    """
    prefix = accessions.str.extract(r"^(\D+)", expand=False)
    number = pd.to_numeric(accessions.str.extract(r"(\d+)$", expand=False))
    order = np.lexsort((number, prefix))
    new = (prefix.to_numpy()[order][1:] != prefix.to_numpy()[order][:-1]) | (
        np.diff(number.to_numpy()[order]) > BATCH_GAP
    )
    labels = np.empty(len(accessions), dtype=int)
    labels[order] = np.concatenate([[1], 1 + np.cumsum(new)]) if len(accessions) else []
    return pd.Series(labels, index=accessions.index)

"""Rankings of several factors side by side: who shares what, at which rank, and at how many loci. Frames only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

#: Between the names of a combination; no symbol may hold it (see `targets.query.question`).
JOINT = " & "


def compare_rankings(rankings: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Compare rankings that are at hand: factor -> DataFrame with ``gene`` and ``colocated_group`` in rank order.

    Returns
    -------
    dict
        ``factors``, ``ranks``, ``membership``, ``intersection``, ``union``, ``jaccard``, ``overlaps``, ``loci``,
        ``independent_loci``, as `targets.compare.comparison.compare_targets` describes them.
    """
    ranks = rank_table(rankings)
    membership = ranks.notna()
    loci = shared_loci(rankings, ranks.index)
    shared = membership.all(axis=1)
    return {
        "factors": list(rankings),
        "ranks": ranks,
        "membership": membership,
        "intersection": ranks.index[shared].tolist(),
        "union": ranks.index.tolist(),
        "jaccard": jaccard_index(membership),
        "overlaps": exclusive_overlaps(membership, loci),
        "loci": loci,
        "independent_loci": int(loci[shared].nunique()),
    }


def rank_table(rankings: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Rank of each gene (index ``gene``) for each factor, Int64 with NA; most factors first, then mean rank, then gene.

    The mean is over the factors that report the gene.
    """
    columns = {
        name: pd.Series(np.arange(1, len(frame) + 1), index=frame["gene"].to_numpy(dtype=object), dtype="Int64")
        for name, frame in rankings.items()
    }
    ranks = pd.DataFrame(columns)
    order = np.lexsort(
        (
            pd.factorize(ranks.index, sort=True)[0],
            ranks.mean(axis=1).to_numpy(dtype=float),
            -ranks.notna().sum(axis=1).to_numpy(),
        )
    )
    return ranks.iloc[order].rename_axis(index="gene")


def jaccard_index(membership: pd.DataFrame) -> pd.DataFrame:
    """Genes of both factors over genes of either, for each pair; 1 on the diagonal."""
    member = membership.to_numpy(dtype=np.int64)
    both = member.T @ member
    sizes = np.diag(both)
    either = sizes[:, None] + sizes[None, :] - both
    names = membership.columns
    return pd.DataFrame(both / np.maximum(either, 1), index=pd.Index(names, name="factor"), columns=names)


def shared_loci(rankings: Mapping[str, pd.DataFrame], genes: pd.Index) -> pd.Series:
    """Number the loci of the genes: two genes that any factor's table shows as co-located stand at one locus.

    Returns
    -------
    Series of int, index `genes`
        Equal numbers mean one locus; genes that no factor groups have a number of their own. The link carries over:
        A with B for one factor and B with C for another make one locus of A, B and C.
    """
    numbers = pd.Series(np.arange(len(genes)), index=genes)
    groups = [
        frame.loc[frame["colocated_group"] != "", ["gene", "colocated_group"]].set_index("gene")["colocated_group"]
        for frame in rankings.values()
    ]
    while True:
        before = numbers.to_numpy(copy=True)
        for group in groups:
            numbers[group.index] = numbers[group.index].groupby(group.to_numpy(dtype=object)).transform("min")
        if (numbers.to_numpy() == before).all():
            return numbers


def exclusive_overlaps(membership: pd.DataFrame, loci: pd.Series) -> pd.DataFrame:
    """Genes by the exact combination of factors that report them, as in an UpSet plot; each gene counts once.

    Returns
    -------
    DataFrame
        ``combination`` (names joined by ``" & "``), ``n_factors``, ``n`` (genes), ``independent_loci``, ``genes``
        (list, in the order of `membership`); most genes first, then fewest factors. Empty combinations are left out.
    """
    member = membership.to_numpy(dtype=bool)
    patterns, code = np.unique(member, axis=0, return_inverse=True)
    code = code.reshape(-1)
    names = membership.columns.to_numpy(dtype=object)
    genes = pd.Series(membership.index.to_numpy(dtype=object)).groupby(code)
    frame = pd.DataFrame(
        {
            "combination": [JOINT.join(names[pattern]) for pattern in patterns],
            "n_factors": patterns.sum(axis=1),
            "n": np.bincount(code, minlength=len(patterns)),
            "independent_loci": pd.Series(loci.to_numpy()).groupby(code).nunique().to_numpy(),
            "genes": genes.agg(list).to_numpy(dtype=object),
        }
    )
    # Patterns come sorted with False first; backwards, the factor given first comes first.
    return frame.iloc[::-1].sort_values(["n", "n_factors"], ascending=[False, True], kind="stable", ignore_index=True)

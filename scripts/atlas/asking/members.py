"""The factors of an atlas as the members of a background; see `targets.background`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ...targets.background.background import Member
from ...targets.background.tables import bound_member
from ..dataset import Dataset
from ..extra import atlas_extra

_COLUMNS = ["gene", "avg_score", "num_bound", "num_experiments"]
_TOLD = ("url", "sha256", "last_modified", "etag", "retrieved_at")


def background_members(atlas: Dataset, factors: Sequence[str] | None = None) -> Iterator[Member]:
    """Every factor that has data, or some of them, one by one.

    Raises
    ------
    NotFoundError
        A factor that the atlas has no data of.
    InputError
        A file of the atlas is missing or damaged.
    """
    with atlas_extra():
        import pyarrow.parquet as pq
    for name in atlas.factors if factors is None else atlas.match_factors(factors):
        columns = pq.ParquetFile(atlas.partition(name, "summary")).read(columns=_COLUMNS).to_pydict()
        gene, average, bound, experiments = (columns[key] for key in _COLUMNS)
        entry = atlas.manifest["factors"][name]
        yield bound_member(
            name,
            np.array(gene, dtype=object),
            np.array(average),
            np.array(bound),
            int(experiments[0]),
            {key: entry[key] for key in _TOLD if key in entry},
        )

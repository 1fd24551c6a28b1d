"""The files over all factors, made from the partitions once these are all there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...common.files.writing import atomic, sha256
from ..extra import atlas_extra
from ..sql import connection
from .partition import write_parquet

if TYPE_CHECKING:
    import pyarrow as pa

SUMMARY, EXPERIMENTS, GENES = "summary.parquet", "experiments.parquet", "genes.parquet"
#: Rows between whose first and last gene a question skips; the genes of one group fit in memory many times.
_ROW_GROUP = 1 << 16
#: Genes first, so that a question about one gene reads one group; within it the factors in the order of their rank.
_ORDER = "gene, avg_score DESC, max_score DESC, factor"


def write_index(folder: Path, entries: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Write summary, experiments and genes of all factors.

    Memory is bounded whatever the number of factors: DuckDB sorts on disk when it must.

    Parameters
    ----------
    folder : Path
        The dataset.
    entries : dict
        The manifest's entries of the factors that have data, by name.

    Returns
    -------
    dict
        File name -> ``path``, ``bytes``, ``sha256``, ``rows``.
    """
    paths = {
        kind: [str(folder / entry["files"][kind]["path"]) for _, entry in sorted(entries.items())]
        for kind in ("summary", "experiments")
    }
    # One thread: the order of the rows decides the bytes, and nothing else may.
    with connection(threads=1) as database:
        with atomic(folder / SUMMARY) as temporary:
            ordered = database.read_parquet(paths["summary"]).order(_ORDER)
            ordered.write_parquet(str(temporary), compression="zstd", row_group_size=_ROW_GROUP)
        genes = database.execute(
            "SELECT gene, count(*)::INTEGER AS num_factors FROM read_parquet($path) GROUP BY gene ORDER BY gene",
            {"path": str(folder / SUMMARY)},
        ).df()
    with atlas_extra():
        import pyarrow as pa
    columns = {"gene": pa.array(genes["gene"], pa.string()), "num_factors": pa.array(genes["num_factors"], pa.int32())}
    with atomic(folder / GENES) as temporary:
        write_parquet(temporary, iter([pa.table(columns)]))
    with atomic(folder / EXPERIMENTS) as temporary:
        write_parquet(temporary, iter([_joined(paths["experiments"])]))
    rows = {
        SUMMARY: sum(entry["files"]["summary"]["rows"] for entry in entries.values()),
        GENES: len(genes),
        EXPERIMENTS: sum(entry["experiments"] for entry in entries.values()),
    }
    return {
        name: {
            "path": name,
            "bytes": (folder / name).stat().st_size,
            "sha256": sha256(folder / name),
            "rows": number,
        }
        for name, number in rows.items()
    }


def _joined(paths: list[str]) -> pa.Table:
    with atlas_extra():
        import pyarrow as pa
        import pyarrow.parquet as pq

    def parts() -> Iterator[pa.Table]:
        for path in paths:
            # A single file: the folder's name is not read as one more column.
            yield pq.ParquetFile(path).read()

    return pa.concat_tables(parts()).combine_chunks()

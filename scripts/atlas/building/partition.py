"""One factor's table becomes its partition: what a worker does.

The work is the same wherever it runs and whenever it is repeated: a worker that dies has changed nothing.
"""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np
import pandas as pd

from ...common.errors import BadResponseError, OutputError
from ...common.files.writing import atomic, sha256
from ...common.text import plural
from ...targets.table.download_target_genes import check_average
from ...targets.table.parse_target_genes import TargetTable, cell_types_of, parse_target_genes, split_experiment
from ...targets.table.scores import summarise
from ..extra import atlas_extra
from ..manifest import BUILT, FAILED, MANIFEST, NO_DATA

if TYPE_CHECKING:
    import pyarrow as pa

#: The numbers of a summary that `targets.table.scores.summarise` computes, in the order they are written.
SCORE_COLUMNS = (
    "avg_score",
    "max_score",
    "num_bound",
    "num_experiments",
    "binding_rate",
    "string_score",
    "cell_balanced_score",
)
#: Pairs written together, and cells of the matrix looked at for them (4 bytes each, copied).
PAIRS_A_ROW_GROUP = 1 << 18
_CELLS_A_ROW_GROUP = 1 << 24
_READ_BYTES = 1 << 20
#: Genes looked at together: temporaries stay small beside the matrix.
_ROWS = 1024


@dataclass(frozen=True)
class Task:
    """A table that is on disk, and the dataset it goes into.

    Attributes
    ----------
    factor : str
    path : str
        The table, readable by the worker.
    source : str
        Where it came from, for messages.
    folder : str
        The dataset, under the same path for client and worker.
    """

    factor: str
    path: str
    source: str
    folder: str


def write_partition(task: Task) -> dict[str, Any]:
    """Parse a table and write the files of its factor.

    Returns
    -------
    dict
        Its entry in the manifest: ``outcome``, ``bytes`` and ``sha256`` of the table, numbers of what was found,
        ``notes`` of the parser; of every file written ``path`` (below the dataset), ``bytes``, ``sha256``, ``rows``.
        A table that cannot be read is an outcome, not an exception: it must not stop the others.

    Raises
    ------
    OutputError
        The folder cannot be seen from here, or not be written.
    """
    folder = Path(task.folder)
    if not (folder / MANIFEST).exists():
        raise OutputError(
            f"The worker on {socket.gethostname()} does not see the folder of the atlas, {folder}.\n"
            "Workers on other machines need it under the same path: give a folder on a file system they share."
        )
    table_bytes = _Hashed(Path(task.path))
    try:
        table = parse_target_genes(table_bytes.blocks(), task.factor, task.source)
    except (BadResponseError, OSError) as error:
        return {"outcome": FAILED, "detail": f"{type(error).__name__}: {error}"}
    record = {"bytes": table_bytes.size, "sha256": table_bytes.sha256, "experiments": len(table.experiments)}
    notes = list(table.notes)
    if table.experiments and len(table.genes):
        notes += check_average(table)
        cell_types = cell_types_of(table.experiments)
        summary = summarise(table.genes, table.scores, table.string_score, table.average, cell_types)
        bound = summary[summary["num_bound"] > 0].reset_index(drop=True)
    else:
        bound = pd.DataFrame()
    string_only = len(table.genes) - len(bound)
    if bound.empty:
        detail = (
            f"{plural(len(table.genes), 'gene')} with STRING scores alone" if len(table.genes) else "a header alone"
        )
        return {**record, "outcome": NO_DATA, "detail": detail, "notes": notes}
    return {
        **record,
        "outcome": BUILT,
        "genes": len(bound),
        "pairs": int(bound["num_bound"].sum()),
        "string_only": string_only,
        "notes": notes,
        "files": _write_files(folder, task.factor, table, bound),
    }


def partition_folder(kind: str, factor: str) -> Path:
    """Where the file of a factor stands below the dataset, in the form that readers of partitions know."""
    return Path(kind) / f"factor={quote(factor, safe='')}"


def _write_files(folder: Path, factor: str, table: TargetTable, bound: pd.DataFrame) -> dict[str, dict[str, Any]]:
    writers = {"pairs": _write_pairs, "summary": _write_summary, "experiments": _write_experiments}
    # Text as objects: no conversion back and forth for a look-up.
    genes = pd.Index(table.genes, dtype=object)
    rows = genes.get_indexer(pd.Index(bound["gene"].to_numpy(dtype=object), dtype=object))
    files = {}
    for kind, write in writers.items():
        relative = partition_folder("pairs" if kind == "pairs" else f"by_factor/{kind}", factor) / f"{kind}.parquet"
        path = folder / relative
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"Cannot write {path.parent}: {error.strerror or error}.") from error
        with atomic(path) as temporary:
            written = write(temporary, factor, table, bound, rows)
        files[kind] = {
            "path": relative.as_posix(),
            "bytes": path.stat().st_size,
            "sha256": sha256(path),
            "rows": written,
        }
    return files


def _write_pairs(path: Path, factor: str, table: TargetTable, bound: pd.DataFrame, rows: np.ndarray) -> int:
    """Write one row per gene and experiment with a peak, by gene, then by the experiment's place in the table."""
    with atlas_extra():
        import pyarrow as pa

    names = table.genes[rows]
    by_name = np.argsort(names, kind="stable")
    names, rows, counts = names[by_name], rows[by_name], bound["num_bound"].to_numpy()[by_name]
    accessions, cells = (pa.array(names) for names in zip(*map(split_experiment, table.experiments), strict=True))
    cost = np.maximum(counts / PAIRS_A_ROW_GROUP, len(accessions) / _CELLS_A_ROW_GROUP)
    groups = np.floor(np.cumsum(cost))
    edges = np.concatenate([[0], np.flatnonzero(np.diff(groups)) + 1, [len(rows)]])

    def parts() -> Iterator[pa.Table]:
        for start, stop in pairwise(edges.tolist()):
            scores = table.scores[rows[start:stop]]
            gene, experiment = (axis.astype(np.int32) for axis in np.nonzero(scores))
            dictionary = pa.array(names[start:stop], pa.string())
            yield pa.table(
                {
                    "gene": pa.DictionaryArray.from_arrays(gene, dictionary),
                    "experiment": pa.DictionaryArray.from_arrays(experiment, accessions),
                    "cell_type": pa.DictionaryArray.from_arrays(experiment, cells)
                    .cast(pa.string())
                    .dictionary_encode(),
                    "score": pa.array(scores[gene, experiment], pa.int32()),
                }
            )

    write_parquet(path, parts())
    return int(counts.sum())


def _write_summary(path: Path, factor: str, table: TargetTable, bound: pd.DataFrame, rows: np.ndarray) -> int:
    """Write the ranked genes with a peak: the scores, and the experiments bound in each cell type."""
    with atlas_extra():
        import pyarrow as pa

    offsets, cells, counts = bound_by_cell_type(table.scores, rows, cell_types_of(table.experiments))
    per_cell = pa.StructArray.from_arrays(
        [pa.array(cells, pa.string()), pa.array(counts, pa.int32())], names=["cell_type", "num_bound"]
    )
    numbers = {
        name: pa.array(
            bound[name].to_numpy(), pa.int32() if bound[name].dtype.kind == "i" else pa.float64(), from_pandas=False
        )
        for name in SCORE_COLUMNS
    }
    frame = pa.table(
        {
            "factor": pa.array(np.full(len(bound), factor, dtype=object), pa.string()),
            "gene": pa.array(table.genes[rows], pa.string()),
            **numbers,
            "cell_types": pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), per_cell),
        }
    )
    write_parquet(path, iter([frame]))
    return len(bound)


def _write_experiments(path: Path, factor: str, table: TargetTable, bound: pd.DataFrame, rows: np.ndarray) -> int:
    """Write every experiment of the table; those without a peak count in N and stand nowhere else."""
    with atlas_extra():
        import pyarrow as pa

    accessions, cells = zip(*map(split_experiment, table.experiments), strict=True)
    columns = {"factor": [factor] * len(cells), "experiment": list(accessions), "cell_type": list(cells)}
    write_parquet(path, iter([pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})]))
    return len(cells)


def write_parquet(path: Path, parts: Iterator[pa.Table]) -> None:
    """Write tables as the row groups of one file; the same tables give the same bytes."""
    with atlas_extra():
        import pyarrow.parquet as pq

    first = next(parts)
    # Readers other than Arrow must see plain text columns, not Arrow's dictionaries.
    with pq.ParquetWriter(path, first.schema, compression="zstd", store_schema=False) as writer:
        writer.write_table(first)
        for part in parts:
            writer.write_table(part)


def bound_by_cell_type(
    scores: np.ndarray, rows: np.ndarray, cell_types: list[str]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count the bound experiments of each gene by cell type.

    Parameters
    ----------
    scores : array (G, E) of int
        MACS2 scores, 0 = no peak.
    rows : array (R,) of int
        Genes to look at.
    cell_types : list of str, length E

    Returns
    -------
    offsets : array (R + 1,) of int
        Where the cell types of each gene begin in the other two; the last is their length.
    cells : array of str
        Cell types with a peak, most experiments first, then by name.
    counts : array of int
        Bound experiments in each.
    """
    codes, names = pd.factorize(np.asarray(cell_types, dtype=object), sort=True)
    columns = np.argsort(codes, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(codes))[:-1]])
    counts = np.empty((len(rows), len(names)), dtype=np.int32)
    for start in range(0, len(rows), _ROWS):
        part = scores[rows[start : start + _ROWS]][:, columns] > 0
        counts[start : start + len(part)] = np.add.reduceat(part, starts, axis=1, dtype=np.int32)
    row, cell = np.nonzero(counts)
    found = counts[row, cell]
    order = np.lexsort((cell, -found, row))
    offsets = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(rows)))])
    return offsets, np.asarray(names, dtype=object)[cell[order]], found[order]


class _Hashed:
    """A file that is measured while it is read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._digest = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def blocks(self) -> Iterator[bytes]:
        with self._path.open("rb") as stream:
            while block := stream.read(_READ_BYTES):
                self._digest.update(block)
                self.size += len(block)
                yield block

"""The same work as one would write it today with a library that anyone can install.

Runs in an interpreter that has those libraries, which need not be the package's own; nothing of the package is
imported here. Each function loads its library first, and tells what the work alone took and the version.
"""

from __future__ import annotations

import io
import os
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.measure import clocks, since

_NAMES = ["chrom", "chromStart", "chromEnd", "counts_a", "counts_b", "logFC", "pvalue", "qvalue"]
_STANDARD = [f"chr{n}" for n in [*range(1, 23), "X", "Y", "M"]]
#: Bytes of a table that are read at a time where memory is to be spared.
_BLOCK = 32 << 20


class _TargetTable(NamedTuple):
    """A Target Genes table: genes (G,), experiments (E,), average (G,), scores (G, E)."""

    genes: list[str]
    experiments: list[str]
    average: np.ndarray
    scores: np.ndarray


def _experiments(columns: list[str]) -> list[str]:
    return [name for name in columns if name.startswith("SRX")]


def _read_polars(path: Path) -> _TargetTable:
    import polars as pl

    frame = pl.read_csv(path, separator="\t")
    return _of_polars(frame, frame.columns)


def _of_polars(frame: Any, columns: list[str]) -> _TargetTable:
    names = _experiments(columns)
    return _TargetTable(
        frame["Target_genes"].to_list(), names, frame["TP53|Average"].to_numpy(), frame.select(names).to_numpy()
    )


def _read_polars_blocks(path: Path) -> _TargetTable:
    import polars as pl

    parts = []
    with path.open("rb") as stream:
        header = stream.readline()
        columns = header.decode().rstrip("\n").split("\t")
        types: dict[str, Any] = dict.fromkeys(_experiments(columns), pl.Int16)
        while block := stream.read(_BLOCK):
            whole = io.BytesIO(header + block + stream.readline())
            parts.append(_of_polars(pl.read_csv(whole, separator="\t", schema_overrides=types), columns))
    genes = [gene for part in parts for gene in part.genes]
    average, scores = (np.concatenate([part[field] for part in parts]) for field in (2, 3))
    return _TargetTable(genes, parts[0].experiments, average, scores)


def _read_pyarrow(path: Path) -> _TargetTable:
    from pyarrow import csv

    table = csv.read_csv(path, parse_options=csv.ParseOptions(delimiter="\t"))
    names = _experiments(table.column_names)
    scores = np.stack([table[name].to_numpy() for name in names], axis=1)
    return _TargetTable(table["Target_genes"].to_pylist(), names, table["TP53|Average"].to_numpy(), scores)


def _read_pandas(path: Path) -> _TargetTable:
    import pandas as pd

    frame = pd.read_csv(path, sep="\t")
    names = _experiments(list(frame.columns))
    return _TargetTable(
        frame["Target_genes"].tolist(), names, frame["TP53|Average"].to_numpy(), frame[names].to_numpy()
    )


def _read_numpy(path: Path) -> _TargetTable:
    with path.open("rb") as stream:
        columns = stream.readline().decode().rstrip("\n").split("\t")
        genes = [line.split(b"\t", 1)[0].decode() for line in stream]
    numbers = np.loadtxt(path, delimiter="\t", skiprows=1, usecols=range(1, len(columns) - 1))
    return _TargetTable(genes, _experiments(columns), numbers[:, 0], numbers[:, 1:].astype(np.int32))


_READERS: dict[str, Callable[[Path], _TargetTable]] = {
    "polars": _read_polars,
    "polars in blocks": _read_polars_blocks,
    "pyarrow": _read_pyarrow,
    "pandas": _read_pandas,
    "numpy": _read_numpy,
}


def table(folder: Path, library: str) -> dict[str, Any]:
    """A table on disk to an array of scores."""
    with _Work(library) as work:
        read = _READERS[library](folder / "TP53.5.tsv")
    return work.told | {"checksum": float(read.scores.sum(dtype=np.int64)), "genes": len(read.genes)}


def targets(folder: Path, library: str) -> dict[str, Any]:
    """A table downloaded, read and summarised; co-located genes by a dictionary of whole rows."""
    with _Work(library) as work:
        path, _ = urllib.request.urlretrieve(f"{os.environ['CHIPATLAS_DATA_URL']}/TP53.5.tsv", folder / "fetched.tsv")
        read = _READERS[library](Path(path))
        bound = (read.scores > 0).sum(axis=1)
        total = read.scores.sum(axis=1, dtype=np.int64)
        highest = read.scores.max(axis=1)
        cells, cell = np.unique([name.split("|", 1)[1] for name in read.experiments], return_inverse=True)
        weights = 1 / (np.bincount(cell)[cell] * len(cells))
        balanced = np.concatenate([part @ weights for part in np.array_split(read.scores, 40)])
        groups: dict[bytes, int] = {}
        for row in read.scores[bound >= 3]:
            key = row.tobytes()
            groups[key] = groups.get(key, 0) + 1
        order = np.lexsort((read.genes, -highest, -read.average))
    Path(path).unlink()
    summary = read.average[order], bound[order], (total / np.maximum(bound, 1))[order], balanced[order]
    return work.told | {
        "groups": sum(genes > 1 for genes in groups.values()),
        "checksum": float(summary[0].sum() + summary[1].sum()),
    }


def regions(folder: Path, library: str, name: str) -> dict[str, Any]:
    """Parse, derive, filter, sort, merge fragments, correlate."""
    with _Work(library) as work:
        told = {"polars": _regions_polars, "pandas": _regions_pandas}[library](folder / f"{name}.bed")
    return work.told | told


def _regions_polars(path: Path) -> dict[str, Any]:
    import polars as pl

    def counts(group: str) -> Any:
        return pl.col(f"counts_{group}").str.split(",").list.eval(pl.element().cast(pl.Float64))

    frame = (
        pl.read_csv(path, separator="\t", has_header=False, new_columns=_NAMES)
        .with_columns(counts("a").alias("list_a"), counts("b").alias("list_b"))
        .with_columns(
            pl.col("list_a").list.mean().alias("mean_count_a"),
            pl.col("list_b").list.mean().alias("mean_count_b"),
            (pl.col("chromEnd") - pl.col("chromStart")).alias("region_size"),
            (pl.col("qvalue") < 0.05).alias("significant"),
            pl.when(pl.col("logFC") > 0).then(pl.lit("A_enriched")).otherwise(pl.lit("B_enriched")).alias("direction"),
            (-10 * pl.col("qvalue").log10()).clip(0, 1000).round().alias("score"),
        )
        .sort("qvalue", maintain_order=True)
    )
    frame = frame.filter(pl.col("chrom").is_in(_STANDARD) & (pl.col("region_size") >= 10))
    width = len(frame["list_a"][0])
    numbers = np.hstack([frame[f"list_{group}"].list.to_array(width).to_numpy() for group in "ab"])
    places = frame.sort("chrom", "chromStart")
    apart = (places["chrom"] != places["chrom"].shift(1)).fill_null(value=True)
    beyond = (places["chromStart"] > places["chromEnd"].shift(1) + 10).fill_null(value=True)
    return _told_of_regions(frame["significant"].sum(), (apart | beyond).sum(), numbers)


def _regions_pandas(path: Path) -> dict[str, Any]:
    import pandas as pd

    frame = pd.read_csv(path, sep="\t", names=_NAMES)
    frame["region_size"] = frame["chromEnd"] - frame["chromStart"]
    numbers = {group: frame[f"counts_{group}"].str.split(",", expand=True).astype(float).to_numpy() for group in "ab"}
    for group in "ab":
        frame[f"mean_count_{group}"] = numbers[group].mean(axis=1)
    frame["direction"] = np.where(frame["logFC"] > 0, "A_enriched", "B_enriched")
    frame["significant"] = frame["qvalue"] < 0.05
    frame["score"] = (-10 * np.log10(frame["qvalue"].clip(lower=1e-300))).clip(0, 1000).round()
    frame = frame.sort_values("qvalue", kind="stable")
    frame = frame[frame["chrom"].isin(_STANDARD) & (frame["region_size"] >= 10)]
    places = frame.sort_values(["chrom", "chromStart"])
    apart = (places["chrom"] != places["chrom"].shift()) | (places["chromStart"] > places["chromEnd"].shift() + 10)
    kept = np.hstack([numbers[group][frame.index] for group in "ab"])
    return _told_of_regions(frame["significant"].sum(), apart.sum(), kept)


def _told_of_regions(significant: Any, loci: Any, counts: np.ndarray) -> dict[str, Any]:
    correlation = np.corrcoef(np.log2(counts + 1), rowvar=False)
    return {"significant": int(significant), "loci": int(loci), "lowest_correlation": float(correlation.min())}


def plots(folder: Path, library: str, name: str) -> dict[str, Any]:
    """Volcano, MA, sizes and chromosomes by matplotlib, points rasterised."""
    import pandas as pd

    frame = pd.read_csv(folder / f"{name}.bed", sep="\t", names=_NAMES)
    with _Work(library) as work:
        import matplotlib as mpl

        mpl.use("agg")
        from matplotlib import pyplot as plt

        mean = (_mean(frame["counts_a"]) + _mean(frame["counts_b"])) / 2
        height = -np.log10(frame["qvalue"].clip(lower=1e-300))
        called = frame["qvalue"] < 0.05
        colour = np.where(called, np.where(frame["logFC"] > 0, "#c0392b", "#2c6fbb"), "#aaaaaa")
        for title in ("volcano", "ma", "sizes", "chromosomes"):
            figure, axis = plt.subplots(figsize=(7.5, 5.5))
            if title == "volcano":
                axis.scatter(frame["logFC"], height, s=4, c=colour, alpha=0.65, lw=0, rasterized=True)
            elif title == "ma":
                axis.scatter(np.log2(mean + 1), frame["logFC"], s=4, c=colour, alpha=0.65, lw=0, rasterized=True)
            elif title == "sizes":
                axis.hist(frame["chromEnd"] - frame["chromStart"], bins=40)
            else:
                frame.loc[called, "chrom"].value_counts().plot.bar(ax=axis)
            for ending in ("png", "svg"):
                figure.savefig(folder / f"peer-{title}.{ending}", dpi=300)
            plt.close(figure)
    return work.told


def _mean(counts: Any) -> np.ndarray:
    means: np.ndarray = counts.str.split(",", expand=True).astype(float).to_numpy().mean(axis=1)
    return means


def tables(folder: Path, library: str) -> dict[str, Any]:
    """The tables of an export, as the package wrote them, written again."""
    import pandas as pd

    frames = {path.stem: pd.read_csv(path) for path in folder.glob("ours-*.csv")}
    with _Work(library) as work:
        for name, frame in frames.items():
            _WRITERS[library](frame, str(folder / f"{library}-{name}.csv"))
    return work.told


def _write_polars(frame: Any, path: str) -> None:
    import polars as pl

    pl.from_pandas(frame).write_csv(path)


def _write_pyarrow(frame: Any, path: str) -> None:
    import pyarrow as pa
    from pyarrow import csv

    csv.write_csv(pa.Table.from_pandas(frame, preserve_index=False), path)


_WRITERS: dict[str, Callable[[Any, str], None]] = {"polars": _write_polars, "pyarrow": _write_pyarrow}


class _Work:
    """Times what is done in it, the library being loaded before."""

    def __init__(self, library: str) -> None:
        self._name = library
        self._module = __import__(library.split(" ", 1)[0])
        self.told: dict[str, Any] = {}

    def __enter__(self) -> _Work:
        self._begin = clocks()
        return self

    def __exit__(self, *_: object) -> None:
        first, *rest = self._name.split(" ", 1)
        self.told = since(self._begin) | {"version": " ".join([first, self._module.__version__, *rest])}

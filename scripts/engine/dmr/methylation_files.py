"""Methylation of bisulfite experiments, from their files to one table of CpGs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ...chipatlas.transport.client import Client
from ...common.console import say
from ...common.errors import InputError
from ...common.text import plural
from ..counts.counting import naming
from ..counts.coverage import check_contigs, missing_contigs
from ..files.contigs import Contigs, spelling_of, told
from ..workers import in_processes
from .methylation_tables import open_methylation

#: Fractions end at 1, also rounded ones; a file in per cent has CpGs beyond this.
PERCENT_IF_ABOVE = 1.5
_MOST_PERCENT = 100.0
#: What rounding to 32 bits may add to a fraction of 1 or to 100 per cent.
_ROUNDING = 1e-4
#: A CpG has two bases: some tracks give the C of one strand, some both.
_CPG_BASES = 2
_NO_STARTS, _NO_VALUES = np.empty(0, np.int64), np.empty(0)
#: Names of contigs that a note shows.
_SHOWN_CONTIGS = 5


@dataclass(frozen=True)
class Methylation:
    """Methylation of several samples.

    Attributes
    ----------
    table : DataFrame
        ``chrom`` (categorical), ``pos`` (int64, 1-based), then one float64 column per sample: 0 to 1, NaN where it was
        not measured. Sorted by contig, in the order of the contigs' names, and position.
    notes : list of str
        What a reader should know of the files: those in per cent, records wider than a CpG, contigs that are missing or
        spelled otherwise, names that say another kind than the content.
    simulated : bool
        Whether any file came from the embedded service.
    files : dict
        Those read from an address, as `Client.files` describes them.
    """

    table: pd.DataFrame
    notes: list[str]
    simulated: bool
    files: dict[str, dict[str, Any]] = field(default_factory=dict)


class _File(NamedTuple):
    """A sample and its file, as given."""

    name: str
    source: str


class _Levels(NamedTuple):
    """What one file holds: contig -> first bases (0-based) and values; records wider than a CpG are counted."""

    name: str
    sizes: dict[str, int]
    contigs: dict[str, tuple[np.ndarray, np.ndarray]]
    is_fraction: bool
    notes: list[str]
    wide: int
    simulated: bool
    files: dict[str, dict[str, Any]]


def read_methylation(
    sources: Mapping[str, str | Path], workers: int | None = None, genome: str = "", public: Collection[str] = ()
) -> Methylation:
    """Read files of methylation and join their CpGs: every position that any sample measures is a row.

    Values are kept as float64, though files hold 32 bits: the tests rank values and sum thousands of them, and a table
    of 28 million CpGs and ten samples, 2.5 GB, still fits where such a comparison is run.

    Parameters
    ----------
    sources : mapping of sample name to path or http(s) address
        bigWigs, or files of another kind that `open_methylation` takes, with one record a CpG, starting at its C.
    workers : int, optional
        See `in_processes`.
    genome : str
        Assembly, to which contigs that are spelled otherwise are translated (see `spelling_of`); they stay as they are
        without it.
    public : collection of str
        Samples whose files are ChIP-Atlas's own: the others' contigs are translated to theirs.

    Raises
    ------
    InputError
        No source, files without a contig in common, a value outside 0 to 100, or what `open_methylation` raises for a
        local file; the sample is named.
    BadResponseError, NotFoundError, ServiceUnavailableError
        What `open_methylation` raises for an address; the sample is named.
    """
    if not sources:
        raise InputError("No methylation file was given. Give at least one sample and its file.")
    names = list(sources)
    tasks = [_File(name, str(source)) for name, source in sources.items()]
    files = in_processes(_read, tasks, workers, "Reading methylation")
    files, notes = _respelled(names, files, genome, public)
    chroms = sorted({chrom for file in files for chrom in file.sizes})
    notes += _contig_notes(names, files, chroms)
    positions: list[np.ndarray] = []
    levels: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for chrom in chroms:
        read = [file.contigs.pop(chrom, (_NO_STARTS, _NO_VALUES)) for file in files]
        positions.append(np.unique(np.concatenate([starts for starts, _ in read])))
        for name, (starts, values) in zip(names, read, strict=True):
            column = np.full(len(positions[-1]), np.nan)
            column[np.searchsorted(positions[-1], starts)] = values
            levels[name].append(column)
    lengths = [len(position) for position in positions]
    codes = np.repeat(np.arange(len(chroms), dtype=np.int32), lengths)
    chrom_column = pd.Categorical.from_codes(codes, pd.Index(chroms, dtype=object))  # type: ignore[arg-type]
    columns: dict[str, Any] = {"chrom": chrom_column, "pos": np.concatenate(positions).astype(np.int64) + 1}
    for name, file in zip(names, files, strict=True):
        level = np.concatenate(levels.pop(name))
        if not file.is_fraction and _to_fractions(level, name, columns):
            notes.append(f"{name}: methylation is in per cent; it was divided by 100.")
        if file.wide:
            notes.append(
                f"{name}: {plural(file.wide, 'record')} wider than a CpG ({_CPG_BASES} bases); each was taken as one "
                "measurement at its first base."
            )
        columns[name] = level
    used = {url: one for file in files for url, one in file.files.items()}
    return Methylation(pd.DataFrame(columns, copy=False), notes, any(file.simulated for file in files), used)


def _read(task: _File) -> _Levels:
    with naming(task.name), Client() as client, closing(open_methylation(task.source, client)) as opened:
        contigs, wide = {}, 0
        for chrom in opened.sizes:
            records = opened.records(chrom)
            contigs[chrom] = _compact(records.starts, np.int32), _compact(records.values, np.float32)
            wide += int((records.ends - records.starts > _CPG_BASES).sum())
        return _Levels(
            opened.name,
            dict(opened.sizes),
            contigs,
            opened.is_fraction,
            opened.notes,
            wide,
            client.simulated,
            client.files,
        )


def _compact(values: np.ndarray, dtype: type) -> np.ndarray:
    """The same numbers in a smaller type, where it holds each of them exactly: half the memory between processes."""
    smaller: np.ndarray = values.astype(dtype)
    return smaller if np.array_equal(smaller, values) else values


def _respelled(
    names: list[str], files: list[_Levels], genome: str, public: Collection[str]
) -> tuple[list[_Levels], list[str]]:
    """Files in one spelling of contigs, and what is to be said of their kinds and of what was translated."""
    given = [Contigs(list(file.sizes), name in public) for name, file in zip(names, files, strict=True)]
    spelling = spelling_of(genome, given)
    found, notes = [], []
    for name, file in zip(names, files, strict=True):
        remarks = list(file.notes)
        with naming(name):
            changes = {} if name in public else spelling.changes(file.sizes, file.name)
        if changes:
            remarks.append(told(changes))
            file = file._replace(
                sizes={changes.get(chrom, chrom): size for chrom, size in file.sizes.items()},
                contigs={changes.get(chrom, chrom): levels for chrom, levels in file.contigs.items()},
            )
        found.append(file)
        notes += [f"{name}: {remark}." for remark in remarks]
    for note in notes:
        say(f"  {note}")
    return found, notes


def _to_fractions(level: np.ndarray, name: str, columns: Mapping[str, Any]) -> bool:
    """Bring a whole file's values to 0..1, in place; whether they were per cent."""
    highest = np.nanmax(level, initial=0.0)
    percent = bool(highest > PERCENT_IF_ABOVE)
    limit = _MOST_PERCENT if percent else 1.0
    wrong = (level < 0) | (level > limit * (1 + _ROUNDING))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise InputError(
            f"{name}: the methylation at {columns['chrom'][row]}:{columns['pos'][row]} is {level[row]:g} "
            f"({plural(int(wrong.sum()), 'such value')} of {np.isfinite(level).sum():,}); it lies from 0 to 1, or from "
            "0 to 100 in a file of per cent.\nGive a bigWig of methylation levels, not of read depth."
        )
    level /= limit
    np.minimum(level, 1.0, out=level)
    return percent


def _contig_notes(names: list[str], files: list[_Levels], chroms: list[str]) -> list[str]:
    """Contigs that some files lack; `InputError` when a file shares none with the others."""
    notes = []
    for name, file in zip(names, files, strict=True):
        others = [chrom for other in files if other is not file for chrom in other.sizes]
        with naming(name):
            check_contigs(others, file)
        if missing := missing_contigs(chroms, file):
            shown = ", ".join(missing[:_SHOWN_CONTIGS]) + (", ..." if len(missing) > _SHOWN_CONTIGS else "")
            notes.append(f"{name}: {plural(len(missing), 'contig')} of the other files missing ({shown}).")
    return notes

"""Read a Target Genes table in one pass: blocks of bytes in, one compact integer matrix out."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ...common.errors import BadResponseError
from ...common.text import UNSEEN, clean_label, plural
from .read_cells import (
    BAD,
    SCORE,
    SCORE_DTYPE,
    SKIPPED,
    STRING,
    TEXT,
    TOO_LARGE,
    Cells,
    read_cells,
)
from .score_matrix import NARROW_DTYPE

#: Bytes of whole lines read at a time: they stay in the processor's cache.
BLOCK_BYTES = 256 * 1024
#: Rows moved at a time when others are left out.
_ROWS_MOVED = 1024
#: Where an experiment column names no cell type.
NO_CELL_TYPE = "Unknown"
_UNSEEN = re.compile(f"[{UNSEEN}]")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


@dataclass
class TargetTable:
    """A parsed table of G genes and E experiments, in the order of the file.

    Attributes
    ----------
    genes : array (G,) of str
    experiments : list of str, length E
        Column names ``{accession}|{cell type}``, the cell type spelled as in the file.
    scores : array (G, E) of uint16, or of int32 where a score needs it
        MACS2 score, -10 log10 Q, of the highest peak in the window; 0 where there is none.
    average : array (G,) of float64
        The file's own mean over all experiments, zeros included.
    string_score : array (G,) of int32
        STRING score, 0..1000; 0 where STRING has nothing.
    notes : list of str
        Everything that was repaired or looks odd, for the reader.
    """

    genes: np.ndarray
    experiments: list[str]
    scores: np.ndarray
    average: np.ndarray
    string_score: np.ndarray
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Header:
    n_columns: int
    average: int
    string: int | None
    experiments: tuple[int, ...]
    names: tuple[str, ...]
    notes: tuple[str, ...]


def parse_target_genes(content: bytes | Iterable[bytes], protein: str = "", source: str = "the table") -> TargetTable:
    """Parse a Target Genes table.

    Parameters
    ----------
    content : bytes, or iterable of bytes
        The file, whole or in blocks of any size.
    protein : str
        Expected name of the average column, ``{protein}|Average``; another name is noted.
    source : str
        Where the bytes come from, for messages.

    Returns
    -------
    TargetTable
        With no genes when the file holds a header alone.

    Raises
    ------
    BadResponseError
        Not such a table: HTML or XML, no average column, a ragged row, or a cell that is no whole number; line and
        column are named. A missing STRING score is read as 0, ``512.0`` as 512, and a row without a gene symbol is
        left out; the notes say how often.
    """
    blocks = _whole_lines(_pieces(content) if isinstance(content, bytes) else content, source)
    header = _read_header(next(blocks, b""), protein, source)
    kinds = _kinds(header)
    texts: list[bytes] = []
    string = np.empty(0, dtype=SCORE_DTYPE)
    scores = np.empty((0, len(header.experiments)), dtype=NARROW_DTYPE)
    missing = decimals = 0
    for block in blocks:
        before = len(scores)
        lines = block.count(b"\n")
        # Grown in place: the operating system moves pages instead of copying, so the matrix is never held twice.
        scores.resize((before + lines, scores.shape[1]), refcheck=False)
        string.resize(before + lines, refcheck=False)
        cells = read_cells(block, kinds, scores[before:], string[before:])
        if cells.outcome == TOO_LARGE:
            scores = scores.astype(SCORE_DTYPE)
            cells = read_cells(block, kinds, scores[before:], string[before:])
        if cells.outcome == BAD:
            raise _damaged(block, header, before + 2, cells, source)
        texts.append(cells.text)
        missing, decimals = missing + cells.missing, decimals + cells.decimals
    genes, average = _read_names(b"".join(texts), header, source)
    genes, unseen = _clean_names(genes)
    table = TargetTable(
        genes=genes,
        experiments=list(header.names),
        scores=scores,
        average=average,
        string_score=string,
        notes=[*header.notes, *_repairs(missing, decimals, unseen)],
    )
    return _without_duplicates(_without_nameless(table))


def split_experiment(column: str) -> tuple[str, str]:
    """Accession and cell type of a column name, split at the first ``|``: cell types may hold one of their own."""
    accession, _, cell_type = column.partition("|")
    return accession, cell_type or NO_CELL_TYPE


def cell_types_of(columns: Iterable[str]) -> list[str]:
    """Cell type of each experiment column, spelled as in the file."""
    return [split_experiment(column)[1] for column in columns]


def _whole_lines(blocks: Iterable[bytes], source: str) -> Iterator[bytes]:
    """The header line, then pieces that end at a line's end."""
    pending = bytearray()
    header_sent = False
    for block in blocks:
        if not header_sent:
            pending += block
            if b"\n" not in block:
                continue
            end = pending.index(b"\n") + 1
            header, block, pending = bytes(pending[:end]), bytes(pending[end:]), bytearray()
            header_sent = True
            yield header
        end = block.rfind(b"\n") + 1
        if end and len(pending) + end >= BLOCK_BYTES:
            yield _one_line_end(b"".join((pending, memoryview(block)[:end])))
            pending = bytearray(memoryview(block)[end:])
        else:
            pending += block
    if not header_sent and not pending.strip():
        raise BadResponseError(f"{source} is empty; a Target Genes table begins with a header line.")
    rest = bytes(pending).rstrip(b"\r\n")
    if rest:
        yield _one_line_end(rest + b"\n")


def _read_header(line: bytes, protein: str, source: str) -> _Header:
    text = line.decode("utf-8", "replace").lstrip("\ufeff").strip("\r\n")
    if text.lstrip().startswith("<"):
        raise BadResponseError(f"Expected a Target Genes table from {source}, not a page.", text)
    names = [clean_label(name) for name in text.split("\t")]
    averages = [i for i, name in enumerate(names) if i and name.rpartition("|")[2].casefold() == "average"]
    if not averages:
        raise BadResponseError(
            f"{source}, line 1: no column named '{protein or 'TF'}|Average' (column 2 of a Target Genes table).", text
        )
    notes = []
    if protein and names[averages[0]] != f"{protein}|Average":
        notes.append(
            f"The average column is named {names[averages[0]][:80]!r} instead of '{protein}|Average'; check the factor."
        )
    strings = [i for i, name in enumerate(names) if name.casefold() == "string"]
    if not strings:
        notes.append("The table has no STRING column: string_score is 0 for every gene.")
    special = {0, averages[0], *strings}
    experiments = tuple(i for i in range(len(names)) if i not in special)
    columns = tuple("|".join(split_experiment(names[i])) for i in experiments)
    without = sum(1 for i in experiments if "|" not in names[i])
    if without:
        notes.append(f"{plural(without, 'experiment column')} without a cell type: called {NO_CELL_TYPE!r}.")
    repeated = pd.Index(columns)[pd.Index(columns).duplicated()]
    if len(repeated):
        raise BadResponseError(
            f"{source}, line 1: the experiment column {repeated[0][:80]!r} stands there more than once."
        )
    return _Header(len(names), averages[0], strings[-1] if strings else None, experiments, columns, tuple(notes))


def _pieces(content: bytes) -> Iterator[bytes]:
    return (content[start : start + BLOCK_BYTES] for start in range(0, len(content), BLOCK_BYTES))


def _one_line_end(block: bytes) -> bytes:
    return block.replace(b"\r\n", b"\n") if b"\r" in block else block


def _kinds(header: _Header) -> np.ndarray:
    """What `read_cells` makes of each column."""
    kinds = np.full(header.n_columns, SKIPPED, dtype=np.uint8)
    kinds[[0, header.average]] = TEXT
    kinds[list(header.experiments)] = SCORE
    if header.string is not None:
        kinds[header.string] = STRING
    return kinds


def _read_names(text: bytes, header: _Header, source: str) -> tuple[np.ndarray, np.ndarray]:
    """Gene and average of every row, from the cells that hold them, each with the separator behind it."""
    cells = text.decode("utf-8", "replace").replace("\n", "\t").split("\t")[:-1]
    try:
        average = np.array(cells[1::2], dtype=np.float64)
        good = bool(np.isfinite(average).all()) and "_" not in "".join(cells[1::2])
    except ValueError:
        good = False
    if not good:
        row = next(i for i, cell in enumerate(cells[1::2]) if not _is_number(cell.strip()))
        raise _not_this(cells[2 * row + 1], "a number", row + 2, header.average, source)
    return np.array(cells[::2], dtype=object), average


def _clean_names(genes: np.ndarray) -> tuple[np.ndarray, int]:
    """Symbols without what no reader sees, and how many held such."""
    if not _UNSEEN.search("".join(genes.tolist())):
        return genes, 0
    odd = np.array([_UNSEEN.search(gene) is not None for gene in genes.tolist()])
    cleaned = [clean_label(gene) if there else gene for gene, there in zip(genes.tolist(), odd, strict=True)]
    return np.array(cleaned, dtype=object), int(odd.sum())


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None and math.isfinite(float(text))


def _damaged(block: bytes, header: _Header, first_line: int, cells: Cells, source: str) -> BadResponseError:
    """What is wrong with a block: a line of another length, else the cell at which reading ended."""
    lines = block.split(b"\n")[:-1]
    for number, line in enumerate(lines, start=first_line):
        if (columns := line.count(b"\t") + 1) != header.n_columns:
            return BadResponseError(
                f"{source}, line {number}: {columns} columns where the header has {header.n_columns}; "
                "the table is damaged or was cut off. Try again."
            )
    shown = lines[cells.row].split(b"\t")[cells.column].decode("utf-8", "replace")
    return _not_this(shown, "a whole number from 0 up", first_line + cells.row, cells.column, source)


def _not_this(shown: str, kind: str, line: int, column: int, source: str) -> BadResponseError:
    return BadResponseError(
        f"{source}, line {line}, column {column + 1}: {shown[:40]!r} is not {kind}; the table is damaged."
    )


def _repairs(missing: int, decimals: int, unseen: int) -> list[str]:
    notes = []
    if missing:
        notes.append(f"{plural(missing, 'STRING score')} missing in the file: read as 0.")
    if decimals:
        notes.append(f"{plural(decimals, 'score')} written with a decimal point, such as 512.0: read as whole numbers.")
    if unseen:
        notes.append(f"{plural(unseen, 'gene symbol')} with control or unseen characters: read without them.")
    return notes


def _without_nameless(table: TargetTable) -> TargetTable:
    """Leave out the rows without a gene symbol."""
    named = np.flatnonzero([gene.strip() != "" for gene in table.genes.tolist()])
    if len(named) == len(table.genes):
        return table
    return _rows_of(table, named, f"{plural(len(table.genes) - len(named), 'row')} without a gene symbol: left out.")


def _without_duplicates(table: TargetTable) -> TargetTable:
    """Keep the row with the highest average of every gene symbol that stands there more than once."""
    repeated = pd.Index(table.genes).duplicated(keep=False)
    if not repeated.any():
        return table
    best_first = np.argsort(-table.average, kind="stable")
    keep = np.sort(best_first[~pd.Index(table.genes[best_first]).duplicated()])
    symbols = len(set(table.genes[repeated]))
    note = (
        f"{plural(symbols, 'gene symbol')} on more than one row: the row with the highest average was kept, "
        f"{plural(len(table.genes) - len(keep), 'row')} left out."
    )
    return _rows_of(table, keep, note)


def _rows_of(table: TargetTable, keep: np.ndarray, note: str) -> TargetTable:
    return TargetTable(
        table.genes[keep],
        table.experiments,
        _kept_rows(table.scores, keep),
        table.average[keep],
        table.string_score[keep],
        [*table.notes, note],
    )


def _kept_rows(scores: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """The rows at ascending positions, moved up inside the matrix: it is never held twice."""
    for start in range(0, len(keep), _ROWS_MOVED):
        rows = keep[start : start + _ROWS_MOVED]
        scores[start : start + len(rows)] = scores[rows]
    scores.resize((len(keep), scores.shape[1]), refcheck=False)
    return scores

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
from .number_cells import MAX_SCORE, MISSING, SCORE_DTYPE, Numbers, quick_numbers, read_numbers
from .score_matrix import NARROW_DTYPE

#: Bytes of whole lines parsed at a time: enough for array arithmetic to pay, small beside the matrix.
BLOCK_BYTES = 256 * 1024
_NARROW_MAX = np.iinfo(NARROW_DTYPE).max
#: Rows moved at a time when others are left out.
_ROWS_MOVED = 1024
#: Where an experiment column names no cell type.
NO_CELL_TYPE = "Unknown"
_UNSEEN = re.compile(f"[{UNSEEN}]")
_WHOLE_NUMBER = re.compile(rb"(\d{1,18})(?:\.0*)?")
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
    blocks = _whole_lines([content] if isinstance(content, bytes) else content, source)
    header = _read_header(next(blocks, b""), protein, source)
    names: list[bytes] = []
    string: list[np.ndarray] = []
    scores = np.empty((0, len(header.experiments)), dtype=NARROW_DTYPE)
    missing = decimals = 0
    for block in blocks:
        n_rows = len(scores)
        named, numbers = _parse_block(block, header, n_rows + 2, source)
        names.append(named)
        missing, decimals = missing + numbers.missing, decimals + numbers.decimals
        values = numbers.values
        if scores.dtype == NARROW_DTYPE and values[:, : scores.shape[1]].max(initial=0) > _NARROW_MAX:
            scores = scores.astype(SCORE_DTYPE)
        # Grown in place: the operating system moves pages instead of copying, so the matrix is never held twice.
        scores.resize((n_rows + len(values), scores.shape[1]), refcheck=False)
        scores[n_rows:] = values[:, : len(header.experiments)]
        string.append(_string_column(values, header))
    genes, average = _read_names(b"".join(names), header, source)
    genes, unseen = _clean_names(genes)
    table = TargetTable(
        genes=genes,
        experiments=list(header.names),
        scores=scores,
        average=average,
        string_score=np.concatenate(string) if string else np.empty(0, dtype=SCORE_DTYPE),
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
        pending += block
        if not header_sent and b"\n" in pending:
            end = pending.index(b"\n") + 1
            header, pending = bytes(pending[:end]), pending[end:]
            header_sent = True
            yield header
        if header_sent and len(pending) >= BLOCK_BYTES and (end := pending.rfind(b"\n") + 1):
            whole, pending = bytes(pending[:end]), pending[end:]
            yield whole
    if not header_sent and not pending.strip():
        raise BadResponseError(f"{source} is empty; a Target Genes table begins with a header line.")
    rest = bytes(pending).rstrip(b"\r\n")
    if rest:
        yield rest + b"\n"


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


def _parse_block(block: bytes, header: _Header, first_line: int, source: str) -> tuple[bytes, Numbers]:
    """Genes and averages as text; the scores, then STRING where there is one, as integers."""
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n")
    characters = np.frombuffer(block, dtype=np.uint8)
    ends = np.flatnonzero((characters == ord("\t")) | (characters == ord("\n"))).astype(np.int32)
    _check_fields(characters[ends] == ord("\n"), header.n_columns, first_line, source)
    ends = ends.reshape(-1, header.n_columns)
    columns = [*header.experiments, *([] if header.string is None else [header.string])]
    numbers = None
    if columns and columns == list(range(columns[0], columns[-1] + 1)):
        values = quick_numbers(characters, ends, slice(columns[0], columns[-1] + 1))
        numbers = None if values is None else Numbers(values)
    starts = np.concatenate([np.zeros(1, dtype=np.int32), ends.ravel()[:-1] + 1]).reshape(ends.shape)
    if numbers is None:
        optional = None if header.string is None else len(columns) - 1
        numbers = read_numbers(characters, starts[:, columns], ends[:, columns], optional)
    if numbers is None:
        raise _bad_cell(block, header, first_line, source)
    cells = [0, header.average]
    return _cut_out(characters, starts[:, cells].ravel(), ends[:, cells].ravel() + 1), numbers


def _cut_out(characters: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> bytes:
    """Pieces of a text, one behind the other."""
    lengths = ends - starts
    begin = np.cumsum(lengths) - lengths
    return characters[np.repeat(starts - begin, lengths) + np.arange(lengths.sum())].tobytes()


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


def _check_fields(is_line_end: np.ndarray, n_columns: int, first_line: int, source: str) -> None:
    fields = np.diff(np.flatnonzero(is_line_end), prepend=-1)
    ragged = np.flatnonzero(fields != n_columns)
    if len(ragged):
        raise BadResponseError(
            f"{source}, line {first_line + ragged[0]}: {fields[ragged[0]]} columns where the header has {n_columns}; "
            "the table is damaged or was cut off. Try again."
        )


def _bad_cell(block: bytes, header: _Header, first_line: int, source: str) -> BadResponseError:
    """The first score that is none."""
    numeric = {*header.experiments, header.string}
    for number, row in enumerate(block.splitlines(), start=first_line):
        for column, value in enumerate(row.split(b"\t")):
            whole = _WHOLE_NUMBER.fullmatch(value)
            good = whole is not None and int(whole[1]) <= MAX_SCORE
            good |= column == header.string and value in MISSING
            if column in numeric and not good:
                shown = value.decode("utf-8", "replace")
                return _not_this(shown, "a whole number from 0 up", number, column, source)
    return BadResponseError(f"{source}, from line {first_line}: a cell is no number; the table is damaged.")


def _not_this(shown: str, kind: str, line: int, column: int, source: str) -> BadResponseError:
    return BadResponseError(
        f"{source}, line {line}, column {column + 1}: {shown[:40]!r} is not {kind}; the table is damaged."
    )


def _string_column(values: np.ndarray, header: _Header) -> np.ndarray:
    return np.zeros(len(values), dtype=SCORE_DTYPE) if header.string is None else values[:, -1].astype(SCORE_DTYPE)


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

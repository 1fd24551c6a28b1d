"""Read a Target Genes table in one pass: blocks of bytes in, one compact integer matrix out."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from scripts.shared.errors import BadResponseError
from scripts.shared.text import UNSEEN, clean_label, plural, without_nul
from scripts.targets.number_cells import MAX_SCORE, MISSING, SCORE_DTYPE, Numbers, read_numbers

#: Bytes of whole lines parsed at a time: enough for array arithmetic to pay, small beside the matrix.
BLOCK_BYTES = 256 * 1024
#: Rows moved at a time when others are left out.
_ROWS_MOVED = 1024
#: Where an experiment column names no cell type.
NO_CELL_TYPE = "Unknown"
_UNSEEN = re.compile(f"[{UNSEEN}]")
_WHOLE_NUMBER = re.compile(rb"(\d{1,18})(?:\.0*)?")
_NUMBER = re.compile(rb"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


@dataclass
class TargetTable:
    """A parsed table of G genes and E experiments, in the order of the file.

    Attributes
    ----------
    genes : array (G,) of str
    experiments : list of str, length E
        Column names ``{accession}|{cell type}``, the cell type spelled as in the file.
    scores : array (G, E) of int32
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
    genes: list[np.ndarray] = []
    average: list[np.ndarray] = []
    string: list[np.ndarray] = []
    scores = np.empty((0, len(header.experiments)), dtype=SCORE_DTYPE)
    line = 2
    missing = decimals = nameless = unseen = 0
    for block in blocks:
        frame, numbers = _parse_block(block, header, line, source)
        line += len(frame)
        missing, decimals = missing + numbers.missing, decimals + numbers.decimals
        values = numbers.values
        odd = frame[0].str.contains(_UNSEEN)
        if odd.any():
            unseen += int(odd.sum())
            frame[0] = frame[0].where(~odd, frame[0].map(clean_label))
        named = (frame[0].str.strip() != "").to_numpy()
        if not named.all():
            nameless += int((~named).sum())
            frame, values = frame[named], values[named]
        n_rows = len(scores)
        # Grown in place: the operating system moves pages instead of copying, so the matrix is never held twice.
        scores.resize((n_rows + len(frame), scores.shape[1]), refcheck=False)
        scores[n_rows:] = values[:, : len(header.experiments)]
        genes.append(frame[0].to_numpy(dtype=object))
        average.append(frame[header.average].to_numpy(dtype=np.float64))
        string.append(_string_column(values, header))
    table = TargetTable(
        genes=np.concatenate(genes) if genes else np.empty(0, dtype=object),
        experiments=list(header.names),
        scores=scores,
        average=np.concatenate(average) if average else np.empty(0),
        string_score=np.concatenate(string) if string else np.empty(0, dtype=SCORE_DTYPE),
        notes=[*header.notes, *_repairs(missing, decimals, nameless, unseen)],
    )
    return _without_duplicates(table)


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


def _parse_block(block: bytes, header: _Header, first_line: int, source: str) -> tuple[pd.DataFrame, Numbers]:
    """Gene and average as a frame; the scores, then STRING where there is one, as integers."""
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n")
    characters = np.frombuffer(block, dtype=np.uint8)
    ends = np.flatnonzero((characters == ord("\t")) | (characters == ord("\n"))).astype(np.int32)
    _check_fields(characters[ends] == ord("\n"), header.n_columns, first_line, source)
    starts = np.concatenate([np.zeros(1, dtype=np.int32), ends[:-1] + 1])
    columns = [*header.experiments, *([] if header.string is None else [header.string])]
    shape = (-1, header.n_columns)
    numbers = read_numbers(
        characters,
        starts.reshape(shape)[:, columns],
        ends.reshape(shape)[:, columns],
        optional=None if header.string is None else len(columns) - 1,
    )
    if numbers is None:
        raise _bad_cell(block, header, first_line, source)
    try:
        frame = pd.read_csv(
            io.BytesIO(without_nul(block)),
            sep="\t",
            header=None,
            usecols=[0, header.average],
            dtype={0: str, header.average: np.float64},
            quoting=csv.QUOTE_NONE,
            na_filter=False,
            skip_blank_lines=False,
            encoding_errors="replace",
            lineterminator="\n",  # or a lone carriage return in a name would begin a row
        )
    except ValueError as error:
        raise _bad_cell(block, header, first_line, source) from error
    if not np.isfinite(frame[header.average].to_numpy()).all():
        raise _bad_cell(block, header, first_line, source)
    return frame, numbers


def _check_fields(is_line_end: np.ndarray, n_columns: int, first_line: int, source: str) -> None:
    fields = np.diff(np.flatnonzero(is_line_end), prepend=-1)
    ragged = np.flatnonzero(fields != n_columns)
    if len(ragged):
        raise BadResponseError(
            f"{source}, line {first_line + ragged[0]}: {fields[ragged[0]]} columns where the header has {n_columns}; "
            "the table is damaged or was cut off. Try again."
        )


def _bad_cell(block: bytes, header: _Header, first_line: int, source: str) -> BadResponseError:
    for number, row in enumerate(block.splitlines(), start=first_line):
        for column, value in enumerate(row.split(b"\t")[1:], start=1):
            if column == header.average:
                kind, good = "a number", _NUMBER.fullmatch(value.strip()) is not None
            else:
                whole = _WHOLE_NUMBER.fullmatch(value)
                kind, good = "a whole number from 0 up", whole is not None and int(whole[1]) <= MAX_SCORE
                good |= column == header.string and value in MISSING
            if not good:
                shown = value.decode("utf-8", "replace")[:40]
                return BadResponseError(
                    f"{source}, line {number}, column {column + 1}: {shown!r} is not {kind}; the table is damaged."
                )
    return BadResponseError(f"{source}, from line {first_line}: a cell is no number; the table is damaged.")


def _string_column(values: np.ndarray, header: _Header) -> np.ndarray:
    return np.zeros(len(values), dtype=SCORE_DTYPE) if header.string is None else values[:, -1].copy()


def _repairs(missing: int, decimals: int, nameless: int, unseen: int) -> list[str]:
    notes = []
    if missing:
        notes.append(f"{plural(missing, 'STRING score')} missing in the file: read as 0.")
    if decimals:
        notes.append(f"{plural(decimals, 'score')} written with a decimal point, such as 512.0: read as whole numbers.")
    if unseen:
        notes.append(f"{plural(unseen, 'gene symbol')} with control or unseen characters: read without them.")
    if nameless:
        notes.append(f"{plural(nameless, 'row')} without a gene symbol: left out.")
    return notes


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
    return scores[: len(keep)]

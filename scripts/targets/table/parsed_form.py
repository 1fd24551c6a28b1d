"""A parsed table beside its cached file: the largest ones are there again in a fraction of the time.

Bytes of our own layout, no pickle: a mark, the length of a JSON description, the description, three arrays, and the
SHA-256 of all that. It stands for one text only, whose SHA-256 it names; anything else is read as nothing, so it is
safe to delete and safe to damage.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ...chipatlas.cache.store import say_not_kept
from ...common.files.writing import atomic
from .number_cells import SCORE_DTYPE
from .parse_target_genes import TargetTable
from .score_matrix import NARROW_DTYPE

#: Changes when the layout does, or what the parser makes of a text.
_MARK = b"chip-atlas-skills parsed table 1\n"
_LENGTH_BYTES = 8
#: Scores moved at a time.
_PIECE_BYTES = 1 << 20
_MOST_DESCRIPTION_BYTES = 1 << 28


def save_parsed(path: Path, table: TargetTable, sha256: str, protein: str) -> None:
    """Write a table, whole or not at all; a folder that takes no file is said, once.

    Parameters
    ----------
    path : Path
    table : TargetTable
    sha256 : str
        Of the text that it was parsed from.
    protein : str
        The factor that the text was checked against.
    """
    description = {
        "sha256": sha256,
        "protein": protein,
        "dtype": "<u2" if table.scores.dtype == NARROW_DTYPE else "<i4",
        "experiments": table.experiments,
        "genes": table.genes.tolist(),
        "notes": table.notes,
    }
    try:
        with atomic(path) as temporary, temporary.open("wb") as stream:
            digest = hashlib.sha256()
            for piece in _pieces(table, description):
                digest.update(piece)
                stream.write(piece)
            stream.write(digest.digest())
    except OSError as error:
        say_not_kept(error)


def load_parsed(path: Path, sha256: str, protein: str) -> TargetTable | None:
    """The table that `save_parsed` wrote for this text; None when there is none, or another, or a damaged one."""
    try:
        with path.open("rb") as stream:
            size = path.stat().st_size
            return _Reader(stream, size).table(sha256, protein)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _pieces(table: TargetTable, description: dict[str, object]) -> Iterator[bytes]:
    text = json.dumps(description).encode()
    yield _MARK + len(text).to_bytes(_LENGTH_BYTES, "little") + text
    yield table.average.astype("<f8").tobytes()
    yield table.string_score.astype("<i4").tobytes()
    for rows in _row_slices(table.scores):
        yield table.scores[rows].astype(str(description["dtype"])).tobytes()


class _Reader:
    """Reads a file from its beginning; what is read counts for the digest at its end."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream = stream
        self._left = size
        self._digest = hashlib.sha256()

    def table(self, sha256: str, protein: str) -> TargetTable | None:
        if self._take(len(_MARK)) != _MARK:
            return None
        length = int.from_bytes(self._take(_LENGTH_BYTES), "little")
        if length > _MOST_DESCRIPTION_BYTES:
            return None
        known = json.loads(self._take(length))
        if known["sha256"] != sha256 or known["protein"] != protein:
            return None
        shape = len(known["genes"]), len(known["experiments"])
        average = np.frombuffer(self._take(8 * shape[0]), dtype="<f8").astype(np.float64)
        string = np.frombuffer(self._take(4 * shape[0]), dtype="<i4").astype(SCORE_DTYPE)
        dtype = np.dtype({"<u2": NARROW_DTYPE, "<i4": SCORE_DTYPE}[known["dtype"]])
        if self._left != shape[0] * shape[1] * dtype.itemsize + self._digest.digest_size:
            return None
        scores = np.empty(shape, dtype=dtype)
        for rows in _row_slices(scores):
            part = scores[rows]
            part[:] = np.frombuffer(self._take(part.size * dtype.itemsize), dtype=known["dtype"]).reshape(part.shape)
        expected = self._digest.digest()
        if self._take(len(expected)) != expected:
            return None
        genes = np.array(known["genes"], dtype=object)
        return TargetTable(genes, known["experiments"], scores, average, string, known["notes"])

    def _take(self, size: int) -> bytes:
        """So many bytes; `ValueError` when the file ends before."""
        content = self._stream.read(size) if size <= self._left else b""
        if len(content) != size:
            raise ValueError("the file ends too early")
        self._left -= size
        self._digest.update(content)
        return content


def _row_slices(scores: np.ndarray) -> Iterator[slice]:
    step = max(_PIECE_BYTES // max(4 * scores.shape[1], 1), 1)
    return (slice(start, min(start + step, len(scores))) for start in range(0, len(scores), step))

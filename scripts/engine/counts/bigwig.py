"""Reading bigWig files, local or by address, contig by contig."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from ...chipatlas.transport.client import Client
from ...chipatlas.transport.remote_file import BLOCK_BYTES, RemoteFile, is_url
from ...common.errors import BadResponseError, ChipAtlasError, InputError
from ..extra import local_extra
from ..files.kinds import HEAD_BYTES, Kind, recognise
from .bigwig_index import BigWigIndex
from .records import Records, union

_RECORD = np.dtype([("start", np.int64), ("end", np.int64), ("value", np.float64)])
#: Intervals whose data are fetched ahead at a time: some 10 KB each.
_AHEAD = 256
#: What the reader itself finds to be damaged, or not.
_TRIED = (Kind.BIGWIG, Kind.BINARY)


class BigWig:
    """An open bigWig; a context manager, and a `RecordTrack`.

    Parameters
    ----------
    source : path or str
        Of a local file, or an http(s) address that is read by range requests.
    client : Client, optional
        For an address; one of its own when not given.
    block_bytes, whole_below : int
        See `RemoteFile`: few where a little is read here and there.

    Attributes
    ----------
    name : str
        The path or address, for messages.
    sizes : dict of str to int
        Contigs of the file and their lengths in bases.
    is_fraction, notes
        See `RecordTrack`.

    Raises
    ------
    InputError
        No such file, or a local file that is no whole bigWig.
    BadResponseError
        What stands at the address is no whole bigWig, changes meanwhile, or the server does not serve parts.
    NotFoundError, ServiceUnavailableError
        See `RemoteFile`.
    MissingExtraError
        pybigtools is not installed.
    """

    is_fraction = False

    def __init__(
        self,
        source: str | Path,
        client: Client | None = None,
        *,
        block_bytes: int = BLOCK_BYTES,
        whole_below: int = 0,
    ) -> None:
        with local_extra():
            import pybigtools

        self.name = str(source)
        self.notes: list[str] = []
        self._own_client = Client() if is_url(source) and client is None else None
        self._remote = is_url(source)
        self._block_bytes, self._whole_below = block_bytes, whole_below
        self._index: BigWigIndex | None = None
        self._stream = _Stream(self._open(client or self._own_client))
        try:
            self._recognise(self._stream.read(HEAD_BYTES))
            self._stream.seek(0)
            with self._damage():
                self._file: Any = pybigtools.open(self._stream)
                self.sizes = {name: int(size) for name, size in self._file.chroms().items()}
        except BaseException:  # Ctrl-C too; raised again
            self.close()
            raise

    def __enter__(self) -> BigWig:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._stream.close()
        if self._own_client is not None:
            self._own_client.__exit__()

    def records(self, chrom: str) -> Records:
        """All records of a contig; none for a contig that the file lacks."""
        found: np.ndarray = np.empty(0, _RECORD)
        if chrom in self.sizes:
            with self._damage():
                # Asked for a part of a contig, pybigtools cuts the records at its ends; the counts need them whole.
                found = np.fromiter(self._file.records(chrom), dtype=_RECORD)
        return self._checked(found, chrom)

    def overlapping(self, chrom: str, starts: np.ndarray, ends: np.ndarray) -> Records:
        """The records of a contig that share at least one base with any of some intervals, whole.

        Parameters
        ----------
        starts, ends : ndarray of int
            0-based half-open, in any order; they may overlap.
        """
        return self.records(chrom).touching(starts, ends) if len(starts) else self.records("")

    def sections(self, chrom: str, starts: np.ndarray, ends: np.ndarray) -> Records:
        """What a contig holds within some intervals, cut at their ends; only parts of the file around them are read.

        Parameters
        ----------
        starts, ends : ndarray of int
            0-based half-open, in any order; they may overlap, and reach beyond the contig.
        """
        size = self.sizes.get(chrom, 0)
        starts, ends = np.clip(starts, 0, size), np.clip(ends, 0, size)
        inside = starts < ends
        parts: list[np.ndarray] = [np.empty(0, _RECORD)]
        if inside.any():
            with self._damage():
                first, last = union(starts[inside], ends[inside])
                for at in range(0, len(first), _AHEAD):
                    chosen = slice(at, at + _AHEAD)
                    self._fetch_ahead(chrom, first[chosen], last[chosen])
                    for start, end in zip(first[chosen].tolist(), last[chosen].tolist(), strict=True):
                        parts.append(np.fromiter(self._file.records(chrom, start, end), dtype=_RECORD))
        return self._checked(np.concatenate(parts), chrom)

    @property
    def transferred(self) -> tuple[int, int]:
        """Bytes received of a file behind an address, and its size; 0 and 0 of a local one."""
        stream = self._stream.stream
        return (stream.transferred, stream.size) if isinstance(stream, RemoteFile) else (0, 0)

    def _fetch_ahead(self, chrom: str, starts: np.ndarray, ends: np.ndarray) -> None:
        """Fetch what sorted intervals of a contig need of a file behind an address; let go of what came before."""
        stream = self._stream.stream
        if isinstance(stream, RemoteFile):
            self._index = self._index or BigWigIndex(stream)
            stream.release()
            stream.prefetch(self._index.data_of(chrom, starts, ends))

    def _checked(self, found: np.ndarray, chrom: str) -> Records:
        starts, ends = found["start"], found["end"]
        if (starts[1:] < ends[:-1]).any() or (starts >= ends).any():
            raise self._damaged(f"its records of {chrom} overlap or are not sorted")
        return Records(starts, ends, found["value"])

    def _open(self, client: Client | None) -> io.RawIOBase | io.BufferedReader:
        if self._remote and client is not None:
            return RemoteFile(self.name, client, block_bytes=self._block_bytes, whole_below=self._whole_below)
        try:
            return Path(self.name).expanduser().open("rb")
        except OSError as error:
            raise InputError(f"Cannot read {self.name}: {error.strerror or error}. Give a bigWig file.") from error

    def _recognise(self, head: bytes) -> None:
        """Say what a file is that is no bigWig."""
        kind = recognise(head)
        if kind not in _TRIED:
            raise self._error(f"{self.name} is {kind.what}, not a bigWig.\n{kind.remedy}", head)

    @contextmanager
    def _damage(self) -> Iterator[None]:
        """Turn the reader's ways of failing on a damaged file into one error that names it."""
        try:
            yield
        except Exception as error:
            # An error of the network passes through the reader, which knows of bad bytes alone.
            if self._stream.error is not None:
                raise self._stream.error from error
            if isinstance(error, ChipAtlasError):
                raise
            raise self._damaged("it cannot be read") from error
        except BaseException as error:
            # Some damage makes the reader's Rust code panic; pyo3 derives that from BaseException.
            if type(error).__name__ != "PanicException":
                raise
            raise self._damaged("it cannot be read") from error

    def _damaged(self, how: str) -> ChipAtlasError:
        remedy = "Look at the address" if self._remote else "Fetch the file again"
        return self._error(f"{self.name} is no whole bigWig: {how}. {remedy}; it may be cut off or damaged.")

    def _error(self, message: str, body: bytes = b"") -> ChipAtlasError:
        printable = body if body.lstrip()[:1] == b"<" else b""
        return BadResponseError(message, printable) if self._remote else InputError(message)


class _Stream:
    """What pybigtools reads from; it remembers the error that a read ended with."""

    def __init__(self, stream: io.RawIOBase | io.BufferedReader) -> None:
        self.stream = stream
        self.error: ChipAtlasError | None = None

    def read(self, size: int = -1) -> bytes:
        try:
            return self.stream.read(size) or b""
        except ChipAtlasError as error:
            self.error = error
            raise

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self.stream.seek(offset, whence)

    def tell(self) -> int:
        return self.stream.tell()

    def close(self) -> None:
        self.stream.close()


def contig_sizes(source: str | Path, client: Client | None = None) -> dict[str, int]:
    """Contigs of a bigWig and their lengths in bases; see `BigWig` for what it raises."""
    with BigWig(source, client) as opened:
        return opened.sizes


def records(source: str | Path, chrom: str, client: Client | None = None) -> Records:
    """All records of one contig of a bigWig, as stored; see `BigWig` for what it raises."""
    with BigWig(source, client) as opened:
        return opened.records(chrom)

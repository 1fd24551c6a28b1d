"""Reading bigWig files, local or by address, contig by contig."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np

from ...chipatlas.transport.client import Client
from ...chipatlas.transport.remote_file import RemoteFile, is_url
from ...common.errors import BadResponseError, ChipAtlasError, InputError
from ..extra import local_extra

#: The four bytes that open a bigBed, in either byte order.
_BIGBED = (b"\xeb\xf2\x89\x87", b"\x87\x89\xf2\xeb")
_RECORD = np.dtype([("start", np.int64), ("end", np.int64), ("value", np.float64)])
_HEAD_BYTES = 200


class Records(NamedTuple):
    """Records of one contig, whole and as stored: sorted, without overlap.

    Attributes
    ----------
    starts, ends : ndarray of int64, shape (n_records,)
        0-based half-open.
    values : ndarray of float64, shape (n_records,)
        Each is a 32-bit float's value.
    """

    starts: np.ndarray
    ends: np.ndarray
    values: np.ndarray


class BigWig:
    """An open bigWig; a context manager.

    Parameters
    ----------
    source : path or str
        Of a local file, or an http(s) address that is read by range requests.
    client : Client, optional
        For an address; one of its own when not given.

    Attributes
    ----------
    name : str
        The path or address, for messages.
    sizes : dict of str to int
        Contigs of the file and their lengths in bases.

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

    def __init__(self, source: str | Path, client: Client | None = None) -> None:
        with local_extra():
            import pybigtools

        self.name = str(source)
        self._own_client = Client() if is_url(source) and client is None else None
        self._remote = is_url(source)
        self._stream = _Stream(self._open(client or self._own_client))
        try:
            self._recognise(self._stream.read(_HEAD_BYTES))
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
        starts, ends = found["start"], found["end"]
        if (starts[1:] < ends[:-1]).any() or (starts >= ends).any():
            raise self._damaged(f"its records of {chrom} overlap or are not sorted")
        return Records(starts, ends, found["value"])

    def overlapping(self, chrom: str, starts: np.ndarray, ends: np.ndarray) -> Records:
        """The records of a contig that share at least one base with any of some intervals, whole.

        Parameters
        ----------
        starts, ends : ndarray of int
            0-based half-open, in any order; they may overlap.
        """
        if not len(starts):
            return Records(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
        return touching(self.records(chrom), starts, ends)

    def _open(self, client: Client | None) -> io.RawIOBase | io.BufferedReader:
        if self._remote and client is not None:
            return RemoteFile(self.name, client)
        try:
            return Path(self.name).expanduser().open("rb")
        except OSError as error:
            raise InputError(f"Cannot read {self.name}: {error.strerror or error}. Give a bigWig file.") from error

    def _recognise(self, head: bytes) -> None:
        """Say what a file is that is no bigWig."""
        start = head.lstrip()[:1]
        if head[:4] in _BIGBED:
            what = "a bigBed: intervals, not coverage. Give the bigWig."
        elif not head:
            what = "an empty file."
        elif start == b"<":
            what = "a page of HTML or XML, not a bigWig: is the address or download right?"
        elif head[:2] == b"\x1f\x8b":
            what = "compressed with gzip; a bigWig is compressed inside. Unpack it."
        else:
            return
        raise self._error(f"{self.name} is {what}", head)

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
        self._stream = stream
        self.error: ChipAtlasError | None = None

    def read(self, size: int = -1) -> bytes:
        try:
            return self._stream.read(size) or b""
        except ChipAtlasError as error:
            self.error = error
            raise

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def close(self) -> None:
        self._stream.close()


def contig_sizes(source: str | Path, client: Client | None = None) -> dict[str, int]:
    """Contigs of a bigWig and their lengths in bases; see `BigWig` for what it raises."""
    with BigWig(source, client) as opened:
        return opened.sizes


def records(source: str | Path, chrom: str, client: Client | None = None) -> Records:
    """All records of one contig of a bigWig, as stored; see `BigWig` for what it raises."""
    with BigWig(source, client) as opened:
        return opened.records(chrom)


def touching(found: Records, starts: np.ndarray, ends: np.ndarray) -> Records:
    """Those of a contig's records that share at least one base with any of some intervals, whole."""
    starts, ends = _union(starts, ends)
    first = np.searchsorted(ends, found.starts, side="right")
    wanted = first < np.searchsorted(starts, found.ends, side="left")
    return Records(*(column[wanted] for column in found))


def _union(starts: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Join intervals that overlap or touch, and sort them."""
    order = np.argsort(starts, kind="stable")
    starts, ends = starts[order].astype(np.int64), np.maximum.accumulate(ends[order].astype(np.int64))
    opens = np.append(True, starts[1:] > ends[:-1])
    return starts[opens], ends[np.append(opens[1:], True)]

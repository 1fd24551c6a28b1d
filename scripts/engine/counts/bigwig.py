"""Reading bigWig files, local or by address, contig by contig."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import numpy as np

from ...chipatlas.transport.client import Client
from ...chipatlas.transport.remote_file import BLOCK_BYTES, RemoteFile, is_url
from ...common.errors import BadResponseError, ChipAtlasError, InputError
from ..files.kinds import HEAD_BYTES, Kind, recognise
from .bigwig_blocks import in_groups, read_blocks, records_of
from .bigwig_index import BigWigIndex
from .records import Records, union

#: Of a local file, what is read at a time where a block is wanted: neighbours are the next.
_BUFFER_BYTES = 1 << 16
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
        self.name = str(source)
        self.notes: list[str] = []
        self._own_client = Client() if is_url(source) and client is None else None
        self._remote = is_url(source)
        self._block_bytes, self._whole_below = block_bytes, whole_below
        self._stream = self._open(client or self._own_client)
        try:
            self._recognise(self._stream.read_at(0, HEAD_BYTES))
            with self._damage():
                self._index = BigWigIndex(self._stream)
                self.sizes = self._index.sizes
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
        size = self.sizes.get(chrom, 0)
        return _joined(list(self._pieces(chrom, np.array([0]), np.array([size]))))

    def overlapping(self, chrom: str, starts: np.ndarray, ends: np.ndarray) -> Records:
        """The records of a contig that share at least one base with any of some intervals, whole, and some beside them.

        Those are the records of the same blocks: no other part of the file is read. `Records.touching` leaves them out.

        Parameters
        ----------
        starts, ends : ndarray of int
            0-based half-open, in any order; they may overlap.
        """
        size = self.sizes.get(chrom, 0)
        return _joined(list(self._pieces(chrom, *union(np.clip(starts, 0, size), np.clip(ends, 0, size)))))

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
        intervals = union(starts[inside], ends[inside])
        return _joined([piece.cut(*intervals) for piece in self._pieces(chrom, *intervals)])

    @property
    def transferred(self) -> tuple[int, int]:
        """Bytes received of a file behind an address, and its size; 0 and 0 of a local one."""
        stream = self._stream
        return (stream.transferred, stream.size) if isinstance(stream, RemoteFile) else (0, 0)

    def _pieces(self, chrom: str, starts: np.ndarray, ends: np.ndarray) -> Iterator[Records]:
        """The records of all blocks that reach into sorted intervals of a contig, some blocks at a time."""
        size = self.sizes.get(chrom, 0)
        if not size or not len(starts):
            return
        with self._damage():
            last = 0
            for parts in in_groups(self._index.data_of(chrom, starts, ends)):
                self._stream.release()
                self._stream.prefetch((parts.offsets, parts.sizes))
                blocks = read_blocks(self._stream, parts, packed=self._index.packed)
                found = records_of(blocks, parts, self._index.numbers[chrom], self._index.order)
                if len(found.starts):
                    self._check(found, last, chrom)
                    last = int(found.ends[-1])
                    yield found if last <= size else _up_to(found, size)
            self._stream.release()

    def _check(self, found: Records, last: int, chrom: str) -> None:
        """Raise an error unless records are sorted, without overlap, from where others end."""
        starts, ends = found.starts, found.ends
        if starts[0] < last or (starts[1:] < ends[:-1]).any() or (starts >= ends).any():
            raise self._damaged(f"its records of {chrom} overlap or are not sorted")

    def _open(self, client: Client | None) -> RemoteFile | _LocalFile:
        if self._remote and client is not None:
            return RemoteFile(self.name, client, block_bytes=self._block_bytes, whole_below=self._whole_below)
        try:
            return _LocalFile(Path(self.name).expanduser())
        except OSError as error:
            raise InputError(f"Cannot read {self.name}: {error.strerror or error}. Give a bigWig file.") from error

    def _recognise(self, head: bytes) -> None:
        """Say what a file is that is no bigWig."""
        kind = recognise(head)
        if kind not in _TRIED:
            raise self._error(f"{self.name} is {kind.what}, not a bigWig.\n{kind.remedy}", head)

    @contextmanager
    def _damage(self) -> Iterator[None]:
        """Turn what reading a damaged file fails with into one error that names it."""
        try:
            yield
        except ChipAtlasError:
            raise
        except (ValueError, zlib.error, OSError) as error:
            raise self._damaged(f"it cannot be read ({error})") from error

    def _damaged(self, how: str) -> ChipAtlasError:
        remedy = "Look at the address" if self._remote else "Fetch the file again"
        return self._error(f"{self.name} is no whole bigWig: {how}. {remedy}; it may be cut off or damaged.")

    def _error(self, message: str, body: bytes = b"") -> ChipAtlasError:
        printable = body if body.lstrip()[:1] == b"<" else b""
        return BadResponseError(message, printable) if self._remote else InputError(message)


class _LocalFile:
    """A file on this machine, read as one behind an address is."""

    def __init__(self, path: Path) -> None:
        self._stream = path.open("rb", buffering=_BUFFER_BYTES)
        self.size = self._stream.seek(0, io.SEEK_END)

    def read_at(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes at `offset`, fewer only at the end of the file."""
        if offset >= self.size:
            return b""
        self._stream.seek(offset)
        return self._stream.read(min(size, self.size - offset))

    def prefetch(self, parts: tuple[np.ndarray, np.ndarray], *, lasting: bool = False) -> None:
        """Nothing: all of it is here."""

    def release(self) -> None:
        """Nothing is held."""

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


def _up_to(found: Records, size: int) -> Records:
    """Records without what lies beyond the end of their contig."""
    stop = int(np.searchsorted(found.starts, size))
    return Records(found.starts[:stop], np.minimum(found.ends[:stop], size), found.values[:stop])


def _joined(pieces: list[Records]) -> Records:
    """One of all, as wide as calculations need."""
    none = np.empty(0, np.int64)
    kinds = np.int64, np.int64, np.float64
    columns = zip(Records(none, none, none.astype(float)), *pieces, strict=True)
    return Records(*(np.concatenate(column, dtype=kind) for column, kind in zip(columns, kinds, strict=True)))


def contig_sizes(source: str | Path, client: Client | None = None) -> dict[str, int]:
    """Contigs of a bigWig and their lengths in bases; see `BigWig` for what it raises."""
    with BigWig(source, client) as opened:
        return opened.sizes


def records(source: str | Path, chrom: str, client: Client | None = None) -> Records:
    """All records of one contig of a bigWig, as stored; see `BigWig` for what it raises."""
    with BigWig(source, client) as opened:
        return opened.records(chrom)

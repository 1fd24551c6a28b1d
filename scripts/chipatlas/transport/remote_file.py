"""A file of a web server, read in parts: a seekable read-only stream over HTTP range requests.

Every part is checked to come from one and the same version of the file.
"""

from __future__ import annotations

import io
import os
import re
from bisect import bisect_right
from collections import OrderedDict
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import requests

from ...common.errors import BadResponseError, InputError, NotFoundError, ServiceUnavailableError
from .client import Client

if TYPE_CHECKING:
    import numpy as np

#: Small reads are rounded to blocks, and so many blocks are kept: an index is read in many small steps.
BLOCK_BYTES = 1 << 18
KEPT_BLOCKS = 32
#: Parts that lie so near to each other are fetched as one: a request costs more than these bytes.
MERGED_GAP = 1 << 14
#: From a far server a request takes as long as some hundred KB do. Parts so near are fetched as one too, the nearest
#: first, as long as the bytes between them are no more than `IN_VAIN` times all others. More would ask less often, and
#: read whole files for some hundred places.
FAR_GAP, IN_VAIN = 1 << 18, 1
#: A connection that breaks within a part is tried again; the client retries all that fails before.
TRIES = 3
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_DOWNLOAD = "Download the whole file and give its path instead."


class _Version(NamedTuple):
    """What tells one version of a file from another."""

    etag: str
    modified: str
    size: int

    def __str__(self) -> str:
        return ", ".join(filter(None, [f"{self.size:,} bytes", self.modified, self.etag]))


def is_url(source: str | os.PathLike[str]) -> bool:
    """Whether a source is an http(s) address; `InputError` for an address of another kind."""
    text = str(source)
    scheme = text.partition("://")[0].lower() if "://" in text else ""
    if scheme and scheme not in ("http", "https"):
        raise InputError(f"{text} is no http(s) address. Give one, or the path of a local file.")
    return bool(scheme)


class RemoteFile(io.RawIOBase):
    """A file behind an address.

    Parameters
    ----------
    url : str
        http(s).
    client : Client
        Makes the requests. Not shared between threads that read at the same time.
    block_bytes : int
        Reads up to this size are served from blocks of this size; longer ones are fetched as they are.
    whole_below : int
        A file up to this size is fetched whole, once.

    Attributes
    ----------
    size : int
        Bytes of the whole file.
    transferred : int
        Bytes received so far.

    Raises
    ------
    NotFoundError
        There is no such file.
    BadResponseError
        The server does not serve parts, serves another part than asked for, or the file changed between two parts.
    ServiceUnavailableError
        No answer, or the connection broke again and again.
    """

    def __init__(self, url: str, client: Client, *, block_bytes: int = BLOCK_BYTES, whole_below: int = 0) -> None:
        super().__init__()
        self.url = url
        self.transferred = 0
        self._client = client
        self._block_bytes = block_bytes
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._held: list[tuple[int, bytes]] = []
        self._lasting: list[tuple[int, bytes]] = []
        self._position = 0
        self._version: _Version | None = None
        begin = self._blocks[0] = self._fetch(0, block_bytes)
        self.size = self._version.size if self._version else 0
        if self.size <= max(whole_below, len(begin)):
            rest = self._fetch(len(begin), self.size - len(begin)) if len(begin) < self.size else b""
            self._lasting = [(0, begin + rest)]

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a byte."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError(f"byte {base + offset} lies before the beginning of {self.url}")
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        """The byte to be read next."""
        return self._position

    def readinto(self, buffer: memoryview | bytearray) -> int:  # type: ignore[override]
        """Fill a buffer; fewer bytes only at the end of the file."""
        data = self.read_at(self._position, len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def read_at(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes at `offset`, fewer only at the end of the file."""
        if self.closed:
            raise ValueError(f"{self.url} is closed")
        stop = min(offset + size, self.size)
        if offset >= stop:
            return b""
        held = self._in_hand(offset, stop)
        if held is not None:
            return held
        if stop - offset > self._block_bytes:
            return self._fetch(offset, stop - offset)
        first, last = offset // self._block_bytes, (stop - 1) // self._block_bytes
        data = b"".join(self._block(number) for number in range(first, last + 1))
        skipped = offset - first * self._block_bytes
        return data[skipped : skipped + stop - offset]

    def prefetch(self, parts: tuple[np.ndarray, np.ndarray], *, lasting: bool = False) -> None:
        """Fetch parts that will be read, near ones together, and none twice; they are held until `release`.

        Fewer requests cost bytes that nobody reads: see `MERGED_GAP` and `IN_VAIN`.

        Parameters
        ----------
        parts : pair of ndarray of int
            Offsets and sizes in bytes, in any order; they may overlap, and reach beyond the end of the file.
        lasting : bool
            Whether they are held until the file is closed.
        """
        for offset, stop in self._merged(*parts):
            part = (offset, self._fetch(offset, stop - offset))
            (self._lasting if lasting else self._held).append(part)
        self._held.sort()
        self._lasting.sort()

    def release(self) -> None:
        """Let go of what `prefetch` holds."""
        self._held = []

    def _merged(self, offsets: np.ndarray, sizes: np.ndarray) -> list[tuple[int, int]]:
        """Begin and end of what is to be fetched for some parts, without those that are here."""
        wanted: list[tuple[int, int]] = []
        for offset, size in sorted(zip(offsets.tolist(), sizes.tolist(), strict=True)):
            stop = min(offset + size, self.size)
            if offset >= stop or self._in_hand(offset, stop) is not None:
                continue
            if wanted and offset <= wanted[-1][1] + MERGED_GAP:
                wanted[-1] = (wanted[-1][0], max(wanted[-1][1], stop))
            else:
                wanted.append((offset, stop))
        gaps = [after[0] - before[1] for before, after in pairwise(wanted)]
        left = IN_VAIN * sum(stop - offset for offset, stop in wanted)
        merged = wanted[:1]
        bridged = set()
        for number in sorted(range(len(gaps)), key=gaps.__getitem__):
            left -= gaps[number]
            if left < 0 or gaps[number] > FAR_GAP:
                break
            bridged.add(number)
        for number, part in enumerate(wanted[1:]):
            if number in bridged:
                merged[-1] = (merged[-1][0], part[1])
            else:
                merged.append(part)
        return merged

    def _in_hand(self, offset: int, stop: int) -> bytes | None:
        """These bytes, where one part or block in hand holds them all."""
        for parts in (self._lasting, self._held):
            at = bisect_right(parts, offset, key=lambda part: part[0]) - 1
            if at >= 0 and stop <= parts[at][0] + len(parts[at][1]):
                begin, content = parts[at]
                return content[offset - begin : stop - begin]
        number, begin = divmod(offset, self._block_bytes)
        block = self._blocks.get(number, b"")
        return block[begin : begin + stop - offset] if begin + stop - offset <= len(block) else None

    def _block(self, number: int) -> bytes:
        if number in self._blocks:
            self._blocks.move_to_end(number)
            return self._blocks[number]
        offset = number * self._block_bytes
        block = self._blocks[number] = self._fetch(offset, min(self._block_bytes, self.size - offset))
        if len(self._blocks) > KEPT_BLOCKS:
            self._blocks.popitem(last=False)
        return block

    def _fetch(self, offset: int, size: int) -> bytes:
        """Bytes of one range request. The first one asks before the size of the file is known."""
        headers = {"Range": f"bytes={offset}-{offset + size - 1}", "Accept-Encoding": "identity"}
        tries = TRIES
        while True:
            tries -= 1
            with self._client.get(self.url, headers=headers, stream=True) as response:
                expected = self._check(response, offset, size)
                try:
                    data = b"".join(self._client.blocks(response, expected))
                except ServiceUnavailableError:
                    if tries:
                        continue
                    raise
            if len(data) != expected:
                raise BadResponseError(f"{self.url} sent {len(data):,} bytes where {expected:,} were asked for.")
            self.transferred += len(data)
            return data

    def _check(self, response: requests.Response, offset: int, size: int) -> int:
        """Judge the head of a reply; give the number of bytes that follow."""
        if response.status_code == 404:
            raise NotFoundError(f"There is no file {self.url} (HTTP 404).")
        if response.status_code == 416 and self._version is None:
            raise BadResponseError(f"{self.url} is an empty file.")
        if response.status_code == 200:
            raise BadResponseError(
                f"{self.url}: the server sends whole files only (it ignores range requests). {_DOWNLOAD}"
            )
        if response.status_code != 206:
            if self._version is not None:
                raise self._changed(f"HTTP {response.status_code}")
            raise BadResponseError(f"HTTP {response.status_code} from {self.url}.", response.content)
        sent = response.headers.get("Content-Range", "")
        match = _CONTENT_RANGE.fullmatch(sent.strip())
        if match is None or response.headers.get("Content-Encoding", "identity") != "identity":
            marked = sent or "no Content-Range"
            raise BadResponseError(f"{self.url}: the server does not say which part it sends ({marked}). {_DOWNLOAD}")
        first, last, total = map(int, match.groups())
        version = _Version(response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""), total)
        if self._version is not None and version != self._version:
            raise self._changed(f"{self._version}; then {version}")
        if (first, last) != (offset, min(offset + size, total) - 1):
            raise BadResponseError(f"{self.url} sent bytes {sent!r} where {offset}-{offset + size - 1} were asked for.")
        if self._version is None:
            self._client.note_file(self.url, total, version.etag, version.modified)
        self._version = version
        return last - first + 1

    def _changed(self, how: str) -> BadResponseError:
        return BadResponseError(f"{self.url} changed while it was read ({how}). Run it again.")

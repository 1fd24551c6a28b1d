"""Downloads that are kept: what has not changed on its server is not sent again, what broke off goes on.

The server decides: every use asks it once, and bytes are sent only when the file is another one than the one kept.
Only what its reader has accepted is kept as whole; see `chipatlas.cache.store`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import requests

from ...common.console import progress, say
from ...common.errors import BadResponseError, NotFoundError, ServiceUnavailableError
from ...common.provenance import now_utc
from ..transport.client import BLOCK_BYTES, RUN_AGAIN, SIMULATED_HEADER, Client
from ..transport.rules import announced_size
from .conditions import conditions, confirms, goes_on, strong_validator
from .store import Entry, Part, Record, locked_entry, max_bytes, remove, say_not_kept

RUN_AGAIN_FOR_THE_REST = "Run it again: the rest is fetched."
#: A range counts the bytes as they are sent: packed ones cannot go on with an unpacked part.
_UNPACKED = {"Accept-Encoding": "identity"}


class Fetched:
    """A file being read.

    Attributes
    ----------
    record : Record
        Its headers, and when it was asked for; of a file `from_cache`, when the bytes kept were.
    from_cache : bool
        Whether the server said that the file kept is still the same.
    size : int
        Bytes read so far.
    complete : bool
        Whether all have been.
    derived : Path or None
        Where the reader may keep what it made of the file; None where nothing is kept. It goes when the file goes. What
        stands there is another text's when it does not name this one's SHA-256.
    """

    def __init__(
        self, record: Record, source: Iterator[bytes], *, from_cache: bool, derived: Path | None = None
    ) -> None:
        self.record = record
        self.from_cache = from_cache
        self.derived = derived
        self.size = 0
        self.complete = False
        self._taken = False
        self._source = source
        self._digest = hashlib.sha256()

    def blocks(self) -> Iterator[bytes]:
        """The bytes, in blocks; once. `BadResponseError` at the end of a kept file that is not as it was kept."""
        for block in self._source:
            self._digest.update(block)
            self.size += len(block)
            yield block
        if self.from_cache and self.sha256 != self.record.sha256:
            raise BadResponseError(
                f"The kept copy of {self.record.url} was damaged on this disk and is thrown away; "
                "run it again: the file is fetched anew."
            )
        self.complete = True

    def take_as_read(self) -> None:
        """Accept a file `from_cache` whose content the reader has from `derived`, which it has checked."""
        self.size = self.record.size or 0
        self.complete = self._taken = True

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes read so far, in hexadecimal."""
        return self.record.sha256 if self._taken else self._digest.hexdigest()


@contextmanager
def fetch(client: Client, url: str, limit: int) -> Iterator[Fetched]:
    """Give a file to read; what arrives is read and kept in one pass.

    A block that reads it to the end has accepted the file. One that raises `BadResponseError` has refused it, and it is
    thrown away. After any other error, such as a download that breaks off, what came is kept for the next call.

    Parameters
    ----------
    client : Client
    url : str
    limit : int
        A file of more bytes than this is not taken.

    Raises
    ------
    InputError
        ``CHIPATLAS_CACHE_MAX_GB`` is no size.
    NotFoundError
        The server has no such file (HTTP 404).
    BadResponseError
        Another status, or more than `limit` bytes.
    ServiceUnavailableError
        The network or the service failed, or the download broke off.
    """
    most = max_bytes()
    with locked_entry(url) as entry:
        part = entry.resumable() if entry else None
        # A part is younger than the whole file beside it: that one had been replaced on the server.
        whole = entry.whole() if entry and part is None else None
        fetched_at = now_utc()
        with _ask(client, url, whole, part) as response:
            if entry and whole and response.status_code == 304:
                say("  Unchanged on the server: read from the cache")
                source = _file_blocks(entry.body)
                file = Fetched(whole, source, from_cache=True, derived=entry.derived)
            else:
                part = part if response.status_code == 206 else None
                record = _record_of(response, url, fetched_at, part)
                source = _arriving(client, response, entry, record, part.offset if part else 0, limit)
                file = Fetched(record, source, from_cache=False, derived=entry.derived if entry else None)
            client.simulated |= file.record.simulated
            try:
                with closing(source):
                    yield file
            except BadResponseError:
                if entry:
                    remove(entry.body if file.from_cache else entry.part)
                raise
        if file.complete:
            client.note_file(url, file.size, file.record.etag, file.record.last_modified)
        if entry and file.complete:
            record = replace(file.record, size=file.size, sha256=file.sha256)
            if file.from_cache:
                entry.touch(record)
            elif entry.part.exists():  # else the disk was full, which has been said
                entry.accept(record, most)


def fetch_file(client: Client, url: str, target: Path, limit: int) -> Record:
    """Put a copy of a file, fetched or kept, at a path; errors as those of `fetch`."""
    with fetch(client, url, limit) as file, target.open("wb") as stream:
        for block in file.blocks():
            stream.write(block)
    return file.record


def _ask(client: Client, url: str, whole: Record | None, part: Part | None) -> requests.Response:
    """Ask for a file, or for what is new of it: status 200, a 206 that goes on with `part`, a 304 that fits `whole`.

    A server whose answer does not fit what is kept is asked once more, for the whole file.
    """
    headers = {**_UNPACKED, **conditions(whole, part)}
    response = client.get(url, headers=headers, stream=True)
    if (part and goes_on(response, part)) or (whole and confirms(response, whole)):
        return response
    if response.status_code in (206, 304, 416):
        response.close()
        response = client.get(url, headers={**_UNPACKED, "Cache-Control": "no-cache"}, stream=True)
    if response.status_code == 200:
        return response
    with response:
        if response.status_code == 404:
            raise NotFoundError(f"{url} does not exist (HTTP 404).")
        raise BadResponseError(f"HTTP {response.status_code} from {url}", response.text)


def _record_of(response: requests.Response, url: str, fetched_at: str, part: Part | None) -> Record:
    """What a reply with bytes says of the file; with `part`, of the two together."""
    headers = response.headers
    simulated = headers.get(SIMULATED_HEADER) == "1"
    if part:
        size = int(headers["Content-Range"].rpartition("/")[2])
        simulated |= part.record.simulated
        return replace(part.record, fetched_at=fetched_at, simulated=simulated, size=size)
    packed = "Content-Encoding" in headers
    return Record(
        url=url,
        etag=headers.get("ETag"),
        last_modified=headers.get("Last-Modified"),
        fetched_at=fetched_at,
        simulated=simulated,
        size=announced_size(headers),
        if_range=None if packed else strong_validator(headers),
    )


def _arriving(
    client: Client, response: requests.Response, entry: Entry | None, record: Record, offset: int, limit: int
) -> Generator[bytes, None, None]:
    """The beginning that is here, then what the server sends, each block written to the part before it is given."""
    with closing(_Sink(entry, record, offset)) as sink:
        received = 0
        if offset:
            say(f"  Going on with a broken-off download: {offset:,} bytes are here already")
        for block in sink.beginning():
            received += len(block)
            yield block
        remedy = RUN_AGAIN_FOR_THE_REST if sink.is_open and record.if_range else RUN_AGAIN
        with progress(total=record.size, initial=received, desc="Download", unit="B", unit_scale=True) as bar:
            for block in client.blocks(response, limit - offset, remedy):
                received += len(block)
                sink.write(block)
                bar.update(len(block))
                yield block
        if record.size not in (None, received):
            raise ServiceUnavailableError(
                f"The download of {record.url} broke off: {received:,} of {record.size:,} bytes. {remedy}"
            )


class _Sink:
    """The part of an entry, or nothing. A disk that is full ends the keeping, not the download."""

    def __init__(self, entry: Entry | None, record: Record, offset: int) -> None:
        self._entry = entry
        self._offset = offset
        self._stream: BinaryIO | None = None
        if entry is not None:
            try:
                self._stream = entry.open_part(record, offset)
            except OSError as error:
                self._give_up(error)

    @property
    def is_open(self) -> bool:
        return self._stream is not None

    def beginning(self) -> Iterator[bytes]:
        """The bytes that are here already; what is behind them is cut off."""
        if self._stream is None:
            return
        left = self._offset
        while left and (block := self._stream.read(min(left, BLOCK_BYTES))):
            left -= len(block)
            yield block
        self._stream.truncate()

    def write(self, block: bytes) -> None:
        """Append a block; it is in the file, not in memory, when this returns: the next one may never come."""
        if self._stream is None:
            return
        try:
            self._stream.write(block)
            self._stream.flush()
        except OSError as error:
            self._give_up(error)

    def close(self) -> None:
        if self._stream is not None:
            # What could not be written has been told where it was written.
            with suppress(OSError):
                self._stream.close()

    def _give_up(self, error: OSError) -> None:
        self.close()
        self._stream = None
        if self._entry is not None:
            remove(self._entry.part)
        say_not_kept(error)


def _file_blocks(path: Path) -> Generator[bytes, None, None]:
    with path.open("rb") as stream:
        yield from iter(lambda: stream.read(BLOCK_BYTES), b"")

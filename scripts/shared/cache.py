"""Downloads that are kept: what has not changed on its server is not fetched twice, what broke off goes on.

A file of the cache is ``{key}.body``, a download under way or broken off ``{key}.part``; the key is the SHA-256 of the
full address, so two servers never share one. Beside each stands a record of the same name with ``.json`` behind.
``{key}.lock`` lets one process at a time work on an address. Only what its reader has accepted becomes a ``.body``.
"""

from __future__ import annotations

import functools
import hashlib
import json
import math
import os
import re
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import BinaryIO

import requests
from filelock import FileLock, Timeout
from platformdirs import user_cache_dir

from scripts.shared.console import progress, say
from scripts.shared.errors import BadResponseError, InputError, NotFoundError, OutputError
from scripts.shared.files import prepare_folder, sha256, write_text
from scripts.shared.http import BLOCK_BYTES, RUN_AGAIN, SIMULATED_HEADER, Client
from scripts.shared.provenance import now_utc

APP_NAME = "chip-atlas-skills"
#: Room for some fifty of the largest tables.
DEFAULT_MAX_GB = 5.0
#: How long to wait for another process that downloads the same file: 100 MB over a slow line.
WAIT_SECONDS = 1800.0
RUN_AGAIN_FOR_THE_REST = "Run it again: the rest is fetched."
#: A range counts the bytes as sent: packed ones would not continue the unpacked ones of a broken-off file.
_UNPACKED = {"Accept-Encoding": "identity"}
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")

#: The same trouble with the cache is told once a process, not once a file.
_say_once = functools.cache(say)


@dataclass(frozen=True)
class Record:
    """What is known of a file.

    Attributes
    ----------
    url, etag, last_modified
        Its address, and the server's headers.
    fetched_at : str
        When it was asked for, ISO 8601 in UTC; of a cached file, when these bytes were.
    simulated : bool
        Whether the embedded service sent it.
    size : int or None
        Bytes; of a part, what the server announced for the whole.
    sha256 : str
        Empty for a part.
    if_range : str or None
        The validator under which the rest of a part can be asked for.
    last_used : float
        Seconds since 1970.
    """

    url: str
    etag: str | None
    last_modified: str | None
    fetched_at: str
    simulated: bool
    size: int | None
    sha256: str = ""
    if_range: str | None = None
    last_used: float = 0.0


class Fetched:
    """A file being read: its `record`, whether it comes `from_cache`, and what has been read of it so far.

    Attributes
    ----------
    size : int
        Bytes read.
    complete : bool
        Whether all were.
    """

    def __init__(self, record: Record, source: Iterator[bytes], *, from_cache: bool) -> None:
        self.record = record
        self.from_cache = from_cache
        self.size = 0
        self.complete = False
        self._source = source
        self._digest = hashlib.sha256()

    def blocks(self) -> Iterator[bytes]:
        """The bytes, in blocks; once."""
        for block in self._source:
            self._digest.update(block)
            self.size += len(block)
            yield block
        self.complete = True

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes read, in hexadecimal."""
        return self._digest.hexdigest()


def cache_folder() -> Path:
    """``CHIPATLAS_CACHE_DIR``, or the folder where this system keeps caches."""
    given = os.environ.get("CHIPATLAS_CACHE_DIR", "").strip()
    return Path(given or user_cache_dir(APP_NAME)).expanduser()


def max_bytes() -> float:
    """Bytes the cache may hold: ``CHIPATLAS_CACHE_MAX_GB`` (10^9 bytes each), or 5 GB."""
    text = os.environ.get("CHIPATLAS_CACHE_MAX_GB", "").strip() or str(DEFAULT_MAX_GB)
    try:
        gigabytes = float(text)
    except ValueError:
        gigabytes = math.nan
    if not 0 <= gigabytes < math.inf:
        raise InputError(f"CHIPATLAS_CACHE_MAX_GB is {text!r}; give a number of gigabytes such as 5.")
    return gigabytes * 1e9


def stored(folder: Path) -> list[tuple[Path, int, float]]:
    """Files of a cache folder, whole and partial, least recently used first: path, bytes, seconds since 1970."""
    found = []
    for path in [*folder.glob("*.body"), *folder.glob("*.part")]:
        # Another process may just have taken one away. Without a record it is of no use, and goes first.
        with suppress(OSError):
            record = _read_record(path)
            found.append((path, path.stat().st_size, record.last_used if record else 0.0))
    return sorted(found, key=lambda file: file[2])


@contextmanager
def fetch(client: Client, url: str, limit: int) -> Iterator[Fetched]:
    """Give a file to read, from the cache when the server says that it has not changed.

    A block that ends well has accepted the file, which is kept from then on; one that raises `BadResponseError` has
    refused it, and it is thrown away; any other error, a broken-off download included, keeps what has come, and the
    next call asks for the rest.

    Parameters
    ----------
    client : Client
    url : str
    limit : int
        More bytes than this are no file of the kind expected.

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
    with _locked_entry(url) as entry:
        part = entry.resumable() if entry else None
        whole = entry.whole() if entry and part is None else None
        fetched_at = now_utc()
        with _ask(client, url, whole, part) as response:
            if whole is not None and response.status_code == 304 and entry is not None:
                say("  Unchanged on the server: read from the cache")
                record, source = whole, _file_blocks(entry.body)
            else:
                record = replace(_record_of(response, url), fetched_at=fetched_at)
                offset = 0
                if part is not None and response.status_code == 206:
                    offset = part.offset
                    record = replace(part.record, fetched_at=fetched_at, simulated=client.simulated)
                source = _arriving(client, response, entry, record, offset, limit)
            file = Fetched(record, source, from_cache=record is whole)
            client.simulated |= record.simulated
            try:
                with closing(source):
                    yield file
            except BadResponseError:
                if entry is not None:
                    entry.remove(entry.body if file.from_cache else entry.part)
                raise
        if entry is not None and file.complete:
            entry.keep(file, most)


@dataclass(frozen=True)
class _Part:
    record: Record
    offset: int


class _Entry:
    """The files of one address in a cache folder. Its lock is held while it is used."""

    def __init__(self, folder: Path, url: str) -> None:
        key = hashlib.sha256(url.encode()).hexdigest()
        self.url = url
        self.folder = folder
        self.body = folder / f"{key}.body"
        self.part = folder / f"{key}.part"
        self.lock = _lock_of(self.body)

    def whole(self) -> Record | None:
        """The record of the whole file, if it is here and just as it was written."""
        record = _read_record(self.body)
        with suppress(OSError):
            if record is not None and record.url == self.url and self.body.stat().st_size == record.size:
                return record if sha256(self.body) == record.sha256 else None
        return None

    def resumable(self) -> _Part | None:
        """What is here of a broken-off download, if the rest can be asked for."""
        record = _read_record(self.part)
        if record is None or record.url != self.url or record.if_range is None:
            return None
        with suppress(OSError):
            # One byte is always left to ask for: of a part that lacks none, the server could send no range.
            offset = min(self.part.stat().st_size, (record.size or sys_maxsize) - 1)
            return _Part(record, offset) if offset > 0 else None
        return None

    def open_part(self, record: Record, offset: int) -> BinaryIO:
        """The part, to go on with behind `offset`, or empty with a new record."""
        if offset:
            write_text(_record_path(self.part), _as_json(record))
            return self.part.open("r+b")
        # In this order a part never stands beside the record of another version of the file.
        self.part.unlink(missing_ok=True)
        write_text(_record_path(self.part), _as_json(record))
        return self.part.open("w+b")

    def keep(self, file: Fetched, most: float) -> None:
        """Make the part the whole file, or note that the whole file was used; then keep the cache within its size."""
        record = replace(file.record, size=file.size, sha256=file.sha256, if_range=None, last_used=time.time())
        try:
            if not file.from_cache:
                if not self.part.exists():  # it could not be written, which has been said
                    return
                self.part.replace(self.body)
                _record_path(self.part).unlink(missing_ok=True)
            write_text(_record_path(self.body), _as_json(record))
            if not file.from_cache:
                self._make_room(most)
        except OSError as error:
            _say_not_kept(self.folder, error)

    def remove(self, path: Path) -> None:
        """Remove a file of this entry and its record."""
        with suppress(OSError):
            path.unlink(missing_ok=True)
            _record_path(path).unlink(missing_ok=True)

    def _make_room(self, most: float) -> None:
        files = stored(self.folder)
        excess = sum(size for _, size, _ in files) - most
        for path, size, _ in files:
            if excess <= 0:
                return
            if path == self.body:
                continue
            # What another process works on stays.
            with suppress(Timeout), _lock_of(path).acquire(timeout=0):
                self.remove(path)
                excess -= size

"""What the download cache keeps on disk.

A file is ``{key}.body``, a download under way or broken off ``{key}.part``; the key is the SHA-256 of the full address,
so two servers never share one. Beside each stands its record, the same name with ``.json`` behind. ``{key}.lock`` lets
one process at a time work on an address; the system frees it when that process dies, so a killed run blocks no other.
``{key}.derived`` is what the file's reader made of it, counted and removed with the file.
"""

from __future__ import annotations

import functools
import hashlib
import json
import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock, Timeout

from ...common.console import say
from ...common.errors import InputError
from ...common.files.cache_folder import cache_folder
from ...common.files.json_text import decode
from ...common.files.writing import prepare_folder, sha256, write_text

#: Room for some fifty of the largest tables.
DEFAULT_MAX_GB = 5.0
#: How long to wait for another process that fetches the same file: 100 MB over a slow line.
WAIT_SECONDS = 1800.0

#: The same failure of the cache is told once a process, not once a file.
_say_once = functools.cache(say)


@dataclass(frozen=True)
class Record:
    """What is known of a file.

    Attributes
    ----------
    url, etag, last_modified : str
        Its address, and the server's headers, None where it sent none.
    fetched_at : str
        When these bytes were asked for, ISO 8601 in UTC.
    simulated : bool
        Whether the embedded service sent them.
    size : int or None
        Bytes; of a part, what the server announced for the whole.
    sha256 : str
        Empty for a part.
    if_range : str or None
        Of a part: the validator under which its rest can be asked for, None when it cannot.
    last_used : float
        Seconds since 1970.
    modified : int
        Nanoseconds since 1970: when the file with these bytes was last written, 0 where that was not noted.
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
    modified: int = 0


@dataclass(frozen=True)
class Part:
    """A broken-off download and the byte to go on from."""

    record: Record
    offset: int


class Entry:
    """The files of one address in a cache folder, to be used while `lock` is held."""

    def __init__(self, folder: Path, url: str) -> None:
        key = hashlib.sha256(url.encode()).hexdigest()
        self.url = url
        self.folder = folder
        self.body = folder / f"{key}.body"
        self.part = folder / f"{key}.part"
        self.derived = _derived_path(self.body)
        self.lock = _lock_of(self.body)

    def whole(self) -> Record | None:
        """The record of the whole file, if that is here and just as it was written.

        One of the size and time of its last writing is taken to be that; `Fetched.blocks` sees the bytes. Where either
        differs the SHA-256 decides.
        """
        record = _read_record(self.body, self.url)
        with suppress(OSError):
            found = self.body.stat()
            if record and found.st_size == record.size:
                if found.st_mtime_ns == record.modified:
                    return record
                if sha256(self.body) == record.sha256:
                    return replace(record, modified=found.st_mtime_ns)
        return None

    def resumable(self) -> Part | None:
        """What is here of a broken-off download, if the rest of it can be asked for."""
        record = _read_record(self.part, self.url)
        if record is None or record.if_range is None:
            return None
        with suppress(OSError), self.part.open("r+b") as stream:
            offset = stream.seek(0, os.SEEK_END)
            if record.size is not None:
                # One byte is always left to ask for: of a part that lacks none, a server can send no range.
                offset = min(offset, record.size - 1)
            return Part(record, offset) if offset > 0 else None
        return None

    def open_part(self, record: Record, offset: int) -> BinaryIO:
        """The part: as it is when there is an `offset` to go on from, else empty, under a new record."""
        if offset:
            return self.part.open("r+b")
        # In this order no part ever stands beside the record of another version of the file.
        self.part.unlink(missing_ok=True)
        _write_record(self.part, replace(record, last_used=time.time()))
        return self.part.open("w+b")

    def accept(self, record: Record, most: float) -> None:
        """Make the part the whole file, then remove what was used longest ago until `most` bytes are left."""
        try:
            self.part.replace(self.body)
            _record_path(self.part).unlink(missing_ok=True)
            modified = self.body.stat().st_mtime_ns
            _write_record(self.body, replace(record, if_range=None, last_used=time.time(), modified=modified))
            self._make_room(most)
        except OSError as error:
            say_not_kept(error)

    def touch(self, record: Record) -> None:
        """Note that the whole file was used."""
        try:
            _write_record(self.body, replace(record, last_used=time.time()))
        except OSError as error:
            say_not_kept(error)

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
                remove(path)
                excess -= size


def max_bytes() -> float:
    """Bytes the cache may hold: ``CHIPATLAS_CACHE_MAX_GB`` of 10^9 bytes, or 5; `InputError` for what is no size."""
    text = os.environ.get("CHIPATLAS_CACHE_MAX_GB", "").strip() or str(DEFAULT_MAX_GB)
    try:
        gigabytes = float(text)
    except ValueError:
        gigabytes = math.nan
    if not 0 <= gigabytes < math.inf:
        raise InputError(f"CHIPATLAS_CACHE_MAX_GB is {text!r}; give a number of gigabytes such as 5.")
    return gigabytes * 1e9


def discard(url: str) -> None:
    """Let go of the whole file of an address, where there is one: what was made of it is kept elsewhere."""
    with locked_entry(url) as entry:
        if entry is not None:
            remove(entry.body)


@contextmanager
def locked_entry(url: str) -> Iterator[Entry | None]:
    """Give the entry of an address, or None where there can be no cache; that is said, once."""
    entry = None
    try:
        taken = Entry(prepare_folder(cache_folder()), url)
        _acquire(taken.lock)
        entry = taken
    except (OSError, RuntimeError) as error:  # RuntimeError: no such home folder, or no locks on this file system
        say_not_kept(error)
    try:
        yield entry
    finally:
        if entry is not None:
            entry.lock.release()


def stored(folder: Path) -> list[tuple[Path, int, float]]:
    """Whole and partial files of a cache folder, least recently used first: path, bytes, seconds since 1970.

    What was derived from a whole file counts with it.
    """
    found = []
    for path in [*folder.glob("*.body"), *folder.glob("*.part")]:
        # Another process may just have taken it away. Without a record it is of no use, and goes first.
        with suppress(OSError):
            record = _read_record(path)
            size = path.stat().st_size
            if path.suffix == ".body":
                with suppress(OSError):
                    size += _derived_path(path).stat().st_size
            found.append((path, size, record.last_used if record else 0.0))
    return sorted(found, key=lambda file: file[2])


def remove(path: Path) -> None:
    """Remove a whole or partial file, its record and what was derived from it, as far as that can be done."""
    with suppress(OSError):
        path.unlink(missing_ok=True)
        if path.suffix == ".body":
            _derived_path(path).unlink(missing_ok=True)
        _record_path(path).unlink(missing_ok=True)


def say_not_kept(error: Exception) -> None:
    """Say, once a process, that the cache cannot be used; work goes on without it."""
    _say_once(
        f"  The download cache cannot be used ({error.__cause__ or error}); downloads go on without it.\n"
        "  CHIPATLAS_CACHE_DIR can name a folder that you may write to."
    )


def _acquire(lock: FileLock) -> None:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say("  Another run is fetching the same file: waiting for it")
        lock.acquire(timeout=WAIT_SECONDS)


def _lock_of(path: Path) -> FileLock:
    return FileLock(path.with_suffix(".lock"))


def _derived_path(body: Path) -> Path:
    return body.with_suffix(".derived")


def _record_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def _write_record(path: Path, record: Record) -> None:
    write_text(_record_path(path), json.dumps(asdict(record), indent=2) + "\n")


def _read_record(path: Path, url: str | None = None) -> Record | None:
    """The record of a file; None when it is missing, damaged or of another address."""
    try:
        record = Record(**decode(_record_path(path).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
    sound = (
        type(record.last_used) in (int, float)
        and 0 <= record.last_used < math.inf
        and (record.size is None or (type(record.size) is int and record.size >= 0))
        and type(record.modified) is int
        and type(record.simulated) is bool
        and all(isinstance(text, str) for text in (record.url, record.fetched_at, record.sha256))
        and all(map(_can_be_a_header, (record.etag, record.last_modified, record.if_range)))
    )
    return record if sound and url in (None, record.url) else None


def _can_be_a_header(value: object) -> bool:
    """Whether a validator can be sent back: HTTP carries one line of Latin-1."""
    return value is None or (
        isinstance(value, str) and value.isprintable() and all(ord(mark) < 0x100 for mark in value)
    )

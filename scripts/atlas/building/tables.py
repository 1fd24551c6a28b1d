"""Where tables come from: the service, a folder of tables, or an archive of them.

Only the process that builds asks the service, never a worker: one line of requests at one pace, whatever the number of
workers. Each source gives tables one by one, as files, so that few of them are on disk at a time.
"""

from __future__ import annotations

import hashlib
import os
import re
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ...chipatlas.cache.downloads import fetch
from ...chipatlas.cache.rate import taking_turns
from ...chipatlas.endpoints import data_url
from ...chipatlas.transport.client import Client
from ...common.errors import BadResponseError, InputError, NotFoundError, OutputError, ServiceUnavailableError
from ...common.files.writing import SIMULATED_MARKER, sha256
from ...common.text import near_matches
from ...targets.query.availability import fetch_index
from ...targets.query.question import Query, check_form
from ...targets.table.download_target_genes import MAX_TABLE_BYTES
from ..manifest import FAILED, MISSING

#: After so many failures in a row the service is down: going on would only add to its load.
MAX_FAILURES_IN_A_ROW = 3
_COPY_BYTES = 1 << 20

#: What a manifest knows of a factor that needs no work, or None.
Done = Callable[[str], dict[str, Any] | None]


@dataclass(frozen=True)
class Arrival:
    """A table that is ready to be read, or why there is none.

    Attributes
    ----------
    factor : str
    entry : dict
        What is known of it for the manifest so far; with an ``outcome`` when there is nothing to read.
    path : Path or None
    temporary : bool
        Whether the file is to be removed once it has been read.
    """

    factor: str
    entry: dict[str, Any]
    path: Path | None = None
    temporary: bool = False


class Source(Protocol):
    """A place of tables. `name` stands in the manifest; `listed` are the factors, None where only reading it tells."""

    name: str
    listed: list[str] | None
    simulated: bool
    remote: bool

    def arrivals(self, done: Done, spool: Path) -> Iterator[Arrival]:
        """The tables that need work, one by one."""
        ...


def open_source(
    genome: str, distance: int, factors: Iterable[str] | None, source: str | os.PathLike[str] | None
) -> Source:
    """Find the tables of some or all factors.

    Raises
    ------
    InputError
        Unusable names, or a source that is neither a folder nor a ``.tar.gz``.
    NotFoundError
        No such folder, no table in it, or an assembly that the site does not list.
    ServiceUnavailableError
        All factors are wanted and the site's index cannot be read.
    """
    wanted = check_factors(factors, genome, distance)
    if source is None:
        return Site(genome, distance, wanted)
    path = Path(source).expanduser().resolve()
    if path.is_dir():
        return Folder(path, distance, wanted)
    if path.is_file() and path.name.endswith((".tar.gz", ".tgz", ".tar")):
        return Archive(path, distance, wanted)
    if not path.exists():
        raise NotFoundError(f"source {str(source)!r} does not exist. Give a folder or a .tar.gz of tables.")
    raise InputError(f"source is {str(source)!r}; give a folder of tables or a .tar.gz of them.")


def check_factors(factors: Iterable[str] | None, genome: str, distance: int) -> list[str] | None:
    """The factors asked for, each once, in the order of their names; None for all."""
    if factors is None:
        return None
    if isinstance(factors, str) or not isinstance(factors, Iterable):
        raise InputError(f"factors is {factors!r}; give a list of names, such as ['TP53', 'MYC'], or None for all.")
    names = sorted({check_form(name, genome, distance).protein for name in factors})
    if not names:
        raise InputError("factors is empty; give a list of names, such as ['TP53', 'MYC'], or None for all.")
    return names


class Site:
    """The service: its index of factors, or a list, and one download a factor."""

    remote = True

    def __init__(self, genome: str, distance: int, wanted: list[str] | None) -> None:
        self.name = data_url()
        self.simulated = False
        self._genome, self._distance = genome, distance
        self._known: list[str] = []
        with Client() as client:
            index = fetch_index(client)
            self.simulated = client.simulated
        if index is not None:
            self._known = index.get(genome, [])
        if wanted is None:
            if index is None:
                raise ServiceUnavailableError(
                    "The site's index of factors cannot be read, so 'all factors' is unknown.\n"
                    "Try again later, or name the factors (factors=[...])."
                )
            if not self._known:
                raise NotFoundError(f"The site lists no factor for {genome}. It lists: {', '.join(index)}.")
            wanted = sorted(set(self._known))
        self.listed: list[str] | None = wanted

    def arrivals(self, done: Done, spool: Path) -> Iterator[Arrival]:
        """Download each table that is not done into the spool folder, at the pace of `chipatlas.cache.rate`."""
        failures = 0
        with Client() as client:
            for factor in self.listed or []:
                if done(factor):
                    continue
                try:
                    query = check_form(factor, self._genome, self._distance)
                except InputError as error:
                    # A name in the index that no address can hold is no reason to stop.
                    yield Arrival(factor, {"outcome": FAILED, "detail": str(error)})
                    continue
                try:
                    yield self._download(client, query, spool)
                    failures = 0
                except (ServiceUnavailableError, BadResponseError) as error:
                    failures += isinstance(error, ServiceUnavailableError)
                    client.forget_outages()
                    yield Arrival(
                        factor, {"outcome": FAILED, "url": query.url, "detail": f"{type(error).__name__}: {error}"}
                    )
                    if failures == MAX_FAILURES_IN_A_ROW:
                        raise ServiceUnavailableError(
                            f"{failures} downloads in a row failed; the last: {error}\n"
                            "What is done is kept: the same call goes on from there."
                        ) from error
                self.simulated |= client.simulated

    def _download(self, client: Client, query: Query, spool: Path) -> Arrival:
        entry: dict[str, Any] = {"url": query.url}
        path = _new_file(spool)
        try:
            with taking_turns(query.url) as turn, fetch(client, query.url, MAX_TABLE_BYTES) as file:
                _copy(file.blocks(), path)
                turn.sent = 0 if file.from_cache else file.size
        except NotFoundError:
            path.unlink()
            return Arrival(query.protein, {**entry, "outcome": MISSING, "detail": self._why_missing(query)})
        except BaseException:  # raised again: nothing half-written stays
            path.unlink()
            raise
        entry |= {
            "last_modified": file.record.last_modified,
            "etag": file.record.etag,
            "retrieved_at": file.record.fetched_at,
        }
        return Arrival(query.protein, entry, path, temporary=True)

    def _why_missing(self, query: Query) -> str:
        if query.protein in self._known:
            return "listed, but the file does not exist (HTTP 404)"
        matches = near_matches(query.protein, self._known)
        return "not listed (HTTP 404)" + (f"; did you mean: {', '.join(matches)}?" if matches else "")


@dataclass
class _Local:
    """What the two local sources share: tables are found by their names, ``{factor}.{distance}.tsv``."""

    path: Path
    distance: int
    wanted: list[str] | None
    simulated: bool = False
    remote: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self.name = str(self.path)
        self._pattern = re.compile(rf"(?P<factor>.+)\.{self.distance}\.tsv")

    def _factor_of(self, name: str) -> str | None:
        match = self._pattern.fullmatch(name)
        if match is None or name.startswith("."):
            return None
        return match["factor"] if self.wanted is None or match["factor"] in self.wanted else None

    def _absent(self, found: Iterable[str], done: Done) -> Iterator[Arrival]:
        for factor in sorted({*(self.wanted or [])} - {*found}):
            if done(factor):
                continue
            yield Arrival(factor, {"outcome": MISSING, "detail": f"no {factor}.{self.distance}.tsv in {self.name}"})


class Folder(_Local):
    """A folder of tables, read where they are."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.simulated = (self.path / SIMULATED_MARKER).exists()
        files: dict[str, Path] = {}
        for path in sorted(self.path.rglob("*.tsv")):
            factor = self._factor_of(path.name)
            if factor is not None and path.is_file():
                if factor in files:
                    raise InputError(f"{self.path} holds two tables of {factor!r}: {files[factor]} and {path}.")
                files[factor] = path
        if not files:
            raise NotFoundError(
                f"No table in {self.path}: files called FACTOR.{self.distance}.tsv are looked for, such as "
                f"TP53.{self.distance}.tsv, for distance {self.distance}."
            )
        self._files = files
        self.listed: list[str] | None = sorted({*files, *(self.wanted or [])})

    def arrivals(self, done: Done, spool: Path) -> Iterator[Arrival]:
        """Each table that is not done, or is another one than it was."""
        for factor, path in sorted(self._files.items()):
            entry = done(factor)
            if entry and entry.get("bytes") == path.stat().st_size and entry.get("sha256") == sha256(path):
                continue
            yield Arrival(factor, {"url": path.as_uri()}, path)
        yield from self._absent(self._files, done)


class Archive(_Local):
    """A tar archive of tables, such as the service has handed out; read from front to back, once."""

    listed: list[str] | None = None

    def arrivals(self, done: Done, spool: Path) -> Iterator[Arrival]:
        """Each table that is not done, or is another one than it was, unpacked into the spool folder."""
        found: set[str] = set()
        try:
            with tarfile.open(self.path, "r|*") as archive:
                for member in archive:
                    name = member.name.replace("\\", "/").rpartition("/")[2]
                    self.simulated |= name == SIMULATED_MARKER
                    factor = self._factor_of(name)
                    if factor is None or not member.isfile():
                        continue
                    if factor in found:
                        raise InputError(f"{self.path} holds two tables of {factor!r}.")
                    found.add(factor)
                    arrival = self._unpack(archive, member, factor, done, spool)
                    if arrival is not None:
                        yield arrival
        except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
            if isinstance(error, OutputError):
                raise
            raise BadResponseError(
                f"{self.path} is damaged after {len(found):,} tables ({error}).\n"
                "Fetch it again; what was read is kept, and the same call goes on from there."
            ) from error
        if not found:
            raise NotFoundError(f"No table called FACTOR.{self.distance}.tsv in {self.path}, such as TP53.5.tsv.")
        yield from self._absent(found, done)

    def _unpack(
        self, archive: tarfile.TarFile, member: tarfile.TarInfo, factor: str, done: Done, spool: Path
    ) -> Arrival | None:
        entry = {"url": f"{self.path.as_uri()}#{member.name}"}
        if member.size > MAX_TABLE_BYTES:
            detail = f"{member.size:,} bytes unpacked: more than a table can have"
            return Arrival(factor, {**entry, "outcome": FAILED, "detail": detail})
        stream = archive.extractfile(member)
        path = _new_file(spool)
        digest = hashlib.sha256()

        def blocks() -> Iterator[bytes]:
            while stream is not None and (block := stream.read(_COPY_BYTES)):
                digest.update(block)
                yield block

        try:
            _copy(blocks(), path)
        except BaseException:  # raised again: nothing half-written stays
            path.unlink()
            raise
        known = done(factor)
        if known and known.get("sha256") == digest.hexdigest():
            path.unlink()
            return None
        return Arrival(factor, entry, path, temporary=True)


def _new_file(folder: Path) -> Path:
    handle, name = tempfile.mkstemp(dir=folder, suffix=".tsv")
    os.close(handle)
    # Workers may run under another user of the same group.
    with suppress(OSError):
        Path(name).chmod(0o644)
    return Path(name)


def _copy(blocks: Iterable[bytes], path: Path) -> None:
    with path.open("wb") as sink:
        for block in blocks:
            try:
                sink.write(block)
            except OSError as error:
                raise OutputError(f"Cannot write {path}: {error.strerror or error}.") from error

"""The list of all experiments to one Parquet file an assembly, in one pass over what arrives."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...chipatlas.assemblies import ASSEMBLIES
from ...chipatlas.cache.downloads import fetch
from ...chipatlas.cache.store import discard
from ...chipatlas.site.dialects import joined_attributes
from ...chipatlas.site.metadata import gsm_of_title, parse_read_info
from ...chipatlas.transport.client import Client
from ...common.console import announce_simulation, headline, say, verify
from ...common.errors import BadResponseError, OutputError
from ...common.files.writing import prepare_folder, replacing_folder, write_text
from ...common.provenance import now_utc
from ...common.text import clean_label, plural
from ..vocabulary import KINDS, folded
from .store import (
    MANIFEST,
    Catalogue,
    as_manifest,
    catalogue_extra,
    catalogue_folder,
    list_url,
    names_file,
    stored_catalogue,
)

if TYPE_CHECKING:
    import pyarrow as pa

#: The list has some 350 MB; thirty times that is none.
MAX_LIST_BYTES = 10 * 1024**3
#: Of a line, the fields before the attributes.
_FIELDS = 9
#: Rows of all assemblies that wait to be written; each takes some 3 kB.
_MOST_WAITING = 40_000
#: Of so many first lines most must be experiments, or the file is something else.
_FIRST_LINES = 1000
TEXT_COLUMNS = (
    "accession",
    "gsm",
    "antigen_class",
    "antigen",
    "cell_type_class",
    "cell_type",
    "title",
    "attributes",
    "folded",
)


def build_catalogue(*, refresh: bool = False) -> Catalogue:
    """Build the catalogue of every experiment, or find that the one here is the server's latest.

    The list (some 350 MB) is read as it arrives and never held whole in memory; a download that breaks off goes on at
    the next call. The catalogue that is there stays until the new one is whole.

    Parameters
    ----------
    refresh : bool
        Build anew, also where the server's list has not changed.

    Returns
    -------
    Catalogue

    Raises
    ------
    ServiceUnavailableError, BadResponseError, NotFoundError
        The list cannot be had, or is none.
    OutputError
        The cache folder cannot be written, or is full.
    MissingExtraError
        The `atlas` extra is not installed.
    """
    with catalogue_extra():
        import pyarrow  # noqa: F401 - said before a long download

    headline("Catalogue of experiments")
    before = stored_catalogue()
    url = list_url()
    with Client() as client:
        if before and not refresh and _is_unchanged(client, url, before):
            say(f"  Unchanged on the server ({before.last_modified or before.etag})")
            announce_simulation(before.simulated)
            verify(f"✓ Catalogue up to date: {plural(sum(before.rows.values()), 'experiment')}")
            return before
        folder = catalogue_folder()
        prepare_folder(folder.parent)
        with replacing_folder(folder) as fresh:
            built = _write(client, url, fresh)
            write_text(fresh / MANIFEST, as_manifest(built))
    # The list itself is not kept beside what was made of it.
    discard(url)
    if built.unreadable:
        say(f"  {plural(built.unreadable, 'line')} passed over: no experiment in them")
    for genome, rows in built.rows.items():
        say(f"  {genome}: {rows:,}")
    announce_simulation(built.simulated)
    verify(f"✓ Catalogue built: {plural(sum(built.rows.values()), 'experiment')}")
    return replace(built, folder=folder)


def _is_unchanged(client: Client, url: str, before: Catalogue) -> bool:
    """Whether the server's list is the one that the catalogue was made of."""
    headers = client.head(url).headers
    etag, modified = headers.get("ETag", ""), headers.get("Last-Modified", "")
    return bool(etag or modified) and (etag, modified) == (before.etag, before.last_modified)


def _write(client: Client, url: str, folder: Path) -> Catalogue:
    writer = _Writer(folder)
    with ExitStack() as stack:
        stack.callback(writer.close)
        with fetch(client, url, MAX_LIST_BYTES) as file:
            for line in _lines(file.blocks()):
                writer.add(line)
            writer.check(url)
            writer.flush()
        record = file.record
    return Catalogue(
        folder=folder,
        url=url,
        etag=record.etag or "",
        last_modified=record.last_modified or "",
        built_at=now_utc(),
        rows={genome: writer.rows[genome] for genome in ASSEMBLIES if genome in writer.rows},
        unreadable=writer.unreadable,
        simulated=record.simulated,
    )


def _lines(blocks: Iterable[bytes]) -> Iterator[str]:
    """Lines of a text that arrives in blocks."""
    rest = b""
    for block in blocks:
        *lines, rest = (rest + block).split(b"\n")
        for line in lines:
            yield line.decode("utf-8", "replace")
    if rest:
        yield rest.decode("utf-8", "replace")


class _Writer:
    """One Parquet file an assembly, written a batch at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, Any] = {}
        self._waiting: dict[str, list[tuple[Any, ...]]] = {}
        self._n_waiting = 0
        self._names: dict[str, dict[str, set[str]]] = {}
        self.rows: dict[str, int] = {}
        self.unreadable = 0

    def add(self, line: str) -> None:
        """Take a line of the list; of an assembly that ChIP-Atlas does not offer, nothing."""
        row = read_line(line)
        if row is None:
            self.unreadable += bool(line.strip())
            if self.unreadable == _FIRST_LINES and not self.rows:
                self.check("The list of experiments")
            return
        genome, values = row
        if genome not in ASSEMBLIES:
            return
        self.rows[genome] = self.rows.get(genome, 0) + 1
        names = self._names.setdefault(genome, {kind: set() for kind in KINDS})
        for kind in KINDS:
            names[kind].add(values[TEXT_COLUMNS.index(kind)])
        waiting = self._waiting.setdefault(genome, [])
        waiting.append(values)
        self._n_waiting += 1
        if self._n_waiting >= _MOST_WAITING:
            self._put(max(self._waiting, key=lambda name: len(self._waiting[name])))

    def check(self, what: str) -> None:
        """Refuse what is no list of experiments."""
        if not self.rows or self.unreadable > sum(self.rows.values()):
            raise BadResponseError(f"{what} is no list of experiments: {self.unreadable:,} of its lines are none.")

    def flush(self) -> None:
        """Write what is waiting, and beside each file the names that occur in it."""
        for genome in list(self._waiting):
            self._put(genome)
        for genome, names in self._names.items():
            content = {kind: sorted(found) for kind, found in names.items()}
            write_text(self._folder / names_file(genome), json.dumps(content, ensure_ascii=False))

    def close(self) -> None:
        for file in self._files.values():
            file.close()

    def _put(self, genome: str) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        rows = self._waiting.pop(genome)
        self._n_waiting -= len(rows)
        table = pa.table([list(column) for column in zip(*rows, strict=True)], schema=_schema())
        try:
            if genome not in self._files:
                self._files[genome] = pq.ParquetWriter(
                    self._folder / f"{genome}.parquet", table.schema, compression="zstd", compression_level=9
                )
            self._files[genome].write_table(table)
        except OSError as error:
            raise OutputError(
                f"Cannot write the catalogue into {self._folder.parent}: {error.strerror or error}.\n"
                "Free disk space, or name another folder in CHIPATLAS_CACHE_DIR. The catalogue before is as it was."
            ) from error


def _schema() -> pa.Schema:
    import pyarrow as pa

    numbers = [("reads", pa.int64()), ("mapped", pa.float64()), ("duplicates", pa.float64()), ("peaks", pa.int64())]
    return pa.schema([*((name, pa.string()) for name in TEXT_COLUMNS), *numbers])


def read_line(line: str) -> tuple[str, tuple[Any, ...]] | None:
    """Assembly and values (`TEXT_COLUMNS`, then the four numbers) of a line; None for what is no experiment."""
    fields = line.rstrip("\r\n").split("\t")
    if len(fields) < _FIELDS or not fields[0] or not fields[1]:
        return None
    accession, genome, antigen_class, antigen, cell_class, cell_type, _, read_info, title = map(
        clean_label, fields[:_FIELDS]
    )
    attributes = joined_attributes(fields[_FIELDS:])
    texts = (accession, gsm_of_title(title), antigen_class, antigen, cell_class, cell_type, title, attributes)
    return genome, (*texts, folded(f"{title}{attributes}"), *parse_read_info(read_info))

"""Tables for a background from this machine: a folder of them, or an archive, read one by one."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import tarfile
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timezone
from typing import IO, Any

import numpy as np

from ...common.console import say
from ...common.errors import BadResponseError, InputError, NotFoundError
from ...common.files.writing import SIMULATED_MARKER, given_path
from ..table.download_target_genes import MAX_TABLE_BYTES
from ..table.parse_target_genes import TargetTable, parse_target_genes
from ..table.scores import row_statistics
from .background import Member

_READ_BYTES = 1 << 20
_DAMAGED = (tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, OSError, RuntimeError)


def member_of(name: str, table: TargetTable, about: dict[str, Any]) -> Member | None:
    """What a background takes of a table; None of one that names no gene with a peak."""
    _, bound, _ = row_statistics(table.scores)
    kept = bound > 0
    if not kept.any():
        return None
    return bound_member(name, table.genes[kept], table.average[kept], bound[kept], table.scores.shape[1], about)


def bound_member(
    name: str, genes: np.ndarray, average: np.ndarray, bound: np.ndarray, experiments: int, about: dict[str, Any]
) -> Member:
    """A member of numbers that are known already: genes with a peak, their averages and bound experiments."""
    return Member(name, genes, average, bound / max(experiments, 1), experiments, about)


class LocalTables:
    """The tables of a folder or archive, called ``{factor}.{distance}.tsv`` or ``.tsv.gz``.

    Attributes
    ----------
    simulated : bool
        Whether ``SIMULATED.txt`` lies among them; of an archive, known once it has been read.
    """

    def __init__(self, source: str | os.PathLike[str], distance: int, wanted: Collection[str] | None = None) -> None:
        self.path = given_path(source)
        self.simulated = False
        self._wanted = wanted
        self._distance = distance
        self._pattern = re.compile(rf"(?P<factor>.+)\.{distance}\.tsv(?P<packed>\.gz)?")
        if not self.path.exists():
            raise NotFoundError(f"{str(self.path)!r} does not exist. Give a folder, a .zip or a .tar.gz of tables.")

    def members(self) -> Iterator[Member]:
        """Each table that names a bound gene; the others are said.

        Raises
        ------
        InputError
            Neither a folder nor an archive, a damaged one, or two tables of one factor.
        NotFoundError
            No table for this window, or not all that are wanted.
        BadResponseError
            A file of such a name that is no table.
        """
        found: set[str] = set()
        try:
            for name, stream, about in self._files():
                factor = name.rpartition("/")[2]
                match = self._pattern.fullmatch(factor)
                self.simulated |= factor == SIMULATED_MARKER
                if match is None or factor.startswith(".") or (self._wanted and match["factor"] not in self._wanted):
                    continue
                if match["factor"] in found:
                    raise InputError(f"{self.path} holds two tables of {match['factor']!r}. Leave one.")
                found.add(match["factor"])
                member = self._read(match["factor"], stream(), bool(match["packed"]), about)
                if member is None:
                    say(f"  {match['factor']}: no gene with a peak, left out")
                else:
                    yield member
        except _DAMAGED as error:
            if isinstance(error, (InputError, BadResponseError)):
                raise
            raise InputError(f"{self.path} cannot be read to its end ({error}). Fetch it again.") from error
        missing = sorted({*(self._wanted or ())} - found)
        if missing or not found:
            looked_for = ", ".join(missing[:5]) or "FACTOR"
            raise NotFoundError(
                f"No table of {looked_for} in {self.path}: files called FACTOR.{self._distance}.tsv or .tsv.gz are "
                f"looked for, for distance {self._distance}."
            )

    def _files(self) -> Iterator[tuple[str, Any, dict[str, Any]]]:
        """Name of each file, what opens it, and what is known of it."""
        if self.path.is_dir():
            # The marker is seen first: it says what all the others are.
            self.simulated = (self.path / SIMULATED_MARKER).exists()
            for path in sorted(self.path.rglob("*.tsv*")):
                if path.is_file():
                    changed = datetime.fromtimestamp(path.stat().st_mtime, timezone.utc)
                    yield path.name, lambda path=path: path.open("rb"), _about(path.name, changed)
        elif zipfile.is_zipfile(self.path):
            with zipfile.ZipFile(self.path) as archive:
                for member in archive.infolist():
                    if not member.is_dir():
                        name = member.filename
                        yield name, lambda name=name: archive.open(name), {"file": name}
        elif tarfile.is_tarfile(self.path):
            with tarfile.open(self.path, "r|*") as unpacked:
                for one in unpacked:
                    if one.isfile():
                        changed = datetime.fromtimestamp(one.mtime, timezone.utc)
                        yield one.name, lambda one=one: unpacked.extractfile(one), _about(one.name, changed)
        else:
            raise InputError(f"{self.path} is neither a folder nor a .zip or .tar archive of tables.")

    def _read(self, factor: str, stream: IO[bytes], packed: bool, about: dict[str, Any]) -> Member | None:
        digest = hashlib.sha256()
        opened: AbstractContextManager[Any] = gzip.GzipFile(fileobj=stream) if packed else nullcontext(stream)
        with stream, opened as text:
            table = parse_target_genes(_measured(text, digest, factor), factor, about["file"])
        for note in table.notes:
            say(f"  {factor}: {note}")
        return member_of(factor, table, {**about, "sha256": digest.hexdigest()})


def _about(name: str, changed: datetime) -> dict[str, Any]:
    return {"file": name, "last_modified": changed.isoformat(timespec="seconds")}


def _measured(stream: IO[bytes], digest: Any, factor: str) -> Iterator[bytes]:
    size = 0
    while block := stream.read(_READ_BYTES):
        size += len(block)
        if size > MAX_TABLE_BYTES:
            raise InputError(f"The table of {factor} unpacks to more than {MAX_TABLE_BYTES:,} bytes: no table is that.")
        digest.update(block)
        yield block

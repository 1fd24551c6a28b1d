"""Reading indexed BAM files: the reads that ChIP-Atlas would count."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ...chipatlas.transport.client import Client
from ...chipatlas.transport.remote_file import is_url
from ...common.errors import InputError
from ...common.text import plural
from ..extra import local_extra
from .records import Reads

#: SAM flags of what is no usable read: unmapped, secondary, failed quality checks, duplicate, supplementary.
_UNMAPPED, _SECONDARY, _QC_FAILED, _DUPLICATE, _SUPPLEMENTARY = 0x4, 0x100, 0x200, 0x400, 0x800
UNUSABLE = _UNMAPPED | _SECONDARY | _QC_FAILED | _DUPLICATE | _SUPPLEMENTARY
_INDEX_ENDINGS = (".bai", ".csi")


class Bam:
    """An open BAM with its index beside it; a context manager, and a `Track`.

    Usable reads are those that are mapped, primary, and neither duplicates nor failed by quality checks, of any mapping
    quality. Each counts once where its span on the reference, deleted and spliced bases included, shares at least one
    base with a region. Both mates of a pair are reads.

    Parameters
    ----------
    source : path or str
        Of a local file.
    client : Client, optional
        Not used: a BAM is not read by address.

    Attributes
    ----------
    name, sizes, notes
        See `Track`; the contigs are those of the header.

    Raises
    ------
    InputError
        No such file, an address, not indexed, or no whole BAM.
    MissingExtraError
        pysam is not installed.
    """

    def __init__(self, source: str | Path, client: Client | None = None) -> None:
        with local_extra():
            import pysam

        self.name = str(source)
        if is_url(source):
            raise InputError(
                f"{self.name}: a BAM is not read by address. Download it and its index, and give its path."
            )
        self._path = Path(source).expanduser()
        self.notes: list[str] = []
        self._usable: dict[str, int] = {}
        self._duplicates = 0
        pysam.set_verbosity(0)  # htslib prints its own words beside the error
        with self._damage():
            self._file: Any = pysam.AlignmentFile(str(self._path), "rb")
        try:
            with self._damage():
                self.sizes = dict(zip(self._file.references, map(int, self._file.lengths), strict=True))
                indexed = self._file.has_index()
            if not indexed:
                raise InputError(
                    f"{self.name} has no index beside it ({' or '.join(_INDEX_ENDINGS)}).\nMake one: samtools index "
                    f"{self.name} (of a file that is sorted by position: samtools sort)."
                )
            self._note_old_index()
        except BaseException:  # Ctrl-C too; raised again
            self.close()
            raise

    def __enter__(self) -> Bam:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def reads(self, chrom: str) -> Reads:
        """All usable reads of a contig; none for a contig that the file lacks."""
        starts, ends = array("q"), array("q")
        if chrom in self.sizes:
            with self._damage():
                for read in self._file.fetch(chrom):
                    if not read.flag & UNUSABLE:
                        starts.append(read.reference_start)
                        # A read without alignment of its bases has its first one alone.
                        ends.append(read.reference_end or read.reference_start + 1)
                    elif read.flag & _DUPLICATE:
                        self._duplicates += 1
            self._usable[chrom] = len(starts)
        return Reads(*(np.sort(np.array(column, dtype=np.int64)) for column in (starts, ends)))

    def overlapping(self, chrom: str, starts: np.ndarray, ends: np.ndarray) -> Reads:
        """All usable reads of a contig; those beside the intervals take no part in any count."""
        return self.reads(chrom)

    def usable_reads(self) -> int:
        """Usable reads of the whole file; contigs that were not asked for yet are read now."""
        for chrom in self.sizes:
            if chrom not in self._usable:
                self.reads(chrom)
        return sum(self._usable.values())

    def describe(self) -> list[str]:
        """What a reader should know: how many reads were counted, by which rule.

        Raises
        ------
        InputError
            The file holds no usable read.
        """
        total = self.usable_reads()
        if not total:
            raise InputError(f"{self.name} holds no usable read. Check the file, or leave the experiment out.")
        marked = "" if self._duplicates else "; none is marked as a duplicate: right if duplicates were removed"
        return [f"{plural(total, 'usable read')} (mapped, primary, no duplicates), each counted once{marked}"]

    def _note_old_index(self) -> None:
        places = [
            place
            for ending in _INDEX_ENDINGS
            for place in (Path(f"{self._path}{ending}"), self._path.with_suffix(ending))
        ]
        times = [place.stat().st_mtime for place in places if place.is_file()]
        if times and max(times) < self._path.stat().st_mtime:
            self.notes.append("its index is older than the file; if the file changed since: samtools index")

    @contextmanager
    def _damage(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise InputError(f"Cannot read {self.name}: {error.strerror or error}. Give a BAM file.") from error
        except (OSError, ValueError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(
                f"{self.name} is no whole BAM, or its index is another file's ({error}).\n"
                f"Fetch the file again, or index it again: samtools index {self.name}"
            ) from error

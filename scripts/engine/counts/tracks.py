"""Opening a file of coverage, whatever its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from ...chipatlas.transport.client import Client
from ...chipatlas.transport.remote_file import is_url
from ...common.errors import InputError
from ..files.kinds import PACKED, Kind, kind_by_name, recognise
from ..files.text_tables import read_head
from .bam import Bam
from .bedgraph import read_bedgraph
from .bigwig import BigWig
from .records import RecordTrack, Track

T = TypeVar("T", bound=Track)
Openers = Mapping[Kind, Callable[[str, Client | None], T]]

#: Kinds of coverage.
COVERAGE: Openers[RecordTrack | Bam] = {Kind.BIGWIG: BigWig, Kind.BEDGRAPH: read_bedgraph, Kind.BAM: Bam}
#: A kind by content that a malformed or damaged file of a kind by name may be taken for.
_UNCERTAIN = {
    Kind.BIGWIG: (Kind.BINARY,),
    Kind.BAM: (Kind.BINARY, Kind.GZIP),
    Kind.BEDGRAPH: (Kind.TEXT, Kind.GZIP, Kind.BED),
    Kind.BISMARK: (Kind.TEXT, Kind.GZIP, Kind.BED),
    Kind.BEDMETHYL: (Kind.TEXT, Kind.GZIP),
}
_ONLY_BED = ".bed"


def open_track(source: str | Path, client: Client | None = None) -> RecordTrack | Bam:
    """Open a bigWig, a bedGraph or an indexed BAM.

    A local file is what its content says, whatever it is called; a note tells where its name says otherwise. Of a file
    behind an address the name decides.

    Raises
    ------
    InputError
        The file is of another kind, which is named, or what `BigWig`, `read_bedgraph` and `Bam` raise.
    BadResponseError, NotFoundError, ServiceUnavailableError
        What they raise for an address.
    MissingExtraError
        The `local` extra is not installed.
    """
    return open_as(source, COVERAGE, client)


def open_as(source: str | Path, openers: Openers[T], client: Client | None = None) -> T:
    """Open a file of one of some kinds; see `open_track`."""
    name = str(source)
    named = kind_by_name(name)
    if is_url(name):
        return openers[named if named and named in openers else Kind.BIGWIG](name, client)
    kind = _decide(name, named, recognise(read_head(source)), openers)
    opened = openers[kind](name, client)
    if named is not kind:
        opened.notes.insert(
            0, f"{Path(name).name} is {kind.what.partition(':')[0]} by its content, and was read as one"
        )
    return opened


def refuse(name: str, kind: Kind, wanted: str) -> InputError:
    """The error for a file of a kind that is not wanted."""
    return InputError(f"{name} is {kind.what}, not {wanted}.\n{kind.remedy}")


def _decide(name: str, named: Kind | None, found: Kind, openers: Openers[T]) -> Kind:
    bare = name.lower().removesuffix(PACKED)
    if found is Kind.BEDGRAPH and bare.endswith(_ONLY_BED):
        raise InputError(
            f"{name} holds intervals with a number each, as bedGraph files and BED files of peaks do.\n"
            "If the number is coverage or methylation, give the file a name that ends in .bedgraph."
        )
    if found is Kind.SIX_COLUMNS and Kind.BISMARK in openers and named and named in (Kind.BISMARK, Kind.BEDGRAPH):
        return named
    if named and named in openers and found in _UNCERTAIN.get(named, ()):
        return named
    if found not in openers:
        wanted = [kind.what.partition(":")[0] for kind in openers]
        raise refuse(name, found, f"{', '.join(wanted[:-1])} or {wanted[-1]}")
    return found

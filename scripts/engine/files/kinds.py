"""What a file of coverage or methylation is, by its name and by its first bytes."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Sequence
from enum import Enum
from itertools import islice
from typing import NamedTuple

#: So many bytes of a file tell what it is, also below a head of comments.
HEAD_BYTES = 1 << 16
PACKED = ".gz"
_GZIP_MAGIC = b"\x1f\x8b"
#: What opens a binary file, in either byte order where there are two.
_MAGIC = {
    b"\x26\xfc\x8f\x88": "BIGWIG",
    b"\x88\x8f\xfc\x26": "BIGWIG",
    b"\xeb\xf2\x89\x87": "BIGBED",
    b"\x87\x89\xf2\xeb": "BIGBED",
    b"BAM\x01": "BAM",
    b"CRAM": "CRAM",
    b"PK\x03\x04": "ZIP",
}
#: Lines that hold no data: comments, and what a genome browser reads.
NO_DATA = re.compile(rb"\s*(?:#|(?:track|browser)(?:\s|$)|$)")
_WIGGLE = (b"fixedStep", b"variableStep")
_SAM = (b"@HD\t", b"@SQ\t", b"@RG\t", b"@PG\t", b"@CO\t")
#: So many lines of data are looked at.
_LINES = 50
_STRANDS = (b"+", b"-", b".")
_BEDMETHYL_COLUMNS, _BED12_COLUMNS = 11, 12
_MOST_PERCENT = 100.0


class _About(NamedTuple):
    """What a kind is called, endings of its names, and what to do where something else is wanted."""

    what: str
    endings: tuple[str, ...] = ()
    remedy: str = ""


class Kind(Enum):
    """Kinds of files that are given as coverage or as methylation, on purpose or by mistake."""

    BIGWIG = _About("a bigWig", (".bw", ".bigwig"))
    BEDGRAPH = _About(
        "a bedGraph", (".bdg", ".bedgraph", ".bg"), "Give it a name that ends in .bedgraph: at an address it decides."
    )
    BAM = _About(
        "a BAM: aligned reads",
        (".bam",),
        "Coverage: give it as a local file. Methylation: call its levels first (bismark_methylation_extractor).",
    )
    BISMARK = _About(
        "a coverage file of Bismark: methylation, not read coverage", (".cov",), "Pass analysis_type='dmr'."
    )
    BEDMETHYL = _About(
        "a bedMethyl: methylation, not read coverage", (".bedmethyl", ".bed"), "Pass analysis_type='dmr'."
    )
    SIX_COLUMNS = _About(
        "a text file of intervals with a percentage and two counts, as Bismark's coverage and MethylDackel's bedGraph",
        (),
        "For methylation name it by what it is: .cov (positions from 1) or .bedgraph (positions from 0).",
    )
    BIGBED = _About("a bigBed: intervals, not coverage", (), "Give the bigWig.")
    BED = _About("a BED file: intervals, no values", (), "Give the coverage; peaks have a column of their own.")
    WIGGLE = _About("a wiggle file", (), "Make a bigWig of it: wigToBigWig FILE chrom.sizes NEW.bw.")
    SAM = _About(
        "a SAM: reads as text", (), "Sort it and index it: samtools sort -o NEW.bam FILE; samtools index NEW.bam."
    )
    CRAM = _About(
        "a CRAM", (), "Make a BAM of it: samtools view -b -T genome.fa -o NEW.bam FILE; samtools index NEW.bam."
    )
    ZIP = _About("a zip archive", (), "Unpack it.")
    GZIP = _About("compressed with gzip (a bigWig is compressed inside)", (), "Unpack it.")
    HTML = _About("a page of HTML or XML, not a file of data", (), "Is the address or download right?")
    EMPTY = _About("an empty file", (), "Make or fetch it again.")
    TEXT = _About("a text file of another kind", (), "Give a bigWig or a bedGraph.")
    BINARY = _About("no file of a kind that is known", (), "Give a bigWig or a bedGraph.")

    @property
    def what(self) -> str:
        """The kind in words, for a message."""
        return self.value.what

    @property
    def remedy(self) -> str:
        """What to do where the kind cannot be used."""
        return self.value.remedy


#: Kinds that are text: read whole, plain or gzipped.
TEXTS = (Kind.BEDGRAPH, Kind.BISMARK, Kind.BEDMETHYL)


def kind_by_name(source: str) -> Kind | None:
    """The kind that a path or address is named as; None for another ending."""
    ending = _ending(source)
    return next((kind for kind in Kind if ending and ending.removesuffix(PACKED) in kind.value.endings), None)


def without_ending(source: str) -> str:
    """The name of a file, without its folder, query and the ending of its kind."""
    name = _file_name(source)
    return name[: len(name) - len(_ending(source))]


def recognise(head: bytes) -> Kind:
    """The kind of a file by its first `HEAD_BYTES`, unpacked where they are packed.

    Returns
    -------
    Kind
        ``BINARY`` where no bytes that are known open it. ``BEDGRAPH`` are four columns, as also some BED files have;
        ``SIX_COLUMNS`` where the positions do not tell Bismark's files from MethylDackel's.
    """
    if head[:2] == _GZIP_MAGIC:
        inner = _unpacked(head)
        kind = _of_bytes(inner) if inner else Kind.GZIP
        return kind if kind in (*TEXTS, Kind.BAM, Kind.SIX_COLUMNS, Kind.BED, Kind.TEXT) else Kind.GZIP
    return _of_bytes(head)


def _file_name(source: str) -> str:
    return source.split("?", 1)[0].replace("\\", "/").rsplit("/", 1)[-1]


def _ending(source: str) -> str:
    name = _file_name(source).lower()
    for kind in Kind:
        for ending in kind.value.endings:
            for whole in (ending, *([ending + PACKED] if kind in TEXTS else [])):
                if name.endswith(whole):
                    return whole
    return ""


def _unpacked(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(head, HEAD_BYTES)
    except zlib.error:
        return b""


def _of_bytes(head: bytes) -> Kind:
    if not head:
        return Kind.EMPTY
    if head[:4] in _MAGIC:
        return Kind[_MAGIC[head[:4]]]
    if head.lstrip()[:1] == b"<":
        return Kind.HTML
    if b"\0" in head:
        return Kind.BINARY
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason != "unexpected end of data":  # a character may be cut at the end
            return Kind.BINARY
    return _of_lines(head.removeprefix(b"\xef\xbb\xbf"))


def _of_lines(text: bytes) -> Kind:
    if text.startswith(_SAM):
        return Kind.SAM
    lines = text.split(b"\n")
    whole = lines[:-1] or lines  # the last may be cut
    rows = [line.split() for line in islice((line for line in whole if not NO_DATA.match(line)), _LINES)]
    if rows and rows[0][0] in _WIGGLE:
        return Kind.WIGGLE
    if not rows or not all(_is_interval(row) for row in rows):
        return Kind.TEXT
    return next((kind for kind, fits in _COLUMNS if all(fits(row) for row in rows)), Kind.BED)


def _is_interval(row: Sequence[bytes]) -> bool:
    return len(row) >= 3 and row[1].isdigit() and row[2].isdigit()


def _is_bedgraph(row: Sequence[bytes]) -> bool:
    return len(row) == 4 and _number(row[3]) is not None


def _has_six_columns(row: Sequence[bytes]) -> bool:
    return len(row) == 6 and _is_percent(row[3]) and row[4].isdigit() and row[5].isdigit()


def _is_bismark(row: Sequence[bytes]) -> bool:
    return _has_six_columns(row) and row[1] == row[2]


def _is_bedmethyl(row: Sequence[bytes]) -> bool:
    wide = len(row) >= _BEDMETHYL_COLUMNS and len(row) != _BED12_COLUMNS
    return wide and row[5] in _STRANDS and row[9].isdigit() and _is_percent(row[10])


#: In this order: what holds of all lines.
_COLUMNS: tuple[tuple[Kind, Callable[[Sequence[bytes]], bool]], ...] = (
    (Kind.BEDGRAPH, _is_bedgraph),
    (Kind.BISMARK, _is_bismark),
    (Kind.SIX_COLUMNS, _has_six_columns),
    (Kind.BEDMETHYL, _is_bedmethyl),
)


def _is_percent(field: bytes) -> bool:
    value = _number(field)
    return value is not None and 0 <= value <= _MOST_PERCENT


def _number(field: bytes) -> float | None:
    try:
        return float(field)
    except ValueError:
        return None

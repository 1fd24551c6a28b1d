"""Records of a bigWig from its blocks, hundreds at a time: unpacked by zlib, read as whole arrays by numpy."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

import numpy as np

from .bigwig_index import Parts, Source, read_exactly
from .records import Records

#: Compressed bytes that are read, and held, at a time: one request of a file behind an address where parts lie near.
GROUP_BYTES = 1 << 22
_NAMES = ("chrom", "start", "end", "step", "span", "kind", "reserved", "count")
_HEAD = tuple(zip(_NAMES, ("u4", "u4", "u4", "u4", "u4", "u1", "u1", "u2"), strict=True))
_HEAD_BYTES = 24
#: A block counts its records by 16 bits, and a record takes at most 12 bytes.
_MOST_BYTES = _HEAD_BYTES + 12 * 0xFFFF
#: zlib makes what cannot be compressed larger by less than this.
_MOST_PACKED = _MOST_BYTES + (_MOST_BYTES >> 8) + 64
_BED_GRAPH, _VARIABLE_STEP, _FIXED_STEP = 1, 2, 3
#: Fields of a record, of each kind of block.
_FIELDS = {_BED_GRAPH: ("start", "end", "value"), _VARIABLE_STEP: ("start", "value"), _FIXED_STEP: ("value",)}


def in_groups(parts: Parts) -> Iterator[Parts]:
    """Parts of a file, so many at a time as make `GROUP_BYTES`, or one that is larger."""
    if (parts.sizes > _MOST_PACKED).any():
        raise ValueError("a block that is larger than any")
    group = (np.cumsum(parts.sizes) - parts.sizes) // GROUP_BYTES
    edges = [0, *(np.flatnonzero(np.diff(group)) + 1).tolist(), len(group)]
    for first, stop in pairwise(edges):
        if stop > first:
            yield Parts(*(column[first:stop] for column in parts))


def read_blocks(source: Source, parts: Parts, *, packed: bool) -> list[bytes]:
    """The plain bytes of blocks.

    Raises
    ------
    ValueError, zlib.error
        The file ends before one, or one is damaged: zlib keeps a checksum.
    """
    places = zip(parts.offsets.tolist(), parts.sizes.tolist(), strict=True)
    stored = [read_exactly(source, offset, size) for offset, size in places]
    return [_unpacked(block) for block in stored] if packed else stored


def _unpacked(block: bytes) -> bytes:
    """A block without its compression: never more than a block can hold, whatever a damaged one says."""
    stream = zlib.decompressobj()
    plain = stream.decompress(block, _MOST_BYTES + 1)
    if not stream.eof:
        raise ValueError("a block that does not end")
    return plain


def records_of(blocks: Sequence[bytes], parts: Parts, number: int, order: str) -> Records:
    """The records of a contig that blocks hold; columns may be as narrow as in the file.

    Parameters
    ----------
    blocks : sequence of bytes
        As `read_blocks` gives them.
    parts : Parts
        Where they were, and what the index says of each.
    number : int
        Of the contig, in this file.
    order : {"<", ">"}
        Of the bytes of a number.

    Raises
    ------
    ValueError
        A block is not what it says to be, or not what the index says.
    """
    head = np.dtype([(name, order + kind) for name, kind in _HEAD])
    lengths = np.array([len(block) for block in blocks], dtype=np.int64)
    if (lengths < _HEAD_BYTES).any():
        raise ValueError("a block without a head")
    heads = np.frombuffer(b"".join([block[:_HEAD_BYTES] for block in blocks]), head)
    here = heads["chrom"] == number
    if not (here | parts.shared).all():
        raise ValueError("a block of another contig than its index says")
    kinds = np.where(here, heads["kind"], 0).tolist()
    found = []
    for kind, run in groupby(range(len(blocks)), key=kinds.__getitem__):
        rows = list(run)
        chosen = slice(rows[0], rows[-1] + 1)
        if not here[chosen.start]:
            continue
        fields = _FIELDS.get(kind)
        if fields is None or (lengths[chosen] != _HEAD_BYTES + 4 * len(fields) * heads["count"][chosen]).any():
            raise ValueError("a block that does not hold what it says")
        item = np.dtype([(name, f"{order}{'f4' if name == 'value' else 'u4'}") for name in fields])
        stored = np.frombuffer(b"".join([block[_HEAD_BYTES:] for block in blocks[chosen]]), item)
        records = _spread(stored, heads[chosen], kind)
        _check_places(records, heads["count"][chosen].astype(np.int64), parts.starts[chosen], parts.ends[chosen])
        found.append(records)
    if len(found) == 1:
        return found[0]
    none = np.empty(0, np.int64)
    columns = zip(Records(none, none, np.empty(0, np.float32)), *found, strict=True)
    return Records(*(np.concatenate(column) for column in columns))


def _spread(stored: np.ndarray, heads: np.ndarray, kind: int) -> Records:
    """Records with a begin and an end each, whatever a kind of block leaves out."""
    if kind == _BED_GRAPH:
        return Records(stored["start"], stored["end"], stored["value"])
    counts = heads["count"].astype(np.int64)
    span = np.repeat(heads["span"].astype(np.int64), counts)
    if kind == _VARIABLE_STEP:
        starts = stored["start"].astype(np.int64)
    else:
        within = np.arange(len(stored)) - np.repeat(np.cumsum(counts) - counts, counts)
        starts = np.repeat(heads["start"].astype(np.int64), counts) + within * np.repeat(heads["step"], counts)
    return Records(starts, starts + span, stored["value"])


def _check_places(records: Records, counts: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> None:
    """Raise `ValueError` where records lie beside what the index says of their block: it would be missed elsewhere."""
    filled = counts > 0
    stop = np.cumsum(counts)[filled]
    first = stop - counts[filled]
    if (records.starts[first] < starts[filled]).any() or (records.ends[stop - 1] > ends[filled]).any():
        raise ValueError("records beside the place that its index names")

"""Contigs of a bigWig, and where in it the data of some intervals lie: what to read of a file, local or not.

The layout is that of UCSC's format (Kent et al. 2010, Bioinformatics 26:2204, supplementary tables): a head, a B+ tree
of contigs, and an R tree whose leaves name blocks of compressed records. Only the nodes that lead to the intervals are
read. `bigwig_blocks` reads the records.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple, Protocol

import numpy as np

_MAGIC, _CONTIG_MAGIC, _INDEX_MAGIC = 0x888FFC26, 0x78CA8C91, 0x2468ACE0
_HEAD_BYTES, _CONTIG_HEAD_BYTES, _INDEX_HEAD_BYTES, _NODE_HEAD_BYTES = 64, 32, 48, 4
#: Levels of a tree of 4 children a node for more blocks than any file has: a tree with more is none.
_MOST_LEVELS = 32
#: A node counts its children by 16 bits.
_MOST_CHILDREN = 0xFFFF


class Source(Protocol):
    """What a bigWig is read from."""

    def read_at(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes at `offset`, fewer only at the end of the file."""
        ...

    def prefetch(self, parts: tuple[np.ndarray, np.ndarray], *, lasting: bool = False) -> None:
        """Fetch parts (offsets and sizes) that will be read."""
        ...


class Parts(NamedTuple):
    """Blocks of data as the index names them.

    Attributes
    ----------
    offsets, sizes : ndarray of int64
        Bytes.
    starts, ends : ndarray of int64
        What of the contig each covers, 0-based half-open; from 0, and without an end, where it reaches over several.
    shared : ndarray of bool
        Whether it reaches over several contigs.
    """

    offsets: np.ndarray
    sizes: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    shared: np.ndarray


class BigWigIndex:
    """The index of an open bigWig.

    Parameters
    ----------
    source : Source
        The file.

    Attributes
    ----------
    order : {"<", ">"}
        Of the bytes of a number, as in `struct`.
    packed : bool
        Whether blocks are compressed.
    numbers, sizes : dict of str to int
        Number of each contig in this file, and its length in bases.

    Raises
    ------
    ValueError
        It is no bigWig, or a damaged one.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        head = read_exactly(source, 0, _HEAD_BYTES)
        self.order = next((sign for sign in "<>" if struct.unpack_from(f"{sign}I", head)[0] == _MAGIC), "")
        if not self.order:
            raise ValueError("no bigWig")
        contigs, _, self._index = struct.unpack_from(f"{self.order}3Q", head, 8)
        self.packed = struct.unpack_from(f"{self.order}I", head, 52)[0] > 0
        named = list(self._contigs(contigs))
        self.numbers = {name: number for name, number, _ in named}
        self.sizes = {name: size for name, _, size in named}
        if len(self.numbers) < len(named) or sorted(self.numbers.values()) != list(range(len(named))):
            raise ValueError("contigs of one name, or numbered otherwise than in turn")
        magic, children, _, *places = self._unpack("2IQ4I", self._index)
        if magic != _INDEX_MAGIC:
            raise ValueError("no index where the head says")
        self._reach = (places[0] << 32 | places[1], places[2] << 32 | places[3])
        self._node_bytes = _NODE_HEAD_BYTES + 32 * min(children, _MOST_CHILDREN)
        item = [(name, f"{self.order}u4") for name in ("first", "start", "last", "end")]
        self._node_item = np.dtype([*item, ("offset", f"{self.order}u8")])
        self._leaf_item = np.dtype([*self._node_item.descr, ("size", f"{self.order}u8")])

    def data_of(self, chrom: str, starts: np.ndarray, ends: np.ndarray) -> Parts:
        """The blocks of data that may hold records of some intervals of a contig, in the order of the contig.

        Parameters
        ----------
        starts, ends : ndarray of int
            0-based half-open, sorted, none of which overlap.
        """
        nodes = {self._index + _INDEX_HEAD_BYTES: self._reach}
        none = np.empty(0, np.int64)
        found = [Parts(none, none, none, none, none.astype(bool))]
        seen: set[int] = set()
        for _ in range(_MOST_LEVELS):
            if not nodes:
                break
            offsets = np.array(list(nodes))
            self._source.prefetch((offsets, np.full(len(nodes), self._node_bytes)), lasting=True)
            if not seen.isdisjoint(nodes):
                raise ValueError("an index that leads back to itself")
            seen.update(nodes)
            below: dict[int, tuple[int, int]] = {}
            for node, reach in nodes.items():
                is_leaf, items, begin, end = self._node(node, reach)
                inside = _inside(items, self.numbers[chrom], starts, ends)
                chosen = items[inside]
                offsets = _signed(chosen["offset"])
                if is_leaf:
                    span = _of_contig(chosen, self.numbers[chrom])
                    found.append(Parts(offsets, _signed(chosen["size"]), *span, chosen["first"] != chosen["last"]))
                else:
                    reached = zip(begin[inside].tolist(), end[inside].tolist(), strict=True)
                    below.update(zip(offsets.tolist(), reached, strict=True))
            nodes = below
        else:
            raise ValueError("an index without an end")
        return Parts(*(np.concatenate(column) for column in zip(*found, strict=True)))

    def _node(self, offset: int, reach: tuple[int, int]) -> tuple[bool, np.ndarray, np.ndarray, np.ndarray]:
        """Whether a node is a leaf; its items, and the begin and end of each, the contig in the high bits.

        Every item, and how far they reach together, is said twice in an index: what differs is damaged.
        """
        is_leaf, _, count = self._unpack("2BH", offset)
        layout = self._leaf_item if is_leaf else self._node_item
        packed = read_exactly(self._source, offset + _NODE_HEAD_BYTES, count * layout.itemsize)
        items = np.frombuffer(packed, layout, count=count)
        if (items["first"] >= len(self.numbers)).any() or (items["last"] >= len(self.numbers)).any():
            raise ValueError("an index of contigs that it lacks")
        begin = items["first"].astype(np.int64) << 32 | items["start"]
        end = items["last"].astype(np.int64) << 32 | items["end"]
        if (begin[1:] < begin[:-1]).any() or (begin >= end).any():
            raise ValueError("an index that is not sorted")
        if count and (int(begin[0]), int(end.max())) != reach:
            raise ValueError("an index whose levels say different things")
        if not count and reach[1]:
            raise ValueError("an index without what it says to hold")
        return bool(is_leaf), items, begin, end

    def _contigs(self, offset: int) -> Iterator[tuple[str, int, int]]:
        magic, _, width, _ = self._unpack("4I", offset)
        if magic != _CONTIG_MAGIC:
            raise ValueError("no contigs where the head says")
        nodes = [offset + _CONTIG_HEAD_BYTES]
        seen: set[int] = set()
        for _ in range(_MOST_LEVELS):
            below: list[int] = []
            if len(set(nodes)) < len(nodes) or not seen.isdisjoint(nodes):
                raise ValueError("contigs that lead back to themselves")
            seen.update(nodes)
            for node in nodes:
                is_leaf, _, count = self._unpack("2BH", node)
                packed = read_exactly(self._source, node + _NODE_HEAD_BYTES, count * (width + 8))
                for at in range(0, count * (width + 8), width + 8):
                    if is_leaf:
                        name = packed[at : at + width].rstrip(b"\0").decode()
                        number, size = struct.unpack_from(f"{self.order}2I", packed, at + width)
                        yield name, number, size
                    else:
                        below += struct.unpack_from(f"{self.order}Q", packed, at + width)
            nodes = below
        if nodes:
            raise ValueError("contigs without an end")

    def _unpack(self, layout: str, offset: int) -> tuple[int, ...]:
        wanted = struct.Struct(self.order + layout)
        return wanted.unpack(read_exactly(self._source, offset, wanted.size))


def read_exactly(source: Source, offset: int, size: int) -> bytes:
    """Bytes of a part of a file; `ValueError` where it ends before them."""
    found = source.read_at(offset, size)
    if len(found) < size:
        raise ValueError("it ends before what its index names")
    return found


def _of_contig(items: np.ndarray, number: int) -> tuple[np.ndarray, np.ndarray]:
    """What items cover of a contig: one that reaches over several begins before this one, or ends behind it."""
    begin = np.where(items["first"] < number, 0, items["start"].astype(np.int64))
    return begin, np.where(items["last"] > number, np.iinfo(np.int64).max, items["end"].astype(np.int64))


def _inside(items: np.ndarray, number: int, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Which items reach into an interval of a contig."""
    begin, end = _of_contig(items, number)
    here = (items["first"] <= number) & (items["last"] >= number)
    first = np.searchsorted(ends, begin, side="right")
    inside: np.ndarray = here & (first < len(starts)) & (starts[np.minimum(first, len(starts) - 1)] < end)
    return inside


def _signed(numbers: np.ndarray) -> np.ndarray:
    """Offsets or sizes as int64, what no file has as the largest."""
    return np.minimum(numbers, np.uint64(np.iinfo(np.int64).max // 2)).astype(np.int64)

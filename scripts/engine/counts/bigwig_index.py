"""Where in a bigWig the data of some intervals lie, by its own index: what to fetch of a file behind an address.

The layout is that of UCSC's format (Kent et al. 2010, Bioinformatics 26:2204, supplementary tables): a head, a B+ tree
of contigs, and an R tree whose leaves name blocks of compressed records. Only the nodes that lead to the intervals are
read. The records themselves are read by pybigtools.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple, Protocol

import numpy as np

_MAGIC, _CONTIG_MAGIC, _INDEX_MAGIC = 0x888FFC26, 0x78CA8C91, 0x2468ACE0
_HEAD_BYTES, _CONTIG_HEAD_BYTES, _INDEX_HEAD_BYTES, _NODE_HEAD_BYTES = 32, 32, 48, 4
#: Levels of a tree of 4 children a node for more blocks than any file has: a tree with more is none.
_MOST_LEVELS = 32


class Source(Protocol):
    """What the index is read from."""

    def read_at(self, offset: int, size: int) -> bytes: ...

    def prefetch(self, parts: Parts, *, lasting: bool = False) -> None: ...


class Parts(NamedTuple):
    """Parts of a file.

    Attributes
    ----------
    offsets, sizes : ndarray of int64
        Bytes.
    """

    offsets: np.ndarray
    sizes: np.ndarray


class BigWigIndex:
    """The index of an open bigWig.

    Parameters
    ----------
    source : Source
        The file.

    Raises
    ------
    ValueError, struct.error
        It is no bigWig, or a damaged one.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        head = source.read_at(0, _HEAD_BYTES)
        self._order = next((sign for sign in "<>" if struct.unpack_from(f"{sign}I", head)[0] == _MAGIC), "")
        if not self._order:
            raise ValueError("no bigWig")
        contigs, _, self._index = struct.unpack_from(f"{self._order}3Q", head, 8)
        self.numbers = dict(self._contigs(contigs))
        magic, self._children = self._unpack("2I", self._index)
        if magic != _INDEX_MAGIC:
            raise ValueError("no index where the head says")

    def data_of(self, chrom: str, starts: np.ndarray, ends: np.ndarray) -> Parts:
        """The blocks of data that may hold records of some intervals of a contig.

        Parameters
        ----------
        starts, ends : ndarray of int
            0-based half-open, sorted, none of which overlap.
        """
        nodes = np.array([self._index + _INDEX_HEAD_BYTES], dtype=np.int64)
        found = [Parts(np.empty(0, np.int64), np.empty(0, np.int64))]
        for _ in range(_MOST_LEVELS):
            if not len(nodes):
                break
            most = _NODE_HEAD_BYTES + 32 * self._children
            self._source.prefetch(Parts(nodes, np.full(len(nodes), most)), lasting=True)
            below = [self._node(int(node), self.numbers[chrom], starts, ends) for node in nodes]
            found += [parts for parts in below if isinstance(parts, Parts)]
            nodes = np.concatenate([[], *(nodes for nodes in below if not isinstance(nodes, Parts))]).astype(np.int64)
        else:
            raise ValueError("an index without an end")
        return Parts(*(np.concatenate(column) for column in zip(*found, strict=True)))

    def _node(self, offset: int, number: int, starts: np.ndarray, ends: np.ndarray) -> Parts | np.ndarray:
        """Blocks that a leaf names, or offsets of the children of another node, that reach into an interval."""
        is_leaf, _, count = self._unpack("2BH", offset)
        names = ["first", "start", "last", "end", "offset", *(["size"] if is_leaf else [])]
        kinds = ["u4"] * 4 + ["u8"] * (len(names) - 4)
        layout = np.dtype([(name, self._order + kind) for name, kind in zip(names, kinds, strict=True)])
        items = np.frombuffer(
            self._source.read_at(offset + _NODE_HEAD_BYTES, count * layout.itemsize), layout, count=count
        )
        # What reaches over several contigs begins before this one, or ends behind it.
        begin = np.where(items["first"] < number, 0, items["start"].astype(np.int64))
        end = np.where(items["last"] > number, np.iinfo(np.int64).max, items["end"].astype(np.int64))
        here = (items["first"] <= number) & (items["last"] >= number)
        first = np.searchsorted(ends, begin, side="right")
        touched = here & (first < len(starts)) & (starts[np.minimum(first, len(starts) - 1)] < end)
        chosen = items[touched]
        offsets = chosen["offset"].astype(np.int64)
        return Parts(offsets, chosen["size"].astype(np.int64)) if is_leaf else offsets

    def _contigs(self, offset: int) -> Iterator[tuple[str, int]]:
        magic, _, width, _ = self._unpack("4I", offset)
        if magic != _CONTIG_MAGIC:
            raise ValueError("no contigs where the head says")
        nodes = [offset + _CONTIG_HEAD_BYTES]
        for _ in range(_MOST_LEVELS):
            below: list[int] = []
            for node in nodes:
                is_leaf, _, count = self._unpack("2BH", node)
                packed = self._source.read_at(node + _NODE_HEAD_BYTES, count * (width + 8))
                for at in range(0, count * (width + 8), width + 8):
                    if is_leaf:
                        name = packed[at : at + width].rstrip(b"\0").decode()
                        yield name, struct.unpack_from(f"{self._order}I", packed, at + width)[0]
                    else:
                        below += struct.unpack_from(f"{self._order}Q", packed, at + width)
            nodes = below
        if nodes:
            raise ValueError("contigs without an end")

    def _unpack(self, layout: str, offset: int) -> tuple[int, ...]:
        wanted = struct.Struct(self._order + layout)
        return wanted.unpack(self._source.read_at(offset, wanted.size))

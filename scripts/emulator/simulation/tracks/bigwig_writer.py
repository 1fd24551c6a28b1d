"""bigWig files from records.

Written here rather than with pybigtools, which takes seconds of a core for a file whose few records lie far apart on a
large genome: it walks the gaps for its summaries ("zoom levels"). These files have none, as the format allows; the
tests read them with pybigtools, too.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

import numpy as np
import pandas as pd

_MAGIC, _NAMES_MAGIC, _INDEX_MAGIC, _VERSION = 0x888FFC26, 0x78CA8C91, 0x2468ACE0, 4
_HEADER_BYTES, _SUMMARY_BYTES = 64, 40
_RECORDS_A_SECTION = 512
_BED_GRAPH = 1
_RECORD = np.dtype([("start", "<u4"), ("end", "<u4"), ("value", "<f4")])


def bigwig(records: pd.DataFrame, sizes: Mapping[str, int]) -> bytes:
    """The bytes of a bigWig.

    Parameters
    ----------
    records : DataFrame of shape (n_records, 4)
        ``chrom start end value``, 0-based half-open: each contig's together, sorted and without overlap. Values are
        stored as 32-bit floats.
    sizes : mapping of contig to length in bases
    """
    names_at = _HEADER_BYTES + _SUMMARY_BYTES
    names, number_of = contig_names(sizes)
    data_at = names_at + len(names)
    sections, places, largest = [], [], 0
    offset = data_at + 8
    rows_of = records.groupby("chrom", sort=False).indices
    for chrom in sorted(rows_of, key=lambda name: number_of[str(name)]):
        rows = rows_of[chrom]
        stored = np.empty(len(rows), _RECORD)
        for name in stored.dtype.names or ():
            stored[name] = records[name].to_numpy()[rows]
        for first in range(0, len(stored), _RECORDS_A_SECTION):
            part = stored[first : first + _RECORDS_A_SECTION]
            start, end, number = int(part["start"][0]), int(part["end"][-1]), number_of[str(chrom)]
            plain = struct.pack("<IIIIIBBH", number, start, end, 0, 0, _BED_GRAPH, 0, len(part)) + part.tobytes()
            largest = max(largest, len(plain))
            sections.append(zlib.compress(plain))
            places.append((number, start, number, end, offset, len(sections[-1])))
            offset += len(sections[-1])
    header = struct.pack(
        "<IHHQQQHHQQIQ", _MAGIC, _VERSION, 0, names_at, data_at, offset, 0, 0, 0, _HEADER_BYTES, largest, 0
    )
    data = struct.pack("<Q", len(sections)) + b"".join(sections)
    return b"".join([header, _summary(records), names, data, index(places, offset), struct.pack("<I", _MAGIC)])


def contig_names(sizes: Mapping[str, int]) -> tuple[bytes, dict[str, int]]:
    """The tree of contig names, one leaf, and the number of each contig. Names are in the order of their bytes."""
    ordered = sorted(sizes, key=str.encode)
    width = max(len(name.encode()) for name in ordered)
    head = struct.pack("<IIIIQQ", _NAMES_MAGIC, len(ordered), width, 8, len(ordered), 0)
    items = (struct.pack(f"<{width}sII", name.encode(), number, sizes[name]) for number, name in enumerate(ordered))
    leaf = struct.pack("<BBH", 1, 0, len(ordered)) + b"".join(items)
    return head + leaf, {name: number for number, name in enumerate(ordered)}


def _summary(records: pd.DataFrame) -> bytes:
    """Bases covered; lowest and highest value; sum and sum of squares over those bases."""
    value, length = (series.to_numpy(dtype=float) for series in (records["value"], records["end"] - records["start"]))
    lowest, highest = (value.min(), value.max()) if len(value) else (0.0, 0.0)
    return struct.pack("<Qdddd", int(length.sum()), lowest, highest, float(value @ length), float(value**2 @ length))


def index(places: list[tuple[int, int, int, int, int, int]], end: int) -> bytes:
    """The tree of sections, one leaf."""
    first, last = (places[0][:2], places[-1][2:4]) if places else ((0, 0), (0, 0))
    head = struct.pack(
        "<IIQIIIIQII", _INDEX_MAGIC, max(len(places), 1), len(places), *first, *last, end, _RECORDS_A_SECTION, 0
    )
    leaf = struct.pack("<BBH", 1, 0, len(places)) + b"".join(struct.pack("<IIIIQQ", *place) for place in places)
    return head + leaf

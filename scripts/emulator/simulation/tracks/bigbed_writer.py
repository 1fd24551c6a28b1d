"""bigBed files from records, without summaries at lower resolution, as the bigWigs beside."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

import numpy as np
import pandas as pd

from .bigwig_writer import contig_names, index

_MAGIC, _VERSION = 0x8789F2EB, 4
_HEADER_BYTES = 64
_RECORDS_A_SECTION = 512
_DEFINED = 9


def bigbed(records: pd.DataFrame, sizes: Mapping[str, int], auto_sql: str) -> bytes:
    """The bytes of a bigBed of nine defined columns and more.

    Parameters
    ----------
    records : DataFrame
        ``chrom start end`` (0-based half-open, each contig's together and sorted), then the other columns.
    sizes : mapping of contig to length in bases
    auto_sql : str
        The declaration of all columns.
    """
    names, number_of = contig_names(sizes)
    declared = auto_sql.encode() + b"\0"
    names_at = _HEADER_BYTES + len(declared)
    data_at = names_at + len(names)
    rest = records.iloc[:, 3:].astype(str).agg("\t".join, axis=1).to_numpy()
    start, end = (records[name].to_numpy(np.int64) for name in ("start", "end"))
    sections, places, largest = [], [], 0
    offset = data_at + 8
    rows_of = records.groupby("chrom", sort=False).indices
    for chrom in sorted(rows_of, key=lambda name: number_of[str(name)]):
        rows, number = rows_of[chrom], number_of[str(chrom)]
        for first in range(0, len(rows), _RECORDS_A_SECTION):
            part = rows[first : first + _RECORDS_A_SECTION]
            plain = b"".join(
                struct.pack("<III", number, start[row], end[row]) + rest[row].encode() + b"\0" for row in part
            )
            largest = max(largest, len(plain))
            sections.append(zlib.compress(plain))
            places.append((number, int(start[part[0]]), number, int(end[part].max()), offset, len(sections[-1])))
            offset += len(sections[-1])
    at = (_MAGIC, _VERSION, 0, names_at, data_at, offset, records.shape[1], _DEFINED, _HEADER_BYTES, 0, largest, 0)
    header = struct.pack("<IHHQQQHHQQIQ", *at)
    data = struct.pack("<Q", len(records)) + b"".join(sections)
    return b"".join([header, declared, names, data, index(places, offset), struct.pack("<I", _MAGIC)])

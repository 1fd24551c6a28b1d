"""ENCODE's candidate cis-regulatory elements (cCREs): UCSC's track, kept, and the class that each region touches.

The ENCODE Project Consortium et al. (2020). Nature 583:699-710. doi:10.1038/s41586-020-2493-4
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from ....chipatlas.cache.downloads import fetch
from ....chipatlas.endpoints import ucsc_gbdb_url
from ....chipatlas.transport.client import Client
from ....common.errors import BadResponseError, InputError
from ....common.requirements import OFFLINE, not_installed
from ....common.text import ellipsis

#: ENCODE's classes; of several that share as many bases with a region, the first.
CCRES = ("PLS", "pELS", "dELS", "DNase-H3K4me3", "CTCF-only")
#: The assemblies that the track is for.
CCRE_GENOMES = ("hg38", "mm10")
CCRE_COLUMN = "ccre"
#: UCSC's own names of the classes, by which a file without ENCODE's is read.
_UCSC_LABELS = dict(zip(("prom", "enhP", "enhD", "K4m3", "CTCF"), CCRES, strict=True))
#: Columns that hold a class, the better first.
_LABEL_COLUMNS = ("encodeLabel", "ucscLabel")
#: hg38's 926,535 elements are some 60 MB.
MOST_BYTES = 1 << 29
_MAGIC = (b"\xeb\xf2\x89\x87", b"\x87\x89\xf2\xeb")
#: Chromosomes are laid end to end, each with room for any position.
_ROOM = 1 << 40
_SHOWN_CHARACTERS = 40


@dataclass(frozen=True)
class Ccres:
    """Elements.

    Attributes
    ----------
    table : DataFrame
        ``chrom start end`` (0-based, half-open) and ``ccre``, one of `CCRES`.
    source : str
        What they are, for readers.
    """

    table: pd.DataFrame
    source: str = "the cCREs given"


def require_ccres(genome: str) -> None:
    """Refuse, before anything is fetched, what there are no cCREs for.

    Raises
    ------
    InputError
        Another assembly than `CCRE_GENOMES`.
    MissingExtraError
        pybigtools is not installed.
    """
    if genome not in CCRE_GENOMES:
        raise InputError(
            f"annotation='features+ccre' is for {' and '.join(CCRE_GENOMES)} alone, and this is {genome}.\n"
            "Use annotation='features'."
        )
    if find_spec("pybigtools") is None:
        raise not_installed("annotation='features+ccre'", "pybigtools", OFFLINE)


def fetch_ccres(genome: str, client: Client) -> Ccres:
    """Download ``encodeCcreCombined.bb`` of an assembly through the cache.

    Raises
    ------
    InputError, MissingExtraError
        See `require_ccres`.
    NotFoundError, BadResponseError, ServiceUnavailableError
        There is none, something else came (which is not kept), or nothing.
    """
    require_ccres(genome)
    url = ucsc_gbdb_url(f"{genome}/encode3/ccre/encodeCcreCombined.bb")
    with fetch(client, url, MOST_BYTES) as file:
        return read_ccres(b"".join(file.blocks()), url, f"UCSC's encodeCcreCombined of {genome}")


def read_ccres(content: bytes, place: str = "the file", source: str = "") -> Ccres:
    """Read a bigBed whose autoSql names a column ``encodeLabel`` or ``ucscLabel``.

    Raises
    ------
    BadResponseError
        No bigBed, a damaged one, no such column, or a class that is not ENCODE's: `place` is named.
    """
    import pybigtools

    if content[:4] not in _MAGIC:
        raise _refused(place, "is no bigBed", content)
    with _damage(place):
        opened: Any = pybigtools.open(io.BytesIO(content))
        names = [field[0] for field in opened.sql(parse=True)["fields"]]
        label = next((name for name in _LABEL_COLUMNS if name in names), None)
        if label is None:
            raise _refused(place, f"has none of the columns {', '.join(_LABEL_COLUMNS)}, but {', '.join(names)}")
        # The records lack the chromosome.
        column = names.index(label) - 1
        parts = {chrom: [(r[0], r[1], r[column]) for r in opened.records(chrom)] for chrom in opened.chroms()}
    chroms = np.repeat(np.array(list(parts), dtype=object), [len(part) for part in parts.values()])
    table = pd.DataFrame(list(chain.from_iterable(parts.values())), columns=["start", "end", CCRE_COLUMN])
    table.insert(0, "chrom", pd.Series(chroms, dtype=object))
    table[CCRE_COLUMN] = table[CCRE_COLUMN].replace(_UCSC_LABELS)
    unknown = table.loc[~table[CCRE_COLUMN].isin(CCRES), CCRE_COLUMN]
    if len(unknown) or not len(table):
        what = f"has the class {ellipsis(str(unknown.iloc[0]), _SHOWN_CHARACTERS)!r}" if len(unknown) else "is empty"
        raise _refused(place, f"{what}; classes are {', '.join(CCRES)}")
    return Ccres(table, source or place)


def assign_ccres(regions: pd.DataFrame, ccres: Ccres) -> pd.Series:
    """The class of the elements that each region touches.

    Parameters
    ----------
    regions : DataFrame
        ``chrom``, ``chromStart``, ``chromEnd`` (0-based, half-open).

    Returns
    -------
    Series of str
        ``ccre``, indexed as `regions`: the class whose elements share the most bases with the region together, of
        several the first of `CCRES`; empty where no element shares a base.
    """
    table = ccres.table
    code, chroms = pd.factorize(table["chrom"])
    start, end = (code * _ROOM + table[name].to_numpy(np.int64) for name in ("start", "end"))
    number = pd.Index(chroms).get_indexer(regions["chrom"])
    # Of a chromosome without elements: behind all others.
    offset = np.where(number >= 0, number, len(chroms)).astype(np.int64) * _ROOM
    first, last = (offset + regions[name].to_numpy(np.int64) for name in ("chromStart", "chromEnd"))
    kinds = table[CCRE_COLUMN].to_numpy()
    shared = np.zeros((len(CCRES), len(regions)), dtype=np.int64)
    for row, name in enumerate(CCRES):
        own = kinds == name
        shared[row] = _covered(first, last, start[own], end[own])
    named = np.array([*CCRES, ""], dtype=object)
    best = np.where(shared.max(axis=0) > 0, shared.argmax(axis=0), len(CCRES))
    return pd.Series(named[best], index=regions.index, name=CCRE_COLUMN)


def _covered(first: np.ndarray, last: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Bases of each region that the union of some intervals covers."""
    if not len(start):
        return np.zeros(len(first), dtype=np.int64)
    order = np.argsort(start, kind="stable")
    start, reach = start[order], np.maximum.accumulate(end[order])
    begins = np.append(True, start[1:] > reach[:-1])
    start, end = start[begins], reach[np.append(np.flatnonzero(begins)[1:] - 1, len(reach) - 1)]
    before = np.append(0, np.cumsum(end - start))

    def up_to(position: np.ndarray) -> np.ndarray:
        row = np.searchsorted(start, position, side="right")
        inside = np.maximum(end[row - 1] - position, 0)
        return np.where(row > 0, before[row] - inside, 0)

    return up_to(last) - up_to(first)


@contextmanager
def _damage(place: str) -> Iterator[None]:
    """Turn the reader's ways of failing on a damaged file into one error that names it."""
    try:
        yield
    except BadResponseError:
        raise
    except Exception as error:
        raise _refused(place, "is no whole bigBed") from error
    except BaseException as error:
        # Some damage makes the reader's Rust code panic; pyo3 derives that from BaseException.
        if type(error).__name__ != "PanicException":
            raise
        raise _refused(place, "is no whole bigBed") from error


def _refused(place: str, what: str, content: bytes = b"") -> BadResponseError:
    message = f"{place} {what}; it is not kept. Run it again, or use annotation='features'."
    return BadResponseError(message, content[:200] if content.lstrip()[:1] == b"<" else b"")

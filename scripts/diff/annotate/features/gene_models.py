"""Gene models of an assembly, transcripts with their exons and coding sequence: one of UCSC's tables, kept."""

from __future__ import annotations

import gzip
import io
import zlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ....chipatlas.assemblies import get_assembly
from ....chipatlas.cache.downloads import fetch
from ....chipatlas.endpoints import ucsc_downloads_url
from ....chipatlas.transport.client import Client
from ....common.errors import BadResponseError, NotFoundError
from ....common.files.headless import read_headless
from ....common.text import clean_label, ellipsis
from ..annotate_genes import MAX_NAME_CHARACTERS

#: Tables that are read, best first. Others of an assembly have other columns.
TRACKS = ("ncbiRefSeq", "refGene")
#: hg38's ncbiRefSeq packs 200,000 transcripts into some 20 MB.
MOST_PACKED_BYTES = 1 << 27
MOST_BYTES = 1 << 30
#: UCSC's extended genePred with the number of its bin before it: https://genome.ucsc.edu/FAQ/FAQformat.html#format9
COLUMNS = (
    *("bin", "name", "chrom", "strand", "txStart", "txEnd", "cdsStart", "cdsEnd", "exonCount"),
    *("exonStarts", "exonEnds", "score", "name2", "cdsStartStat", "cdsEndStat", "exonFrames"),
)
_POSITIONS = ["txStart", "txEnd", "cdsStart", "cdsEnd"]
_SHOWN_CHARACTERS = 80


@dataclass(frozen=True)
class GeneModels:
    """Transcripts with their exons.

    Attributes
    ----------
    transcripts : DataFrame
        ``chrom strand txStart txEnd cdsStart cdsEnd gene`` (0-based, half-open), indexed 0, 1, ...; a transcript
        without coding sequence has ``cdsStart >= cdsEnd``.
    exons : DataFrame
        ``transcript`` (row of `transcripts`), ``start``, ``end`` (0-based, half-open), in order along each transcript.
    source : str
        What they are, for readers.
    """

    transcripts: pd.DataFrame
    exons: pd.DataFrame
    source: str = "the gene models given"


def fetch_gene_models(genome: str, client: Client) -> GeneModels:
    """Download ``ncbiRefSeq.txt.gz`` of an assembly through the cache, ``refGene.txt.gz`` where there is none.

    Raises
    ------
    NotFoundError
        UCSC has neither.
    BadResponseError, ServiceUnavailableError
        Something else than gene models came, or nothing.
    """
    # Which of the two an assembly has, only UCSC knows; one without gene tracks is not there at all.
    for track in TRACKS if get_assembly(genome).gene_tracks else ():
        url = ucsc_downloads_url(f"{genome}/database/{track}.txt.gz")
        try:
            with fetch(client, url, MOST_PACKED_BYTES) as file:
                content = _unpacked(b"".join(file.blocks()), url)
                return parse_gene_models(content, url, f"UCSC's {track} of {genome}")
        except NotFoundError:
            continue
    raise NotFoundError(f"UCSC has no gene models ({' or '.join(TRACKS)}) of {genome}.")


def parse_gene_models(content: bytes, place: str = "the table", source: str = "") -> GeneModels:
    """Read the sixteen columns of UCSC's extended genePred, without a head.

    Raises
    ------
    BadResponseError
        Another form, a position that is none, exons that do not fit their transcript: `place` and row are named.
    """
    if content and not content.endswith(b"\n"):
        raise BadResponseError(f"{place} ends in the middle of a line: a part of it is missing", content[-200:])
    try:
        table = read_headless(content)
    except ValueError as error:
        raise BadResponseError(f"{place} is no table of gene models ({error})", content[:200]) from error
    if table.shape[1] != len(COLUMNS):
        message = f"{place} has {table.shape[1]} columns; UCSC's gene models have {len(COLUMNS)}"
        raise BadResponseError(message, content[:200])
    table = table.fillna("").set_axis(list(COLUMNS), axis=1)
    for name in _POSITIONS:
        _refuse(~table[name].str.fullmatch(r"[0-9]{1,12}"), table, place, f"{name} is no position")
    _refuse(~table["strand"].isin(["+", "-"]), table, place, "strand is neither + nor -")
    transcripts = table[["chrom", "strand"]].assign(**{name: table[name].astype("int64") for name in _POSITIONS})
    _refuse(transcripts["txStart"] >= transcripts["txEnd"], table, place, "txStart is not below txEnd")
    symbol = table["name2"].where(table["name2"] != "", table["name"])
    # Far fewer symbols than transcripts.
    named = {one: ellipsis(clean_label(one), MAX_NAME_CHARACTERS) for one in symbol.unique()}
    transcripts["gene"] = symbol.map(named)
    return GeneModels(transcripts, _exons(table, transcripts, place), source or place)


def _exons(table: pd.DataFrame, transcripts: pd.DataFrame, place: str) -> pd.DataFrame:
    for name in ("exonStarts", "exonEnds"):
        _refuse(~table[name].str.fullmatch(r"(?:[0-9]{1,12},)+"), table, place, f"{name} is no list of positions")
    counts = table["exonStarts"].str.count(",")
    _refuse(counts != table["exonEnds"].str.count(","), table, place, "as many exonStarts as exonEnds are wanted")
    start, end = (np.array("".join(table[name]).split(",")[:-1], dtype="int64") for name in ("exonStarts", "exonEnds"))
    exons = pd.DataFrame({"transcript": np.repeat(np.arange(len(table)), counts), "start": start, "end": end})
    first, last = (transcripts[name].to_numpy()[exons["transcript"]] for name in ("txStart", "txEnd"))
    outside = (start >= end) | (start < first) | (end > last)
    wrong = pd.Series(np.bincount(exons["transcript"], outside, len(table)) > 0, index=table.index)
    _refuse(wrong, table, place, "an exon does not lie within its transcript")
    return exons.sort_values(["transcript", "start"], ignore_index=True)


def _refuse(wrong: pd.Series, table: pd.DataFrame, place: str, what: str) -> None:
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        line = ellipsis("\t".join(table.iloc[row]), _SHOWN_CHARACTERS)
        raise BadResponseError(f"{place}, line {row + 1:,}, is no gene model: {what}", line)


def _unpacked(content: bytes, place: str) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
            text = stream.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise BadResponseError(f"{place} is a damaged gzip file ({error})", content[:200]) from error
    if len(text) > MOST_BYTES:
        raise BadResponseError(f"{place} holds more than {MOST_BYTES:,} bytes: no gene models are so many", text[:200])
    return text

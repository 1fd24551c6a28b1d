"""Peaks of an experiment, from a BED file."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ...chipatlas.transport.client import Client
from ...chipatlas.transport.remote_file import is_url
from ...common.errors import BadResponseError, InputError, NotFoundError
from ...common.text import ellipsis
from ..files.kinds import HEAD_BYTES, Kind, recognise

#: A peak file of a million peaks is some 40 MB; what is beyond is another kind of file.
MOST_BYTES = 1 << 29
_GZIP_MAGIC = b"\x1f\x8b"
#: Lines that are no interval: comments, and what a genome browser reads.
_HEAD_LINE = r"\s*(?:#|(?:track|browser)(?:\s|$))"
_INTERVAL = r"(?P<chrom>\S+)[\t ]+(?P<start>[0-9]{1,10})[\t ]+(?P<end>[0-9]{1,10})"
#: A fourth column of one word, and one that may hold blanks.
FOURTH_WORD = r"(?:[\t ]+(?P<fourth>\S+))?(?:[\t ].*)?"
FOURTH_CELL = r"(?:[\t ]+(?P<fourth>[^\t]*))?(?:\t.*)?"
BED_LINE = "A line of BED gives chromosome, start (0 or above) and a greater end, with tabs between them."
_FIFTH = r"(?:[^\t]*\t){4}[ ]*([^\t ]+)"
_SHOWN_CHARACTERS = 80


@dataclass(frozen=True)
class Peaks:
    """Peaks of one experiment.

    Attributes
    ----------
    table : DataFrame
        ``chrom start end score``: 0-based half-open, in the order of the file. The score is column 4 where that is a
        number throughout (as in ChIP-Atlas's files), or else column 5 (as in standard BED), or else NaN.
    notes : list of str
        That the file has no peak, if so.
    simulated : bool
        Whether it came from the embedded service.
    """

    table: pd.DataFrame
    notes: list[str]
    simulated: bool = False


def read_peaks(source: str | Path, client: Client | None = None) -> Peaks:
    """Read a BED file of peaks, plain or gzipped.

    Comments and ``track`` and ``browser`` lines are passed over, and so are blank ones; lines may end as Unix's or
    Windows's do. A file without peaks is no error: ChIP-Atlas holds empty files for experiments in which no peak was
    called, and the caller decides whether a comparison can do without. A note says so.

    Parameters
    ----------
    source : path or str
        Of a local file, or an http(s) address.
    client : Client, optional
        For an address; one of its own when not given.

    Raises
    ------
    InputError
        No such file, damaged, or a line that is no interval: file and line number are named.
    NotFoundError, BadResponseError, ServiceUnavailableError
        No such file at the address, another reply, or none.
    """
    name, simulated = str(source), False
    if is_url(source):
        with client or Client() as asked:
            data, simulated = _fetch(name, asked), asked.simulated
    else:
        data = _load(name)
    table = parse_peaks(_text(data, name), name)
    notes = [] if len(table) else [f"{name} has no peak."]
    return Peaks(table, notes, simulated)


def parse_peaks(text: str, name: str) -> pd.DataFrame:
    """Peaks from the text of a BED file; see `Peaks.table`. `name` is for messages."""
    table, lines = parse_intervals(text, name, FOURTH_WORD)
    score = _score(table.pop("fourth"), lines)
    return table.assign(score=score).reset_index(drop=True)


def parse_intervals(text: str, name: str, fourth: str) -> tuple[pd.DataFrame, pd.Series]:
    """Intervals from the text of a BED file.

    Parameters
    ----------
    name : str
        For messages.
    fourth : str
        Pattern of the fourth column and what follows it: `FOURTH_WORD` or `FOURTH_CELL`.

    Returns
    -------
    DataFrame, Series
        ``chrom start end`` (0-based half-open) and ``fourth`` (missing where there is none), and the lines; both
        indexed by line, from 0.

    Raises
    ------
    InputError
        A line that is no interval; its number is named.
    """
    lines = pd.Series(text.splitlines(), dtype=object).astype(str)
    lines = lines[~(lines.str.match(_HEAD_LINE) | lines.str.strip().eq(""))]
    fields = lines.str.strip(" ").str.extract(f"^{_INTERVAL}{fourth}$")
    start, end = (pd.to_numeric(fields[column]).fillna(-1).astype(np.int64) for column in ("start", "end"))
    wrong = ~(end > start)
    if wrong.any():
        row = int(wrong.idxmax())
        shown = ellipsis(lines[row], _SHOWN_CHARACTERS)
        raise InputError(f"{name}, line {row + 1:,}: {shown!r} is no interval.\n{BED_LINE}")
    table = pd.DataFrame({"chrom": fields["chrom"].astype(str), "start": start, "end": end, "fourth": fields["fourth"]})
    return table, lines


def _score(fourth: pd.Series, lines: pd.Series) -> pd.Series:
    for column in (fourth, lines.str.extract(f"^{_FIFTH}")[0]):
        numbers = pd.to_numeric(column, errors="coerce").astype(float)
        if len(numbers) and numbers.notna().all():
            return numbers
    return pd.Series(np.nan, index=lines.index)


def _load(name: str) -> bytes:
    try:
        return Path(name).expanduser().read_bytes()
    except OSError as error:
        raise InputError(f"Cannot read {name}: {error.strerror or error}. Give a BED file of peaks.") from error


def _fetch(url: str, client: Client) -> bytes:
    with client.get(url, stream=True) as response:
        if response.status_code == 404:
            raise NotFoundError(f"There is no file {url} (HTTP 404).")
        if response.status_code != 200:
            raise BadResponseError(f"HTTP {response.status_code} from {url}.", response.content)
        body = b"".join(client.blocks(response, MOST_BYTES))
    if body.lstrip()[:1] == b"<":
        raise BadResponseError(f"{url} is a page of HTML or XML, not a BED file.", body)
    client.note_file(url, len(body), response.headers.get("ETag"), response.headers.get("Last-Modified"))
    return body


def _text(data: bytes, name: str) -> str:
    head = data[:HEAD_BYTES]
    if data[:2] == _GZIP_MAGIC:
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(f"{name} is a damaged gzip file ({error}). Fetch or pack it again.") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        kind = recognise(head)
        what = "no text file" if kind in (Kind.BINARY, Kind.TEXT) else kind.what
        raise InputError(f"{name} is {what}, so no BED file. Give peaks as BED, plain or gzipped.") from error

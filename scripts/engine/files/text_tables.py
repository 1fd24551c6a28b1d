"""Tables of intervals from text files, plain or gzipped, local or by address, checked line by line."""

from __future__ import annotations

import csv
import gzip
import io
import math
import tempfile
import zlib
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd

from ...chipatlas.transport.client import Client
from ...chipatlas.transport.remote_file import is_url
from ...common.errors import BadResponseError, InputError, NotFoundError
from ...common.text import ellipsis
from .kinds import HEAD_BYTES, NO_DATA

#: Coverage of a large genome at single bases is some GB of text, packed some hundred MB.
MOST_BYTES = 16 * 1024**3
_BLOCK_BYTES = 1 << 24
_GZIP_MAGIC = b"\x1f\x8b"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_SHOWN_CHARACTERS = 80
#: A block that holds none of these has data in every line.
_MAYBE_NO_DATA = (b"#", b"track", b"browser")


@dataclass(frozen=True)
class Layout:
    """Columns that are read of a kind of file.

    Attributes
    ----------
    what : str
        Kind of file, for messages.
    columns : dict of str to (int, type)
        Name -> place in the line, from 0, and `int` or `float`; the contig stands at 0 and is not among them.
    line : str
        What a line gives, for messages.
    """

    what: str
    columns: dict[str, tuple[int, type]]
    line: str

    @property
    def fields(self) -> list[int]:
        """Places in the line that are read, ascending."""
        return [0, *sorted(place for place, _ in self.columns.values())]


@contextmanager
def text_stream(source: str | Path, client: Client | None = None) -> Iterator[IO[bytes]]:
    """Open a text file, unpacked where it is gzipped; one behind an address is fetched whole first.

    Raises
    ------
    InputError
        No such local file.
    NotFoundError, BadResponseError, ServiceUnavailableError
        No such file at the address, another reply, or none.
    """
    with _opened(str(source), client) as raw:
        packed = raw.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
        raw.seek(0)
        yield gzip.GzipFile(fileobj=raw) if packed else raw  # type: ignore[misc]


def read_head(source: str | Path) -> bytes:
    """The first bytes of a local file, as they are stored; `InputError` where it cannot be read."""
    with _opened(str(source), None) as raw:
        return raw.read(HEAD_BYTES)


def read_file(source: str | Path, client: Client | None, layout: Layout) -> pd.DataFrame:
    """Columns of a text file, by path or address: `text_stream` and `read_table` in one."""
    with text_stream(source, client) as stream:
        return read_table(stream, str(source), layout)


def read_table(stream: IO[bytes], name: str, layout: Layout) -> pd.DataFrame:
    """Columns of a text file.

    Comments, ``track`` and ``browser`` lines and blank lines are passed over; columns are parted by tabs or spaces, and
    those that the layout does not name are not looked at.

    Parameters
    ----------
    stream : binary file
        Unpacked text.
    name : str
        For messages.

    Returns
    -------
    DataFrame
        ``chrom`` (categorical, in order of appearance), the columns of the layout, and ``line``: the number of each
        line, from 1.

    Raises
    ------
    InputError
        Damaged, or a line that lacks a column or holds no number in one; file and line are named.
    """
    before, codes = 0, dict[str, int]()
    parts: dict[str, list[np.ndarray]] = {column: [] for column in ("chrom", *layout.columns, "line")}
    for block in _whole_lines(stream, name):
        part = _parse(block, before, name, layout)
        before += block.count(b"\n")
        if len(part):
            seen = [codes.setdefault(str(chrom), len(codes)) for chrom in part["chrom"].cat.categories]
            parts["chrom"].append(np.array(seen, np.int32)[part["chrom"].cat.codes])
            for column in (*layout.columns, "line"):
                parts[column].append(part[column].to_numpy())
    if not codes:
        raise InputError(f"{name} holds no record. {layout.line}")
    # One column at a time: a whole genome's coverage is tens of millions of lines.
    columns: dict[str, Any] = {column: np.concatenate(parts.pop(column)) for column in list(parts)}
    columns["chrom"] = pd.Categorical.from_codes(columns["chrom"], pd.Index(list(codes), dtype=object))
    return pd.DataFrame(columns, copy=False)


def refuse_rows(wrong: np.ndarray, table: pd.DataFrame, name: str, why: str) -> None:
    """Raise `InputError` that names the first line for which something is wrong, if there is any."""
    if wrong.any():
        line = int(table["line"].to_numpy()[wrong].min())
        raise InputError(f"{name}, line {line:,}: {why}")


@contextmanager
def _opened(name: str, client: Client | None) -> Iterator[IO[bytes]]:
    if is_url(name):
        with tempfile.TemporaryFile() as kept, client or Client() as asked:
            _fetch(name, asked, kept)
            kept.seek(0)
            yield kept
        return
    try:
        stream = Path(name).expanduser().open("rb")
    except OSError as error:
        raise InputError(f"Cannot read {name}: {error.strerror or error}. Give a file that is there.") from error
    with stream:
        yield stream


def _fetch(url: str, client: Client, target: IO[bytes]) -> None:
    with client.get(url, stream=True) as response:
        if response.status_code == 404:
            raise NotFoundError(f"There is no file {url} (HTTP 404).")
        if response.status_code != 200:
            raise BadResponseError(f"HTTP {response.status_code} from {url}.", response.content)
        for block in client.blocks(response, MOST_BYTES):
            target.write(block)
    client.note_file(url, target.tell(), response.headers.get("ETag"), response.headers.get("Last-Modified"))
    target.seek(0)
    head = target.read(HEAD_BYTES)
    if head.lstrip()[:1] == b"<":
        raise BadResponseError(f"{url} is a page of HTML or XML, not a file of data.", head)


def _whole_lines(stream: IO[bytes], name: str) -> Iterator[bytes]:
    """Blocks of a file that end where a line ends."""
    rest, first = b"", True
    while True:
        try:
            block = stream.read(_BLOCK_BYTES)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise InputError(f"{name} is a damaged gzip file ({error}). Fetch or pack it again.") from error
        except OSError as error:
            raise InputError(f"Cannot read {name}: {error.strerror or error}.") from error
        if first:
            block, first = block.removeprefix(_BYTE_ORDER_MARK), False
        if not block:
            break
        head, end, tail = block.rpartition(b"\n")
        if end:
            yield rest + head + end
            rest = tail
        else:
            rest += block
    if rest:
        yield rest


def _parse(block: bytes, before: int, name: str, layout: Layout) -> pd.DataFrame:
    """Records of whole lines, of which `before` came earlier."""
    n_lines = block.count(b"\n") + (not block.endswith(b"\n"))
    numbers = np.arange(before + 1, before + n_lines + 1, dtype=np.int32)
    if not any(mark in block for mark in _MAYBE_NO_DATA):
        found = _frame(block, layout)
        if found is not None and len(found) == n_lines:
            return found.assign(line=numbers)
    lines = block.split(b"\n")[:n_lines]
    kept = np.array([not NO_DATA.match(line) for line in lines])
    data = [line for line, keep in zip(lines, kept, strict=True) if keep]
    found = _frame(b"\n".join(data), layout)
    if found is None or len(found) != len(data):
        raise _malformed(data, numbers[kept], name, layout)
    return found.assign(line=numbers[kept])


def _frame(text: bytes, layout: Layout) -> pd.DataFrame | None:
    """Columns of lines that all hold data; None where they do not."""
    places = layout.fields
    if not text:
        return pd.DataFrame({"chrom": []})
    by_place = {place: name for name, (place, _) in layout.columns.items()} | {0: "chrom"}
    kinds: dict[Hashable, Any] = {
        name: np.int64 if kind is int else np.float64 for name, (_, kind) in layout.columns.items()
    }
    try:
        return pd.read_csv(
            io.BytesIO(text),
            sep=r"\s+",
            header=None,
            names=[by_place[place] for place in places],
            usecols=places,
            dtype=kinds | {"chrom": "category"},
            na_filter=False,
            quoting=csv.QUOTE_NONE,
        )
    except (ValueError, OverflowError):  # of pandas's parser, too
        return None


def _malformed(lines: list[bytes], numbers: np.ndarray, name: str, layout: Layout) -> InputError:
    for line, number in zip(lines, numbers, strict=True):
        cells = line.split()
        try:
            if any(not math.isfinite(kind(cells[place])) for place, kind in layout.columns.values()):
                raise ValueError("not finite")
        except (ValueError, IndexError):
            shown = ellipsis(line.decode("utf-8", "replace").strip(), _SHOWN_CHARACTERS)
            return InputError(f"{name}, line {number:,}: {shown!r} is no line of a {layout.what}.\n{layout.line}")
    return InputError(f"{name}, lines {numbers[0]:,} to {numbers[-1]:,}, are no {layout.what}.\n{layout.line}")

"""Experiments of one's own: a coverage file and its peaks, by path or address, one by one or from a sheet."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ...chipatlas.accessions import ACCESSION, kind_of
from ...common.errors import InputError
from ...common.results import require_number
from ...common.text import safe_label
from ...engine.files.kinds import Kind, kind_by_name, without_ending

if TYPE_CHECKING:
    import pandas as pd

#: Columns of a sample sheet that are read, beside ``group``.
SHEET_COLUMNS = ("sample", "bigwig", "peaks", "read_length", "scale")
#: What may part the cells of a sheet: the first of them that its header holds.
DELIMITERS = "\t,;"
MAX_SHEET_BYTES = 10 * 1024**2


@dataclass(frozen=True)
class UserSample:
    """One experiment, described by its user.

    Attributes
    ----------
    name : str
        Letters, digits, ``_``, ``.`` and ``-``; or an accession, when there is no `bigwig`.
    bigwig : str
        Path or address of the coverage: a bigWig, a bedGraph or an indexed BAM; of the methylation, for a dmr analysis:
        a bigWig, a bedGraph, a coverage file of Bismark or a bedMethyl. Empty for a public experiment: its files are
        ChIP-Atlas's.
    peaks : str
        Path or address of the peaks (BED).
    read_length : float or None
        Bases a read; of no meaning for a BAM.
    scale : float or None
        Coverage that one read gives; None for raw depth, of which one read gives 1.
    """

    name: str
    bigwig: str = ""
    peaks: str = ""
    read_length: float | None = None
    scale: float | None = None

    @property
    def is_public(self) -> bool:
        """Whether this is an experiment of ChIP-Atlas with particulars of the user's."""
        return not self.bigwig

    @property
    def is_bam(self) -> bool:
        """Whether reads themselves are given, by the name of the file: they need no read length."""
        return kind_by_name(self.bigwig) is Kind.BAM


Member = str | UserSample


def is_address(text: str) -> bool:
    """Whether a file is given by address."""
    return text.lower().startswith(("http://", "https://"))


def as_member(item: object, place: str) -> Member:
    """What one entry of a group means.

    Parameters
    ----------
    item : object
        An accession; the path or address of a bigWig, or of another file that `UserSample.bigwig` may be; (bigWig,
        peaks) or (bigWig, peaks, read length); a mapping with the keys `SHEET_COLUMNS`; or a `UserSample`.
    place : str
        Where it stands, for messages.

    Raises
    ------
    InputError
        It is none of these, or incomplete, or names a file that is not there.
    """
    if isinstance(item, UserSample):
        return _checked(item, place)
    if isinstance(item, Mapping):
        return _from_mapping(item, place)
    if isinstance(item, (tuple, list)):
        if not 1 <= len(item) <= 3:
            raise InputError(f"{place}: {item!r} should be (bigwig, peaks) or (bigwig, peaks, read_length).")
        return _from_mapping(dict(zip(("bigwig", "peaks", "read_length"), item, strict=False)), place)
    if isinstance(item, os.PathLike) or (isinstance(item, str) and looks_like_file(item)):
        return _from_mapping({"bigwig": item}, place)
    if isinstance(item, str):
        return item
    raise InputError(f"{place}: {item!r} is neither an accession nor a file; give 'SRX5865959' or ('x.bw', 'x.bed').")


def looks_like_file(text: str) -> bool:
    """Whether a text names a file of coverage or methylation, by its ending, rather than an accession."""
    return is_address(text) or kind_by_name(text) is not None


class SheetRow(NamedTuple):
    """A row of a sample sheet: its group (empty without such a column), its experiment, and its other columns."""

    group: str
    member: Member
    variables: dict[str, str]


def read_sheet(path: str | os.PathLike[str]) -> list[SheetRow]:
    """Rows of a sample sheet.

    A CSV or TSV with the columns ``sample``, ``group``, ``bigwig``, ``peaks``, ``read_length`` and, optionally,
    ``scale``. Relative paths are relative to the sheet. A row without a bigWig is a public experiment, ``sample`` its
    accession. In ``bigwig`` stands what `UserSample.bigwig` may be.

    Raises
    ------
    InputError
        The sheet cannot be read, or a row cannot be used; the message names the line.
    """
    sheet = Path(path).expanduser()
    rows = _read_rows(sheet)
    found = []
    for line, row in rows:
        variables = {key: value for key, value in row.items() if key not in (*SHEET_COLUMNS, "group") and key}
        place = f"{sheet}, line {line}"
        values = {key: row.get(key, "") for key in SHEET_COLUMNS}
        for key in ("bigwig", "peaks"):
            if values[key] and not is_address(values[key]):
                values[key] = str(sheet.parent / Path(values[key]).expanduser())
        found.append(SheetRow(row.get("group", ""), _from_mapping(values, place), variables))
    return found


def read_table(path: Path) -> pd.DataFrame:
    """A CSV or TSV of samples, every cell a text.

    Raises
    ------
    InputError
        See `read_sheet`.
    """
    import pandas as pd

    rows = _read_rows(path, ())
    return pd.DataFrame([row for _, row in rows])


def is_sheet(path: Path) -> bool:
    """Whether a file is a sample sheet: a table with a column ``bigwig``."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as stream:
            first = stream.readline(10_000)
    except OSError:
        return False
    return "bigwig" in {name.strip().casefold() for name in re.split(f"[{DELIMITERS}]", first)}


def unique_names(members: Iterable[Member]) -> None:
    """Refuse two experiments of one name."""
    names = [member if isinstance(member, str) else member.name for member in members]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InputError(
            f"More than one experiment is called {', '.join(repeated)}; name each in the column 'sample' "
            "(without names, the files' own are used)."
        )


def _read_rows(sheet: Path, needed: Sequence[str] = ("sample", "bigwig")) -> list[tuple[int, dict[str, str]]]:
    try:
        if sheet.stat().st_size > MAX_SHEET_BYTES:
            raise InputError(f"{sheet} is too large for a sample sheet ({sheet.stat().st_size:,} bytes).")
        lines = sheet.read_bytes().decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(f"{sheet} is no UTF-8 text file. Save it as CSV.") from error
    except OSError as error:
        raise InputError(f"Cannot read {sheet}: {error.strerror}. Give the path of a sample sheet (CSV).") from error
    numbered = [(n, line) for n, line in enumerate(lines, start=1) if line.strip() and not line.startswith("#")]
    if len(numbered) < 2:
        raise InputError(f"{sheet} holds no sample; it needs a header line and one line per sample.")
    delimiter = next((mark for mark in DELIMITERS if mark in numbered[0][1]), ",")
    try:
        table = list(csv.reader([line for _, line in numbered], delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise InputError(f"{sheet} is no readable CSV ({error}). Look for a stray double quote.") from error
    header = [name.strip().casefold() for name in table[0]]
    if needed and not any(name in header for name in needed):
        raise InputError(
            f"{sheet} has no column 'sample' or 'bigwig'; its columns: {', '.join(table[0])}.\n"
            "A sample sheet has the columns sample, group, bigwig, peaks, read_length."
        )
    rows = []
    for (line, _), cells in zip(numbered[1:], table[1:], strict=True):
        if len(cells) > len(header):
            raise InputError(f"{sheet}, line {line}: {len(cells)} cells where the header has {len(header)}.")
        rows.append((line, dict(zip(header, (cell.strip() for cell in cells), strict=False))))
    return rows


def _from_mapping(values: Mapping[str, Any], place: str) -> Member:
    unknown = [key for key in values if key not in (*SHEET_COLUMNS, "name", "group")]
    if unknown:
        raise InputError(f"{place}: unknown {', '.join(map(repr, unknown))}; there are {', '.join(SHEET_COLUMNS)}.")
    bigwig, peaks = (os.fspath(values.get(key) or "") for key in ("bigwig", "peaks"))
    name = str(values.get("sample") or values.get("name") or "").strip()
    numbers = {key: _number(values.get(key), key, place) for key in ("read_length", "scale")}
    if not bigwig:
        if not kind_of(name):
            raise InputError(
                f"{place}: {name or 'a sample'} has no bigWig, and its name is no accession; give the path or "
                "address of its coverage (bigwig)."
            )
        if peaks:
            raise InputError(f"{place}: {name} has peaks and no bigWig; give both, or neither for a public experiment.")
        name = name.upper()
        known = [key for key, value in numbers.items() if value is not None]
        if known and kind_of(name) != "experiment":
            raise InputError(
                f"{place}: {name} is a {kind_of(name)}, and {' and '.join(known)} are of an experiment. "
                "Give the experiment's accession (SRX, ERX, DRX, GSM)."
            )
        return UserSample(name, read_length=numbers["read_length"], scale=numbers["scale"]) if known else name
    return _checked(
        UserSample(name or without_ending(bigwig), bigwig, peaks, numbers["read_length"], numbers["scale"]), place
    )


def _checked(sample: UserSample, place: str) -> UserSample:
    name = safe_label(sample.name, "sample").replace(" ", "_")
    if not sample.is_public and ACCESSION.match(name.upper()):
        raise InputError(
            f"{place}: {sample.bigwig} is called {name}, an accession; its numbers would be taken for ChIP-Atlas's. "
            "Give it another name (sample)."
        )
    coverage = "bigWig" if kind_by_name(sample.bigwig) in (None, Kind.BIGWIG) else "file"
    for what, file in ((coverage, sample.bigwig), ("peak file", sample.peaks)):
        if file and not is_address(file) and not Path(file).expanduser().is_file():
            raise InputError(f"{place}: the {what} of {name} is not there: {file}.")
    return replace(sample, name=name)


def _number(value: object, key: str, place: str) -> float | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    what = {"read_length": "the bases a read, such as 50", "scale": "the coverage that one read gives, such as 0.03"}
    try:
        number = float(value) if isinstance(value, str) else value
    except ValueError as error:
        raise InputError(f"{place}: {key} is {value!r}; give {what[key]}.") from error
    return require_number(f"{place}: {key}", number, what[key], above=0)

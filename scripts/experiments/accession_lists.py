"""Accessions from lists, files, tables and sentences, as people have them."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from ..chipatlas.accessions import PROCESSED, accessions_in, decoded, holds_accessions, kind_of
from ..common.console import say
from ..common.errors import InputError
from ..common.files.writing import given_path
from ..common.text import ellipsis, plural

#: Headings under which a CSV may keep its accessions, in order of preference (compared without case).
ID_COLUMNS = (
    "experiment_id",
    "experimental id",
    "experiment",
    "experiment_accession",
    "srx",
    "srx_id",
    "accession",
    "gsm",
    "gsm_id",
    "id",
    "expid",
    "sample",
    "sample_id",
    "run",
    "run_accession",
    "srr",
    "biosample",
)
#: Headings under which the archives' run tables name the assay.
ASSAY_COLUMNS = ("librarystrategy", "library_strategy", "assay type", "assay_type")
#: Headings of experiments: what a run table repeats for every run of one.
EXPERIMENT_COLUMNS = ("experiment", "experiment_accession")
MAX_ID_FILE_BYTES = 10 * 1024**2
#: Of a file's own words in a message.
SHOWN_CHARACTERS = 400


def read_accessions(source: str | os.PathLike[str] | Iterable[str]) -> list[str]:
    """Accessions of any kind from a list, a text file (one per line) or a CSV/TSV with an ID column.

    Parameters
    ----------
    source : path, or iterable of str
        Blank lines and lines that begin with ``#`` are passed over. A single accession of several experiments (a
        study, a series) may be given as it is.

    Returns
    -------
    list of str
        In upper case and in the given order, duplicates dropped and said.

    Raises
    ------
    InputError
        Missing or empty file, no ID column, or a malformed accession.
    """
    kind = kind_of(source.strip()) if isinstance(source, str) else ""
    if isinstance(source, str) and kind == "experiment":
        raise InputError(f"{source!r} is one accession; give a list of them, such as [{source.strip()!r}, ...].")
    if isinstance(source, str) and kind:
        return [source.strip().upper()]
    if isinstance(source, (str, os.PathLike)) and str(source).strip():
        return checked_accessions(_read_id_file(given_path(source)), str(source))
    if isinstance(source, Iterable) and not isinstance(source, str):
        return checked_accessions(source, "the list of IDs")
    raise InputError(
        f"Experiments are {source!r}; give the path of a file, or a list such as ['SRX5865959', 'SRX5865960']."
    )


def checked_accessions(given: Iterable[object], place: str) -> list[str]:
    """Check accessions of any kind, put them in upper case, drop duplicates and say so."""
    # What follows a "#" is a remark: "SRX1  # wild type".
    texts = [name for item in given for name in accessions_in(str(item).split("#", 1)[0])]
    if not texts:
        raise InputError(f"No experiment IDs in {place}. Give SRX, ERX, DRX or GSM accessions, one per line.")
    malformed = [text for text in texts if not kind_of(text)]
    if malformed:
        shown = ", ".join(repr(text[:40]) for text in malformed[:5])
        raise InputError(
            f"{plural(len(malformed), 'malformed experiment ID')} in {place}: {shown}.\n"
            "Give experiments (SRX, ERX, DRX) or GEO samples (GSM), such as SRX5865959; or runs (SRR), samples (SAMN), "
            "studies (SRP, PRJNA), series (GSE) or ENCODE experiments (ENCSR), one kind in a text."
        )
    ids = [text.upper() for text in texts]
    unique = list(dict.fromkeys(ids))
    if len(unique) < len(ids):
        repeated = [item for item in unique if ids.count(item) > 1]
        say(
            f"  Dropped {plural(len(ids) - len(unique), 'duplicate ID')} in {place}: "
            f"{ellipsis(', '.join(repeated), SHOWN_CHARACTERS)}"
        )
    return unique


def _read_id_file(path: Path) -> list[str]:
    try:
        if path.stat().st_size > MAX_ID_FILE_BYTES:
            raise InputError(f"{path} is too large for a list of IDs ({path.stat().st_size:,} bytes).")
        text = decoded(path.read_bytes())
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is no text file in UTF-8 or UTF-16. Save it as plain text or CSV.") from error
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror}. Give the path of a text or CSV file.") from error
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if not lines:
        raise InputError(f"{path} is empty. It should hold one experiment ID per line, or a CSV with an ID column.")
    delimiter = next((mark for mark in "\t,;" if mark in lines[0].split("#")[0]), None)
    if delimiter is None and path.suffix.lower() == ".csv":
        delimiter = ","
    if delimiter is None:
        return _without_header([line.strip() for line in lines])
    try:
        # strict: a quote that is never closed would swallow the rest of the file, and its IDs, without a word.
        parsed = list(csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True))
    except csv.Error as error:
        raise InputError(
            f"{path} is no readable CSV ({error}). Look for a stray double quote, or save it anew."
        ) from error
    rows = [row for row in parsed if any(cell.strip() for cell in row)]
    if not rows:
        return []
    if all(holds_accessions(cell) for cell in rows[0] if cell.strip()):
        return [cell for row in rows for cell in row if cell.strip()]
    if all(holds_accessions(row[0]) for row in rows):
        say(f"  No header in {path}: its first column read, all rows as one group")
        return [row[0] for row in rows]
    column = _id_column(rows[0], path)
    rows = [rows[0], *_of_processed_assays(rows, path)]
    ids = [row[column] if len(row) > column else "" for row in rows[1:]]
    empty = sum(not text.strip() for text in ids)
    if empty:
        say(f"  {plural(empty, 'row')} of {path} without an ID passed over")
    if rows[0][column].strip().lower() in EXPERIMENT_COLUMNS and len(set(ids)) < len(ids):
        say(
            f"  {plural(len(ids) - len(set(ids)), 'row')} of {path} are further runs of an experiment that stands above"
        )
        ids = list(dict.fromkeys(ids))
    unused = [
        name.strip()
        for number, name in enumerate(rows[0])
        if number != column and name.strip() and name.strip().lower() not in ASSAY_COLUMNS
    ]
    if unused:
        say(
            f"  Column {rows[0][column].strip()!r} read, all rows together; not used: "
            f"{ellipsis(', '.join(unused), SHOWN_CHARACTERS)}"
        )
    return ids


def _of_processed_assays(rows: list[list[str]], path: Path) -> list[list[str]]:
    """The rows of a run table but for those of an assay that ChIP-Atlas does not process, which are named."""
    names = [cell.strip().lower() for cell in rows[0]]
    column = next((names.index(name) for name in ASSAY_COLUMNS if name in names), None)
    if column is None:
        return rows[1:]
    known = {name.lower() for name in PROCESSED}
    assays = [row[column].strip() if len(row) > column else "" for row in rows[1:]]
    others = Counter(assay for assay in assays if assay and assay.lower() not in known)
    if sum(others.values()) == len(assays):
        raise InputError(
            f"{path} holds {', '.join(others)} alone. ChIP-Atlas processes {', '.join(PROCESSED)}: give those."
        )
    for assay, number in others.items():
        say(f"  Left out: {plural(number, 'row')} of {path} of {assay}; ChIP-Atlas processes {', '.join(PROCESSED)}")
    return [row for row, assay in zip(rows[1:], assays, strict=True) if assay not in others]


def _id_column(header: list[str], path: Path) -> int:
    names = [cell.strip().lower() for cell in header]
    for wanted in ID_COLUMNS:
        if wanted in names:
            return names.index(wanted)
    headless = any(kind_of(cell.strip()) for cell in header)
    raise InputError(
        f"No ID column in {path}. {'Its first line' if headless else 'Its columns'}: "
        f"{ellipsis(', '.join(cell.strip() for cell in header), SHOWN_CHARACTERS)}.\n"
        + ("Give it a header line, and name" if headless else "Name")
        + f" the column with the accessions one of: {', '.join(ID_COLUMNS)}."
    )


def _without_header(lines: list[str]) -> list[str]:
    return lines[1:] if lines[0].lower() in ID_COLUMNS else lines

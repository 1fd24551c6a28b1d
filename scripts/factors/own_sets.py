"""Two sets of one's own, from files: regions as BED, or genes, one a line."""

from __future__ import annotations

import os
import re
from typing import Any

from ..chipatlas.assemblies import get_assembly
from ..chipatlas.wabi.query_chipatlas_api import TIMEOUT_SECONDS
from ..common.errors import InputError
from ..common.files.writing import given_path, read_unpacked
from .ask import Subject, ask
from .options import ALL_CELL_TYPES, FACTORS, SEED, Options
from .result import EnrichedFactors
from .sets import MOST, NOUNS, Kind, Sets

MAX_BYTES = 64 * 1024**2
_BED = re.compile(r"(\S+)\t(\d{1,12})\t(\d{1,12})(?:\t|$)")
_NO_RECORD = re.compile(r"#|track\b|browser\b")


def enrich_sets(
    regions: str | os.PathLike[str],
    background: str | os.PathLike[str],
    genome: str,
    cell_class: str = ALL_CELL_TYPES,
    antigen_class: str = FACTORS,
    threshold: int = 50,
    output_dir: str | os.PathLike[str] = "enriched_factors_results",
    *,
    resume: bool = True,
    timeout: float = TIMEOUT_SECONDS,
) -> EnrichedFactors:
    """Ask Enrichment Analysis about two sets of one's own, the second as the background of the first.

    The background is taken as it is: what the regions could have been instead, of like width and signal, is for the
    caller to choose. It decides what the answer means.

    Parameters
    ----------
    regions, background : path
        BED files (at least three columns, 0-based half-open), or lists of gene symbols, one a line; plain or gzipped.
    genome : str
        Assembly, such as ``hg38``.
    cell_class, antigen_class, threshold, output_dir, resume, timeout
        As for `diff.enrich_factors`.

    Returns
    -------
    EnrichedFactors

    Raises
    ------
    InputError
        A file that is neither, two kinds of file, too many or too few lines; nothing was sent.
    """
    assembly = get_assembly(genome).name
    options = Options.checked(
        output_dir, cell_class=cell_class, antigen_class=antigen_class, threshold=threshold, seed=SEED, resume=resume,
        timeout=timeout,
    )  # fmt: skip
    kind, given = _read(regions)
    other_kind, other = _read(background)
    if kind != other_kind:
        raise InputError(
            f"{os.fspath(regions)!r} holds {NOUNS[kind]}s and {os.fspath(background)!r} {NOUNS[other_kind]}s. "
            "Give two BED files or two lists of genes."
        )
    name = given_path(regions).name
    about: dict[str, Any] = {"regions": str(regions), "background": str(background)}
    subject = Subject(f"{name} against {given_path(background).name}, {assembly}", assembly, about=about)
    sets = Sets("given", f"of {name}", kind, given, other, "The background is the user's own, taken as it is.")
    return ask([sets], subject, options)


def _read(path: str | os.PathLike[str]) -> tuple[Kind, tuple[str, ...]]:
    """Lines as they are sent, without repetition: regions by position, genes in order."""
    file = given_path(path)
    lines = read_unpacked(file, MAX_BYTES).decode("utf-8", "replace").splitlines()
    kept = [(number, line.rstrip()) for number, line in enumerate(lines, start=1) if line.strip()]
    kept = [(number, line) for number, line in kept if not _NO_RECORD.match(line)]
    if not kept:
        raise InputError(f"{str(file)!r} holds no region and no gene. Give a BED file, or gene symbols, one a line.")
    kind: Kind = "bed" if _BED.match(kept[0][1]) else "gene"
    found = dict.fromkeys(_record(line, kind, f"{file}, line {number}") for number, line in kept)
    if len(found) > MOST:
        raise InputError(f"{str(file)!r} holds {len(found):,} {NOUNS[kind]}s; send at most {MOST:,}.")
    return kind, tuple(found)


def _record(line: str, kind: Kind, place: str) -> str:
    if kind == "gene":
        name = line.strip()
        if len(name.split()) == 1 and name.isprintable():
            return name
        raise InputError(f"{place}: {line[:60]!r} is no gene symbol, where the first line is one. Give one a line.")
    match = _BED.match(line)
    if match is None or int(match[2]) >= int(match[3]):
        raise InputError(
            f"{place}: {line[:60]!r} is no region. Give chrom, start and end, tabs between, the start below the end."
        )
    return "\t".join(match.groups())

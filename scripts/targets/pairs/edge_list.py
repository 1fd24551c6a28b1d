"""Pairs of factor and gene as people have them: tuples, a DataFrame, a network file."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from ...common.console import say
from ...common.errors import InputError
from ...common.files.writing import given_path, read_unpacked
from ...common.text import clean_label, ellipsis, plural, without_nul

#: Headings compared without case and punctuation, best first: GRNBoost and pySCENIC (TF, target), decoupler, CellOracle
#: and Cytoscape (source, target), OmniPath (source_genesymbol), TRRUST and RegNetwork as commonly headed.
COLUMN_NAMES = {
    "factor": (
        "factor", "tf", "tfname", "tfsymbol", "transcriptionfactor", "regulator", "regulatorgene", "protein", "antigen",
        "sourcegenesymbol", "sourcename", "source", "from", "node1", "regulatorsymbol",
    ),
    "gene": (
        "gene", "targetgene", "targetgenes", "targetgenesymbol", "targetname", "targetsymbol", "target", "genesymbol",
        "symbol", "genename", "to", "node2",
    ),
}  # fmt: skip
#: A network of a million links is some 50 MB.
MAX_BYTES = 200 * 1024**2
_SHOWN = 300
#: Before the heading of a column of the input that is handed on.
INPUT = "input_"

Edges = str | os.PathLike[str] | pd.DataFrame | Iterable[tuple[str, str]]


def read_edges(edges: Edges) -> pd.DataFrame:
    """Read pairs of factor and gene.

    Parameters
    ----------
    edges : path, DataFrame or list of (str, str)
        A file with headings (tab, comma, semicolon or blanks; gzip too), in any of the spellings of `COLUMN_NAMES`; one
        without any known heading, whose first two columns are read, which is said; or ``.sif`` (source, interaction,
        targets).

    Returns
    -------
    DataFrame
        ``factor gene``, as text in the order given, a pair as often as it stands there, then the input's other columns
        under ``input_...``. ``attrs["source"]``: the path, or what it was.

    Raises
    ------
    InputError
        Not readable, only one of the two columns found, no pair, or a pair without a name.
    """
    if isinstance(edges, pd.DataFrame):
        place, table = "a DataFrame", edges.reset_index(drop=True)
    elif isinstance(edges, (str, os.PathLike)):
        place, table = str(edges), _read_file(given_path(edges))
    else:
        place, table = "a list of pairs", _of_pairs(edges)
    found = _find_columns(table, place)
    texts = {name: table.iloc[:, at].where(table.iloc[:, at].notna(), "").astype(str) for name, at in found.items()}
    frame = pd.DataFrame({name: column.map(clean_label).astype(object) for name, column in texts.items()})
    nameless = (frame == "").any(axis=1)
    if nameless.any():
        row = int(nameless.to_numpy().argmax())
        raise InputError(
            f"{plural(int(nameless.sum()), 'pair')} in {place} without a factor or a gene, the first in row {row + 1}: "
            f"{tuple(frame.loc[row])}. Give both names of each."
        )
    if not len(frame):
        raise InputError(f"No pairs in {place}. Give a factor and a gene in each row, such as TP53 and CDKN1A.")
    for at, heading in enumerate(table.columns):
        if at not in found.values():
            frame[f"{INPUT}{heading}"] = table.iloc[:, at].to_numpy()
    frame.attrs = {"source": place}
    return frame


def _of_pairs(edges: Any) -> pd.DataFrame:
    pairs = list(edges) if isinstance(edges, Iterable) else None
    if pairs is None or not all(
        isinstance(pair, (tuple, list)) and len(pair) == 2 and all(isinstance(name, str) for name in pair)
        for pair in pairs
    ):
        shown = ellipsis(repr(edges), 60)
        raise InputError(f"edges is {shown}; give pairs such as [('TP53', 'CDKN1A')], a DataFrame, or a network file.")
    return pd.DataFrame(pairs, columns=["factor", "gene"], dtype=object)


def _read_file(path: Path) -> pd.DataFrame:
    try:
        text = without_nul(read_unpacked(path, MAX_BYTES)).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is no UTF-8 text. Save the network as TSV or CSV.") from error
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if not lines:
        raise InputError(f"{path} is empty. It should hold a factor and a gene in each line.")
    if path.name.removesuffix(".gz").lower().endswith(".sif"):
        return _read_sif(lines, path)
    separator = next((mark for mark in "\t,;" if mark in lines[0]), r"\s+")
    known = _known(lines[0].strip() if separator == r"\s+" else lines[0], separator)
    try:
        table = pd.read_csv(
            io.StringIO("\n".join(lines)), sep=separator, dtype=str, keep_default_na=False, index_col=False,
            header=0 if known else None, engine="python" if separator == r"\s+" else "c",
        )  # fmt: skip
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        raise InputError(f"{path} is no readable table ({error}). Save it anew as TSV or CSV.") from error
    if known:
        return table
    if table.shape[1] < 2:
        raise InputError(f"{path} has one column. Give a factor and a gene in each line.")
    say(f"  {path.name}: no heading known; its first two columns are read as factor and gene, from the first line on")
    return table.set_axis(["factor", "gene", *(f"column_{n}" for n in range(3, table.shape[1] + 1))], axis=1)


def _read_sif(lines: list[str], path: Path) -> pd.DataFrame:
    """Cytoscape's format: a source, a kind of interaction, one or more targets; a node alone has none."""
    # Names may hold blanks where tabs are used, as Cytoscape has it.
    mark = "\t" if any("\t" in line for line in lines) else None
    rows = []
    for line in lines:
        cells = [cell.strip() for cell in line.split(mark)]
        if len(cells) == 2:
            raise InputError(
                f"{path}: {line[:60]!r} has two columns; a SIF file has a source, an interaction, targets."
            )
        rows += [(cells[0], target, cells[1]) for target in cells[2:] if target]
    return pd.DataFrame(rows, columns=["factor", "gene", "interaction"], dtype=object)


def _folded(heading: object) -> str:
    return re.sub(r"[^a-z0-9]+", "", str(heading).lower())


def _known(header: str, separator: str) -> bool:
    cells = re.split(separator if separator == r"\s+" else re.escape(separator), header)
    names = {_folded(cell.strip('"')) for cell in cells}
    return any(names & set(choices) for choices in COLUMN_NAMES.values())


def _find_columns(table: pd.DataFrame, place: str) -> dict[str, int]:
    folded = [_folded(heading) for heading in table.columns]
    found: dict[str, int] = {}
    for name, choices in COLUMN_NAMES.items():
        wanted = next((choice for choice in choices if choice in folded), None)
        if wanted is not None:
            if folded.count(wanted) > 1:
                raise InputError(f"{place} has more than one column {wanted!r}; keep the one that names the {name}.")
            found[name] = folded.index(wanted)
    missing = [name for name in COLUMN_NAMES if name not in found]
    if missing:
        shown = ellipsis(", ".join(map(repr, map(str, table.columns))), _SHOWN)
        raise InputError(
            f"No column for the {' and the '.join(missing)} in {place}. Its columns: {shown}.\n"
            "Name them factor and gene, TF and target, or source and target."
        )
    return found

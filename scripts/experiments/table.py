"""Experiments as a table: one row each, attributes as columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import pandas as pd

from ..chipatlas.site.metadata import parse_attributes, study_in

#: Texts of an experiment, in the order of the columns before the attributes.
TEXTS = ("accession", "gsm", "study", "antigen_class", "antigen", "cell_type_class", "cell_type", "title")
#: Numbers and the assemblies, behind the attributes; percent of reads for the middle two.
NUMBERS = {"reads": "Int64", "mapped": "Float64", "duplicates": "Float64", "peaks": "Int64"}
ASSEMBLIES = "assemblies"
FIXED = (*TEXTS, *NUMBERS, ASSEMBLIES)

#: What stands in every text that `study_in` could find something in.
_STUDY_MARKS = ("PRJ", "GSE", "SRP", "ERP", "DRP")


def attribute_name(key: str) -> str:
    """An attribute's key as the name of a column: ``Cell line`` becomes ``cell_line``."""
    name = re.sub(r"[^0-9a-z]+", "_", key.casefold()).strip("_") or "attribute"
    return f"{name}_attribute" if name in FIXED else name


def as_table(rows: pd.DataFrame, *, genome: str, source: str, simulated: bool) -> pd.DataFrame:
    """The table that a search gives.

    Parameters
    ----------
    rows : DataFrame
        Columns of `FIXED` but ``study``, and ``attributes``: ``key=value`` with tabs between them.

    Returns
    -------
    DataFrame
        `TEXTS` (empty where nothing is known), one column per attribute (most filled first), `NUMBERS`, ``assemblies``.
        ``attrs`` holds ``genome``, ``attributes`` (names of those columns), ``source`` and ``simulated``.
    """
    parsed = [_attributes(text) for text in rows["attributes"]]
    filled = Counter(name for item in parsed for name in item)
    names = [name for name, _ in filled.most_common()]
    texts = rows.assign(study=[_study(text) for text in rows["attributes"]])[list(TEXTS)].astype(str)
    attributes = pd.DataFrame(
        [[item.get(name, "") for name in names] for item in parsed], columns=names, index=rows.index, dtype=object
    )
    numbers = rows[list(NUMBERS)].astype(NUMBERS)
    table = pd.concat([texts, attributes, numbers, rows[[ASSEMBLIES]]], axis=1).reset_index(drop=True)
    table.attrs |= {"genome": genome, "attributes": names, "source": source, "simulated": simulated}
    return table


def rows_of(records: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Rows for `as_table`, from records with its columns."""
    columns = [name for name in FIXED if name != "study"]
    return pd.DataFrame(list(records), columns=[*columns, "attributes"])


#: The same few thousand keys stand in all experiments.
_column = lru_cache(maxsize=1 << 14)(attribute_name)


def _attributes(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in parse_attributes(text):
        name = _column(key)
        found[name] = value if name not in found else f"{found[name]}; {value}"
    return found


def _study(text: str) -> str:
    if not any(mark in text for mark in _STUDY_MARKS):
        return ""
    return study_in(text)

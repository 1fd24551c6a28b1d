"""What experiments of a table differ by: annotations, attributes, words of titles."""

from __future__ import annotations

import re
from collections import Counter

import pandas as pd

from ...chipatlas.batches import accession_batches
from ...common.errors import InputError, NotFoundError
from ...common.text import near_matches
from ..vocabulary import folded, synonyms

#: Annotations that can be what a comparison is about.
ANNOTATIONS = ("antigen", "cell_type", "cell_type_class")
#: The column that stands for words of titles.
TITLE = "title"
#: Where no archive was asked; an inference, so that only groups without any common study are spoken of.
INFERRED_STUDY = "study (inferred)"
#: More values than this, and an attribute names samples rather than groups.
MOST_VALUES = 12
#: Fewer experiments are no replicates.
MIN_REPLICATES = 2
#: Words of titles that tell members of a group apart, not groups.
_REPLICATE = re.compile(r"(?:(?:bio|tech)?[ _-]?rep(?:licate)?|replicate|sample|lane|run|batch|n|r|s)[_.-]?\d+[a-z]?")
_WORD = re.compile(r"[^\W_](?:[\w.+-]*[^\W_])?")


def attributes_of(table: pd.DataFrame) -> list[str]:
    """Columns of the attributes of a table that `find_experiments` gave."""
    named = table.attrs.get("attributes")
    return [name for name in named if name in table] if named is not None else []


def factors_of(table: pd.DataFrame) -> dict[str, pd.Series]:
    """Column -> values, of everything that splits the table into at least two groups with replicates.

    Values that differ in case, spaces and punctuation alone are one, spelled as most experiments spell it.
    """
    found = {}
    for name in (*ANNOTATIONS, *attributes_of(table)):
        values = one_spelling(table[name])
        counts = values[values != ""].value_counts()
        if 2 <= len(counts) <= MOST_VALUES and (counts >= MIN_REPLICATES).sum() >= 2:
            found[name] = values
    return found


def studies_of(table: pd.DataFrame) -> dict[str, pd.Series]:
    """The column of studies: as the archives name them, else inferred from how close the accession numbers are."""
    if "study" in table and (table["study"].astype(str).str.strip() != "").any():
        return {"study": table["study"]}
    first = table["accession"].groupby(accession_batches(table["accession"])).transform("min")
    return {INFERRED_STUDY: "near " + first}


def one_spelling(values: pd.Series) -> pd.Series:
    """Values with one spelling for what differs in case, spaces and punctuation alone."""
    texts = values.astype(str)
    spelled: dict[str, str] = {}
    for text, _ in Counter(texts).most_common():
        spelled.setdefault(folded(text), text.strip())
    return texts.map(lambda text: spelled[folded(text)])


def title_words(table: pd.DataFrame) -> dict[str, pd.Series]:
    """Word -> which titles hold it, of words that some titles hold and others do not, with replicates of both."""
    words = table[TITLE].map(lambda title: {word.casefold() for word in _WORD.findall(title)})
    counts = Counter(word for title in words for word in title)
    most = len(table) - MIN_REPLICATES
    return {
        word: pd.Series([word in title for title in words], index=table.index)
        for word, n in counts.items()
        if MIN_REPLICATES <= n <= most and len(word) > 1 and not word.isdigit() and not _REPLICATE.fullmatch(word)
    }


def members(table: pd.DataFrame, by: str, value: str) -> pd.Series:
    """Which experiments have a value, however it is spelled; for `TITLE`, whose titles hold a word.

    Raises
    ------
    InputError
        There is no such column.
    NotFoundError
        No experiment has the value; those that there are follow.
    """
    if by not in table.columns:
        raise InputError(f"by is {by!r}, no column of the table; it has: {', '.join(map(str, table.columns))}.")
    wanted = folded(value)
    if by == TITLE:
        found = table[TITLE].map(lambda title: wanted in folded(title))
    else:
        found = table[by].astype(str).map(folded) == wanted
        if not found.any():
            found = table[by].astype(str).map(folded).isin(synonyms(value))
    if not found.any():
        there = [name for name in one_spelling(table[by]).unique().tolist() if name]
        raise NotFoundError(
            f"No experiment of the table has {by} {value!r}. There are: {', '.join(there[:MOST_VALUES])}"
            f"{', ...' if len(there) > MOST_VALUES else ''}.",
            near_matches(value, there),
        )
    return found

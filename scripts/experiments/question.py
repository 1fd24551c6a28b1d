"""A question about experiments: checked, read against the names there are, and what fits it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from ..chipatlas.assemblies import get_assembly
from ..chipatlas.site.aliases import symbols_of
from ..common.console import say
from ..common.errors import InputError, NotFoundError
from ..common.results import require_number
from ..common.text import near_matches, plural
from .table import as_table, attribute_name
from .vocabulary import (
    KINDS,
    Understood,
    alone,
    demands,
    folded,
    levels_apart,
    matcher,
    understand,
)


@dataclass(frozen=True)
class Question:
    """What is looked for, checked.

    Attributes
    ----------
    words : str
    genome : str
    names : dict
        Column of `KINDS` -> the names that were given for it.
    accessions : list of str
        Of any kind; the experiments they stand for are those that are looked among.
    attributes : dict
        Column of an attribute -> the texts of which one must occur in it.
    min_reads, min_peaks : int or None
    limit : int or None
    """

    words: str
    genome: str
    names: dict[str, list[str]] = field(default_factory=dict)
    accessions: list[str] = field(default_factory=list)
    attributes: dict[str, list[str]] = field(default_factory=dict)
    min_reads: int | None = None
    min_peaks: int | None = None
    limit: int | None = None


def checked(
    words: str | None,
    genome: str,
    names: Mapping[str, Any],
    accessions: list[str],
    attributes: Mapping[str, Any] | None,
    numbers: Mapping[str, int | None],
) -> Question:
    get_assembly(genome)
    if words is not None and not isinstance(words, str):
        raise InputError(f"words is {words!r}; give text, such as 'TP53 K-562'.")
    wanted = {kind: _list(value, kind) for kind, value in names.items() if value is not None}
    if not isinstance(attributes or {}, Mapping):
        raise InputError(f"attributes is {attributes!r}; give a mapping such as {{'treatment': 'daunorubicin'}}.")
    asked = {
        attribute_name(str(key)): _list(value, f"attributes[{key!r}]") for key, value in (attributes or {}).items()
    }
    if not (words or "").strip() and not wanted and not asked and not accessions:
        raise InputError("Nothing to look for. Give words, an antigen, a cell type, a class, attributes or accessions.")
    whole = {
        name: None if value is None else int(require_number(name, value, f"a number such as {example}", least=least))
        for name, example, least in (("min_reads", "10000000", 0), ("min_peaks", "1000", 0), ("limit", "50", 1))
        for value in [numbers[name]]
    }
    return Question((words or "").strip(), genome, wanted, list(dict.fromkeys(accessions)), asked, **whole)


def _list(value: Any, name: str) -> list[str]:
    values = [value] if isinstance(value, str) else list(value) if isinstance(value, Iterable) else []
    if not values or not all(isinstance(item, str) and folded(item) for item in values):
        raise InputError(f"{name} is {value!r}; give a name, or a list of names.")
    return values


@dataclass(frozen=True)
class Answer:
    """Rows for `as_table`, how many there were before the limit, where they are from."""

    rows: pd.DataFrame
    found: int
    source: str
    simulated: bool


def understood_by(
    question: Question, vocabulary: Mapping[str, Iterable[str]], antigens: Callable[[], Iterable[str]]
) -> Understood:
    """The words and the names of a question as the experiments bear them; each decision is printed.

    `antigens` gives all there are, for suggestions.
    """
    understood = understand(question.words, vocabulary, question.genome)
    for line in understood.told:
        say(f"  {line}")
    for kind, given in question.names.items():
        names = list(vocabulary[kind])
        meant = [find_name(item, kind, names, question.genome) for item in given]
        for item, name in zip(given, meant, strict=True):
            if name is None:
                known = antigens() if kind == "antigen" else names
                raise NotFoundError(
                    f"No experiment found for the {KINDS[kind]} {item!r} ({question.genome}).",
                    near_matches(item, known),
                )
            if name != item:
                say(f"  {kind}={item!r}: the {KINDS[kind]} {name}")
        understood.names[kind] = [name for name in meant if name is not None]
    return understood


def explain_nothing(understood: Understood, count: Callable[[Understood], int]) -> None:
    """Say what stands in the way where nothing fits: what there is without each name and text.

    Parameters
    ----------
    count : callable
        A question that asks for less -> how many experiments fit it.
    """
    parts = len(understood.names) + (0 if understood.any_text else len(understood.texts))
    if parts < 2:
        return
    less = [
        (repr(text), replace(understood, texts=[one for one in understood.texts if one != text]))
        for text in (() if understood.any_text else understood.texts)
    ]
    less += [
        (f"the {KINDS[kind]} {' or '.join(names)}", replace(understood, names={**understood.names, kind: []}))
        for kind, names in understood.names.items()
    ]
    for what, fewer in less:
        fewer.names = {kind: names for kind, names in fewer.names.items() if names}
        number = count(fewer)
        if number:
            say(f"  Without {what}: {plural(number, 'experiment')}")


def tell_missing(understood: Understood, rows: pd.DataFrame) -> None:
    """Say which side of a comparison, or which of several names, no experiment of an answer is of."""
    if rows.empty:
        return
    for demand in demands(understood):
        named = [(kind, name) for kind, names in demand.items() for name in names]
        for kind, name in named if len(named) > 1 else ():
            if not (rows[kind] == name).any():
                say(f"  None of them is of the {KINDS[kind]} {name}")
    if understood.any_text:
        for text, there in _occurrences(rows, understood.texts).items():
            if not there.any():
                say(f"  {text!r} occurs in none of them")


def find_name(given: str, kind: str, names: Iterable[str], genome: str) -> str | None:
    """The name that is meant, by another spelling of it or by a common name; None for an unknown one."""
    for key in (given, *(symbols_of(given, genome) if kind == "antigen" else ())):
        same = matcher([key])
        meant = next((name for name in names if same(name)), None)
        if meant is not None:
            return meant
    return None


def relaxed(understood: Understood) -> bool:
    """Ask for less where no experiment has all, and say so; False where nothing can be let go.

    First a cell type and a class of them become two sides, of which one is enough; then one of several texts.
    """
    if levels_apart(understood):
        both = [name for kind in ("cell_type", "cell_type_class") for name in understood.names.get(kind, [])]
        both = both or [name for kind in ("antigen", "antigen_class") for name in understood.names[kind]]
        say(f"  No experiment is of {' and '.join(both)} at once. Those of either:")
        understood.either = True
        return True
    if understood.any_text or len(understood.texts) < 2:
        return False
    say(f"  No experiment has all of: {', '.join(understood.texts)}. Those that have any of them:")
    understood.any_text = True
    return True


def fitting_rows(rows: pd.DataFrame, question: Question, understood: Understood) -> pd.DataFrame:
    """The rows that bear the names, and hold the texts and attributes that were asked for."""
    if rows.empty:
        return rows
    keep = np.ones(len(rows), dtype=bool)
    for demand in demands(understood):
        keep &= np.any([rows[kind].isin(names).to_numpy() for kind, names in demand.items()], axis=0)
    occurs = _occurrences(rows, understood.texts)
    if occurs:
        keep &= (np.any if understood.any_text else np.all)(list(occurs.values()), axis=0)
    return with_attributes(rows[keep], question)


def _occurrences(rows: pd.DataFrame, texts: Iterable[str]) -> dict[str, np.ndarray]:
    """In which rows' titles or attributes each text occurs."""
    squeezed = (rows["title"] + rows["attributes"]).map(folded)
    whole = (rows["title"] + " " + rows["attributes"]).str.lower()
    return {
        text: (
            whole.str.contains(pattern)
            if (pattern := alone(text))
            else squeezed.str.contains(folded(text), regex=False)
        ).to_numpy(bool)
        for text in texts
    }


def with_attributes(rows: pd.DataFrame, question: Question) -> pd.DataFrame:
    """The rows whose attributes hold one of the texts that were asked for, each."""
    if rows.empty or not question.attributes:
        return rows
    table = as_table(rows, genome=question.genome, source="", simulated=False)
    keep = np.ones(len(rows), dtype=bool)
    for name, values in question.attributes.items():
        held = table[name].map(folded) if name in table else pd.Series("", index=table.index)
        keep &= np.array([any(folded(value) in one for value in values) for one in held], dtype=bool)
    return rows[keep]


def large_enough(rows: pd.DataFrame, question: Question) -> pd.DataFrame:
    """The rows with so many reads and peaks; what is not known is too few."""
    for column, least in (("reads", question.min_reads), ("peaks", question.min_peaks)):
        if least is not None:
            rows = rows[pd.to_numeric(rows[column]).ge(least).fillna(False).astype(bool)]
    return rows

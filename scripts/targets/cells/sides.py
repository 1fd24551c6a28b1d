"""Which experiments of a table stand on which side: cell types or classes of them, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from ...common.errors import InputError, NotFoundError
from ...common.text import fold, near_matches
from ..table.parse_target_genes import cell_types_of

#: Before the name of a class that is the name of a cell type too, such as Liver.
CLASS_MARK = "class:"


def check_names(side: str, names: object) -> tuple[str, ...]:
    """Names of cell types or classes; `InputError` for anything else."""
    given = (names,) if isinstance(names, str) else names
    chosen = tuple(given) if isinstance(given, Iterable) else ()
    if not chosen or not all(isinstance(name, str) and fold(name) for name in chosen):
        raise InputError(f"{side} is {names!r}; give cell types or classes of them, such as ['K-562'] or ['Liver'].")
    return chosen


def columns_of(names: Iterable[str], columns: list[str], classes: Callable[[], list[str]]) -> tuple[np.ndarray, list]:
    """Positions of the experiments in some cell types or classes, and what each name was taken for.

    A name that a cell type of the table has is that cell type; any other is looked for among the classes. ``class:``
    before a name asks for the class.

    Parameters
    ----------
    classes : callable
        Gives the class of each column; asked only when a name needs it.

    Raises
    ------
    NotFoundError
        A name that is neither, with near matches.
    """
    present = cell_types_of(columns)
    folded = np.array([fold(name) for name in present], dtype=object)
    chosen = np.zeros(len(columns), dtype=bool)
    taken = []
    for name in names:
        as_class = name.casefold().startswith(CLASS_MARK)
        wanted = name[len(CLASS_MARK) :].strip() if as_class else name
        if not as_class and (folded == fold(wanted)).any():
            chosen |= folded == fold(wanted)
            taken.append(f"cell type {wanted}")
            continue
        known = classes()
        of_class = np.array([fold(one) == fold(wanted) for one in known], dtype=bool)
        if not of_class.any():
            there = [*dict.fromkeys(present), *sorted(set(known) - {""})]
            raise NotFoundError(
                f"{wanted!r} is neither a cell type of this table's experiments nor a class of them.\n"
                f"Classes here: {', '.join(sorted(set(known) - {''})) or 'none known'}.",
                near_matches(wanted, there),
            )
        chosen |= of_class
        taken.append(f"class {wanted}")
    return np.flatnonzero(chosen), taken

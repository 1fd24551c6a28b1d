"""Step 1: say which factor, assembly and window to ask for."""

from __future__ import annotations

from typing import Any

from ...chipatlas.antigens import no_factor
from ...common.console import say, verify
from ...common.errors import NotFoundError
from ...common.text import fold, near_matches
from .question import Query, check_query

_SOURCE = "ChIP-Atlas Target Genes (precomputed from public ChIP-seq)"

#: Example name -> symbol and what makes it a useful example; all are hg38, ±5 kb, all cell types.
EXAMPLES = {
    "tp53": ("TP53", "tumour suppressor p53: a large table, hundreds of experiments in many cell types"),
    "e2f1": ("E2F1", "E2F1: a regulator of the cell cycle with a compact table"),
    "myc": ("MYC", "MYC: a moderate table of a factor that binds most active promoters"),
}


def load_example_query(name: str) -> dict[str, Any]:
    """Give one of the example questions.

    Parameters
    ----------
    name : str
        ``tp53``, ``e2f1`` or ``myc``; case does not matter.

    Returns
    -------
    dict
        ``protein``, ``genome``, ``distance`` (kb), ``description``, ``source``.

    Raises
    ------
    NotFoundError
        No such example; the message lists those there are.
    """
    known = {fold(key): key for key in EXAMPLES}
    key = known.get(fold(name)) if isinstance(name, str) else None
    if key is None:
        raise NotFoundError(
            f"Unknown example {name!r}. There are: {', '.join(EXAMPLES)}.\n"
            "For another factor use load_user_query, for example load_user_query('TP53', genome='hg38', distance=5).",
            near_matches(str(name), EXAMPLES),
        )
    protein, description = EXAMPLES[key]
    query = check_query(protein, "hg38", 5)
    say(f"  Example: {description}")
    _announce(query)
    return {**_as_dict(query), "description": description, "source": _SOURCE}


def load_user_query(protein: str, genome: str = "hg38", distance: int = 5) -> dict[str, Any]:
    """Check a question of one's own.

    Parameters
    ----------
    protein : str
        Official gene symbol of the factor, case-sensitive: ``TP53`` (human), ``Trp53`` (mouse).
    genome : str
        UCSC's assembly name, such as ``hg38``.
    distance : int
        Half-width of the window around the TSS, in kb: 1, 5 or 10.

    Returns
    -------
    dict
        ``protein``, ``genome``, ``distance``.

    Raises
    ------
    InputError, NotFoundError
        See `targets.query.question.check_query`.
    """
    query = check_query(protein, genome, distance)
    _announce(query)
    return _as_dict(query)


def _as_dict(query: Query) -> dict[str, Any]:
    return {"protein": query.protein, "genome": query.genome, "distance": query.distance}


def _announce(query: Query) -> None:
    kind = no_factor(query.protein)
    if kind:
        say(f"  {query.protein} is {kind}: its scores say where the signal is, and name no regulator.")
    verify(f"✓ Query loaded: {query.protein} target genes ({query.place})")

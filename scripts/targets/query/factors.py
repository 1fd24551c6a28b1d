"""Several factors: checked together, asked for one after the other."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence

from ...chipatlas.endpoints import pause_seconds
from ...common.errors import InputError
from .question import Query, check_query


def check_factors(proteins: Iterable[str], genome: str, distance: int, *, least: int = 1) -> list[Query]:
    """One question per factor; `InputError` for fewer than `least`, for one given twice, or an unusable one."""
    wanted = "a list of two or more factors" if least > 1 else "a list of factors"
    if isinstance(proteins, str) or not isinstance(proteins, Iterable):
        raise InputError(f"proteins is {proteins!r}; give {wanted}, such as ['TP53', 'MYC'].")
    queries = [check_query(name, genome, distance) for name in proteins]
    names = [query.protein for query in queries]
    if len(names) < least:
        raise InputError(f"Given: {', '.join(names) or 'no factor'}. Give {wanted}, such as ['TP53', 'MYC'].")
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InputError(f"Given more than once: {', '.join(repeated)}. Name each factor once.")
    return queries


def one_by_one(queries: Sequence[Query]) -> Iterator[Query]:
    """Each question, with the pause between two that the server's address asks for."""
    for number, query in enumerate(queries):
        if number:
            time.sleep(pause_seconds(query.url))
        yield query

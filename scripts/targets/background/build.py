"""Build a background and keep it: from tables here, from a sample of the service's, or from what a caller gives."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path

from ...chipatlas.transport.client import Client
from ...common.console import announce_simulation, headline, progress, say, verify
from ...common.errors import InputError
from ...common.results import require_number
from ...common.text import plural
from ..query.question import Query, check_form
from .background import LEAST_FACTORS, Background, Member, assemble
from .sample import Sample
from .store import save_background
from .tables import LocalTables

#: Factors of a sample: a share over 30 is known to 0.1 or better, and 30 tables of middle size are some tens of MB.
DEFAULT_NUMBER = 30


def build_background(
    genome: str,
    distance: int = 5,
    source: str | os.PathLike[str] | None = None,
    factors: Iterable[str] | None = None,
    number: int = DEFAULT_NUMBER,
    out: str | os.PathLike[str] | None = None,
) -> tuple[Background, Path]:
    """Build a background of one assembly and window, and write its file.

    Parameters
    ----------
    genome : str
        UCSC's assembly name.
    distance : int
        Half-width of the window around the TSS, in kb: 1, 5 or 10.
    source : path, optional
        Folder, ``.zip`` or ``.tar.gz`` of tables named ``{factor}.{distance}.tsv`` or ``.tsv.gz``. Left out, tables are
        downloaded one by one, at the pace of `chipatlas.cache.rate`; how many bytes is said before.
    factors : iterable of str, optional
        These antigens alone. Left out: all of the source; of the service, `number` factors of middle size, the same
        ones at every call, and the controls it lists.
    number : int
        Factors of a sample.
    out : path, optional
        The file. Left out, one in the cache folder, which ``background="auto"`` takes.

    Returns
    -------
    background : Background
    path : Path
        Of the file written.

    Raises
    ------
    InputError
        Unusable arguments, or fewer than two factors.
    NotFoundError
        An unknown assembly, no such source, no table of a factor asked for.
    ServiceUnavailableError, BadResponseError
        The service failed, or a table is none. What was downloaded is kept in the cache.
    OutputError
        The file cannot be written.
    """
    place = check_form("factor", genome, distance)
    names = None if factors is None else _names(factors, place)
    size = int(require_number("number", number, f"a number of factors, {LEAST_FACTORS} or more", least=LEAST_FACTORS))
    headline(f"Background of {place.place}")
    with nullcontext() if source is not None else Client() as client:
        if client is None:
            tables = LocalTables(source, place.distance, names)  # type: ignore[arg-type]
            members = list(progress(tables.members(), desc="Tables", unit="table"))
            simulated = tables.simulated
        else:
            sample = Sample(client, place.genome, place.distance, names, size)
            members = list(progress(sample.members(), desc="Tables", unit="table"))
            simulated = client.simulated
    return keep_background(members, place.genome, place.distance, simulated=simulated, out=out)


def keep_background(
    members: Iterable[Member],
    genome: str,
    distance: int,
    *,
    simulated: bool,
    out: str | os.PathLike[str] | None = None,
) -> tuple[Background, Path]:
    """Make a background of tables that were read elsewhere, such as those of an atlas, and write its file."""
    background = assemble(members, genome, distance, simulated=simulated)
    path = save_background(background, out)
    counts = background.counts()
    say(
        f"  {plural(counts['factor'], 'factor')}, {plural(counts['control'], 'control')}, "
        f"{plural(counts['mark'], 'chromatin mark')}; {len(background.genes):,} genes; {path.stat().st_size:,} bytes"
    )
    if not counts["control"]:
        say("  No control (total histone, accessibility, GFP, tag) among them: control_share stays empty")
    announce_simulation(simulated)
    verify(f"✓ Background built: {plural(counts['factor'], 'factor')} of {background.place} ({path})")
    return background, path


def _names(factors: Iterable[str], place: Query) -> list[str]:
    if isinstance(factors, str) or not isinstance(factors, Iterable):
        raise InputError(f"factors is {factors!r}; give a list of names, such as ['TP53', 'MYC'], or None.")
    names = sorted({check_form(name, place.genome, place.distance).protein for name in factors})
    if len(names) < LEAST_FACTORS:
        raise InputError(f"factors is {names}; give {LEAST_FACTORS} or more names, or None for a sample.")
    return names

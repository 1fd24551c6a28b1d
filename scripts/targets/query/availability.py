"""Why a table is not there: what the site's own index and the neighbouring files tell."""

from __future__ import annotations

from ...chipatlas.antigens import without_table_today
from ...chipatlas.site.api import SITE_ERRORS, Site
from ...chipatlas.transport.client import Client
from ...common.errors import BadResponseError, NoDataError, NotFoundError, ServiceUnavailableError
from ...common.text import fold
from .question import DISTANCES, Query
from .suggestions import suggest

Index = dict[str, list[str]]


def fetch_index(client: Client) -> Index | None:
    """Antigens listed per assembly, or None when the site does not tell: the index is help, never a precondition."""
    try:
        return Site(client).factors()
    except SITE_ERRORS:
        return None


def explain_missing(client: Client, query: Query) -> NotFoundError:
    """Make the error for a table that the data server does not have (HTTP 404)."""
    message = f"No target genes for {query.protein!r} ({query.place}): {query.url} does not exist (HTTP 404)."
    index = fetch_index(client)
    # The new site forgets assemblies whose files the data server keeps: that says nothing about a name.
    listed = None if index is None else index.get(query.genome)
    if listed is not None and query.protein in listed:
        return NoDataError(f"{message}\nThe site lists it, but the file is missing.{_elsewhere(query, client)}")
    kind = without_table_today(query.protein)
    # Once the index lists any of its kind, a name that it does not list is an unlisted name like all others.
    if kind and not any(without_table_today(name) for name in listed or () if fold(name) != fold(query.protein)):
        spelled = [name for name in listed or () if fold(name) == fold(query.protein)]
        return NotFoundError(
            f"{message}\nIt is {kind}, and those have no tables of target genes today: ChIP-Atlas computes them for "
            "transcription factors and cofactors. Its next pipeline is to add them; the site's index will list them.",
            spelled,
        )
    found = suggest(query.protein, query.genome, listed, Site(client))
    if index is None or listed is None:
        lacks = "could not be read" if index is None else f"has no {query.genome}"
        told = f"The site's index of antigens {lacks}, so whether the name is listed is unknown; names are "
        told += "case-sensitive ('TP53', mouse 'Trp53')."
    else:
        assemblies = other_assemblies(query, index)
        hint = f" Listed for: {', '.join(assemblies)}." if assemblies else ""
        told = f"The site lists {len(listed):,} antigens for {query.genome}, not this one; names are case-sensitive."
        told += hint
    return NotFoundError("\n".join([message, " ".join([told, *found.reasons])]), found.names)


def other_assemblies(query: Query, index: Index) -> list[str]:
    """Other assemblies that list the antigen, with their spelling of it where that differs."""
    found = []
    for genome, names in index.items():
        same = [name for name in names if fold(name) == fold(query.protein)]
        if same and genome != query.genome:
            found.append(genome if query.protein in same else f"{genome} ({same[0]})")
    return found


def _elsewhere(query: Query, client: Client) -> str:
    """Other windows of an antigen whose table for this one is missing; a window that cannot be asked hides no other."""
    found: list[str] = []
    unanswered: list[str] = []
    for distance in DISTANCES:
        other = Query(query.protein, query.genome, distance)
        if distance == query.distance:
            continue
        try:
            status: int | None = client.head(other.url).status_code
        except (ServiceUnavailableError, BadResponseError):
            status = None
        if status == 200:
            found.append(f"distance={distance}")
        elif status != 404:
            unanswered.append(f"distance={distance}")
    parts = []
    if found:
        parts.append(f"It exists for {' and '.join(found)}.")
    if unanswered:
        parts.append(f"Not all windows could be asked ({', '.join(unanswered)}).")
    return " " + (" ".join(parts) or "Nor does it exist for another window.")

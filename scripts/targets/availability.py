"""Why a table is not there: what the site's own index and the neighbouring files tell."""

from __future__ import annotations

from scripts.shared.errors import BadResponseError, NoDataError, NotFoundError, ServiceUnavailableError
from scripts.shared.http import Client
from scripts.shared.site import SITE_ERRORS, Site
from scripts.shared.text import fold, near_matches
from scripts.targets.query import DISTANCES, Query, is_histone

MAX_MATCHES = 5

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
    if is_histone(query.protein):
        return NotFoundError(f"{message}\nIt is a histone mark, and those have none: ask for a transcription factor.")
    index = fetch_index(client)
    if index is None:
        return NotFoundError(
            f"{message}\nThe site's index of factors could not be read either, so near names are unknown. Names are "
            "case-sensitive ('TP53', mouse 'Trp53'); histone marks have no target genes."
        )
    listed = index.get(query.genome, [])
    if query.protein in listed:
        return NoDataError(f"{message}\nThe site lists the factor, but the file is missing.{_elsewhere(query, client)}")
    assemblies = other_assemblies(query, index)
    hint = f" Listed for: {', '.join(assemblies)}." if assemblies else ""
    return NotFoundError(
        f"{message}\nThe site lists {len(listed):,} factors for {query.genome}, not this one; "
        f"names are case-sensitive.{hint}",
        near_matches(query.protein, listed, MAX_MATCHES),
    )


def other_assemblies(query: Query, index: Index) -> list[str]:
    """Other assemblies that list the factor, with their spelling of it where that differs."""
    found = []
    for genome, names in index.items():
        same = [name for name in names if fold(name) == fold(query.protein)]
        if same and genome != query.genome:
            found.append(genome if query.protein in same else f"{genome} ({same[0]})")
    return found


def _elsewhere(query: Query, client: Client) -> str:
    """Other windows of a factor whose table for this one is missing; a window that cannot be asked hides no other."""
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

"""Gene sets by path, or by the name of one of Enrichr's libraries, fetched through the cache."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

from ..chipatlas.cache.downloads import fetch
from ..chipatlas.endpoints import enrichr_url
from ..chipatlas.transport.client import Client
from ..common.console import say
from ..common.errors import BadResponseError, InputError, NotFoundError
from ..common.text import plural
from .gmt import MOST_BYTES, GeneSets, own_sets, parse_gmt, read_gmt

GivenSets = Iterable[str | os.PathLike[str]] | str | os.PathLike[str] | Mapping[str, Iterable[str]]

#: Enrichr's servers for other species, by the first letters of an assembly; it has none for plants.
_INSTANCES = {"dm": "FlyEnrichr", "ce": "WormEnrichr", "sacCer": "YeastEnrichr"}
HUMAN_AND_MOUSE = "Enrichr"
_FILE_ENDINGS = (".gmt", ".gmt.gz", ".txt", ".txt.gz")


def load_gene_sets(given: GivenSets, genome: str, client: Client) -> list[GeneSets]:
    """The collections that were asked for, in their order.

    Parameters
    ----------
    given : str, path, list of these, or mapping
        A file (it exists, or its name holds a folder or ends as files do), the name of a library at Enrichr, or sets
        themselves as name -> genes.
    genome : str
        Tells which of Enrichr's servers has the species.

    Raises
    ------
    InputError
        Nothing given, or what came is no GMT file.
    NotFoundError
        No such file or library.
    ServiceUnavailableError, BadResponseError
        The network or Enrichr failed.
    """
    if isinstance(given, Mapping):
        return [own_sets(given)]
    if isinstance(given, (str, os.PathLike)):
        given = [given]
    names = list(given) if isinstance(given, Iterable) else []
    if not names or not all(isinstance(name, (str, os.PathLike)) and str(name).strip() for name in names):
        raise InputError(f"gene_sets is {given!r}; give GMT files or names of Enrichr libraries.")
    return [_load(name, genome, client) for name in dict.fromkeys(names)]


def _load(name: str | os.PathLike[str], genome: str, client: Client) -> GeneSets:
    path = Path(name).expanduser()
    text = str(name)
    if isinstance(name, os.PathLike) or path.exists() or path.name != text or text.lower().endswith(_FILE_ENDINGS):
        return read_gmt(path)
    return fetch_library(text.strip(), genome, client)


def fetch_library(name: str, genome: str, client: Client) -> GeneSets:
    """One of Enrichr's libraries as GMT, through the cache."""
    instance = next((one for start, one in _INSTANCES.items() if genome.startswith(start)), HUMAN_AND_MOUSE)
    url = enrichr_url(f"{instance}/geneSetLibrary?mode=text&libraryName={quote(name, safe='')}")
    say(f"  Gene sets: {name} ({instance})")
    try:
        with fetch(client, url, MOST_BYTES) as file:
            content = b"".join(file.blocks())
            try:
                found = parse_gmt(content, url)
            except InputError as error:
                # A page that says that there is no such library must not be kept as one.
                raise BadResponseError(f"{url} is no library of gene sets", content[:200]) from error
    except (NotFoundError, BadResponseError) as error:
        error.advise(
            f"Check the name against the libraries that {instance} lists (case counts), or give the path of a GMT file."
        )
        raise
    say(f"  {plural(len(found.sets), 'set')}")
    return GeneSets(found.sets, f"{name} ({instance})", found.notes)

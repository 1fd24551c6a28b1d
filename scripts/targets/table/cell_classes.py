"""Which experiments of a table are in one class of cell types; the class is known to the site's metadata alone."""

from __future__ import annotations

import time

import numpy as np

from ...chipatlas.endpoints import pause_seconds, site_url
from ...chipatlas.site.api import SITE_ERRORS, Site
from ...chipatlas.site.metadata import ExperimentInfo
from ...chipatlas.transport.client import Client
from ...common.console import progress, say
from ...common.errors import NotFoundError, ServiceUnavailableError
from ...common.text import fold, near_matches, plural
from ..query.question import Query
from .parse_target_genes import split_experiment

#: More experiments than any antigen has; a site that gives its search in pages is asked for so many at the most.
MAX_EXPERIMENTS = 20_000


def columns_of_class(wanted: str, columns: list[str], query: Query, client: Client) -> np.ndarray:
    """Positions of the experiment columns whose cell type belongs to a class such as ``Blood``.

    Case, spaces, underscores and hyphens do not matter. Experiments of which the site knows no class are left out,
    which is said.

    Raises
    ------
    NotFoundError
        No experiment of the table is in that class; the classes there are follow.
    ServiceUnavailableError
        The site's metadata cannot be read.
    """
    classes = classes_of(columns, query, client)
    unknown = classes.count("")
    chosen = np.flatnonzero([fold(name) == fold(wanted) for name in classes])
    if not len(chosen):
        present = sorted(set(classes) - {""})
        raise NotFoundError(
            f"No experiment of this table is of class {wanted!r}. There are: {', '.join(present) or 'none known'}.",
            near_matches(wanted, present),
        )
    if unknown:
        say(f"  {plural(unknown, 'experiment')} of unknown cell-type class left out")
    return chosen


def classes_of(columns: list[str], query: Query, client: Client) -> list[str]:
    """The class of each column, or an empty text; `ServiceUnavailableError` when the site's metadata cannot be read."""
    try:
        return _classes(columns, query, Site(client))
    except SITE_ERRORS as error:
        raise ServiceUnavailableError(
            f"cell_type_class needs the site's metadata, which cannot be read: {error}\n"
            "Name the cell types instead (cell_types=[...]), or try later."
        ) from error


def _classes(columns: list[str], query: Query, site: Site) -> list[str]:
    """The class of each column, or an empty text.

    A search for the antigen names most. The production site gives no more than its first hundred rows: of the cell
    types that are left, each is asked for by its name, since a class is one of cell types, not of experiments. Nor is
    it one of assemblies: what the site tells of hg38 holds for hg19, of which the new site knows nothing.
    """
    experiments = [split_experiment(column) for column in columns]
    found = site.search(query.protein, limit=MAX_EXPERIMENTS)
    classes = {info.accession: info.cell_type_class for info in found.infos}
    of_cell_type = _unanimous(found.infos)
    left = {cell_type for accession, cell_type in experiments if accession not in classes} - set(of_cell_type)
    if not found.complete:
        for cell_type in progress(sorted(left), desc="Classes of cell types", unit="cell type"):
            time.sleep(pause_seconds(site_url("")))
            rows = site.search(cell_type.replace("_", " ")).infos
            of_cell_type |= {name: kind for name, kind in _unanimous(rows).items() if name == cell_type}
    return [classes.get(accession) or of_cell_type.get(cell_type, "") for accession, cell_type in experiments]


def _unanimous(infos: list[ExperimentInfo]) -> dict[str, str]:
    """Cell type, as tables spell it -> its class, where all experiments agree on one."""
    seen: dict[str, set[str]] = {}
    for info in infos:
        seen.setdefault(info.cell_type.replace(" ", "_"), set()).add(info.cell_type_class)
    return {name: kinds.pop() for name, kinds in seen.items() if len(kinds) == 1}

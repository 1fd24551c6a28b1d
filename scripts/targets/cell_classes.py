"""Which experiments of a table are in one class of cell types; the class is known to the site's metadata alone."""

from __future__ import annotations

import numpy as np

from scripts.shared.console import say
from scripts.shared.errors import NotFoundError, ServiceUnavailableError
from scripts.shared.http import Client
from scripts.shared.metadata import MetadataUnavailableError, search
from scripts.shared.text import fold, near_matches, plural
from scripts.targets.parse_target_genes import split_experiment
from scripts.targets.query import Query

#: More experiments than any factor has; the search is asked once.
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
    try:
        infos = search(query.protein, client, genome=query.genome, limit=MAX_EXPERIMENTS)
    except MetadataUnavailableError as error:
        raise ServiceUnavailableError(
            f"cell_type_class needs the site's metadata, which cannot be read: {error}\n"
            "Name the cell types instead (cell_types=[...]), or try later."
        ) from error
    class_of = {info.accession: info.cell_type_class for info in infos}
    classes = [class_of.get(split_experiment(column)[0], "") for column in columns]
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

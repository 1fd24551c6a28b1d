"""Which study each experiment of a table is of: experiments made together are no independent evidence.

A public factor's table holds what laboratories submitted: replicates, time points and doses of one study share cells,
antibody and hands. Counted one by one, the study with most experiments decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ...chipatlas.batches import BATCH_GAP, accession_batches
from ...chipatlas.site.api import SITE_ERRORS, Site
from ...chipatlas.transport.client import Client
from ...common.errors import InputError
from ...common.text import fold, plural
from ..query.question import Query
from ..table.cell_classes import MAX_EXPERIMENTS
from ..table.parse_target_genes import split_experiment

UNITS = ("experiment", "study")
#: How the study of an experiment came to be known.
SOURCES = {
    "study": "the study's accession in the metadata",
    "submission": "the submission's accession in the metadata",
    "inferred": f"accession numbers at most {BATCH_GAP} apart (an inference)",
}


def check_unit(unit: object) -> str:
    """A kind of unit; `InputError` for another."""
    if not isinstance(unit, str) or unit not in UNITS:
        raise InputError(f"unit is {unit!r}; give 'experiment' (every experiment a vote) or 'study' (every study one).")
    return unit


@dataclass(frozen=True)
class Studies:
    """The studies of E experiments, in the order of a table's columns.

    Attributes
    ----------
    columns : sequence of str, length E
        ``{accession}|{cell type}``.
    labels : array (E,) of str
        An accession of a study or submission, or ``batch 3``: equal for experiments of one study.
    sources : array (E,) of str
        Keys of `SOURCES`.
    note : str
        Why nothing was known of any, or empty.
    """

    columns: Sequence[str]
    labels: np.ndarray
    sources: np.ndarray
    note: str = ""

    def units(self, columns: np.ndarray | None = None) -> np.ndarray:
        """Number (from 0, in order of appearance) of the unit, study and cell type, of all or of some experiments."""
        chosen = range(len(self.columns)) if columns is None else columns.tolist()
        keys = [f"{self.labels[i]}\t{fold(split_experiment(self.columns[i])[1])}" for i in chosen]
        return np.asarray(pd.factorize(np.array(keys, dtype=object))[0])

    def known_by(self, columns: np.ndarray | None = None) -> dict[str, int]:
        """Experiments by how their study came to be known (`SOURCES`), of all or of some."""
        counted = Counter((self.sources if columns is None else self.sources[columns]).tolist())
        return {name: counted[name] for name in SOURCES}

    def how_known(self, columns: np.ndarray | None = None) -> str:
        """A sentence on how the studies were known."""
        counted = self.known_by(columns)
        told = ", ".join(f"{counted[name]:,} by {text}" for name, text in SOURCES.items() if counted[name])
        return " ".join(filter(None, [f"Studies of experiments known: {told or 'none'}.", self.note]))

    def metadata(self, columns: np.ndarray | None = None) -> dict[str, Any]:
        """How many experiments became how many units, how the studies were known, and a sentence that says it."""
        labels = self.labels if columns is None else self.labels[columns]
        n_studies = len(set(labels.tolist()))
        n_units = int(self.units(columns).max(initial=-1)) + 1
        return {
            "unit": "study",
            "n_experiments": len(labels),
            "n_studies": n_studies,
            "n_units": n_units,
            "known_by": self.known_by(columns),
            "statement": f"{plural(len(labels), 'experiment')} of {plural(n_studies, 'study', 'studies')} became "
            f"{plural(n_units, 'unit')} (one a study and cell type). {self.how_known(columns)}",
        }


def find_studies(columns: Sequence[str], query: Query, client: Client) -> Studies:
    """Ask the site's search for the studies of a table's experiments; those it does not tell are inferred.

    The production site gives a hundred rows of a search. Metadata are help, never a precondition: without them all
    studies are inferred, and the note says so.
    """
    note = ""
    told: dict[str, tuple[str, str]] = {}
    try:
        infos = Site(client).search(query.protein, limit=MAX_EXPERIMENTS).infos
        told = {info.accession: (info.study, info.submission) for info in infos}
    except SITE_ERRORS as error:
        note = f"The site's metadata cannot be read ({str(error).splitlines()[0]}): all studies are inferred."
    accessions = [split_experiment(column)[0] for column in columns]
    labels, sources = group_studies(accessions, told)
    return Studies(columns, labels, sources, note)


def group_studies(accessions: Sequence[str], told: Mapping[str, tuple[str, str]]) -> tuple[np.ndarray, np.ndarray]:
    """Put experiments into studies.

    Two of one study, or of one submission, belong together, and so do those that they are linked by. Experiments of
    which neither is told are grouped by how close their accession numbers are; such a batch belongs to the study of
    the told ones in it when these are of a single study.

    Parameters
    ----------
    accessions : sequence of str, length E
    told : mapping of str to (str, str)
        Accession -> its study and its submission, each empty where not told.

    Returns
    -------
    labels, sources : array (E,) of str
        See `Studies`.
    """
    known = [told.get(accession, ("", "")) for accession in accessions]
    names = _linked(known)
    batches = accession_batches(pd.Series(list(accessions), dtype=object)).to_numpy()
    labels = np.array([names.get(study or submission, "") for study, submission in known], dtype=object)
    sources = np.array(
        ["study" if one else "submission" if other else "inferred" for one, other in known], dtype=object
    )
    of_batch = {
        batch: set(labels[(batches == batch) & (labels != "")].tolist())
        for batch in set(batches[sources == "inferred"].tolist())
    }
    for i in np.flatnonzero(sources == "inferred"):
        single = of_batch[batches[i]]
        labels[i] = next(iter(single)) if len(single) == 1 else f"batch {batches[i]}"
    return labels, sources


def _linked(known: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Accession of a study or submission -> the name of all that are linked with it, the study's where there is one."""
    leader: dict[str, str] = {}

    def find(name: str) -> str:
        while leader.setdefault(name, name) != name:
            name = leader[name]
        return name

    for study, submission in known:
        if study and submission and find(study) != find(submission):
            leader[find(submission)] = find(study)
    return {name: find(name) for pair in known for name in pair if name}

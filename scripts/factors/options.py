"""How a question to Enrichment Analysis is asked, checked before anything is sent or written."""

from __future__ import annotations

import os
from dataclasses import dataclass

from ..chipatlas.wabi.query_chipatlas_api import TIMEOUT_SECONDS
from ..common.errors import InputError, NotFoundError
from ..common.results import require_flag, require_number
from ..common.text import near_matches

ALL_ANTIGENS, ALL_CELL_TYPES, FACTORS = "All antigens", "All cell types", "TFs and others"
#: What the service takes as a class of antigens.
ANTIGEN_CLASSES = (
    FACTORS,
    "Histone",
    "RNA polymerase",
    "ATAC-Seq",
    "DNase-seq",
    "Input control",
    "Bisulfite-Seq",
    "Unclassified",
    "No description",
    "Annotation tracks",
    ALL_ANTIGENS,
)
#: MACS2 scores (-10 log10 Q) from which on the service takes a peak.
THRESHOLDS = (50, 100, 200, 500)
SEED = 20240707


@dataclass(frozen=True)
class Options:
    """The parameters of `enrich_factors`, checked.

    Attributes
    ----------
    threshold : int
        Least MACS2 score (-10 log10 Q) of a peak: one of `THRESHOLDS`.
    seed : int
        Of the choice of the background.
    timeout : float
        Seconds to wait for each job.
    """

    output_dir: str | os.PathLike[str]
    cell_class: str = ALL_CELL_TYPES
    antigen_class: str = FACTORS
    threshold: int = 50
    seed: int = SEED
    resume: bool = True
    timeout: float = TIMEOUT_SECONDS

    @classmethod
    def checked(cls, output_dir: str | os.PathLike[str], **given: object) -> Options:
        """The options; `InputError` (`NotFoundError` for a class) names the first that cannot be used."""
        options = cls(output_dir, **given)  # type: ignore[arg-type]
        if options.antigen_class not in ANTIGEN_CLASSES:
            raise NotFoundError(
                f"Unknown antigen_class {options.antigen_class!r}. There are: {', '.join(ANTIGEN_CLASSES)}.",
                near_matches(str(options.antigen_class), ANTIGEN_CLASSES),
            )
        name = options.cell_class
        if not isinstance(name, str) or not name.strip() or not name.isprintable():
            raise InputError(
                f"cell_class is {name!r}; give a class of cell types, such as 'Blood', or 'All cell types'."
            )
        if isinstance(options.threshold, bool) or options.threshold not in THRESHOLDS:
            raise InputError(f"threshold is {options.threshold!r}; give one of: {', '.join(map(str, THRESHOLDS))}.")
        require_number("seed", options.seed, "a whole number from 0 up", least=0)
        if options.seed != int(options.seed):
            raise InputError(f"seed is {options.seed!r}; give a whole number from 0 up.")
        require_number("timeout", options.timeout, "the seconds to wait, such as 900", above=0)
        require_flag("resume", options.resume)
        return options

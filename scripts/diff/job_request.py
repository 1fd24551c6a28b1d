"""A comparison as the service takes it, everything in it checked before anything is sent or written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scripts.diff.analysis import Analysis, get_analysis
from scripts.shared.errors import InputError
from scripts.shared.experiments import check_experiment_ids, check_groups
from scripts.shared.genomes import get_assembly
from scripts.shared.text import clean_label, safe_label

#: What the service's own web form sends.
THRESHOLDS = {"diffbind": "50", "dmr": "999"}
SBATCH_OPTIONS = "-p epyc -t 180"
#: A label stands in titles, legends and table rows.
MAX_LABEL_CHARACTERS = 100


@dataclass(frozen=True)
class JobRequest:
    """A comparison as the service takes it; labels are made safe when the form is built."""

    experiments_a: tuple[str, ...]
    experiments_b: tuple[str, ...]
    genome: str
    analysis: Analysis
    description_a: str
    description_b: str
    title: str

    def form(self) -> dict[str, str]:
        """The form fields to submit."""
        return {
            "address": "",
            "format": "text",
            "result": "www",
            "genome": self.genome,
            "antigenClass": self.analysis.name,
            "cellClass": "empty",
            "threshold": THRESHOLDS[self.analysis.name],
            "typeA": "srx",
            "bedAFile": "\n".join(self.experiments_a),
            "typeB": "srx",
            "bedBFile": "\n".join(self.experiments_b),
            "permTime": "1",
            "title": safe_label(self.title, "diff_analysis"),
            "descriptionA": safe_label(self.description_a, "group_A"),
            "descriptionB": safe_label(self.description_b, "group_B"),
            "sbatchOptions": SBATCH_OPTIONS,
        }


def checked_request(
    experiments_a: Iterable[str],
    experiments_b: Iterable[str],
    genome: str,
    analysis_type: str,
    description_a: str,
    description_b: str,
    title: str | None,
    allow_no_replicates: bool,
) -> JobRequest:
    """The request, everything in it checked before anything is sent or written."""
    analysis = get_analysis(analysis_type)
    get_assembly(genome)
    group_a = check_experiment_ids(_as_list(experiments_a, "experiments_a"), "experiments_a")
    group_b = check_experiment_ids(_as_list(experiments_b, "experiments_b"), "experiments_b")
    check_groups(group_a, group_b, allow_no_replicates=allow_no_replicates)
    label_a, label_b = _check_labels(description_a, description_b)
    return JobRequest(
        experiments_a=tuple(group_a),
        experiments_b=tuple(group_b),
        genome=genome,
        analysis=analysis,
        description_a=label_a,
        description_b=label_b,
        title=title or f"{label_a} vs {label_b}",
    )


def _as_list(given: Iterable[str], name: str) -> list[str]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise InputError(
            f"{name} is {given!r}; give a list of accessions, such as ['SRX5865959', 'SRX5865960'].\n"
            "load_user_data() reads one from a file."
        )
    return list(given)


def _check_labels(description_a: str, description_b: str) -> tuple[str, str]:
    for name, label in (("description_a", description_a), ("description_b", description_b)):
        if not isinstance(label, str) or not clean_label(label):
            raise InputError(f"{name} is {label!r}; give the name of a group, such as 'Treated'.")
    label_a, label_b = clean_label(description_a), clean_label(description_b)
    if label_a == label_b:
        raise InputError(
            f"Group labels {description_a!r} and {description_b!r} do not tell the groups apart. Give two names."
        )
    too_long = max(label_a, label_b, key=len)
    if len(too_long) > MAX_LABEL_CHARACTERS:
        raise InputError(
            f"Group label {too_long[:40]!r}... has {len(too_long):,} characters. "
            f"Give a name of at most {MAX_LABEL_CHARACTERS}."
        )
    return label_a, label_b

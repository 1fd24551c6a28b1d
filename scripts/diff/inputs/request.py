"""A comparison as the service takes it, everything in it checked before anything is sent or written."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...chipatlas.assemblies import get_assembly
from ...common.errors import InputError
from ...common.text import clean_label, safe_label
from ..analysis import Analysis, get_analysis
from .experiments import check_experiment_ids, check_groups
from .user_samples import Member, UserSample, as_member, looks_like_file, unique_names

#: Where a comparison is computed: on ChIP-Atlas's server, or on this machine.
ENGINES = ("chipatlas", "local")

#: What the service's own web form sends.
THRESHOLDS = {"diffbind": "50", "dmr": "999"}
SBATCH_OPTIONS = "-p epyc -t 180"
#: A label stands in titles, legends and table rows.
MAX_LABEL_CHARACTERS = 100


@dataclass(frozen=True)
class JobRequest:
    """A comparison as the service takes it; labels are made safe when the form is built.

    Attributes
    ----------
    experiments_a, experiments_b : tuple of str
        Accessions, and names of one's own experiments.
    own : dict
        Name -> what its user says of that experiment. Only the local engine takes such.
    """

    experiments_a: tuple[str, ...]
    experiments_b: tuple[str, ...]
    genome: str
    analysis: Analysis
    description_a: str
    description_b: str
    title: str
    own: Mapping[str, UserSample] = field(default_factory=dict)

    @property
    def public(self) -> tuple[list[str], list[str]]:
        """The accessions of each group: the experiments of which ChIP-Atlas has files."""
        group_a, group_b = (
            [name for name in group if name not in self.own or self.own[name].is_public]
            for group in (self.experiments_a, self.experiments_b)
        )
        return group_a, group_b

    def local_call(self, output_dir: str | os.PathLike[str]) -> str:
        """The call that computes this comparison on this machine, to be pasted."""
        return (
            f"run_diff_workflow({list(self.experiments_a)!r}, {list(self.experiments_b)!r}, genome={self.genome!r}, "
            f"analysis_type={self.analysis.name!r}, description_a={self.description_a!r}, "
            f"description_b={self.description_b!r}, output_dir={os.fspath(output_dir)!r}, engine='local')"
        )

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
    experiments_a: Iterable[Any],
    experiments_b: Iterable[Any],
    genome: str,
    analysis_type: str,
    description_a: str,
    description_b: str,
    title: str | None,
    allow_no_replicates: bool,
    engine: str = "chipatlas",
) -> JobRequest:
    """The request, everything in it checked before anything is sent or written."""
    analysis = get_analysis(analysis_type)
    get_assembly(genome)
    if engine not in ENGINES:
        raise InputError(f"engine is {engine!r}; give {' or '.join(map(repr, ENGINES))}.")
    members = [_members(experiments_a, "experiments_a"), _members(experiments_b, "experiments_b")]
    own = {item.name: item for item in (*members[0], *members[1]) if isinstance(item, UserSample)}
    if own and engine == "chipatlas":
        raise InputError(
            f"{next(iter(own))} is described by files or numbers of yours, which ChIP-Atlas's server does not take.\n"
            "Pass engine='local' to compare them on this machine; nothing is uploaded."
        )
    unique_names(item for item in (*members[0], *members[1]) if isinstance(item, UserSample))
    group_a, group_b = _names(members[0], "experiments_a"), _names(members[1], "experiments_b")
    check_groups(group_a, group_b, allow_no_replicates=allow_no_replicates)
    for sample in own.values():
        _check_complete(sample, analysis)
    label_a, label_b = _check_labels(description_a, description_b)
    return JobRequest(
        experiments_a=tuple(group_a),
        experiments_b=tuple(group_b),
        genome=genome,
        analysis=analysis,
        description_a=label_a,
        description_b=label_b,
        title=title or f"{label_a} vs {label_b}",
        own=own,
    )


def _members(given: Iterable[Any], name: str) -> list[Member]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise InputError(
            f"{name} is {given!r}; give a list of accessions, such as ['SRX5865959', 'SRX5865960'].\n"
            "load_user_data() reads one from a file."
        )
    return [as_member(item, name) if not isinstance(item, str) or looks_like_file(item) else item for item in given]


def _names(members: list[Member], name: str) -> list[str]:
    """Names in the given order; the accessions among them checked."""
    if not any(isinstance(item, UserSample) for item in members):
        return check_experiment_ids(members, name)
    names: list[str] = []
    for item in members:
        names += [item.name] if isinstance(item, UserSample) else check_experiment_ids([item], name)
    return list(dict.fromkeys(names))


def _check_complete(sample: UserSample, analysis: Analysis) -> None:
    if sample.is_public or analysis.is_dmr:
        return
    lacking = [
        what for what, there in (("peaks", sample.peaks), ("read_length", sample.read_length)) if there in ("", None)
    ]
    if lacking:
        raise InputError(
            f"{sample.name} ({sample.bigwig}) lacks {' and '.join(lacking)}: a comparison of peaks needs a BED file of "
            "peaks and the read length of each experiment.\n"
            "Give (bigwig, peaks, read_length), or fill these columns of the sample sheet."
        )


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

"""A comparison as it was asked for, checked before anything is sent or written, and as the service takes it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ...chipatlas.assemblies import get_assembly
from ...chipatlas.wabi.query_chipatlas_api import TIMEOUT_SECONDS
from ...common.errors import InputError
from ...common.results import require_flag, require_number
from ...common.text import clean_label, safe_label
from ..analysis import QVALUE_THRESHOLD, Analysis, get_analysis
from ..results.filter_regions import MIN_REGION_SIZE
from .experiments import check_experiment_ids, check_groups
from .testing import Testing
from .user_samples import Member, UserSample, as_member, looks_like_file, unique_names

#: Where a comparison is computed: on ChIP-Atlas's server, or on this machine.
ENGINES = ("chipatlas", "local")

#: What the service's own web form sends.
THRESHOLDS = {"diffbind": "50", "dmr": "999"}
SBATCH_OPTIONS = "-p epyc -t 180"
#: A label stands in titles, legends and table rows.
MAX_LABEL_CHARACTERS = 100
#: Parameters that the results carry as they were used.
_REPORTED = (
    "description_a",
    "description_b",
    "title",
    "min_region_size",
    "standard_contigs_only",
    "allow_no_replicates",
    "timeout",
    "preflight",
    "engine",
)
#: Those that say what a comparison on the server is, beside the experiments.
_RECALLED = tuple(name for name in _REPORTED if name not in ("timeout", "engine"))


@dataclass(frozen=True)
class DiffRequest:
    """A comparison as it was asked for, everything in it checked; labels are made safe when the form is built.

    Attributes
    ----------
    experiments_a, experiments_b : tuple of str
        Accessions, and names of one's own experiments.
    own : dict
        Name -> what its user says of that experiment. Only the local engine takes such.

    blacklist
        As given; see `diff.annotate.blacklist`.
    more : dict
        Label -> names of the experiments of a further group, for a design.
    controls : dict
        Group -> names of its input controls.
    testing : Testing
        How it is tested; the parameters of that name.

    The others are the parameters of `run_diff_workflow`.
    """

    experiments_a: tuple[str, ...]
    experiments_b: tuple[str, ...]
    analysis: Analysis
    genome: str = "hg38"
    description_a: str = "group_A"
    description_b: str = "group_B"
    title: str = ""
    own: Mapping[str, UserSample] = field(default_factory=dict)
    output_dir: str | os.PathLike[str] = "diff_analysis_results"
    timeout: float = TIMEOUT_SECONDS
    min_region_size: int = MIN_REGION_SIZE
    standard_contigs_only: bool = True
    allow_no_replicates: bool = False
    preflight: bool = True
    resume: bool = True
    engine: str = "chipatlas"
    workers: int | None = None
    blacklist: Any = None
    more: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    controls: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    testing: Testing = field(default_factory=Testing)

    @classmethod
    def checked(
        cls,
        experiments_a: Iterable[Any],
        experiments_b: Iterable[Any],
        analysis_type: str = "diffbind",
        **options: Any,
    ) -> DiffRequest:
        """The request, everything in it checked before anything is sent or written.

        Parameters
        ----------
        experiments_a, experiments_b, analysis_type, **options
            As for `run_diff_workflow`; what is left out has its default.
        """
        options = _checked_options(options)
        how = {name: options.pop(name) for name in Testing.names() if name in options}
        more = options.pop("experiments_more", None) or {}
        inputs = options.pop("controls", None) or {}
        given = cls((), (), get_analysis(analysis_type), **options)
        get_assembly(given.genome)
        if given.engine not in ENGINES:
            raise InputError(f"engine is {given.engine!r}; give {' or '.join(map(repr, ENGINES))}.")
        testing = Testing.checked(how, local=given.engine == "local", is_dmr=given.analysis.is_dmr)
        members = [_members(experiments_a, "experiments_a"), _members(experiments_b, "experiments_b")]
        further = _further(more, testing)
        controls = _controls(inputs, given)
        own = _own([*members, *further.values(), *controls.values()], given)
        group_a, group_b = _names(members[0], "experiments_a"), _names(members[1], "experiments_b")
        check_groups(group_a, group_b, allow_no_replicates=given.allow_no_replicates)
        names = {label: tuple(_names(them, label)) for label, them in further.items()}
        everyone = [*group_a, *group_b, *(name for them in names.values() for name in them)]
        if len(set(everyone)) < len(everyone):
            raise InputError("An experiment of a further group (experiments_more) is in another group, too.")
        control_names = {group: tuple(_names(them, f"controls[{group!r}]")) for group, them in controls.items()}
        unpeaked = {name for them in control_names.values() for name in them}
        for sample in own.values():
            _check_complete(sample, given.analysis, needs_peaks=sample.name not in unpeaked)
        label_a, label_b = _check_labels(given.description_a, given.description_b)
        return replace(
            given,
            experiments_a=tuple(group_a),
            experiments_b=tuple(group_b),
            description_a=label_a,
            description_b=label_b,
            title=given.title or f"{label_a} vs {label_b}",
            own=own,
            more=names,
            controls=control_names,
            testing=testing.fitted((group_a, group_b), everyone[len(group_a) + len(group_b) :]),
        )

    @property
    def groups(self) -> tuple[list[str], list[str]]:
        """The experiments of each group."""
        return list(self.experiments_a), list(self.experiments_b)

    @property
    def public(self) -> tuple[list[str], list[str]]:
        """The accessions of each group: the experiments of which ChIP-Atlas has files."""
        group_a, group_b = (
            [name for name in group if name not in self.own or self.own[name].is_public]
            for group in (self.experiments_a, self.experiments_b)
        )
        return group_a, group_b

    @property
    def sizes(self) -> str:
        """The comparison in a line: both labels with their numbers of experiments, and the assembly."""
        n_a, n_b = len(self.experiments_a), len(self.experiments_b)
        return f"{self.description_a} (n={n_a}) vs {self.description_b} (n={n_b}), {self.genome}"

    def parameters(self) -> dict[str, Any]:
        """What was asked, for the results: all but the experiments."""
        return {
            "genome": self.genome,
            "analysis_type": self.analysis.name,
            **{name: getattr(self, name) for name in _REPORTED},
            **self._tested(),
            **({"controls": {group: list(them) for group, them in self.controls.items()}} if self.controls else {}),
            "qvalue_threshold": QVALUE_THRESHOLD,
            "output_dir": str(self.output_dir),
        }

    def _tested(self) -> dict[str, Any]:
        """How the local engine is to test, where that is not the server's way; the table of samples by its columns."""
        usual = Testing()
        told = {name: getattr(self.testing, name) for name in Testing.names() if name != "samples"}
        asked = {name: value for name, value in told.items() if value != getattr(usual, name)}
        return asked | ({"experiments_more": {k: list(v) for k, v in self.more.items()}} if self.more else {})

    def local_call(self) -> str:
        """The call that computes this comparison on this machine, to be pasted."""
        return (
            f"run_diff_workflow({list(self.experiments_a)!r}, {list(self.experiments_b)!r}, genome={self.genome!r}, "
            f"analysis_type={self.analysis.name!r}, description_a={self.description_a!r}, "
            f"description_b={self.description_b!r}, output_dir={os.fspath(self.output_dir)!r}, engine='local')"
        )

    def call(self) -> dict[str, Any]:
        """Arguments of `run_diff_workflow` that ask the server the same again, in the types of JSON.

        Without `output_dir` and `timeout`. Empty where a table in memory was given (`blacklist`): it stands in no file.
        """
        if not (self.blacklist is None or isinstance(self.blacklist, (str, os.PathLike))):
            return {}
        return {
            "experiments_a": list(self.experiments_a),
            "experiments_b": list(self.experiments_b),
            "genome": self.genome,
            "analysis_type": self.analysis.name,
            **{name: getattr(self, name) for name in _RECALLED},
            "blacklist": None if self.blacklist is None else os.fspath(self.blacklist),
        }

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


def _checked_options(options: dict[str, Any]) -> dict[str, Any]:
    """Flags and numbers, each of its own kind; a title that was left out is empty."""
    checked = options | {"title": options.get("title") or ""}
    for name in ("standard_contigs_only", "allow_no_replicates", "preflight", "resume"):
        if name in options:
            checked[name] = require_flag(name, options[name])
    if "timeout" in options:
        checked["timeout"] = require_number("timeout", options["timeout"], "the seconds to wait, such as 900", above=0)
    if "min_region_size" in options:
        wanted = "a size in bp, such as 10, or 0 to keep all"
        checked["min_region_size"] = int(require_number("min_region_size", options["min_region_size"], wanted, least=0))
    return checked


def _own(members: list[list[Member]], given: DiffRequest) -> dict[str, UserSample]:
    """The experiments that are the user's own, by name; only the local engine takes such."""
    samples = [item for group in members for item in group if isinstance(item, UserSample)]
    own = {item.name: item for item in samples}
    if own and given.engine == "chipatlas":
        raise InputError(
            f"{next(iter(own))} is described by files or numbers of yours, which ChIP-Atlas's server does not take.\n"
            "Pass engine='local' to compare them on this machine; nothing is uploaded."
        )
    unique_names(samples)
    return own


def _members(given: Iterable[Any], name: str) -> list[Member]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise InputError(
            f"{name} is {given!r}; give a list of accessions, such as ['SRX5865959', 'SRX5865960'].\n"
            "load_user_data() reads one from a file."
        )
    return [as_member(item, name) if not isinstance(item, str) or looks_like_file(item) else item for item in given]


def _further(given: Any, testing: Testing) -> dict[str, list[Member]]:
    """Members of further groups, which a design alone can use."""
    if not isinstance(given, Mapping):
        raise InputError("experiments_more maps the label of each further group to its experiments.")
    if given and not testing.design:
        raise InputError(
            f"A test of two groups has no use for a third ({', '.join(map(str, given))}). Give a design, or leave it "
            "out."
        )
    wrong = [str(label) for label in given if str(label) in ("A", "B") or not str(label).strip()]
    if wrong:
        raise InputError(f"A further group cannot be called {wrong[0]!r}; A and B are the groups that are compared.")
    return {str(label): _members(them, f"experiments_more[{label!r}]") for label, them in given.items()}


def _controls(given: Any, request: DiffRequest) -> dict[str, list[Member]]:
    """Input controls of both groups."""
    if not given:
        return {}
    if request.engine != "local" or request.analysis.is_dmr:
        raise InputError("controls are looked at by engine='local', for peaks: the server takes no inputs.")
    if not isinstance(given, Mapping) or set(given) != {"A", "B"}:
        raise InputError("controls gives the input controls of both groups: {'A': [...], 'B': [...]}.")
    return {group: _members(them, f"controls[{group!r}]") for group, them in given.items()}


def _names(members: list[Member], name: str) -> list[str]:
    """Names in the given order; the accessions among them checked."""
    if not any(isinstance(item, UserSample) for item in members):
        return check_experiment_ids(members, name)
    names: list[str] = []
    for item in members:
        names += [item.name] if isinstance(item, UserSample) else check_experiment_ids([item], name)
    return list(dict.fromkeys(names))


def _check_complete(sample: UserSample, analysis: Analysis, *, needs_peaks: bool) -> None:
    if sample.is_public or analysis.is_dmr:
        return
    wanted = [
        *([("peaks", sample.peaks)] if needs_peaks else []),
        *([] if sample.is_bam else [("read_length", sample.read_length)]),
    ]
    lacking = [what for what, there in wanted if there in ("", None)]
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

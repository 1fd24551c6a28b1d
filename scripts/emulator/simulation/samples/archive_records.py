"""What the sequence archives hold: the runs, samples and studies of the simulated experiments. All SIMULATED.

Experiments of one antigen and one cell type are a study; the numbers are none that the archives have assigned. Studies
of GEO samples are series, too, and hold what real ones do beside what ChIP-Atlas processes: an RNA-Seq experiment, and
a ChIP-Seq experiment that is newer than ChIP-Atlas's list.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ....chipatlas.assemblies import get_assembly
from .experiments import Experiment, all_experiments

_FIRST = 990_000_000
#: Every so many experiments one was sequenced in two runs.
_TWO_RUNS_EACH = 5
#: The series of the real experiments, and the one that was given a number of ENCODE.
TP53_SERIES = "GSE131484"
ENCODE_ID, _ENCODE_STUDY = "ENCSR990SIM", ("H3K27ac", "Hep G2")
#: A series of the first two series of GEO: it has no study of its own.
SUPERSERIES = "GSE990999999"
_STRATEGIES = {
    "ATAC-Seq": "ATAC-seq",
    "DNase-seq": "DNase-Hypersensitivity",
    "Bisulfite-Seq": "Bisulfite-Seq",
}


@dataclass(frozen=True)
class Study:
    """A study and its runs, each with the fields of ENA's report."""

    accession: str
    project: str
    series: str
    title: str
    runs: tuple[dict[str, str], ...]

    @property
    def gsms(self) -> list[str]:
        """Its samples of GEO."""
        return list(dict.fromkeys(run["experiment_alias"] for run in self.runs if run["experiment_alias"]))


@cache
def studies() -> tuple[Study, ...]:
    """All studies, in the order of their first experiments."""
    members: dict[tuple[str, str, str], dict[str, Experiment]] = {}
    for item in all_experiments():
        organism = get_assembly(item.genome).organism
        # The real series has genotypes, and two cell types.
        key = (organism, item.antigen, "" if item.genotype else item.cell_type)
        members.setdefault(key, {}).setdefault(item.accession, item)
    return tuple(_study(number, list(found.values())) for number, found in enumerate(members.values(), start=1))


def series() -> dict[str, tuple[Study, ...]]:
    """Series of GEO -> the studies it consists of."""
    found = {study.series: (study,) for study in studies() if study.series}
    return found | {SUPERSERIES: tuple(one for group in list(found.values())[:2] for one in group)}


def _study(number: int, members: list[Experiment]) -> Study:
    first = members[0]
    archive = first.accession[0]
    accession, project = f"{archive}RP{_FIRST + number}", f"PRJ{'EB' if archive == 'E' else 'NA'}{_FIRST + number}"
    in_geo = any(item.gsm for item in members)
    is_real = any(item.accession == "SRX5865959" for item in members)
    number_of_series = TP53_SERIES if is_real else f"GSE{_FIRST + number}" if in_geo else ""
    encode = f" ({ENCODE_ID})" if (first.antigen, first.cell_type) == _ENCODE_STUDY else ""
    runs = []
    for at, item in enumerate(members):
        strategy = _STRATEGIES.get(item.antigen_class, "ChIP-Seq")
        for run in range(2 if at % _TWO_RUNS_EACH == _TWO_RUNS_EACH - 1 else 1):
            runs.append(_run((number, at, run), item, strategy, item.accession, item.gsm, accession, project))
    if in_geo:
        for at, strategy in ((90, "RNA-Seq"), (91, "ChIP-Seq")):
            name = f"{archive}RX{_FIRST + 100 * number + at}"
            gsm = f"GSM{_FIRST + 100 * number + at}"
            runs.append(_run((number, at, 0), first, strategy, name, gsm, accession, project))
    return Study(
        accession, project, number_of_series, f"SIMULATED {first.antigen} in {first.cell_type}{encode}", tuple(runs)
    )


def _run(
    numbers: tuple[int, int, int], item: Experiment, strategy: str, name: str, gsm: str, study: str, project: str
) -> dict[str, str]:
    number = _FIRST + 1000 * numbers[0] + 10 * numbers[1] + numbers[2]
    sample = _FIRST + 100 * numbers[0] + numbers[1]
    archive = name[0]
    return {
        "run_accession": f"{archive}RR{number}",
        "experiment_accession": name,
        "experiment_alias": gsm.split()[0] if gsm else "",
        "experiment_title": f"SIMULATED {strategy}: {item.antigen}, {item.cell_type}",
        "sample_accession": f"SAM{'EA' if archive == 'E' else 'N'}{sample}",
        "secondary_sample_accession": f"{archive}RS{sample}",
        "study_accession": project,
        "secondary_study_accession": study,
        "library_strategy": strategy,
        "scientific_name": get_assembly(item.genome).organism,
    }

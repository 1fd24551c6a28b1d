"""The simulated experiments.

``data/gse131484.csv`` holds facts of a real series (GSE131484, TP53 ChIP-seq in two leukaemia lines), as ChIP-Atlas
lists them. ``data/experiments.csv`` gives the accessions of ChIP-Atlas's own form examples *simulated* labels and read
counts, and adds experiments whose numbers (from 99,000,001 up) the archives have not assigned. All signal is simulated.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ....chipatlas.assemblies import ASSEMBLIES

_DATA = Path(__file__).parent / "data"
READ_LENGTH = 50
_NO_PEAKS_FIELD = "-"


@dataclass(frozen=True)
class Experiment:
    """One experiment in one assembly.

    Attributes
    ----------
    gsm : str
        Its GEO sample; two with a space between, where two samples were made one experiment; or empty.
    conditions : tuple of str
        Labels to which effects are attached (`emulator.simulation.samples.effects`).
    reads : int
        Sequenced reads (of a pair, one).
    genotype : str
        A genotype has a little variation of its own in each site, the same in all its experiments.
    mapped_percent, duplicate_percent : float
        As in ChIP-Atlas's read information; the first may exceed 100, as it does there.
    """

    accession: str
    gsm: str
    genome: str
    antigen_class: str
    antigen: str
    cell_class: str
    cell_type: str
    title: str
    attributes: str
    conditions: tuple[str, ...]
    paired: bool
    reads: int
    mapped_percent: float
    duplicate_percent: float
    peaks: str = _NO_PEAKS_FIELD
    genotype: str = ""

    @property
    def is_bisulfite(self) -> bool:
        """Whether it carries methylation, not peaks."""
        return self.antigen_class == "Bisulfite-Seq"

    @property
    def usable_reads(self) -> float:
        """Mapped reads without duplicates, both mates of a pair counted."""
        layout = 2 if self.paired else 1
        return self.reads * self.mapped_percent / 100 * (1 - self.duplicate_percent / 100) * layout

    @property
    def scale(self) -> float:
        """Coverage in reads per million that one read gives: what a bigWig's values are multiples of."""
        return 1e6 / self.usable_reads

    @property
    def read_info(self) -> str:
        """``reads,mapped %,duplicates %,peaks``."""
        return f"{self.reads},{self.mapped_percent},{self.duplicate_percent},{self.peaks}"

    @property
    def entry(self) -> dict[str, str]:
        """Its record, under the names of `chipatlas.site.dialects`."""
        return {
            "accession": self.accession,
            "sra_id": "SIMULATED",
            "geo_id": self.gsm,
            "genome": self.genome,
            "antigen_class": self.antigen_class,
            "antigen": self.antigen,
            "cell_type_class": self.cell_class,
            "cell_type": self.cell_type,
            "title": self.title,
            "attributes": self.attributes,
            "read_info": self.read_info,
            "cell_type_info": "SIMULATED",
        }


def find_experiment(identifier: str, genome: str) -> Experiment | None:
    """The experiment of an accession (SRX, ERX, DRX, or GSM) in one assembly."""
    return next((item for item in find_all(identifier) if item.genome == genome), None)


def find_all(identifier: str) -> list[Experiment]:
    """One entry per assembly that holds the experiment, newest assembly first."""
    return list(_by_identifier().get(identifier.upper(), []))


@cache
def all_experiments() -> tuple[Experiment, ...]:
    """Every experiment, by assembly and accession."""
    order = list(ASSEMBLIES)
    found = [*_tp53_series("hg38"), *_tp53_series("hg19"), *_others()]
    return tuple(sorted(found, key=lambda item: (order.index(item.genome), item.accession)))


@cache
def _by_identifier() -> dict[str, list[Experiment]]:
    found: dict[str, list[Experiment]] = {}
    for item in all_experiments():
        for name in (item.accession, *item.gsm.split()):
            found.setdefault(name, []).append(item)
    return found


def _tp53_series(genome: str) -> list[Experiment]:
    return [
        Experiment(
            accession=row["accession"],
            gsm=row["gsm"],
            genome=genome,
            antigen_class="TFs and others",
            antigen="TP53",
            cell_class="Blood",
            cell_type=row["cell_type"],
            title=f"{row['gsm']}: {row['cell_type'].replace('-', '')} cells, {row['genotype']}, {row['treatment']}; "
            "Homo sapiens; ChIP-Seq",
            attributes=f"cell line={row['cell_type'].replace('-', '')}\tgenotype={row['genotype']}\t"
            f"treatment={row['treatment']}",
            conditions=(row["cell_type"], row["treatment"]),
            paired=False,
            reads=int(row["reads"]),
            mapped_percent=float(row["mapped_percent"]),
            duplicate_percent=float(row["duplicate_percent"]),
            peaks=row["peaks"],
            genotype=row["genotype"],
        )
        for row in _rows("gse131484.csv")
    ]


def _others() -> list[Experiment]:
    return [
        Experiment(
            accession=row["accession"],
            gsm=row["gsm"],
            genome=row["genome"],
            antigen_class=row["antigen_class"],
            antigen=row["antigen"],
            cell_class=row["cell_class"],
            cell_type=row["cell_type"],
            title=f"{row['gsm'].split()[0]}: {label}" if row["gsm"] else label,
            attributes=f"source_name={row['cell_type']}\tsex={row['sex']}\tcondition={row['condition'] or 'none'}\t"
            "labels=SIMULATED",
            conditions=tuple(filter(None, (row["cell_type"], row["condition"]))),
            paired=row["layout"] == "paired",
            reads=int(row["reads"]),
            mapped_percent=float(row["mapped_percent"]),
            duplicate_percent=float(row["duplicate_percent"]),
        )
        for row in _rows("experiments.csv")
        for label in [
            row["title"] or f"SIMULATED {row['antigen']} in {row['cell_type']}, {row['condition'] or 'no condition'}"
        ]
    ]


def _rows(name: str) -> list[dict[str, str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))

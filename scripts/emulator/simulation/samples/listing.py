"""``experimentList.tab``: every simulated experiment, a line for each assembly that holds it; or one of real size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import numpy as np

from ..factors.table_experiments import table_entries
from ..genome.seeds import SIMULATION_SEED
from .experiments import all_experiments

_ORDER = (
    "accession",
    "genome",
    "antigen_class",
    "antigen",
    "cell_type_class",
    "cell_type",
    "cell_type_info",
    "read_info",
    "title",
    "attributes",
)


@cache
def experiment_list() -> bytes:
    """The list as the data server holds it: no header, attributes as further fields."""
    entries = [*(item.entry for item in all_experiments()), *table_entries()]
    return "".join(map(list_line, entries)).encode()


def list_line(entry: Mapping[str, str]) -> str:
    """One line, its attributes (tabs between them) as fields of their own."""
    return "\t".join(entry[name] for name in _ORDER) + "\n"


#: Share of each assembly in the list of real size.
_SHARES = {"hg38": 0.27, "hg19": 0.27, "mm10": 0.2, "mm9": 0.2, "rn6": 0.01, "dm6": 0.02, "sacCer3": 0.03}
_ANTIGENS, _CELL_TYPES, _STUDIES = 2000, 4000, 20_000
_CLASSES = ("TFs and others", "Histone", "ATAC-Seq", "DNase-seq", "Input control", "RNA polymerase", "Bisulfite-Seq")
_CELL_CLASSES = ("Blood", "Liver", "Neural", "Breast", "Lung", "Pluripotent stem cell", "Embryo", "Others")
_TREATMENTS = ("DMSO", "Daunorubicin", "Dexamethasone", "Estradiol", "none", "siRNA", "LPS")
_LINES_A_WRITE = 20_000


def write_list(folder: Path, count: int) -> Path:
    """Write a list of `count` lines, none of them an experiment of the archives: accessions from SRX990000000 up."""
    path = folder / "experimentList.tab"
    with path.open("w", encoding="utf-8") as sink:
        for start in range(0, count, _LINES_A_WRITE):
            sink.writelines(_made_up(start, min(count, start + _LINES_A_WRITE)))
    return path


def _made_up(start: int, stop: int) -> Iterator[str]:
    rng = np.random.default_rng([SIMULATION_SEED, start])
    n = stop - start
    genomes = rng.choice(list(_SHARES), n, p=np.array(list(_SHARES.values())) / sum(_SHARES.values()))
    # A few antigens and cell types make up most of the real list.
    antigens = rng.zipf(1.3, n) % _ANTIGENS
    cells = rng.zipf(1.3, n) % _CELL_TYPES
    drawn = rng.integers(0, 1 << 30, (n, 6))
    for row, (number, genome, antigen, cell) in enumerate(
        zip(range(start, stop), genomes.tolist(), antigens.tolist(), cells.tolist(), strict=True)
    ):
        a, b, c, d, e, f = drawn[row].tolist()
        kind = _CLASSES[antigen % len(_CLASSES)]
        name = f"SIMTF{antigen:04d}" if kind == "TFs and others" else f"{kind} {antigen}"
        line, treatment = f"Simulated-line-{cell}", _TREATMENTS[d % len(_TREATMENTS)]
        yield list_line(
            {
                "accession": f"SRX{990_000_000 + number}",
                "genome": genome,
                "antigen_class": kind,
                "antigen": name,
                "cell_type_class": _CELL_CLASSES[cell % len(_CELL_CLASSES)],
                "cell_type": line,
                "cell_type_info": "SIMULATED",
                "read_info": f"{a % 60_000_000},{60 + b % 400 / 10},{c % 500 / 10},{d % 90_000}",
                "title": f"GSM{990_000_000 + number}: SIMULATED {name} {line} {treatment} rep{1 + e % 3}; ChIP-Seq",
                "attributes": f"source_name={line}\ttreatment={treatment}\tgenotype=WT{f % 90}\t"
                f"chip antibody=anti-{name} (vendor {e % 70}, lot {f % 5000})\tpassage={c % 30}\t"
                f"study=SIMULATED study {b % _STUDIES}\tlabels=SIMULATED",
            }
        )

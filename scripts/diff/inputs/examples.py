"""The example comparisons: two of TP53 after DNA damage, and those ChIP-Atlas's own Diff Analysis form offers."""

from __future__ import annotations

from dataclasses import dataclass

from ...common.errors import NotFoundError
from ...common.text import near_matches


@dataclass(frozen=True)
class Example:
    """A comparison of two groups of public experiments."""

    name: str
    summary: str
    experiments_a: tuple[str, ...]
    experiments_b: tuple[str, ...]
    genome: str
    analysis_type: str
    description_a: str = "Data set A"
    description_b: str = "Data set B"
    series: str = ""
    design_caveat: str = ""
    genotypes: tuple[str, ...] = ()

    @property
    def samples(self) -> dict[str, list[str]]:
        """What tells the members apart: column -> a value for each, of group A, then of group B."""
        if not self.genotypes:
            return {}
        names = [*self.experiments_a, *self.experiments_b]
        return {"sample": names, "genotype": [*self.genotypes, *self.genotypes]}


def _srx(*numbers: int) -> tuple[str, ...]:
    return tuple(f"SRX{number}" for number in numbers)


_GENOTYPES = (
    "The members of each group are different TP53 genotypes ({genotypes}), one experiment each: not biological "
    "replicates. The test sees the average over genotypes, and what the genotypes change counts as noise."
)

_EXAMPLES = [
    Example(
        name="tp53_k562_dmso_vs_daunorubicin",
        summary="TP53 ChIP-seq in K-562, DMSO vs Daunorubicin (8 vs 8)",
        experiments_a=_srx(*range(5865959, 5865967)),
        experiments_b=_srx(*range(5865967, 5865975)),
        genome="hg38",
        analysis_type="diffbind",
        description_a="DMSO",
        description_b="Daunorubicin",
        series="GSE131484",
        genotypes=("R175H", "Y220C", "M237I", "R248Q", "R273H", "R282W", "knock-out", "wild type"),
        design_caveat=_GENOTYPES.format(genotypes="R175H, Y220C, M237I, R248Q, R273H, R282W, knock-out, wild type")
        + " The knock-outs (SRX5865965, SRX5865973) have no TP53 to bind; try the comparison without them as well.",
    ),
    Example(
        name="tp53_molm13_vs_k562",
        summary="TP53 ChIP-seq, MOLM-13 vs K-562, both DMSO (4 vs 4)",
        experiments_a=_srx(5865975, 5865976, 5865977, 5865982),
        experiments_b=_srx(5865959, 5865960, 5865961, 5865966),
        genome="hg38",
        analysis_type="diffbind",
        description_a="MOLM-13",
        description_b="K-562",
        series="GSE131484",
        genotypes=("R175H", "Y220C", "M237I", "wild type"),
        design_caveat=_GENOTYPES.format(genotypes="R175H, Y220C, M237I, wild type")
        + " The two cell lines also differ in sex (MOLM-13 male, K-562 female) and in copy number.",
    ),
]


def _official(genome: str, analysis_type: str, a: tuple[str, ...], b: tuple[str, ...]) -> Example:
    what = "peaks" if analysis_type == "diffbind" else "methylation"
    return Example(
        name=f"official_{genome}_{analysis_type}",
        summary=f"ChIP-Atlas's own example for {genome}, {what} ({len(a)} vs {len(b)})",
        experiments_a=a,
        experiments_b=b,
        genome=genome,
        analysis_type=analysis_type,
    )


_EXAMPLES += [
    _official("hg38", "diffbind", _srx(4099758, 4099759), _srx(3481056, 3481057)),
    _official("hg38", "dmr", _srx(*range(6831786, 6831792)), _srx(*range(6831796, 6831800))),
    _official("mm10", "diffbind", _srx(18419259, 18419260, 18419261), _srx(18419262, 18419263, 18419264)),
    _official("mm10", "dmr", _srx(17849967, 17849968), _srx(17849977, 17849978)),
    _official("rn6", "diffbind", _srx(10580924, 10580925), _srx(10580930, 10580933)),
    _official("rn6", "dmr", _srx(9722277), _srx(9722279)),
    _official("dm6", "diffbind", _srx(7277007, 7277009, 7277010), _srx(7277008, 7277011, 7277012)),
    _official("dm6", "dmr", _srx(1552723), _srx(14560446)),
    _official("ce11", "diffbind", _srx(7246256, 7246261), _srx(7246270, 7246265)),
    _official("sacCer3", "diffbind", _srx(4555013, 4555039, 4555051), _srx(4555040, 4555064)),
    _official(
        "sacCer3",
        "dmr",
        ("ERX4244102", "ERX4244103"),
        ("ERX4244104", "ERX4244105", "ERX4244106", "ERX4244107"),
    ),
]

EXAMPLES = {example.name: example for example in _EXAMPLES}


def get_example(name: str) -> Example:
    """Look an example up by its exact name; `NotFoundError` lists the ones there are."""
    if isinstance(name, str) and name in EXAMPLES:
        return EXAMPLES[name]
    raise NotFoundError(
        f"Unknown example {name!r}. There are: {', '.join(EXAMPLES)}.", near_matches(str(name), EXAMPLES, limit=3)
    )


def find_example(experiments_a: list[str], experiments_b: list[str]) -> Example | None:
    """The example whose two groups are exactly these, whichever way round, if there is one."""
    asked = (frozenset(experiments_a), frozenset(experiments_b))
    for example in EXAMPLES.values():
        known = (frozenset(example.experiments_a), frozenset(example.experiments_b))
        if asked in (known, known[::-1]):
            return example
    return None

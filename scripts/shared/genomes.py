"""The assemblies ChIP-Atlas serves, and what the checks need to know of their chromosomes."""

from __future__ import annotations

from dataclasses import dataclass

from scripts.shared.errors import NotFoundError
from scripts.shared.text import near_matches


def _numbered(last: int) -> tuple[str, ...]:
    return tuple(f"chr{number}" for number in range(1, last + 1))


_ROMAN = (
    "I",
    "II",
    "III",
    "IV",
    "V",
    "VI",
    "VII",
    "VIII",
    "IX",
    "X",
    "XI",
    "XII",
    "XIII",
    "XIV",
    "XV",
    "XVI",
)
_FLY_ARMS = ("chr2L", "chr2R", "chr3L", "chr3R", "chr4")


@dataclass(frozen=True)
class Assembly:
    """One genome assembly, in UCSC's chromosome names.

    Attributes
    ----------
    name, organism : str
        UCSC's name, such as ``hg38``, and the species.
    autosomes : tuple of str
        In karyotype order. Fly chromosomes are their euchromatic arms; dm3's ``*Het`` and ``chrU*`` are unplaced.
    sex : tuple of str
        Chromosomes whose copy number depends on sex: X and Y, X alone in the worm (XX/X0), none in yeast.
    mitochondrial : tuple of str
        Names the mitochondrial genome goes by; UCSC's own first.
    gene_tracks : tuple of str
        UCSC gene tracks to ask, best first.
    """

    name: str
    organism: str
    autosomes: tuple[str, ...]
    sex: tuple[str, ...]
    mitochondrial: tuple[str, ...] = ("chrM", "chrMT", "MT")
    gene_tracks: tuple[str, ...] = ("ncbiRefSeq", "refGene")

    @property
    def chromosomes(self) -> tuple[str, ...]:
        """Standard chromosomes, mitochondrion last."""
        return self.autosomes + self.sex + self.mitochondrial

    @property
    def display_order(self) -> tuple[str, ...]:
        """Standard chromosomes under UCSC's names, for an axis."""
        return self.autosomes + self.sex + self.mitochondrial[:1]


_ASSEMBLIES = [
    Assembly("hg38", "Homo sapiens", _numbered(22), ("chrX", "chrY")),
    Assembly("hg19", "Homo sapiens", _numbered(22), ("chrX", "chrY")),
    Assembly("mm10", "Mus musculus", _numbered(19), ("chrX", "chrY")),
    Assembly("mm9", "Mus musculus", _numbered(19), ("chrX", "chrY")),
    Assembly("rn6", "Rattus norvegicus", _numbered(20), ("chrX", "chrY")),
    Assembly("dm6", "Drosophila melanogaster", _FLY_ARMS, ("chrX", "chrY")),
    Assembly("dm3", "Drosophila melanogaster", _FLY_ARMS, ("chrX",)),
    Assembly("ce11", "Caenorhabditis elegans", tuple(f"chr{r}" for r in _ROMAN[:5]), ("chrX",)),
    Assembly("ce10", "Caenorhabditis elegans", tuple(f"chr{r}" for r in _ROMAN[:5]), ("chrX",)),
    Assembly(
        "sacCer3",
        "Saccharomyces cerevisiae",
        tuple(f"chr{r}" for r in _ROMAN),
        (),
        gene_tracks=("ncbiRefSeq", "sgdGene"),
    ),
]

ASSEMBLIES = {assembly.name: assembly for assembly in _ASSEMBLIES}


def get_assembly(name: str) -> Assembly:
    """Look an assembly up by its exact name; `NotFoundError` lists the ones there are."""
    if isinstance(name, str) and name in ASSEMBLIES:
        return ASSEMBLIES[name]
    aliases = {"grch38": "hg38", "grch37": "hg19", "grcm38": "mm10", "bdgp6": "dm6", "wbcel235": "ce11"}
    alias = aliases.get(str(name).strip().lower())
    raise NotFoundError(
        f"Unknown genome {name!r}. ChIP-Atlas offers: {', '.join(ASSEMBLIES)}.",
        [alias] if alias else near_matches(str(name), ASSEMBLIES),
    )

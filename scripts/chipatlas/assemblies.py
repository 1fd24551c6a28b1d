"""The assemblies ChIP-Atlas serves, and what the checks need to know of their chromosomes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ..common.errors import NotFoundError
from ..common.text import near_matches


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
    """One genome assembly, in UCSC's chromosome names where UCSC holds it.

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
    plastid : tuple of str
        Names of a plant's plastid genome.
    gene_tracks : tuple of str
        UCSC gene tracks to ask, best first; none for an assembly that UCSC does not hold.
    any_spelling : bool
        Whether the names of chromosomes are those that the data use (`as_spelled`): there is no agreed spelling.
    """

    name: str
    organism: str
    autosomes: tuple[str, ...]
    sex: tuple[str, ...]
    mitochondrial: tuple[str, ...] = ("chrM", "chrMT", "MT")
    gene_tracks: tuple[str, ...] = ("ncbiRefSeq", "refGene")
    plastid: tuple[str, ...] = ()
    any_spelling: bool = False

    @property
    def organelles(self) -> tuple[str, ...]:
        """Every name of the mitochondrial and the plastid genome."""
        return self.mitochondrial + self.plastid

    @property
    def chromosomes(self) -> tuple[str, ...]:
        """Standard chromosomes, organelles last."""
        return self.autosomes + self.sex + self.organelles

    @property
    def display_order(self) -> tuple[str, ...]:
        """Standard chromosomes, each under one name, for an axis."""
        return self.autosomes + self.sex + self.mitochondrial[:1] + self.plastid[:1]

    def as_spelled(self, contigs: Iterable[str]) -> Assembly:
        """This assembly in the spelling of some data: ``Chr1``, ``chr1`` or ``1``, whichever their contigs use.

        Parameters
        ----------
        contigs : iterable of str
            Names that the data use. A chromosome that is not among them is spelled as the others are.

        Returns
        -------
        Assembly
            Itself, where the spelling is agreed upon.
        """
        if not self.any_spelling:
            return self
        present = list(dict.fromkeys(contigs))
        chromosome = re.compile(r"(chr(?:omosome)?[_ ]?)?0*(\d+)", re.IGNORECASE)
        spelled = [found for name in present if (found := chromosome.fullmatch(name))]
        prefix = (spelled[0].group(1) or "") if spelled else _letters(self.autosomes[0])
        own = {int(found.group(2)): found.group() for found in reversed(spelled)}
        numbers = [int(re.sub(r"\D", "", name)) for name in self.autosomes]
        more = [found.group() for found in spelled if int(found.group(2)) in numbers]
        autosomes = [own.get(number, f"{prefix}{number}") for number in numbers]

        def organelle(names: tuple[str, ...]) -> tuple[str, ...]:
            known = {name.casefold() for name in names}
            return tuple(dict.fromkeys([*(name for name in present if name.casefold() in known), *names]))

        return replace(
            self,
            autosomes=tuple(dict.fromkeys([*autosomes, *more])),
            mitochondrial=organelle(self.mitochondrial),
            plastid=organelle(self.plastid),
        )


def _letters(name: str) -> str:
    return re.sub(r"\d+$", "", name)


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
    Assembly(
        "TAIR12",
        "Arabidopsis thaliana",
        tuple(f"Chr{number}" for number in range(1, 6)),
        (),
        mitochondrial=("ChrM", "M", "MT", "Mt", "mitochondria", "mitochondrion"),
        plastid=("ChrC", "C", "Pt", "chloroplast", "plastid"),
        gene_tracks=(),
        any_spelling=True,
    ),
]

ASSEMBLIES = {assembly.name: assembly for assembly in _ASSEMBLIES}

_MM39 = "ChIP-Atlas has no mm39 (GRCm39): its mouse data are of mm10 (GRCm38), whose positions differ; lift them over."
_T2T = "ChIP-Atlas has no T2T-CHM13 (hs1): its human data are of hg38 and hg19, whose positions differ; lift them over."
_RN7 = "ChIP-Atlas has no rn7 (mRatBN7.2): its rat data are of rn6, whose positions differ; lift them over."
_TAIR = "ChIP-Atlas's Arabidopsis assembly is TAIR12, whose positions differ from earlier ones; lift them over."
#: What people type -> the assembly that is meant, and what must be said where it is not the same one. Names are
#: compared without case, spaces and marks.
_HINTS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("grch38", "human", "homosapiens", "hsapiens", "hg"), ("hg38", "")),
    **dict.fromkeys(("grch37", "b37", "hs37d5", "ncbi37"), ("hg19", "")),
    **dict.fromkeys(("hs1", "t2t", "chm13", "t2tchm13", "t2tchm13v2", "t2tchm13v20"), ("hg38", _T2T)),
    **dict.fromkeys(("grcm38", "mouse", "musmusculus", "mmusculus", "mm"), ("mm10", "")),
    **dict.fromkeys(("ncbim37", "mgscv37"), ("mm9", "")),
    **dict.fromkeys(("mm39", "grcm39"), ("mm10", _MM39)),
    **dict.fromkeys(("rat", "rnor6", "rnor60", "rattusnorvegicus", "rnorvegicus"), ("rn6", "")),
    **dict.fromkeys(("rn7", "mratbn72", "rn8", "grcr8"), ("rn6", _RN7)),
    **dict.fromkeys(("bdgp6", "fly", "fruitfly", "drosophila", "drosophilamelanogaster", "dmelanogaster"), ("dm6", "")),
    **dict.fromkeys(("bdgp5", "bdgpr5"), ("dm3", "")),
    **dict.fromkeys(("wbcel235", "worm", "celegans", "caenorhabditiselegans"), ("ce11", "")),
    **dict.fromkeys(("ws220",), ("ce10", "")),
    **dict.fromkeys(
        ("yeast", "buddingyeast", "scerevisiae", "saccharomycescerevisiae", "r64", "r6411"), ("sacCer3", "")
    ),
    **dict.fromkeys(("arabidopsis", "arabidopsisthaliana", "athaliana"), ("TAIR12", "")),
    **dict.fromkeys(("tair", "tair9", "tair10", "tair11", "araport11"), ("TAIR12", _TAIR)),
}


def get_assembly(name: str) -> Assembly:
    """Look an assembly up by its exact name; `NotFoundError` lists those there are, and names the one that is meant."""
    if isinstance(name, str) and name in ASSEMBLIES:
        return ASSEMBLIES[name]
    hint, remark = _HINTS.get(re.sub(r"[^a-z0-9]", "", str(name).lower()), ("", ""))
    raise NotFoundError(
        "\n".join(filter(None, [f"Unknown genome {name!r}. ChIP-Atlas offers: {', '.join(ASSEMBLIES)}.", remark])),
        [hint] if hint else near_matches(str(name), ASSEMBLIES),
    )


def assembly_of(genome: str, contigs: Iterable[str]) -> Assembly:
    """An assembly in the spelling of some data's contigs (see `Assembly.as_spelled`)."""
    return get_assembly(genome).as_spelled(contigs)

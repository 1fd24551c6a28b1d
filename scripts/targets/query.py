"""What is asked for: one factor, one assembly, one window around the TSS. Checked before anything is fetched."""

from __future__ import annotations

import numbers
import re
from dataclasses import dataclass

from scripts.shared.endpoints import data_url
from scripts.shared.errors import InputError
from scripts.shared.genomes import get_assembly

#: Windows around the TSS, in kb, for which ChIP-Atlas computes target genes.
DISTANCES = (1, 5, 10)
MAX_PROTEIN_CHARACTERS = 100
#: Marks that stand in no symbol or antigen name of ChIP-Atlas; hyphens, dots, commas and brackets do.
_NOT_IN_SYMBOLS = frozenset(';<>|&$`"*?!={}')

#: Histone antigens: H3, H2A.Z, H3.3, gH2AX, macroH2A1.2, a mark at a residue (H3K27ac, H2BK120ub, H4R3me2) or of the
#: whole histone (H4ac, H2Bub, H3cr). Gene symbols of histones (H3F3A, H2AC6, H1-0) are left to the index of factors.
HISTONE = re.compile(
    r"""
    (?: (?: H(?:1|2A|2B|3|4) | (?:g|γ|gamma)H2A ) (?:[VXZ]|\.[\w.]+)?
      | (?:macro|m)H2A (?:[12](?:\.[12])?)? )
    (?: [KRSTY]\d+\w*
      | (?:pan|poly|tetra)? (?:ac|me|ub|ph|cr|bu|la|pr|bhb|hib|succ|sumo|glcnac) (?:[1-3]|tetra)? )?
    """,
    re.IGNORECASE | re.VERBOSE,
)
#: Organisms whose official symbols begin with a capital; fly, worm and yeast have lower-case ones.
_CAPITALISED = {"Homo sapiens": str.upper, "Mus musculus": str.capitalize, "Rattus norvegicus": str.capitalize}


@dataclass(frozen=True)
class Query:
    """One checked question.

    Attributes
    ----------
    protein : str
        Official symbol, case-sensitive.
    genome : str
        UCSC's assembly name.
    distance : int
        Half-width of the window around the TSS, in kb: 1, 5 or 10.
    """

    protein: str
    genome: str
    distance: int

    @property
    def url(self) -> str:
        """Address of the precomputed table."""
        return data_url(self.genome, "target", f"{self.protein}.{self.distance}.tsv")

    @property
    def place(self) -> str:
        """Assembly and window for the reader: ``hg38, ±5kb``."""
        return f"{self.genome}, ±{self.distance}kb"


def check_query(protein: object, genome: object = "hg38", distance: object = 5) -> Query:
    """Check a question as far as that can be done without asking the service.

    Raises
    ------
    InputError
        An unusable name, a histone mark, a lower-case symbol of a species that capitalises, or another window.
    NotFoundError
        An assembly that ChIP-Atlas does not offer.
    """
    query = check_form(protein, genome, distance)
    if is_histone(query.protein):
        raise InputError(
            f"{query.protein!r} is a histone mark: ChIP-Atlas computes target genes for non-histone antigens only.\n"
            "Ask for a transcription factor or cofactor, such as 'TP53'."
        )
    suggestion = capitalised(query.protein, query.genome)
    if suggestion is not None:
        raise InputError(
            f"Protein {query.protein!r} is all lower case, and names are case-sensitive: did you mean {suggestion}?\n"
            f"Give the official symbol of {get_assembly(query.genome).organism} genes as ChIP-Atlas lists it, no alias "
            "(TP53, not p53)."
        )
    return query


def check_form(protein: object, genome: object = "hg38", distance: object = 5) -> Query:
    """Check that a question can be put into an address at all; whether the name is likely is not judged."""
    return Query(_check_protein(protein), get_assembly(genome).name, _check_distance(distance))  # type: ignore[arg-type]


def is_histone(protein: str) -> bool:
    """Whether a name is a histone or a histone mark."""
    return HISTONE.fullmatch(protein) is not None


def capitalised(protein: str, genome: str) -> str | None:
    """The likely symbol behind an all-lower-case name, or None where lower case can be right."""
    convert = _CAPITALISED.get(get_assembly(genome).organism)
    return convert(protein) if convert is not None and protein.islower() else None


def _check_protein(protein: object) -> str:
    if not isinstance(protein, str):
        raise InputError(f"protein is {protein!r}; give one gene symbol as text, such as 'TP53'.")
    name = protein.strip()
    if not name:
        raise InputError("protein is empty; give one gene symbol, such as 'TP53'.")
    if any(part in name for part in ("/", "\\", "..")) or not name.isprintable():
        raise InputError(
            f"protein is {name[:40]!r}, which holds a path or control characters; give one gene symbol, such as 'TP53'."
        )
    strange = sorted({mark for mark in name if mark in _NOT_IN_SYMBOLS})
    if strange:
        raise InputError(
            f"protein is {name[:40]!r}; no gene symbol holds {', '.join(map(repr, strange))}. Give one, such as 'TP53'."
        )
    if not any(character.isalnum() for character in name):
        raise InputError(f"protein is {name[:40]!r}; give one gene symbol, such as 'TP53'.")
    if len(name) > MAX_PROTEIN_CHARACTERS:
        raise InputError(f"protein {name[:40]!r}... has {len(name)} characters; give one gene symbol, such as 'TP53'.")
    return name


def _check_distance(distance: object) -> int:
    whole = isinstance(distance, numbers.Real) and not isinstance(distance, bool) and distance in DISTANCES
    if not whole:
        raise InputError(
            f"distance is {distance!r}; target genes are computed for 1, 5 or 10 (kb either side of the TSS)."
        )
    return int(distance)  # type: ignore[call-overload]

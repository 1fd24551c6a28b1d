"""What is asked for: one factor, one assembly, one window around the TSS. Checked before anything is fetched."""

from __future__ import annotations

import numbers
import re
from dataclasses import dataclass

from ...chipatlas.assemblies import get_assembly
from ...chipatlas.endpoints import data_url
from ...chipatlas.site.aliases import symbols_of
from ...common.errors import InputError
from ...common.text import fold

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
#: A modification after the histone's own name: a residue with a number, or one of the whole histone.
_MARK = re.compile(r"[KRSTY]\d+|(?:ac|me|ub|ph|cr|bu|la|glcnac)(?:[1-3]|tetra)?$|^(?:g|γ|gamma)H2A", re.IGNORECASE)
#: Assays that show where DNA is accessible, controls and tags, under the names that ChIP-Atlas gives them.
_ASSAYS = {
    **dict.fromkeys(("atacseq", "atac", "dnaseseq", "dnase", "faireseq"), "an assay of accessibility, no protein"),
    **dict.fromkeys(("inputcontrol", "input", "igg"), "a control, no protein that binds DNA"),
}
_TAGS = {"gfp", "epitopetags", "biotin", "flag", "ha"}
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
        An unusable name, a lower-case symbol of a species that capitalises, or another window.
    NotFoundError
        An assembly that ChIP-Atlas does not offer.
    """
    query = check_form(protein, genome, distance)
    likely = capitalised(query.protein, query.genome)
    if likely is not None:
        meant = " or ".join(symbols_of(query.protein, query.genome) or [likely])
        raise InputError(
            f"Protein {query.protein!r} is all lower case, and names are case-sensitive: did you mean {meant}?\n"
            f"Give the official symbol of {get_assembly(query.genome).organism} genes as ChIP-Atlas lists it, no alias "
            "(TP53, not p53)."
        )
    return query


def check_form(protein: object, genome: object = "hg38", distance: object = 5) -> Query:
    """Check that a question can be put into an address at all; whether the name is likely is not judged."""
    assembly = get_assembly(genome)  # type: ignore[arg-type]
    if isinstance(protein, str) and "/" in protein and (meant := symbols_of(protein, assembly.name)):
        raise InputError(
            f"protein is {protein[:40]!r}, a common name of {' and '.join(meant)}; give one of these symbols."
        )
    return Query(_check_protein(protein), assembly.name, _check_distance(distance))


def is_histone(protein: str) -> bool:
    """Whether a name is a histone or a histone mark."""
    return HISTONE.fullmatch(protein) is not None


def without_table_today(protein: str) -> str:
    """What a name stands for that today's pipeline computes no table of (``a histone mark``); else empty."""
    if is_histone(protein):
        return "a histone mark" if _MARK.search(protein) else "a histone"
    return _ASSAYS.get(fold(protein), "")


def no_factor(protein: str) -> str:
    """What a name stands for that is no particular protein which binds DNA; empty for all others."""
    return without_table_today(protein) or ("a tag, which stands for any protein" if fold(protein) in _TAGS else "")


def capitalised(protein: str, genome: str) -> str | None:
    """The likely symbol behind an all-lower-case name, or None where lower case can be right."""
    convert = _CAPITALISED.get(get_assembly(genome).organism)
    return convert(protein) if convert is not None and protein.islower() and not is_histone(protein) else None


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

"""What is asked for: one factor, one assembly, one window around the TSS. Checked before anything is fetched."""

from __future__ import annotations

import numbers
from dataclasses import dataclass

from ...chipatlas.antigens import is_histone
from ...chipatlas.assemblies import get_assembly
from ...chipatlas.endpoints import data_url
from ...chipatlas.site.aliases import symbols_of
from ...common.errors import InputError

#: Windows around the TSS, in kb, for which ChIP-Atlas computes target genes.
DISTANCES = (1, 5, 10)
MAX_PROTEIN_CHARACTERS = 100
#: Marks that stand in no symbol or antigen name of ChIP-Atlas; hyphens, dots, commas and brackets do.
_NOT_IN_SYMBOLS = frozenset(';<>|&$`"*?!={}')

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

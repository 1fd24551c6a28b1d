"""Genes of gene sets under the names that the analysis knows them by; how many are known is counted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from ..common.errors import InputError
from ..common.text import plural
from .gmt import GeneSets, Key

_EXAMPLES = 5


@dataclass(frozen=True)
class KnownSets:
    """Gene sets in the analysis's own names.

    Attributes
    ----------
    sets : dict of (library, name) to frozenset of str
    total, known, by_case : int
        Genes of all sets; of these, those that the analysis knows; of these, those known but for upper and lower case.
    """

    sets: dict[Key, frozenset[str]]
    total: int
    known: int
    by_case: int

    def statement(self, whose: str) -> str:
        """How many are known, in words."""
        case = f", {self.by_case:,} of them by another case" if self.by_case else ""
        return (
            f"{self.known:,} of the {plural(self.total, 'gene')} of the sets ({self.known / self.total:.0%}) are known "
            f"to {whose}{case}; the others count nowhere."
        )


def known_sets(collections: list[GeneSets], names: Collection[str], whose: str, least: float) -> KnownSets:
    """Write every gene as `names` does: as it is where it is there, else by the one name that differs in case alone.

    Parameters
    ----------
    names : collection of str
        The genes that the analysis can find.
    whose : str
        Of what they are, for the message.
    least : float
        Share (0..1) of the smaller of the two lists of genes that must be in the other.

    Raises
    ------
    InputError
        Fewer are known: the sets are of another species, or of other names.
    """
    exact = set(names)
    folded: dict[str, str | None] = {}
    for name in exact:
        # What two names share is neither's.
        folded[name.casefold()] = None if name.casefold() in folded else name
    written = {gene for one in collections for genes in one.sets.values() for gene in genes}
    found = {gene: gene if gene in exact else folded.get(gene.casefold()) for gene in written}
    known = {gene: name for gene, name in found.items() if name is not None}
    by_case = int(np.sum([gene != name for gene, name in known.items()], dtype=int))
    enough = least * min(len(written), len(exact))
    if not known or len(known) < enough:
        unknown = ", ".join(sorted(written - set(known))[:_EXAMPLES])
        raise InputError(
            f"Of the {plural(len(written), 'gene')} of the gene sets, {len(known):,} are known to {whose}; not "
            f"{unknown}.\nGive sets of the same species, in official symbols (no Ensembl or Entrez IDs)."
        )
    sets = {
        (one.source, name): frozenset(known[gene] for gene in genes if gene in known)
        for one in collections
        for name, genes in one.sets.items()
    }
    return KnownSets(sets, len(written), len(known), by_case)

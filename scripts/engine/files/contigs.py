"""One spelling of contigs for all files of a comparison: ``1`` and ``chr1``, ``MT`` and ``chrM``."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ...chipatlas.assemblies import ASSEMBLIES, Assembly
from ...common.errors import InputError
from ...common.text import plural

_PREFIX = re.compile(r"chr(?:omosome)?[_ ]?(?=.)", re.IGNORECASE)
#: Names of the mitochondrial genome besides those of an assembly: Ensembl's, for yeast, worm and fly.
_MITOCHONDRIAL = ("M", "MT", "Mito", "MtDNA", "mitochondrion_genome")
_MITOCHONDRION, _PLASTID = "mitochondrion", "plastid"
#: UCSC's chrM of hg19 is another sequence than the MT of GRCh37: positions differ.
_OTHER_MITOCHONDRION = frozenset({"hg19"})
_SHOWN_CHANGES = 3


class Contigs(NamedTuple):
    """The contigs of one file, and whether the file is ChIP-Atlas's own."""

    names: Sequence[str]
    public: bool


@dataclass(frozen=True)
class Spelling:
    """How the main chromosomes of an assembly are spelled in a comparison.

    Attributes
    ----------
    names : dict of str to str
        Chromosome, without prefix and case -> its name. Empty where names stay as they are.
    aliases : dict of str to str
        Other names of a chromosome, without prefix and case -> the chromosome.
    """

    names: dict[str, str]
    aliases: dict[str, str]

    def changes(self, contigs: Iterable[str], file: str) -> dict[str, str]:
        """Names of a file that are spelled otherwise -> the spelling of the comparison.

        Only main chromosomes are translated; scaffolds keep their names.

        Parameters
        ----------
        contigs : iterable of str
        file : str
            For messages.

        Raises
        ------
        InputError
            The file holds a chromosome under two names, such as ``1`` and ``chr1``, and it is not the mitochondrial or
            plastid genome: of these some assemblies hold two, which keep their names.
        """
        spelled = defaultdict(list)
        for name in dict.fromkeys(contigs):
            if (chromosome := _chromosome(name, self.aliases)) in self.names:
                spelled[chromosome].append(name)
        twice = {key: names for key, names in spelled.items() if len(names) > 1}
        for chromosome, names in twice.items():
            if chromosome not in (_MITOCHONDRION, _PLASTID):
                raise InputError(
                    f"{file} holds {' and '.join(names)}, two spellings of one chromosome: which is meant cannot be "
                    "told.\nMake a file that spells its contigs in one way."
                )
        once = {names[0]: self.names[key] for key, names in spelled.items() if key not in twice}
        return {name: wanted for name, wanted in once.items() if name != wanted}


def spelling_of(genome: str, files: Sequence[Contigs]) -> Spelling:
    """The spelling that the files of a comparison share.

    That of the public files; of a chromosome that they lack UCSC's, or where an assembly has no agreed spelling
    (TAIR12) the one that most files use, and of two as frequent the first.

    Parameters
    ----------
    genome : str
        Assembly. One that is not known has no spelling: names stay as they are.
    files : sequence of Contigs
    """
    assembly = ASSEMBLIES.get(genome)
    if assembly is None:
        return Spelling({}, {})
    aliases = _aliases(assembly)
    names: dict[str, str] = {}
    if not assembly.any_spelling:
        own = (*assembly.autosomes, *assembly.sex, *assembly.mitochondrial[:1])
        names = {_chromosome(name, aliases): name for name in own}
    else:
        names = _most_used(files, assembly, aliases)
    names |= _most_used([file for file in files if file.public], assembly, aliases)
    if genome in _OTHER_MITOCHONDRION:
        names.pop(_MITOCHONDRION, None)
    return Spelling(names, aliases)


def told(changes: dict[str, str]) -> str:
    """What was translated, for a reader."""
    shown = ", ".join(f"{name} to {wanted}" for name, wanted in list(changes.items())[:_SHOWN_CHANGES])
    more = f" and {len(changes) - _SHOWN_CHANGES} more" if len(changes) > _SHOWN_CHANGES else ""
    return f"{plural(len(changes), 'contig')} renamed to the comparison's spelling: {shown}{more}"


def _most_used(files: Sequence[Contigs], assembly: Assembly, aliases: dict[str, str]) -> dict[str, str]:
    """Chromosome -> the name that most files give it; of two as frequent the first."""
    main = {_chromosome(name, aliases) for name in assembly.chromosomes}
    used: dict[str, Counter[str]] = defaultdict(Counter)
    for file in files:
        for name in dict.fromkeys(file.names):
            if (chromosome := _chromosome(name, aliases)) in main:
                used[chromosome][name] += 1
    return {chromosome: counts.most_common(1)[0][0] for chromosome, counts in used.items()}


def _aliases(assembly: Assembly) -> dict[str, str]:
    return {_bare(name): _MITOCHONDRION for name in (*_MITOCHONDRIAL, *assembly.mitochondrial)} | {
        _bare(name): _PLASTID for name in assembly.plastid
    }


def _chromosome(name: str, aliases: dict[str, str]) -> str:
    bare = _bare(name)
    return aliases.get(bare, bare)


def _bare(name: str) -> str:
    """A name without ``chr``, case, and zeros before a number."""
    found = _PREFIX.match(name)
    bare = name[found.end() :] if found else name
    return (bare.lstrip("0") if bare.isdecimal() else bare).casefold()

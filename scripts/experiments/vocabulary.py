"""What people write, and what ChIP-Atlas calls it: spelling is tolerated, and every decision is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from ..chipatlas.assemblies import get_assembly
from ..chipatlas.site.aliases import symbols_of

#: Column -> what it is called when a decision is told.
KINDS = {
    "antigen": "antigen",
    "cell_type": "cell type",
    "antigen_class": "class of antigens",
    "cell_type_class": "class of cell types",
}
#: Words for assays, folded -> ChIP-Atlas's class.
_ASSAYS = {
    **dict.fromkeys(("atac", "atacseq"), "ATAC-Seq"),
    **dict.fromkeys(("dnase", "dnaseseq", "dnasei"), "DNase-seq"),
    **dict.fromkeys(("bisulfite", "bisulfiteseq", "bsseq", "wgbs", "methylation", "methylome"), "Bisulfite-Seq"),
    **dict.fromkeys(("histone", "histones"), "Histone"),
    **dict.fromkeys(("rnapolymerase", "polymerase"), "RNA polymerase"),
}
#: Words that every experiment of the assembly fulfils, by its organism.
_ORGANISMS = {
    "Homo sapiens": ("human", "homo", "sapiens"),
    "Mus musculus": ("mouse", "murine", "mus", "musculus"),
    "Rattus norvegicus": ("rat",),
    "Drosophila melanogaster": ("fly", "drosophila"),
    "Caenorhabditis elegans": ("worm", "elegans"),
    "Saccharomyces cerevisiae": ("yeast", "cerevisiae"),
    "Arabidopsis thaliana": ("arabidopsis", "thaliana"),
}
#: Words that ask for nothing.
_FILLERS = {
    *("in", "of", "the", "a", "an", "and", "or", "with", "without", "for", "from", "vs", "versus", "against"),
    *("chip", "seq", "chipseq", "cells", "cell", "data", "experiments", "samples", "study", "studies"),
    *("how", "does", "do", "did", "what", "which", "where", "is", "are", "was", "were", "there", "i", "we", "my"),
    *("change", "changes", "changed", "differ", "differs", "different", "difference", "differences", "differential"),
    *("between", "compare", "compared", "comparison", "effect", "on", "to", "by", "at", "than", "their", "its", "only"),
    *("other", "others", "find", "show", "please", "binding", "sites", "accessibility", "chromatin", "animals"),
    *("region", "regions", "site", "peak", "peaks", "bind", "binds", "bound"),
}
#: Between two sides of a comparison.
_SIDES = {"vs", "versus", "against", "or"}
#: Nobody wonders about these.
_JOINING = _SIDES | {"with", "without", "and", "in", "of", "the", "a", "an"}
#: Of so many words in a row a name can be made (``Hep G2``, ``CD4 T cells``).
_MOST_WORDS = 4
_MOST_SPELLINGS = 12
#: What submitters write for one thing, folded.
_SAME = ({"wt", "wildtype"}, {"ko", "knockout"}, {"ctrl", "control"}, {"dmso", "dimethylsulfoxide"})
#: Classes of antigens: a closed list.
ANTIGEN_CLASSES = (
    *("TFs and others", "Histone", "RNA polymerase", "Input control", "ATAC-Seq", "DNase-seq", "Bisulfite-Seq"),
    *("Unclassified", "No description"),
)


def folded(text: str) -> str:
    """Letters and digits alone, without case: K-562, k562 and K 562 are the same."""
    return re.sub(r"[\W_]+", "", text).casefold()


def synonyms(text: str) -> set[str]:
    """A value, folded, and what submitters write in its place: ``wild type`` is ``WT``."""
    key = folded(text)
    return {key}.union(*(same for same in _SAME if key in same))


@dataclass
class Understood:
    """A question after reading it.

    Attributes
    ----------
    names : dict
        Column of `KINDS` -> the names that are meant.
    texts : list of str
        Words that must occur in title or attributes.
    any_text : bool
        Whether one of them is enough: two sides of a comparison are asked for.
    either : bool
        Whether a cell type and a class of cell types (an antigen and a class) that were named are two sides, of which
        one is enough; else an experiment must be of both.
    told : list of str
        How each word was understood, for the reader.
    """

    names: dict[str, list[str]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    any_text: bool = False
    either: bool = False
    told: list[str] = field(default_factory=list)


def understand(words: str, vocabulary: Mapping[str, Iterable[str]], genome: str) -> Understood:
    """Read the words of a question.

    Parameters
    ----------
    vocabulary : mapping
        Column of `KINDS` -> the names that occur in it.

    Returns
    -------
    Understood
        The longest runs of words that are names are taken first; antigens before cell types before classes. What is no
        name is a text.
    """
    by_fold = {kind: {folded(name): name for name in vocabulary.get(kind, ())} for kind in KINDS}
    tokens = tokens_of(words)
    sides = any(folded(token) in _SIDES for token in tokens)
    found = Understood(any_text=sides, either=sides)
    without = False
    passed: list[str] = []
    at = 0
    while at < len(tokens):
        length, kind, name = _longest(tokens[at:], by_fold, genome)
        said = " ".join(tokens[at : at + length])
        if kind == "nothing":
            if name:
                found.told.append(f"{said!r}: {name}")
            elif folded(said) not in _JOINING:
                passed.append(said)
            without |= folded(said) == "without"
        elif not kind and without:
            found.told.append(f"{said!r}: experiments with it and without it")
        elif kind:
            found.names.setdefault(kind, []).append(name)
            found.told.append(f"{said!r}: the {KINDS[kind]} {name}")
        else:
            found.texts.append(said)
            found.told.append(f"{said!r}: a word of title or attributes")
        at += length
    if passed:
        found.told.insert(0, f"Words that ask for nothing: {', '.join(passed)}")
    return found


def tokens_of(words: str) -> list[str]:
    """The words of a question, without the marks of a sentence around them."""
    tokens = [token.strip("?!.:()[]\"'") for token in re.split(r"[\s,;]+", words.strip())]
    return [token for token in tokens if folded(token)]


def _longest(tokens: Sequence[str], by_fold: Mapping[str, Mapping[str, str]], genome: str) -> tuple[int, str, str]:
    """How many of the tokens belong together, of which kind they are, and the name that is meant."""
    for length in range(min(_MOST_WORDS, len(tokens)), 0, -1):
        said = " ".join(tokens[:length])
        key = folded(said)
        kinds = [kind for kind, names in by_fold.items() if key in names]
        if kinds:
            # A tissue is a cell type of its class, too: the class holds both.
            kind = "cell_type_class" if kinds == ["cell_type", "cell_type_class"] else kinds[0]
            return length, kind, by_fold[kind][key]
        meant = [name for name in symbols_of(said, genome) if folded(name) in by_fold["antigen"]]
        if len(meant) == 1:
            return length, "antigen", meant[0]
        assay = _ASSAYS.get(key, "")
        if folded(assay) in by_fold["antigen_class"]:
            return length, "antigen_class", assay
    word = folded(tokens[0])
    organism = get_assembly(genome).organism
    if word in _ORGANISMS.get(organism, ()):
        return 1, "nothing", f"every experiment of {genome} is of {organism}"
    return (1, "nothing", "") if word in _FILLERS else (1, "", "")


#: Columns that say the same at two levels.
LEVELS = (("antigen", "antigen_class"), ("cell_type", "cell_type_class"))


def levels_apart(understood: Understood) -> bool:
    """Whether names of both levels (a cell type and a class of cell types) are asked of one experiment."""
    return not understood.either and any(all(name in understood.names for name in level) for level in LEVELS)


def demands(understood: Understood) -> list[dict[str, list[str]]]:
    """What an experiment must fulfil: of each dict one column at least, by bearing one of its names."""
    joined = [level for level in LEVELS if understood.either and all(name in understood.names for name in level)]
    single = [(kind,) for kind in understood.names if not any(kind in level for level in joined)]
    return [{kind: understood.names[kind] for kind in kinds} for kinds in (*joined, *single)]


def spellings(words: str) -> Iterator[str]:
    """Ways to write the words for an index that knows whole words only: K562 is asked for as ``K 562``, too."""
    tokens = tokens_of(words)
    ways = [list(dict.fromkeys([token, *_split(token)])) for token in tokens]
    for number, way in enumerate(product(*ways)):
        if number == _MOST_SPELLINGS:
            return
        yield " ".join(way)


def _split(token: str) -> list[str]:
    """A token with a gap where small letters turn to capitals, and where letters turn to digits."""
    cased = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", token)
    numbered = re.sub(r"(?<=[^\W\d_])(?=\d)", "-", token)
    return [way for way in (cased, numbered) if way != token]


def ways_to_write(token: str) -> list[str]:
    """Every way to write one word for an index of whole words: its other spellings, without its hyphens, its assay."""
    parted = [re.sub(r"[-_]", mark, token) for mark in (" ", "")]
    assay = _ASSAYS.get(folded(token), "")
    return list(dict.fromkeys([token, *_split(token), *parted, *([assay] if assay else [])]))


#: A shorter word occurs in nearly every text as a part of another: it must stand alone.
_SHORTEST_PART = 3


def alone(text: str) -> str:
    """A pattern (for small letters) in which a word that is too short to be looked for as a part stands alone."""
    word = folded(text)
    return rf"(?:^|[^a-z0-9]){re.escape(word)}(?:[^a-z0-9]|$)" if len(word) < _SHORTEST_PART else ""


def matcher(wanted: Iterable[str]) -> Callable[[str], bool]:
    """Whether a text is one of some names, however they are spelled."""
    keys = {folded(name) for name in wanted}
    return lambda text: folded(text) in keys

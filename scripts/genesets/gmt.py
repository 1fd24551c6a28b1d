"""Gene sets as GMT files hold them: one set a line, its name, a description, then its genes, parted by tabs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..common.errors import InputError, NotFoundError
from ..common.files.writing import read_unpacked
from ..common.text import clean_label, ellipsis, plural

#: The largest collections hold some 35,000 sets, in 30 MB.
MOST_BYTES = 1 << 28
_NAME_CHARACTERS = 200
_SHOWN_CHARACTERS = 80
#: Some of Enrichr's libraries weigh their genes: ``TP53,1.0``.
_WEIGHT = re.compile(r",-?[0-9.]+(?:[eE][-+]?[0-9]+)?$")


#: A set by its library and its name: two libraries may have one of the same name.
Key = tuple[str, str]


@dataclass(frozen=True)
class GeneSets:
    """A collection of gene sets.

    Attributes
    ----------
    sets : dict of str to tuple of str
        Name -> genes as they are written, each once.
    source : str
        Where they are from, for readers.
    notes : tuple of str
        Oddities of the file.
    """

    sets: Mapping[str, tuple[str, ...]]
    source: str
    notes: tuple[str, ...] = ()


def read_gmt(path: Path) -> GeneSets:
    """Read a GMT file, packed with gzip or not.

    Raises
    ------
    NotFoundError
        No such file.
    InputError
        It is no GMT file, no text, damaged, or larger than `MOST_BYTES`.
    """
    if not path.is_file():
        raise NotFoundError(f"There is no file {str(path)!r}. Give a GMT file, or the name of an Enrichr library.")
    return parse_gmt(read_unpacked(path, MOST_BYTES), str(path))


def parse_gmt(content: bytes, place: str) -> GeneSets:
    """Read the text of a GMT file.

    Blank lines and either line end are fine. A gene that a set names twice counts once; sets of one name become one,
    with the genes of all; both are noted, and so are sets without a gene, which are left out.

    Raises
    ------
    InputError
        A line without a tab, no text in UTF-8, or no set with a gene: `place` and line are named.
    """
    try:
        lines = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    except UnicodeDecodeError as error:
        raise InputError(f"{place} is no text in UTF-8 ({error.reason}), so no GMT file. {_WANTED}") from error
    sets: dict[str, tuple[str, ...]] = {}
    repeated, empty, merged = 0, 0, 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        name, tab, rest = line.partition("\t")
        name = ellipsis(clean_label(name), _NAME_CHARACTERS)
        if not tab or not name:
            shown = ellipsis(clean_label(line[: 2 * _SHOWN_CHARACTERS]), _SHOWN_CHARACTERS)
            raise InputError(f"{place}, line {number:,}, is no set of a GMT file: {shown!r}. {_WANTED}")
        written = [_WEIGHT.sub("", clean_label(gene)) for gene in rest.split("\t")[1:]]
        genes = tuple(dict.fromkeys(filter(None, written)))
        repeated += sum(map(bool, written)) - len(genes)
        if not genes:
            empty += 1
            continue
        merged += name in sets
        sets[name] = tuple(dict.fromkeys((*sets.get(name, ()), *genes)))
    if not sets:
        raise InputError(f"{place} holds no gene set with a gene. {_WANTED}")
    counted = (
        (repeated, "gene named twice in one set: counted once", "genes named twice in one set: counted once"),
        (empty, "set without a gene: left out", "sets without a gene: left out"),
        (merged, "further set of a name that was there: made one", "further sets of names that were there: made one"),
    )
    return GeneSets(sets, place, tuple(plural(count, one, many) for count, one, many in counted if count))


def own_sets(sets: Mapping[str, Iterable[str]]) -> GeneSets:
    """Gene sets of a mapping: name -> genes."""
    bad = [name for name, genes in sets.items() if not isinstance(name, str) or isinstance(genes, str)]
    if bad or not sets:
        what = f"gene_sets[{bad[0]!r}] is no list of genes" if bad else "gene_sets is an empty mapping"
        raise InputError(f"{what}; give {{'name of a set': ['GENE1', 'GENE2', ...]}}.")
    made = {
        ellipsis(clean_label(name), _NAME_CHARACTERS): tuple(dict.fromkeys(filter(None, map(clean_label, genes))))
        for name, genes in sets.items()
    }
    return GeneSets(made, "the gene sets given")


_WANTED = "A set is one line: name, description, then genes, parted by tabs."

"""Titles that contradict the annotation: one names another factor, and not the one the experiment is listed under.

ChIP-Atlas's annotations are curated by hand, and some are wrong (one experiment is annotated CTCF where its title says
HDAC3). What is found here is a question to the reader, not a correction.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from ...chipatlas.site.aliases import names_of, symbols_of
from ...chipatlas.site.metadata import FACTORS, ExperimentInfo
from ...common.text import fold

#: Antigens that stand for a tagged protein, whichever: the title names the protein, rightly.
_TAGS = {fold(name) for name in ("Epitope tags", "GFP", "Biotin", "FLAG", "HA", "V5", "Myc tag", "BirA")}
#: Shorter symbols are parts of too many other words.
_MIN_CHARACTERS = 3
#: Symbols that are English words, cells, tags or methods as well, unless all of their letters are capitals.
_WORDS = {"max", "rest", "set", "clock", "kit", "tag", "mix", "bright", "spin", "ski", "red", "gal4", "cell", "myc"}
#: Symbols that are something else in a title even in capitals.
_ALSO_ELSE = {"kit", "set", "gfp", "flag", "cat", "chip", "rna", "dna", "seq", "hif", "gal4"}
#: A word of a title: what stands between spaces and marks, hyphens and dots within it kept.
_WORD = re.compile(r"[A-Za-z0-9α-ω/]+(?:[-.][A-Za-z0-9α-ω/]+)*")
#: What may be joined to the name of what was precipitated.
_JOINED = re.compile(
    r"^(?:anti|a|α|flag|3xflag|ha|3xha|v5|gfp|egfp|myc|biotin)-|"
    r"-(?:chip(?:-?seq|-?exo)?|cut&?run|rep(?:licate)?-?\d*|r?\d|ab|antibody|flag|3xflag|ha|v5|gfp|egfp|ip|seq)$",
    re.IGNORECASE,
)
#: A factor that is followed by one of these, or stands in such a word, was changed, not precipitated.
_CHANGED_AFTER = re.compile(
    r"\s*[_(-]?\s*(?:-/-|\+/-|−/−|ko\b|kd\b|null\b|wt\b|mut|knock|deplet|delet|degron|deficien|inhibit|overexpress|"
    r"over-express|oe\b|induc|express|transfect|transduc|rescue|siRNA|shRNA|sgRNA|reporter|stimulat|treat|agonist|"
    r"antagonist|er(?:t2?)?\b|[A-Z]\d+[A-Z]\b)",
    re.IGNORECASE,
)
_CHANGED_BEFORE = re.compile(
    r"(?:(?:^|[^A-Za-z])(?:si|sh|sg|delta|no|without|lacking|minus)[- ]?|[ΔΔ])$", re.IGNORECASE
)


def named_instead(info: ExperimentInfo, listed: Collection[str]) -> str:
    """The factor that a title names in the place of the annotated one; empty when it names that too, or none.

    Parameters
    ----------
    listed : collection of str
        Factors that ChIP-Atlas knows for the assembly: only these can contradict.
    """
    if info.antigen_class != FACTORS or fold(info.antigen) in _TAGS or not info.title:
        return ""
    title = re.sub(r"^GSM\d+:\s*", "", info.title)
    if _says(title, info.antigen):
        return ""
    known = set(listed)
    for found in _WORD.finditer(title):
        word = found.group()
        # Of a compound (53BP1-Abcam) the first part may be the antigen, where the whole is none (NKX2-1).
        for part in dict.fromkeys((word, word.split("-")[0])):
            symbol = _symbol(part, info.genome, known)
            after = title[found.start() + len(part) :]
            changed = _CHANGED_AFTER.match(after) or _CHANGED_BEFORE.search(title[: found.start()])
            if symbol and not changed and fold(symbol) != fold(info.antigen):
                return symbol
    return ""


def _says(title: str, antigen: str) -> bool:
    """Whether a title names an antigen in any spelling: a part of a word is enough to let it pass."""
    text = _plain(title)
    names = [antigen, *names_of(antigen)]
    return any(_plain(name) in text for name in names if len(_plain(name)) >= _MIN_CHARACTERS) or any(
        re.search(rf"\b{re.escape(name)}\b", title, re.IGNORECASE) for name in names
    )


def _symbol(word: str, genome: str, listed: set[str]) -> str:
    """The listed factor that a word of a title is, or a common name of one."""
    for name in dict.fromkeys((word, _JOINED.sub("", _JOINED.sub("", word)))):
        low = name.casefold()
        if len(name) < _MIN_CHARACTERS or low in _ALSO_ELSE or (low in _WORDS and not name.isupper()):
            continue
        if name in listed:
            return name
        if aliased := [symbol for symbol in symbols_of(name, genome) if symbol in listed]:
            return aliased[0]
    return ""


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold().replace("α", "alpha").replace("β", "beta"))

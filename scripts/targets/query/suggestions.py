"""What may be meant by a name that is not listed: only ever a suggestion, with what speaks for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from ...chipatlas.site.aliases import symbols_of
from ...chipatlas.site.api import SITE_ERRORS, Found, Site
from ...chipatlas.site.metadata import FACTORS
from ...common.text import fold, near_matches

MAX_SUGGESTIONS = 5
#: Of the experiments that a search finds, fewer than this share say little about what a name means.
MIN_SHARE = 0.05


@dataclass(frozen=True)
class Suggestions:
    """Names that are listed and may be meant, best first, and a sentence for each kind of evidence."""

    names: list[str]
    reasons: list[str]


def suggest(name: str, genome: str, listed: Collection[str] | None, site: Site) -> Suggestions:
    """Suggest antigens for a name that has no table.

    In order: the same letters in another spelling, a common alias, what the experiments that say the name are of, and
    only when there is none of these, names that look alike.

    Parameters
    ----------
    listed : collection of str, or None
        Antigens that have tables; None when the site does not tell, and then nothing can be held against them.
    """
    known = None if listed is None else set(listed)
    names, reasons = [], []
    same = [one for one in listed or () if fold(one) == fold(name) and one != name]
    names += same
    aliased = [symbol for symbol in symbols_of(name, genome) if (known is None or symbol in known) and symbol != name]
    if aliased:
        names += aliased
        reasons.append(f"{name} is a common name of {' and '.join(aliased)}.")
    try:
        counted = count_antigens(site.search(name, genome=genome), known)
    except SITE_ERRORS:
        counted = None
    if counted is not None and counted.antigens:
        names += [antigen for antigen, _ in counted.antigens if antigen != name]
        reasons.append(counted.sentence(name, genome))
    if not names and listed:
        names = near_matches(name, listed, MAX_SUGGESTIONS)
    return Suggestions(list(dict.fromkeys(names))[:MAX_SUGGESTIONS], reasons)


@dataclass(frozen=True)
class Counted:
    """Antigens of the factors among some experiments, most experiments first, and how many experiments were seen."""

    antigens: list[tuple[str, int]]
    experiments: int
    complete: bool

    def sentence(self, name: str, genome: str) -> str:
        """``96 of the first 100 experiments of hg38 that say OCT4 are of POU5F1, 3 of SOX2.``"""
        which = "" if self.complete else "first "
        (first, most), *others = self.antigens
        more = "".join(f", {count} of {antigen}" for antigen, count in others)
        says = f"experiment of {genome} that says" if self.experiments == 1 else f"experiments of {genome} that say"
        return f"{most} of the {which}{self.experiments} {says} {name} {'is' if most == 1 else 'are'} of {first}{more}."


def count_antigens(found: Found, known: Collection[str] | None) -> Counted:
    """Count the factors that some experiments are of; `known`, if given, are the antigens that may be counted."""
    antigen_of = {info.accession: info.antigen for info in found.infos if info.antigen_class == FACTORS}
    experiments = len({info.accession for info in found.infos})
    counts = Counter(antigen for antigen in antigen_of.values() if known is None or antigen in known)
    enough = [(antigen, count) for antigen, count in counts.most_common(3) if count >= MIN_SHARE * experiments]
    return Counted(enough, experiments, found.complete)

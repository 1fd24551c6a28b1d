"""A question about named experiments: accessions of any kind, and which of them ChIP-Atlas has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..chipatlas.accessions import accessions_in, holds_accessions
from ..chipatlas.archives.resolve import SHOWN, LeftOut, Resolved, ask_archives
from ..common.console import say
from ..common.text import ellipsis, plural


@dataclass
class Among:
    """The experiments that a question is about.

    Attributes
    ----------
    resolved : Resolved
        What the archives made of the accessions.
    left_out : list of LeftOut
        What ChIP-Atlas has not processed, once that is known.
    """

    resolved: Resolved
    left_out: list[LeftOut] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """The experiments, and the GEO samples of which the archives name no experiment."""
        return self.resolved.accessions

    @property
    def not_processed(self) -> list[dict[str, str]]:
        """Everything left out: as given, the experiment behind it, the reason."""
        return [vars(one) for one in (*self.resolved.left_out, *self.left_out)]

    def study_of(self, accession: str, told: str) -> str:
        """The study of an experiment: as the archives tell it, else as its attributes told."""
        return self.resolved.studies.get(accession, "") or told

    def hold_against(self, places: Mapping[str, Sequence[tuple[str, str]]], genome: str) -> None:
        """Note and say what is not there.

        Parameters
        ----------
        places : mapping
            Name -> (experiment, assembly) of each record of it.
        """
        given = {one: name for name, found in self.resolved.experiments.items() for one in reversed(found)}
        for name in self.names:
            held = places.get(name, ())
            if genome in [place for _, place in held]:
                continue
            others = ", ".join(dict.fromkeys(place for _, place in held))
            reason = (
                f"not processed for {genome}, only for {others}"
                if others
                else "ChIP-Atlas has no record of it: newer than its list, or none of what it processes"
            )
            self.left_out.append(LeftOut(given[name], name, reason))
        for reason in dict.fromkeys(one.reason for one in self.left_out):
            names = [one.accession for one in self.left_out if one.reason == reason]
            say(f"  Left out: {plural(len(names), 'experiment')} ({ellipsis(', '.join(names), SHOWN)}): {reason}")


def name_all(accessions: Sequence[str]) -> Among:
    """Ask the archives for accessions of other kinds than experiments', and say what they are."""
    return Among(ask_archives(accessions))


def taken_out(words: str | None) -> tuple[str | None, list[str]]:
    """The words of a question without the accessions among them, and those."""
    if not isinstance(words, str):
        return words, []
    kept: list[str] = []
    found: list[str] = []
    for word in words.split():
        if holds_accessions(word):
            found += accessions_in(word)
        else:
            kept.append(word)
    return " ".join(kept), found

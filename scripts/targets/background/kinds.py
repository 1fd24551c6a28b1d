"""What an antigen's table can say of a locus: a factor's, a control's, or a chromatin mark's."""

from __future__ import annotations

from typing import Literal

from ...chipatlas.antigens import is_histone, no_factor
from ...chipatlas.site.aliases import symbols_of
from ...common.text import fold

Kind = Literal["factor", "control", "mark"]
#: A core histone without a mark is everywhere: its peaks are those of an input.
_TOTAL_HISTONES = frozenset(("h2a", "h2b", "h3", "h4"))


def kind_of(name: str) -> Kind:
    """Tell factors from controls and marks.

    Controls are what finds peaks at open, much fragmented chromatin whatever is asked for: total H2A, H2B, H3 and H4,
    accessibility (ATAC-Seq, DNase-Seq), inputs and IgG, GFP and other tags. Marks are modified histones, histone
    variants and linker histones: neither a regulator whose targets a locus could be, nor an input. They are counted
    nowhere.
    """
    if fold(name) in _TOTAL_HISTONES:
        return "control"
    if is_histone(name):
        return "mark"
    return "control" if no_factor(name) else "factor"


def same_antigen(one: str, other: str, genome: str) -> bool:
    """Whether two names can stand for one antigen: in another spelling, or one a common name of the other.

    Names that differ in case alone count as one, also where they are two genes (fly ``Dl`` and ``dl``): to leave out
    one factor too many costs little, to judge a factor by itself costs all.
    """
    return bool(_names(one, genome) & _names(other, genome))


def _names(name: str, genome: str) -> set[str]:
    return {fold(name), *map(fold, symbols_of(name, genome))}

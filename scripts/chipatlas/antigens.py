"""What the name of an antigen stands for: a protein that binds DNA, a histone, an assay, a control or a tag."""

from __future__ import annotations

import re

from ..common.text import fold

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

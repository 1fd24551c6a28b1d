"""A place in the genome as something to act on: copy it, or open it in UCSC's browser or in a running IGV."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from ..common.reporting.html.escape import escape
from .assemblies import ASSEMBLIES
from .endpoints import IGV_PREFIX, igv_url, ucsc_browser_prefix, ucsc_browser_url

_REGION = re.compile(r"(?<![\w.:])([\w.]+):(\d+)-(\d+)(?![\w.]*\d)")

#: Said once on each page that shows regions.
COORDINATES_NOTE = (
    "Coordinates are shown and copied as in the tables: 0-based, half-open. UCSC and IGV count from 1; the links "
    "allow for that. IGV opens a place only while it runs on this computer (port 60151)."
)
#: The same for genes.
GENES_NOTE = "UCSC and IGV look the symbol up themselves. IGV answers only while it runs on this computer (port 60151)."


def browser_position(chrom: str, start: int, end: int) -> str:
    """A 0-based half-open region as genome browsers write it: 1-based, both ends included."""
    return f"{chrom}:{start + 1}-{end}"


def locus(shown: str, position: str, genome: str) -> str:
    """HTML: a name, a button that copies it, and links to `position` in both browsers."""
    name = escape(shown)
    addresses = {"UCSC": ucsc_browser_url(genome, position) if _in_ucsc(genome) else "", "IGV": igv_url(position)}
    links = "".join(
        f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer" '
        f'aria-label="{name} in {browser}">{browser}</a>'
        for browser, address in addresses.items()
        if address
    )
    button = f'<button type="button" class="copy" data-copy="{name}" aria-label="Copy {name}">Copy</button>'
    return f'<span class="locus"><span class="name">{name}</span> <span class="acts">{button}{links}</span></span>'


def link_regions(genome: str, chromosomes: Collection[str]) -> Callable[[str], str]:
    """Make a function that escapes a text and puts buttons and links behind every region it names.

    Parameters
    ----------
    genome : str
        UCSC's assembly name.
    chromosomes : collection of str
        Names that make ``name:start-end`` a region.
    """
    known = set(chromosomes)

    def linked(text: str) -> str:
        parts, last = [], 0
        for found in _REGION.finditer(text):
            chrom, start, end = found.groups()
            if chrom in known:
                parts.append(escape(text[last : found.start()]))
                parts.append(locus(found.group(), browser_position(chrom, int(start), int(end)), genome))
                last = found.end()
        return "".join([*parts, escape(text[last:])])

    return linked


def link_targets(genome: str, kind: str) -> dict[str, str]:
    """What the page's script needs to make the same links; `kind` is ``region`` or ``gene``."""
    return {"kind": kind, "ucsc": ucsc_browser_prefix(genome) if _in_ucsc(genome) else "", "igv": IGV_PREFIX}


def _in_ucsc(genome: str) -> bool:
    known = ASSEMBLIES.get(genome)
    return known is None or bool(known.gene_tracks)

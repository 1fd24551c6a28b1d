"""A track hub for UCSC's browser: the public coverage of a comparison's experiments, coloured by group.

Format: UCSC's Hub Track Database Definition (https://genome.ucsc.edu/goldenPath/help/trackDb/trackDbHub.html).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ....chipatlas.assemblies import get_assembly
from ....common.text import clean_label, ellipsis, safe_label, short_pair
from ...diff_result import DiffResult
from .coverage import CoverageFile
from .tracks import rgb, simulated_name

#: UCSC shows so many characters of a short and of a long label.
SHORT_LABEL, LONG_LABEL = 17, 80
#: UCSC asks for an address; example.org is nobody's (RFC 2606). Whoever publishes the hub puts in theirs.
EMAIL = "nobody@example.org"
_TRACK = "chip_atlas_coverage"


def hub_files(results: DiffResult, coverage: Sequence[CoverageFile]) -> dict[str, str]:
    """Text of ``hub.txt``, ``genomes.txt`` and ``trackDb.txt``; nothing where there is nothing to list.

    Parameters
    ----------
    coverage : sequence of CoverageFile
        Only ChIP-Atlas's own files are listed.
    """
    genome = results["parameters"]["genome"]
    public = [item for item in coverage if item.public]
    if not public or not in_ucsc(genome):
        return {}
    long = ellipsis(simulated_name(f"ChIP-Atlas: {clean_label(results.title())}", results.simulated), LONG_LABEL)
    short = simulated_name("ChIP-Atlas", results.simulated)
    hub = {
        "hub": "chip_atlas_comparison",
        "shortLabel": short,
        "longLabel": long,
        "genomesFile": "genomes.txt",
        "email": EMAIL,
    }
    return {
        "hub.txt": _stanza(hub),
        "genomes.txt": _stanza({"genome": genome, "trackDb": "trackDb.txt"}),
        "trackDb.txt": "\n".join(_stanza(track) for track in _tracks(results, public, short, long)),
    }


def in_ucsc(genome: str) -> bool:
    """Whether UCSC holds an assembly."""
    return bool(get_assembly(genome).gene_tracks)


def _tracks(results: DiffResult, public: Sequence[CoverageFile], short: str, long: str) -> list[dict[str, str]]:
    parameters = results["parameters"]
    labels = dict(zip("AB", short_pair(parameters["description_a"], parameters["description_b"], 40), strict=True))
    # Labels of subgroups are one word each.
    words = {group: safe_label(label, f"group_{group}").replace(" ", "_") for group, label in labels.items()}
    composite = {
        "track": _TRACK,
        "compositeTrack": "on",
        "shortLabel": short,
        "longLabel": long,
        "type": "bigWig",
        "subGroup1": f"group Group a={words['A']} b={words['B']}",
        "sortOrder": "group=+",
        "visibility": "full",
        "autoScale": "group",
        "alwaysZero": "on",
        "maxHeightPixels": "100:40:8",
    }
    subtracks = [
        {
            "track": f"{_TRACK}_{number}",
            "parent": f"{_TRACK} on",
            "subGroups": f"group={item.group.lower()}",
            "type": "bigWig",
            "bigDataUrl": item.place,
            "shortLabel": ellipsis(item.name, SHORT_LABEL),
            "longLabel": ellipsis(simulated_name(_long(item, labels), results.simulated), LONG_LABEL),
            "color": rgb(item.color),
            "visibility": "full",
        }
        for number, item in enumerate(public, start=1)
    ]
    return [composite, *subtracks]


def _long(item: CoverageFile, labels: Mapping[str, str]) -> str:
    return f"{item.name} ({clean_label(labels[item.group])}){f' {item.about}' if item.about else ''}"


def _stanza(settings: Mapping[str, str]) -> str:
    """Settings as lines of a key and a value."""
    return "".join(f"{key} {clean_label(value)}\n" for key, value in settings.items())

"""An IGV session: the regions, their effects, and every experiment's coverage in the colour of its group."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from ....common.plotting.drawing import COLOR_A, COLOR_B
from ....common.text import ellipsis, short_pair, track_name
from ...diff_result import DiffResult
from .coverage import CoverageFile
from .tracks import NAME_WIDTH, rgb, simulated_name, usable

#: Around the region that is shown first, in bases.
_MARGIN = 5000
_COVERAGE_SCALE = "1"


def igv_session(results: DiffResult, beds: tuple[str, str], effects: str, coverage: Sequence[CoverageFile]) -> str:
    """The session as XML.

    Parameters
    ----------
    beds : (str, str)
        Names of the files of regions higher in A and in B, beside the session.
    effects : str
        Name of the bedGraph of effects, beside the session.
    """
    parameters = results["parameters"]
    labels = dict(
        zip("AB", short_pair(parameters["description_a"], parameters["description_b"], NAME_WIDTH), strict=True)
    )
    colors = {"A": rgb(COLOR_A), "B": rgb(COLOR_B)}
    tracks = [
        {"id": path, "name": f"Higher in {labels[group]}", "color": colors[group]}
        for path, group in zip(beds, "AB", strict=True)
    ]
    tracks.append({"id": effects, "name": results.analysis.effect, "color": colors["A"], "altColor": colors["B"]})
    for item in coverage:
        name = f"{item.name} ({labels[item.group]}){f' {item.about}' if item.about else ''}"
        # One scale for all experiments: heights can be compared.
        tracks.append({"id": item.place, "name": name, "color": colors[item.group], "autoscaleGroup": _COVERAGE_SCALE})
    session = ElementTree.Element(
        "Session", genome=parameters["genome"], locus=_first_locus(results), nextAutoscaleGroup="2", version="8"
    )
    resources = ElementTree.SubElement(session, "Resources")
    panel = ElementTree.SubElement(session, "Panel", name="DataPanel", height="600", width="1200")
    for track in tracks:
        ElementTree.SubElement(resources, "Resource", path=track["id"])
        shown = simulated_name(track_name(ellipsis(track["name"], 2 * NAME_WIDTH)), results.simulated)
        ElementTree.SubElement(panel, "Track", {**track, "name": shown, "visible": "true"})
    ElementTree.indent(session)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(session, encoding="unicode") + "\n"


def _first_locus(results: DiffResult) -> str:
    """The first region of the table and what lies around it, 1-based as IGV counts."""
    regions = results["diff_regions"]
    regions = regions[usable(regions)]
    if regions.empty:
        return "All"
    best = regions.iloc[0]
    return f"{best['chrom']}:{max(int(best['chromStart']) + 1 - _MARGIN, 1)}-{int(best['chromEnd']) + _MARGIN}"

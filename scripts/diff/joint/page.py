"""The report on several comparisons as one HTML file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ...chipatlas.assemblies import assembly_of
from ...chipatlas.browser_links import COORDINATES_NOTE, link_regions, link_targets
from ...common.plotting.drawing import COLOR_UNCHANGED
from ...common.reporting.html.escape import escape
from ...common.reporting.html.page import Section, Tile, finding_cards, page
from ...common.reporting.html.pictures import gallery
from ...common.reporting.html.scatter import Cloud, drawn_statement, legend, scatter, thinned
from ...common.reporting.html.sections import to_html
from ...common.reporting.html.tables import MAX_ROWS, Column, browsable, digits, rows_statement
from ...common.reporting.markdown import bullets
from ..outputs import JOINT_REGIONS
from .figures import DIRECTION_COLORS, direction_words
from .joined import Joined
from .report import FINDINGS, FIRST, first_lines
from .table import DIRECTIONS

#: Plots to hover over; the picture has more.
MOST_CLOUDS = 6


def joint_page(
    joint: Joined, sections: Mapping[str, str], pictures: Mapping[str, str], files: Sequence[str], folder: Path
) -> str:
    """Write the report as a page that needs no network and no other file.

    Parameters
    ----------
    sections : mapping of str to str
        Heading -> Markdown.
    pictures : mapping of str to str
        Name -> what it shows, of the pictures in `folder`.
    files : sequence of str
        Names of the other files in the folder.
    """
    chromosomes = set(joint.table["chrom"].unique())
    assembly = assembly_of(joint.genome, sorted(chromosomes))
    text = link_regions(assembly.name, {*chromosomes, *assembly.chromosomes})
    major = [item for item in joint.findings if item.severity == "major"]
    others = [item for item in joint.findings if item.severity != "major"]
    rest = {
        heading: to_html(body, heading, text) for heading, body in sections.items() if heading not in (FIRST, FINDINGS)
    }
    return page(
        f"{len(joint.names)} comparisons side by side",
        f"{', '.join(joint.names)}. {assembly.organism}, {joint.genome}.",
        [Tile(*number) for number in joint.headline()],
        [
            Section(FIRST, finding_cards(major, text) + to_html(bullets(first_lines(joint)), FIRST, text)),
            Section("Further findings" if major else FINDINGS, finding_cards(others, text)),
            Section("Pictures", gallery(folder, files, pictures)),
            Section("Explore the effects", _clouds(joint)),
            Section("Loci", _loci(joint)),
            *(Section(heading, html) for heading, html in rest.items()),
        ],
        link_targets(assembly.name, "region"),
        simulated=joint.simulated,
    )


def _places(joint: Joined, rows: np.ndarray) -> list[str]:
    shown = joint.table.iloc[rows]
    return [
        f"{chrom}:{start}-{end}" for chrom, start, end in zip(shown["chrom"], shown["start"], shown["end"], strict=True)
    ]


def _clouds(joint: Joined) -> str:
    """Loci with a region in two comparisons or more, a plot for each pair; one chosen in a plot shows in all."""
    effects = joint.table[[f"{joint.effect}|{name}" for name in joint.names]].to_numpy(float)
    several = np.flatnonzero(np.isfinite(effects).sum(axis=1) > 1)
    if not len(several):
        return "<p>No locus has a region in two comparisons.</p>"
    called = joint.table["n_significant"].to_numpy()[several] > 0
    drawn = thinned(called)
    rows = several[drawn]
    keys = dict(zip(("", *DIRECTIONS), "nabo", strict=True))
    numbers = {name: f"e{at}" for at, name in enumerate(joint.names)}
    points = {
        "place": _places(joint, rows),
        "status": joint.table["direction"].iloc[rows].map(keys).tolist(),
        **{key: effects[rows, at].astype(np.float32) for at, key in enumerate(numbers.values())},
    }
    pairs = joint.pairs.head(MOST_CLOUDS)
    clouds = [
        Cloud(numbers[one], numbers[other], f"{one}: {joint.effect}", f"{other}: {joint.effect}", (0.0,), (0.0,))
        for one, other in zip(pairs["comparison_1"], pairs["comparison_2"], strict=True)
    ]
    colors = {"n": COLOR_UNCHANGED, **{keys[way]: DIRECTION_COLORS[way] for way in DIRECTIONS}}
    words = {"significant in none": COLOR_UNCHANGED}
    words |= {word: DIRECTION_COLORS[way] for way, word in direction_words(joint).items()}
    # Names are data; the page shows plain words, and the axes tell which is which.
    hover = [
        ("locus", "place"),
        *((f"{joint.effect} {at + 1}", f"{key}{{%.4g}}") for at, key in enumerate(numbers.values())),
    ]
    listed = "; ".join(f"{at + 1}: {escape(name)}" for at, name in enumerate(joint.names))
    return (
        f"<p>Best region of each locus in either comparison ({listed}). Significant in any, by direction:</p>"
        f"{legend(words)}"
        + scatter("clouds", clouds, points, colors, hover)
        + f'<p class="quiet">{drawn_statement(called, drawn, "loci", JOINT_REGIONS)}</p>'
    )


def _loci(joint: Joined) -> str:
    if joint.table.empty:
        return "<p>No comparison has a region.</p>"
    shown = joint.table.head(MAX_ROWS)
    words = {"": "", **direction_words(joint)}
    columns = [
        Column("locus", _places(joint, np.arange(len(shown))), "locus"),
        Column("significant in", shown["n_significant"].astype(str).tolist(), "number"),
        Column("direction", shown["direction"].map(words).tolist()),
    ]
    for name in joint.names:
        columns += [
            Column(f"{joint.effect}: {name}", digits(shown[f"{joint.effect}|{name}"]), "number"),
            Column(f"q: {name}", digits(shown[f"qvalue|{name}"]), "number"),
        ]
    return (
        f"<p>{rows_statement(len(shown), len(joint.table), 'loci', JOINT_REGIONS)} An empty cell: no region there, "
        "which is not unchanged.</p>"
        + browsable("loci-table", "Loci, most comparisons first, then by the smallest q-value", columns)
        + f'<div class="quiet"><p>{COORDINATES_NOTE}</p></div>'
    )

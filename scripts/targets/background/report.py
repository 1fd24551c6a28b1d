"""What the report says of hot loci and specificity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ...common.reporting.markdown import bullets, cell, table
from ...common.text import plural

#: Genes by specificity beside those by score.
SHOWN = 10


def in_ranking(rows: pd.DataFrame) -> dict[str, list[str]]:
    """Columns of the tables of first genes, heading -> cells; none without a background."""
    if "is_hot" not in rows:
        return {}
    hot = zip(rows["hot_share"], rows["is_hot"], strict=True)
    return {
        "Hot share": [f"{share:.2f}{' hot' if is_hot else ''}" for share, is_hot in hot],
        "Specificity": rows["specificity"].map("{:.1f}".format).tolist(),
    }


def background_section(about: Mapping[str, Any], targets: pd.DataFrame) -> str:
    """Markdown: the counts, the findings, the most specific genes, and what the background is."""
    counts = [
        (
            f"first {count['genes']:,}",
            f"{count['hot']:,}",
            "no controls" if count["controls"] is None else f"{count['controls']:,}",
        )
        for count in about["counts"]
    ]
    header = ("Genes", "Hot", "In the top of controls")
    findings = [
        f"**{one['severity']} ({one['code']}): {cell(one['issue'])}.** {one['details']} {one['recommendation']}"
        for one in about["findings"]
    ]
    percent = f"{100 * about['hot_threshold']:g}%"
    specific = targets.sort_values("specific_rank").head(SHOWN)
    rows = zip(
        specific["specific_rank"],
        specific["gene"],
        specific["specificity"].map("{:.1f}".format),
        specific["avg_score"].map("{:.1f}".format),
        specific["hot_share"].map("{:.2f}".format),
        strict=True,
    )
    names = ("Specific rank", "Gene", "Specificity", "Avg score", "Hot share")
    parts = [
        f"Hot: in the top 5% of bound genes of at least {percent} of {plural(about['factors'], 'other factor')}. In "
        f"the top of controls: the same over {plural(about['controls'], 'control')} (total histones, accessibility, "
        f"GFP, tags). Genes are ranked by {about['rank_by']}.",
        table(header, dict.fromkeys(counts), header[1:]),
        bullets(findings) if findings else "",
        f"Of the reported genes, the most specific ones (robust z of the rank among this factor's bound genes against "
        f"the gene's ranks with other factors):\n\n{table(names, rows, (names[0], *names[2:]))}",
        _what_it_is(about),
    ]
    return "\n\n".join(filter(None, parts))


def _what_it_is(about: Mapping[str, Any]) -> str:
    kinds = {kind: [one["name"] for one in about["members"] if one["kind"] == kind] for kind in ("control", "mark")}
    left_out = (
        f" Left out as the factor itself: {', '.join(map(cell, about['left_out']))}." if about["left_out"] else ""
    )
    listed = [
        f"{what}: {', '.join(map(cell, kinds[kind]))}."
        for kind, what in (("control", "Controls"), ("mark", "Chromatin marks (counted nowhere)"))
        if kinds[kind]
    ]
    simulated = "SIMULATED; " if about["simulated"] else ""
    return f"Background: `{cell(about['source'])}`, {simulated}made {about['made_at']}.{left_out} {' '.join(listed)}"

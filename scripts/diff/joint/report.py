"""The text on several comparisons: what was joined, what is shared, and what that does not say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ...common.reporting.markdown import bullets, cell, code, table
from ...common.text import ellipsis, plural
from ..outputs import JOINT_OVERLAPS, JOINT_PAIRS, JOINT_REGIONS
from ..results.loci import MAX_GAP
from .joined import Joined
from .pairs import FEWEST_LOCI, NOMINAL
from .table import DIRECTIONS, present_word

FIRST, FINDINGS, JOINED = "Read this before comparing", "Findings on the comparisons", "What was joined"
SHARED, FOLLOWED, EFFECTS, LOCI = (
    "Shared loci",
    "Loci of one in another",
    "Effects against effects",
    "First shared loci",
)
SHOWN_COMBINATIONS = 25
SHOWN_LOCI = 20
SHOWN_PAIRS = 30
#: Of a name in a table's header.
HEADER_CHARACTERS = 24
_FOLLOWED_NOTE = (
    "Each significant locus of the one is followed to the region of the other that shares most bases with its best "
    "region, significant there or not. By chance: the share that would agree if the signs of the other had nothing to "
    "do with these loci. With an effect the same way: 1 - pi0 of one-sided p-values (Storey), a lower bound; of "
    f"peaks, from {FEWEST_LOCI} loci on. Not significant there: what lists set side by side would call private; where "
    "much of it has the same sign at a nominal p-value, it is not. Reading: a binomial test of the signs; loci near "
    "each other are no independent witnesses, so it is generous. Where experiments are shared nothing is read: equal "
    "signs are expected there."
)


def joint_sections(joint: Joined) -> dict[str, str]:
    """Heading -> Markdown, in the order of the report."""
    return {
        FIRST: _first(joint),
        JOINED: _joined(joint),
        SHARED: _shared(joint),
        FOLLOWED: _followed(joint),
        EFFECTS: _effects(joint),
        LOCI: _loci(joint),
        FINDINGS: _findings(joint),
        "How loci and regions were matched": _matching(joint),
    }


def first_lines(joint: Joined) -> list[str]:
    """What holds for every joint answer, as Markdown."""
    lines = [
        "**Below a threshold is not unchanged.** A locus that is significant in one comparison and not in another is "
        "no difference between the two: it may have missed the threshold narrowly, with fewer experiments or more "
        f"noise. See {FOLLOWED}; for a difference, test it: a design with an interaction, or the two treatments "
        "against each other.",
        "**Without a region is unknown.** Every comparison has regions of its own; where one has none, its cells are "
        "empty: not 0, not unchanged.",
    ]
    if joint.is_dmr:
        lines.append(
            "**Only segments that differ are reported.** metilene leaves out segments that change by less than 0.1, so "
            "that a missing one may have been tested; effects against effects are of what both report, and their "
            "correlation is higher than that of all segments would be."
        )
    return lines


def _first(joint: Joined) -> str:
    major = [
        f"**{cell(item.title)}.** {cell(item.details)} {cell(item.recommendation)}"
        for item in joint.findings
        if item.severity == "major"
    ]
    return bullets([*major, *first_lines(joint)])


def _findings(joint: Joined) -> str:
    if not joint.findings:
        return "None of the checks found anything."
    rows = [(item.severity, item.title, item.details, item.recommendation) for item in joint.findings]
    return table(["severity", "finding", "details", "recommendation"], rows)


def comparisons_table(joint: Joined) -> pd.DataFrame:
    """What was joined, a comparison a row."""
    rows = []
    for name, one in joint.comparisons.items():
        called = one.regions["significant"].to_numpy(bool)
        way = one.regions["direction"].to_numpy()
        rows.append(
            {
                "comparison": name,
                "a": one.label_a,
                "b": one.label_b,
                "n_a": len(one.group_a),
                "n_b": len(one.group_b),
                "regions": len(one.regions),
                "cut": one.cut.rule,
                "significant": int(called.sum()),
                "higher_a": int((called & (way == "A_enriched")).sum()),
                "higher_b": int((called & (way == "B_enriched")).sum()),
                "significant_loci": int(joint.table[f"significant|{name}"].fillna(False).sum()),
                "experiments_a": ";".join(one.group_a),
                "experiments_b": ";".join(one.group_b),
                "simulated": one.simulated,
            }
        )
    return pd.DataFrame(rows)


def _joined(joint: Joined) -> str:
    header = ["comparison", "A", "B", "regions", "significant", "higher in A", "higher in B", "loci"]
    rows = [
        (
            row["comparison"],
            f"{row['a']} (n={row['n_a']})" if row["n_a"] else row["a"],
            f"{row['b']} (n={row['n_b']})" if row["n_b"] else row["b"],
            *(f"{row[key]:,}" for key in ("regions", "significant", "higher_a", "higher_b", "significant_loci")),
        )
        for row in comparisons_table(joint).to_dict("records")
    ]
    rules = sorted({one.cut.rule for one in joint.comparisons.values()})
    return f"{table(header, rows, header[3:])}\n\nSignificant: {', '.join(rules)}. Assembly {joint.genome}."


def _shared(joint: Joined) -> str:
    if joint.overlaps.empty:
        return "**No locus is significant in any comparison.** This is a result."
    word = present_word(next(iter(joint.comparisons.values())))
    above = "methylation higher" if joint.is_dmr else "higher"
    words = dict(zip(DIRECTIONS, (f"{above} in A", f"{above} in B", "not all one way"), strict=True))
    header = ["significant in just", "direction", "loci", "with a region in every comparison"]
    rows = [
        (row["comparisons"], words[row["direction"]], f"{row['loci']:,}", f"{row[f'{word}_in_all']:,}")
        for row in joint.overlaps.head(SHOWN_COMBINATIONS).to_dict("records")
    ]
    left = len(joint.overlaps) - len(rows)
    more = f"\n\n{left:,} more in {code(JOINT_OVERLAPS)}." if left > 0 else ""
    return (
        f"{table(header, rows, header[2:])}{more}\n\nA locus is counted once, in the row of all comparisons that it is "
        "significant in. One that has no region in a comparison could not be significant there. A is the first group "
        "of each comparison."
    )


def _followed(joint: Joined) -> str:
    header = ["loci of", "in", "loci", "followed", "same sign", "by chance", f"same, p < {NOMINAL}"]
    header += [f"opposite, p < {NOMINAL}", "with an effect the same way", "not significant there"]
    header += [f"of these same, p < {NOMINAL}", "reading"]
    rows: list[tuple[object, ...]] = []
    for row in joint.pairs.head(SHOWN_PAIRS).to_dict("records"):
        for there, names in (("1_in_2", (1, 2)), ("2_in_1", (2, 1))):
            shares = ("same_sign", "expected_same_sign", "nominal_same", "nominal_opposite", "pi1")
            rows.append(
                (
                    *(row[f"comparison_{number}"] for number in names),
                    *(f"{row[f'{key}_{there}']:,}" for key in ("loci", "followed")),
                    *(_percent(row[f"{key}_{there}"]) for key in shares),
                    f"{row[f'only_{there}']:,}",
                    _percent(row[f"only_nominal_same_{there}"]),
                    row["reading"],
                )
            )
    return f"{table(header, rows, header[2:-1])}{_more_pairs(joint)}\n\n{_FOLLOWED_NOTE}"


def _effects(joint: Joined) -> str:
    header = ["pair", "matched", "one to many", "r", "rho", "shared experiments", "r by these alone", "r without them"]
    rows = [
        (
            f"{row['comparison_1']} and {row['comparison_2']}",
            f"{row['matched']:,} of {row['regions_1']:,} and {row['regions_2']:,}",
            f"{row['one_to_many_1']:,} and {row['one_to_many_2']:,}",
            _number(row["pearson_r"]),
            _number(row["spearman_rho"]),
            f"{len(row['shared_experiments'].split(';')) if row['shared_experiments'] else 0}",
            _number(row["r_by_construction"]) if row["shared_experiments"] else "",
            _number(row["r_without_shared"]),
        )
        for row in joint.pairs.head(SHOWN_PAIRS).to_dict("records")
    ]
    return (
        f"{table(header, rows, header[3:])}{_more_pairs(joint)}\n\nOver all matched regions, significant or not. r by "
        "these alone: what the shared experiments' noise gives where no effect is real, for independent experiments of "
        "equal variance. r without them: the shared ones dealt out, half to either comparison, both ways round (of "
        "peaks, where counts are at hand). Of a design the one is by its plain group means, the other not known."
    )


def _loci(joint: Joined) -> str:
    shared = joint.table[joint.table["n_significant"] > 1].head(SHOWN_LOCI)
    if shared.empty:
        return "No locus is significant in two comparisons or more."
    short = {name: ellipsis(name, HEADER_CHARACTERS) for name in joint.names}
    header = ["locus", "significant in"]
    header += [f"{joint.effect} {short[name]}" for name in joint.names] + [f"q {short[name]}" for name in joint.names]
    rows = [
        (
            f"{row['chrom']}:{row['start']}-{row['end']}",
            row["n_significant"],
            *(_number(row[f"{joint.effect}|{name}"]) for name in joint.names),
            *("" if pd.isna(row[f"qvalue|{name}"]) else f"{row[f'qvalue|{name}']:.2g}" for name in joint.names),
        )
        for row in shared.to_dict("records")
    ]
    return f"{table(header, rows, header[1:])}\n\nAll loci are in {code(JOINT_REGIONS)}. Coordinates are 0-based."


def _matching(joint: Joined) -> str:
    widths = (joint.table["end"] - joint.table["start"]).to_numpy()
    size = (
        f" Their median width is {int(np.median(widths)):,} bp, the widest {int(widths.max()):,}."
        if len(widths)
        else ""
    )
    lines = [
        f"Within a comparison, regions that overlap, abut or lie up to {MAX_GAP} bp apart are one locus (fragments of "
        "a peak). Loci of different comparisons are one where they share a base; what only abuts stays apart. A third "
        f"comparison can join two others' loci.{size}",
        "A locus stands in the table with the best region of each comparison: a significant one where there is one, "
        "then the smallest q-value; `regions` says of how many.",
        "Effects are compared region by region: the pairs that are each other's best by shared bases. A region that "
        "shares bases with several is counted under one to many, and stands in one pair at most "
        f"({code(JOINT_PAIRS)}).",
        "No p-value is combined over comparisons, and q-values are each comparison's own.",
    ]
    return bullets(lines)


def _more_pairs(joint: Joined) -> str:
    left = len(joint.pairs) - SHOWN_PAIRS
    return f"\n\n{plural(left, 'more pair')} in {code(JOINT_PAIRS)}." if left > 0 else ""


def _percent(value: Any) -> str:
    return "" if pd.isna(value) else f"{value:.0%}"


def _number(value: Any) -> str:
    return "" if pd.isna(value) else f"{value:+.2f}"

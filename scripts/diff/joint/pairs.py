"""Two comparisons beside each other: effects against effects, and the loci of the one followed in the other."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from .compared import Compared
from .matching import Match, match_regions
from .sharing import correlation, correlation_by_construction, correlation_without, shared_experiments
from .table import significant_in

#: Nominal p-value below which an effect in the other comparison counts as seen: one place each, no threshold over all.
NOMINAL = 0.05
#: Storey's lambda: p-values above it are taken to be of nulls alone.
PI0_LAMBDA = 0.5
#: Fewest loci that a share of true effects, or a reading, is drawn from.
FEWEST_LOCI = 20
#: Below which the agreement of signs is no accident, over both ways of following loci (Bonferroni).
READING_P = 0.01

SAME, OTHER_WAY = "mostly the same direction", "mostly opposite directions"
NOT_SHOWN = "no common direction shown"
SHARED, TOO_FEW = "not told: shared experiments", "not told: too few loci"

#: What is said of the loci of one followed in the other; each twice, with ``_1_in_2`` and ``_2_in_1`` behind it.
FOLLOWED = (
    "loci",
    "followed",
    "same_sign",
    "expected_same_sign",
    "nominal_same",
    "nominal_opposite",
    "pi1",
    "only",
    "only_nominal_same",
)


def compare_pairs(
    comparisons: Mapping[str, Compared],
    table: pd.DataFrame,
    places: list[pd.DataFrame],
    labels: list[np.ndarray],
) -> tuple[pd.DataFrame, dict[tuple[str, str], pd.DataFrame]]:
    """Compare every two comparisons.

    Parameters
    ----------
    table : DataFrame
        From `joint_table`.
    places : list of DataFrame
        From `numbered_places`.
    labels : list of ndarray
        From `joint_labels`.

    Returns
    -------
    pairs : DataFrame
        One row a pair; see `Joint` for the columns.
    matched : dict of (str, str) to DataFrame
        The two effects and whether either is significant, a matched pair of regions a row: ``effect_1``, ``effect_2``,
        ``significant_1``, ``significant_2``.
    """
    names = list(comparisons)
    called = dict(zip(names, significant_in(table, names).T, strict=True))
    ways = {name: table[f"direction|{name}"].to_numpy() for name in names}
    rows: list[dict[str, Any]] = []
    matched = {}
    for (at_1, name_1), (at_2, name_2) in combinations(enumerate(names), 2):
        first, second = comparisons[name_1], comparisons[name_2]
        match = match_regions(places[at_1], places[at_2])
        matched[name_1, name_2] = _matched(first, second, match)
        both = called[name_1] & called[name_2]
        row: dict[str, Any] = {"comparison_1": name_1, "comparison_2": name_2}
        row |= _matching(first, second, match) | _effects(first, second, match, matched[name_1, name_2])
        row |= {
            "loci_both": int(both.sum()),
            "loci_both_same_direction": int((ways[name_1][both] == ways[name_2][both]).sum()),
        }
        there = _follow(first, second, (labels[at_1], labels[at_2]), match.best_in_second)
        back = _follow(second, first, (labels[at_2], labels[at_1]), match.best_in_first)
        row |= {f"{key}_1_in_2": there[key] for key in FOLLOWED} | {f"{key}_2_in_1": back[key] for key in FOLLOWED}
        row["reading"] = SHARED if _errors_go_together(row) else _reading(there, back)
        rows.append(row)
    return pd.DataFrame(rows), matched


def _errors_go_together(row: Mapping[str, Any]) -> bool:
    """Whether the noise of two comparisons is one, or may be: orthogonal ones share experiments and no noise."""
    return bool((row["shared_experiments"] or row["same_fit"]) and row["r_by_construction"] != 0)


def _matching(first: Compared, second: Compared, match: Match) -> dict[str, Any]:
    return {
        "regions_1": len(first.regions),
        "regions_2": len(second.regions),
        "overlapping_1": int((match.partners_first > 0).sum()),
        "overlapping_2": int((match.partners_second > 0).sum()),
        "one_to_many_1": int((match.partners_first > 1).sum()),
        "one_to_many_2": int((match.partners_second > 1).sum()),
        "matched": len(match.first),
    }


def _effects(first: Compared, second: Compared, match: Match, matched: pd.DataFrame) -> dict[str, Any]:
    one, other = matched["effect_1"].to_numpy(float), matched["effect_2"].to_numpy(float)
    shared = shared_experiments(first, second)
    return {
        "pearson_r": correlation(one, other),
        "spearman_rho": correlation(_ranks(one), _ranks(other)),
        "shared_experiments": ";".join(shared),
        "same_fit": bool(first.fit) and first.fit == second.fit,
        "r_by_construction": correlation_by_construction(first, second),
        "r_without_shared": correlation_without(first, second, match) if shared else float("nan"),
    }


def _matched(first: Compared, second: Compared, match: Match) -> pd.DataFrame:
    found = {}
    for number, one, rows in ((1, first, match.first), (2, second, match.second)):
        found[f"effect_{number}"] = one.regions[one.analysis.effect].to_numpy(float)[rows]
        found[f"significant_{number}"] = one.regions["significant"].to_numpy(bool)[rows]
    return pd.DataFrame(found)


def _ranks(values: np.ndarray) -> np.ndarray:
    return pd.Series(values).rank().to_numpy()


def _follow(one: Compared, other: Compared, labels: tuple[np.ndarray, np.ndarray], best: np.ndarray) -> dict[str, Any]:
    """The significant loci of a comparison in another, significant there or not.

    Each locus stands for itself by its best significant region, and is followed to the region of the other that shares
    most bases with that one.
    """
    regions, effect, label = one.regions, one.analysis.effect, labels[0]
    called = np.flatnonzero(regions["significant"].to_numpy(bool))
    order = called[np.lexsort((regions["pvalue"].to_numpy(float)[called], regions["qvalue"].to_numpy(float)[called]))]
    chosen = order[np.unique(label[order], return_index=True)[1]]
    rows = chosen[best[chosen] >= 0]
    mine = np.sign(regions[effect].to_numpy(float))
    theirs = np.sign(other.regions[effect].to_numpy(float))
    pvalue = other.regions["pvalue"].to_numpy(float)[best[rows]]
    agree = mine[rows] == theirs[best[rows]]
    # What chance gives depends on how many effects of the other point either way where this one has found nothing.
    unremarkable = (best >= 0) & ~regions["significant"].to_numpy(bool)
    up = float((theirs[best[unremarkable]] > 0).mean()) if unremarkable.any() else 0.5
    expected = np.where(mine[rows] > 0, up, 1 - up)
    # One-sided towards the sign found: even where there is nothing, near 1 where the effect points the other way.
    towards = np.where(agree, pvalue / 2, 1 - pvalue / 2)
    seen = agree & (pvalue < NOMINAL)
    there = np.zeros(max(int(part.max(initial=-1)) for part in labels) + 1, dtype=bool)
    there[labels[1][other.regions["significant"].to_numpy(bool)]] = True
    only = ~there[label[rows]]
    few = len(rows) < FEWEST_LOCI
    nothing = float("nan")
    return {
        "loci": len(chosen),
        "followed": len(rows),
        "same_sign": float(agree.mean()) if len(rows) else nothing,
        "expected_same_sign": float(expected.mean()) if len(rows) else nothing,
        "nominal_same": float(seen.mean()) if len(rows) else nothing,
        "nominal_opposite": float((~agree & (pvalue < NOMINAL)).mean()) if len(rows) else nothing,
        "pi1": nothing if few or one.analysis.is_dmr else share_of_effects(towards),
        "only": int(only.sum()),
        "only_nominal_same": float(seen[only].mean()) if only.any() else nothing,
    }


def share_of_effects(pvalues: np.ndarray) -> float:
    """Share of p-values that are not of nulls: 1 - pi0, with Storey's pi0 at `PI0_LAMBDA` (Storey 2002)."""
    null = float((pvalues > PI0_LAMBDA).mean() / (1 - PI0_LAMBDA))
    return float(np.clip(1 - null, 0, 1))


def _reading(there: Mapping[str, Any], back: Mapping[str, Any]) -> str:
    """What the signs of the followed loci say of two comparisons that share no experiment."""
    from scipy.stats import binomtest

    ways = set()
    enough = [one for one in (there, back) if one["followed"] >= FEWEST_LOCI]
    for one in enough:
        agreed = round(one["same_sign"] * one["followed"])
        expected = one["expected_same_sign"]
        if binomtest(agreed, one["followed"], expected).pvalue < READING_P / 2:
            ways.add(SAME if one["same_sign"] > expected else OTHER_WAY)
    if not enough:
        return TOO_FEW
    return ways.pop() if len(ways) == 1 else NOT_SHOWN

"""One table of all comparisons, a locus a row, and the combinations of comparisons that loci are significant in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..analysis import POSITION
from ..results.loci import label_loci
from .compared import Compared

#: Between the names of a combination.
JOINT = " & "
#: Of a locus whose significant regions do not all point one way, within a comparison or between comparisons.
OPPOSITE = "opposite"
DIRECTIONS = ("A_enriched", "B_enriched", OPPOSITE)


def present_word(comparison: Compared) -> str:
    """What a region is that the other table lacks: metilene reports some of the segments that it tests."""
    return "reported" if comparison.analysis.is_dmr else "tested"


def numbered_places(comparisons: Mapping[str, Compared]) -> list[pd.DataFrame]:
    """The places of each comparison's regions, chromosomes as numbers, the same in all and in text order."""
    frames = [one.regions[list(POSITION)] for one in comparisons.values()]
    codes = pd.factorize(pd.concat([frame["chrom"] for frame in frames], ignore_index=True), sort=True)[0]
    parts = np.split(codes, np.cumsum([len(frame) for frame in frames])[:-1])
    return [frame.assign(chrom=part) for frame, part in zip(frames, parts, strict=True)]


def joint_labels(places: list[pd.DataFrame]) -> list[np.ndarray]:
    """The joint locus of every region of each comparison, numbered along the genome.

    Within a comparison regions are joined as everywhere (`label_loci`: fragments of one peak). Loci of different
    comparisons are one where they share a base, so that what abuts stays apart; by way of a third they can be joined,
    too.

    Parameters
    ----------
    places : list of DataFrame
        ``chrom chromStart chromEnd``, rows along the genome, such as `numbered_places`.
    """
    labels = [label_loci(place) for place in places]
    extents = [_extents(place, label) for place, label in zip(places, labels, strict=True)]
    joined = label_loci(pd.concat(extents, ignore_index=True), max_gap=-1)
    begins = np.cumsum([0, *(len(extent) for extent in extents)])
    return [joined[begin:][label] for begin, label in zip(begins[:-1], labels, strict=True)]


def _extents(places: pd.DataFrame, label: np.ndarray) -> pd.DataFrame:
    """From where to where each locus is; `label` does not fall."""
    if places.empty:
        return places
    first = np.flatnonzero(np.diff(label, prepend=label[0] - 1))
    return pd.DataFrame(
        {
            "chrom": places["chrom"].to_numpy()[first],
            "chromStart": places["chromStart"].to_numpy()[first],
            "chromEnd": np.maximum.reduceat(places["chromEnd"].to_numpy(), first),
        }
    )


def joint_table(comparisons: Mapping[str, Compared], labels: list[np.ndarray]) -> pd.DataFrame:
    """One row a locus; see `Joint` for its columns.

    Parameters
    ----------
    labels : list of ndarray
        From `joint_labels`.
    """
    size = max((int(label.max()) + 1 for label in labels if len(label)), default=0)
    columns: dict[str, Any] = {
        "chrom": np.full(size, "", dtype=object),
        "start": np.full(size, np.iinfo(np.int64).max),
        "end": np.zeros(size, dtype=np.int64),
    }
    word = present_word(next(iter(comparisons.values())))
    each: dict[str, Any] = {}
    there, called = np.zeros(size, dtype=int), np.zeros(size, dtype=int)
    up, down = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    lowest = np.full(size, np.inf)
    for (name, one), label in zip(comparisons.items(), labels, strict=True):
        extent = _extents(one.regions, label)
        at = np.unique(label)
        columns["chrom"][at] = extent["chrom"].to_numpy()
        columns["start"][at] = np.minimum(columns["start"][at], extent["chromStart"])
        columns["end"][at] = np.maximum(columns["end"][at], extent["chromEnd"])
        best, ways = _best_regions(one, label, size)
        each |= {f"{key}|{name}": values for key, values in {word: best["regions"] > 0, **best}.items()}
        there += best["regions"] > 0
        called += ways[0] | ways[1]
        up, down = up | ways[0], down | ways[1]
        lowest = np.fmin(lowest, best["qvalue"])
    columns |= {f"n_{word}": there, "n_significant": called, "direction": _directions(up, down), **each}
    order = np.lexsort((lowest, -called))
    return pd.DataFrame({name: values[order] for name, values in columns.items()})


def _best_regions(one: Compared, label: np.ndarray, size: int) -> tuple[dict[str, Any], tuple[np.ndarray, np.ndarray]]:
    """The best region of each locus: a significant one where there is one, then the smallest q and p; empty without.

    And at which loci regions are significantly higher in A, and in B.
    """
    regions, effect = one.regions, one.analysis.effect
    called = regions["significant"].to_numpy(bool)
    order = np.lexsort((regions["pvalue"].to_numpy(float), regions["qvalue"].to_numpy(float), ~called, label))
    rows = order[np.flatnonzero(np.diff(label[order], prepend=-1))]
    at = label[rows]
    found: dict[str, Any] = {}
    for name in (effect, "pvalue", "qvalue"):
        found[name] = np.full(size, np.nan)
        found[name][at] = regions[name].to_numpy(float)[rows]
    found["direction"] = np.full(size, None, dtype=object)
    found["direction"][at] = regions["direction"].to_numpy(dtype=object)[rows]
    significant = np.zeros(size, dtype=bool)
    significant[at] = called[rows]
    count = np.bincount(label, minlength=size)
    found["significant"] = pd.arrays.BooleanArray(significant, count == 0)
    found["regions"] = count
    ways = regions["direction"].to_numpy(dtype=object)
    up, down = (np.zeros(size, dtype=bool) for _ in range(2))
    up[label[called & (ways == "A_enriched")]] = True
    down[label[called & (ways == "B_enriched")]] = True
    return found, (up, down)


def _directions(up: np.ndarray, down: np.ndarray) -> np.ndarray:
    """`DIRECTIONS` of loci; empty where nothing is significant."""
    return np.array(["", "A_enriched", "B_enriched", OPPOSITE], dtype=object)[up + 2 * down]


def significant_in(table: pd.DataFrame, names: list[str]) -> np.ndarray:
    """Which loci (rows) are significant in which comparisons (columns)."""
    return np.column_stack([table[f"significant|{name}"].to_numpy(bool, na_value=False) for name in names])


def exclusive_overlaps(table: pd.DataFrame, comparisons: Mapping[str, Compared]) -> pd.DataFrame:
    """Loci significant in exactly these comparisons, by direction; see `Joint` for the columns.

    Parameters
    ----------
    table : DataFrame
        From `joint_table`.
    """
    names = list(comparisons)
    word = present_word(next(iter(comparisons.values())))
    called = significant_in(table, names)
    some = called.any(axis=1)
    way = pd.Categorical(table["direction"].to_numpy()[some], categories=DIRECTIONS).codes
    rows = pd.DataFrame(called[some]).assign(way=way)
    kind = rows.groupby(list(rows), sort=False).ngroup().to_numpy()
    kinds = rows[~pd.Series(kind).duplicated().to_numpy()].to_numpy(int)
    everywhere = table[f"n_{word}"].to_numpy()[some] == len(names)
    member, direction = kinds[:, :-1].astype(bool), kinds[:, -1]
    made = pd.DataFrame(
        {
            "comparisons": [_joined(names, row) for row in member],
            "n_comparisons": member.sum(axis=1),
            "direction": np.array(DIRECTIONS, dtype=object)[direction],
            "loci": np.bincount(kind, minlength=len(kinds)),
            f"{word}_in_all": np.bincount(kind[everywhere], minlength=len(kinds)),
            **{f"significant|{name}": member[:, at] for at, name in enumerate(names)},
        }
    )
    # The sizes of whole combinations decide, so that the directions of one stand together.
    marks = [f"significant|{name}" for name in names]
    whole = made.groupby(marks)["loci"].transform("sum") if len(made) else made["loci"]
    order = np.lexsort((direction, *member.T, -whole.to_numpy()))
    return made.iloc[order].reset_index(drop=True)


def _joined(names: list[str], inside: np.ndarray) -> str:
    return JOINT.join(name for name, is_in in zip(names, inside, strict=True) if is_in)

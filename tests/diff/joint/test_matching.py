"""Which region is which, against every pair looked at one by one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scripts.diff.joint.matching import match_regions, overlapping_pairs
from scripts.diff.joint.table import joint_labels


def regions(*rows: tuple[str, int, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["chrom", "chromStart", "chromEnd"])


def at_random(seed: int, count: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    start = rng.integers(0, 900, count)
    chrom = rng.choice(["chr1", "chr2", "chr10"], count)
    return pd.DataFrame({"chrom": chrom, "chromStart": start, "chromEnd": start + rng.integers(1, 60, count)})


@pytest.mark.parametrize("seed", range(12))
def test_every_pair_that_shares_a_base_is_found_once(seed):
    first, second = at_random(seed, 80), at_random(seed + 100, 60)
    wanted = {}
    for i, a in enumerate(first.itertuples(index=False)):
        for j, b in enumerate(second.itertuples(index=False)):
            shared = min(a.chromEnd, b.chromEnd) - max(a.chromStart, b.chromStart)
            if a.chrom == b.chrom and shared > 0:
                wanted[i, j] = shared
    rows, others, shared = overlapping_pairs(first, second)
    found = dict(zip(zip(rows.tolist(), others.tolist(), strict=True), shared.tolist(), strict=True))
    assert found == wanted and len(rows) == len(wanted)
    match = match_regions(first, second)
    assert match.partners_first.tolist() == [sum(i == row for i, _ in wanted) for row in range(80)]
    for i, j in enumerate(match.best_in_second):
        most = max((bases for (row, _), bases in wanted.items() if row == i), default=0)
        assert (j == -1) == (most == 0) and (j == -1 or wanted[i, j] == most)
    assert len(set(match.first)) == len(match.first) and len(set(match.second)) == len(match.second)


def test_what_abuts_shares_nothing_and_ties_go_to_the_first():
    first = regions(("chr1", 100, 200), ("chr1", 300, 400))
    second = regions(("chr1", 200, 300), ("chr1", 350, 420), ("chr1", 280, 350), ("chr2", 100, 200))
    match = match_regions(first, second)
    assert match.best_in_second.tolist() == [-1, 2] and match.partners_first.tolist() == [0, 2]
    assert match.first.tolist() == [1] and match.second.tolist() == [2]


def test_loci_within_a_comparison_and_between_comparisons():
    one = regions(("chr1", 0, 100), ("chr1", 105, 200), ("chr1", 500, 600))  # two fragments of a peak
    two = regions(("chr1", 200, 300), ("chr1", 590, 700), ("chr2", 0, 100))  # abuts; overlaps by 10
    three = regions(("chr1", 199, 201))  # bridges the first two
    assert [part.tolist() for part in joint_labels([one, two])] == [[0, 0, 2], [1, 2, 3]]
    assert [part.tolist() for part in joint_labels([one, two, three])] == [[0, 0, 1], [0, 1, 2], [0]]


def test_nothing_matches_nothing():
    match = match_regions(regions(), regions(("chr1", 0, 10)))
    assert len(match.first) == 0 and match.best_in_first.tolist() == [-1] and match.best_in_second.size == 0

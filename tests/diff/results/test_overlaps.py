from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.diff.results.overlaps import overlapping

COLUMNS = ["chrom", "chromStart", "chromEnd"]
SPANS = st.lists(
    st.tuples(st.sampled_from(["chr1", "chr2"]), st.integers(0, 200), st.integers(1, 60)), min_size=0, max_size=15
)


def table(spans):
    return pd.DataFrame([(chrom, start, start + size) for chrom, start, size in spans], columns=COLUMNS).astype(
        {"chrom": object, "chromStart": "int64", "chromEnd": "int64"}
    )


@pytest.mark.parametrize(
    ("start", "end", "inside"),
    [(90, 100, False), (90, 101, True), (199, 210, True), (200, 210, False), (120, 130, True), (50, 300, True)],
)
def test_half_open_at_both_edges(start, end, inside):
    regions = pd.DataFrame([("chr1", start, end), ("chr2", start, end)], columns=COLUMNS, index=[7, 3])
    found = overlapping(regions, pd.DataFrame([("chr1", 100, 200)], columns=COLUMNS))
    assert found.index.tolist() == [7, 3]
    assert found.tolist() == [inside, False]


@given(SPANS, SPANS)
def test_against_every_pair(first, second):
    regions, others = table(first), table(second)
    expected = [
        any(chrom == other[0] and start < other[1] + other[2] and other[1] < start + size for other in second)
        for chrom, start, size in first
    ]
    assert overlapping(regions, others).tolist() == expected


def test_300_000_regions_in_1_000_intervals():
    rng = np.random.default_rng(1)

    def drawn(n, size):
        start = rng.integers(0, 200_000_000, n)
        names = rng.choice([f"chr{number}" for number in range(1, 23)], n)
        return pd.DataFrame({"chrom": names, "chromStart": start, "chromEnd": start + size})

    regions, others = drawn(300_000, 400), drawn(1_000, 50_000)
    begun = time.perf_counter()
    inside = overlapping(regions, others)
    assert time.perf_counter() - begun < 1
    assert 0.005 < inside.mean() < 0.03

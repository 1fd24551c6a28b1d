"""Counts against a slow reading of the recipe."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scripts.common.errors import InputError
from scripts.engine import count_coverage


def slow_count(regions: pd.DataFrame, records: pd.DataFrame, scale: float, read_length: float) -> list[int]:
    counts = []
    for region in regions.itertuples():
        hit = records[
            (records["chrom"] == region.chrom) & (records["start"] < region.end) & (records["end"] > region.start)
        ]
        total = float(((hit["end"] - hit["start"]) * hit["value"]).sum())
        counts.append(int((total / scale + 0.5) / read_length) + 1 if len(hit) else 0)
    return counts


def random_records(rng: np.random.Generator, size: int) -> pd.DataFrame:
    frames = []
    for chrom in ("chr2", "chr1", "chrM"):
        gaps, lengths = rng.integers(0, 4, size), rng.integers(1, 30, size)
        start = np.cumsum(gaps + np.concatenate([[0], lengths[:-1]]))
        value = rng.integers(1, 50, size).astype(float)
        frames.append(pd.DataFrame({"chrom": chrom, "start": start, "end": start + lengths, "value": value}))
    return pd.concat(frames, ignore_index=True)


@pytest.mark.parametrize("seed", range(5))
def test_equals_the_slow_reference(seed: int) -> None:
    rng = np.random.default_rng(seed)
    records = random_records(rng, 200)
    start = rng.integers(0, 4000, 150)
    regions = pd.DataFrame(
        {
            "chrom": rng.choice(["chr1", "chr2", "chrM", "chrX"], 150),
            "start": start,
            "end": start + rng.integers(1, 200, 150),
        }
    )
    found = count_coverage(regions, records, 0.25, 36)
    assert found.tolist() == slow_count(regions, records, 0.25, 36)
    assert (found == 0).any()
    assert (found > 0).any()


def test_a_record_counts_whole_where_it_reaches_beyond_the_region() -> None:
    regions = pd.DataFrame({"chrom": ["chr1"], "start": [90], "end": [110]})
    records = pd.DataFrame({"chrom": ["chr1"], "start": [100], "end": [200], "value": [5.0]})
    assert count_coverage(regions, records, 1.0, 50).tolist() == [int((100 * 5 + 0.5) / 50) + 1]


def test_touching_is_not_overlapping() -> None:
    regions = pd.DataFrame({"chrom": ["chr1", "chr1"], "start": [50, 200], "end": [100, 300]})
    records = pd.DataFrame({"chrom": ["chr1"], "start": [100], "end": [200], "value": [5.0]})
    assert count_coverage(regions, records, 1.0, 50).tolist() == [0, 0]


def test_an_overlapping_record_of_value_zero_counts_one() -> None:
    regions = pd.DataFrame({"chrom": ["chr1"], "start": [0], "end": [10]})
    records = pd.DataFrame({"chrom": ["chr1"], "start": [0], "end": [10], "value": [0.0]})
    assert count_coverage(regions, records, 1.0, 50).tolist() == [1]


def test_no_regions_and_no_records() -> None:
    records = random_records(np.random.default_rng(1), 5)
    regions = pd.DataFrame({"chrom": ["chr1"], "start": [0], "end": [10]})
    assert count_coverage(regions.iloc[:0], records, 1.0, 50).tolist() == []
    assert count_coverage(regions, records.iloc[:0], 1.0, 50).tolist() == [0]


def test_overlapping_records_are_refused() -> None:
    regions = pd.DataFrame({"chrom": ["chr1"], "start": [0], "end": [10]})
    records = pd.DataFrame({"chrom": "chr1", "start": [0, 5], "end": [10, 15], "value": 1.0})
    with pytest.raises(InputError, match="chr1 overlap or are not sorted"):
        count_coverage(regions, records, 1.0, 50)


@pytest.mark.parametrize(("scale", "read_length"), [(0, 50), (1, 0), (float("nan"), 50)])
def test_scale_and_read_length_are_positive(scale: float, read_length: float) -> None:
    regions = pd.DataFrame({"chrom": ["chr1"], "start": [0], "end": [10]})
    with pytest.raises(InputError, match="must be above 0"):
        count_coverage(regions, random_records(np.random.default_rng(1), 5), scale, read_length)

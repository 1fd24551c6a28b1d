"""Counts against a slow reading of the recipe."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scripts.common.errors import InputError
from scripts.engine.counts.coverage import check_contigs, count_coverage, missing_contigs
from tests.engine.tracks import write_bigwig


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


class Track:
    """Some contigs, without a file."""

    def __init__(self, *contigs: str) -> None:
        self.name = "some.bw"
        self.sizes = dict.fromkeys(contigs, 1000)


def test_missing_contigs_are_named_once_and_in_order() -> None:
    track = Track("chr1", "chr2")
    assert missing_contigs(["chrB", "chr1", "chrA", "chrB"], track) == ["chrB", "chrA"]
    assert missing_contigs(["chr1"], track) == []


def test_one_contig_in_common_is_enough() -> None:
    check_contigs(["chr1", "1", "2"], Track("chr1", "chr2"))
    check_contigs([], Track("chr1"))
    with pytest.raises(InputError) as caught:
        check_contigs(["1", "2", "1", "3", "4"], Track("chr1", "chr2", "chr3", "chr4", "chr5"))
    assert str(caught.value).startswith(
        "some.bw has no contig of the others: its contigs are chr1, chr2, chr3 (5), theirs 1, 2, 3 (4).\n"
    )
    with pytest.raises(InputError, match=r"its contigs are none \(0\), theirs 1 \(1\)"):
        check_contigs(["1"], Track())


@pytest.mark.parametrize(("scale", "read_length"), [(0, 50), (1, 0), (-1, 50), (1, -1)])
def test_each_unit_alone_must_be_above_zero(scale: float, read_length: float, tmp_path: Path) -> None:
    regions = pd.DataFrame({"chrom": ["chr1"], "start": [0], "end": [10]})
    with pytest.raises(InputError, match="must be above 0"):
        count_coverage(regions, tmp_path / "is not opened.bw", scale, read_length)


@pytest.mark.parametrize(
    ("total", "scale", "read_length", "count"),
    [
        (99, 1.0, 50, 2),  # int(99.5 / 50) + 1
        (100, 1.0, 50, 3),  # int(100.5 / 50) + 1
        (49, 1.0, 50, 1),
        (50, 0.5, 50, 3),  # int((50 / 0.5 + 0.5) / 50) + 1
        (99.0, 2.0, 50, 2),  # int((99.0 / 2 + 0.5) / 50) + 1
    ],
)
def test_the_formula_at_whole_numbers(total: float, scale: float, read_length: float, count: int) -> None:
    regions = pd.DataFrame({"chrom": ["chr1"], "start": [0], "end": [10]})
    records = pd.DataFrame({"chrom": ["chr1"], "start": [0], "end": [1], "value": [float(total)]})
    assert count_coverage(regions, records, scale, read_length).tolist() == [count]


def write(tmp_path: Path, *rows: tuple[str, int, int, float]) -> Path:
    pytest.importorskip("pybigtools")
    return write_bigwig(tmp_path / "track.bw", pd.DataFrame(rows, columns=["chrom", "start", "end", "value"]))


@pytest.mark.parametrize(
    ("value", "scale", "problem"),
    [
        (1.5, 1.0, "must be raw read depth, that is whole numbers"),
        (-1.0, 1.0, "must be raw read depth, that is whole numbers"),
        (-0.5, 0.5, "is a finite number, 0 or above"),
        (float("inf"), 0.5, "is a finite number, 0 or above"),
    ],
)
def test_values_that_are_no_coverage(tmp_path: Path, value: float, scale: float, problem: str) -> None:
    regions = pd.DataFrame({"chrom": ["chr1", "chr1"], "start": [0, 15], "end": [10, 40]})
    rows = [("chr1", 0, 10, 3.0), ("chr1", 20, 30, value), ("chr1", 30, 35, value), ("chr1", 60, 70, value)]
    with pytest.raises(InputError, match=problem) as caught:
        count_coverage(regions, write(tmp_path, *rows), scale, 36.0)
    assert f"has the value {value:g} at chr1:20-30 (2 such records of 3): coverage" in str(caught.value)


def test_normalised_coverage_needs_no_whole_numbers(tmp_path: Path) -> None:
    regions = pd.DataFrame({"chrom": ["chr1", "chr2"], "start": [0, 0], "end": [10, 10]})
    track = write(tmp_path, ("chr1", 0, 10, 1.5), ("chr1", 10, 20, 0.0))
    assert count_coverage(regions, track, 0.5, 10.0).tolist() == [4, 0]


def test_regions_between_and_beside_records(tmp_path: Path) -> None:
    """In any order; some of them hold no record, one touches records on both sides."""
    starts, ends = [90, 20, 0, 5, 10, 200], [100, 30, 5, 6, 20, 900]
    regions = pd.DataFrame({"chrom": "chr1", "start": starts, "end": ends})
    rows = [("chr1", 5, 10, 1.0), ("chr1", 20, 30, 2.0), ("chr1", 95, 99, 5.0)]
    wanted = [int(20.5 / 2) + 1, int(20.5 / 2) + 1, 0, int(5.5 / 2) + 1, 0, 0]
    assert count_coverage(regions, write(tmp_path, *rows), 1.0, 2.0).tolist() == wanted
    records = pd.DataFrame(rows, columns=["chrom", "start", "end", "value"])
    assert count_coverage(regions, records, 1.0, 2.0).tolist() == wanted


def test_records_that_touch_do_not_overlap() -> None:
    regions = pd.DataFrame({"chrom": ["chr1"], "start": [0], "end": [20]})
    records = pd.DataFrame({"chrom": "chr1", "start": [0, 10], "end": [10, 20], "value": 1.0})
    assert count_coverage(regions, records, 1.0, 50).tolist() == [1]
    overlapping = records.assign(start=[0, 9])
    with pytest.raises(InputError, match="chr1 overlap"):
        count_coverage(regions, overlapping, 1.0, 50)

    three = pd.DataFrame({"chrom": "chr1", "start": [0, 20, 25], "end": [10, 30, 40], "value": 1.0})
    with pytest.raises(InputError, match="chr1 overlap"):
        count_coverage(regions, three, 1.0, 50)

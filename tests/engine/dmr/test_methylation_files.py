"""Methylation of several files in one table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scripts.common.errors import InputError
from scripts.engine import find_dmrs, read_methylation
from tests.engine.tracks import write_bigwig
from tests.range_server import serve_ranges

SIZES = {"chr1": 100_000, "chr10": 100_000, "chr2": 100_000}


def methyl(path: Path, rows: list[tuple[str, int, float]], width: int = 1, sizes: dict[str, int] = SIZES) -> Path:
    """`rows` give contig, 1-based position, value."""
    frame = pd.DataFrame(rows, columns=["chrom", "pos", "value"])
    frame = frame.assign(start=frame["pos"] - 1, end=frame["pos"] - 1 + width)
    return write_bigwig(path, frame, sizes)


def test_outer_join(tmp_path: Path) -> None:
    a = methyl(tmp_path / "a.bw", [("chr1", 10, 0.25), ("chr1", 30, 1.0), ("chr2", 5, 0.5)])
    b = methyl(tmp_path / "b.bw", [("chr1", 20, 0.0), ("chr1", 30, 0.75), ("chr10", 7, 0.125)])
    found = read_methylation({"A1": a, "B1": b})
    assert found.table["chrom"].astype(str).tolist() == ["chr1", "chr1", "chr1", "chr10", "chr2"]
    assert found.table["pos"].tolist() == [10, 20, 30, 7, 5]
    nan = np.nan
    np.testing.assert_array_equal(found.table["A1"], [0.25, nan, 1.0, nan, 0.5])
    np.testing.assert_array_equal(found.table["B1"], [nan, 0.0, 0.75, 0.125, nan])
    assert found.table["A1"].dtype == np.float64
    assert found.notes == [
        "A1: 1 contig of the other files missing (chr10).",
        "B1: 1 contig of the other files missing (chr2).",
    ]
    assert not found.simulated


@pytest.mark.parametrize("seed", range(3))
def test_equals_a_merge_of_frames(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    sources, expected = {}, None
    for name in ("s1", "s2", "s3"):
        frames = []
        for chrom in SIZES:
            pos = np.sort(rng.choice(np.arange(1, 5_000, 2), 300, replace=False))
            frames.append(pd.DataFrame({"chrom": chrom, "pos": pos, name: rng.integers(0, 9, 300) / 8}))
        sample = pd.concat(frames)
        sources[name] = methyl(tmp_path / f"{name}.bw", list(sample.itertuples(index=False, name=None)))
        expected = sample if expected is None else expected.merge(sample, how="outer", on=["chrom", "pos"])
    expected = expected.sort_values(["chrom", "pos"], ignore_index=True)
    for workers in (1, 3):
        found = read_methylation(sources, workers).table
        pd.testing.assert_frame_equal(found.assign(chrom=found["chrom"].astype(str)), expected, check_dtype=False)


def test_per_cent_is_recognised_from_the_whole_file(tmp_path: Path) -> None:
    low = [("chr1", 10 * (i + 1), 0.5) for i in range(50)]
    per_cent = methyl(tmp_path / "p.bw", [*low, ("chr2", 8, 100.0)])
    fraction = methyl(tmp_path / "f.bw", [*low, ("chr2", 8, 1.0)])
    found = read_methylation({"P": per_cent, "F": fraction})
    np.testing.assert_allclose(found.table["P"], [0.005] * 50 + [1.0])
    np.testing.assert_allclose(found.table["F"], [0.5] * 50 + [1.0])
    assert found.notes == ["P: methylation is in per cent; it was divided by 100."]


def test_wide_records_are_one_measurement_and_said(tmp_path: Path) -> None:
    both_strands = methyl(tmp_path / "two.bw", [("chr1", 10, 0.5)], width=2)
    wide = methyl(tmp_path / "wide.bw", [("chr1", 10, 0.25), ("chr1", 40, 0.5)], width=7)
    found = read_methylation({"two": both_strands, "wide": wide})
    assert found.table["pos"].tolist() == [10, 40]
    assert found.notes == [
        "wide: 2 records wider than a CpG (2 bases); each was taken as one measurement at its first base."
    ]


@pytest.mark.parametrize("values", [(0.5, -0.1), (0.5, 1.2), (50.0, 101.0)])
def test_values_that_are_no_methylation(tmp_path: Path, values: tuple[float, float]) -> None:
    path = methyl(tmp_path / "a.bw", [("chr1", 10, values[0]), ("chr1", 20, values[1])])
    with pytest.raises(InputError, match=r"^S: the methylation at chr1:20 is .* from 0 to 1"):
        read_methylation({"S": path})


def test_a_fraction_of_one_that_was_rounded_up(tmp_path: Path) -> None:
    path = methyl(tmp_path / "a.bw", [("chr1", 10, 1.000001), ("chr1", 20, 0.5)])
    assert read_methylation({"S": path}).table["S"].tolist() == [1.0, 0.5]


def test_files_of_different_spellings_and_broken_ones(tmp_path: Path) -> None:
    a = methyl(tmp_path / "a.bw", [("chr1", 10, 0.5)])
    other = methyl(tmp_path / "other.bw", [("1", 10, 0.5)], sizes={"1": 1000})
    with pytest.raises(InputError, match=r"^A: .*a\.bw has no contig of the others: its contigs are chr1 .*, theirs 1"):
        read_methylation({"A": a, "B": other})
    (tmp_path / "cut.bw").write_bytes(a.read_bytes()[:200])
    with pytest.raises(InputError, match=r"^C: .*cut\.bw is no whole bigWig"):
        read_methylation({"A": a, "C": tmp_path / "cut.bw"})
    with pytest.raises(InputError, match="No methylation file"):
        read_methylation({})
    with pytest.raises(InputError, match="workers is 0"):
        read_methylation({"A": a}, 0)


def test_addresses_and_the_test_for_regions(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    sources = {}
    for name in ("A1", "A2", "B1", "B2"):
        high = 0.9 if name[0] == "A" else 0.1
        rows = [("chr1", 100 + 20 * i, float(high + rng.normal(0, 0.02))) for i in range(30)]
        sources[name] = methyl(tmp_path / f"{name}.bw", rows)
    with serve_ranges(sources["A1"].read_bytes()) as served:
        table = read_methylation({**sources, "A1": served.url}).table
    pd.testing.assert_frame_equal(table, read_methylation(sources).table)
    found = find_dmrs(table, ["A", "A", "B", "B"])
    assert found[["chrom", "start", "end"]].to_numpy().tolist() == [["chr1", 99, 680]]

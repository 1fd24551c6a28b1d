"""Regions against bedtools and against a count of every base."""

from __future__ import annotations

import io
import itertools
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.common.errors import InputError
from scripts.engine import segment_peaks


def bed(*rows: tuple[str, int, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["chrom", "start", "end"])


def random_peaks(seed: int) -> list[pd.DataFrame]:
    """Unsorted peaks on few bases: abutting, nested, duplicate and overlapping ones are common."""
    rng = np.random.default_rng(seed)
    files = []
    for _ in range(rng.integers(2, 8)):
        size = rng.integers(1, 60)
        start = rng.integers(0, 300, size)
        chrom = rng.choice(["chr1", "chr10", "chr2", "chrUn_X", "chrM"], size)
        files.append(pd.DataFrame({"chrom": chrom, "start": start, "end": start + rng.integers(1, 40, size)}))
    return files


def by_base(files: list[pd.DataFrame]) -> list[tuple[str, int, int]]:
    """Slow reference: the set of files on every base; a cut wherever the set changes."""
    found = []
    for chrom in sorted({name for file in files for name in file["chrom"]}):
        covered = np.zeros((len(files), 400), dtype=bool)
        for number, file in enumerate(files):
            for row in file[file["chrom"] == chrom].itertuples():
                covered[number, row.start : row.end] = True
        cuts = np.flatnonzero((np.diff(covered.astype(int), axis=1) != 0).any(axis=0)) + 1
        edges = [0, *cuts.tolist(), covered.shape[1]]
        pairs = itertools.pairwise(edges)
        found += [(chrom, left, right) for left, right in pairs if covered[:, left].any()]
    return found


def multiinter(files: list[pd.DataFrame], folder: Path) -> list[list[object]]:
    """What bedtools makes of these files."""
    bedtools = shutil.which("bedtools")
    if bedtools is None:
        pytest.skip("bedtools is not installed")
    paths = []
    for number, file in enumerate(files):
        path = folder / f"{number}.bed"
        file.to_csv(path, sep="\t", header=False, index=False)
        environment = {**os.environ, "LC_ALL": "C"}
        subprocess.run(["sort", "-k1,1", "-k2,2n", "-o", path, path], check=True, env=environment)
        paths.append(str(path))
    output = subprocess.run([bedtools, "multiinter", "-i", *paths], check=True, capture_output=True, text=True).stdout
    found: list[list[object]] = pd.read_csv(io.StringIO(output), sep="\t", header=None).iloc[:, :3].to_numpy().tolist()
    return found


@pytest.mark.parametrize("seed", range(12))
def test_equals_bedtools(seed: int, tmp_path: Path) -> None:
    files = random_peaks(seed)
    assert segment_peaks(files).to_numpy().tolist() == multiinter(files, tmp_path)


@pytest.mark.parametrize(("one", "other", "expected"), [
    ([(10, 20), (20, 30)], [(40, 50)], [(10, 30), (40, 50)]),
    ([(10, 20), (20, 30)], [(15, 25)], [(10, 15), (15, 25), (25, 30)]),
    ([(10, 20), (20, 30)], [(20, 25)], [(10, 20), (20, 25), (25, 30)]),
    ([(10, 20), (20, 30)], [(10, 20), (20, 30)], [(10, 30)]),
    ([(10, 22), (20, 30)], [(30, 40)], [(10, 30), (30, 40)]),
])  # fmt: skip
def test_touching_peaks_as_bedtools_has_them(
    one: list[tuple[int, int]], other: list[tuple[int, int]], expected: list[tuple[int, int]], tmp_path: Path
) -> None:
    files = [bed(*(("chr1", *peak) for peak in peaks)) for peaks in (one, other)]
    wanted = [["chr1", *segment] for segment in expected]
    assert segment_peaks(files).to_numpy().tolist() == wanted
    assert multiinter(files, tmp_path) == wanted


@settings(max_examples=40, deadline=None)
@given(st.integers(min_value=0, max_value=10_000))
def test_equals_a_count_of_every_base(seed: int) -> None:
    files = random_peaks(seed)
    assert [tuple(row) for row in segment_peaks(files).to_numpy().tolist()] == by_base(files)


def test_peaks_of_one_experiment_that_touch_are_one() -> None:
    found = segment_peaks([bed(("chr1", 10, 20), ("chr1", 20, 30)), bed(("chr1", 40, 50))])
    assert found.to_numpy().tolist() == [["chr1", 10, 30], ["chr1", 40, 50]]


def test_peaks_of_two_experiments_that_touch_stay_apart() -> None:
    found = segment_peaks([bed(("chr1", 10, 20)), bed(("chr1", 20, 30))])
    assert found.to_numpy().tolist() == [["chr1", 10, 20], ["chr1", 20, 30]]


def test_no_peaks_give_no_regions() -> None:
    assert segment_peaks([bed(), bed()]).empty
    assert segment_peaks([]).columns.tolist() == ["chrom", "start", "end"]


@pytest.mark.parametrize("row", [("chr1", 10, 10), ("chr1", 20, 10), ("chr1", -5, 10)])
def test_impossible_peaks_are_refused(row: tuple[str, int, int]) -> None:
    with pytest.raises(InputError, match="no length or start below 0"):
        segment_peaks([bed(row)])

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scripts.common.errors import InputError
from scripts.engine.counts.bigwig import BigWig
from scripts.engine.counts.read_depth import read_depth, scales_of
from tests.engine.tracks import write_bigwig

pytest.importorskip("pybigtools")


def depth_of(reads: np.ndarray, lengths: np.ndarray, scale: float, path: Path) -> Path:
    """A track as `bedtools genomecov` makes it of reads on one contig."""
    size = 1_000_000
    change = np.zeros(size + 1, dtype=int)
    np.add.at(change, reads, 1)
    np.add.at(change, reads + lengths, -1)
    depth = np.cumsum(change)[:-1]
    edges = np.flatnonzero(np.diff(depth, prepend=-1))
    frame = pd.DataFrame({"chrom": "chr1", "start": edges, "end": np.append(edges[1:], size), "value": depth[edges]})
    frame = frame[frame["value"] > 0].assign(value=lambda x: (x["value"] * scale).astype(np.float32).astype(float))
    return write_bigwig(path, frame, {"chr1": size})


@pytest.fixture
def reads() -> np.ndarray:
    rng = np.random.default_rng(2)
    return np.concatenate([rng.integers(0, 990_000, 3000), rng.normal(500_000, 200, 2000).astype(int)])


@pytest.mark.parametrize("layout", [1, 2])
def test_single_and_paired_reads(reads: np.ndarray, layout: int, tmp_path: Path) -> None:
    scales = scales_of(2_000_000, 97.5, 12.0)
    track = depth_of(reads, np.full(len(reads), 51), scales[layout - 1], tmp_path / "track.bw")
    with BigWig(track) as opened:
        found = read_depth(opened, candidates=scales)
        assert (found.scale, found.read_length) == (scales[layout - 1], 51)
        assert found.notes == [found.notes[0]]
        assert "read length 51, that of" in found.notes[0]
        known = read_depth(opened, scale=2.0, read_length=36.0)
    assert known == (2.0, 36.0, [])


def test_metadata_that_do_not_fit_or_are_not_there(reads: np.ndarray, tmp_path: Path) -> None:
    track = depth_of(reads, np.full(len(reads), 51), 0.031, tmp_path / "track.bw")
    for candidates, why in (((), "tell no number of reads"), ((0.5, 0.25), "do not fit")):
        with BigWig(track) as opened:
            found = read_depth(opened, candidates=candidates)
        assert found.scale == pytest.approx(0.031, rel=1e-6)
        assert why in found.notes[0]


def test_trimmed_reads(reads: np.ndarray, tmp_path: Path) -> None:
    lengths = np.random.default_rng(1).integers(30, 51, len(reads))
    with BigWig(depth_of(reads, lengths, 1.0, tmp_path / "track.bw")) as opened:
        assert read_depth(opened, scale=1.0).read_length == pytest.approx(40, abs=1)


def test_too_few_reads_that_stand_alone(tmp_path: Path) -> None:
    track = depth_of(np.arange(10) * 1000, np.full(10, 50), 1.0, tmp_path / "track.bw")
    with BigWig(track) as opened, pytest.raises(InputError, match=r"track.bw: only 10 reads stand alone"):
        read_depth(opened, scale=1.0)


def test_a_track_without_coverage(tmp_path: Path) -> None:
    frame = pd.DataFrame({"chrom": ["chr1"], "start": [0], "end": [10], "value": [0.0]})
    with BigWig(write_bigwig(tmp_path / "track.bw", frame)) as opened, pytest.raises(InputError, match="no coverage"):
        read_depth(opened)

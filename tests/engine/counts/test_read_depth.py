from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scripts.common.errors import InputError
from scripts.engine.counts.bigwig import BigWig
from scripts.engine.counts.read_depth import ReadDepth, read_depth, scales_of
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


def reads_alone(path: Path, lengths: dict[str, list[int]], values: dict[str, float] | None = None) -> Path:
    """Contigs of reads 500 bases apart, of these lengths; the longest contig comes first in the dictionary."""
    rows = [
        (chrom, 500 * n, 500 * n + length, (values or {}).get(chrom, 1.0))
        for chrom, found in lengths.items()
        for n, length in enumerate(found)
    ]
    frame = pd.DataFrame(rows, columns=["chrom", "start", "end", "value"]).sort_values(["chrom", "start"])
    sizes = {chrom: 2_000_000 - 1000 * n for n, chrom in enumerate(lengths)}
    return write_bigwig(path, frame, dict(sorted(sizes.items())))


def depth(path: Path, **known: object) -> ReadDepth:
    with BigWig(path) as opened:
        return read_depth(opened, **known)


def test_what_is_known_is_not_looked_for(tmp_path: Path) -> None:
    frame = pd.DataFrame({"chrom": ["chr1"], "start": [0], "end": [10], "value": [0.0]})
    empty = write_bigwig(tmp_path / "track.bw", frame)
    assert depth(empty, scale=2.0, read_length=36.0) == (2.0, 36.0, [])
    for known in ({"scale": 2.0}, {"read_length": 36.0}):
        with pytest.raises(InputError, match="no coverage above 0"):
            depth(empty, **known)


def test_a_known_length_needs_no_reads_that_stand_alone(tmp_path: Path) -> None:
    found = depth(reads_alone(tmp_path / "track.bw", {"chr1": [50]}, {"chr1": 0.25}), read_length=36.0)
    assert found == (
        0.25,
        36.0,
        ["one read = 0.25, the least value of the track (the metadata tell no number of reads)"],
    )


@pytest.mark.parametrize(("n", "enough"), [(19, False), (20, True)])
def test_twenty_reads_tell_their_length(n: int, enough: bool, tmp_path: Path) -> None:
    track = reads_alone(tmp_path / "track.bw", {"chr1": [50] * n})
    if enough:
        assert depth(track, scale=1.0) == (
            1.0,
            50.0,
            ["read length 50, that of 20 reads that stand alone in the track"],
        )
    else:
        with pytest.raises(InputError, match="only 19 reads stand alone"):
            depth(track, scale=1.0)


@pytest.mark.parametrize(("n", "told"), [(1999, "50.5, that of 4,000 reads"), (2000, "50, that of 2,000 reads")])
def test_two_thousand_reads_of_the_longest_contigs_are_enough(n: int, told: str, tmp_path: Path) -> None:
    more = 4000 - n
    track = reads_alone(tmp_path / "track.bw", {"chrB": [50] * n, "chrA": [51] * (more - 1) + [52]})
    wanted = told if n == 2000 else f"51, that of {n + more:,} reads"
    assert depth(track, scale=1.0).notes[0].startswith(f"read length {wanted}")


@pytest.mark.parametrize(
    ("lengths", "length"),
    [
        ([50] * 10 + list(range(60, 70)), 50),  # half of the reads: untrimmed
        ([50] * 9 + list(range(60, 71)), round((450 + sum(range(60, 71))) / 20, 1)),
    ],
)
def test_the_length_that_half_of_the_reads_have(lengths: list[int], length: float, tmp_path: Path) -> None:
    assert depth(reads_alone(tmp_path / "track.bw", {"chr1": lengths}), scale=1.0).read_length == length


def test_only_reads_with_nothing_beside_them(tmp_path: Path) -> None:
    """Of three records that touch none tells a length, nor does one of two reads' depth, nor one of value 0."""
    alone = [("chr1", 1000 * n, 1000 * n + 50, 1.0) for n in range(20)]
    touching = [("chr1", 30_000, 30_007, 1.0), ("chr1", 30_007, 30_014, 1.0), ("chr1", 30_014, 30_021, 1.0)]
    deeper = [("chr1", 31_000 + 1000 * n, 31_007 + 1000 * n, 2.0) for n in range(5)]
    zero = [("chr1", 40_000 + 1000 * n, 40_007 + 1000 * n, 0.0) for n in range(5)]
    frame = pd.DataFrame(alone + touching + deeper + zero, columns=["chrom", "start", "end", "value"])
    found = depth(write_bigwig(tmp_path / "track.bw", frame))
    assert (found.scale, found.read_length) == (1.0, 50.0)
    assert found.notes[1] == "read length 50, that of 20 reads that stand alone in the track"


def test_a_record_of_value_zero_beside_a_read_is_nothing(tmp_path: Path) -> None:
    rows = [
        row
        for n in range(20)
        for row in (("chr1", 1000 * n, 1000 * n + 50, 1.0), ("chr1", 1000 * n + 50, 1000 * n + 99, 0.0))
    ]
    frame = pd.DataFrame(rows, columns=["chrom", "start", "end", "value"])
    assert depth(write_bigwig(tmp_path / "track.bw", frame), scale=1.0).read_length == 50


def test_the_least_value_may_be_on_any_contig(tmp_path: Path) -> None:
    """What a longer contig showed before were pairs of reads."""
    track = reads_alone(tmp_path / "track.bw", {"chrB": [70] * 30, "chrA": [50] * 25}, {"chrB": 2.0, "chrA": 1.0})
    found = depth(track)
    assert (found.scale, found.read_length) == (1.0, 50.0)
    assert found.notes[1].endswith("that of 25 reads that stand alone in the track")


def test_nearly_the_same_value_is_that_of_one_read_too(tmp_path: Path) -> None:
    """Values are rounded to 32 bits."""
    for other, lengths in ((1.00005, 45), (1.0003, 25)):
        track = reads_alone(tmp_path / "track.bw", {"chrB": [50] * 25, "chrA": [50] * 20}, {"chrB": 1.0, "chrA": other})
        assert f"that of {lengths} reads" in depth(track, scale=1.0).notes[0]
        turned = reads_alone(
            tmp_path / "turned.bw", {"chrB": [50] * 20, "chrA": [50] * 25}, {"chrB": other, "chrA": 1.0}
        )
        assert f"that of {lengths} reads" in depth(turned, scale=1.0).notes[0]


@pytest.mark.parametrize(
    ("candidates", "scale"),
    [
        ((1.05, 0.5), 1.05),
        ((0.5, 0.952), 0.952),
        ((1.053, 0.5), None),
        ((0.5, 0.95), None),
        ((1.04, 0.97), 0.97),
        ((np.inf, 1.01), 1.01),
        ((np.inf, np.inf), None),
    ],
)
def test_the_scale_that_the_metadata_allow_is_within_5_per_cent(
    candidates: tuple[float, ...], scale: float | None, tmp_path: Path
) -> None:
    found = depth(reads_alone(tmp_path / "track.bw", {"chr1": [50] * 20}), candidates=candidates)
    assert found.scale == (scale or 1.0)
    assert [note for note in found.notes if "do not fit it" in note] == ([] if scale else [found.notes[0]])


def test_scales_of_usable_reads() -> None:
    assert scales_of(2_000_000, 50.0, 20.0) == (1.25, 0.625)
    assert scales_of(0, 50.0, 20.0) == (np.inf, np.inf)
    assert scales_of(1_000_000, 100.0, 100.0) == (np.inf, np.inf)
    assert scales_of(1, 100.0, 0.0) == (1e6, 5e5)

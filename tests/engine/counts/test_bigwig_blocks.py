"""Records of every kind of block, as another reader finds them; damage that is told; and how little is read."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scripts.chipatlas.transport.client import Client
from scripts.common.errors import BadResponseError, ChipAtlasError, InputError
from scripts.engine.counts import bigwig_blocks
from scripts.engine.counts.bigwig import BigWig
from scripts.engine.counts.coverage import count_coverage
from tests.engine.tracks import bed_graph, fixed_step, random_records, variable_step, write_bigwig, write_blocks
from tests.range_server import serve_ranges

LENGTHS = {"chr2": 4_000, "chr10": 3_000, "chrEmpty": 500, "chr1": 2_000}
#: Begin, end and value of each record.
PLANTED = {
    "chr2": [(0, 10, 1.5), (10, 30, 2.0), *((100 + 7 * n, 105 + 7 * n, n / 4) for n in range(5)), (400, 401, 9.0)],
    "chr10": [(50, 60, -1.0), (75, 85, 3.0), (90, 100, 0.0), (200, 220, 7.0), (220, 240, 8.0), (240, 260, 0.5)],
    "chrEmpty": [],
    "chr1": [(1_000, 1_500, 0.25), (1_980, 2_000, 4.0)],
}


def planted() -> list[bytes]:
    """The blocks of `PLANTED`: of three kinds; the last record is stored as longer than its contig."""
    chr10 = PLANTED["chr10"]
    return [
        bed_graph(0, PLANTED["chr2"][:2]),
        fixed_step(0, 100, [n / 4 for n in range(5)], 7, 5),
        bed_graph(0, PLANTED["chr2"][-1:]),
        variable_step(1, [(start, value) for start, _, value in chr10[:3]], 10),
        fixed_step(1, 200, [value for _, _, value in chr10[3:]], 20, 20),
        bed_graph(3, [PLANTED["chr1"][0]]),
        bed_graph(3, [(1_980, 2_020, 4.0)]),
    ]


def rows(track: BigWig, chrom: str) -> list[tuple[float, ...]]:
    return [tuple(row) for row in zip(*(column.tolist() for column in track.records(chrom)), strict=True)]


@pytest.mark.parametrize("packed", [True, False])
def test_records_of_every_kind_of_block(packed: bool, tmp_path: Path) -> None:
    path = write_blocks(tmp_path / "kinds.bw", LENGTHS, planted(), packed=packed)
    with BigWig(path) as track:
        assert list(track.sizes.items()) == list(LENGTHS.items())
        assert {chrom: rows(track, chrom) for chrom in track.sizes} == PLANTED
        assert rows(track, "chr7") == []
        found = track.records("chr2")
        assert [column.dtype for column in found] == [np.int64, np.int64, np.float64]


@pytest.mark.parametrize("packed", [True, False])
def test_another_reader_finds_the_same(packed: bool, tmp_path: Path) -> None:
    pybigtools = pytest.importorskip("pybigtools")
    path = write_blocks(tmp_path / "kinds.bw", LENGTHS, planted(), packed=packed)
    other = pybigtools.open(str(path))
    with BigWig(path) as track:
        assert dict(track.sizes) == dict(other.chroms())
        assert {chrom: rows(track, chrom) for chrom in LENGTHS} == {c: list(other.records(c)) for c in LENGTHS}
        for start, end in [(0, 4_000), (5, 25), (101, 130), (399, 402), (30, 100), (3_000, 4_000)]:
            found = track.sections("chr2", np.array([start]), np.array([end]))
            assert list(zip(*map(np.ndarray.tolist, found), strict=True)) == list(other.records("chr2", start, end))


@pytest.mark.parametrize("seed", range(3))
def test_a_large_file_as_another_reader_finds_it(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pybigtools = pytest.importorskip("pybigtools")
    monkeypatch.setattr(bigwig_blocks, "GROUP_BYTES", 20_000)  # many groups
    rng = np.random.default_rng(seed)
    edges = np.unique(rng.integers(0, 9_000_000, 60_000))
    kept = rng.random(len(edges) - 1) < 0.8
    value = np.where(rng.random(len(edges) - 1) < 0.01, np.nan, rng.random(len(edges) - 1)).astype(np.float32)
    frame = pd.DataFrame({"chrom": "chr1", "start": edges[:-1], "end": edges[1:], "value": value.astype(float)})[kept]
    path = write_bigwig(tmp_path / "large.bw", frame, {"chr1": 10_000_000, "chr2": 5})
    other = np.array(list(pybigtools.open(str(path)).records("chr1")))
    with BigWig(path) as track:
        np.testing.assert_array_equal(np.column_stack(track.records("chr1")), other)
        starts = rng.integers(-50, 10_000_100, 300)
        ends = starts + rng.integers(1, 5_000, 300)
        found = track.overlapping("chr1", starts, ends).touching(starts, ends)
        wanted = ((other[:, None, 0] < ends) & (other[:, None, 1] > starts)).any(axis=1)
        np.testing.assert_array_equal(np.column_stack(found), other[wanted])


def test_counts_reach_across_kinds_contigs_and_the_end(tmp_path: Path) -> None:
    path = write_blocks(tmp_path / "kinds.bw", LENGTHS, [*planted()[:3], *planted()[4:]])
    regions = pd.DataFrame(
        [
            ("chr2", 5, 102),  # all of two records, and of one that reaches beyond
            ("chr10", 210, 230),
            ("chr1", 1_990, 9_999),  # beyond the end of the contig
            ("chr1", 5_000, 6_000),
            ("chrEmpty", 0, 500),
            ("chrUn", 0, 100),
            ("chr2", 30, 100),  # between records
        ],
        columns=["chrom", "start", "end"],
    )
    bases = [10 * 1.5 + 20 * 2.0 + 5 * 0.0, 20 * 7.0 + 20 * 8.0, 20 * 4.0]
    expected = [int((total / 0.5 + 0.5) / 10.0) + 1 for total in bases] + [0] * 4
    assert count_coverage(regions, path, 0.5, 10.0).tolist() == expected


def test_only_blocks_that_regions_touch_are_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = [bed_graph(0, [(1_000 * n + 10, 1_000 * n + 900, 1.0)]) for n in range(50)]
    path = write_blocks(tmp_path / "many.bw", {"chr1": 50_000}, blocks)
    unpacked = []
    whole = bigwig_blocks._unpacked
    monkeypatch.setattr(bigwig_blocks, "_unpacked", lambda block: (unpacked.append(1), whole(block))[1])
    regions = pd.DataFrame({"chrom": "chr1", "start": [5_100, 30_500, 40_950], "end": [5_200, 31_500, 40_990]})
    assert count_coverage(regions, path, 1.0, 10.0).tolist() == [90, 179, 0]
    assert len(unpacked) == 3


def header(block: bytes, **fields: int) -> bytes:
    """A block that says something else of itself."""
    names = ["number", "start", "end", "step", "span", "kind", "reserved", "count"]
    told = dict(zip(names, struct.unpack_from("<5I2BH", block), strict=True)) | fields
    return struct.pack("<5I2BH", *told.values()) + block[24:]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"count": 3}, "does not hold what it says"),
        ({"count": 1}, "does not hold what it says"),
        ({"kind": 2}, "does not hold what it says"),
        ({"kind": 9}, "does not hold what it says"),
        ({"number": 1}, "of another contig than its index says"),
    ],
)
def test_a_block_with_a_wrong_head(change: dict[str, int], match: str, tmp_path: Path) -> None:
    block = bed_graph(0, [(10, 20, 1.0), (30, 40, 2.0)])
    path = write_blocks(tmp_path / "odd.bw", LENGTHS, [header(block, **change)], places=[(0, 10, 0, 40)])
    with BigWig(path) as track, pytest.raises(InputError, match=rf"odd.bw is no whole bigWig.*{match}.*Fetch the file"):
        track.records("chr2")


@pytest.mark.parametrize("place", [(0, 11, 0, 40), (0, 10, 0, 39)])
def test_records_beside_what_the_index_says(place: tuple[int, int, int, int], tmp_path: Path) -> None:
    path = write_blocks(tmp_path / "odd.bw", LENGTHS, [bed_graph(0, [(10, 20, 1.0), (30, 40, 2.0)])], places=[place])
    with BigWig(path) as track, pytest.raises(InputError, match="beside the place that its index names"):
        track.records("chr2")


def test_a_block_that_the_index_gives_to_several_contigs(tmp_path: Path) -> None:
    blocks = [bed_graph(0, [(10, 20, 1.0)]), bed_graph(1, [(5, 9, 2.0)])]
    path = write_blocks(tmp_path / "shared.bw", LENGTHS, blocks, places=[(0, 10, 1, 9)] * 2)
    with BigWig(path) as track:
        assert rows(track, "chr2") == [(10, 20, 1.0)] and rows(track, "chr10") == [(5, 9, 2.0)]
        assert rows(track, "chrEmpty") == rows(track, "chr1") == []


def test_a_small_block_that_unpacks_to_much_is_not_unpacked(tmp_path: Path) -> None:
    path = write_blocks(tmp_path / "odd.bw", LENGTHS, [bed_graph(0, [(0, 10, 0.0)]) + bytes(50_000_000)])
    with BigWig(path) as track, pytest.raises(InputError, match="a block that does not end"):
        track.records("chr2")


def test_zlib_that_is_wrong_or_ends_early(tmp_path: Path) -> None:
    path = write_blocks(tmp_path / "odd.bw", LENGTHS, planted())
    whole = path.read_bytes()
    begin, size = struct.unpack_from("<2Q", whole, struct.unpack_from("<Q", whole, 24)[0] + 48 + 3 * 52 + 4 - 52 + 16)
    assert zlib.decompress(whole[begin : begin + size]) == planted()[0]
    for place in range(begin, begin + size):
        damaged = bytearray(whole)
        damaged[place] ^= 0x55
        path.write_bytes(damaged)
        with BigWig(path) as track, pytest.raises(InputError, match=r"odd.bw is no whole bigWig"):
            track.records("chr2")


@pytest.mark.parametrize(("at", "value"), [(16, 1 << 40), (16, (1 << 64) - 1), (24, 1 << 40), (24, 1 << 20)])
def test_an_index_that_points_outside(at: int, value: int, tmp_path: Path) -> None:
    path = write_blocks(tmp_path / "odd.bw", LENGTHS, [bed_graph(0, [(10, 20, 1.0)])])
    content = bytearray(path.read_bytes())
    leaf = struct.unpack_from("<Q", content, 24)[0] + 48 + 4
    struct.pack_into("<Q", content, leaf + at, value)
    path.write_bytes(content)
    with (
        BigWig(path) as track,
        pytest.raises(InputError, match=r"cannot be read \((it ends|a block that is larger)"),
    ):
        track.records("chr2")


def test_an_index_that_leads_back_to_itself(tmp_path: Path) -> None:
    path = write_blocks(tmp_path / "odd.bw", LENGTHS, planted())
    content = bytearray(path.read_bytes())
    root = struct.unpack_from("<Q", content, 24)[0] + 48
    struct.pack_into("<Q", content, root + 4 + 16, root)
    path.write_bytes(content)
    with BigWig(path) as track, pytest.raises(InputError, match="an index that leads back to itself"):
        track.records("chr2")


def test_a_turned_byte_is_told_or_changes_no_record(tmp_path: Path) -> None:
    path = write_bigwig(tmp_path / "whole.bw", random_records(7))
    whole = path.read_bytes()
    with BigWig(path) as track:
        truth = [rows(track, chrom) for chrom in track.sizes]
    rng = np.random.default_rng(1)
    index = struct.unpack_from("<Q", whole, 24)[0]
    told = silent = 0
    for place in [*range(64), *range(index, index + 200), *rng.integers(0, index, 200).tolist()]:
        damaged = bytearray(whole)
        damaged[place] ^= int(rng.integers(1, 256))
        path.write_bytes(damaged)
        try:
            with BigWig(path) as track:
                found = [rows(track, chrom) for chrom in track.sizes]
                sizes = [*track.sizes.values()]
        except ChipAtlasError as error:
            told += str(path) in str(error)
            silent += str(path) not in str(error)
            continue
        # The name and the length of a contig stand once in a file: nothing tells that they are wrong.
        known = [[(a, min(b, size), v) for a, b, v in one if a < size] for one, size in zip(truth, sizes, strict=True)]
        assert found == known, place
    assert told > 150 and not silent


def test_a_whole_contig_takes_few_requests(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    edges = np.unique(rng.integers(0, 40_000_000, 400_000))
    value = rng.random(len(edges) - 1).astype(np.float32).astype(float)
    frame = pd.DataFrame({"chrom": "chr1", "start": edges[:-1], "end": edges[1:], "value": value})
    content = write_bigwig(tmp_path / "large.bw", frame, {"chr1": 40_000_000}).read_bytes()
    with serve_ranges(content) as served, Client() as client, BigWig(served.url, client) as track:
        assert len(track.records("chr1").starts) == len(frame)
        assert len(served.asked) <= 4  # head, index, and all blocks as one
        assert len(content) > 2_000_000 and track.transferred[0] == served.sent < 1.2 * len(content)


def test_damage_behind_an_address(tmp_path: Path) -> None:
    content = bytearray(write_blocks(tmp_path / "x.bw", LENGTHS, planted()).read_bytes())
    content[struct.unpack_from("<Q", content, 16)[0] + 12] ^= 0xFF
    with (
        serve_ranges(bytes(content)) as served,
        Client() as client,
        BigWig(served.url, client) as track,
        pytest.raises(BadResponseError, match="is no whole bigWig: it cannot be read.*Look at the address"),
    ):
        track.records("chr2")

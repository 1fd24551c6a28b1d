"""What is fetched of a file behind an address: what the index names, once, and no file more than once over."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scripts.chipatlas.transport.client import Client
from scripts.common.errors import BadResponseError
from scripts.engine.counts.bigwig import BigWig
from scripts.engine.counts.sections import SignalTrack, read_sections
from tests.engine.tracks import SIZES, random_records, write_bigwig
from tests.range_server import RangeServer, serve_ranges

pytest.importorskip("pybigtools")
LENGTHS = {"chr1": 60_000_000, "chr2": 20_000_000, "chr3": 3_000_000}


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Some 4 MB: an index of several levels, blocks that several contigs share none of."""
    rng = np.random.default_rng(0)
    parts = []
    for chrom, size in LENGTHS.items():
        edges = np.unique(rng.integers(0, size, size // 200))
        values = rng.random(len(edges) - 1).astype(np.float32).astype(float)
        parts.append(pd.DataFrame({"chrom": chrom, "start": edges[:-1], "end": edges[1:], "value": values}))
    return write_bigwig(tmp_path_factory.mktemp("track") / "track.bw", pd.concat(parts), LENGTHS).read_bytes()


def intervals(seed: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    starts = np.random.default_rng(seed).integers(-3000, LENGTHS["chr2"] + 1000, n)
    return starts, starts + np.random.default_rng(seed + 1).integers(1, 20_000, n)


def asked_twice(served: RangeServer) -> int:
    """Bytes that were asked for more than once."""
    ends = [tuple(map(int, re.findall(r"\d+", one))) for one in served.asked]
    times = np.zeros(len(served.content) + 1, dtype=int)
    for first, last in ends:
        times[first] += 1
        times[min(last + 1, len(served.content))] -= 1
    return int((np.cumsum(times)[:-1] > 1).sum())


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("n", [1, 60, 700])
def test_sections_are_those_of_the_local_file(content: bytes, seed: int, n: int, tmp_path: Path) -> None:
    (tmp_path / "track.bw").write_bytes(content)
    starts, ends = intervals(seed, n)
    with (
        serve_ranges(content) as served,
        Client() as client,
        BigWig(served.url, client, block_bytes=1 << 13) as remote,
        BigWig(tmp_path / "track.bw") as local,
    ):
        for name in ("chr2", "chr1", "chr2", "chr9"):
            here, there = local.sections(name, starts, ends), remote.sections(name, starts, ends)
            for one, other in zip(here, there, strict=True):
                np.testing.assert_array_equal(one, other)
        assert remote.transferred[0] == served.sent


def test_no_byte_of_data_comes_twice_and_near_windows_come_together(content: bytes) -> None:
    starts = np.arange(2_000_000, 2_400_000, 4_000)
    windows = pd.DataFrame({"chrom": "chr1", "start": starts, "end": starts + 4_000})
    with serve_ranges(content) as served:
        found = read_sections(SignalTrack("one", served.url), windows=windows, width=50, genome="hg38")
        assert len(served.asked) <= 6  # head, contigs, nodes, and one part for all windows
        # What of the head's blocks lies beside nodes of the index, not data: a few KB.
        assert asked_twice(served) < 30_000
    assert found.bytes_read < len(content) / 10


def test_a_small_file_is_fetched_whole_once(tmp_path: Path) -> None:
    content = write_bigwig(tmp_path / "small.bw", random_records(3)).read_bytes()
    windows = pd.DataFrame({"chrom": [*SIZES], "start": 4_000, "end": 8_000})
    with serve_ranges(content) as served:
        found = read_sections(SignalTrack("one", served.url), windows=windows, width=50, genome="hg38")
        assert found.bytes_read == served.sent == len(content) and len(served.asked) <= 2


def test_a_damaged_index_is_told(content: bytes) -> None:
    damaged = bytearray(content)
    place = int.from_bytes(content[24:32], "little")
    damaged[place + 48 : place + 56] = b"\x00\x01\xff\xff" + b"\xff" * 4
    with (
        serve_ranges(bytes(damaged)) as served,
        Client() as client,
        BigWig(served.url, client) as opened,
        pytest.raises(BadResponseError, match=r"is no whole bigWig: it cannot be read \(it ends before"),
    ):
        opened.sections("chr1", np.array([0]), np.array([1_000_000]))

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scripts.chipatlas.transport.client import Client
from scripts.chipatlas.transport.remote_file import RemoteFile
from scripts.common.errors import BadResponseError, InputError, NotFoundError, ServiceUnavailableError
from scripts.emulator import Atlas
from scripts.engine.counts import bigwig
from scripts.engine.counts.bigwig import BigWig, contig_sizes, records
from scripts.engine.counts.coverage import count_coverage
from tests.engine.tracks import (
    SIZES,
    bed_graph,
    random_records,
    random_regions,
    slow_counts,
    write_bigwig,
    write_blocks,
)

pytest.importorskip("pybigtools")


@pytest.fixture
def track(tmp_path: Path) -> Path:
    return write_bigwig(tmp_path / "track.bw", random_records(1))


def read_all(path: Path) -> list[list[float]]:
    with BigWig(path) as opened:
        return [column.tolist() for chrom in SIZES for column in opened.records(chrom)]


def test_records_as_stored(track: Path) -> None:
    assert contig_sizes(track) == SIZES
    expected = random_records(1)
    for chrom in SIZES:
        found = records(track, chrom)
        wanted = expected[expected["chrom"] == chrom]
        np.testing.assert_array_equal(found.starts, wanted["start"])
        np.testing.assert_array_equal(found.ends, wanted["end"])
        np.testing.assert_array_equal(found.values, wanted["value"])
    assert len(records(track, "chrUn_1").starts) == 0


def test_records_come_whole_where_they_reach_beyond(track: Path) -> None:
    longest = random_records(1).query("chrom == 'chr1'").assign(length=lambda x: x["end"] - x["start"])
    row = longest.loc[longest["length"].idxmax()]
    with BigWig(track) as opened:
        place = np.array([row["start"] + 5]), np.array([row["start"] + 6])
        found = opened.overlapping("chr1", *place).touching(*place)
    assert (found.starts.tolist(), found.ends.tolist()) == ([row["start"]], [row["end"]])


@pytest.mark.parametrize("seed", range(4))
def test_counts_equal_a_slow_reference(seed: int, tmp_path: Path) -> None:
    whole = seed % 2 == 0
    found = random_records(seed, whole=whole)
    track = write_bigwig(tmp_path / "track.bw", found)
    regions = random_regions(seed)
    scale, read_length = (1.0, 36.0) if whole else (0.0371, 50.5)
    expected = slow_counts(regions, found, scale, read_length)
    assert count_coverage(regions, track, scale, read_length).tolist() == expected
    assert count_coverage(regions, found, scale, read_length).tolist() == expected
    assert len(set(expected)) > 20


def test_coverage_that_is_no_read_depth(tmp_path: Path) -> None:
    track = write_bigwig(tmp_path / "rpm.bw", random_records(3, whole=False))
    with pytest.raises(InputError, match=r"rpm.bw has the value .*whole numbers"):
        count_coverage(random_regions(3), track, 1.0, 36.0)


def test_contigs_spelled_otherwise(tmp_path: Path) -> None:
    found = random_records(3).assign(chrom=lambda frame: frame["chrom"].str.removeprefix("chr"))
    sizes = {name.removeprefix("chr"): size for name, size in SIZES.items()}
    track = write_bigwig(tmp_path / "ensembl.bw", found, sizes)
    with pytest.raises(InputError, match=r"ensembl.bw has no contig of the others: its contigs are 1, .*chr1"):
        count_coverage(random_regions(3), track, 1.0, 36.0)


def test_files_that_are_no_bigwig(track: Path, tmp_path: Path) -> None:
    whole = track.read_bytes()
    contents = {
        b"": "an empty file",
        b"<html>down</html>": "a page of HTML",
        b"\x1f\x8b" + whole: "compressed with gzip",
        struct.pack("<I", 0x8789F2EB) + whole[4:]: "a bigBed",
        b"chr1\t0\t100\t5\n" * 50: "a bedGraph, not a bigWig",
        b"\0odd" * 50: "no whole bigWig",
    }
    for content, match in contents.items():
        path = tmp_path / "odd.bw"
        path.write_bytes(content)
        with pytest.raises(InputError, match=rf"odd.bw.*{match}"):
            BigWig(path)
    with pytest.raises(InputError, match="Cannot read .*nowhere.bw"):
        BigWig(tmp_path / "nowhere.bw")


@pytest.mark.parametrize("part", [0.02, 0.3, 0.6])
def test_a_file_that_was_cut_off(part: float, track: Path, tmp_path: Path) -> None:
    whole = track.read_bytes()
    path = tmp_path / "cut.bw"
    path.write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(InputError, match=r"cut.bw is no whole bigWig"):
        read_all(path)


def test_what_lacks_its_summaries_alone_is_read_in_full(track: Path, tmp_path: Path) -> None:
    # The last part of a bigWig holds averages for a browser's zoomed-out view; the counts need none of it.
    path = tmp_path / "cut.bw"
    path.write_bytes(track.read_bytes()[:-40])
    assert read_all(path) == read_all(track)


def test_by_address_only_what_is_needed(atlas: Atlas, tmp_path: Path) -> None:
    url = f"{atlas.url}/data/sacCer3/eachData/bw/SRX4555013.bw"
    with Client() as client, client.get(url) as response:
        whole = tmp_path / "whole.bw"
        whole.write_bytes(response.content)
    with Client() as client, BigWig(url, client) as far, BigWig(whole) as near:
        assert far.sizes == near.sizes
        for one, other in zip(far.records("chrIV"), near.records("chrIV"), strict=True):
            np.testing.assert_array_equal(one, other)
        assert client.simulated
    with pytest.raises(NotFoundError, match="There is no file"):
        BigWig(f"{atlas.url}/data/sacCer3/eachData/bw/SRX1.bw")


def test_an_address_that_serves_something_else(atlas: Atlas) -> None:
    with pytest.raises(BadResponseError):
        BigWig(f"{atlas.url}/wabi/chipatlas/")
    with pytest.raises(ServiceUnavailableError):
        BigWig("http://127.0.0.1:9/x.bw")


def test_the_connection_that_breaks_while_records_are_read(atlas: Atlas, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"{atlas.url}/data/sacCer3/eachData/bw/SRX4555013.bw"

    def broken(self: RemoteFile, offset: int, size: int) -> bytes:
        raise ServiceUnavailableError(f"The download of {self.url} broke off.")

    with Client() as client, BigWig(url, client) as opened:
        monkeypatch.setattr(RemoteFile, "read_at", broken)
        with pytest.raises(ServiceUnavailableError, match="broke off"):
            opened.records("chrIV")


@pytest.mark.parametrize(
    ("starts", "ends", "found"),
    [
        ([0], [100], []),
        ([0], [101], [100]),
        ([199], [200], [100]),
        ([200], [300], []),
        ([200], [301], [300]),
        ([100, 310], [101, 311], [100, 300]),
        ([310, 100], [311, 101], [100, 300]),  # in any order
        ([0, 10, 20], [1000, 20, 30], [100, 300, 500]),  # one holds the others
        ([0, 50], [150, 60], [100]),
        ([0, 90, 190], [90, 190, 310], [100, 300]),
        ([150, 150], [160, 160], [100]),  # each record once
        ([240], [260], []),
        ([], [], []),
    ],
)
def test_which_records_overlap_some_intervals(
    starts: list[int], ends: list[int], found: list[int], tmp_path: Path
) -> None:
    frame = pd.DataFrame({"chrom": "chr1", "start": [100, 300, 500], "end": [200, 400, 600], "value": 1.0})
    with BigWig(write_bigwig(tmp_path / "track.bw", frame)) as opened:
        intervals = np.array(starts, dtype=int), np.array(ends, dtype=int)
        overlapping = opened.overlapping("chr1", *intervals).touching(*intervals)
        assert overlapping.starts.tolist() == found
        assert overlapping.ends.tolist() == [start + 100 for start in found]
        assert overlapping.values.tolist() == [1.0] * len(found)
        assert len(opened.overlapping("chrUn", np.array([0]), np.array([9])).starts) == 0


@pytest.mark.parametrize(
    ("stored", "whole"),
    [
        ([(0, 10, 1.0), (10, 20, 1.0)], True),
        ([(0, 10, 1.0), (9, 20, 1.0)], False),
        ([(10, 20, 1.0), (0, 10, 1.0)], False),
        ([(0, 10, 1.0), (10, 10, 1.0)], False),
        ([(0, 10, 1.0), (15, 12, 1.0)], False),
    ],
)
@pytest.mark.parametrize("together", [True, False])
def test_records_that_no_whole_bigwig_holds(tmp_path: Path, stored: list, whole: bool, together: bool) -> None:
    first, second = (bed_graph(0, stored[:1]), bed_graph(0, stored[1:]))
    blocks = [bed_graph(0, stored)] if together else [first, second]
    places = [(0, 0, 0, 30)] * len(blocks)
    path = write_blocks(tmp_path / "odd.bw", {"chr1": 100}, blocks, places=places)
    with BigWig(path) as opened:
        if whole:
            assert opened.records("chr1").ends.tolist() == [10, 20]
        else:
            with pytest.raises(
                InputError, match=r"its records of chr1 overlap or are not sorted. Fetch the file again"
            ):
                opened.records("chr1")


@pytest.mark.parametrize(
    ("failure", "raised"),
    [
        (ValueError("odd bytes"), InputError),
        (OSError("input/output error"), InputError),
        (KeyboardInterrupt(), KeyboardInterrupt),
        (NotFoundError("gone"), NotFoundError),
    ],
)
def test_how_the_reader_may_fail(track: Path, failure: BaseException, raised: type[BaseException]) -> None:
    def fail(offset: int, size: int) -> bytes:
        raise failure

    with BigWig(track) as opened:
        opened._stream.read_at = fail
        with pytest.raises(raised) as caught:
            opened.records("chr1")
    if raised is InputError:
        assert f"{track} is no whole bigWig: it cannot be read ({failure}). Fetch the file again" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"\xeb\xf2\x89\x87", "is a bigBed"),
        (b"  \n<html>", "is a page of HTML or XML"),
        (b"\x1f\x8b", "is compressed with gzip"),
        (b"\x1f\x8c", "is no whole bigWig"),
        (b"", "is an empty file"),
    ],
)
def test_the_first_bytes_say_what_a_file_is(content: bytes, match: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.bw"
    path.write_bytes(content)
    with pytest.raises(InputError, match=match):
        BigWig(path)


def test_an_address_has_another_remedy_and_shows_a_page_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    contents = {"page": b"<html>down</html>", "odd": b"\0chr1\t0\t100\n" * 99}

    class Served:
        def __init__(self, url: str, client: Client, **_: int) -> None:
            self.content = contents[url.rpartition("/")[2]]

        def read_at(self, offset: int, size: int) -> bytes:
            return self.content[offset : offset + size]

        def close(self) -> None:
            pass

    monkeypatch.setattr(bigwig, "RemoteFile", Served)
    with pytest.raises(BadResponseError, match=r"is a page of HTML or XML(?s:.)*<html>down"):
        BigWig("http://127.0.0.1/page")
    with pytest.raises(BadResponseError, match=r"it cannot be read \(no bigWig\). Look at the address") as caught:
        BigWig("http://127.0.0.1/odd")
    assert "chr1" not in str(caught.value)


def test_a_client_is_closed_by_whoever_opened_it(track: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[Client] = []
    leave = Client.__exit__
    monkeypatch.setattr(Client, "__exit__", lambda self, *error: (closed.append(self), leave(self, *error))[1])
    served = lambda url, client, **_: bigwig._LocalFile(track)  # noqa: E731
    monkeypatch.setattr(bigwig, "RemoteFile", served)
    with Client() as client:
        BigWig("http://127.0.0.1/track.bw", client).close()
        BigWig(track, client).close()
        assert closed == []
    closed.clear()
    opened = BigWig("http://127.0.0.1/track.bw")
    assert closed == []
    opened.close()
    assert len(closed) == 1
    with BigWig(track) as opened:
        pass
    assert len(closed) == 1 and opened._stream._stream.closed


def test_parts_of_a_local_file_end_with_it(track: Path) -> None:
    whole = track.read_bytes()
    with BigWig(track) as opened:
        stream = opened._stream
        assert stream.read_at(0, len(whole)) == whole
        assert stream.read_at(len(whole) - 5, 1 << 62) == whole[-5:]
        assert stream.read_at(len(whole), 9) == stream.read_at(1 << 62, 9) == b""

"""Reading a file by parts, and noticing when the parts are not of one file."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import pytest

from scripts.chipatlas.transport import client as http
from scripts.chipatlas.transport import remote_file
from scripts.chipatlas.transport.client import Client
from scripts.chipatlas.transport.remote_file import RemoteFile, is_url
from scripts.common.errors import BadResponseError, InputError, NotFoundError, ServiceUnavailableError
from tests.range_server import RangeServer, serve_ranges

CONTENT = np.random.default_rng(1).bytes(100_000)
BLOCK = 1000


@pytest.fixture
def served() -> Iterator[RangeServer]:
    with serve_ranges(CONTENT) as running:
        yield running


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setattr(http, "LOOPBACK_BACKOFF_SECONDS", 0)
    with Client() as opened:
        yield opened


def test_reads_like_a_local_file(served: RangeServer, client: Client) -> None:
    local, remote = io.BytesIO(CONTENT), RemoteFile(served.url, client, block_bytes=BLOCK)
    rng = np.random.default_rng(2)
    for offset, size in zip(rng.integers(0, 101_000, 60).tolist(), rng.integers(0, 3_000, 60).tolist(), strict=True):
        assert remote.seek(offset) == local.seek(offset)
        assert remote.read(size) == local.read(size)
        assert remote.tell() == offset + len(CONTENT[offset : offset + size])
    assert remote.seek(-5, io.SEEK_END) == remote.size - 5
    assert remote.read() == CONTENT[-5:]
    assert remote.seekable() and remote.readable() and not remote.writable()


def test_only_the_parts_asked_for_travel_and_small_ones_once(served: RangeServer, client: Client) -> None:
    remote = RemoteFile(served.url, client, block_bytes=BLOCK)
    remote.read_at(50_500, 100)
    remote.read_at(50_700, 200)
    remote.read_at(0, 900)
    assert served.asked == ["bytes=0-999", "bytes=50000-50999"]
    remote.read_at(60_100, 5_000)
    assert served.asked[-1] == "bytes=60100-65099"
    assert remote.transferred == served.sent == 2 * BLOCK + 5_000


def test_blocks_are_kept_within_bounds(served: RangeServer, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_file, "KEPT_BLOCKS", 3)
    remote = RemoteFile(served.url, client, block_bytes=BLOCK)
    for number in range(10):
        assert remote.read_at(number * BLOCK, 10) == CONTENT[number * BLOCK : number * BLOCK + 10]
    assert len(remote._blocks) == 3


def test_a_server_that_ignores_ranges(served: RangeServer, client: Client) -> None:
    served.ignore_range = True
    with pytest.raises(BadResponseError, match=r"track\.bw: the server sends whole files only .*\. Download"):
        RemoteFile(served.url, client)


@pytest.mark.parametrize(
    "change",
    [
        {"etag": '"two"'},
        {"headers": {"Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT"}},
        {"content": CONTENT + b"more"},
        {"content": CONTENT[:100]},
    ],
)
def test_a_file_that_changes_meanwhile(served: RangeServer, client: Client, change: dict[str, object]) -> None:
    remote = RemoteFile(served.url, client, block_bytes=BLOCK)
    for name, value in change.items():
        setattr(served, name, value)
    with pytest.raises(BadResponseError, match="changed while it was read"):
        remote.read_at(50_000, 10)


@pytest.mark.parametrize("sent", ["", "bytes 0-999/*", "bytes 5-1004/100000"])
def test_a_part_that_is_not_the_one_asked_for(served: RangeServer, client: Client, sent: str) -> None:
    served.headers = {"Content-Range": sent}
    with pytest.raises(BadResponseError, match=r"does not say which part|sent bytes .* were asked for"):
        RemoteFile(served.url, client, block_bytes=BLOCK)


def test_a_broken_connection_is_tried_again(served: RangeServer, client: Client) -> None:
    served.break_off = remote_file.TRIES - 1
    assert RemoteFile(served.url, client, block_bytes=BLOCK).read_at(0, BLOCK) == CONTENT[:BLOCK]
    served.break_off = remote_file.TRIES
    with pytest.raises(ServiceUnavailableError, match="broke off"):
        RemoteFile(served.url, client, block_bytes=BLOCK)


def test_no_file_and_other_replies(served: RangeServer, client: Client) -> None:
    served.status = 404
    with pytest.raises(NotFoundError, match="HTTP 404"):
        RemoteFile(served.url, client)
    served.status = 403
    with pytest.raises(BadResponseError, match="HTTP 403"):
        RemoteFile(served.url, client)
    served.status, served.content = None, b""
    with pytest.raises(BadResponseError, match="is an empty file"):
        RemoteFile(served.url, client)


def test_closed(served: RangeServer, client: Client) -> None:
    remote = RemoteFile(served.url, client)
    remote.close()
    with pytest.raises(ValueError, match="closed"):
        remote.read_at(0, 1)


def test_what_is_an_address() -> None:
    assert is_url("HTTPS://host/a.bw")
    assert not is_url("folder/a.bw")
    with pytest.raises(InputError, match=r"no http\(s\) address"):
        is_url("ftp://host/a.bw")


def test_parts_are_fetched_ahead_near_ones_together_and_none_twice(served: RangeServer, client: Client) -> None:
    remote = RemoteFile(served.url, client, block_bytes=BLOCK)
    far = BLOCK + 2 * remote_file.MERGED_GAP
    remote.prefetch((np.array([far + 500, BLOCK, BLOCK + 3000, far]), np.array([900, 500, 500, 600])))
    assert served.asked[1:] == [f"bytes={BLOCK}-{BLOCK + 3499}", f"bytes={far}-{far + 1399}"]
    remote.prefetch((np.array([BLOCK + 100, 10**9]), np.array([3000, 5])), lasting=True)
    assert remote.read_at(far + 400, 1000) == CONTENT[far + 400 : far + 1400]
    assert len(served.asked) == 3 and remote.transferred == served.sent
    remote.release()
    remote.read_at(far, 10)
    assert len(served.asked) == 4


def test_far_parts_come_together_as_long_as_little_comes_in_vain(
    served: RangeServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_file, "MERGED_GAP", 0)
    monkeypatch.setattr(remote_file, "FAR_GAP", 3_000)
    remote = RemoteFile(served.url, client, block_bytes=100)
    # Gaps of 900, 300 and 600 bytes; 1,000 are wanted: the two nearest gaps are all that 1,000 more bytes pay for.
    remote.prefetch((np.array([1000, 2200, 2700, 3500]), np.array([300, 200, 200, 300])))
    assert served.asked[1:] == ["bytes=1000-1299", "bytes=2200-3799"]
    assert remote.read_at(3600, 50) == CONTENT[3600:3650] and len(served.asked) == 3
    monkeypatch.setattr(remote_file, "FAR_GAP", 500)
    remote.prefetch((np.array([5000, 6000, 8000]), np.array([499, 1000, 1000])))
    assert served.asked[3:] == ["bytes=5000-5498", "bytes=6000-6999", "bytes=8000-8999"]
    remote.prefetch((np.array([], dtype=int), np.array([], dtype=int)))
    assert len(served.asked) == 6


def test_a_small_file_is_fetched_whole(served: RangeServer, client: Client) -> None:
    remote = RemoteFile(served.url, client, block_bytes=BLOCK, whole_below=len(CONTENT))
    assert remote.read() == CONTENT and remote.read_at(5, 90_000) == CONTENT[5:90_005]
    assert remote.transferred == len(CONTENT) and len(served.asked) == 2

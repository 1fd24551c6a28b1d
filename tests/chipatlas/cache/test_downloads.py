"""A file server that knows validators and ranges, may lie, break off and pack; and what the cache makes of it."""

from __future__ import annotations

import gzip
import hashlib
import json
import multiprocessing
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.chipatlas.cache import downloads as cache
from scripts.chipatlas.cache import store as cache_files
from scripts.chipatlas.cache.downloads import fetch
from scripts.chipatlas.cache.store import max_bytes, stored
from scripts.chipatlas.transport import client as http
from scripts.chipatlas.transport.client import Client
from scripts.common.errors import BadResponseError, InputError, NotFoundError, ServiceUnavailableError
from scripts.common.files.cache_folder import cache_folder
from scripts.common.files.writing import sha256

LIMIT = 10**9
LONG_AGO = "Sun, 07 Jul 2024 00:00:00 GMT"
CONTENT = bytes(range(256)) * 4000


@dataclass
class Store:
    """One file on a server.

    `break_after` ends the next body after so many bytes, once `pause` is over.
    `answer` replaces what a request gets: status, headers, body.
    """

    url: str = ""
    body: bytes = CONTENT
    etag: str | None = '"one"'
    modified: str | None = LONG_AGO
    ranges: bool = True
    simulated: bool = False
    packed: bool = False
    break_after: int | None = None
    pause: threading.Event = field(default_factory=threading.Event)
    answer: Callable[[dict[str, str]], tuple[int, dict[str, str], bytes] | None] = lambda headers: None
    requests: list[dict[str, str]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)

    def reply(self, asked: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        told = self.answer(asked)
        if told is not None:
            return told
        headers = {"ETag": self.etag, "Last-Modified": self.modified}
        headers = {name: value for name, value in headers.items() if value}
        if self.packed:
            return 200, {**headers, "Content-Encoding": "gzip"}, gzip.compress(self.body)
        if self.etag and asked.get("If-None-Match") == self.etag:
            return 304, headers, b""
        if "If-None-Match" not in asked and self.modified and asked.get("If-Modified-Since") == self.modified:
            return 304, headers, b""
        wanted = re.fullmatch(r"bytes=(\d+)-", asked.get("Range", ""))
        if wanted and self.ranges and asked.get("If-Range") in (self.etag, self.modified):
            start, size = int(wanted[1]), len(self.body)
            if start >= size:
                return 416, {"Content-Range": f"bytes */{size}"}, b""
            return 206, {**headers, "Content-Range": f"bytes {start}-{size - 1}/{size}"}, self.body[start:]
        return 200, headers, self.body


@pytest.fixture
def store() -> Iterator[Store]:
    state = Store()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.requests.append(dict(self.headers))
            status, headers, body = state.reply(dict(self.headers))
            state.statuses.append(status)
            self.send_response(status)
            if state.simulated:
                self.send_header(http.SIMULATED_HEADER, "1")
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 304:
                self.send_header("Content-Length", str(len(body)))
            breaks = state.break_after is not None
            if breaks:
                body, state.break_after = body[: state.break_after], None
            # Before anything leaves: a reply without a body is whole with its headers.
            state.sent.append(len(body))
            self.end_headers()
            self.close_connection = True
            self.wfile.write(body)
            if breaks:
                self.wfile.flush()
                state.pause.wait(timeout=30)

        def log_message(self, *_: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{listening.server_port}/file.tsv"
    state.pause.set()
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield state
    listening.shutdown()
    listening.server_close()
    thread.join(timeout=5)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CHIPATLAS_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("CHIPATLAS_CACHE_MAX_GB", raising=False)
    cache_files._say_once.cache_clear()
    return tmp_path / "cache"


def read(url: str, limit: int = LIMIT) -> tuple[bytes, cache.Fetched, Client]:
    with Client() as client, fetch(client, url, limit) as file:
        content = b"".join(file.blocks())
    return content, file, client


def stop(url: str, error: BaseException, *, to_the_end: bool = False) -> None:
    """A reader that raises after the first block, or after all of them."""
    with Client() as client, fetch(client, url, LIMIT) as file:
        for _ in file.blocks():
            if not to_the_end:
                break
        raise error


def break_off(store: Store, after: int, url: str = "") -> None:
    store.break_after = after
    with pytest.raises(ServiceUnavailableError, match="broke off"):
        read(url or store.url)


def kinds(folder: Path) -> list[str]:
    """Endings of the files there, but for locks."""
    return sorted(path.name.split(".", 1)[1] for path in folder.iterdir() if path.suffix != ".lock")


WHOLE = ["body", "body.json"]
PART = ["part", "part.json"]


def test_the_first_time_all_is_sent_and_kept(store, folder):
    content, file, _ = read(store.url)
    assert content == CONTENT
    assert (file.size, file.sha256) == (len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    assert (file.from_cache, file.complete) == (False, True)
    assert kinds(folder) == WHOLE
    assert next(folder.glob("*.body")).read_bytes() == CONTENT
    record = json.loads(next(folder.glob("*.body.json")).read_text())
    assert record["url"] == store.url
    assert (record["etag"], record["last_modified"]) == ('"one"', LONG_AGO)
    assert (record["size"], record["sha256"]) == (file.size, file.sha256)
    assert record["simulated"] is False
    assert record["last_used"] == pytest.approx(time.time(), abs=60)


@pytest.mark.parametrize(("etag", "modified"), [('"one"', LONG_AGO), ('W/"one"', None), (None, LONG_AGO)])
def test_the_second_time_one_request_and_no_body(store, etag, modified):
    store.etag, store.modified = etag, modified
    _, first, _ = read(store.url)
    content, file, _ = read(store.url)
    assert content == CONTENT
    assert store.statuses == [200, 304] and store.sent == [len(CONTENT), 0]
    assert file.from_cache is True
    assert file.sha256 == first.sha256
    assert file.record.fetched_at == first.record.fetched_at


def test_without_a_validator_all_is_sent_again(store):
    store.etag = store.modified = None
    read(store.url)
    assert read(store.url)[0] == CONTENT
    assert store.statuses == [200, 200]
    break_off(store, 5000)
    assert read(store.url)[0] == CONTENT
    assert "Range" not in store.requests[-1]


def test_a_changed_file_is_sent_anew(store, folder):
    read(store.url)
    store.body, store.etag, store.modified = b"new", '"two"', formatdate(usegmt=True)
    content, file, _ = read(store.url)
    assert (content, file.from_cache, file.record.etag) == (b"new", False, '"two"')
    assert kinds(folder) == WHOLE
    assert read(store.url)[1].from_cache is True
    assert store.sent == [len(CONTENT), 3, 0]


@pytest.mark.parametrize(("etag", "modified"), [('"one"', LONG_AGO), (None, LONG_AGO), ('W/"one"', LONG_AGO)])
def test_only_the_rest_of_a_broken_off_download_is_sent(store, folder, capsys, etag, modified):
    store.etag, store.modified = etag, modified
    half = len(CONTENT) // 2
    store.break_after = half
    with pytest.raises(ServiceUnavailableError, match=r"broke off .*\. Run it again: the rest is fetched\.$"):
        read(store.url)
    assert kinds(folder) == PART
    content, file, _ = read(store.url)
    assert content == CONTENT
    kept = half // http.BLOCK_BYTES * http.BLOCK_BYTES
    assert store.statuses == [200, 206]
    assert store.sent[1] <= len(CONTENT) - kept < len(CONTENT)
    assert "are here already" in capsys.readouterr().out
    assert file.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert kinds(folder) == WHOLE
    assert read(store.url)[1].from_cache is True


def test_a_download_may_break_off_more_than_once(store):
    for _ in range(3):
        break_off(store, 300_000)
    assert read(store.url)[0] == CONTENT
    assert store.statuses == [200, 206, 206, 206]
    assert sum(store.sent) < 1.2 * len(CONTENT)


def test_a_file_that_changed_since_it_broke_off_is_sent_anew(store):
    break_off(store, 600_000)
    store.body, store.etag, store.modified = CONTENT[::-1], '"two"', "Mon, 08 Jul 2024 00:00:00 GMT"
    assert read(store.url)[0] == CONTENT[::-1]
    assert store.statuses == [200, 200]


def test_a_changed_file_that_breaks_off_leaves_the_old_one_and_goes_on(store, folder):
    read(store.url)
    store.body, store.etag = CONTENT[::-1], '"two"'
    break_off(store, 600_000)
    assert kinds(folder) == WHOLE + PART
    assert read(store.url)[0] == CONTENT[::-1]
    assert store.statuses == [200, 200, 206]
    assert kinds(folder) == WHOLE


def test_a_part_that_lacks_nothing_costs_one_byte(store):
    with pytest.raises(KeyboardInterrupt):
        stop(store.url, KeyboardInterrupt(), to_the_end=True)
    assert read(store.url)[0] == CONTENT
    assert store.sent == [len(CONTENT), 1]


def test_what_was_read_when_interrupted_is_kept(store, folder):
    with pytest.raises(KeyboardInterrupt):
        stop(store.url, KeyboardInterrupt())
    assert next(folder.glob("*.part")).stat().st_size > 0
    assert read(store.url)[0] == CONTENT
    assert store.statuses == [200, 206]


def test_a_server_without_ranges_sends_all(store):
    store.ranges = False
    break_off(store, 600_000)
    assert read(store.url)[0] == CONTENT
    assert store.statuses == [200, 200]


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (416, {"Content-Range": "bytes */7"}),
        (206, {"Content-Range": "bytes 7-9/10", "ETag": '"one"'}),
        (206, {"Content-Range": "bytes {start}-10/11", "ETag": '"one"'}),
        (206, {"Content-Range": "bytes {start}-{before_last}/{size}", "ETag": '"one"'}),
        (206, {"Content-Range": "bytes {start}-{last}/{size}", "ETag": '"two"'}),
        (206, {"Content-Range": "bytes {start}-{last}/{size}", "ETag": '"one"', "Content-Encoding": "gzip"}),
        (206, {}),
        (304, {"ETag": '"one"'}),
    ],
)
def test_a_range_that_does_not_fit_is_not_believed(store, status, headers):
    break_off(store, 600_000)

    def lie(asked):
        if "Range" not in asked:
            return None
        places = {"start": asked["Range"][6:-1], "size": len(CONTENT)}
        places |= {"last": len(CONTENT) - 1, "before_last": len(CONTENT) - 2}
        return status, {name: value.format(**places) for name, value in headers.items()}, b""

    store.answer = lie
    assert read(store.url)[0] == CONTENT
    assert store.statuses == [200, status, 200]


@pytest.mark.parametrize("headers", [{"ETag": '"two"'}, {"ETag": '"one"', "Content-Length": "5"}])
def test_an_unchanged_that_contradicts_itself_is_not_believed(store, headers):
    read(store.url)
    store.answer = lambda asked: (304, headers, b"") if "If-None-Match" in asked else None
    assert read(store.url)[0] == CONTENT
    assert store.statuses == [200, 304, 200]
    assert store.requests[-1]["Cache-Control"] == "no-cache"


def test_unchanged_without_anything_kept(store):
    store.answer = lambda asked: None if "Cache-Control" in asked else (304, {}, b"")
    assert read(store.url)[0] == CONTENT
    store.answer = lambda asked: (304, {}, b"")
    with pytest.raises(BadResponseError, match=f"HTTP 304 from {store.url}"):
        read(f"{store.url}?other")


@pytest.mark.parametrize("damage", ["shorter", "same size", "gone", "record", "another record", "empty record"])
def test_a_damaged_file_is_sent_anew(store, folder, damage):
    read(store.url)
    body, record = next(folder.glob("*.body")), next(folder.glob("*.body.json"))
    if damage == "shorter":
        body.write_bytes(CONTENT[:-1])
    elif damage == "same size":
        body.write_bytes(CONTENT[:-1] + b"?")
    elif damage == "gone":
        body.unlink()
    elif damage == "record":
        record.write_text("{")
    elif damage == "another record":
        record.write_text(record.read_text().replace("file.tsv", "other.tsv"))
    else:
        record.write_text("[]")
    assert read(store.url)[0] == CONTENT
    assert store.statuses == [200, 200] and "If-None-Match" not in store.requests[-1]
    assert read(store.url)[1].from_cache is True


def test_bytes_that_changed_unseen_are_noticed_when_they_are_read(store, folder):
    """As a failing disk changes them: of the same size, and no time of writing."""
    read(store.url)
    body = next(folder.glob("*.body"))
    time = body.stat().st_mtime_ns
    body.write_bytes(b"?" + CONTENT[1:])
    os.utime(body, ns=(time, time))
    with pytest.raises(BadResponseError, match=r"kept copy of .*file\.tsv was damaged.*run it again"):
        read(store.url)
    assert kinds(folder) == []
    assert read(store.url)[0] == CONTENT and store.statuses == [200, 304, 200]


def test_a_kept_file_is_read_once(store, folder, monkeypatch):
    """Its size and time of writing tell that it is the one; another time has it looked through first."""
    read(store.url)
    looked = []
    monkeypatch.setattr(cache_files, "sha256", lambda path: looked.append(path) or sha256(path))
    assert read(store.url)[1].from_cache and looked == []
    body = next(folder.glob("*.body"))
    os.utime(body, ns=(5, 5))
    for _ in range(2):
        assert read(store.url)[1].from_cache and looked == [body]


@pytest.mark.parametrize("change", [{"last_used": "now"}, {"size": "7"}, {"etag": 1}, {"surprise": 1}])
def test_a_record_of_another_shape_is_no_record(store, folder, change):
    read(store.url)
    record = next(folder.glob("*.body.json"))
    record.write_text(json.dumps(json.loads(record.read_text()) | change))
    read(store.url)
    assert store.statuses == [200, 200]


def test_what_the_reader_refuses_is_not_kept(store, folder):
    for _ in range(2):
        with pytest.raises(BadResponseError, match="no table"):
            stop(store.url, BadResponseError("no table"))
        assert kinds(folder) == []
    assert store.statuses == [200, 200]


def test_a_refused_page_does_not_cost_the_file_that_is_here(store, folder):
    read(store.url)
    store.answer = lambda asked: (200, {}, b"<html>maintenance</html>")
    with pytest.raises(BadResponseError, match="no table"):
        stop(store.url, BadResponseError("no table"))
    store.answer = lambda asked: None
    assert read(store.url)[1].from_cache is True


def test_a_file_over_the_limit_is_not_kept(store, folder):
    with pytest.raises(BadResponseError, match="sends more than 1,000 bytes"):
        read(store.url, limit=1000)
    assert kinds(folder) == []


def test_a_block_that_does_not_read_to_the_end_has_not_accepted(store, folder):
    with Client() as client, fetch(client, store.url, LIMIT) as file:
        next(file.blocks())
    assert kinds(folder) == PART


@pytest.mark.parametrize(("status", "error"), [(404, NotFoundError), (403, BadResponseError), (206, BadResponseError)])
def test_another_status(store, folder, status, error):
    read(store.url)
    store.answer = lambda asked: (status, {}, b"no")
    with pytest.raises(error, match=f"HTTP {status}"):
        read(store.url)
    assert kinds(folder) == WHOLE


def test_a_packed_file_is_kept_unpacked_and_never_gone_on_with(store, folder):
    store.packed = True
    break_off(store, 1000)
    assert read(store.url)[0] == CONTENT
    assert "Range" not in store.requests[-1]
    assert next(folder.glob("*.body")).read_bytes() == CONTENT
    store.packed = False
    assert read(store.url)[1].from_cache is True


def test_a_date_of_this_second_is_no_ground_to_go_on(store):
    store.etag, store.modified = None, formatdate(usegmt=True)
    store.break_after = 600_000
    with pytest.raises(ServiceUnavailableError, match=r"Run it again\.$"):
        read(store.url)
    read(store.url)
    assert store.statuses == [200, 200]


def test_simulated_is_remembered(store):
    store.simulated = True
    assert read(store.url)[2].simulated is True
    store.simulated = False
    _, file, client = read(store.url)
    assert file.from_cache and client.simulated is True
    store.body, store.etag, store.simulated = CONTENT + b"!", '"two"', True
    break_off(store, 600_000)
    store.simulated = False
    assert read(store.url)[2].simulated is True


def test_another_server_shares_nothing(store):
    read(store.url)
    other = store.url.replace("127.0.0.1", "localhost")
    assert read(other)[1].from_cache is False
    assert store.statuses == [200, 200]


@pytest.mark.parametrize("name", ["a-file", "a-file/below"])
def test_a_cache_that_cannot_be_is_said_once(store, tmp_path, monkeypatch, capsys, name):
    (tmp_path / "a-file").write_text("")
    monkeypatch.setenv("CHIPATLAS_CACHE_DIR", str(tmp_path / name))
    for _ in range(2):
        assert read(store.url)[0] == CONTENT
    assert capsys.readouterr().out.count("downloads go on without it") == 1
    store.break_after = 600_000
    with pytest.raises(ServiceUnavailableError, match=r"Run it again\.$"):
        read(store.url)


class FullDisk:
    """A file that takes so many bytes."""

    def __init__(self, stream, room):
        self.stream, self.room = stream, room

    def write(self, block):
        self.room -= len(block)
        if self.room < 0:
            raise OSError(28, "No space left on device")
        return self.stream.write(block)

    def __getattr__(self, name):
        return getattr(self.stream, name)


def test_a_full_disk_ends_the_keeping_not_the_download(store, folder, monkeypatch, capsys):
    open_part = cache_files.Entry.open_part
    monkeypatch.setattr(cache_files.Entry, "open_part", lambda *given: FullDisk(open_part(*given), 300_000))
    assert read(store.url)[0] == CONTENT
    assert kinds(folder) == []
    assert "No space left on device" in capsys.readouterr().out


def test_a_result_is_not_lost_to_a_cache_that_fails_at_the_end(store, folder, monkeypatch, capsys):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache_files.Entry, "_make_room", fail)
    assert read(store.url)[0] == CONTENT
    assert "No space left on device" in capsys.readouterr().out


def test_what_was_derived_from_a_file_counts_and_goes_with_it(store, folder):
    assert read(store.url)[1].derived.parent == folder
    body = next(folder.glob("*.body"))
    body.with_suffix(".derived").write_bytes(b"x" * 1000)
    assert [(path, size) for path, size, _ in stored(folder)] == [(body, body.stat().st_size + 1000)]
    cache_files.remove(body)
    assert kinds(folder) == []


def test_a_reader_that_has_the_content_takes_the_kept_file_as_read(store, folder):
    content, first, _ = read(store.url)
    with Client() as client, fetch(client, store.url, LIMIT) as file:
        file.take_as_read()
    assert (file.complete, file.size, file.sha256) == (True, len(content), first.sha256)
    assert kinds(folder) == WHOLE


def test_least_recently_used_goes_first_and_the_newest_stays(store, folder, monkeypatch):
    store.body = b"x" * 100_000
    monkeypatch.setattr(cache_files.time, "time", iter(range(1, 1000)).__next__)
    urls = [f"{store.url}?{n}" for n in range(4)]
    for url in urls[:3]:
        read(url)
    read(urls[0])  # from the cache; now the second is the oldest
    monkeypatch.setenv("CHIPATLAS_CACHE_MAX_GB", "0.000305")
    read(urls[3])
    assert [read(url)[1].from_cache for url in (urls[0], urls[2], urls[3])] == [True] * 3
    assert len(stored(folder)) == 3 and sum(size for _, size, _ in stored(folder)) == 300_000
    monkeypatch.setenv("CHIPATLAS_CACHE_MAX_GB", "0")
    read(urls[1])
    assert [json.loads(path.read_text())["url"] for path in folder.glob("*.json")] == [urls[1]]


def test_broken_off_downloads_count_and_go_too(store, folder, monkeypatch):
    break_off(store, 600_000, f"{store.url}?part")
    monkeypatch.setenv("CHIPATLAS_CACHE_MAX_GB", "0.0011")
    read(store.url)
    assert kinds(folder) == WHOLE


def test_what_another_run_works_on_stays(store, folder, monkeypatch):
    read(f"{store.url}?busy")
    busy = next(folder.glob("*.body"))
    monkeypatch.setenv("CHIPATLAS_CACHE_MAX_GB", "0")
    with FileLock(busy.with_suffix(".lock")):
        read(store.url)
    assert busy.exists()


@pytest.mark.parametrize("text", ["five", "-1", "nan", "inf"])
def test_a_cap_that_is_no_size(store, monkeypatch, text):
    monkeypatch.setenv("CHIPATLAS_CACHE_MAX_GB", text)
    with pytest.raises(InputError, match=f"CHIPATLAS_CACHE_MAX_GB is '{text}'"):
        read(store.url)
    assert store.requests == []


def test_defaults(monkeypatch):
    monkeypatch.setenv("CHIPATLAS_CACHE_DIR", " ")
    assert max_bytes() == 5e9
    assert cache_folder().is_absolute() and "chip-atlas-skills" in cache_folder().parts


def _fetch_in_a_process(url: str) -> None:
    read(url)


def test_two_runs_at_once_send_it_once(store, folder):
    started = threading.Event()

    def slowly(_asked):
        started.set()
        time.sleep(0.2)
        return None

    store.answer = slowly
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_fetch_in_a_process, args=(store.url,)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert sorted(store.statuses) == [200, 304]
    assert kinds(folder) == WHOLE


def test_a_killed_run_leaves_its_part_and_no_lock(store, folder):
    store.pause.clear()
    store.break_after = 600_000
    process = multiprocessing.get_context("spawn").Process(target=_fetch_in_a_process, args=(store.url,))
    process.start()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not any(size >= 2 * http.BLOCK_BYTES for _, size, _ in stored(folder)):
        time.sleep(0.02)
    process.kill()
    process.join(timeout=10)
    store.pause.set()
    assert read(store.url)[0] == CONTENT
    assert store.statuses == [200, 206]
    assert store.sent[1] == len(CONTENT) - 600_000  # every byte that came had been kept


def test_a_run_that_waits_too_long_goes_without_the_cache(store, folder, monkeypatch, capsys):
    read(store.url)
    monkeypatch.setattr(cache_files, "WAIT_SECONDS", 0.05)
    content = []
    with FileLock(next(folder.glob("*.body")).with_suffix(".lock")):
        thread = threading.Thread(target=lambda: content.append(read(store.url)[0]))
        thread.start()
        thread.join(timeout=10)
    assert content == [CONTENT]
    printed = capsys.readouterr().out
    assert "waiting for it" in printed and "downloads go on without it" in printed


@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.integers(0, 600_000), max_size=4))
def test_however_often_it_breaks_off_the_bytes_are_the_servers(cuts):
    """Without a server: the beginning that is kept and the rest always make the file."""
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        entry = cache_files.Entry(Path(name), "http://x/y")
        record = cache_files.Record("http://x/y", '"1"', None, "", False, len(CONTENT), if_range='"1"')
        for cut in cuts:
            part = entry.resumable()
            sink = cache._Sink(entry, record, part.offset if part else 0)
            have = b"".join(sink.beginning())
            assert have == CONTENT[: len(have)]
            sink.write(CONTENT[len(have) : len(have) + cut])
            sink.close()
        part = entry.resumable()
        assert part is None or entry.part.read_bytes()[: part.offset] == CONTENT[: part.offset]


@pytest.mark.parametrize(
    "change",
    [
        {"etag": "two\nlines"},
        {"etag": "snow \N{SNOWMAN}"},
        {"if_range": "a\r\nX-Header: b"},
        {"last_modified": 3},
        {"size": -1},
        {"size": True},
        {"size": 1.5},
        {"last_used": float("nan")},
        {"last_used": "now"},
        {"simulated": "no"},
        {"sha256": None},
        {"fetched_at": 0},
        {"modified": 1.5},
        {"more": 1},
    ],
)
def test_a_record_that_cannot_be_believed_is_none(tmp_path, change):
    entry = cache_files.Entry(tmp_path, "http://127.0.0.1:1/x")
    record = cache_files.Record(
        "http://127.0.0.1:1/x", '"e"', None, "2026", False, 3, hashlib.sha256(b"abc").hexdigest()
    )
    entry.body.write_bytes(b"abc")
    path = entry.body.with_name(f"{entry.body.name}.json")
    path.write_text(json.dumps(asdict(record)))
    modified = entry.body.stat().st_mtime_ns
    assert entry.whole() == replace(record, modified=modified)
    path.write_text(json.dumps(asdict(record) | change))
    assert entry.whole() is None
    assert cache_files.stored(tmp_path) == [(entry.body, 3, 0.0)]

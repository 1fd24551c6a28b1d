"""The switchboard: each fault by name, on its route, as often as asked."""

from __future__ import annotations

import io
import stat
import time
import zipfile
from collections.abc import Iterator

import pytest
import requests
from flask import Flask, request

from scripts.common.errors import NotFoundError
from scripts.emulator import Atlas
from scripts.emulator.faults.replies import OTHER_REQUEST
from scripts.emulator.faults.switch import FAULTS, describe_faults
from scripts.emulator.routes import ROUTES, route_of
from tests.emulator import jobs

TABLE = "data/sacCer3/target/RAP1.5.tsv"


@pytest.fixture
def board(atlas: Atlas) -> Iterator[Atlas]:
    before = atlas.pace.stall, atlas.pace.pause
    atlas.pace.stall, atlas.pace.pause = 0.5, 0.01
    yield atlas
    atlas.pace.stall, atlas.pace.pause = before
    atlas.faults.clear()


def get(atlas: Atlas, path: str = TABLE, **options: object) -> requests.Response:
    return requests.get(f"{atlas.url}/{path}", timeout=5, allow_redirects=False, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/wabi/chipatlas/", "health"),
        ("GET", "/wabi/chipatlas", "health"),
        ("POST", "/wabi/chipatlas/", "wabi-submit"),
        ("GET", "/wabi/chipatlas/wabi_1?info=status", "wabi-status"),
        ("GET", "/wabi/chipatlas/wabi_1?info=result&format=zip", "wabi-result-zip"),
        ("GET", "/wabi/chipatlas/wabi_1?info=result&format=log", "wabi-log"),
        ("GET", "/wabi/chipatlas/wabi_1?info=result&format=tsv", "wabi-result-other"),
        ("GET", "/data/hg38/target/TP53.5.tsv", "data-target"),
        ("HEAD", "/data/hg38/target/TP53.5.tsv", "data-target-head"),
        ("GET", "/data/hg38/eachData/bed05/SRX1.05.bed", "data-peaks"),
        ("GET", "/data/others/lib/TSS/TSS.hg38.bed", "data-tss"),
        ("GET", "/data/query/wabi_1.zip", "data-mirror"),
        ("GET", "/site/data/exp_metadata.json?expid=SRX1", "site-metadata"),
        ("GET", "/site/api/experiment?experiment_id=SRX1", "site-metadata"),
        ("GET", "/site/api/genomes", "site-assemblies"),
        ("GET", "/site/status", "site-status"),
        ("GET", "/site/data/search?q=TP53", "site-search"),
        ("GET", "/site/data/target_genes_analysis.json", "site-index"),
        ("POST", "/site/diff_analysis_estimated_time", "site-estimate"),
        ("GET", "/ucsc/getData/track?genome=hg38;track=ncbiRefSeq", "ucsc"),
        ("GET", "/goldenPath/hg38/database/ncbiRefSeq.txt.gz", "ucsc-download"),
        ("GET", "/blacklists/hg38-blacklist.v2.bed.gz", "blacklist"),
        ("GET", "/enrichr/Enrichr/geneSetLibrary?mode=text&libraryName=x", "enrichr"),
        ("GET", "/elsewhere", ""),
    ],
)
def test_routes_have_names(method: str, path: str, name: str) -> None:
    with Flask("names").test_request_context(path, method=method):
        assert route_of(request) == name
    assert name in (*ROUTES, "")


@pytest.mark.parametrize(
    ("route", "name", "message"),
    [
        ("data-targets", "reset", r"Unknown route 'data-targets'.*\nDid you mean: data-target"),
        ("data-target", "rest", r"Unknown fault 'rest'.*\nDid you mean: reset"),
        ("data-target", "zip-bomb", "Fault 'zip-bomb' cannot strike 'data-target'; it can wabi-result-zip"),
        ("data-target-head", "cut", "cannot strike 'data-target-head'"),
    ],
)
def test_what_there_is_not(board: Atlas, route: str, name: str, message: str) -> None:
    with pytest.raises(NotFoundError, match=message):
        board.fault(route, name)
    assert board.faults == []


def test_once_several_times_and_for_good(board: Atlas) -> None:
    once = board.fault("data-target", "http-503", 1)
    assert [get(board).status_code for _ in range(3)] == [503, 200, 200]
    board.faults.remove(once)
    later = board.fault("data-target", "http-404", 2, first=1)
    assert [get(board).status_code for _ in range(4)] == [200, 404, 404, 200]
    assert later.hits == 2
    board.fault("data-target", "http-400")
    assert [get(board).status_code for _ in range(3)] == [400] * 3
    assert get(board, "data/sacCer3/target/GAL4.5.tsv").status_code == 400
    assert get(board, "wabi/chipatlas/").status_code == 200


def test_every_reply_still_says_simulated(board: Atlas) -> None:
    board.fault("data-target", "maintenance-page")
    assert get(board).headers["X-ChIP-Atlas-Simulated"] == "1"


@pytest.mark.parametrize("name", ["dropped", "reset", "cut"])
def test_connections_that_break(board: Atlas, name: str) -> None:
    whole = len(get(board).content)
    board.fault("data-target", name)
    received: list[int] = []
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)) as broken:
        received.extend(map(len, get(board, stream=True).iter_content(100)))
    assert ("reset" in str(broken.value)) == (name != "cut")
    assert sum(received) < whole
    assert (sum(received) > 0) == (name == "cut") or name == "reset"


def test_slow_stalled_and_trickling(board: Atlas) -> None:
    whole = get(board).content
    for name, least in (("slow", 0.1), ("stall", 0.5)):
        switch = board.fault("data-target", name)
        begun = time.monotonic()
        assert get(board).content == whole
        assert time.monotonic() - begun >= least
        board.faults.remove(switch)
    board.fault("data-target", "trickle")
    with pytest.raises(requests.RequestException):
        get(board)


def test_lengths_that_lie(board: Atlas) -> None:
    whole = get(board).content
    board.fault("data-target", "short-length", 1)
    assert get(board).content == whole[: len(whole) // 2]
    board.fault("data-target", "ten-gigabytes", 1)
    assert get(board, stream=True).headers["Content-Length"] == "10000000000"


def test_bodies_that_are_something_else(board: Atlas) -> None:
    board.fault("data-target", "gzip-noise", 1)
    with pytest.raises(requests.exceptions.ContentDecodingError):
        get(board)
    board.fault("data-target", "not-utf8", 1)
    with pytest.raises(UnicodeDecodeError):
        get(board).content.decode("utf-8")
    for name, body in (("empty", b""), ("no-such-key-200", b"<?xml"), ("header-alone", b"Target_genes\tRAP1|Average")):
        board.fault("data-target", name, 1)
        reply = get(board)
        assert (reply.status_code, reply.content[: len(body)]) == (200, body)
    board.fault("data-target", "other-table", 1)
    assert get(board).content.startswith(b"Target_genes\tNOTRAP1|Average\tSRX")


def test_redirects_and_retry_after(board: Atlas) -> None:
    for name, location in (("redirect-away", "http://elsewhere.example.org/"), ("redirect-home", f"/{TABLE}")):
        board.fault("data-target", name, 1)
        reply = get(board)
        assert reply.is_redirect and reply.headers["Location"] == location
    board.fault("data-target", "http-429-1h", 1)
    assert get(board).headers["Retry-After"] == "3600"


def test_an_etag_that_lies(board: Atlas) -> None:
    board.fault("data-target", "lying-etag")
    assert get(board).headers["ETag"] == '"another"'
    assert get(board, headers={"If-None-Match": '"anything"'}).status_code == 304


def test_a_site_that_answers_of_another(board: Atlas) -> None:
    board.fault("site-metadata", "other-experiment")
    assert get(board, "site/data/exp_metadata.json?expid=SRX4555013").json()[0]["expid"] == "SRX00000001"


def test_replies_about_jobs(board: Atlas) -> None:
    service = f"{board.url}/wabi/chipatlas/"
    form = jobs.form(["SRX4555013", "SRX4555039"], ["SRX4555040", "SRX4555064"], genome="sacCer3")

    def submit(name: str) -> requests.Response:
        board.fault("wabi-submit", name, 1)
        return requests.post(service, form, timeout=5)

    before = len(board.jobs)
    assert "requestId\twabi_chipatlas_" in submit("tabs").text
    assert submit("json-for-text").json()["requestId"].startswith("wabi_chipatlas_")
    assert "requestId" not in submit("no-request-id").text
    assert len(board.jobs) == before + 3
    assert submit("http-503").status_code == 503
    assert len(board.jobs) == before + 3
    submit("shortened-ids")
    assert board.jobs[-1].request.ids_a == ("SRX4555013",)

    status = f"wabi/chipatlas/{board.jobs[before].id}?info=status"
    for name, words in (
        ("not-found", "status: not-found"),
        ("other-status", f"request-ID: {OTHER_REQUEST}"),
        ("failed-job", "FAILED"),
    ):
        board.fault("wabi-status", name, 1)
        assert words in get(board, status).text


def test_archives_that_are_not_what_they_should_be(board: Atlas) -> None:
    form = jobs.form(["SRX4555013", "SRX4555039"], ["SRX4555040", "SRX4555064"], genome="sacCer3")
    requests.post(f"{board.url}/wabi/chipatlas/", form, timeout=5)
    path = f"data/query/{board.jobs[-1].id}.zip"
    deadline = time.monotonic() + jobs.PATIENCE_SECONDS
    while get(board, path).status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)

    def archive(name: str) -> zipfile.ZipFile:
        board.fault("data-mirror", name, 1)
        return zipfile.ZipFile(io.BytesIO(get(board, path).content))

    with pytest.raises(zipfile.BadZipFile):
        archive("zip-truncated")
    assert not [name for name in archive("zip-without-bed").namelist() if name.endswith(".bed")]
    assert "../../outside.txt" in archive("zip-dot-dot").namelist()
    assert "/outside.txt" in archive("zip-absolute").namelist()
    link = archive("zip-link").getinfo("wabi_result/link.bed")
    assert stat.S_ISLNK(link.external_attr >> 16)
    assert max(member.file_size for member in archive("zip-bomb").infolist()) == 20_000_000
    other = archive("zip-of-another")
    log = next(name for name in other.namelist() if name.endswith(".log"))
    assert f'WABI_ID="{OTHER_REQUEST}"' in other.read(log).decode()


def test_the_registry_describes_itself() -> None:
    lines = describe_faults().splitlines()
    assert len(lines) == len(FAULTS) + 2
    assert all(f"| `{name}` | " in line for name, line in zip(FAULTS, lines[2:], strict=True))

"""A table that is kept: one request when it has not changed, the rest alone when it broke off."""

from __future__ import annotations

import hashlib
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from scripts.chipatlas.cache.downloads import fetch
from scripts.chipatlas.transport.client import BLOCK_BYTES, Client
from scripts.common.errors import BadResponseError, NotFoundError, ServiceUnavailableError
from scripts.common.files.cache_folder import cache_folder
from scripts.targets.query.question import check_query
from scripts.targets.table import download_target_genes
from scripts.targets.table.download_target_genes import Download, fetch_target_genes
from scripts.targets.workflow import run_target_genes_workflow
from tests.file_server import FileServer
from tests.targets.tables import SMALL_COLUMNS, SMALL_ROWS, table_text

TABLE = "/data/hg38/target/TP53.5.tsv"
SMALL_HEADERS = {"ETag": '"abc"'}


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Bytes of every download of the test."""
    counts: list[int] = []
    blocks = Client.blocks

    def counted(*given: object) -> Iterator[bytes]:
        counts.append(0)
        for block in blocks(*given):  # type: ignore[arg-type]
            counts[-1] += len(block)
            yield block

    monkeypatch.setattr(Client, "blocks", counted)
    return counts


def ask(protein: str = "TP53") -> Download:
    with Client() as client:
        return fetch_target_genes(client, check_query(protein))


def same(one: Download, other: Download) -> None:
    pd.testing.assert_frame_equal(one.summary, other.summary)
    pd.testing.assert_frame_equal(one.matrix.to_frame(), other.matrix.to_frame())


def kept() -> list[str]:
    return sorted(path.name.split(".", 1)[1] for path in cache_folder().glob("*") if path.suffix != ".lock")


def table_requests(atlas) -> int:
    return sum(path == TABLE for _, path in atlas.requests)


def test_second_run_is_one_request_without_a_body(atlas, received, tmp_path):
    first = run_target_genes_workflow("TP53", output_dir=tmp_path / "1")
    assert (len(received), table_requests(atlas)) == (1, 1)
    atlas.requests.clear()
    again = run_target_genes_workflow("TP53", output_dir=tmp_path / "2")
    assert (len(received), list(atlas.requests)) == (1, [("GET", TABLE)])
    pd.testing.assert_frame_equal(again["target_genes"], first["target_genes"])
    assert [run["provenance"].pop("from_cache") for run in (first, again)] == [False, True]
    for key in ("url", "bytes", "sha256", "last_modified", "etag", "retrieved_at", "simulated"):
        assert again["provenance"][key] == first["provenance"][key], key
    assert again["provenance"]["simulated"] is True


def test_a_kept_table_is_not_parsed_again(small: FileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    small.headers[TABLE] = SMALL_HEADERS
    first = ask()
    small.status[TABLE] = 304
    parsed = []
    parse = download_target_genes.parse_target_genes
    monkeypatch.setattr(
        download_target_genes, "parse_target_genes", lambda *given: parsed.append(given) or parse(*given)
    )
    again = ask()
    same(again, first)
    assert (parsed, again.provenance["from_cache"]) == ([], True)
    assert (again.provenance["bytes"], again.provenance["sha256"]) == (
        first.provenance["bytes"],
        first.provenance["sha256"],
    )
    derived = next(cache_folder().glob("*.derived"))
    for damage in (lambda: derived.write_bytes(derived.read_bytes()[:-1]), derived.unlink):
        damage()
        parsed.clear()
        same(ask(), first)
        assert len(parsed) == 1
        same(ask(), first)
        assert len(parsed) == 1


def test_only_the_rest_is_sent_after_a_download_broke_off(atlas, received):
    whole = ask()
    content = next(cache_folder().glob("*.body")).read_bytes()
    half = len(content) // 2
    for path in cache_folder().iterdir():
        path.unlink()

    def break_off(request):
        from flask import Response

        if request.path != TABLE or "Range" in request.headers:
            return None
        headers = {"ETag": whole.provenance["etag"], "Content-Length": str(len(content))}
        return Response(iter([content[:half]]), headers=headers)

    atlas.faults.append(break_off)
    received.clear()
    with pytest.raises(ServiceUnavailableError, match="Run it again: the rest is fetched"):
        ask()
    assert kept() == ["part", "part.json"]
    resumed = ask()
    assert sum(received) == len(content)
    assert received[1] <= len(content) - half + BLOCK_BYTES
    assert table_requests(atlas) == 3
    assert resumed.provenance["sha256"] == hashlib.sha256(content).hexdigest() == whole.provenance["sha256"]
    assert resumed.provenance["bytes"] == len(content)
    same(resumed, whole)
    assert kept() == ["body", "body.json", "derived"]


def test_a_changed_table_is_sent_anew(atlas, received):
    ask()
    changed = table_text(SMALL_ROWS, SMALL_COLUMNS).encode()

    def change(request):
        from flask import Response

        if request.path != TABLE or '"changed"' in request.headers.get("If-None-Match", ""):
            return None if request.path != TABLE else Response(status=304, headers={"ETag": '"changed"'})
        return Response(changed, headers={"ETag": '"changed"'})

    atlas.faults.append(change)
    for from_cache in (False, True):
        download = ask()
        assert len(download.summary) == len(SMALL_ROWS)
        assert download.provenance["sha256"] == hashlib.sha256(changed).hexdigest()
        assert (download.provenance["etag"], download.provenance["from_cache"]) == ('"changed"', from_cache)
    assert received[1:] == [len(changed)]


def test_a_page_is_not_kept(small: FileServer) -> None:
    small.headers[TABLE] = SMALL_HEADERS
    small.put_table("<html><body>maintenance</body></html>")
    for _ in range(2):
        with pytest.raises(BadResponseError, match="maintenance"):
            ask()
        assert kept() == []


def test_a_cut_or_ragged_table_is_not_kept(small: FileServer) -> None:
    small.files[TABLE] = small.files[TABLE][:-9]
    with pytest.raises(BadResponseError, match="the table is damaged or was cut off"):
        ask()
    assert kept() == []


def test_a_missing_table_is_explained_as_before(small: FileServer) -> None:
    with pytest.raises(NotFoundError, match=r"does not exist \(HTTP 404\)\.\nThe site lists .* antigens") as caught:
        ask("TP54")
    assert caught.value.matches[0] == "TP53"
    assert kept() == []


def test_a_header_alone_is_no_data_from_the_cache_either(server: FileServer) -> None:
    server.put_table(table_text([], SMALL_COLUMNS))
    server.headers[TABLE] = SMALL_HEADERS
    for _ in range(2):
        with pytest.raises(NotFoundError, match="listed but holds no data"):
            ask()


def test_without_a_cache_the_table_comes_all_the_same(
    small: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CHIPATLAS_CACHE_DIR", str(tmp_path / "file"))
    assert len(ask().summary) == len(SMALL_ROWS)
    assert ask().provenance["from_cache"] is False


def test_a_file_is_never_held_whole(server: FileServer) -> None:
    server.files["/data/big"] = b"x" * 20_000_000
    server.headers["/data/big"] = SMALL_HEADERS
    for from_cache in (False, True):
        tracemalloc.start()
        with Client() as client, fetch(client, f"{server.url}/data/big", 10**9) as file:
            assert sum(map(len, file.blocks())) == 20_000_000
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert file.from_cache is from_cache
        assert peak < 10 * BLOCK_BYTES
        server.files["/data/big"], server.status["/data/big"] = b"", 304

from __future__ import annotations

import gzip
import hashlib

import pytest

from scripts.chipatlas.transport.client import Client
from scripts.common.errors import BadResponseError, InputError, NotFoundError, ServiceUnavailableError
from scripts.targets.query.question import check_query
from scripts.targets.table.download_target_genes import (
    check_antigen_available,
    download_target_genes,
    fetch_target_genes,
)
from tests.file_server import FileServer
from tests.targets.tables import SMALL_COLUMNS, SMALL_ROWS, table_text

PATH = "/data/hg38/target/TP53.5.tsv"


def test_download(small: FileServer) -> None:
    summary, experiments = download_target_genes("TP53")
    assert summary["gene"].tolist() == ["AAA", "BBB", "CCC", "FEW", "ONLY"]
    assert summary["colocated_group"].tolist() == ["", "locus_1", "locus_1", "", ""]
    assert experiments.columns.tolist() == ["gene", *SMALL_COLUMNS]


def test_provenance(small: FileServer) -> None:
    small.headers[PATH] = {"ETag": '"abc"', "Last-Modified": "Sun, 07 Jul 2024 00:00:00 GMT"}
    with Client() as client:
        provenance = fetch_target_genes(client, check_query("TP53")).provenance
    assert provenance["endpoint"] == f"{small.url}/data"
    assert provenance["url"] == small.url + PATH
    assert provenance["bytes"] == len(small.files[PATH])
    assert provenance["sha256"] == hashlib.sha256(small.files[PATH]).hexdigest()
    assert (provenance["etag"], provenance["last_modified"]) == ('"abc"', "Sun, 07 Jul 2024 00:00:00 GMT")


def test_gzip_encoding(small: FileServer) -> None:
    small.files[PATH] = gzip.compress(small.files[PATH])
    small.headers[PATH] = {"Content-Encoding": "gzip"}
    assert len(download_target_genes("TP53")[0]) == 5


def test_names_are_quoted(server: FileServer) -> None:
    server.put_table(table_text(SMALL_ROWS, SMALL_COLUMNS, protein="A B#1"), "A B#1.5.tsv")
    assert len(download_target_genes("A B#1")[0]) == 5
    assert server.requests[-1][1] == "/data/hg38/target/A%20B%231.5.tsv"


def test_available(small: FileServer) -> None:
    assert check_antigen_available("TP53") is True


def test_not_available_prints_near_names(small: FileServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_antigen_available("TP54") is False
    assert "Did you mean: TP53" in capsys.readouterr().out


def test_lower_case_and_histones_are_answered_not_refused(
    small: FileServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check_antigen_available("tp53") is False
    assert "Did you mean: TP53" in capsys.readouterr().out
    assert check_antigen_available("H3K27ac") is False
    assert "histone mark" in capsys.readouterr().out


def test_network_failure_is_no_spelling_mistake(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CHIPATLAS_DATA_URL", "http://127.0.0.1:9/data")
    assert check_antigen_available("TP53") is False
    assert "ERROR: Whether there is a table is not known, which says nothing about the name. No answer from" in (
        capsys.readouterr().out
    )
    with pytest.raises(ServiceUnavailableError, match="No answer from"):
        download_target_genes("TP53")


def test_server_failure_is_no_spelling_mistake(small: FileServer, capsys: pytest.CaptureFixture[str]) -> None:
    small.status[PATH] = 503
    assert check_antigen_available("TP53") is False
    assert "says nothing about the name. HTTP 503" in capsys.readouterr().out
    small.status[PATH] = 403
    assert check_antigen_available("TP53") is False
    assert "WARNING: Unexpected HTTP 403" in capsys.readouterr().out
    with pytest.raises(BadResponseError, match="HTTP 403"):
        download_target_genes("TP53")


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        (("TP53", "hg37"), "ERROR: Unknown genome 'hg37'. ChIP-Atlas offers: hg38"),
        (("TP53", "mm39"), "Did you mean: mm10"),
        (("TP53", "hg38", 3), "ERROR: distance is 3; target genes are computed for 1, 5 or 10"),
        (("../TP53",), "ERROR: protein is '../TP53'"),
        (("",), "ERROR: protein is empty"),
        ((53,), "ERROR: protein is 53"),
    ],
)
def test_what_cannot_be_asked_is_printed(
    server: FileServer, capsys: pytest.CaptureFixture[str], question: tuple, reason: str
) -> None:
    assert check_antigen_available(*question) is False
    assert reason in capsys.readouterr().out
    assert server.requests == []


def test_missing_table_names_other_assemblies(server: FileServer) -> None:
    with pytest.raises(NotFoundError, match=r"Listed for: mm10 \(Trp53\)") as caught:
        download_target_genes("TRP53")
    assert "TP53" in caught.value.matches


def test_listed_but_missing_names_other_windows(small: FileServer) -> None:
    with pytest.raises(NotFoundError, match="lists it, but the file is missing. It exists for distance=5"):
        download_target_genes("TP53", distance=1)
    with pytest.raises(NotFoundError, match="Nor does it exist for another window"):
        download_target_genes("MYC")


@pytest.mark.parametrize("status", [503, 403])
def test_a_window_that_cannot_be_asked_hides_no_other(small: FileServer, status: int) -> None:
    small.put_table(table_text(SMALL_ROWS, SMALL_COLUMNS), "TP53.10.tsv")
    small.status[PATH] = status
    wanted = r"It exists for distance=10\. Not all windows could be asked \(distance=5\)\."
    with pytest.raises(NotFoundError, match=wanted):
        download_target_genes("TP53", distance=1)
    del small.files["/data/hg38/target/TP53.10.tsv"]
    with pytest.raises(NotFoundError, match=r"missing\. Not all windows could be asked \(distance=5\)\.$"):
        download_target_genes("TP53", distance=1)


def test_missing_table_without_an_index(server: FileServer) -> None:
    server.files.clear()
    with pytest.raises(NotFoundError, match="does not exist .HTTP 404..\nThe site's index"):
        download_target_genes("TP53")


def test_index_of_the_new_site(server: FileServer) -> None:
    server.files["/api/target_genes_index"] = server.files.pop("/data/target_genes_analysis.json")
    with pytest.raises(NotFoundError, match="Did you mean: E2F1"):
        download_target_genes("E2F")


def test_header_alone_is_no_data(server: FileServer) -> None:
    server.put_table(table_text([], SMALL_COLUMNS))
    with pytest.raises(NotFoundError, match="listed but holds no data"):
        download_target_genes("TP53")


def test_page_instead_of_a_table(server: FileServer) -> None:
    server.put_table("<html><body>maintenance</body></html>")
    with pytest.raises(BadResponseError, match="maintenance"):
        download_target_genes("TP53")


def test_truncated_download(small: FileServer) -> None:
    small.headers[PATH] = {"Content-Length": str(len(small.files[PATH]) + 100)}
    with pytest.raises(ServiceUnavailableError, match="broke off"):
        download_target_genes("TP53")


def test_averages_that_are_no_means_are_said(server: FileServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.put_table("Target_genes\tTP53|Average\tSRX1|A\tSTRING\nG1\t7.0\t5\t0\n")
    assert download_target_genes("TP53")[0]["avg_score"].tolist() == [7.0]
    assert "1 of 1 averages in the file differ" in capsys.readouterr().out


def test_bad_names_ask_nothing(server: FileServer) -> None:
    with pytest.raises(InputError, match="path or control"):
        download_target_genes("../TP53")
    assert server.requests == []

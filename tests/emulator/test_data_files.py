"""The object store's routes."""

from __future__ import annotations

import io
from xml.etree import ElementTree

import pandas as pd
import pytest
import requests

from scripts.emulator import Atlas
from tests.reference import reference_text


def table(atlas: Atlas, path: str) -> pd.DataFrame:
    reply = requests.get(f"{atlas.url}/data/{path}", timeout=10)
    assert reply.status_code == 200
    return pd.read_csv(io.BytesIO(reply.content), sep="\t")


def test_a_target_file_is_an_object_with_length_date_and_ranges(atlas: Atlas) -> None:
    url = f"{atlas.url}/data/hg38/target/E2F1.5.tsv"
    whole = requests.get(url, timeout=10)
    head = requests.head(url, timeout=10)
    assert head.status_code == 200
    assert head.content == b""
    assert int(head.headers["Content-Length"]) == len(whole.content)
    for name in ("ETag", "Last-Modified"):
        assert head.headers[name] == whole.headers[name]
    part = requests.get(url, headers={"Range": "bytes=10-19"}, timeout=10)
    assert part.status_code == 206
    assert part.content == whole.content[10:20]
    again = requests.get(url, headers={"If-None-Match": whole.headers["ETag"]}, timeout=10)
    assert again.status_code == 304


@pytest.mark.parametrize(
    "path",
    [
        "hg38/target/TP5.5.tsv",
        "hg38/target/tp53.5.tsv",
        "hg38/target/TP53.3.tsv",
        "hg38/target/TP53.05.tsv",
        "hg99/target/TP53.5.tsv",
        "hg38/target/SIMMISSING.5.tsv",
        "hg38/eachData/bed05/SRX1.05.bed",
        "hg38/eachData/bed05/srx5865959.05.bed",
        "hg38/eachData/bed05/GSM3781492.05.bed",
        "others/lib/TSS/TSS.hg99.bed",
        "query/wabi_chipatlas_x.zip",
        "whatever",
    ],
)
def test_a_missing_object_is_a_404_in_xml(atlas: Atlas, path: str) -> None:
    assert requests.head(f"{atlas.url}/data/{path}", timeout=10).status_code == 404
    reply = requests.get(f"{atlas.url}/data/{path}", timeout=10)
    assert reply.status_code == 404
    error = ElementTree.fromstring(reply.content)
    assert error.tag == "Error"
    assert error.findtext("Code") == "NoSuchKey"
    assert error.findtext("Key") == path
    real = ElementTree.fromstring(reference_text("zip_missing_NoSuchKey.xml"))
    assert {item.tag for item in error} <= {item.tag for item in real}


def test_a_name_that_needs_quoting(atlas: Atlas) -> None:
    assert table(atlas, "dm6/target/E%28z%29.5.tsv").columns[1] == "E(z)|Average"


def test_peaks_of_an_experiment(atlas: Atlas) -> None:
    reply = requests.get(f"{atlas.url}/data/hg38/eachData/bed05/SRX5865959.05.bed", timeout=10)
    peaks = pd.read_csv(io.BytesIO(reply.content), sep="\t", names=["chrom", "start", "end", "score"])
    assert len(peaks) > 500
    assert (peaks["end"] > peaks["start"]).all()
    assert (peaks["score"] >= 50).all()


def test_tss_library(atlas: Atlas) -> None:
    reply = requests.get(f"{atlas.url}/data/others/lib/TSS/TSS.sacCer3.bed", timeout=10)
    tss = pd.read_csv(io.BytesIO(reply.content), sep="\t", header=None)
    assert (tss[2] - tss[1]).eq(1).all()
    assert tss[3].str.fullmatch(r"SIM\d{4,}").all()
    assert set(tss[5]) == {"+", "-"}

"""Peaks from BED files."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from scripts.chipatlas.endpoints import data_url
from scripts.common.errors import BadResponseError, InputError, NotFoundError
from scripts.emulator import Atlas
from scripts.emulator.simulation.tracks import signal
from scripts.engine import read_peaks
from scripts.engine.peaks.peak_files import parse_peaks
from tests.range_server import serve_ranges

PLAIN = "chr1\t10\t20\t55\nchr2\t0\t5\t1200\n"


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        PLAIN.rstrip("\n"),
        PLAIN.replace("\n", "\r\n"),
        "# made by\ntrack name='x'\nbrowser position chr1\n\n" + PLAIN + "\n  \n",
        PLAIN.replace("\t", " "),
        "\ufeff" + PLAIN,
        "chr1\t10\t20\tpeak one\t55\t+\t1.5\nchr2\t0\t5\tpeak_2\t1200\t.\t2\n",
    ],
)
def test_shapes_of_bed(tmp_path: Path, text: str) -> None:
    for name, content in (("a.bed", text.encode()), ("a.bed.gz", gzip.compress(text.encode()))):
        (tmp_path / name).write_bytes(content)
        found = read_peaks(tmp_path / name)
        assert found.table.columns.tolist() == ["chrom", "start", "end", "score"]
        assert found.table.to_numpy().tolist() == [["chr1", 10, 20, 55.0], ["chr2", 0, 5, 1200.0]]
        assert found.notes == []


def test_without_a_score() -> None:
    table = parse_peaks("chr1\t10\t20\nchr1\t30\t40\t7\n", "x")
    assert table["score"].isna().all()
    assert table["start"].dtype == np.int64


def test_a_name_that_begins_like_a_head_line_is_a_contig() -> None:
    assert parse_peaks("track1\t10\t20\nbrowserX\t1\t2\n", "x")["chrom"].tolist() == ["track1", "browserX"]


@pytest.mark.parametrize("content", [b"", b"\n", b"track name=x\n", gzip.compress(b"", mtime=0)])
def test_no_peaks_are_an_empty_table_and_a_note(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "none.bed"
    path.write_bytes(content)
    found = read_peaks(path)
    assert found.table.empty
    assert found.table["start"].dtype == np.int64
    assert found.notes == [f"{path} has no peak."]


@pytest.mark.parametrize(
    "line",
    [
        "chr1\t20",
        "chr1\tten\t20",
        "chr1\t20\t20",
        "chr1\t30\t20",
        "chr1\t-5\t20",
        "chr1\t1.5\t20",
        "chrom\tstart\tend",
        "<html>",
        "chr1\t99999999999\t999999999999",
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "bad.bed"
    path.write_text(f"# head\r\nchr1\t1\t5\t60\r\n{line}\r\nchr1\t7\t9\t60\r\n", "utf-8", newline="")
    with pytest.raises(InputError, match=r"bad\.bed, line 3: .* is no interval"):
        read_peaks(path)


def test_files_that_are_no_bed(tmp_path: Path) -> None:
    path = tmp_path / "peaks.bed.gz"
    path.write_bytes(gzip.compress(PLAIN.encode() * 100)[:-20])
    with pytest.raises(InputError, match=r"peaks\.bed\.gz is a damaged gzip file"):
        read_peaks(path)
    for content, match in {
        b"\x26\xfc\x8f\x88\xff\xfe": "is a bigWig, so no BED file",
        gzip.compress(b"BAM\x01\xff\xfe"): "is a BAM: aligned reads, so no BED file",
        b"\xff\xfe": "is no text file",
    }.items():
        path.write_bytes(content)
        with pytest.raises(InputError, match=match):
            read_peaks(path)
    with pytest.raises(InputError, match="Cannot read"):
        read_peaks(tmp_path / "none.bed")


def test_from_an_address() -> None:
    with serve_ranges(PLAIN.encode()) as served:
        assert len(read_peaks(served.url).table) == 2
        served.content = b"<html>no</html>"
        with pytest.raises(BadResponseError, match="is a page of HTML"):
            read_peaks(served.url)
        served.status = 403
        with pytest.raises(BadResponseError, match="HTTP 403"):
            read_peaks(served.url)
        served.status = 404
        with pytest.raises(NotFoundError, match="no file"):
            read_peaks(served.url)


def test_of_the_embedded_service(atlas: Atlas) -> None:
    found = read_peaks(data_url("hg38", "eachData", "bed05", "SRX5865959.05.bed"))
    assert found.simulated
    expected = signal.peaks("SRX5865959", "hg38")
    assert (found.table.to_numpy() == expected.to_numpy()).all()

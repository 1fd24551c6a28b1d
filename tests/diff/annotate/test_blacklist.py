from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest

from scripts.chipatlas.transport.client import Client
from scripts.common.errors import BadResponseError, InputError, NotFoundError, ServiceUnavailableError
from scripts.diff.annotate.blacklist import (
    LISTED_GENOMES,
    Blacklist,
    blacklist_for,
    blacklisted,
    fetch_blacklist,
    read_blacklist,
)
from tests.diff.tables import peaks

COLUMNS = ["chrom", "start", "end", "reason"]
BED = "# mine\ntrack name=x\nchr1\t100\t200\tLow Mappability\n\nchr2\t5\t6\n"


def written(folder, text, name="own.bed"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_regions_inside():
    regions = peaks([{"start": 0, "size": 100}, {"start": 150, "size": 10}, {"start": 190}, {"start": 200}])
    table = pd.DataFrame({"chrom": ["chr1"], "start": [100], "end": [200]})
    assert blacklisted(regions, table).tolist() == [False, True, True, False]
    assert blacklisted(regions.head(0), table).tolist() == []


# ENCODE's lists


@pytest.mark.parametrize("genome", LISTED_GENOMES)
def test_the_list_of_an_assembly(atlas, genome):
    with Client() as client:
        table = fetch_blacklist(genome, client)
        assert client.simulated
        assert list(client.files) == [f"{atlas.environment['BLACKLIST_URL']}/{genome}-blacklist.v2.bed.gz"]
    assert table.columns.tolist() == COLUMNS
    assert set(table["reason"]) == {"High Signal Region", "Low Mappability"}
    assert (table["end"] > table["start"]).all()


def test_a_list_is_kept_and_only_checked_with_its_server(atlas, capsys):
    with Client() as client:
        first = fetch_blacklist("hg38", client)
    with Client() as client:
        second = fetch_blacklist("hg38", client)
        assert client.simulated
    pd.testing.assert_frame_equal(first, second)
    assert len(atlas.requests) == 2
    assert capsys.readouterr().out.count("Unchanged on the server") == 1


@pytest.mark.parametrize("genome", ["mm9", "rn6", "sacCer3", "TAIR12"])
def test_an_assembly_without_a_list(atlas, genome):
    with Client() as client:
        with pytest.raises(NotFoundError, match=rf"no blacklist of {genome}; .*hg38.*\n.*BED file"):
            fetch_blacklist(genome, client)
        found = blacklist_for("encode", genome, client)
    assert found.table is None and found.problem.startswith(f"ENCODE has no blacklist of {genome}")
    assert not atlas.requests


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("http-404", NotFoundError),
        ("http-403", BadResponseError),
        ("maintenance-page", BadResponseError),
        ("empty", BadResponseError),
        ("not-utf8", BadResponseError),
        ("short-length", BadResponseError),
        ("cut", ServiceUnavailableError),
        ("http-503", ServiceUnavailableError),
        ("ten-gigabytes", BadResponseError),
    ],
)
def test_what_comes_instead_is_a_problem_and_no_error(atlas, fault, error):
    atlas.fault("blacklist", fault)
    with Client() as client:
        with pytest.raises(error, match="hg38-blacklist"):
            fetch_blacklist("hg38", client)
        found = blacklist_for("encode", "hg38", client)
    assert found.table is None
    assert "hg38-blacklist.v2.bed.gz" in found.problem and "\n" not in found.problem
    atlas.faults.clear()
    with Client() as client:
        assert blacklist_for("encode", "hg38", client).problem == ""


def test_out_of_reach(monkeypatch):
    monkeypatch.setenv("BLACKLIST_URL", "http://127.0.0.1:9")
    with Client() as client:
        found = blacklist_for("encode", "hg38", client)
    assert found.table is None
    assert found.problem.startswith("No answer from http://127.0.0.1:9/hg38-blacklist.v2.bed.gz")


def test_an_address_that_is_none_is_the_users_to_correct(monkeypatch):
    monkeypatch.setenv("BLACKLIST_URL", "ftp://x")
    with Client() as client, pytest.raises(InputError, match="BLACKLIST_URL is 'ftp://x'"):
        blacklist_for("encode", "hg38", client)


# One's own


@pytest.mark.parametrize("as_text", [True, False])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_file_of_ones_own(tmp_path, as_text, pack):
    path = written(tmp_path, pack(BED.encode()))
    with Client() as client:
        found = blacklist_for(str(path) if as_text else path, "sacCer3", client)
    assert found.table.values.tolist() == [["chr1", 100, 200, "Low Mappability"], ["chr2", 5, 6, ""]]
    assert (found.source, found.problem) == (str(path), "")


def test_line_ends_spaces_and_further_columns(tmp_path):
    path = written(tmp_path, "\ufeffchr1 1 2\r\nchr1\t3\t4\tTwo words\t0\t+\r\n")
    assert read_blacklist(path).values.tolist() == [["chr1", 1, 2, ""], ["chr1", 3, 4, "Two words"]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("chr1\t1\t2\nchr1\t9\n", r"own.bed, line 2: 'chr1\\t9' is no interval.\nA line of BED"),
        ("chr1\t5\t5\n", "line 1"),
        ("chr1\t-5\t5\n", "line 1"),
        ("chrom\tstart\tend\nchr1\t1\t2\n", "line 1"),
        ("", "holds no interval"),
        ("# nothing\n", "holds no interval"),
        (b"\x1f\x8b\x08garbage", "damaged gzip"),
        (b"\xff\xfe\x00", "no text file"),
    ],
)
def test_a_malformed_file_is_named_with_the_line(tmp_path, content, message):
    with pytest.raises(InputError, match=message):
        read_blacklist(written(tmp_path, content))


def test_a_packed_file_that_grows_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr("scripts.diff.annotate.blacklist.MOST_BYTES", 1000)
    with pytest.raises(InputError, match="more than 1,000 bytes"):
        read_blacklist(written(tmp_path, gzip.compress(b"chr1\t1\t2\n" * 1000)))


@pytest.mark.parametrize("path", ["nowhere.bed", Path("nowhere.bed"), ".", "ENCODE", "a\0b"])
def test_a_file_that_is_not_there(path):
    with Client() as client, pytest.raises(InputError, match="Cannot read the blacklist .*BED file, or 'encode'"):
        blacklist_for(path, "hg38", client)


def test_a_table_of_ones_own():
    table = pd.DataFrame({"start": [5], "end": [9], "chrom": ["chrI"], "more": [1]}, index=[4])
    with Client() as client:
        found = blacklist_for(table, "ce11", client)
    assert found.table.columns.tolist() == COLUMNS
    assert found.table.values.tolist() == [["chrI", 5, 9, ""]]
    assert found.source == "the table given as blacklist"


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"chrom": ["chr1"], "chromStart": [1], "chromEnd": [2]}, "lacks the column start; it has chrom, chromStart"),
        ({"chrom": ["chr1", "chr1"], "start": [1, 9], "end": [2, 9]}, "Row 1 of the blacklist"),
        ({"chrom": ["chr1"], "start": [1.5], "end": [2]}, "Row 0"),
        ({"chrom": [None], "start": [1], "end": [2]}, "Row 0"),
        ({"chrom": ["chr1"], "start": ["x"], "end": [2]}, "Row 0"),
        ({"chrom": [], "start": [], "end": []}, "has no row"),
    ],
)
def test_a_table_that_is_none(columns, message):
    with Client() as client, pytest.raises(InputError, match=message):
        blacklist_for(pd.DataFrame(columns), "hg38", client)


def test_nothing_wanted_and_something_else(atlas):
    with Client() as client:
        assert blacklist_for(None, "hg38", client) == Blacklist(None, "", "")
        with pytest.raises(InputError, match="blacklist is int; give 'encode'"):
            blacklist_for(1, "hg38", client)
    assert not atlas.requests

"""Small files that would take for ever, or all memory: each is refused, or read in its time."""

from __future__ import annotations

import gzip
import io
import time
import tracemalloc
import zipfile

import pytest

from scripts.chipatlas.wabi.replies import parse_log, parse_reply
from scripts.common.errors import BadResponseError, ChipAtlasError, InputError
from scripts.common.files.json_text import decode
from scripts.common.files.writing import extract_zip, read_unpacked
from scripts.common.text import near_matches
from scripts.diff.analysis import DIFFBIND
from scripts.diff.results import parse_bed_results as bed
from scripts.diff.results.parse_igv_bed import parse_igv_bed
from scripts.targets.expression import table as expression_table
from scripts.targets.table.parse_target_genes import parse_target_genes

#: Of the processor, whatever else the machine does. Each takes a small part of this; one whose time grows with the
#: square of the input takes minutes.
SECONDS = 5.0
MB = 1024**2


@pytest.fixture(autouse=True)
def in_time():
    started = time.process_time()
    yield
    assert time.process_time() - started < SECONDS


@pytest.fixture
def bomb(tmp_path):
    """40 kB that are 40 MB."""
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(b"chr1\t1\t2\n" * (40 * MB // 9)))
    return path


def test_a_gzip_bomb_is_unpacked_no_further_than_allowed(bomb):
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match="holds more than 1,048,576 bytes"):
            read_unpacked(bomb, MB)
        assert tracemalloc.get_traced_memory()[1] < 4 * MB
    finally:
        tracemalloc.stop()


def test_both_readers_of_gzip_have_a_limit(bomb, monkeypatch):
    monkeypatch.setattr(bed, "MAX_BYTES", MB)
    monkeypatch.setattr(expression_table, "MAX_BYTES", MB)
    for read in (bed.parse_bed_results, expression_table.read_expression):
        with pytest.raises(InputError, match="holds more than"):
            read(bomb)


def test_a_zip_bomb(tmp_path):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("wabi_result/wabi_result.bed", b"\0" * 30 * MB)
    (tmp_path / "into").mkdir()
    with pytest.raises(BadResponseError, match="more than a result can be"):
        extract_zip(path, tmp_path / "into")
    assert list((tmp_path / "into").iterdir()) == []


@pytest.mark.parametrize(
    "name", ["a\nb.bed", "\x1b[31m.bed", "x" * 300 + ".bed", "a:b.bed", "`a`.bed", "..", "a|b.bed"]
)
def test_names_in_a_zip_that_mean_something_elsewhere(tmp_path, name):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"wabi_result/{name}", "x")
    (tmp_path / "a.zip").write_bytes(buffer.getvalue())
    (tmp_path / "into").mkdir()
    with pytest.raises(BadResponseError, match="cannot stand in one folder") as caught:
        extract_zip(tmp_path / "a.zip", tmp_path / "into")
    assert "\x1b" not in str(caught.value) and len(str(caught.value)) < 300
    assert list((tmp_path / "into").iterdir()) == []


@pytest.mark.parametrize(
    "line",
    [
        "[WARNING] " + "\"'" * 500_000,
        "[WARNING] " + '"x' * 500_000,
        "[WARNING] " + '"x" ' * 250_000 + "ignore",
        "[INFO] <samples> " * 100_000,
        "[INFO] <samples> " + "A" * 1_000_000,
        "[INFO] <samples>" + " " * 1_000_000,
    ],
)
def test_long_lines_of_a_log(line):
    parse_log(line)


@pytest.mark.parametrize("text", ["a" * 10**6, "a " * 500_000, "a" + " " * 10**6, "a:\n" * 10**5, "{" * 10**6])
def test_long_replies(text):
    parse_reply(text)


@pytest.mark.parametrize("cell", ["a" * 10**6, "a;" * 10**5, "=" * 10**6, "a=" * 10**5])
def test_long_cells_of_an_igv_track(tmp_path, cell):
    path = tmp_path / "x.igv.bed"
    path.write_text(f"chr1\t1\t2\t{cell}\n")
    assert len(parse_igv_bed(path, DIFFBIND)) == 1


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 100_000, "9" * 5000, b"\xff\xfe{", b"[1", "NaN1"])
def test_json_that_is_none(text):
    with pytest.raises(ValueError, match=r"."):
        decode(text)


def test_a_reply_nested_too_deeply_is_no_json():
    assert parse_reply('{"a":' * 100_000) == {}


def test_near_matches_of_long_names():
    assert near_matches("ab" * 5000, ["ba" * 5000 + str(n) for n in range(200)]) is not None


def test_a_wide_table_of_nothing():
    with pytest.raises(ChipAtlasError):
        parse_target_genes(b"\t" * MB)

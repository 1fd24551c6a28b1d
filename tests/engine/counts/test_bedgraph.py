"""A bedGraph counts as the bigWig that is made of it."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scripts.common.errors import BadResponseError, InputError, NotFoundError
from scripts.engine.counts.bedgraph import read_bedgraph
from scripts.engine.counts.bigwig import BigWig
from scripts.engine.counts.counting import Coverage, count_all
from scripts.engine.counts.coverage import count_coverage
from scripts.engine.counts.read_depth import read_depth
from scripts.engine.files import text_tables
from tests.engine.tracks import SIZES, random_records, random_regions, slow_counts, write_bigwig
from tests.range_server import serve_ranges

pytest.importorskip("pybigtools")

HEAD = 'browser position chr1:1-9\ntrack type=bedGraph name="a b"\n# made for a test\n'


def lines_of(records: pd.DataFrame, mark: str = "\t") -> list[str]:
    rows = records[["chrom", "start", "end", "value"]].itertuples(index=False, name=None)
    return [mark.join([chrom, str(start), str(end), repr(value)]) for chrom, start, end, value in rows]


@pytest.mark.parametrize("whole", [True, False])
def test_the_same_counts_as_the_bigwig(whole: bool, tmp_path: Path) -> None:
    records, regions = random_records(1, whole=whole), random_regions(1)
    scale, read_length = (1.0, 36.0) if whole else (0.0371, 50.5)
    expected = count_coverage(regions, write_bigwig(tmp_path / "x.bw", records), scale, read_length).tolist()
    assert expected == slow_counts(regions, records, scale, read_length) and len(set(expected)) > 20
    lines = lines_of(records)
    shuffled = [lines[row] for row in np.random.default_rng(0).permutation(len(lines))]
    texts = {
        "plain.bdg": HEAD + "\n".join(lines) + "\n",
        "no_last_line_end.bedgraph": "\n".join(lines),
        "spaces.bg": "\n".join(lines_of(records, "  ")) + "\n",
        "windows.bedGraph": "\ufeff" + HEAD.replace("\n", "\r\n") + "\r\n".join(lines) + "\r\n",
        "unsorted.bdg": HEAD + "\n".join(shuffled) + "\n",
        "heads_between.bdg": "\n\n".join([*lines[:9], "track type=bedGraph", "  ", *lines[9:]]) + "\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_bytes(text.encode("utf-8"))
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(text.encode("utf-8")))
        for path in (tmp_path / name, tmp_path / f"{name}.gz"):
            assert count_coverage(regions, path, scale, read_length).tolist() == expected, path.name


def test_records_as_a_bigwig_gives_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = random_records(2, whole=False)
    path = tmp_path / "x.bdg"
    path.write_text("\n".join(lines_of(records)[::-1]))
    monkeypatch.setattr(text_tables, "_BLOCK_BYTES", 1000)  # contigs in several blocks, lines across their ends
    opened = read_bedgraph(path)
    with BigWig(write_bigwig(tmp_path / "x.bw", records)) as track:
        for chrom in [*SIZES, "chrUn_1"]:
            for one, other in zip(opened.records(chrom), track.records(chrom), strict=True):
                np.testing.assert_array_equal(one, other)
        assert read_depth(opened, read_length=50).scale == read_depth(track, read_length=50).scale
    assert opened.sizes == records.groupby("chrom")["end"].max().to_dict()
    assert (opened.notes, opened.is_fraction) == ([], False)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("chr1\t0\t10\t1\nchr1\t9\t20\t2\n", r"x\.bdg, line 2: its record overlaps that of line 1 \(chr1:9-10\)"),
        ("# a\nchr1\t50\t60\t1\nchr2\t0\t9\t1\nchr1\t0\t51\t2\n", r"line 4: its record overlaps that of line 2"),
        ("chr1\t0\t10\t1\nchr1\t0\t10\t1\n", "line 2: its record overlaps that of line 1"),
        ("chr1\t0\t10\t1\nchr1\t20\t20\t1\n", "line 2: the end is not behind the start"),
        ("track\nchr1\t-5\t20\t1\n", "line 2: the end is not behind the start, or the start is below 0"),
        ("chr1\t0\t10\t1\n\nchr1\t10\t20\n", r"line 3: 'chr1\\t10\\t20' is no line of a bedGraph.\nA line gives"),
        ("chr1\t0\t10\t1\nchr1\t10\t20\tNA\n", "line 2: .* is no line of a bedGraph"),
        ("chr1\t0\t10\t1\nchr1\t10\t20\tnan\n", "line 2: .* is no line of a bedGraph"),
        ("chr1\t0\t10\t1\nchr1\t10\t20\tinf\n", "line 2: the value is no finite number"),
        ("chr1\t0\t10\t1\nchr1\t10.5\t20\t1\n", "line 2: .* is no line of a bedGraph"),
        ("chr1\t0\t10\t1\nchr1\t10\t99999999999999999999\t1\n", r"lines 1 to 2, are no bedGraph|line 2"),
        ("# a\ntrack type=bedGraph\n", "holds no record"),
    ],
)
def test_lines_that_cannot_be_used(text: str, match: str, tmp_path: Path) -> None:
    path = tmp_path / "x.bdg"
    path.write_text(text)
    with pytest.raises(InputError, match=match):
        read_bedgraph(path)


def test_damaged_and_absent_files(tmp_path: Path) -> None:
    path = tmp_path / "x.bdg.gz"
    path.write_bytes(gzip.compress(b"\n".join(line.encode() for line in lines_of(random_records(1))))[:-40])
    with pytest.raises(InputError, match=r"x\.bdg\.gz is a damaged gzip file"):
        read_bedgraph(path)
    with pytest.raises(InputError, match=r"Cannot read .*none\.bdg"):
        read_bedgraph(tmp_path / "none.bdg")


def test_values_that_are_no_read_depth(tmp_path: Path) -> None:
    path = tmp_path / "rpm.bdg"
    path.write_text("chr1\t0\t10\t0.5\nchr1\t10\t20\t2\n")
    regions = pd.DataFrame({"chrom": ["chr1"], "start": [0], "end": [20]})
    with pytest.raises(InputError, match=r"rpm.bdg has the value 0.5 at chr1:0-10 .*whole numbers"):
        count_coverage(regions, path, 1.0, 36.0)


def test_by_address(tmp_path: Path) -> None:
    records, regions = random_records(1), random_regions(1)
    content = gzip.compress("\n".join(lines_of(records)).encode())
    with serve_ranges(content) as served:
        url = served.url.replace("track.bw", "track.bedGraph.gz")
        served.ignore_range = True
        [found] = count_all(regions, [Coverage("E", url, 1.0, 36.0)])
        assert found.counts.tolist() == slow_counts(regions, records, 1.0, 36.0)
        assert found.files[url]["bytes"] == len(content) and found.files[url]["etag"] == '"one"'
        served.content = b"<html>no</html>"
        with pytest.raises(BadResponseError, match="is a page of HTML"):
            read_bedgraph(url)
        served.status = 404
        with pytest.raises(NotFoundError, match="no file"):
            read_bedgraph(url)
        served.status = 403
        with pytest.raises(BadResponseError, match="HTTP 403"):
            read_bedgraph(url)

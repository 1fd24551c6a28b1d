"""A file of coverage is what its content says."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest

from scripts.common.errors import BadResponseError, InputError
from scripts.engine.counts.counting import Coverage, count_all
from scripts.engine.counts.coverage import count_coverage
from scripts.engine.counts.tracks import open_track
from scripts.engine.files.contigs import spelling_of
from tests.engine.tracks import SIZES, random_records, random_regions, write_bigwig
from tests.range_server import serve_ranges

pytest.importorskip("pybigtools")


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", ["x.bw", "x.txt", "x.bam"])
def test_a_bedgraph_under_another_name(name: str, packed: bool, tmp_path: Path) -> None:
    records, regions = random_records(1), random_regions(1)
    text = records.to_csv(sep="\t", header=False, index=False).encode()
    (tmp_path / name).write_bytes(gzip.compress(text) if packed else text)
    [found] = count_all(regions, [Coverage("E", str(tmp_path / name), 1.0, 36.0)])
    expected = count_coverage(regions, records, 1.0, 36.0)
    assert found.counts.tolist() == expected.tolist()
    assert list(found.notes) == [f"{name} is a bedGraph by its content, and was read as one"]


def test_a_bigwig_under_another_name(tmp_path: Path) -> None:
    opened = open_track(write_bigwig(tmp_path / "x.bw", random_records(1)).rename(tmp_path / "x.bdg"))
    assert opened.sizes == SIZES
    assert opened.notes == ["x.bdg is a bigWig by its content, and was read as one"]
    opened.close()
    assert open_track(write_bigwig(tmp_path / "x.bw", random_records(1))).notes == []


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "x.bw is an empty file, not a bigWig, a bedGraph or a BAM"),
        (b"<html>down</html>", "is a page of HTML or XML.*\nIs the address or download right"),
        (b"\xeb\xf2\x89\x87more", "is a bigBed: intervals, not coverage.*\nGive the bigWig"),
        (b"CRAM", "is a CRAM.*\nMake a BAM of it: samtools view"),
        (b"@SQ\tSN:chr1\tLN:9\n", "is a SAM: reads as text.*\nSort it and index it"),
        (b"PK\x03\x04", "is a zip archive"),
        (b"\x1f\x8b\x08junk", "is compressed with gzip"),
        (b"fixedStep chrom=chr1 start=1 step=1\n5\n", "is a wiggle file.*\nMake a bigWig of it: wigToBigWig"),
        (b"chr1\t0\t10\n", "is a BED file: intervals, no values.*\nGive the coverage"),
        (b"chr1\t5\t5\t50\t1\t1\n", "is a coverage file of Bismark: methylation.*\nPass analysis_type='dmr'"),
        (b"chr1\t5\t6\t50\t1\t1\n", "is a text file of intervals with a percentage"),
        (b"chr1\t5\t6\t.\t1\t+\t5\t6\t0,0,0\t1\t50\n", "is a bedMethyl: methylation.*\nPass analysis_type='dmr'"),
        (b"sample,group\n", "is a text file of another kind"),
        (b"\0junk", "is no whole bigWig"),
    ],
)
def test_files_that_are_no_coverage(content: bytes, match: str, tmp_path: Path) -> None:
    path = tmp_path / "x.bw"
    path.write_bytes(content)
    with pytest.raises(InputError, match=match):
        open_track(path)


@pytest.mark.parametrize("name", ["x.bed", "x.bed.gz"])
def test_four_columns_that_may_be_peaks_are_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"chr1\t0\t10\t57\n")
    with pytest.raises(InputError, match=r"as bedGraph files and BED files of peaks do.\n.* ends in \.bedgraph"):
        open_track(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("x.bdg", b"chr1\t0\t10\n", r"x\.bdg, line 1: .* is no line of a bedGraph"),
        ("x.bdg", b"# a\nchr1 5\n", r"x\.bdg, line 2: .* is no line of a bedGraph"),
        ("x.bdg.gz", b"\x1f\x8bjunk", "is a damaged gzip file"),
        ("x.bdg", b"", "is an empty file"),
        ("x.bam", b"\0\1", "is no whole BAM"),
    ],
)
def test_malformed_files_are_called_as_they_are_named(name: str, content: bytes, match: str, tmp_path: Path) -> None:
    pytest.importorskip("pysam")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=match):
        open_track(tmp_path / name)


def test_at_an_address_the_name_decides() -> None:
    with (
        serve_ranges(b"chr1\t0\t10\t5\n") as served,
        pytest.raises(BadResponseError, match=r"is a bedGraph, not a bigWig.\nGive it a name that ends in .bedgraph"),
    ):
        open_track(served.url)


@pytest.mark.parametrize("kind", ["bw", "bdg"])
def test_contigs_spelled_otherwise(kind: str, tmp_path: Path) -> None:
    records, regions = random_records(1), random_regions(1)
    bare = {name: name.removeprefix("chr").replace("M", "MT") for name in SIZES}
    renamed = records.assign(chrom=records["chrom"].map(bare))
    path = tmp_path / f"x.{kind}"
    if kind == "bw":
        write_bigwig(path, renamed, {bare[name]: size for name, size in SIZES.items()})
    else:
        renamed.to_csv(path, sep="\t", header=False, index=False)
    spelling = spelling_of("hg38", [])
    [found] = count_all(regions, [Coverage("E", str(path), 1.0, 36.0, spelling=spelling)])
    assert found.counts.tolist() == count_coverage(regions, records, 1.0, 36.0).tolist()
    assert (found.missing, list(found.notes)) == (
        ["chrUn_1"],
        ["3 contigs renamed to the comparison's spelling: 1 to chr1, 2 to chr2, MT to chrM"],
    )


def test_two_spellings_in_one_file(tmp_path: Path) -> None:
    path = tmp_path / "x.bdg"
    path.write_text("1\t0\t10\t5\nchr1\t0\t10\t5\n")
    regions = pd.DataFrame({"chrom": ["chr1"], "start": [0], "end": [10]})
    with pytest.raises(InputError, match=r"^E: .*x\.bdg holds 1 and chr1, two spellings"):
        count_all(regions, [Coverage("E", str(path), 1.0, 36.0, spelling=spelling_of("mm10", []))])

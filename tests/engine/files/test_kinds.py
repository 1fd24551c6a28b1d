from __future__ import annotations

import gzip

import pytest

from scripts.engine.files.kinds import Kind, kind_by_name, recognise, without_ending

BEDMETHYL = "chr1\t10\t11\t.\t7\t+\t10\t11\t0,255,0\t7\t43\n"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\x26\xfc\x8f\x88rest", Kind.BIGWIG),
        (b"\x88\x8f\xfc\x26rest", Kind.BIGWIG),
        (b"\xeb\xf2\x89\x87", Kind.BIGBED),
        (gzip.compress(b"BAM\x01", mtime=0), Kind.BAM),
        (b"CRAM\x03", Kind.CRAM),
        (b"PK\x03\x04", Kind.ZIP),
        (b"", Kind.EMPTY),
        (b" \n<!DOCTYPE html>", Kind.HTML),
        (b"\0\1\2", Kind.BINARY),
        (b"\x1f\x8c", Kind.BINARY),
        (gzip.compress(b"\x26\xfc\x8f\x88", mtime=0), Kind.GZIP),
        (b"\x1f\x8b", Kind.GZIP),
        (b"@HD\tVN:1.6\n", Kind.SAM),
        (b"track type=wiggle_0\nfixedStep chrom=chr1 start=1 step=1\n5\n", Kind.WIGGLE),
        (b"chr1\t0\t10\t5\nchr1\t10\t20\t0.25\n", Kind.BEDGRAPH),
        (gzip.compress(b"# a\nchr1\t0\t10\t5\n", mtime=0), Kind.BEDGRAPH),
        (b"chr1\t0\t10\t5\nchr1\t10\t2", Kind.BEDGRAPH),  # cut off where the head ends
        (b"chr1\t0\t10\t5", Kind.BEDGRAPH),
        (b"chr1\t10\t10\t50\t1\t1\n", Kind.BISMARK),
        (b"chr1\t10\t11\t50\t1\t1\n", Kind.SIX_COLUMNS),
        (BEDMETHYL.encode(), Kind.BEDMETHYL),
        (b"chr1\t0\t10\n", Kind.BED),
        (b"chr1\t0\t10\tpeak_1\n", Kind.BED),
        (b"chr1\t0\t10\tpeak_1\t60\t.\t5\t7\t9\t4\n", Kind.BED),
        (b"chr1\t0\t50\tgene\t0\t+\t0\t50\t0\t1\t50\t0\n", Kind.BED),
        (b"name,value\na,1\n", Kind.TEXT),
        (b"# only a comment\n", Kind.TEXT),
        ("# caf\u00e9\n".encode()[:-2], Kind.TEXT),  # within a character
    ],
)
def test_what_a_file_is(head: bytes, kind: Kind) -> None:
    assert recognise(head) is kind


@pytest.mark.parametrize(
    ("name", "kind", "stem"),
    [
        ("a/b.bw", Kind.BIGWIG, "b"),
        ("x.bigWig", Kind.BIGWIG, "x"),
        ("x.bw.gz", None, "x.bw.gz"),
        ("x.bdg", Kind.BEDGRAPH, "x"),
        ("x.bedGraph.gz", Kind.BEDGRAPH, "x"),
        ("https://host/x.bg?key=1.bw", Kind.BEDGRAPH, "x"),
        ("x.sorted.bam", Kind.BAM, "x.sorted"),
        ("x.bam.gz", None, "x.bam.gz"),
        ("x.bismark.cov.gz", Kind.BISMARK, "x.bismark"),
        ("x.bed.gz", Kind.BEDMETHYL, "x"),
        ("x.bedmethyl", Kind.BEDMETHYL, "x"),
        ("SRX5865959", None, "SRX5865959"),
        ("x.txt", None, "x.txt"),
    ],
)
def test_what_a_name_says(name: str, kind: Kind | None, stem: str) -> None:
    assert (kind_by_name(name), without_ending(name)) == (kind, stem)

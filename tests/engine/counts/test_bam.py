"""Reads of a BAM, planted and counted."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scripts.common.errors import InputError
from scripts.engine.counts.bam import Bam
from scripts.engine.counts.counting import Coverage, count_all
from scripts.engine.counts.coverage import count_coverage

pysam = pytest.importorskip("pysam")

SIZES = {"chr1": 10_000, "chr2": 5_000, "chrM": 1_000}
#: SAM flags.
PAIRED, UNMAPPED, SECONDARY, QC_FAILED, DUPLICATE, SUPPLEMENTARY = 0x1, 0x4, 0x100, 0x200, 0x400, 0x800


def write_bam(path: Path, reads: list[tuple[Any, ...]], *, index: bool = True, sizes: dict[str, int] = SIZES) -> Path:
    """Reads as (contig, 0-based start, CIGAR, flag)."""
    header = {"HD": {"VN": "1.6", "SO": "coordinate"}, "SQ": [{"SN": name, "LN": n} for name, n in sizes.items()]}
    names = list(sizes)
    with pysam.AlignmentFile(str(path), "wb", header=header) as out:
        for number, (chrom, start, cigar, flag) in enumerate(sorted(reads, key=lambda x: (names.index(x[0]), x[1]))):
            read = pysam.AlignedSegment(out.header)
            read.query_name, read.flag = f"r{number}", flag
            read.reference_id, read.reference_start = names.index(chrom), start
            read.mapping_quality = 0
            if cigar:
                read.cigarstring = cigar
                read.query_sequence = "A" * read.infer_query_length()
            out.write(read)
    if index:
        pysam.index(str(path))
    return path


def regions(*rows: tuple[str, int, int]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["chrom", "start", "end"])


def test_planted_reads(tmp_path: Path) -> None:
    path = write_bam(
        tmp_path / "x.bam",
        [
            ("chr1", 100, "50M", 0),
            ("chr1", 140, "50M", PAIRED),
            ("chr1", 149, "50M", PAIRED),  # a mate is a read of its own
            ("chr1", 120, "50M", DUPLICATE),
            ("chr1", 121, "50M", SECONDARY),
            ("chr1", 122, "50M", QC_FAILED),
            ("chr1", 123, "50M", SUPPLEMENTARY),
            ("chr1", 124, "", UNMAPPED),
            ("chr1", 1000, "20M500N30M", 0),  # spliced: covers 1000 to 1550
            ("chr1", 2000, "20M10D30M5S", 0),  # deleted: covers 2000 to 2060
            ("chr2", 10, "50M", 0),
        ],
    )
    wanted = regions(
        ("chr1", 0, 100),  # ends where the first read begins
        ("chr1", 0, 101),
        ("chr1", 149, 150),
        ("chr1", 150, 160),  # begins where the first read ends
        ("chr1", 0, 10_000),
        ("chr1", 1200, 1201),
        ("chr1", 1549, 1600),
        ("chr1", 1550, 1600),
        ("chr1", 2059, 2060),
        ("chr1", 2060, 2061),
        ("chr2", 0, 5000),
        ("chrM", 0, 900),
        ("chr9", 0, 900),
    )
    expected = [0, 1, 3, 2, 5, 1, 1, 0, 1, 0, 1, 0, 0]
    assert count_coverage(wanted, path, 1.0, 1.0).tolist() == expected
    [found] = count_all(wanted, [Coverage("E", str(path), 1.0)])
    assert found.counts.tolist() == expected
    assert (found.missing, found.depth, found.usable_reads, found.files) == (["chr9"], None, 6, {})
    assert list(found.notes) == ["6 usable reads (mapped, primary, no duplicates), each counted once"]
    with Bam(path) as opened:
        assert opened.sizes == SIZES and opened.usable_reads() == 6
        assert len(opened.reads("chrUn").starts) == 0


@pytest.mark.parametrize("seed", range(3))
def test_equals_a_slow_count(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    starts, lengths = rng.integers(0, 4000, 400), rng.integers(1, 200, 400)
    chroms = rng.choice(["chr1", "chr2"], 400)
    reads = list(zip(chroms, map(int, starts), (f"{n}M" for n in lengths), [0] * 400, strict=True))
    path = write_bam(tmp_path / "x.bam", reads)
    wanted = pd.DataFrame({"chrom": rng.choice(["chr1", "chr2"], 50), "start": rng.integers(0, 4000, 50)})
    wanted["end"] = wanted["start"] + rng.integers(1, 300, 50)
    expected = [
        int(((chroms == chrom) & (starts < end) & (starts + lengths > start)).sum())
        for chrom, start, end in wanted.itertuples(index=False, name=None)
    ]
    assert count_coverage(wanted, path, 1.0, 1.0).tolist() == expected
    assert len(set(expected)) > 5


def test_units_have_no_meaning_and_no_duplicate_is_said(tmp_path: Path) -> None:
    path = write_bam(tmp_path / "x.bam", [("chr1", 100, "50M", 0)] * 3)
    [found] = count_all(regions(("chr1", 0, 200)), [Coverage("E", str(path), 0.5, 50.0)])
    assert found.counts.tolist() == [3]
    assert list(found.notes) == [
        "read length and scale are not used: reads themselves are counted",
        "3 usable reads (mapped, primary, no duplicates), each counted once; none is marked as a duplicate: right if "
        "duplicates were removed",
    ]


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    path = write_bam(tmp_path / "x.bam", [("chr1", 100, "50M", 0)], index=False)
    with pytest.raises(InputError, match=r"x\.bam has no index beside it.*\nMake one: samtools index .*x\.bam"):
        Bam(path)
    with pytest.raises(InputError, match=r"^E: .*has no index"):
        count_all(regions(("chr1", 0, 9)), [Coverage("E", str(path))])
    with pytest.raises(InputError, match=r"Cannot read .*none\.bam"):
        Bam(tmp_path / "none.bam")
    with pytest.raises(InputError, match="not read by address. Download it and its index"):
        count_coverage(regions(("chr1", 0, 9)), "https://host/x.bam", 1.0, 1.0)
    whole = write_bam(tmp_path / "whole.bam", [("chr1", 10 + i, "50M", 0) for i in range(5000)])
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(InputError, match=r"whole\.bam is no whole BAM"):
        count_coverage(regions(("chr1", 0, 9000)), whole, 1.0, 1.0)
    empty = write_bam(tmp_path / "empty.bam", [("chr1", 100, "50M", DUPLICATE)])
    with pytest.raises(InputError, match=r"^E: .*empty\.bam holds no usable read"):
        count_all(regions(("chr1", 0, 200)), [Coverage("E", str(empty))])
    assert count_coverage(regions(("chr1", 0, 200)), empty, 1.0, 1.0).tolist() == [0]


def test_other_places_and_kinds_of_an_index(tmp_path: Path) -> None:
    path = write_bam(tmp_path / "x.bam", [("chr1", 100, "50M", 0)])
    Path(f"{path}.bai").rename(tmp_path / "x.bai")
    with Bam(path) as opened:
        assert (opened.usable_reads(), opened.notes) == (1, [])
    (tmp_path / "x.bai").unlink()
    pysam.index("-c", str(path))
    os.utime(path, (2e9, 2e9))
    with Bam(path) as opened:
        assert opened.usable_reads() == 1
        assert opened.notes == ["its index is older than the file; if the file changed since: samtools index"]

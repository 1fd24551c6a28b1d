"""One table of methylation, as bigWig, bedGraph, Bismark's coverage and bedMethyl."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scripts.common.errors import InputError
from scripts.engine import read_methylation
from scripts.engine.dmr.methylation_tables import open_methylation, read_bedmethyl, read_bismark
from tests.engine.tracks import write_bigwig
from tests.range_server import serve_ranges

pytest.importorskip("pybigtools")

SIZES = {"chr1": 100_000, "chr2": 100_000}


@pytest.fixture
def known() -> pd.DataFrame:
    """CpGs with reads, most of them unmethylated; some without any read, and neighbours."""
    rng = np.random.default_rng(3)
    parts = []
    for chrom in SIZES:
        start = np.sort(rng.choice(np.arange(1, 9_000), 300, replace=False))
        reads = rng.integers(0, 12, 300)
        parts.append(pd.DataFrame({"chrom": chrom, "start": start, "n": reads, "k": rng.binomial(reads, 0.2)}))
    return pd.concat(parts, ignore_index=True)


def files_of(known: pd.DataFrame, folder: Path) -> dict[str, Path]:
    """The same measurements in every form, those without reads only where the form has a place for them."""
    measured = known[known["n"] > 0].assign(end=lambda x: x["start"] + 1, value=lambda x: 100 * x["k"] / x["n"])
    paths = {"bigwig": write_bigwig(folder / "x.bw", measured, SIZES), "bedgraph": folder / "x.bedGraph.gz"}
    columns = measured[["chrom", "start", "end", "value"]]
    columns.to_csv(paths["bedgraph"], sep="\t", header=False, index=False)
    rows = list(known.itertuples(index=False, name=None))
    bismark = "".join(f"{c}\t{s + 1}\t{s + 1}\t{100 * k / max(n, 1)}\t{k}\t{n - k}\n" for c, s, n, k in rows)
    encode = "track name=x\n" + "".join(
        f"{c}\t{s}\t{s + 1}\t.\t{n}\t{'+-'[s % 2]}\t{s}\t{s + 1}\t0,255,0\t{n}\t{100 * k / max(n, 1):.8g}\n"
        for c, s, n, k in rows
    )
    for name, text in {"x.cov": bismark, "x.bed": encode}.items():
        paths[name] = folder / name
        paths[name].write_text(text)
        paths[f"{name}.gz"] = folder / f"{name}.gz"
        paths[f"{name}.gz"].write_bytes(gzip.compress(text.encode()))
    return paths


def test_every_form_gives_the_table_of_the_bigwig(known: pd.DataFrame, tmp_path: Path) -> None:
    paths = files_of(known, tmp_path)
    found = read_methylation(paths)
    measured = known[known["n"] > 0]
    assert found.table["chrom"].tolist() == measured["chrom"].tolist()
    assert found.table["pos"].tolist() == (measured["start"] + 1).tolist()  # positions without reads are none
    for name in paths:
        np.testing.assert_allclose(found.table[name], measured["k"] / measured["n"], atol=1e-7, err_msg=name)
    assert found.notes == [
        "bigwig: methylation is in per cent; it was divided by 100.",
        "bedgraph: methylation is in per cent; it was divided by 100.",
    ]


def test_low_methylation_is_per_cent_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "x.cov").write_text("chr1\t10\t10\t1\t1\t99\nchr1\t20\t20\t0.5\t1\t199\n")
    (tmp_path / "x.bed").write_text("chr1\t9\t10\t.\t9\t+\t9\t10\t0,0,0\t100\t1\n")
    found = read_methylation({"cov": tmp_path / "x.cov", "bed": tmp_path / "x.bed"})
    np.testing.assert_allclose(found.table["cov"], [0.01, 0.005])
    np.testing.assert_allclose(found.table["bed"], [0.01, np.nan])
    assert found.notes == []


def test_both_strands_of_a_cpg_are_two_positions(tmp_path: Path) -> None:
    path = tmp_path / "x.bed"
    path.write_text(
        "chr1\t9\t10\tm\t4\t+\t9\t10\t255,0,0\t4\t25.00\t1 3 0 0 0 0 0\n"
        "chr1\t10\t11\tm\t4\t-\t10\t11\t255,0,0\t4\t75.00\t3 1 0 0 0 0 0\n"
    )
    assert read_methylation({"S": path}).table["S"].tolist() == [0.25, 0.75]


def test_cpgs_of_two_bases(tmp_path: Path) -> None:
    # Bismark's positions are from 1 with both ends included, MethylDackel's from 0 and half-open.
    (tmp_path / "x.cov").write_text("chr1\t10\t11\t50\t1\t1\nchr1\t20\t21\t0\t0\t4\n")
    (tmp_path / "x.bedGraph").write_text('track type="bedGraph"\nchr1\t9\t11\t50\t1\t1\nchr1\t19\t21\t0\t0\t4\n')
    found = read_methylation({"bismark": tmp_path / "x.cov", "dackel": tmp_path / "x.bedGraph"})
    assert found.table["pos"].tolist() == [10, 20]
    np.testing.assert_allclose(found.table[["bismark", "dackel"]], [[0.5, 0.5], [0, 0]])
    (tmp_path / "x.txt").write_text("chr1\t10\t11\t50\t1\t1\n")
    with pytest.raises(InputError, match=r"name it by what it is: \.cov .* or \.bedgraph"):
        open_methylation(tmp_path / "x.txt")


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (
            "chr1\t5\t5\t50\t1\t1\nchr1\t5\t5\t50\t1\t1\n",
            "line 2: its record overlaps that of line 1.*\nA position has",
        ),
        ("chr1\t5\t5\t50\t1\t1\nchr1\t9\t9\t50\t1\t3\n", "line 2: its reads do not give its per cent"),
        ("chr1\t5\t5\t50\t1\t1\nchr1\t9\t9\t50\t-1\t-1\n", "line 2: a number of reads is below 0"),
        ("chr1\t5\t5\t50\t1\t1\nchr1\t9\t9\t50\t1\n", "line 2: .* is no line of a coverage file of Bismark"),
        ("chr1\t5\t5\t50\t1\t1\nchr1\t0\t0\t50\t1\t1\n", "line 2: the end is not behind the start"),
    ],
)
def test_coverage_files_that_cannot_be_used(text: str, match: str, tmp_path: Path) -> None:
    path = tmp_path / "x.cov"
    path.write_text(text)
    with pytest.raises(InputError, match=match):
        read_bismark(path)


@pytest.mark.parametrize(
    ("line", "match"),
    [
        ("chr1\t9\t10\th\t4\t+\t9\t10\t0\t4\t5", "line 2: its record overlaps that of line 1.*\n.*one kind of modific"),
        ("chr1\t11\t12\tm\t4\t+\t9\t10\t0\t4\t101", "line 2: its methylation lies outside 0 to 100"),
        ("chr1\t11\t12\tm\t4\t+\t9\t10\t0\t4", "line 2: .* is no line of a bedMethyl"),
    ],
)
def test_bedmethyl_that_cannot_be_used(line: str, match: str, tmp_path: Path) -> None:
    path = tmp_path / "x.bed"
    path.write_text(f"chr1\t9\t10\tm\t4\t+\t9\t10\t0\t4\t25\n{line}\n")
    with pytest.raises(InputError, match=match):
        read_bedmethyl(path)


def test_files_that_are_no_methylation(tmp_path: Path) -> None:
    for content, match in {
        b"chr1\t0\t10\tpeak\n": "is a BED file: intervals, no values",
        b"chr1\t0\t10\t57\n": "as bedGraph files and BED files of peaks do",
        gzip.compress(b"BAM\x01"): "is a BAM: aligned reads, not .*\n.*bismark_methylation_extractor",
    }.items():
        (tmp_path / "x.bed").write_bytes(content)
        with pytest.raises(InputError, match=rf"^S: .*{match}"):
            read_methylation({"S": tmp_path / "x.bed"})


def test_by_address(known: pd.DataFrame, tmp_path: Path) -> None:
    path = files_of(known, tmp_path)["x.cov.gz"]
    with serve_ranges(path.read_bytes()) as served:
        url = served.url.replace("track.bw", "x.cov.gz")
        found = read_methylation({"S": url})
    assert [*found.files] == [url]
    pd.testing.assert_frame_equal(found.table, read_methylation({"S": path}).table)


def test_contigs_spelled_otherwise(known: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = files_of(known, tmp_path)
    sources = {"A": paths["bigwig"], "B": tmp_path / "bare.cov"}
    sources["B"].write_text(paths["x.cov"].read_text().replace("chr", ""))
    found = read_methylation(sources, genome="hg38")
    note = "B: 2 contigs renamed to the comparison's spelling: 1 to chr1, 2 to chr2."
    assert found.notes[0] == note and note in capsys.readouterr().out
    assert found.table["chrom"].cat.categories.tolist() == ["chr1", "chr2"]
    np.testing.assert_allclose(found.table["A"], found.table["B"], atol=1e-7)
    # Two of three files without the prefix, in an assembly without an agreed spelling.
    found = read_methylation({**sources, "C": sources["B"]}, genome="TAIR12")
    assert found.table["chrom"].cat.categories.tolist() == ["1", "2"]
    found = read_methylation({**sources, "C": sources["B"]}, genome="TAIR12", public=["A"])
    assert found.table["chrom"].cat.categories.tolist() == ["chr1", "chr2"]
    sources["B"].write_text("1\t5\t5\t50\t1\t1\nchr1\t5\t5\t50\t1\t1\n")
    with pytest.raises(InputError, match=r"^B: .*bare\.cov holds 1 and chr1, two spellings"):
        read_methylation(sources, genome="hg38")

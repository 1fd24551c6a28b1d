"""Whole comparisons of one's own files in other forms than bigWig."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scripts.common.errors import InputError
from scripts.diff import load_sample_sheet
from scripts.diff.report.export import export_all
from scripts.diff.workflow import run_diff_workflow
from tests.diff.compute.test_local_engine import own_files  # noqa: F401 - a fixture
from tests.engine.counts.test_bam import DUPLICATE, write_bam

pytest.importorskip("edgepython")
pytest.importorskip("pybigtools")

NAMES = ("stress_1", "stress_2", "stress_3", "rest_1", "rest_2")


def compare(sheet: Path, folder: Path, **options: Any) -> dict[str, Any]:
    data = load_sample_sheet(sheet)
    return run_diff_workflow(**data, genome="sacCer3", output_dir=folder, engine="local", workers=1, **options)


def bedgraph_of(bigwig: Path, seed: int, prefix: str = "chr") -> bytes:
    """The records of a bigWig as text, in no order."""
    from scripts.engine.counts.bigwig import BigWig

    with BigWig(bigwig) as track:
        lines = [
            f"{chrom.replace('chr', prefix)}\t{start}\t{end}\t{value:g}"
            for chrom in track.sizes
            for start, end, value in zip(*track.records(chrom), strict=True)
        ]
    mixed = np.random.default_rng(seed).permutation(len(lines))
    return ("track type=bedGraph\n" + "\n".join(lines[row] for row in mixed) + "\n").encode()


def test_bedgraphs_give_the_results_of_the_bigwigs(
    own_files: Path,  # noqa: F811
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = own_files
    expected = compare(folder / "sheet.csv", tmp_path / "bigwigs")
    sheet = (folder / "sheet.csv").read_text()
    for number, name in enumerate(NAMES):
        # The first spells its contigs as Ensembl does, coverage and peaks; the second its peaks alone.
        text = bedgraph_of(folder / f"{name}.bw", number, prefix="" if number == 0 else "chr")
        ending = ".bdg.gz" if number % 2 else ".bedGraph"
        (folder / f"{name}{ending}").write_bytes(gzip.compress(text) if number % 2 else text)
        if number < 2:
            peaks = (folder / f"{name}.bed").read_text()
            (folder / f"{name}.bed").write_text(peaks.replace("chr", ""))
        sheet = sheet.replace(f"{name}.bw", f"{name}{ending}")
    (folder / "other.csv").write_text(sheet)
    found = compare(folder / "other.csv", tmp_path / "bedgraphs")
    for table in ("diff_regions", "diff_regions_unfiltered", "samples"):
        pd.testing.assert_frame_equal(found[table], expected[table])
    assert found["diff_regions"]["significant"].any()
    notes = {row["name"]: row["notes"] for row in found["provenance"]["inputs"]}
    assert [len(notes[name]) for name in NAMES] == [2, 1, 0, 0, 0]
    assert (
        notes["stress_1"][0].startswith("peaks: 1") and "renamed to the comparison's spelling" in notes["stress_1"][1]
    )
    printed = capsys.readouterr().out
    for name in NAMES[:2]:
        assert all(f"{name}: {note}." in printed for note in notes[name])
    export_all(found, output_dir=tmp_path / "bedgraphs", annotation="none")
    assert notes["stress_1"][1] in (tmp_path / "bedgraphs" / "summary_report.md").read_text("utf-8")


def test_two_spellings_in_one_file_of_peaks(own_files: Path, tmp_path: Path) -> None:  # noqa: F811
    peaks = own_files / "rest_1.bed"
    peaks.write_text(peaks.read_text() + "I\t5\t90\t60\nchrI\t5\t90\t60\n")
    with pytest.raises(InputError, match=r"^rest_1: .*rest_1\.bed holds (I and chrI|chrI and I), two spellings"):
        compare(own_files / "sheet.csv", tmp_path / "out")


def test_bams(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("pysam")
    rng = np.random.default_rng(5)
    lines, planted = ["sample,group,bigwig,peaks"], {}
    peaks = [("chrI", 1000 * number, 1000 * number + 400) for number in range(1, 200)]
    for name in ("a_1", "a_2", "b_1", "b_2"):
        means = np.where((np.arange(len(peaks)) < 20) & (name[0] == "a"), 400, 80)
        counts = planted[name] = rng.poisson(means)
        reads = [
            ("chrI", int(start), "50M", 0)
            for (_, left, right), n in zip(peaks, counts, strict=True)
            for start in rng.integers(left - 49, right, n)
        ]
        write_bam(tmp_path / f"{name}.bam", [*reads, ("chrI", 1100, "50M", DUPLICATE)], sizes={"chrI": 230_218})
        text = "".join(f"{chrom}\t{start}\t{end}\t60\n" for chrom, start, end in peaks)
        (tmp_path / f"{name}.bed").write_text(text)
        lines.append(f"{name},{name[0]},{name}.bam,{name}.bed")
    (tmp_path / "sheet.csv").write_text("\n".join(lines))
    found = compare(tmp_path / "sheet.csv", tmp_path / "out")
    table = found["diff_regions_unfiltered"].sort_values("chromStart")
    assert table["chromStart"].tolist() == [start for _, start, _ in peaks]
    assert table.loc[table["significant"], "chromStart"].tolist() == [start for _, start, _ in peaks[:20]]
    inputs = {row["name"]: row for row in found["provenance"]["inputs"]}
    for name, counts in planted.items():
        assert inputs[name]["usable_reads"] == counts.sum()
        assert "scale" not in inputs[name] and "read_length" not in inputs[name]
    assert found["provenance"]["versions"]["pysam"] != "not installed"
    export_all(found, output_dir=tmp_path / "out", annotation="none")
    assert f"{planted['a_1'].sum():,} usable reads" in (tmp_path / "out" / "summary_report.md").read_text("utf-8")
    assert "the rules differ" not in capsys.readouterr().out
    coverage = zip(peaks, planted["a_1"], strict=True)
    (tmp_path / "a_1.bdg").write_text("".join(f"{c}\t{start}\t{start + 50}\t{n}\n" for (c, start, _), n in coverage))
    lines[1] = "a_1,a,a_1.bdg,a_1.bed,50"
    (tmp_path / "sheet.csv").write_text("\n".join([f"{lines[0]},read_length", *lines[1:]]))
    compare(tmp_path / "sheet.csv", tmp_path / "mixed")
    assert "Reads of a_2, b_1, b_2 were counted, those of the others estimated" in capsys.readouterr().out


def test_coverage_files_of_bismark(tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    groups: dict[str, list[str]] = {"a": [], "b": []}
    for name in ("a_1", "a_2", "b_1", "b_2"):
        lines = []
        for number in range(60):
            level = 0.9 if name[0] == "a" and 20 <= number < 40 else 0.1
            methylated = rng.binomial(200, level)
            position = 1000 + 20 * number
            lines.append(f"I\t{position}\t{position}\t{methylated / 2}\t{methylated}\t{200 - methylated}")
        (tmp_path / f"{name}.cov").write_text("\n".join(lines))
        groups[name[0]].append(str(tmp_path / f"{name}.cov"))
    found = run_diff_workflow(
        groups["a"],
        groups["b"],
        genome="sacCer3",
        analysis_type="dmr",
        output_dir=tmp_path / "out",
        engine="local",
        workers=1,
    )
    [region] = found["diff_regions"][found["diff_regions"]["significant"]].to_dict("records")
    assert (region["chrom"], region["chromStart"], region["chromEnd"]) == ("chrI", 1399, 1780)
    assert all(
        "1 contig renamed to the comparison's spelling: I to chrI" in row["notes"][0]
        for row in found["provenance"]["inputs"]
    )

"""Tracks of the embedded service: the records that its own jobs count, in real bigWigs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import requests

from scripts.emulator import Atlas
from scripts.emulator.simulation.samples.experiments import READ_LENGTH, find_experiment
from scripts.emulator.simulation.tracks import bigwigs, signal
from scripts.emulator.simulation.tracks.methylation import methylation_table
from scripts.engine.counts.bigwig import BigWig

pybigtools = pytest.importorskip("pybigtools")


def test_coverage_holds_the_records_of_the_jobs(tmp_path: Path) -> None:
    (tmp_path / "a.bw").write_bytes(bigwigs.coverage_bigwig("SRX4555013", "sacCer3"))
    written = signal.coverage("SRX4555013", "sacCer3")
    with BigWig(tmp_path / "a.bw") as opened:
        for chrom in opened.sizes:
            expected = written[written["chrom"] == chrom]
            for column, found in zip(("start", "end", "value"), opened.records(chrom), strict=True):
                np.testing.assert_array_equal(found, expected[column])
    other = pybigtools.open(str(tmp_path / "a.bw"))
    for chrom, rows in written.groupby("chrom"):
        np.testing.assert_array_equal(list(other.records(chrom)), rows[["start", "end", "value"]])


def test_methylation_holds_the_values_of_the_jobs(tmp_path: Path) -> None:
    (tmp_path / "m.bw").write_bytes(bigwigs.methylation_bigwig("ERX4244102", "sacCer3"))
    written = methylation_table(["ERX4244102"], "sacCer3")
    with BigWig(tmp_path / "m.bw") as opened:
        for chrom in opened.sizes:
            expected = written[written["chrom"] == chrom]
            found = opened.records(chrom)
            np.testing.assert_array_equal(found.starts, expected["pos"] - 1)
            np.testing.assert_array_equal(found.values, expected["ERX4244102"])


def test_reads_per_million() -> None:
    experiment = find_experiment("SRX5865959", "hg38")
    assert experiment is not None
    value = signal.coverage(experiment.accession, "hg38")["value"]
    depth = value / experiment.scale
    np.testing.assert_allclose(depth, depth.round(), rtol=1e-6)
    assert depth.min() == pytest.approx(1)
    bases = signal.STEP * depth.sum()
    # Whole depths and the reads that stand alone beside the sites: near the reads of the sites, not equal.
    assert bases == pytest.approx(signal.site_reads(experiment.accession, "hg38").sum() * READ_LENGTH, rel=0.02)


def test_a_track_is_an_object_with_length_date_and_ranges(atlas: Atlas) -> None:
    url = f"{atlas.url}/data/hg38/eachData/bw/SRX5865959.bw"
    whole = requests.get(url, timeout=10)
    assert whole.status_code == 200
    assert whole.headers["Accept-Ranges"] == "bytes"
    part = requests.get(url, headers={"Range": "bytes=4-63"}, timeout=10)
    assert (part.status_code, part.content) == (206, whole.content[4:64])
    assert part.headers["Content-Range"] == f"bytes 4-63/{len(whole.content)}"
    for name in ("ETag", "Last-Modified"):
        assert part.headers[name] == whole.headers[name]


@pytest.mark.parametrize(
    "path",
    [
        "hg38/eachData/bw/SRX1.bw",
        "hg38/eachData/bw/srx5865959.bw",
        "hg38/eachData/bw/SRX6831786.bw",
        "mm10/eachData/bw/SRX5865959.bw",
        "hg38/eachData/bs/methyl/SRX5865959.methyl.bw",
        "hg38/eachData/bs/methyl/SRX1.methyl.bw",
    ],
)
def test_a_track_that_is_not_there(atlas: Atlas, path: str) -> None:
    reply = requests.get(f"{atlas.url}/data/{path}", timeout=10)
    assert reply.status_code == 404
    assert b"NoSuchKey" in reply.content

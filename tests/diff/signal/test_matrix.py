"""Coverage around regions: numbers against a slow recomputation, and how little of a file is read for them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from scripts.common.errors import InputError, NotFoundError
from scripts.diff import signal_matrix
from scripts.emulator import serve
from tests.engine.tracks import SIZES, random_records, write_bigwig
from tests.range_server import serve_ranges

pytest.importorskip("pybigtools")


def table(rows: list[tuple[str, int, int]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["chrom", "chromStart", "chromEnd"])


def slow_matrix(regions: pd.DataFrame, records: pd.DataFrame, flank: int, width: int, factor: float) -> np.ndarray:
    """Base by base."""
    depth = {chrom: np.zeros(size) for chrom, size in SIZES.items()}
    for chrom, start, end, value in records[["chrom", "start", "end", "value"]].itertuples(index=False, name=None):
        depth[chrom][start:end] = value
    found = np.full((len(regions), 2 * flank // width), np.nan)
    for row, (chrom, start, end) in enumerate(regions.itertuples(index=False, name=None)):
        for at in range(found.shape[1]):
            left = (start + end) // 2 - flank + at * width
            bases = [base for base in range(left, left + width) if 0 <= base < SIZES.get(chrom, 0)]
            if bases:
                found[row, at] = np.mean([depth[chrom][base] for base in bases]) * factor
    return found


def random_table(seed: int, n: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for chrom in rng.choice([*SIZES, "chrUn_1"], n, p=[0.5, 0.3, 0.15, 0.05]):
        start = int(rng.integers(0, SIZES.get(chrom, 5000)))
        rows.append((str(chrom), start, start + int(rng.integers(1, 700))))
    return table([*rows, ("chr1", 0, 10), ("chr2", SIZES["chr2"] - 10, SIZES["chr2"]), rows[0]])


@pytest.mark.parametrize("seed", range(3))
def test_equals_a_slow_recomputation(seed: int, tmp_path: Path) -> None:
    regions = random_table(seed)
    records = [random_records(10 * seed + n, whole=n == 0) for n in range(2)]
    files = [str(write_bigwig(tmp_path / f"{n}.bw", found)) for n, found in enumerate(records)]
    flank, width = [(500, 50), (300, 7 * 10), (20, 1)][seed] if seed != 1 else (280, 70)
    reads = {files[0]: 4_000_000, files[1]: 1_000_000}
    signal = signal_matrix(regions, {"A": files[:1], "B": files[1:]}, "hg38", flank, width, reads, workers=2)
    assert signal.values.shape == (2, len(regions), 2 * flank // width) and signal.labels == ["A", "B"]
    for at, factor in enumerate((0.25, 1.0)):
        slow = slow_matrix(regions, records[at], flank, width, factor)
        np.testing.assert_allclose(signal.values[at], slow, rtol=1e-5, atol=1e-6)
    assert np.isnan(signal.values).any() and not signal.simulated and signal.bytes_read == 0
    assert signal.positions[0] == width / 2 - flank and signal.positions[-1] == flank - width / 2


def test_contigs_in_another_spelling_are_read(tmp_path: Path) -> None:
    records = random_records(1)
    file = write_bigwig(
        tmp_path / "mine.bw",
        records.assign(chrom=records["chrom"].map({"chr1": "1", "chr2": "2", "chrM": "MT"})),
        {"1": SIZES["chr1"], "2": SIZES["chr2"], "MT": SIZES["chrM"]},
    )
    regions = table([("chr1", 4000, 4200), ("chr2", 2000, 2200)])
    signal = signal_matrix(regions, {"A": [str(file)]}, "hg38", 200, 50, {str(file): 1_000_000})
    np.testing.assert_allclose(signal.values[0], slow_matrix(regions, records, 200, 50, 1.0), rtol=1e-5)
    assert "renamed to the comparison's spelling" in signal.notes[0]


def test_a_public_file_is_read_by_sections(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(0)
    size, n = 200_000_000, 1_500_000
    starts = np.sort(rng.choice(size // 4, n, replace=False)) * 4
    records = pd.DataFrame(
        {"chrom": "chr1", "start": starts, "end": starts + 3, "value": rng.random(n).astype(np.float32).astype(float)}
    )
    path = write_bigwig(tmp_path / "track.bw", records, {"chr1": size})
    middles = np.sort(rng.integers(10_000, size - 10_000, 200))
    regions = table([("chr1", int(at) - 100, int(at) + 100) for at in middles])
    with serve_ranges(path.read_bytes()) as served:
        signal = signal_matrix(regions, {"A": [served.url]}, "hg38", reads={served.url: 1_000_000})
        assert served.sent == signal.bytes_read
    assert signal.bytes_whole == path.stat().st_size > 9_000_000
    assert signal.bytes_read < signal.bytes_whole / 3  # some 16 KB a region, however large the file is
    assert f"{signal.bytes_read:,} bytes fetched, of files of {signal.bytes_whole:,}" in capsys.readouterr().out
    local = signal_matrix(regions, {"A": [str(path)]}, "hg38", reads={str(path): 1_000_000})
    np.testing.assert_array_equal(signal.values, local.values)


def test_wrong_questions_are_refused(tmp_path: Path) -> None:
    regions, file = table([("chr1", 100, 200)]), str(write_bigwig(tmp_path / "mine.bw", random_records(1)))
    ask = SimpleNamespace(experiments={"A": [file]}, reads={file: 1e6})
    with pytest.raises(InputError, match=r"usable reads is not known.\nGive reads="):
        signal_matrix(regions, ask.experiments, "hg38")
    with pytest.raises(InputError, match="reads of .* is 0; give a number of reads above 0"):
        signal_matrix(regions, ask.experiments, "hg38", reads={file: 0})
    with pytest.raises(InputError, match="flank is 2000 and bin 300"):
        signal_matrix(regions, ask.experiments, "hg38", bin=300, reads=ask.reads)
    with pytest.raises(InputError, match="regions is empty"):
        signal_matrix(regions.head(0), ask.experiments, "hg38", reads=ask.reads)
    with pytest.raises(InputError, match="regions lacks 'chromEnd'"):
        signal_matrix(regions.drop(columns="chromEnd"), ask.experiments, "hg38", reads=ask.reads)
    with pytest.raises(InputError, match="experiments names none"):
        signal_matrix(regions, {"A": file}, "hg38", reads=ask.reads)  # type: ignore[dict-item]
    with pytest.raises(InputError, match="given twice"):
        signal_matrix(regions, {"A": [file], "B": [file]}, "hg38", reads=ask.reads)
    with pytest.raises(InputError, match="has no contig of the others"):
        signal_matrix(table([("chrUn_1", 100, 200)]), ask.experiments, "hg38", reads=ask.reads)
    (tmp_path / "text.bw").write_text("chr1\t1\t2\t3\n")
    with pytest.raises(InputError, match="text.bw is .*, not a bigWig"):
        signal_matrix(regions, {"A": [str(tmp_path / "text.bw")]}, "hg38", reads={str(tmp_path / "text.bw"): 1e6})


def test_accessions_of_the_service(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("flask")
    with serve() as atlas:
        for name, value in atlas.environment.items():
            monkeypatch.setenv(name, value)
        regions = table([("chrI", 100_000, 100_500)])
        signal = signal_matrix(regions, {"A": ["SRX7246256", "SRX7246261"]}, "ce11")
        assert signal.simulated and 0 < signal.bytes_read <= signal.bytes_whole
        assert "*** SIMULATED" in capsys.readouterr().out
        with pytest.raises(NotFoundError, match="SRX1: There is no file"):
            signal_matrix(regions, {"A": ["SRX1"]}, "ce11")

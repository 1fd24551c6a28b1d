"""Files of one's own whose truth is a global loss, or a gained stretch of DNA, through the four steps (SIMULATED)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scripts.diff import run_diff_workflow
from tests.engine.tracks import write_bigwig

SIZES = {"chr1": 100_000_000, "chr2": 60_000_000}
BIN = 10_000
READ = 50


def peaks_of(n: int, seed: int) -> pd.DataFrame:
    """Peaks of 400 bp, one at most in a bin."""
    rng = np.random.default_rng(seed)
    bins = np.concatenate([np.arange(size // BIN) for size in SIZES.values()])
    chrom = np.concatenate([np.repeat(name, size // BIN) for name, size in SIZES.items()])
    chosen = np.sort(rng.choice(len(bins), n, replace=False))
    start = bins[chosen] * BIN + 9_000
    return pd.DataFrame({"chrom": chrom[chosen], "start": start, "end": start + 400})


def sample(folder: Path, name: str, peaks: pd.DataFrame, means: np.ndarray, background: np.ndarray, seed: int) -> Path:
    """Raw read depth: reads of the background at the beginning of each bin, of the peaks over their 400 bp."""
    rng = np.random.default_rng(seed)
    parts = []
    at = 0
    for chrom, size in SIZES.items():
        n = size // BIN
        reads = rng.poisson(background[at : at + n])
        at += n
        start = np.arange(n) * BIN
        end = start + np.maximum(reads * READ // 2, 1)
        frame = pd.DataFrame({"chrom": chrom, "start": start, "end": end, "value": 2.0})
        parts.append(frame[reads > 0])
    depth = rng.negative_binomial(30, 30 / (30 + means)) * READ // 400
    parts.append(peaks.assign(value=np.maximum(depth, 1).astype(float)))
    together = pd.concat(parts).sort_values(["chrom", "start"], ignore_index=True)
    return write_bigwig(folder / f"{name}.bw", together, SIZES)


def group(
    folder: Path, letter: str, peaks: pd.DataFrame, means: np.ndarray, background: np.ndarray, n: int = 3
) -> list:
    bed = folder / f"{letter}.bed"
    peaks.to_csv(bed, sep="\t", header=False, index=False)
    made = []
    for number in range(n):
        name = f"{letter}{number}"
        path = sample(folder, name, peaks, means, background, 10 * ord(letter) + number)
        made.append({"sample": name, "bigwig": str(path), "peaks": str(bed), "read_length": READ})
    return made


@pytest.mark.slow
def test_a_true_global_loss(tmp_path):
    """2,500 of 3,000 peaks fall to a quarter in A."""
    peaks = peaks_of(3_000, 1)
    base = np.random.default_rng(2).gamma(4, 60, 3_000) + 40
    lost = np.arange(3_000) % 6 != 0
    background = np.full(sum(SIZES.values()) // BIN, 150.0)
    a = group(tmp_path, "a", peaks, np.where(lost, base / 4, base), background)
    b = group(tmp_path, "b", peaks, base, background)
    found = {}
    for name in ("tmm", "library", "background"):
        results = run_diff_workflow(
            a, b, genome="hg38", output_dir=tmp_path / name, engine="local", normalisation=name, blacklist=None
        )
        found[name] = results
        gone = peaks.assign(lost=lost).rename(columns={"start": "chromStart"})[["chrom", "chromStart", "lost"]]
        table = results.diff_regions.merge(gone, on=["chrom", "chromStart"])
        called = table[table["significant"]]
        gained = called[called["direction"] == "A_enriched"]
        if name == "tmm":
            assert len(gained) > 300 and gained["lost"].mean() < 0.02  # the unchanged ones
        else:
            assert len(called) > 2_300 and called["lost"].mean() > 0.94 and len(gained) < 150, name
            assert abs(table.loc[table["lost"], "logFC"].median() + 2) < 0.3
    severities = {
        name: [item.severity for item in results.qc_warnings if item.code == "global_change"]
        for name, results in found.items()
    }
    assert severities["tmm"] == ["major"] and "major" not in severities["library"] + severities["background"]
    answers = found["tmm"].normalisation["answers"].set_index("normalisation")
    assert answers.loc["tmm", "higher_a"] > 300 > 150 > answers.loc["background", "higher_a"]


@pytest.mark.slow
@pytest.mark.parametrize("in_inputs", [True, False])
def test_inputs_tell_copy_number_from_a_domain(tmp_path, in_inputs):
    """A stretch of 20 Mb doubles in A: as DNA, which the inputs show, or as a domain, which they do not."""
    peaks = peaks_of(3_000, 3)
    base = np.random.default_rng(4).gamma(4, 60, 3_000) + 40
    stretch = (peaks["chrom"] == "chr1") & peaks["start"].between(30_000_000, 50_000_000)
    background = np.full(sum(SIZES.values()) // BIN, 60.0)
    doubled = background.copy()
    if in_inputs:
        doubled[3_000:5_000] *= 2
    a = group(tmp_path, "a", peaks, np.where(stretch, 2 * base, base), background)
    b = group(tmp_path, "b", peaks, base, background)
    nothing = np.zeros(3_000)
    controls = {letter: [] for letter in "AB"}
    for letter, track in (("A", doubled), ("B", background)):
        for number in range(2):
            name = f"input_{letter}{number}"
            path = sample(tmp_path, name, peaks, nothing, track, 500 + ord(letter) + number)
            controls[letter].append({"sample": name, "bigwig": str(path), "read_length": READ})
    results = run_diff_workflow(
        a, b, genome="hg38", output_dir=tmp_path / "out", engine="local", controls=controls, blacklist=None
    )
    finding = next(item for item in results.qc_warnings if item.code == "copy_number")
    assert "in the input controls the same stretch differs by" in finding.details
    assert finding.severity == ("major" if in_inputs else "minor")
    assert bool(finding["spans"]) is in_inputs
    start, end = (int(one) for one in finding.details.split("chr1:")[1].split(")")[0].split("-"))
    assert abs(start - 30_000_000) < 1_000_000 and abs(end - 50_000_000) < 1_000_000

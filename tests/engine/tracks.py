"""Small bigWigs for tests, and a slow reference for counting."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

SIZES = {"chr1": 100_000, "chr2": 50_000, "chrM": 16_000}


def write_bigwig(path: Path, records: pd.DataFrame, sizes: dict[str, int] | None = None) -> Path:
    """``chrom start end value``, sorted, to a bigWig."""
    import pybigtools

    pybigtools.open(str(path), "w").write(
        sizes or SIZES, records[["chrom", "start", "end", "value"]].itertuples(index=False, name=None)
    )
    return path


def random_records(seed: int, *, whole: bool = True, sizes: dict[str, int] | None = None) -> pd.DataFrame:
    """Records with gaps, neighbours that touch, zeros, and some far longer than a region."""
    rng = np.random.default_rng(seed)
    parts = []
    for chrom, size in (sizes or SIZES).items():
        lengths = rng.choice([1, 20, 50, 3000], 150, p=[0.2, 0.4, 0.3, 0.1])
        gaps = rng.choice([0, 1, 100, 500], 150, p=[0.5, 0.1, 0.3, 0.1])
        ends = np.cumsum(lengths + gaps)
        fits = ends <= size
        values = rng.integers(0, 6, 150).astype(float) if whole else rng.gamma(1, 1, 150).astype(np.float32)
        frame = pd.DataFrame({"chrom": chrom, "start": ends - lengths, "end": ends, "value": values.astype(float)})
        parts.append(frame[fits])
    return pd.concat(parts, ignore_index=True)


def random_regions(seed: int, n: int = 120) -> pd.DataFrame:
    """Regions in no order, some of them overlapping, at contig ends, or on a contig that no file has."""
    rng = np.random.default_rng(seed)
    chrom = rng.choice([*SIZES, "chrUn_1"], n, p=[0.5, 0.3, 0.15, 0.05])
    size = np.array([SIZES.get(name, 5000) for name in chrom])
    start = (rng.random(n) * size * 0.4).astype(int)
    end = np.minimum(start + rng.choice([1, 10, 300, 5000], n), size)
    return pd.DataFrame({"chrom": chrom, "start": start, "end": end})


def slow_counts(regions: pd.DataFrame, records: pd.DataFrame, scale: float, read_length: float) -> list[int]:
    """The recipe, region by region and record by record."""
    counts = []
    for chrom, start, end in regions[["chrom", "start", "end"]].itertuples(index=False, name=None):
        total, touched = 0.0, False
        for other, left, right, value in records.itertuples(index=False, name=None):
            if other == chrom and left < end and right > start:
                total += (right - left) * value
                touched = True
        counts.append(int((total / scale + 0.5) / read_length) + 1 if touched else 0)
    return counts

"""Small bigWigs for tests, and a slow reference for counting."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
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


def bed_graph(number: int, rows: Sequence[tuple[int, int, float]]) -> bytes:
    """A block of records that name begin and end each."""
    body = b"".join(struct.pack("<IIf", *row) for row in rows)
    return struct.pack("<5I2BH", number, rows[0][0], rows[-1][1], 0, 0, 1, 0, len(rows)) + body


def variable_step(number: int, rows: Sequence[tuple[int, float]], span: int) -> bytes:
    """A block of records of one length."""
    body = b"".join(struct.pack("<If", *row) for row in rows)
    return struct.pack("<5I2BH", number, rows[0][0], rows[-1][0] + span, 0, span, 2, 0, len(rows)) + body


def fixed_step(number: int, start: int, values: Sequence[float], step: int, span: int) -> bytes:
    """A block of records of one length and distance."""
    end = start + step * (len(values) - 1) + span
    head = struct.pack("<5I2BH", number, start, end, step, span, 3, 0, len(values))
    return head + struct.pack(f"<{len(values)}f", *values)


def write_blocks(
    path: Path,
    sizes: dict[str, int],
    blocks: Sequence[bytes],
    *,
    packed: bool = True,
    places: Sequence[tuple[int, int, int, int]] | None = None,
) -> Path:
    """A bigWig of these blocks, whose index says what they say, or first and last contig and base of each.

    Contigs are numbered in their order. The index has nodes of two items.
    """
    width = max(map(len, sizes))
    names = struct.pack("<4I2Q2BH", 0x78CA8C91, len(sizes), width, 8, len(sizes), 0, 1, 0, len(sizes))
    names += b"".join(
        struct.pack(f"<{width}s2I", name.encode(), number, size) for number, (name, size) in enumerate(sizes.items())
    )
    stored = [zlib.compress(block) if packed else block for block in blocks]
    at = 64 + len(names) + 8
    items = []
    for number, (plain, block) in enumerate(zip(blocks, stored, strict=True)):
        contig, start, end = struct.unpack_from("<3I", plain)
        items.append((*(places[number] if places else (contig, start, contig, end)), at, len(block)))
        at += len(block)
    head = struct.pack(
        "<I2H3Q2H2QIQ", 0x888FFC26, 4, 0, 64, 64 + len(names), at, 0, 0, 0, 0, max(map(len, blocks)) * packed, 0
    )
    tree = struct.pack("<2IQ4IQ2I", 0x2468ACE0, 2, len(items), *items[0][:2], *items[-1][2:4], at, 1, 0)
    path.write_bytes(head + names + struct.pack("<Q", len(items)) + b"".join(stored) + tree + _nodes(items, at + 48))
    return path


def _nodes(items: list[tuple[int, ...]], at: int) -> bytes:
    """A tree of nodes of two items: the root, then its branches."""
    if len(items) <= 2:
        return struct.pack("<2BH", 1, 0, len(items)) + b"".join(struct.pack("<4I2Q", *item) for item in items)
    half = 1 << (len(items) - 1).bit_length() - 1
    parts = [items[:half], items[half:]]
    below = at + 4 + 2 * 24
    first = _nodes(parts[0], below)
    second = _nodes(parts[1], below + len(first))
    root = struct.pack("<2BH", 0, 0, 2)
    for part, offset in zip(parts, (below, below + len(first)), strict=True):
        root += struct.pack("<4IQ", *part[0][:2], *part[-1][2:4], offset)
    return root + first + second


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

"""Seeded inputs of real size, made once a run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

GENES, EXPERIMENTS, CELL_TYPES = 20_000, 2_000, 150
#: Experiments in each of the two groups of a comparison.
GROUP = 8
#: Samples of a methylation table, half of them in each group.
CPG_SAMPLES = 8
_CHROMOSOMES = [f"chr{n}" for n in [*range(1, 23), "X", "Y"]]
_SCAFFOLD = "chr1_KI270706v1_random"


def target_table(path: Path, genes: int = GENES, experiments: int = EXPERIMENTS) -> Path:
    """Write a Target Genes table (2,000 experiments: about 105 MB for 20,000 genes), sorted by average.

    A tenth of the genes share the row of the gene before: co-located genes.
    """
    rng = np.random.default_rng(20)
    strength = np.sort(rng.beta(0.5, 2.0, genes))[::-1]
    columns = [f"SRX{1_000_000 + i}|Cell_{rng.integers(CELL_TYPES)}" for i in range(experiments)]
    string = rng.integers(150, 1001, genes) * (rng.random(genes) < 0.2)
    shares = rng.random(genes) < 0.1
    shares[0] = False
    rows: list[tuple[float, str]] = []
    scores = np.zeros(experiments, dtype=np.int64)
    for gene in range(genes):
        if not shares[gene]:
            scores = rng.integers(50, 3000, experiments) * (rng.random(experiments) < 1.2 * strength[gene])
        cells = "\t".join(map(str, scores.tolist()))
        average = scores.sum() / experiments
        rows.append((average, f"GENE{gene}\t{average:f}\t{cells}\t{string[gene]}\n"))
    rows.sort(key=lambda row: -row[0])
    with path.open("w", encoding="utf-8") as stream:
        stream.write("\t".join(["Target_genes", "TP53|Average", *columns, "STRING"]) + "\n")
        stream.writelines(text for _, text in rows)
    return path


def region_counts(regions: int, *, seed: int = 7) -> pd.DataFrame:
    """Whole counts, regions x 16 experiments: negative binomial, a tenth of the regions different."""
    rng = np.random.default_rng(seed)
    mean = rng.lognormal(3.6, 1.1, (regions, 1)) + 5
    fold = np.where(rng.random((regions, 1)) < 0.1, 2.0 ** rng.normal(0, 2, (regions, 1)), 1.0)
    means = np.hstack([np.repeat(mean * fold, GROUP, axis=1), np.repeat(mean, GROUP, axis=1)])
    means *= rng.uniform(0.6, 1.6, 2 * GROUP)
    size = 1 / rng.gamma(4.0, 0.03, (regions, 1))
    counts = rng.negative_binomial(size, size / (size + means))
    return pd.DataFrame(
        counts, columns=[f"SRX{n}" for n in range(2 * GROUP)], index=[f"peak_{n}" for n in range(regions)]
    )


def cpgs(n: int) -> pd.DataFrame:
    """Methylation of CpGs in islands of some 60, by 15 reads each; a third of the islands differ between the groups."""
    rng = np.random.default_rng(3)
    island = np.arange(n) // 60
    position = np.cumsum(np.where(np.diff(island, prepend=-1) > 0, 5000, rng.integers(2, 40, n)))
    islands = int(island[-1]) + 1
    level = rng.beta(2, 2, (islands, 1)).clip(0.1, 0.9)
    shift = np.where(rng.random((islands, 1)) < 1 / 3, rng.uniform(-0.5, 0.5, (islands, 1)), 0.0)
    half = CPG_SAMPLES // 2
    levels = np.hstack([np.repeat((level + shift).clip(0, 1), half, axis=1), np.repeat(level, half, axis=1)])
    methylated = rng.binomial(15, levels[island]) / 15
    table = pd.DataFrame(methylated, columns=[f"SRX{sample}" for sample in range(CPG_SAMPLES)])
    table.insert(0, "chrom", "chr1")
    table.insert(1, "pos", position)
    return table


def result_bed(path: Path, regions: int) -> Path:
    """Write a ``wabi_result.bed`` of a comparison of peaks, 8 against 8 experiments.

    Half of the regions abut the one before, as fragments of one peak do; one in a hundred lies on a scaffold, one in
    fifty is under 10 bp.
    """
    rng = np.random.default_rng(11)
    counts = region_counts(regions).to_numpy()
    size = np.where(rng.random(regions) < 0.02, rng.integers(2, 10, regions), rng.integers(20, 900, regions))
    gap = np.where(rng.random(regions) < 0.5, 0, rng.integers(500, 18_000, regions))
    chrom = np.sort(rng.integers(0, len(_CHROMOSOMES), regions))
    end = np.cumsum(size + gap)
    first = np.searchsorted(chrom, np.arange(len(_CHROMOSOMES)))
    end = end - np.r_[0, end][first][chrom] + 10_000
    names = np.where(rng.random(regions) < 0.01, _SCAFFOLD, np.array(_CHROMOSOMES, dtype=object)[chrom])
    mean_a, mean_b = counts[:, :GROUP].mean(axis=1), counts[:, GROUP:].mean(axis=1)
    effect = np.log2((mean_a + 0.5) / (mean_b + 0.5))
    z = np.abs(effect) * np.sqrt(np.minimum(mean_a + mean_b, 400)) / 4 + rng.gamma(1.0, 0.6, regions)
    pvalue = np.exp(-z * z / 2)
    rank = pvalue.argsort().argsort() + 1
    order = np.argsort(pvalue)
    adjusted = np.minimum.accumulate((pvalue * regions / rank)[order][::-1])[::-1]
    qvalue = np.empty(regions)
    qvalue[order] = np.minimum(adjusted, 1.0)
    columns = [names, end - size, end, *(_joined(counts[:, part]) for part in (slice(GROUP), slice(GROUP, None)))]
    columns += [[f"{value:.14g}" for value in numbers.tolist()] for numbers in (effect, pvalue, qvalue)]
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines("\t".join(map(str, row)) + "\n" for row in zip(*columns, strict=True))
    return path


def _joined(counts: np.ndarray) -> list[str]:
    return [",".join(f"{value:.2f}" for value in row) for row in (counts * 1.037).tolist()]

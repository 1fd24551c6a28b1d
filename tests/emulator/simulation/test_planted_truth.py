"""What was planted is found, and little else: through the engine alone, in the served simulation and in others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scripts.common.errors import InputError, NotFoundError
from scripts.emulator import truth
from scripts.emulator.simulation.genome.landscape import peak_sites
from scripts.emulator.simulation.genome.seeds import SIMULATION_SEED
from scripts.emulator.simulation.samples.effects import expected_height
from scripts.emulator.simulation.samples.experiments import READ_LENGTH, Experiment, find_experiment
from scripts.emulator.simulation.tracks import signal
from scripts.emulator.simulation.tracks.methylation import methylation_table
from scripts.engine import Sample, compare_peaks, find_dmrs
from tests.emulator.jobs import DAUNORUBICIN, DMSO, HG38_DMR_A, HG38_DMR_B, K562, MOLM13

FDR = 0.05
MM10_A = ["SRX18419259", "SRX18419260", "SRX18419261"]
MM10_B = ["SRX18419262", "SRX18419263", "SRX18419264"]
DM6_A = ["SRX7277007", "SRX7277009", "SRX7277010"]
DM6_B = ["SRX7277008", "SRX7277011", "SRX7277012"]


def compare(ids_a: list[str], ids_b: list[str], genome: str = "hg38", seed: int = SIMULATION_SEED) -> pd.DataFrame:
    samples = []
    for group, ids in (("A", ids_a), ("B", ids_b)):
        for name in ids:
            experiment = find_experiment(name, genome)
            assert experiment is not None
            peaks, records = signal.peaks(name, genome, seed), signal.coverage(name, genome, seed)
            samples.append(Sample(name, group, peaks, records, experiment.scale, READ_LENGTH))
    return compare_peaks(samples)


def overlapping(one: pd.DataFrame, other: pd.DataFrame) -> np.ndarray:
    """For each interval of `one`, whether it overlaps any of `other`, whose intervals are apart or sorted fragments."""
    hit = np.zeros(len(one), dtype=bool)
    for chrom, rows in one.groupby("chrom").indices.items():
        there = other[other["chrom"] == chrom].sort_values("start")
        first = np.searchsorted(there["end"], one["start"].to_numpy()[rows], side="right")
        past = np.searchsorted(there["start"], one["end"].to_numpy()[rows], side="left")
        hit[rows] = past > first
    return hit


def planted(ids_a: list[str], ids_b: list[str], genome: str = "hg38", seed: int = SIMULATION_SEED) -> pd.DataFrame:
    found = truth(ids_a, ids_b, genome, seed=seed)
    return found.rename(columns={"chromStart": "start", "chromEnd": "end"})


@pytest.mark.parametrize("seed", [SIMULATION_SEED, 1, 2, 3])
def test_treatment_effects_are_found_in_any_world(seed: int) -> None:
    tested = compare(DMSO, DAUNORUBICIN, seed=seed)
    sites = planted(DMSO, DAUNORUBICIN, seed=seed)
    significant = tested[tested["qvalue"] < FDR]
    strong = sites[sites["log2FC"].abs() >= 1.5]
    assert overlapping(strong, significant).mean() >= 0.8
    assert (~overlapping(significant, sites)).mean() <= 0.07
    for sign in (-1, 1):
        one_way = strong[np.sign(strong["log2FC"]) == sign]
        assert overlapping(one_way, significant[np.sign(significant["logFC"]) == sign]).mean() >= 0.8
    assert set(sites["kind"]) == {"autosome"}


def test_treatment_example_is_free_of_artefacts() -> None:
    tested = compare(DMSO, DAUNORUBICIN)
    significant = tested[tested["qvalue"] < FDR]
    assert not (tested["chrom"] == "chrY").any()
    assert not significant["chrom"].isin(["chrX", "chrY"]).any()
    assert not (significant["chrom"] == "chrM").any()
    counts = np.log2(significant[DMSO + DAUNORUBICIN].mean(axis=1))
    higher_in_a = significant["logFC"] > 0
    assert abs(counts[higher_in_a].median() - counts[~higher_in_a].median()) < 0.5
    assert (significant["end"] - significant["start"]).median() >= 100
    for _, rows in significant.groupby("chrom"):
        starts = np.sort(rows["start"])
        assert (np.searchsorted(starts, starts + 2_000_000) - np.arange(len(starts))).max() < 10


def test_line_example_has_the_artefacts_the_checks_look_for() -> None:
    tested = compare(MOLM13, K562)
    significant = tested[tested["qvalue"] < FDR]
    on_y, on_x = (tested[tested["chrom"] == chrom] for chrom in ("chrY", "chrX"))
    assert len(on_y) >= 5
    assert (on_y["logFC"] > 0).all()
    assert on_y[K562].to_numpy().mean() < 2
    assert on_x["logFC"].median() == pytest.approx(-1, abs=0.3)
    assert (significant["chrom"] == "chrM").sum() >= 2
    assert significant["chrom"].str.contains("_").sum() >= 3
    assert (tested["end"] - tested["start"] < 10).any()
    cluster = significant[(significant["chrom"] == "chr6") & significant["start"].between(40_200_000, 41_700_000)]
    assert len(cluster) >= 10
    assert (cluster["logFC"] > 0).all()
    sites = planted(MOLM13, K562)
    assert set(sites["kind"]) == {"autosome", "sex", "mitochondrial", "copy_number", "scaffold"}
    strong = sites[(sites["kind"] == "autosome") & (sites["log2FC"].abs() >= 1.5)]
    assert overlapping(strong, significant).mean() >= 0.8


def test_mouse_example_is_asymmetric_in_counts() -> None:
    tested = compare(MM10_A, MM10_B, "mm10")
    significant = tested[tested["qvalue"] < FDR]
    counts = np.log2(significant[MM10_A + MM10_B].mean(axis=1))
    higher_in_a = significant["logFC"] > 0
    assert abs(counts[higher_in_a].median() - counts[~higher_in_a].median()) > 1


@pytest.mark.parametrize("seed", [SIMULATION_SEED, 1, 2])
def test_fly_example_has_no_difference(seed: int) -> None:
    tested = compare(DM6_A, DM6_B, "dm6", seed)
    assert planted(DM6_A, DM6_B, "dm6", seed).empty
    assert (tested["qvalue"] < FDR).mean() <= 0.001


def test_planted_methylation_is_found() -> None:
    ids = sorted(HG38_DMR_A + HG38_DMR_B)
    table = methylation_table(ids, "hg38")
    found = find_dmrs(table, ["A" if name in HG38_DMR_A else "B" for name in ids])
    significant = found[found["qvalue"] < FDR]
    sites = planted(HG38_DMR_A, HG38_DMR_B)
    assert 60 <= len(sites) <= 100
    for sign in (-1, 1):
        one_way = sites[np.sign(sites["difference"]) == sign]
        ours = significant[np.sign(significant["mean_difference"]) == sign]
        assert len(one_way) > 20
        assert overlapping(one_way, ours).mean() >= 0.9
        assert overlapping(ours, one_way).mean() >= 0.95
    assert table.isna().to_numpy().any()


def test_truth_turns_with_the_groups() -> None:
    forward, back = truth(DMSO, DAUNORUBICIN), truth(DAUNORUBICIN, DMSO)
    np.testing.assert_allclose(forward["log2FC"], -back["log2FC"])
    assert truth(DMSO, DMSO).empty
    assert forward["log2FC"].abs().min() >= 0.8 - 1e-9
    assert forward["log2FC"].abs().max() <= 4 + 1e-9


def test_truth_of_unknown_experiments() -> None:
    with pytest.raises(NotFoundError, match="no experiment SRX1 for hg38"):
        truth(["SRX1"], DMSO)


def test_truth_of_methylation_beside_peaks() -> None:
    for groups in ((HG38_DMR_A, DMSO), (DMSO, HG38_DMR_A), ([*DMSO, *HG38_DMR_A[:1]], DAUNORUBICIN)):
        with pytest.raises(InputError, match="have no truth in common"):
            truth(*groups)


def test_truth_is_the_mean_that_is_simulated_where_a_chromosome_is_absent() -> None:
    simulated, stated = {}, {}
    for group in (MOLM13, K562):
        experiments = [item for name in group if (item := find_experiment(name, "hg38"))]
        simulated[group[0]] = np.mean([mean_on_y(item, seed) for item in experiments for seed in range(12)])
        stated[group[0]] = np.mean([expected_height(experiments, seed)[on_y(seed)].mean() for seed in range(12)])
        # A few hundred reads on K-562's side, and the spread between genotypes.
        assert simulated[group[0]] == pytest.approx(stated[group[0]], rel=0.25)
    on_chr_y = truth(MOLM13, K562).query("chrom == 'chrY'")["log2FC"]
    assert on_chr_y.max() < 8.5
    assert on_chr_y.min() > 6


def on_y(seed: int) -> np.ndarray:
    """Which sites of a simulation lie on chrY."""
    return (peak_sites("hg38", seed)["chrom"] == "chrY").to_numpy()


def mean_on_y(experiment: Experiment, seed: int) -> float:
    """Mean simulated signal of those sites, in reads per million."""
    reads = signal.site_reads(experiment.accession, "hg38", seed)[on_y(seed)]
    return float(reads.mean() * experiment.scale)

"""Target Genes tables keep the properties of the real files."""

from __future__ import annotations

import io
import re
import time

import numpy as np
import pandas as pd
import pytest

from scripts.emulator.simulation.factors.target_tables import DISTANCES, FACTORS, factor_index, target_table


def load(genome: str, factor: str, distance: int) -> pd.DataFrame:
    content = target_table(genome, factor, distance)
    assert content is not None
    return pd.read_csv(io.BytesIO(content), sep="\t")


def scores(table: pd.DataFrame) -> pd.DataFrame:
    return table.set_index("Target_genes").iloc[:, 1:-1]


@pytest.mark.parametrize(("genome", "factor"), [
    (genome, name) for genome, factors in FACTORS.items() for name, known in factors.items() if known.genes
])  # fmt: skip
def test_shape_of_every_table(genome: str, factor: str) -> None:
    table = load(genome, factor, 5)
    assert table.columns[0] == "Target_genes"
    assert table.columns[1] == f"{factor}|Average"
    assert table.columns[-1] == "STRING"
    experiments = scores(table)
    assert all(re.fullmatch(r"SRX\d+\|[^|\s]+", name) for name in experiments.columns)
    assert experiments.shape[1] == FACTORS[genome][factor].experiments
    assert all(kind.kind == "i" for kind in experiments.dtypes)
    average = table.iloc[:, 1].to_numpy()
    np.testing.assert_allclose(average, experiments.to_numpy().mean(axis=1), atol=1e-6)
    assert (np.diff(average) <= 0).all()
    assert table["STRING"].between(0, 1000).all()
    assert table["Target_genes"].is_unique
    assert table["Target_genes"].str.fullmatch(r"SIM\d{4,}").all()
    bound = (experiments > 0).any(axis=1).to_numpy()
    assert (bound | (table["STRING"] > 0)).all()


def test_tp53_has_what_the_real_file_has() -> None:
    table = load("hg38", "TP53", 5)
    experiments = scores(table)
    assert len(table) > 4000
    assert experiments.to_numpy().max() > 1000
    assert (experiments.sum() == 0).any(), "an experiment without peaks keeps its column"
    silent = experiments.sum(axis=1).to_numpy() == 0
    assert (table["STRING"][silent] > 0).all()
    assert silent.sum() > 10, "genes known from STRING alone"
    cells = pd.Series([name.split("|", 1)[1] for name in experiments.columns]).value_counts()
    assert cells.iloc[0] > 5 * cells.iloc[-1], "a few lines dominate"
    assert {"CD4+_T_cells", "B-cell_(CD19+)", "hESC_H1"} <= set(cells.index)
    assert any("," in name for name in cells.index)
    bound = experiments[~silent]
    assert bound.duplicated(keep=False).sum() > 50, "co-located genes share their scores"
    text = target_table("hg38", "TP53", 5)
    assert text is not None
    assert re.fullmatch(r"\d+\.\d{6}", text.splitlines()[1].split(b"\t")[1].decode())


@pytest.mark.parametrize("factor", ["TP53", "MYC", "NKX2-1"])
def test_a_wider_window_holds_the_narrower(factor: str) -> None:
    near, middle, far = (scores(load("hg38", factor, distance)) for distance in DISTANCES)
    assert len(near) < len(middle) < len(far)
    for inner, outer in ((near, middle), (middle, far)):
        assert set(inner.index) <= set(outer.index)
        assert (outer.loc[inner.index] >= inner).to_numpy().all()


@pytest.mark.parametrize(("genome", "factor"), [
    (genome, name) for genome, factors in FACTORS.items() for name, known in factors.items() if known.genes
])  # fmt: skip
def test_every_gene_counted_has_a_peak_somewhere(genome: str, factor: str) -> None:
    bound = (scores(load(genome, factor, max(DISTANCES))) > 0).any(axis=1)
    assert bound.sum() == FACTORS[genome][factor].genes


def test_odd_factors() -> None:
    header_only = target_table("hg38", "SIMHEADERONLY", 5)
    assert header_only is not None
    assert header_only.count(b"\n") == 1
    assert (load("hg38", "ZNF143", 5)["STRING"] == 0).all()
    assert scores(load("hg38", "TP73", 5)).shape[1] == 1
    for genome, name in (("hg38", "SIMMISSING"), ("ce11", "wdr-5")):
        assert name in factor_index()[genome]
        assert target_table(genome, name, 5) is None


def test_making_the_largest_table_is_quick() -> None:
    target_table.cache_clear()
    begun = time.monotonic()
    target_table("hg38", "TP53", 5)
    assert time.monotonic() - begun < 2
    assert target_table("hg38", "TP53", 5) is target_table("hg38", "TP53", 5)

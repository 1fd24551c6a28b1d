"""The summary against an independent recomputation, gene by gene, in plain Python."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.targets.table.scores import (
    COLUMNS,
    SCORE_BANDS,
    balanced_weights,
    band_label,
    count_bands,
    row_statistics,
    summarise,
    weighted_sums,
)


def plain_summary(rows: list[list[int]], genes: list[str]) -> list[tuple]:
    """Rank, count and group without numpy."""
    numbers = []
    for gene, row in zip(genes, rows, strict=True):
        bound = sum(1 for score in row if score > 0)
        twins = sum(1 for other in rows if other == row) if bound >= 3 else 0
        numbers.append((gene, sum(row) / len(row), bound, bound / len(row), max(row), twins > 1, tuple(row)))
    numbers.sort(key=lambda item: (-item[1], -item[4], item[0]))
    groups: dict[tuple, str] = {}
    for item in numbers:
        if item[5]:
            groups.setdefault(item[6], f"locus_{len(groups) + 1}")
    return [(*item[:5], groups.get(item[6], "")) for item in numbers]


matrices = st.integers(1, 6).flatmap(
    lambda width: st.lists(
        st.lists(st.sampled_from([0, 0, 60, 61, 500]), min_size=width, max_size=width), min_size=1, max_size=25
    )
)


@settings(max_examples=80, deadline=None)
@given(matrices)
def test_summary_equals_plain_python(rows: list[list[int]]) -> None:
    genes = [f"G{i:02d}" for i in range(len(rows))]
    frame = summarise(np.array(genes, dtype=object), np.array(rows, dtype=np.int32), np.arange(len(rows)))
    assert tuple(frame.columns) == COLUMNS
    columns = ["gene", "avg_score", "num_bound", "binding_rate", "max_score", "colocated_group"]
    assert list(frame[columns].itertuples(index=False, name=None)) == plain_summary(rows, genes)
    assert (frame["num_experiments"] == len(rows[0])).all()
    assert frame["string_score"].tolist() == [int(gene[1:]) for gene in frame["gene"]]


def test_the_files_average_is_kept() -> None:
    frame = summarise(np.array(["A"]), np.array([[1, 1, 2]]), np.array([0]), np.array([1.333333]))
    assert frame["avg_score"].tolist() == [1.333333]


def test_large_scores_do_not_overflow() -> None:
    scores = np.full((1, 2000), 2_000_000_000, dtype=np.int32)
    assert summarise(np.array(["A"]), scores, np.array([0]))["avg_score"].tolist() == [2e9]


def test_limits_belong_to_the_band_above() -> None:
    bands = count_bands(pd.Series([500, 499.9, 100, 99.9, 50, 49.9, 0]))
    assert bands == {"very strong": 1, "strong": 2, "moderate": 2, "weak": 2}


@pytest.mark.parametrize(
    ("name", "label"),
    [("very strong", "very strong (≥500)"), ("strong", "strong (100–500)"), ("weak", "weak (<50)")],
)
def test_band_labels(name: str, label: str) -> None:
    assert band_label(name) == label


def test_scores_that_do_not_depend_on_the_number_of_experiments():
    scores = np.array([[900, 900, 900, 0, 0], [0, 0, 0, 600, 300], [0, 0, 0, 0, 0]], dtype=np.int32)
    cell_types = ["K-562", "K-562", "K-562", "MCF-7", "Hep_G2"]
    frame = summarise(np.array(["A", "B", "C"], dtype=object), scores, np.zeros(3), cell_types=cell_types)
    by_gene = frame.set_index("gene")
    assert by_gene["avg_score"].tolist() == [540, 180, 0]
    assert by_gene["avg_score_bound"].tolist() == [900, 450, 0]
    assert by_gene["cell_balanced_score"].tolist() == pytest.approx([300, 300, 0])


@given(
    st.lists(st.lists(st.integers(0, 2000), min_size=6, max_size=6), min_size=1, max_size=8),
    st.lists(st.sampled_from("abc"), min_size=6, max_size=6),
)
def test_cell_balanced_score_is_the_mean_of_means(rows, cell_types):
    genes = np.array([f"G{n}" for n in range(len(rows))], dtype=object)
    frame = summarise(genes, np.array(rows, dtype=np.int32), np.zeros(len(rows)), cell_types=cell_types)
    for gene, row in zip(genes, rows, strict=True):
        means = [
            sum(score for score, cell in zip(row, cell_types, strict=True) if cell == name) / cell_types.count(name)
            for name in set(cell_types)
        ]
        found = frame.loc[frame["gene"] == gene, "cell_balanced_score"].iloc[0]
        assert found == pytest.approx(sum(means) / len(means))


@pytest.mark.parametrize("n_genes", [1, 127, 128, 129, 300])
def test_statistics_of_any_number_of_rows(n_genes: int) -> None:
    scores = np.random.default_rng(n_genes).integers(0, 4, (n_genes, 7)).astype(np.uint16)
    total, bound, highest = row_statistics(scores)
    assert total.tolist() == [sum(row) for row in scores.tolist()]
    assert bound.tolist() == [sum(score > 0 for score in row) for row in scores.tolist()]
    assert highest.tolist() == [max(row) for row in scores.tolist()]
    weights = np.arange(7) / 4
    assert weighted_sums(scores, weights).tolist() == [float(row @ weights) for row in scores]


def test_statistics_of_no_experiment() -> None:
    frame = summarise(np.array(["B", "A"]), np.empty((2, 0), dtype=np.int32), np.array([5, 6]))
    assert frame["gene"].tolist() == ["A", "B"] and frame["string_score"].tolist() == [6, 5]
    for name in ("avg_score", "num_experiments", "num_bound", "binding_rate", "max_score", "avg_score_bound"):
        assert frame[name].tolist() == [0, 0]


def test_every_cell_type_has_the_same_say() -> None:
    assert balanced_weights(["K-562", "MCF-7", "K-562", "K-562"]).tolist() == pytest.approx(
        [1 / 6, 1 / 2, 1 / 6, 1 / 6]
    )
    assert balanced_weights([]).tolist() == []


def test_without_cell_types_every_experiment_is_one_of_its_own() -> None:
    frame = summarise(np.array(["A"]), np.array([[90, 0, 30]]), np.array([0]))
    assert frame["cell_balanced_score"].tolist() == pytest.approx([40])


def test_ranks_are_by_average_then_highest_score_then_gene() -> None:
    genes = np.array(["low", "z", "a", "peaked", "top"], dtype=object)
    scores = np.array([[1, 1], [4, 4], [4, 4], [8, 0], [5, 5]])
    frame = summarise(genes, scores, np.arange(5))
    assert frame["gene"].tolist() == ["top", "peaked", "a", "z", "low"]
    assert frame["string_score"].tolist() == [4, 3, 2, 1, 0] and frame.index.tolist() == [0, 1, 2, 3, 4]


def test_each_band_has_its_label() -> None:
    assert [band_label(name) for _, name in SCORE_BANDS] == [
        "very strong (≥500)",
        "strong (100–500)",
        "moderate (50–100)",
        "weak (<50)",
    ]
    assert count_bands(pd.Series([-1.0, 1e9])) == {"very strong": 1, "strong": 0, "moderate": 0, "weak": 0}

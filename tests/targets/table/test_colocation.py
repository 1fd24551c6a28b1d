from __future__ import annotations

import numpy as np

from scripts.targets.table.colocation import colocated_groups, relabel


def groups(rows: list[list[int]], weights: np.ndarray | None = None) -> list[str]:
    scores = np.array(rows, dtype=np.int32)
    return colocated_groups(scores, (scores > 0).sum(axis=1), np.arange(len(rows)), weights).tolist()


def test_identical_rows_share_a_group() -> None:
    assert groups([[1, 2, 3], [4, 5, 6], [1, 2, 3], [4, 5, 6], [7, 8, 9]]) == [
        "locus_1",
        "locus_2",
        "locus_1",
        "locus_2",
        "",
    ]


def test_unbound_genes_are_no_group() -> None:
    assert groups([[0, 0, 0]] * 5) == [""] * 5


def test_fewer_than_three_bound_experiments_are_not_judged() -> None:
    assert groups([[60, 70, 0, 0]] * 2 + [[60, 70, 80, 0]] * 2) == ["", "", "locus_1", "locus_1"]


def test_one_experiment_never_groups() -> None:
    assert groups([[500]] * 4) == [""] * 4


def test_a_hash_collision_groups_nothing() -> None:
    rows = [[1, 2, 3], [3, 2, 1], [1, 2, 3], [2, 2, 2], [3, 2, 1], [9, 9, 9]]
    everything_collides = np.zeros(3, dtype=np.uint64)
    assert groups(rows, everything_collides) == groups(rows) == ["locus_1", "locus_2", "locus_1", "", "locus_2", ""]


def test_a_group_with_one_gene_left_loses_its_label() -> None:
    assert relabel(np.array(["b", "", "a", "b", "a", "c"], dtype=object)).tolist() == [
        "locus_1", "", "locus_2", "locus_1", "locus_2", "",
    ]  # fmt: skip
    assert relabel(np.array([], dtype=object)).tolist() == []

from __future__ import annotations

import numpy as np
import pytest

from scripts.targets.table.colocation import colocated_groups, identical_rows, relabel

#: Multipliers that give every row the same hash.
ALIKE = np.zeros(3, dtype=np.uint64)


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


def test_groups_are_numbered_by_rank() -> None:
    scores = np.array([[1, 2, 3], [4, 5, 6], [1, 2, 3], [4, 5, 6]])
    order = np.array([3, 0, 2, 1])
    assert colocated_groups(scores, np.full(4, 3), order).tolist() == ["locus_2", "locus_1", "locus_2", "locus_1"]
    labels = np.array(["x", "y", "x", "y", ""], dtype=object)
    assert relabel(labels, np.array([4, 3, 0, 2, 1])).tolist() == ["locus_2", "locus_1", "locus_2", "locus_1", ""]


@pytest.mark.parametrize("collide", [False, True])
@pytest.mark.parametrize("n", [127, 128, 129, 400])
def test_any_number_of_rows(n: int, collide: bool) -> None:
    """Rows far apart, across the pieces that are looked at together."""
    half = n // 2
    found = groups([[number % half + 1, 7, 9] for number in range(2 * half)], None if not collide else ALIKE)
    assert found == [f"locus_{number % half + 1}" for number in range(2 * half)]
    assert groups([[number + 1, 7, 9] for number in range(n)], None if not collide else ALIKE) == [""] * n


def test_rows_are_numbered_where_another_is_the_same() -> None:
    scores = np.array([[9, 9], [1, 2], [3, 4], [1, 2], [1, 3], [9, 9]])
    for weights in (None, np.zeros(2, dtype=np.uint64), np.array([1, 0], dtype=np.uint64)):
        found = identical_rows(scores, np.array([1, 2, 3, 4]), weights).tolist()
        assert found[0] == found[2] >= 0 and found[1] == found[3] == -1
    assert identical_rows(scores, np.array([0, 1, 2])).tolist() == [-1, -1, -1]
    found = identical_rows(scores, np.arange(6)).tolist()
    assert found[0] == found[5] != found[1] == found[3] and min(found[0], found[1]) >= 0
    assert found[2] == found[4] == -1


def test_a_gene_bound_in_three_experiments_is_judged() -> None:
    scores = np.array([[5, 5, 5, 0], [5, 5, 5, 0], [5, 5, 0, 0], [5, 5, 0, 0]])
    assert colocated_groups(scores, np.array([3, 3, 2, 2]), np.arange(4)).tolist() == ["locus_1", "locus_1", "", ""]


def test_a_hash_collision_beside_rows_that_are_the_same() -> None:
    """Added up, the first three rows are one; the last two are one indeed."""
    rows = [[1, 2, 3], [3, 2, 1], [1, 2, 3], [5, 5, 5], [5, 5, 5]]
    assert groups(rows, np.ones(3, dtype=np.uint64)) == ["locus_1", "", "locus_1", "locus_2", "locus_2"]


@pytest.mark.parametrize("n", [4, 300])
def test_without_a_collision_rows_are_not_sorted(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def unique(*_: object, **__: object) -> None:
        raise AssertionError("sorted")

    scores = np.array([[number // 2 + 1, 2, 3] for number in range(n)])
    with monkeypatch.context() as patched:
        patched.setattr(np, "unique", unique)
        found = identical_rows(scores, np.arange(n))
    assert (found[::2] == found[1::2]).all() and len(set(found.tolist())) == n // 2

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.common.errors import InputError
from scripts.targets.table import score_matrix
from scripts.targets.table.score_matrix import ScoreMatrix, Selection, widened


def matrix(n_genes: int, n_experiments: int, dtype: type = np.int32) -> ScoreMatrix:
    # From the highest score of 16 bits downwards.
    scores = (65_535 - np.arange(n_genes * n_experiments).reshape(n_genes, n_experiments)).astype(dtype)
    genes = np.array([f"G{i}" for i in range(n_genes)], dtype=object)
    return ScoreMatrix(genes, [f"SRX{i}|C" for i in range(n_experiments)], scores)


@given(st.data())
def test_giving_is_taking(data: st.DataObject) -> None:
    n_genes, n_experiments = data.draw(st.integers(1, 30)), data.draw(st.integers(1, 200))
    genes = data.draw(st.lists(st.integers(0, n_genes - 1), unique=True))
    chosen = sorted(data.draw(st.sets(st.integers(0, n_experiments - 1), min_size=1)))
    columns = data.draw(st.sampled_from([None, np.array(chosen)]))
    names = pd.Series([f"G{i}" for i in genes], dtype=object)
    taken = matrix(n_genes, n_experiments).take(names, columns)
    for dtype in (np.int32, np.uint16):
        pd.testing.assert_frame_equal(matrix(n_genes, n_experiments, dtype).give(names, columns), taken)
        pd.testing.assert_frame_equal(matrix(n_genes, n_experiments, dtype).take(names, columns), taken)
    assert taken.shape == (len(genes), 1 + (n_experiments if columns is None else len(chosen)))


@pytest.mark.parametrize("pieces", [1, 7, 1 << 18])
def test_narrow_scores_are_moved_apart_in_place(monkeypatch: pytest.MonkeyPatch, pieces: int) -> None:
    monkeypatch.setattr(score_matrix, "_SCORES_MOVED", pieces)
    narrow = matrix(9, 13, np.uint16).scores
    expected = narrow.astype(np.int32)
    assert narrow.flags.owndata
    wide = widened(narrow)
    assert wide.dtype == np.int32
    assert np.shares_memory(wide, narrow)
    np.testing.assert_array_equal(wide, expected)
    np.testing.assert_array_equal(widened(expected.astype(np.uint16)[:, ::2]), expected[:, ::2])
    assert widened(expected) is expected


def test_giving_all_is_the_whole_frame() -> None:
    for dtype in (np.int32, np.uint16):
        pd.testing.assert_frame_equal(matrix(9, 13, dtype).give_all(), matrix(9, 13).to_frame())


def test_differences_of_given_columns_do_not_wrap_around() -> None:
    frame = matrix(2, 2, np.uint16).to_frame()
    assert (frame["SRX1|C"] - frame["SRX0|C"]).tolist() == [-1, -1]


def test_a_selection_reads_what_a_cut_holds() -> None:
    whole = matrix(7, 5).scores
    rows, columns = np.array([6, 0, 3]), np.array([4, 1])
    part = Selection(whole, rows, columns)
    cut = whole[np.ix_(rows, columns)]
    assert (len(part), part.shape) == (3, (3, 2))
    np.testing.assert_array_equal(part[0:2], cut[0:2])
    np.testing.assert_array_equal(part[np.array([2, 0])], cut[[2, 0]])


def test_the_matrix_is_not_copied_into_a_frame() -> None:
    table = matrix(4, 3)
    frame = table.to_frame()
    table.scores[0, 0] = 99
    assert frame.iloc[0, 1] == 99


def test_a_frame_that_is_none_of_ours() -> None:
    with pytest.raises(InputError, match="no first column 'gene'"):
        ScoreMatrix.from_frame(pd.DataFrame({"x": [1]}))
    with pytest.raises(InputError, match="no first column 'gene'"):
        ScoreMatrix.from_frame(pd.DataFrame())


def test_narrow_scores_in_any_layout() -> None:
    narrow = matrix(9, 13, np.uint16).scores
    expected = narrow.astype(np.int32)
    for given_scores in (np.asfortranarray(narrow), narrow[:], narrow[2:], narrow[:, 1:]):
        kept = given_scores.copy()
        found = widened(given_scores)
        assert found.dtype == np.int32
        np.testing.assert_array_equal(found, kept)
        np.testing.assert_array_equal(given_scores, kept)  # what owns no memory of its own is left alone
    np.testing.assert_array_equal(widened(narrow), expected)


def test_a_gene_may_stand_there_once() -> None:
    with pytest.raises(InputError, match="holds the gene 'B' more than once"):
        ScoreMatrix.from_frame(pd.DataFrame({"gene": ["A", "B", "C", "B", "C"], "SRX1|K": 1}))


def test_a_frame_there_and_back() -> None:
    frame = matrix(3, 2).to_frame()
    assert frame.columns.tolist() == ["gene", "SRX0|C", "SRX1|C"]
    back = ScoreMatrix.from_frame(frame)
    assert back.genes.tolist() == ["G0", "G1", "G2"] and back.columns == ["SRX0|C", "SRX1|C"]
    assert back.scores.tolist() == [[65_535, 65_534], [65_533, 65_532], [65_531, 65_530]]
    assert matrix(3, 2, np.uint16).to_frame()["SRX0|C"].dtype == np.int32


def test_rows_by_gene() -> None:
    table = matrix(4, 2)
    assert table.rows_of(pd.Series(["G3", "G0"])).tolist() == [3, 0]
    with pytest.raises(InputError, match="Gene 'X' is in target_genes_df and not in experiment_df"):
        table.rows_of(pd.Series(["G0", "X", "G1", "Y"]))


def test_names_of_columns() -> None:
    table = matrix(1, 4)
    assert table.names() == ["SRX0|C", "SRX1|C", "SRX2|C", "SRX3|C"]
    assert table.names(np.array([3, 1])) == ["SRX3|C", "SRX1|C"]
    assert table.names(np.array([], dtype=int)) == []


@pytest.mark.parametrize(("genes", "in_place"), [(4, False), (5, True)])
def test_most_of_a_matrix_is_given_in_its_own_memory(genes: int, in_place: bool) -> None:
    table = matrix(10, 6)
    table.give(pd.Series([f"G{9 - n}" for n in range(genes)]))
    # The last gene's scores stand where the first one's stood, or all is as it was.
    assert table.scores[0, 0] == (65_535 - 9 * 6 if in_place else 65_535)

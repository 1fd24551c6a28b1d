from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.common.errors import InputError, NotFoundError
from scripts.targets.ranking.filter_targets import (
    Criteria,
    apply_filters,
    check_criteria,
    filter_targets,
    match_cell_types,
)
from scripts.targets.table.parse_target_genes import parse_target_genes
from scripts.targets.table.score_matrix import ScoreMatrix
from scripts.targets.table.scores import summarise
from tests.targets.tables import SMALL_COLUMNS, SMALL_ROWS, random_table, table_text

Frames = tuple[pd.DataFrame, pd.DataFrame]


def frames(rows: list, columns: list[str]) -> Frames:
    table = parse_target_genes(table_text(rows, columns).encode(), "TP53")
    summary = summarise(table.genes, table.scores, table.string_score, table.average)
    return summary, ScoreMatrix(table.genes, table.experiments, table.scores).to_frame()


@pytest.fixture
def small() -> Frames:
    return frames(SMALL_ROWS, SMALL_COLUMNS)


def test_no_filter_keeps_everything(small: Frames, capsys: pytest.CaptureFixture[str]) -> None:
    kept, experiments = filter_targets(*small)
    pd.testing.assert_frame_equal(kept, small[0])
    assert experiments is not None
    assert experiments["gene"].tolist() == kept["gene"].tolist()
    assert "  ✓ Filtered: 5 → 5 target genes" in capsys.readouterr().out.splitlines()


def test_thresholds_and_top_n(small: Frames, capsys: pytest.CaptureFixture[str]) -> None:
    assert filter_targets(*small, min_avg_score=225)[0]["gene"].tolist() == ["AAA", "BBB", "CCC"]
    assert filter_targets(*small, min_string_score=400)[0]["gene"].tolist() == ["AAA", "CCC", "ONLY"]
    assert filter_targets(*small, min_binding_rate=0.75)[0]["gene"].tolist() == ["AAA", "BBB", "CCC"]
    assert filter_targets(*small, min_string_score=400, top_n=2)[0]["gene"].tolist() == ["AAA", "CCC"]
    assert "  ✓ Filtered: 5 → 2 target genes" in capsys.readouterr().out.splitlines()


def test_without_experiments(small: Frames) -> None:
    kept, experiments = filter_targets(small[0], top_n=1)
    assert (len(kept), experiments) == (1, None)
    with pytest.raises(InputError, match="cell_types needs experiment_df"):
        filter_targets(small[0], cell_types=["K-562"])


def test_a_shuffled_table_is_ranked_first(small: Frames) -> None:
    assert filter_targets(small[0].sample(frac=1, random_state=1), top_n=1)[0]["gene"].tolist() == ["AAA"]


def test_cell_types_recompute_everything(small: Frames) -> None:
    kept, experiments = filter_targets(*small, cell_types=["K-562"])
    assert experiments is not None
    assert experiments.columns.tolist() == ["gene", "SRX1|K-562", "SRX3|K-562"]
    rows = kept.set_index("gene")
    assert rows.loc["AAA", ["avg_score", "num_bound", "num_experiments", "binding_rate", "max_score"]].tolist() == [
        800,
        2,
        2,
        1,
        1200,
    ]
    assert rows.loc["FEW", ["avg_score", "num_bound", "max_score"]].tolist() == [35, 1, 70]
    assert (kept["colocated_group"] == "").all()  # two experiments left: too few to tell
    assert experiments["gene"].tolist() == kept["gene"].tolist()


def test_co_location_labels_follow_what_is_kept(small: Frames) -> None:
    assert (
        filter_targets(*small)[0].set_index("gene").loc[["BBB", "CCC"], "colocated_group"].tolist() == ["locus_1"] * 2
    )
    assert filter_targets(*small, min_string_score=100)[0]["colocated_group"].tolist() == ["", "", ""]


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 30), st.integers(1, 12), st.integers(0, 5))
def test_cell_filter_equals_the_table_of_those_experiments(n_genes: int, n_experiments: int, seed: int) -> None:
    rows, columns = random_table(n_genes, n_experiments, seed)
    wanted = columns[0].split("|")[1]
    positions = [i for i, name in enumerate(columns) if name.endswith(f"|{wanted}")]
    kept, _ = filter_targets(*frames(rows, columns), cell_types=wanted)
    fewer = [(gene, [scores[i] for i in positions], string) for gene, scores, string in rows]
    expected, _ = frames(fewer, [columns[i] for i in positions])
    pd.testing.assert_frame_equal(kept, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("wanted", "positions"),
    [
        (["K-562"], [0, 2]),
        (["k562"], [0, 2]),
        (["K 562", "hep g2"], [0, 1, 2]),
        (["HepG2"], [1]),
        (["hep-g2"], [1]),
        (["CD4+ T cells"], [3]),
        (["cd4+_t-cells"], [3]),
    ],
)
def test_spellings_of_cell_types(wanted: list[str], positions: list[int]) -> None:
    assert match_cell_types(wanted, SMALL_COLUMNS).tolist() == positions


@pytest.mark.parametrize(
    ("wanted", "suggestion"), [("K-563", "K-562"), ("HepG", "Hep_G2"), ("T cells", r"CD4\+_T_cells")]
)
def test_unknown_cell_type_suggests_and_never_returns_all(small: Frames, wanted: str, suggestion: str) -> None:
    with pytest.raises(NotFoundError, match=f"'{wanted}'.*\nDid you mean: {suggestion}"):
        filter_targets(*small, cell_types=["K-562", wanted])


def test_cell_type_like_no_other_lists_what_there_is(small: Frames) -> None:
    with pytest.raises(NotFoundError, match="There are: K-562, Hep_G2"):
        filter_targets(*small, cell_types="zzzzzzz")


@pytest.mark.parametrize(
    ("setting", "match"),
    [
        ({"top_n": 0}, "top_n is 0"),
        ({"top_n": -3}, "top_n is -3"),
        ({"top_n": 1.5}, "top_n is 1.5"),
        ({"top_n": True}, "top_n is True"),
        ({"top_n": float("inf")}, "top_n is inf"),
        ({"top_n": "10"}, "top_n is '10'"),
        ({"min_binding_rate": 1.1}, "min_binding_rate is 1.1; give a share from 0 to 1"),
        ({"min_binding_rate": -0.1}, "min_binding_rate is -0.1"),
        ({"min_binding_rate": float("nan")}, "min_binding_rate is nan"),
        ({"min_avg_score": -1}, "min_avg_score is -1"),
        ({"min_avg_score": "50"}, "min_avg_score is '50'"),
        ({"min_string_score": 1001}, "min_string_score is 1001"),
        ({"cell_types": []}, "cell_types is"),
        ({"cell_types": [""]}, "cell_types is"),
        ({"cell_types": 5}, "cell_types is 5"),
    ],
)
def test_settings_out_of_range(small: Frames, setting: dict, match: str) -> None:
    with pytest.raises(InputError, match=match):
        filter_targets(*small, **setting)


def test_tables_that_do_not_belong_together(small: Frames) -> None:
    with pytest.raises(InputError, match="is in target_genes_df and not in experiment_df"):
        filter_targets(small[0], small[1].iloc[1:])
    with pytest.raises(InputError, match="has no column avg_score"):
        filter_targets(small[0].drop(columns="avg_score"))


def steps(small: Frames, **settings: object) -> list[tuple[str, int, int]]:
    matrix = ScoreMatrix.from_frame(small[1])
    unbound, in_class = settings.pop("unbound", True), settings.pop("in_class", None)
    found = apply_filters(small[0], matrix, check_criteria(**settings), unbound=unbound, in_class=in_class)
    return [(step["filter"], step["before"], step["after"]) for step in found.steps]


def test_each_step_says_how_many_genes_it_left(small: Frames) -> None:
    assert steps(small) == []
    assert steps(small, min_avg_score=225, min_string_score=400, min_binding_rate=0.5, top_n=1, unbound=False) == [
        ("bound in at least one experiment", 5, 4),
        ("min_score = 225", 4, 3),
        ("min_string_score = 400", 3, 2),
        ("min_binding_rate = 0.5", 2, 2),
        ("top_n = 1", 2, 1),
    ]
    assert steps(small, cell_types=["k562", "HepG2"], top_n=4) == [
        ("cell_types = K-562, Hep_G2", 5, 5),
        ("top_n = 4", 5, 4),
    ]


def test_considered_is_what_the_cell_types_leave(small: Frames) -> None:
    matrix = ScoreMatrix.from_frame(small[1])
    found = apply_filters(small[0], matrix, check_criteria(cell_types="K-562", top_n=1), unbound=False)
    assert len(found.considered) == 5 and found.summary["gene"].tolist() == ["AAA"]
    assert (found.considered["num_experiments"] == 2).all()
    assert found.columns is not None and found.columns.tolist() == [0, 2]


@pytest.mark.parametrize(
    ("setting", "genes"),
    [
        ({"min_avg_score": 225.01}, ["AAA"]),
        ({"min_avg_score": 35}, ["AAA", "BBB", "CCC", "FEW"]),
        ({"min_avg_score": 35.5}, ["AAA", "BBB", "CCC"]),
        ({"min_string_score": 650}, ["AAA", "ONLY"]),
        ({"min_string_score": 651}, ["AAA"]),
        ({"min_string_score": 1000}, []),
        ({"min_binding_rate": 1}, ["AAA"]),
        ({"min_binding_rate": 0.5}, ["AAA", "BBB", "CCC", "FEW"]),
        ({"min_avg_score": 0.5, "top_n": 1}, ["AAA"]),
        ({"top_n": 5}, ["AAA", "BBB", "CCC", "FEW", "ONLY"]),
        ({"top_n": 2.0}, ["AAA", "BBB"]),
    ],
)
def test_a_limit_itself_is_kept(small: Frames, setting: dict, genes: list[str]) -> None:
    kept, experiments = filter_targets(*small, **setting)
    assert kept["gene"].tolist() == genes and kept.index.tolist() == [*range(len(genes))]
    assert experiments is not None and experiments["gene"].tolist() == genes


def test_what_a_setting_is_called_in_its_error() -> None:
    with pytest.raises(InputError, match=r"^min_score is -1; give a MACS2 score such as 50, or 0 for no limit"):
        check_criteria(-1, score_name="min_score")
    with pytest.raises(InputError, match="^min_avg_score is True"):
        check_criteria(True)
    assert check_criteria(min_string_score=1000, min_binding_rate=1, top_n=1.0) == Criteria(
        min_string_score=1000, min_binding_rate=1, top_n=1
    )
    assert check_criteria() == Criteria()
    assert check_criteria(cell_types=iter(["A", "B"])).cell_types == ("A", "B")


@pytest.mark.parametrize("names", [[5], ["K-562", None], ["K-562", "--"], ""])
def test_names_that_are_none(names: object) -> None:
    with pytest.raises(InputError, match="give names of cell types"):
        check_criteria(cell_types=names)


def test_a_class_of_cell_types_and_a_list(small: Frames) -> None:
    in_class = np.array([0, 1])
    matrix = ScoreMatrix.from_frame(small[1])

    def columns(**settings: object) -> list[int]:
        found = apply_filters(small[0], matrix, check_criteria(**settings), in_class=in_class)
        assert (found.summary["num_experiments"] == len(found.columns)).all()
        return found.columns.tolist()

    assert columns() == [0, 1]
    assert columns(cell_types=["K-562"]) == [0]
    assert columns(cell_types=["K-562", "Hep_G2"]) == [0, 1]
    with pytest.raises(InputError, match=r"No experiment is in cell types CD4\+_T_cells and in the class asked for"):
        columns(cell_types=["CD4+_T_cells"])


@pytest.mark.parametrize(("n", "end"), [(10, r"C9\.$"), (11, r"C9, \.\.\.\.$")])
def test_ten_cell_types_are_listed(n: int, end: str) -> None:
    listed = rf"\({n} cell types\)\. There are: C0, C1, .*{end}"
    with pytest.raises(NotFoundError, match=listed):
        match_cell_types(["zzzzzzz"], [f"SRX{i}|C{i}" for i in range(n)])


def test_string_scores_stay_with_their_genes_when_experiments_are_chosen(small: Frames) -> None:
    shuffled = small[1].sample(frac=1, random_state=3)
    kept, _ = filter_targets(small[0], shuffled, cell_types=["Hep_G2"])
    assert dict(zip(kept["gene"], kept["string_score"], strict=True)) == {row[0]: row[2] for row in SMALL_ROWS}
    assert dict(zip(kept["gene"], kept["avg_score"], strict=True)) == {row[0]: row[1][1] for row in SMALL_ROWS}


@pytest.mark.parametrize("name", ["gene", "avg_score", "string_score", "num_bound", "binding_rate", "max_score"])
def test_each_column_that_a_filter_needs(small: Frames, name: str) -> None:
    with pytest.raises(InputError, match=f"target_genes_df has no column {name}; give"):
        filter_targets(small[0].drop(columns=name))

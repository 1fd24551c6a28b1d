from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.common.errors import InputError, NotFoundError
from scripts.targets.ranking.filter_targets import filter_targets, match_cell_types
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

"""What a background says of a factor: never by itself, and by factors alone."""

from __future__ import annotations

import numpy as np
import pytest

from scripts.common.errors import InputError
from scripts.targets.background.background import COLUMNS, assemble
from scripts.targets.background.specificity import LEAST_SCALE
from tests.targets.background.made import GENES, background_of, independent, member, ranking_of

#: Twenty genes a factor: the top 5 % is the first alone.
TWENTY = [f"G{number:02d}" for number in range(20)]


def headed_by(name: str, first: str) -> object:
    rest = [gene for gene in TWENTY if gene != first]
    return member(name, {first: 900.0, **{gene: 100.0 - i for i, gene in enumerate(rest)}})


def test_a_factor_is_never_in_its_own_background() -> None:
    others = [headed_by("AAA1", "G00"), headed_by("BBB1", "G01"), headed_by("CCC1", "G01")]
    background = background_of(*others)
    assert background.hot_share("AAA1")["G00"] == 0 and background.hot_share("AAA1")["G01"] == 1
    assert background.hot_share("aaa-1")["G00"] == 0, "under another spelling"
    assert background.hot_share("ZZZ9")["G00"] == pytest.approx(1 / 3)


def test_nor_under_its_common_name() -> None:
    background = background_of(headed_by("OCT4", "G00"), headed_by("SOX2", "G01"), headed_by("TP53", "G01"))
    assert background.hot_share("POU5F1")["G00"] == 0
    assert background.hot_share("POU5F1")["G01"] == 1
    assert background.hot_share("TP53")["G00"] == 0.5


def test_what_it_adds_is_the_same_with_and_without_the_factor_in_it() -> None:
    members = [independent(f"F{number}", number) for number in range(12)]
    ranking = ranking_of(members[3])
    beside = background_of(*members).beside("F3", ranking)
    without = background_of(*(one for one in members if one.name != "F3")).beside("F3", ranking)
    assert beside.equals(without)


def test_controls_and_marks_count_for_no_factor() -> None:
    background = background_of(
        headed_by("F1", "G00"), headed_by("F2", "G00"),
        *(headed_by(name, "G05") for name in ("H3", "GFP", "ATAC-Seq", "H3K27ac")),
    )  # fmt: skip
    assert background.counts() == {"factor": 2, "control": 3, "mark": 1}
    assert background.hot_share("F9")["G05"] == 0 and background.control_share("F9")["G05"] == 1
    assert background.control_share("F9")["G00"] == 0
    assert background.control_share("H3")["G05"] == 1, "the other two controls"
    about = background.of_gene("G05")
    assert set(about["kind"]) == {"factor", "control", "mark"} and about["name"].iloc[0] in (
        "H3",
        "GFP",
        "ATAC-Seq",
        "H3K27ac",
    )


def test_columns() -> None:
    factors = [headed_by("F1", "G00"), headed_by("F2", "G00"), headed_by("F3", "G07")]
    own = member("OWN", {"G00": 500.0, "NEW": 400.0, "G07": 1.0})
    beside = background_of(*factors).beside("OWN", ranking_of(own), hot_threshold=0.6)
    assert tuple(beside) == COLUMNS
    assert beside["hot_share"].tolist() == pytest.approx([2 / 3, 0, 1 / 3])
    assert beside["is_hot"].tolist() == [True, False, False]
    assert beside["control_share"].isna().all()
    assert beside["specificity"].iloc[1] == pytest.approx(2 / 3 / LEAST_SCALE), "a gene that no other factor binds"
    assert beside["specific_rank"].tolist() == [2, 1, 3]


def test_a_gene_of_nobody_is_told(tmp_path: object) -> None:
    with pytest.raises(InputError, match="binds 'NOTHERE'"):
        background_of(independent("A", 1), independent("B", 2)).of_gene("NOTHERE")


@pytest.mark.parametrize(
    ("names", "match"),
    [
        (["F1", "F1"], "Two tables of F1"),
        (["F1"], "takes 2 or more factors"),
        (["F1", "H3", "GFP", "H3K27ac"], "1 factor among 4 tables"),
    ],
)
def test_too_little(names: list[str], match: str) -> None:
    with pytest.raises(InputError, match=match):
        assemble([independent(name, 1) for name in names], "hg38", 5, simulated=False)


def test_the_only_other_factor_is_oneself() -> None:
    background = background_of(independent("OCT4", 1), independent("POU5F1", 2))
    with pytest.raises(InputError, match="no other factor than POU5F1"):
        background.beside("POU5F1", ranking_of(independent("POU5F1", 2)))
    assert background.hot_share("POU5F1").isna().all()


def test_independent_factors_share_no_hot_loci() -> None:
    """Null: of 600 bound genes of 2,000, 5 % of 30 % are in a factor's top by chance; no gene reaches half of 30."""
    members = [independent(f"F{number}", number) for number in range(31)]
    shares = background_of(*members).hot_share("F0")
    assert shares.mean() == pytest.approx(0.015, abs=0.003)
    assert (shares >= 0.5).sum() == 0
    beside = background_of(*members).beside("F0", ranking_of(members[0]))
    assert not beside["is_hot"].any()


def test_a_null_factors_specificity_is_its_own_rank() -> None:
    """With nothing shared, both rankings agree at the top: 70 % of the others do not bind a gene at all."""
    members = [independent(f"F{number}", number) for number in range(31)]
    ranking = ranking_of(members[0])
    beside = background_of(*members).beside("F0", ranking)
    assert set(np.argsort(beside["specific_rank"])[:50]) == set(range(50))
    assert len(GENES) == 2000


def test_planted_hot_loci_and_own_targets() -> None:
    hot, n_own = GENES[:25], 20
    members, truth = [], {}
    for number in range(25):
        rng = np.random.default_rng(number)
        own = rng.choice(GENES[25:], n_own, replace=False)
        rest = rng.choice(np.setdiff1d(GENES[25:].astype(str), own.astype(str)), 600, replace=False)
        scores = dict(zip(rest, rng.gamma(1.0, 60.0, 600) + 1, strict=True))
        scores |= dict(zip(own, rng.normal(900, 100, n_own), strict=True))
        scores |= {gene: rng.normal(2000, 300) for gene in hot if rng.random() < 0.9}
        members.append(member(f"F{number}", scores))
        truth[f"F{number}"] = set(own)
    background = background_of(*members)
    for one in members[:5]:
        ranking = ranking_of(one)
        table = ranking.join(background.beside(one.name, ranking))
        assert set(table.loc[table["is_hot"], "gene"]) == set(hot) & set(one.genes)
        by_average = set(table["gene"].head(n_own)) & truth[one.name]
        by_specificity = set(table.sort_values("specific_rank")["gene"].head(n_own)) & truth[one.name]
        # A target that half of the others bind by chance is not found: 3 % of all genes are.
        assert len(by_average) == 0 and len(by_specificity) >= n_own - 3

"""The two tests beside scipy's distributions, and beside each other."""

from __future__ import annotations

import builtins

import numpy as np
import pytest
from scipy.stats import binom, fisher_exact, hypergeom

from scripts.common.errors import InputError, MissingExtraError
from scripts.genesets.testing import gene_test, region_test, require_gseapy, sets_of_size, with_qvalues

pytest.importorskip("gseapy")


def world(seed: int, genes: int = 400, sets: int = 60):
    rng = np.random.default_rng(seed)
    names = np.array([f"G{i}" for i in range(genes)])
    made = {("lib", f"S{i}"): frozenset(rng.choice(names, rng.integers(1, 90), replace=False)) for i in range(sets)}
    return made, set(rng.choice(names, 50, replace=False)), set(names[: genes - 100])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_gene_test_is_scipys_hypergeometric(seed):
    sets, selected, background = world(seed)
    table = gene_test(sets, selected, background)
    chosen = selected & background
    for row, genes in zip(table.to_dict("records"), sets.values(), strict=True):
        inside = genes & background
        hit = len(inside & chosen)
        assert (row["genes_hit"], row["genes_in_set"]) == (hit, len(inside))
        assert (row["genes_selected"], row["genes_background"]) == (len(chosen), 300)
        if not inside:
            assert np.isnan(row["pvalue"]) and np.isnan(row["odds_ratio"])
            continue
        assert row["pvalue"] == pytest.approx(hypergeom.sf(hit - 1, 300, len(inside), len(chosen)), rel=1e-12)
        cells = [[hit, len(inside) - hit], [len(chosen) - hit, 300 - len(inside) - len(chosen) + hit]]
        assert row["pvalue"] == pytest.approx(fisher_exact(cells, "greater")[1], rel=1e-9)
        (a, b), (c, d) = np.array(cells) + 0.5
        assert row["odds_ratio"] == pytest.approx(a * d / (b * c))
        assert row["fold_enrichment"] == pytest.approx(hit / len(chosen) / (len(inside) / 300))


def test_sets_without_a_hit_count_among_the_tests():
    sets = {("l", "hit"): {"A", "B"}, ("l", "miss"): {"D", "E"}, ("l", "also missed"): {"E", "F"}}
    table = with_qvalues(gene_test(sets, {"A", "B"}, set("ABCDEFGH")), {"pvalue": "qvalue"})
    assert table["pvalue"].tolist() == pytest.approx([1 / 28, 1, 1])
    assert table["qvalue"].tolist() == pytest.approx([3 / 28, 1, 1])


def test_nothing_selected_is_no_test():
    table = gene_test({("l", "a"): {"A"}}, set(), {"A", "B"})
    assert table["pvalue"].isna().all() and table["genes_hit"].eq(0).all()
    regions = region_test(np.array([0]), 0, np.array([3]), 10)
    assert regions["region_pvalue"].isna().all() and regions["region_exact_pvalue"].isna().all()


def test_the_region_test_is_binomial_with_the_share_of_the_tested():
    hit, in_set = np.array([0, 5, 12, 0]), np.array([40, 40, 200, 0])
    table = region_test(hit, 30, in_set, 1000)
    assert table["region_pvalue"].tolist()[:3] == pytest.approx(binom.sf(hit[:3] - 1, 30, in_set[:3] / 1000).tolist())
    assert table["region_exact_pvalue"].tolist()[:3] == pytest.approx(
        hypergeom.sf(hit[:3] - 1, 1000, in_set[:3], 30).tolist()
    )
    assert table["region_pvalue"].isna().tolist() == [False, False, False, True]
    assert table["region_fold_enrichment"].tolist()[:3] == pytest.approx([0, 5 / 30 / 0.04, 2.0])


def test_sets_by_their_size_in_the_background():
    sets = {("l", "small"): {"A", "X"}, ("l", "fits"): {"A", "B", "X"}, ("l", "large"): {"A", "B", "C"}}
    kept, small, large = sets_of_size(sets, set("ABCD"), 2, 2)
    assert (kept, small, large) == ({("l", "fits"): frozenset("AB")}, 1, 1)
    with pytest.raises(InputError, match=r"No gene set has 10 to 20 genes among the 4 .*largest has 3"):
        sets_of_size(sets, set("ABCD"), 10, 20)


def test_without_gseapy_the_remedy_is_named(monkeypatch):
    real = builtins.__import__

    def without(name, *arguments, **options):
        if name.startswith("gseapy"):
            raise ModuleNotFoundError("No module named 'gseapy'", name="gseapy")
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r"gene sets needs gseapy.*\n.*requirements-genesets.txt"):
        require_gseapy()

"""The exact test over strata against sums in whole numbers, and its p-values on sets whose truth is known."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest

from scripts.atlas.asking.enrichment import false_discovery_rates, fisher_greater
from scripts.atlas.asking.strata import (
    LEAST_GENES,
    STRATA,
    Tables,
    frequency_strata,
    hits_distribution,
    log_factorials,
    over_representation,
)
from tests.atlas.asking.worlds import binding, draw, exact_and_randomised

SETS = 20


@st.composite
def some_tables(draw: st.DrawFn) -> Tables:
    rows = []
    for _ in range(draw(st.integers(1, 4))):
        size = draw(st.integers(1, 12))
        bound, drawn = draw(st.integers(0, size)), draw(st.integers(0, size))
        rows.append((size, bound, drawn, draw(st.integers(max(0, bound + drawn - size), min(bound, drawn)))))
    return Tables(*(np.array(column) for column in zip(*rows, strict=True)))


def in_whole_numbers(tables: Tables) -> dict[int, Fraction]:
    """Chance of every number of bound genes, by going through all the ways there are."""
    chances = {0: Fraction(1)}
    for size, bound, drawn in zip(tables.size.tolist(), tables.bound.tolist(), tables.drawn.tolist(), strict=True):
        of_stratum = {
            hits: Fraction(math.comb(bound, hits) * math.comb(size - bound, drawn - hits), math.comb(size, drawn))
            for hits in range(max(0, bound + drawn - size), min(bound, drawn) + 1)
        }
        sums: dict[int, Fraction] = {}
        for before, chance in chances.items():
            for hits, more in of_stratum.items():
                sums[before + hits] = sums.get(before + hits, Fraction(0)) + chance * more
        chances = sums
    return chances


@given(some_tables())
@settings(max_examples=150, deadline=None)
def test_the_test_is_exact(tables: Tables) -> None:
    expected = in_whole_numbers(tables)
    least, probability = hits_distribution(tables, log_factorials(12))
    found = dict(enumerate(probability, least))
    assert found == pytest.approx({hits: float(chance) for hits, chance in expected.items()}, rel=1e-10)
    hits = int(tables.hits.sum())
    pvalue, smallest = over_representation(tables, log_factorials(12))
    assert pvalue == pytest.approx(float(sum(expected[more] for more in expected if more >= hits)), rel=1e-10)
    assert smallest == pytest.approx(float(expected[max(expected)]), rel=1e-10)
    mean = float(sum(count * chance for count, chance in expected.items()))
    assert tables.expected() == pytest.approx(mean, rel=1e-9, abs=1e-12)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_one_stratum_is_fishers_test(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 400))
    drawn, bound = data.draw(st.integers(1, size)), data.draw(st.integers(1, size))
    hits = data.draw(st.integers(max(0, drawn + bound - size), min(drawn, bound)))
    tables = Tables(*(np.array([value]) for value in (size, bound, drawn, hits)))
    plain = fisher_greater(np.array([hits]), drawn, np.array([bound]), size)[0]
    assert over_representation(tables, log_factorials(size))[0] == pytest.approx(plain, rel=1e-7, abs=1e-300)


def test_odds_ratio_is_mantel_and_haenszels() -> None:
    tables = Tables(np.array([100, 60]), np.array([40, 30]), np.array([20, 10]), np.array([12, 7]))
    above = 12 * 52 / 100 + 7 * 27 / 60
    below = 8 * 28 / 100 + 3 * 23 / 60
    assert tables.odds_ratio() == pytest.approx(above / below)
    every = Tables(np.array([10]), np.array([4]), np.array([3]), np.array([3]))
    assert every.odds_ratio() == math.inf
    none = Tables(np.array([10]), np.array([10]), np.array([3]), np.array([3]))
    assert math.isnan(none.odds_ratio())


@given(st.lists(st.integers(0, 300), min_size=1, max_size=400))
@settings(max_examples=150, deadline=None)
def test_strata_follow_frequency_and_are_not_small(genes: list[int]) -> None:
    counts = np.array(genes)
    strata = frequency_strata(counts)
    sizes = np.bincount(strata, weights=counts)
    assert strata[0] == 0 and (np.isin(np.diff(strata), (0, 1))).all() and len(sizes) <= STRATA
    assert len(sizes) == 1 or (sizes >= LEAST_GENES).all()


@pytest.mark.parametrize("factors", [13, 40, pytest.param(235, marks=pytest.mark.slow)])
def test_sets_of_often_bound_genes_are_quiet(factors: int) -> None:
    rng = np.random.default_rng(factors)
    bound, readiness = binding(rng, 6000, factors)
    often = bound.sum(axis=1).astype(float)
    for what, weights in (("as often as bound", often), ("by readiness", readiness), ("evenly", np.ones(len(bound)))):
        matched, plain, uniform = [], [], []
        for number in range(SETS):
            in_set = draw(rng, weights, 150)
            exact, randomised = exact_and_randomised(bound, in_set, number)
            plain += [*(false_discovery_rates(fishers(bound, in_set)) < 0.05)]
            matched += [*(false_discovery_rates(exact) < 0.05)]
            uniform += [*randomised]
        fit = kstest(uniform, "uniform")
        print(f"{factors} factors, 150 genes drawn {what}: q < 0.05 {np.mean(matched):.4f} "
              f"(Fisher {np.mean(plain):.4f}), Kolmogorov-Smirnov {fit.statistic:.3f}, p {fit.pvalue:.2g}")  # fmt: skip
        assert np.mean(matched) <= 0.05 and fit.statistic < 0.08
        assert np.mean(plain) <= 0.05 if what == "evenly" else np.mean(plain) > 0.9


def test_planted_targets_are_found() -> None:
    rng = np.random.default_rng(3)
    bound, readiness = binding(rng, 6000, 60)
    found, plain_found, wrong, plain_wrong = [], [], [], []
    for number in range(SETS):
        in_set = draw(rng, readiness, 150)
        planted = bound.copy()
        # A third of the set are targets of one factor that are no others'.
        planted[rng.choice(np.flatnonzero(in_set), 50, replace=False), number] = True
        rates = false_discovery_rates(exact_and_randomised(planted, in_set)[0])
        plain = false_discovery_rates(fishers(planted, in_set))
        others = np.arange(60) != number
        found.append(rates[number] < 0.05 and rates.argmin() == number)
        plain_found.append(plain[number] < 0.05)
        wrong.append((rates[others] < 0.05).mean())
        plain_wrong.append((plain[others] < 0.05).mean())
    print(f"planted factor first with q < 0.05: {np.sum(found)} of {SETS}, Fisher q < 0.05: {np.sum(plain_found)}; "
          f"other factors: {np.mean(wrong):.4f}, Fisher {np.mean(plain_wrong):.4f}")  # fmt: skip
    assert np.mean(found) >= 0.8 and np.mean(wrong) <= 0.05 < np.mean(plain_wrong)


def fishers(bound: np.ndarray, in_set: np.ndarray) -> np.ndarray:
    return fisher_greater(bound[in_set].sum(axis=0), int(in_set.sum()), bound.sum(axis=0), len(bound))

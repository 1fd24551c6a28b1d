from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.common.text import ellipsis, fold, near_matches, plural, safe_label


@pytest.mark.parametrize("spelling", ["B cells", "b_cells", "B-Cells", " bcells ", "B\tCELLS", "B__cells"])
def test_fold_makes_spellings_equal(spelling):
    assert fold(spelling) == "bcells"


@pytest.mark.parametrize(("one", "other"), [("CD4+", "CD4"), ("TP53", "TP63"), ("B-cell_(CD19+)", "B-cell")])
def test_fold_keeps_different_names_apart(one, other):
    assert fold(one) != fold(other)


@settings(deadline=None)
@given(st.text())
def test_fold_is_idempotent(name):
    assert fold(fold(name)) == fold(name)


CHOICES = ["TP53", "TP63", "TP73", "MYC", "MYCN", "NKX2-1", "E2F1"]


def test_near_matches_put_the_same_but_for_case_and_separators_first():
    assert near_matches("nkx2_1", CHOICES)[0] == "NKX2-1"
    assert near_matches("tp53", CHOICES)[0] == "TP53"


def test_near_matches_put_the_shortest_containing_name_before_look_alikes():
    assert near_matches("MYC", ["MYCN-long", "MYCN", "MYC1", "NYC"]) == ["MYCN", "MYC1", "MYCN-long", "NYC"]


def test_near_matches_of_two_letters_are_not_everything_that_contains_them():
    assert near_matches("a1", ["xxxxxxa1xxxxxx"]) == []


def test_near_matches_respect_the_limit_and_name_each_once():
    assert sorted(near_matches("tp53", [*CHOICES, *CHOICES], limit=3)) == ["TP53", "TP63", "TP73"]
    assert near_matches("tp53", [*CHOICES, *CHOICES], limit=1) == ["TP53"]


def test_near_matches_of_nothing_like_it_are_none():
    assert near_matches("zzzzzz", CHOICES) == []
    assert near_matches("TP53", []) == []


def test_near_matches_take_an_iterator():
    assert near_matches("tp53", iter(CHOICES))[0] == "TP53"


@settings(deadline=None)
@given(st.text(), st.lists(st.text()), st.integers(1, 6))
def test_near_matches_are_choices_without_repeats(name, choices, limit):
    found = near_matches(name, choices, limit)
    assert len(found) == len(set(found)) <= limit
    assert set(found) <= set(choices)


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("K-562 DMSO_1.5", "K-562 DMSO_1.5"),
        ("Treated (5 µM)", "Treated _5 _M"),
        ("a; rm -rf $(HOME)", "a_ rm -rf _HOME"),
        ("x\"y'z`w", "x_y_z_w"),
        ("line\nbreak\tand tab", "line_break_and tab"),
        ("日本語", "group"),
        ("", "group"),
        ("   ", "group"),
        ("&&&", "group"),
        (42, "42"),
    ],
)
def test_safe_label(label, expected):
    assert safe_label(label, "group") == expected


@settings(deadline=None)
@given(st.text(max_size=300))
def test_safe_label_is_always_takeable_and_settled(label):
    made = safe_label(label, "default")
    assert re.fullmatch(r"[A-Za-z0-9 _.\-]{1,100}", made)
    assert made == made.strip(" _")
    assert safe_label(made, "default") == made


def test_safe_label_cut_at_a_space_ends_in_no_space():
    assert safe_label("a" * 99 + " bc", "default") == "a" * 99


@pytest.mark.parametrize(
    ("count", "expected"), [(0, "0 regions"), (1, "1 region"), (2, "2 regions"), (12345, "12,345 regions")]
)
def test_plural(count, expected):
    assert plural(count, "region") == expected


def test_plural_of_an_irregular_noun():
    assert plural(2, "query", "queries") == "2 queries"
    assert plural(1, "query", "queries") == "1 query"


@pytest.mark.parametrize(
    ("text", "width", "expected"), [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("ab cd", 4, "ab…"), ("", 5, "")]
)
def test_ellipsis(text, width, expected):
    assert ellipsis(text, width) == expected


@settings(deadline=None)
@given(st.text(), st.integers(1, 50))
def test_ellipsis_never_exceeds_the_width(text, width):
    made = ellipsis(text, width)
    assert len(made) <= width
    assert made == text or (made.endswith("…") and text.startswith(made[:-1]))

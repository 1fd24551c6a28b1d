"""Changes of all regions, as far as a server's result can show them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scripts.diff.qc.global_change import check_global_change
from tests.diff.tables import compare, experiments, peaks

GROUPS = ["SRX1", "SRX2", "SRX3"], ["SRX4", "SRX5", "SRX6"]
EVEN = [20_000, 25_000, 30_000, 21_000, 26_000, 29_000]
LOSS = [5_000, 6_000, 7_000, 24_000, 26_000, 29_000]


def comparison(higher_in_a, higher_in_b, numbers):
    rows = [{"logFC": 2.0}] * higher_in_a + [{"logFC": -2.0, "count_a": 20.0, "count_b": 80.0}] * higher_in_b
    rows += [{"logFC": 0.1, "q": 0.8}] * 50
    return replace(compare(peaks(rows)), experiments=experiments(GROUPS, peaks=numbers))


@pytest.mark.parametrize(
    ("higher_in_a", "higher_in_b", "numbers", "severity"),
    [
        (100, 100, EVEN, None),
        (0, 0, EVEN, None),
        (99, 0, EVEN, None),
        (3, 197, EVEN, "minor"),
        (3, 197, LOSS, "minor"),  # a degraded factor: peaks and differences agree
        (197, 3, LOSS, "major"),  # most were lost, and the rest is called gained
        (0, 0, LOSS, "major"),  # all were lost alike, and nothing is called
        (100, 100, LOSS, "major"),
        (100, 100, LOSS[:5] + [6_500], None),
    ],
)
def test_severity(higher_in_a, higher_in_b, numbers, severity):
    found = check_global_change(comparison(higher_in_a, higher_in_b, numbers))
    assert [item.severity for item in found] == ([severity] if severity else [])
    assert {item.code for item in found} <= {"global_change"}


def test_what_is_said():
    [found] = check_global_change(comparison(197, 3, LOSS))
    assert found.details.startswith(
        "Every experiment of Control has more peaks than all of the other group (4.3 times); 98% of the significant "
        "regions are higher in Treated; 2% of the 200 significant regions are higher there."
    )


def test_unknown_peak_numbers_say_nothing():
    assert check_global_change(replace(comparison(50, 50, EVEN), experiments=experiments(GROUPS).head(0))) == []

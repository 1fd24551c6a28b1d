from __future__ import annotations

import json
import pickle

import pandas as pd
import pytest

from scripts.common.findings import SEVERITIES, Finding, by_severity

PLAIN = {
    "code": "mitochondrial-regions",
    "severity": "major",
    "issue": "chrM",
    "details": "details",
    "recommendation": "remedy",
    "affected_regions": ["chrM:0-1", "chrM:1-2"],
    "spans": [["chrM", None, None], ["chr1", 5, 9]],
}


def made() -> Finding:
    return Finding(
        "mitochondrial-regions",
        "major",
        "chrM",
        "details",
        "remedy",
        (f"chrM:{i}-{i + 1}" for i in range(2)),
        [("chrM", None, None), ("chr1", 5, 9)],
    )


def test_readers_of_dicts_see_a_dict():
    assert made() == PLAIN and isinstance(made(), dict)
    assert json.loads(json.dumps(made())) == PLAIN
    assert list(pd.DataFrame([made()]).columns) == list(PLAIN)


def test_attributes_are_the_same_values():
    found = made()
    assert (found.code, found.severity, found.title) == ("mitochondrial-regions", "major", "chrM")
    assert (found.details, found.recommendation, found.regions) == ("details", "remedy", ["chrM:0-1", "chrM:1-2"])
    assert found.spans == [("chrM", None, None), ("chr1", 5, 9)]


@pytest.mark.parametrize("there_and_back", [lambda item: pickle.loads(pickle.dumps(item)), lambda item: dict(item)])
def test_one_that_was_kept_is_a_finding_again(there_and_back):
    again = Finding.of(there_and_back(made()))
    assert type(again) is Finding and again == PLAIN


def test_one_kept_before_codes_and_spans_existed():
    old = {key: PLAIN[key] for key in PLAIN if key not in ("code", "spans")}
    assert Finding.of(old) == PLAIN | {"code": "", "spans": []}


def test_two_findings_share_no_list():
    one, other = Finding("a", "note", "a", "", ""), Finding("b", "note", "b", "", "")
    one["affected_regions"].append("chr1:0-1")
    assert other.regions == []


def test_by_severity_is_major_first_and_keeps_the_order_otherwise():
    given = [
        Finding("x", severity, issue, "", "")
        for severity, issue in zip(["note", "minor", "major", "note", "major"], "abcde", strict=True)
    ]
    assert [item.title for item in by_severity(iter(given))] == ["c", "e", "b", "a", "d"]
    assert SEVERITIES == ("major", "minor", "note")


def test_an_unknown_severity_is_not_sorted_away():
    with pytest.raises(ValueError, match="not in"):
        by_severity([Finding("x", "critical", "", "", "")])

from __future__ import annotations

import json
import pickle

import pytest

from scripts.common.findings import SEVERITIES, by_severity, finding


def test_a_finding_is_a_plain_dict():
    made = finding("major", "chrM", "details", "remedy", (f"chrM:{i}-{i + 1}" for i in range(2)))
    assert type(made) is dict
    assert made == {
        "severity": "major",
        "issue": "chrM",
        "details": "details",
        "recommendation": "remedy",
        "affected_regions": ["chrM:0-1", "chrM:1-2"],
    }
    assert json.loads(json.dumps(made)) == pickle.loads(pickle.dumps(made)) == made


def test_two_findings_share_no_list():
    one, other = finding("note", "a", "", ""), finding("note", "b", "", "")
    one["affected_regions"].append("chr1:0-1")
    assert other["affected_regions"] == []


def test_by_severity_is_major_first_and_keeps_the_order_otherwise():
    given = [
        finding(severity, issue, "", "")
        for severity, issue in zip(["note", "minor", "major", "note", "major"], "abcde", strict=True)
    ]
    assert [item["issue"] for item in by_severity(iter(given))] == ["c", "e", "b", "a", "d"]
    assert SEVERITIES == ("major", "minor", "note")


def test_an_unknown_severity_is_not_sorted_away():
    with pytest.raises(ValueError, match="not in"):
        by_severity([{**finding("note", "", "", ""), "severity": "critical"}])

"""The evaluations: their form, what each kind of check accepts and refuses, and (slow) that every case passes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evals import run
from evals.checks import KINDS, Outcome, run_check
from evals.own_files import PREPARATIONS
from scripts.common.errors import InputError, NotFoundError

ROOT = Path(__file__).resolve().parents[2]
SUITES = {name: json.loads((ROOT / "evals" / name / "evals.json").read_text("utf-8")) for name in run.SUITES}


@pytest.mark.parametrize(
    ("name", "skill"), [("diff", "chip-atlas-diff-analysis"), ("targets", "chip-atlas-target-genes")]
)
def test_form(name, skill):
    suite = SUITES[name]
    assert suite["skill_name"] == skill
    assert [case["id"] for case in suite["evals"]] == list(range(1, len(suite["evals"]) + 1))
    for case in suite["evals"]:
        assert all(case[key] for key in ("name", "prompt", "expected_output", "assertions", "steps", "checks"))
        assert all(check["kind"] in KINDS for check in case["checks"])
        assert all((ROOT / "evals" / name / file).is_file() for file in case["files"])
        assert case.get("prepare") in (None, *PREPARATIONS)
        compile("\n".join(case["steps"]), f"{name}/{case['id']}", "exec")


def test_a_trap_says_what_must_be_told_and_what_must_not():
    traps = [case for suite in SUITES.values() for case in suite["evals"] if case.get("trap")]
    assert len(traps) >= 15
    for case in traps:
        kinds = {check["kind"] for check in case["checks"]}
        assert kinds & {"finding", "error", "log_contains", "contains"}, case["name"]
        assert kinds & {"nowhere", "no_files", "rows", "log_contains"}, case["name"]


def test_files_of_ones_own_hold_their_truth(tmp_path):
    for name, write in PREPARATIONS.items():
        (tmp_path / name).mkdir()
        write(tmp_path / name)
    sheet = pd.read_csv(tmp_path / "global_loss" / "samples.csv")
    assert all((tmp_path / "global_loss" / name).is_file() for name in [*sheet["bigwig"], *sheet["peaks"]])
    depth = {}
    for group in ("treated", "control"):
        table = pd.read_csv(tmp_path / "global_loss" / f"{group}_1.bedgraph", sep="\t", names=list("cset"))
        depth[group] = table.loc[table["s"] % 10_000 == 9_000, "t"].to_numpy()
    assert np.mean(depth["treated"] < depth["control"] / 2) > 0.75
    every, changed = (pd.read_csv(tmp_path / "expression" / f"{name}_genes.csv") for name in ("all", "changed"))
    assert every["padj"].max() > 0.9 and changed["padj"].max() < 0.1 and len(changed) < len(every) / 2


def test_triggers_hold_the_sibling_as_a_near_miss():
    for name, sibling in (("diff", "targets"), ("targets", "diff")):
        triggers = SUITES[name]["triggers"]
        assert len(triggers["should"]) >= 4 and len(triggers["should_not"]) >= 4
        assert SUITES[sibling]["skill_name"] in [miss["instead"] for miss in triggers["should_not"]]


@pytest.fixture
def outcome(tmp_path) -> Outcome:
    (tmp_path / "t.csv").write_text("gene,q\na,0.1\nb,0.2\n")
    (tmp_path / "summary_report.md").write_text("**Samples that resemble the other group.** Look.\n")
    issue = "Samples that resemble the other group"
    findings = [{"code": "sample_swap", "severity": "major", "issue": issue}, "words of a table"]
    findings.append({"code": "untold", "severity": "note", "issue": "Not in the report"})
    (tmp_path / "analysis_object.json").write_text(json.dumps({"findings": findings}))
    told = json.dumps({"code": "not-found", "message": "No TP35.", "matches": ["TP53"]})
    return Outcome(tmp_path, "first\nsecond\n", f"a warning\n{told}\n", 1)


HOLD = [
    {"kind": "exit_status", "equals": 1},
    {"kind": "files", "names": ["t.csv"]},
    {"kind": "no_files", "names": ["u.csv"]},
    {"kind": "lines", "lines": ["first", "second"]},
    {"kind": "log_contains", "texts": ["seco"]},
    {"kind": "contains", "file": "t.csv", "texts": ["a,0.1"]},
    {"kind": "columns", "file": "t.csv", "names": ["gene", "q"]},
    {"kind": "rows", "file": "t.csv", "least": 2, "most": 2},
    {"kind": "rows", "file": "t.csv", "where": "gene == 'a' and q < 0.15", "least": 1, "most": 1},
    {"kind": "finding", "code": "sample_swap", "severity": "major"},
    {"kind": "no_finding", "codes": ["batch"]},
    {"kind": "nowhere", "texts": ["no difference"]},
    {"kind": "sorted_by", "file": "t.csv", "column": "q"},
    {"kind": "at_most", "file": "t.csv", "column": "q", "value": 0.2},
    {"kind": "at_least", "file": "t.csv", "column": "q", "value": 0.1},
    {"kind": "error", "code": "not-found", "matches": ["TP53"], "says": "TP35"},
]
FAIL = [
    ({"kind": "exit_status", "equals": 0}, "ended with 1"),
    ({"kind": "files", "names": ["u.csv"]}, "missing: u.csv"),
    ({"kind": "no_files", "names": ["t.csv"]}, "should not be: t.csv"),
    ({"kind": "lines", "lines": ["second", "first"]}, "not in this order: first"),
    ({"kind": "lines", "lines": ["fir"]}, "not printed"),
    ({"kind": "log_contains", "texts": ["third"]}, "not printed: third"),
    ({"kind": "contains", "file": "t.csv", "texts": ["c"]}, "does not say: c"),
    ({"kind": "columns", "file": "t.csv", "names": ["p"]}, "lacks p"),
    ({"kind": "rows", "file": "t.csv", "least": 3}, "2 rows, not 3 to any"),
    ({"kind": "rows", "file": "t.csv", "most": 1}, "2 rows"),
    ({"kind": "rows", "file": "u.csv"}, "u.csv is missing"),
    ({"kind": "rows", "file": "t.csv", "where": "q > 1", "least": 1}, "0 rows where q > 1, not 1 to any"),
    ({"kind": "finding", "code": "sample_swap", "severity": "minor"}, "no minor finding sample_swap, but: major"),
    ({"kind": "finding", "code": "batch", "severity": "major"}, "but: none of it"),
    ({"kind": "finding", "code": "untold", "severity": "note"}, "does not tell the finding: Not in the report"),
    ({"kind": "no_finding", "codes": ["batch", "sample_swap"]}, "should not be: sample_swap"),
    ({"kind": "nowhere", "texts": ["RESEMBLE the other"]}, "summary_report.md says: RESEMBLE the other"),
    ({"kind": "nowhere", "texts": ["second"]}, "the console says: second"),
    ({"kind": "sorted_by", "file": "t.csv", "column": "q", "descending": True}, "not sorted by q"),
    ({"kind": "at_most", "file": "t.csv", "column": "q", "value": 0.1}, "above 0.1"),
    ({"kind": "at_least", "file": "t.csv", "column": "q", "value": 0.2}, "below 0.2"),
    ({"kind": "error", "code": "input"}, "not 'input'"),
    ({"kind": "error", "code": "not-found", "matches": ["MYC"]}, "not among the matches: MYC"),
    ({"kind": "error", "code": "not-found", "says": "MYC"}, "does not say: MYC"),
]


@pytest.mark.parametrize("check", HOLD, ids=lambda check: check["kind"])
def test_a_check_holds(check, outcome):
    assert run_check(check, outcome) == ""


@pytest.mark.parametrize(("check", "reason"), FAIL)
def test_a_check_fails_with_its_reason(check, reason, outcome):
    assert reason in run_check(check, outcome)


def test_every_kind_is_tried_both_ways():
    assert {check["kind"] for check in HOLD} == {check["kind"] for check, _ in FAIL} == set(KINDS)


def test_an_error_that_is_no_json(tmp_path):
    assert "no error as JSON" in run_check({"kind": "error", "code": "input"}, Outcome(tmp_path, "", "Traceback"))


def test_an_unknown_kind_is_refused(outcome):
    with pytest.raises(InputError, match="its kind is one of: exit_status"):
        run_check({"kind": "vibes"}, outcome)


def test_what_an_agent_left_behind_can_be_checked(tmp_path, capsys):
    arguments = ["--case", "targets/1", "--folder", str(tmp_path)]
    assert run.main(arguments) == 1
    assert "missing: summary_report.md" in capsys.readouterr().out
    with pytest.raises(NotFoundError, match="There are: diff/1"):
        run.main(["--case", "diff/99", "--folder", str(tmp_path)])


def test_a_case_that_fails_is_told_in_the_table(atlas, tmp_path, capsys):
    case = SUITES["targets"]["evals"][6]
    assert run.failures(case, run.run_case("targets/7", case, tmp_path, atlas.environment)) == []
    wrong = case | {"checks": [{"kind": "exit_status", "equals": 0}]}
    found = run.failures(wrong, run.run_case("targets/7", wrong, tmp_path, atlas.environment))
    assert run.report({"targets/7": wrong}, {"targets/7": found}) == 1
    assert "✗ targets/7   0/1  lower case\n    ended with 1, not 0" in capsys.readouterr().out


@pytest.mark.slow
def test_every_case_passes():
    assert run.run_all_cases() == 0

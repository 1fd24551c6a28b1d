"""What SKILL.md tells an agent about errors, triggering and asking is what the code and the specification say."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from scripts.common import errors

ROOT = Path(__file__).resolve().parents[2]
TEXTS = {name: (ROOT / f"SKILL_{name}" / "SKILL.md").read_text("utf-8") for name in ("diff", "targets")}
KINDS = {
    kind.code: kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, errors.ChipAtlasError) and kind is not errors.ChipAtlasError
}
#: Errors of a job that is submitted, and of what only a table of genes can lack.
NOT_HERE = {
    "diff": {"no-data", "nothing-left", "some-failed"},
    "targets": {"too-few", "refused", "submission-unclear", "job-timeout", "job-lost", "job-failed"},
}


@pytest.mark.parametrize("skill", TEXTS)
def test_the_table_of_errors_is_that_of_the_code(skill):
    rows = re.findall(r"^\| `([a-z-]+)` \| `(\w+Error)` \| (.+) \|$", TEXTS[skill], flags=re.MULTILINE)
    assert {code for code, *_ in rows} == set(KINDS) - NOT_HERE[skill]
    for code, name, action in rows:
        assert (KINDS[code].__name__, KINDS[code].next_action) == (name, action)


@pytest.mark.parametrize(
    ("skill", "other"), [("diff", "chip-atlas-target-genes"), ("targets", "chip-atlas-diff-analysis")]
)
def test_the_description_says_when_and_excludes_the_sibling(skill, other):
    description = " ".join(TEXTS[skill].split("description: >-")[1].split("\nlicense:")[0].split())
    assert "Use when the user asks" in description
    assert other in description.split("Not for")[1]


def test_questions_come_in_order_and_examples_end_them():
    diff = TEXTS["diff"].split("## Before you start")[1].split("\n## ")[0]
    assert diff.index("Experiments (ask this first)") < diff.index("ask nothing more") < diff.index("2. **Parameters")
    targets = TEXTS["targets"].split("## Before you start")[1].split("\n## ")[0]
    assert targets.index("always ask this first") < targets.index("ask nothing more") < targets.index("2. **Parameters")


@pytest.mark.parametrize("skill", TEXTS)
def test_it_installs_from_files_that_are_there(skill):
    for name in re.findall(r"pip install -r (\S+?)[`\s)]", TEXTS[skill]):
        assert (ROOT / f"SKILL_{skill}" / name).is_file()

"""Errors as JSON: which processes speak it, and what it says."""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.common import error_report, errors

ROOT = Path(__file__).resolve().parents[2]
CLASSES = [
    item
    for _, item in inspect.getmembers(errors, inspect.isclass)
    if issubclass(item, errors.ChipAtlasError) and item is not errors.ChipAtlasError
]


@pytest.mark.parametrize("kind", [errors.ChipAtlasError, *CLASSES], ids=lambda kind: kind.__name__)
def test_each_class_has_a_code_and_one_sentence_of_its_own(kind):
    assert {"code", "next_action"} <= set(vars(kind))
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.code)
    assert kind.next_action.endswith(".") and "\n" not in kind.next_action
    assert ". " not in kind.next_action


def test_codes_are_unique():
    assert len({kind.code for kind in CLASSES}) == len(CLASSES)


def test_a_class_elsewhere_has_its_parents_code():
    class OfAPlugin(errors.ServiceUnavailableError):
        pass

    assert OfAPlugin.code == "service-unavailable"


def test_as_dict_tells_what_there_is():
    assert error_report.as_dict(errors.InputError("No.")) == {
        "code": "input",
        "type": "InputError",
        "message": "No.",
        "next_action": errors.InputError.next_action,
    }
    assert error_report.as_dict(errors.NotFoundError("No TP35.", ["TP53"]))["matches"] == ["TP53"]
    assert error_report.as_dict(errors.JobTimeoutError("Late.", "wabi_1"))["request_id"] == "wabi_1"
    some = errors.SomeFailedError("1 of 2.", {"A": 1}, {"B": errors.NoDataError("None."), "C": ValueError("x")})
    assert error_report.as_dict(some)["failures"] == {"B": error_report.as_dict(errors.NoDataError("None."))}


def run(code: str, *options: str, wanted: str = "1") -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"CHIPATLAS_JSON": wanted}
    command = [sys.executable, *options, code]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


FAILING = "from scripts.diff import run_all; run_all('tp53_molm13')"


def test_a_one_liner_ends_with_one_json_line():
    done = run(FAILING, "-c")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    told = json.loads(done.stderr)
    assert (told["code"], told["matches"]) == ("not-found", ["tp53_molm13_vs_k562"])


def test_a_script_ends_with_one_json_line(tmp_path):
    script = tmp_path / "steps.py"
    script.write_text(f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{FAILING}\n")
    assert json.loads(run(str(script)).stderr)["code"] == "not-found"


def test_a_command_ends_with_one_json_line(tmp_path):
    (tmp_path / "file").write_text("")
    done = run(str(tmp_path / "file" / "x"), "-m", "scripts", "install-skills")
    assert (done.returncode, json.loads(done.stderr)["code"]) == (errors.OutputError.exit_status, "output")


@pytest.mark.parametrize("wanted", ["", "0"])
def test_unasked_a_traceback_comes(wanted):
    done = run(FAILING, "-c", wanted=wanted)
    assert done.stderr.startswith("Traceback")
    assert "NotFoundError: Unknown example 'tp53_molm13'" in done.stderr


def test_other_errors_keep_their_traceback():
    assert "ZeroDivisionError" in run("import scripts; 1 / 0", "-c").stderr


def test_errors_that_are_caught_are_not_told():
    done = run(f"import scripts.common.errors as e\ntry:\n    {FAILING}\nexcept e.InputError: print('caught')", "-c")
    assert (done.returncode, done.stdout.splitlines()[-1], done.stderr) == (0, "caught", "")


def test_a_hook_that_was_there_still_gets_the_others():
    done = run("import sys\nsys.excepthook = lambda *a: print('mine')\nimport scripts\n1 / 0", "-c")
    assert done.stdout == "mine\n"


@pytest.mark.parametrize("place", ["builtins.__IPYTHON__ = True", "sys.ps1 = '>>> '"])
def test_notebooks_and_prompts_are_left_alone(place):
    assert run(f"import builtins, sys\n{place}\n{FAILING}", "-c").stderr.startswith("Traceback")

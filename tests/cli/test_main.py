"""The command: its help, its answers, how it ends."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from scripts.__main__ import main
from scripts.cli.answer import STATUSES
from scripts.cli.main import COMMANDS, chip_atlas, tell_interrupted
from scripts.cli.results import verify
from scripts.common import errors
from tests.installed import ROOT, as_installed

GROUPS = ("SRX4099758,SRX4099759", "SRX3481056 SRX3481057")


def test_help_names_every_command_and_status(capsys):
    assert main(["--help"]) == 0
    printed = capsys.readouterr().out
    assert all(re.search(rf"^  {name} ", printed, re.MULTILINE) for name in COMMANDS)
    assert all(re.search(rf"^  {status} ", printed, re.MULTILINE) for status in STATUSES)


def test_alone_it_says_in_six_lines_what_one_can_do(capsys):
    assert main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6 and all(line.startswith("python -m scripts ") for line in lines)
    named = [line.removeprefix("python -m scripts ").split()[0] for line in lines]
    assert named[:5] == ["demo", "find", "diff", "targets", "doctor"] and set(named[:5]) <= set(COMMANDS)
    for line in lines[1:4]:  # what is shown can be typed
        typed = line.removeprefix("python -m scripts ").split("  ")[0].split()
        assert chip_atlas.get_command(click.Context(chip_atlas), typed[0]).make_context(typed[0], typed[1:])


@pytest.mark.parametrize("arguments", [["verify"], ["atlas", "build"], ["background", "build"], ["catalogue", "build"]])
def test_every_command_can_be_quiet(arguments, capsys):
    assert main([*arguments, "--help"]) == 0
    assert "-q, --quiet" in capsys.readouterr().out


def test_quiet_is_of_one_command(monkeypatch, capsys):
    monkeypatch.delenv("CHIPATLAS_QUIET", raising=False)
    seen = []
    monkeypatch.setattr(verify.command, "callback", lambda **_: seen.append(os.environ.get("CHIPATLAS_QUIET")))
    assert main(["verify", "x", "--quiet"]) == main(["verify", "x"]) == 0
    assert seen == ["1", None] and "CHIPATLAS_QUIET" not in os.environ


def interrupted(**_: object) -> None:
    raise KeyboardInterrupt


def test_an_interrupted_command_says_how_to_go_on(monkeypatch, capsys):
    monkeypatch.setattr(verify.command, "callback", interrupted)
    assert main(["verify", "my folder"]) == 130
    out, err = capsys.readouterr()
    assert out == "" and err.endswith("To go on, run:\n  python -m scripts verify 'my folder'\n")
    assert main(["verify", "x", "--json"]) == 130
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == "interrupted"
    assert error["next_action"] == "To go on, run: python -m scripts verify x --json"


def test_what_would_submit_a_second_job_is_not_told_again(capsys):
    tell_interrupted(["diff", "a.txt", "b.txt", "--no-resume", "--out", "x\x1b[31m"])
    assert capsys.readouterr().err.endswith("diff a.txt b.txt --out 'x\\x1b[31m'\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_its_help(name, capsys):
    assert main([name, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"Usage: python -m scripts {name} ")


def test_every_error_has_a_status_that_is_told():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert {kind.exit_status for kind in kinds} <= set(STATUSES) - {0, 2}


def test_help_imports_no_library_that_takes_long():
    code = (
        "import sys\nfrom scripts.__main__ import main\nmain(['--help'])\n"
        "sys.exit(any(name in sys.modules for name in ('numpy', 'pandas', 'requests', 'scipy', 'matplotlib')))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False).returncode == 0


def test_diff_answers_in_json(atlas, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["diff", *GROUPS, "--out", str(out), "--annotation", "none", "--json"]) == 0
    captured = capsys.readouterr()
    answer = json.loads(captured.out)
    assert answer["ok"] and answer["simulated"] and answer["asked"] == "group_A vs group_B, hg38"
    assert {"diff_regions_all.csv", "report.html", "volcano_plot.png"} <= set(answer["files"])
    assert all(item["code"] for item in answer["findings"])
    assert "✓ Diff analysis completed successfully!" in captured.err
    assert main(["verify", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
    (out / "summary_report.md").write_text("changed")
    assert main(["verify", str(out), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["changed"] == ["summary_report.md"]


@pytest.mark.slow
def test_targets_takes_one_factor_or_several(atlas, tmp_path, capsys):
    assert main(["targets", "TP53", "--top-n", "all", "--out", str(tmp_path / "one"), "--json"]) == 0
    one = json.loads(capsys.readouterr().out)
    assert one["parameters"]["top_n"] is None and len(one["top_genes"]) == 25
    given = ["targets", "E2F1", "MYC", "--top-n", "20", "--cell-types", "K-562", "--cell-types", "Hep G2"]
    assert main([*given, "--out", str(tmp_path / "two"), "--json"]) == 0
    factors = json.loads(capsys.readouterr().out)["factors"]
    assert list(factors) == ["E2F1", "MYC"]
    assert factors["MYC"]["parameters"]["cell_types"] == ["K-562", "Hep G2"]
    assert (tmp_path / "two" / "MYC" / "report.html").is_file()


@pytest.mark.slow
def test_of_several_factors_those_that_are_done_are_told(atlas, tmp_path, capsys):
    assert main(["targets", "MYC", "NOSUCH", "--out", str(tmp_path), "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert not answer["ok"] and list(answer["factors"]) == ["MYC"]
    assert answer["error"]["failures"]["NOSUCH"]["code"] == "not-found"


@pytest.mark.slow
def test_what_is_not_typed_has_the_functions_own_default(atlas, tmp_path, capsys):
    """An example brings its assembly: the option's default must not overrule it."""
    arguments = ["diff", "official_ce11_diffbind", "--out", str(tmp_path / "out"), "--annotation", "none"]
    assert main([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["parameters"]["genome"] == "ce11"


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["nothing"], 2),
        (["diff"], 2),
        (["diff", "a", "b", "c"], 2),
        (["diff", "SRX1,SRX2", "SRX3,SRX4", "--engine", "other"], 2),
        (["diff", "SRX1,SRX2", "SRX2,SRX3"], errors.InputError.exit_status),
        (["targets", "tp53"], errors.InputError.exit_status),
        (["targets", "TP53", "--genome", "hg99"], errors.NotFoundError.exit_status),
        (["verify", "nowhere"], errors.NotFoundError.exit_status),
    ],
)
def test_how_it_ends(arguments, status, capsys):
    assert main(arguments) == status
    assert capsys.readouterr().err
    assert main([*arguments, "--json"]) == status
    assert json.loads(capsys.readouterr().out)["error"]["code"] in ("usage", "input", "not-found")


def test_a_service_that_is_down_has_a_status_of_its_own(monkeypatch, tmp_path):
    monkeypatch.setenv("CHIPATLAS_DATA_URL", "http://127.0.0.1:9/data")
    status = main(["targets", "TP53", "--out", str(tmp_path)])
    assert status == errors.ServiceUnavailableError.exit_status


def test_completion_knows_the_commands():
    environment = os.environ | {
        "_CHIP_ATLAS_COMPLETE": "bash_complete", "COMP_WORDS": "chip-atlas d", "COMP_CWORD": "1",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "scripts"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert {line.partition(",")[2] for line in done.stdout.splitlines()} == {"diff", "doctor", "demo"}


def test_without_click_the_doctor_still_speaks():
    code = "import sys\nsys.modules['click'] = None\nfrom scripts.__main__ import main\nsys.exit(main(sys.argv[1:]))"

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", code, *arguments]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert "Dependencies" in run("doctor", "--offline").stdout
    refused = run("diff", "a", "b")
    assert refused.returncode == errors.MissingExtraError.exit_status and "needs click" in refused.stderr


@pytest.mark.parametrize("first", ["scripts", "chipatlas_skills"])
def test_two_names_in_one_process_are_refused(first, tmp_path):
    second = {"scripts": "chipatlas_skills", "chipatlas_skills": "scripts"}[first]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), as_installed(tmp_path)])}
    done = subprocess.run(
        [sys.executable, "-c", f"import {first}.diff\nimport {second}"],
        env=environment, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert f"ImportError: ChIP-Atlas Skills is imported as {first!r} already" in done.stderr


def test_a_package_of_the_users_own_called_scripts_is_no_matter(tmp_path):
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "__init__.py").touch()
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), as_installed(tmp_path)])}
    code = "import scripts, chipatlas_skills.diff"
    assert subprocess.run([sys.executable, "-c", code], env=environment, cwd=tmp_path, check=False).returncode == 0


def test_texts_name_the_command_that_is_there(tmp_path):
    code = "import {0}.common.errors as e; print(e.ServiceUnavailableError.next_action)"
    said = {}
    for name, place in (("scripts", str(ROOT)), ("chipatlas_skills", as_installed(tmp_path))):
        done = subprocess.run(
            [sys.executable, "-c", code.format(name)],
            env=os.environ | {"PYTHONPATH": place}, cwd=tmp_path, capture_output=True, text=True, check=True,
        )  # fmt: skip
        said[name] = done.stdout
    assert "`python -m scripts doctor`" in said["scripts"]
    assert "`chip-atlas doctor`" in said["chipatlas_skills"]


def test_the_four_steps_run_under_the_installed_name(atlas, tmp_path):
    from scripts.cli.demo import TARGET_STEPS

    steps = TARGET_STEPS.format(example="e2f1", folder=tmp_path / "out").replace(
        "from scripts.", "from chipatlas_skills."
    )
    environment = os.environ | atlas.environment | {"PYTHONPATH": as_installed(tmp_path)}
    subprocess.run([sys.executable, "-c", steps], env=environment, cwd=tmp_path, capture_output=True, check=True)
    assert Path(tmp_path / "out" / "report.html").is_file()

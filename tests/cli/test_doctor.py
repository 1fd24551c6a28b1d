from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from scripts.__main__ import main
from scripts.cli.doctor import dependencies, machine, services
from scripts.cli.doctor.check import Check
from scripts.cli.doctor.render import as_json, as_text, exit_status
from scripts.common.requirements import ATLAS, EXCEL, GENE_SETS, MCP, OFFLINE

ROOT = Path(__file__).resolve().parents[2]


def checks_of(output: str) -> dict[str, dict]:
    def refuse(word: str) -> None:
        raise ValueError(f"{word} is no JSON")

    return {check["name"]: check for check in json.loads(output, parse_constant=refuse)["checks"]}


def test_everything_works_on_the_embedded_service(atlas, capsys):
    assert main(["doctor"]) == 0
    text = capsys.readouterr().out
    assert "*** SIMULATED" in text
    assert text.count(", SIMULATED)") == 9
    assert text.splitlines()[-1] == "✓ Everything that is needed works"
    assert len(atlas.requests) == 9


def test_json_is_one_strict_object(atlas, capsys):
    assert main(["doctor", "--json"]) == 0
    output = capsys.readouterr().out
    report = json.loads(output)
    assert report["ok"] is report["simulated"] is True
    checks = checks_of(output)
    assert checks["Diff Analysis"]["data"]["healthy"] is True
    assert 0 <= checks["UCSC"]["data"]["seconds"] < 30
    assert checks["cache"]["data"]["max_bytes"] == 5e9


def test_offline_asks_nobody(atlas, capsys):
    assert main(["doctor", "--offline"]) == 0
    assert not atlas.requests
    assert "the services were not asked" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("variable", "name"),
    [(service.variable, service.name) for service in services.SERVICES],
)
def test_a_service_that_is_down_fails(variable, name, atlas, monkeypatch, capsys):
    monkeypatch.setenv(variable, "http://127.0.0.1:9")
    assert main(["doctor", "--json"]) == 1
    output = capsys.readouterr().out
    checks = checks_of(output)
    assert [check for check, found in checks.items() if found["status"] == "fail"] == [name]
    assert checks[name]["data"]["reachable"] is False
    assert variable in checks[name]["remedy"]


def test_a_page_of_maintenance_is_not_healthy(atlas, monkeypatch, capsys):
    from flask import Response

    atlas.faults.append(lambda request: Response("<html>Maintenance</html>", status=200))
    assert main(["doctor", "--json"]) == 1
    checks = checks_of(capsys.readouterr().out)
    assert checks["Diff Analysis"]["data"] | {"seconds": 0} == {
        "url": f"{atlas.url}/wabi/chipatlas/",
        "variable": "CHIPATLAS_WABI_URL",
        "needed_for": "differential regions",
        "reachable": True,
        "healthy": False,
        "seconds": 0,
        "simulated": True,
        "status": 200,
    }
    assert "Maintenance" in checks["UCSC"]["detail"]


def test_the_site_is_well_in_either_dialect(either_atlas):
    site = next(service for service in services.SERVICES if service.name == "site")
    assert services.ask(site).status == "ok"


def test_an_address_that_is_none_is_told(atlas, monkeypatch, capsys):
    monkeypatch.setenv("UCSC_API_URL", "ftp://x")
    assert main(["doctor"]) == 1
    assert "UCSC_API_URL is 'ftp://x'" in capsys.readouterr().out


def test_a_slow_answer_is_a_remark():
    data = {"url": "http://x/y?z", "seconds": 7.3, "simulated": False}
    check = services.judge(services.SERVICES[0], data)
    assert (check.status, check.detail) == ("note", "http://x/y (7.3 s, slow)")


def test_old_python():
    assert machine.python_check((3, 9, 1)).status == "fail"
    assert machine.python_check((3, 10, 0)).status == "ok"


@pytest.mark.parametrize(
    ("version", "path", "status"),
    [
        ("0.12.4", dependencies.CORE, "ok"),
        ("0.13.0", dependencies.CORE, "fail"),
        (None, dependencies.CORE, "fail"),
        (None, OFFLINE, "note"),
        ("0.13.0", OFFLINE, "note"),
    ],
)
def test_a_package_is_judged_by_version_and_need(version, path, status):
    check = dependencies.package_check("plotnine>=0.12.4,<0.13", version, path)
    assert check.status == status
    assert check.remedy.endswith("pip install 'plotnine>=0.12.4,<0.13'") is (status != "ok")


@pytest.mark.parametrize(
    ("requirement", "name"), [("tqdm", "tqdm"), ("a-b>=1", "a-b"), ("x==2; python_version<'4'", "x"), ("y[z]~=1", "y")]
)
def test_names_of_requirements(requirement, name):
    assert dependencies.package_name(requirement) == name


def test_conflicts_are_found_down_the_tree(monkeypatch):
    needs = {"a": ["b>=2", "c; extra == 'more'"], "b": ["d>1", "missing"], "d": []}
    versions = {"a": "1", "b": "1.5", "d": "1"}
    monkeypatch.setattr(dependencies, "installed_version", versions.get)
    monkeypatch.setattr(dependencies.metadata, "requires", needs.get)
    assert sorted(dependencies.find_conflicts(["a"])) == [
        "a needs b>=2, 1.5 is installed",
        "b needs d>1, 1 is installed",
        "b needs missing, which is not installed",
    ]
    assert dependencies.conflict_check(["a"]).status == "fail"


def test_cache_is_described(monkeypatch, tmp_path):
    monkeypatch.setenv("CHIPATLAS_CACHE_DIR", str(tmp_path / "not yet"))
    empty = machine.cache_check([])
    assert (empty.status, empty.data["files"]) == ("ok", 0)
    assert not (tmp_path / "not yet").exists()
    (tmp_path / "x.body").write_bytes(b"12345")
    monkeypatch.setenv("CHIPATLAS_CACHE_DIR", str(tmp_path))
    assert machine.cache_check([]).data["bytes"] == 5


def test_a_cache_that_cannot_be_used(monkeypatch):
    monkeypatch.setenv("CHIPATLAS_CACHE_DIR", "/dev/null/x")
    assert machine.cache_check([]).status == "note"
    monkeypatch.setenv("CHIPATLAS_CACHE_MAX_GB", "much")
    assert machine.cache_check([]).status == "fail"


def test_status_and_rendering():
    checks = [Check("a", "python", "ok", "fine"), Check("b", "files", "note", "so-so", "wait")]
    assert exit_status(checks) == 0
    checks.append(Check("c", "files", "fail", "two\nlines", "mend"))
    assert exit_status(checks) == 1
    assert "✗ c  two lines\n       → mend" in as_text(checks)
    assert as_text(checks).endswith("✗ 1 check failed: c")
    assert "SIMULATED" not in as_text(checks)
    with pytest.raises(ValueError, match="JSON"):
        as_json([Check("a", "python", "ok", "", data={"seconds": float("nan")})])


def test_it_runs_where_nothing_is_installed(tmp_path):
    venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
    python = next((tmp_path / "bare").glob("*/python"))
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        [python, "-m", "scripts", "doctor", "--json"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    checks = checks_of(done.stdout)
    assert checks["pandas"]["detail"] == "not installed"
    assert checks["Diff Analysis"]["status"] == "fail"
    assert checks["pysam"]["status"] == "note"


def test_requirements_are_those_of_the_project():
    text = (ROOT / "pyproject.toml").read_text("utf-8")

    def listed(head: str) -> list[str]:
        block = text.split(f"\n{head} = [")[1].split("\n]")[0]
        return [line.split('"')[1] for line in block.splitlines() if line.strip().startswith('"')]

    assert dependencies.read_requirements(dependencies.CORE) == listed("dependencies")
    extras = [item for item in listed("local") + listed("emulator") if not item.startswith("chip-atlas-skills")]
    assert dependencies.read_requirements(OFFLINE) == extras
    assert dependencies.read_requirements(ATLAS) == listed("atlas")
    assert dependencies.read_requirements(EXCEL) == listed("excel")
    assert dependencies.read_requirements(GENE_SETS) == listed("genesets")
    assert dependencies.read_requirements(MCP) == listed("mcp")


def test_the_command_has_its_exit_status(atlas):
    environment = os.environ | atlas.environment
    command = [sys.executable, "-m", "scripts", "doctor", "--offline"]
    assert subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False).returncode == 0

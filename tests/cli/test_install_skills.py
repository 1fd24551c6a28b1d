"""The folders that `install-skills` writes: whole, valid, and able to run alone."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import __version__
from scripts.cli import demo, install_skills
from scripts.common.errors import InputError, OutputError

ROOT = Path(__file__).resolve().parents[2]
STEPS = {
    "chip-atlas-diff-analysis": (demo.DIFF_STEPS, "official_ce11_diffbind", "diff_analysis_results"),
    "chip-atlas-target-genes": (demo.TARGET_STEPS, "e2f1", "target_genes_results"),
}
VERIFIED = ["✓ All visualizations generated successfully!", "=== Export Complete ==="]


@pytest.fixture(scope="module")
def skills(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("skills")
    install_skills.install_skills(folder)
    return folder


def alone(code: str, folder: Path, tmp_path: Path, atlas) -> subprocess.CompletedProcess[str]:
    """Run code from inside a folder, the repository out of reach, with a home that nothing can be written to."""
    (tmp_path / "home").touch()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "XDG", "CHIPATLAS"))}
    environment = kept | atlas.environment | {"HOME": str(tmp_path / "home"), "PYTHONNOUSERSITE": "1"}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", STEPS)
def test_the_four_steps_run_from_inside(name, skills, atlas, tmp_path):
    steps, example, output = STEPS[name]
    where = (
        "\nimport sys\nfrom pathlib import Path\n"
        "here = Path.cwd()\n"
        "own = [module for name, module in sys.modules.items() if name.partition('.')[0] == 'scripts']\n"
        "files = [Path(module.__file__) for module in own if getattr(module, '__file__', None)]\n"
        "print(len(files) > 30 and all(here in file.parents for file in files))\n"
    )
    results = tmp_path / output
    done = alone(steps.format(example=example, folder=results) + where, skills / name, tmp_path, atlas)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line for line in lines if line in VERIFIED] == VERIFIED
    assert lines[-1] == "True"
    assert (results / "SIMULATED.txt").is_file()
    # Running it writes nothing into the skill but what Python compiles.
    manifest = json.loads((skills / name / install_skills.MANIFEST).read_text("utf-8"))
    there = {path.relative_to(skills / name).as_posix() for path in (skills / name).rglob("*") if path.is_file()}
    assert {path for path in there if "__pycache__" not in path} == {*manifest["files"], install_skills.MANIFEST}


@pytest.mark.parametrize("name", STEPS)
def test_it_stands_alone(name, skills):
    folder = skills / name
    assert not [path for path in folder.rglob("*") if path.is_symlink()]
    assert {"SKILL.md", "skill.meta.json", "requirements.txt", "LICENSE.txt", "scripts", "references"} <= {
        path.name for path in folder.iterdir()
    }
    assert json.loads((folder / "skill.meta.json").read_text("utf-8"))["name"] == name
    assert not (folder / "scripts" / "skill_files").exists()
    text = (folder / "SKILL.md").read_text("utf-8")
    for target in re.findall(r"\]\(([^)#]+)", text):
        assert target.startswith("https://") or (folder / target).is_file(), target


@pytest.mark.parametrize("name", STEPS)
def test_it_is_within_the_agent_skills_specification(name, skills):
    head, body = (skills / name / "SKILL.md").read_text("utf-8").split("\n---\n", 1)
    fields = re.findall(r"^([a-z-]+):", head, flags=re.MULTILINE)
    assert set(fields) <= {"name", "description", "license", "compatibility", "metadata", "allowed-tools"}
    assert f"\nname: {name}\n" in head
    assert not re.search(r"<[a-zA-Z/][^>]*>", head)
    assert len(body.splitlines()) < 500
    assert all(target.count("/") <= 1 for target in re.findall(r"\]\(([^)#:]+)\)", body))


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.skipif(importlib.util.find_spec("skills_ref") is None, reason="skills-ref needs Python 3.11")
def test_the_reference_validator_finds_nothing(name, skills):
    from skills_ref import validate

    assert validate(skills / name) == []


def test_the_plugin_names_both(skills):
    folder = skills / ".claude-plugin"
    plugin = json.loads((folder / "plugin.json").read_text("utf-8"))
    assert plugin["version"] == __version__
    assert all((skills / path / "SKILL.md").is_file() for path in plugin["skills"])
    assert len(plugin["skills"]) == 2
    marketplace = json.loads((folder / "marketplace.json").read_text("utf-8"))
    (offered,) = marketplace["plugins"]
    assert (offered["name"], offered["source"]) == (plugin["name"], "./")
    assert marketplace["owner"]["name"]


def test_an_older_install_is_replaced_as_a_whole(tmp_path, monkeypatch):
    name = "chip-atlas-target-genes"
    monkeypatch.setattr(install_skills, "SKILLS", {name: "targets"})
    contents = install_skills.skill_contents
    older = {"SKILL.md": b"old", "scripts/gone.py": b""}
    monkeypatch.setattr(install_skills, "skill_contents", lambda part: older)
    install_skills.install_skills(tmp_path)
    (tmp_path / name / "scripts" / "__pycache__").mkdir()
    (tmp_path / name / "scripts" / "__pycache__" / "gone.cpython-311.pyc").touch()
    monkeypatch.setattr(install_skills, "skill_contents", contents)
    install_skills.install_skills(tmp_path)
    assert not (tmp_path / name / "scripts" / "gone.py").exists()
    assert (tmp_path / name / "SKILL.md").read_bytes() != b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == [".claude-plugin", name]


def test_results_inside_stay_and_the_skill_is_updated(tmp_path, monkeypatch):
    name = "chip-atlas-target-genes"
    monkeypatch.setattr(install_skills, "SKILLS", {name: "targets"})
    older = {"SKILL.md": b"old", "scripts/gone.py": b"", "scripts/old/only.py": b""}
    newer = {"SKILL.md": b"new", "scripts/a.py": b"", "references/new.md": b"new"}
    monkeypatch.setattr(install_skills, "skill_contents", lambda part: older)
    install_skills.install_skills(tmp_path)
    mine = {"diff_analysis_results/report.html": "my report", "scripts/mine.py": "my code", "notes.txt": "mine"}
    for path, text in mine.items():
        (tmp_path / name / path).parent.mkdir(exist_ok=True)
        (tmp_path / name / path).write_text(text)
    (tmp_path / name / "SKILL.md").chmod(0o600)
    monkeypatch.setattr(install_skills, "skill_contents", lambda part: newer)
    for _ in range(2):
        install_skills.install_skills(tmp_path)
        there = {
            path.relative_to(tmp_path / name).as_posix() for path in (tmp_path / name).rglob("*") if path.is_file()
        }
        assert there == {*mine, *newer, install_skills.MANIFEST}
        assert {path: (tmp_path / name / path).read_text() for path in mine} == mine
        assert (tmp_path / name / "SKILL.md").read_bytes() == b"new"
    assert not (tmp_path / name / "scripts" / "old").exists()


@pytest.mark.parametrize("writes", range(1, 6))
def test_an_update_that_is_broken_off_is_known_again(writes, tmp_path, monkeypatch):
    name = "chip-atlas-target-genes"
    monkeypatch.setattr(install_skills, "SKILLS", {name: "targets"})
    versions = [{f"{part}.md": f"{number} {part}".encode() for part in "abc"} for number in range(3)]
    monkeypatch.setattr(install_skills, "skill_contents", lambda part: versions[0])
    install_skills.install_skills(tmp_path)
    (tmp_path / name / "mine.csv").write_text("mine")
    write = install_skills.write_bytes
    for version in versions[1:]:
        left = writes

        def broken(path, content):
            nonlocal left
            left -= 1
            if left < 0:
                raise KeyboardInterrupt
            return write(path, content)

        monkeypatch.setattr(install_skills, "skill_contents", lambda part, version=version: version)
        monkeypatch.setattr(install_skills, "write_bytes", broken)
        with contextlib.suppress(KeyboardInterrupt):
            install_skills.install_skills(tmp_path)
    monkeypatch.setattr(install_skills, "write_bytes", write)
    install_skills.install_skills(tmp_path)
    assert {path: (tmp_path / name / path).read_bytes() for path in versions[2]} == versions[2]
    assert (tmp_path / name / "mine.csv").read_text() == "mine"
    assert "before" not in json.loads((tmp_path / name / install_skills.MANIFEST).read_text())


def break_by_an_own_file_in_the_place_of_a_new_one(folder: Path) -> str:
    manifest = json.loads((folder / install_skills.MANIFEST).read_text())
    del manifest["files"]["scripts/a.py"]
    (folder / install_skills.MANIFEST).write_text(json.dumps(manifest))
    (folder / "scripts" / "a.py").write_text("mine")
    return "scripts/a.py"


def break_by_a_link(folder: Path) -> str:
    elsewhere = folder.parent / "elsewhere"
    (folder / "scripts").rename(elsewhere)
    (folder / "scripts").symlink_to(elsewhere)
    return "scripts/a.py"


def break_by_an_edit(folder: Path) -> str:
    (folder / "SKILL.md").write_text("mine")
    return "SKILL.md"


def break_by_no_manifest(folder: Path) -> str:
    (folder / install_skills.MANIFEST).unlink()
    return "SKILL.md"


def break_by_a_bad_manifest(folder: Path) -> str:
    (folder / install_skills.MANIFEST).write_text("[]")
    return "SKILL.md"


@pytest.mark.parametrize(
    "damage",
    [
        break_by_an_own_file_in_the_place_of_a_new_one,
        break_by_a_link,
        break_by_an_edit,
        break_by_no_manifest,
        break_by_a_bad_manifest,
    ],
)
def test_other_peoples_files_are_never_replaced(damage, tmp_path, monkeypatch):
    monkeypatch.setattr(install_skills, "skill_contents", lambda part: {"SKILL.md": b"new", "scripts/a.py": b""})
    install_skills.install_skills(tmp_path)
    name = damage(tmp_path / "chip-atlas-target-genes")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    with pytest.raises(OutputError, match=f"(?s)chip-atlas-target-genes holds .*{name}.*Nothing was written"):
        install_skills.install_skills(tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_a_link_or_a_file_in_the_way_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "chip-atlas-diff-analysis").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match="no plain folder"):
        install_skills.install_skills(tmp_path)


def test_an_installed_skill_cannot_install(skills, atlas, tmp_path):
    code = f"from scripts.cli.install_skills import install_skills; install_skills({str(tmp_path / 'x')!r})"
    done = alone(code, skills / "chip-atlas-diff-analysis", tmp_path, atlas)
    assert "InputError" in done.stderr and "part of an installed skill" in done.stderr
    assert not (tmp_path / "x").exists()


def test_refusal_without_sources(monkeypatch, tmp_path):
    monkeypatch.setattr(install_skills, "SKILL_FILES", tmp_path / "none")
    with pytest.raises(InputError, match="part of an installed skill"):
        install_skills.install_skills(tmp_path)


def test_the_sources_are_the_folders_at_the_top():
    for part in ("diff", "targets"):
        for name in ("SKILL.md", "skill.meta.json"):
            assert (install_skills.SKILL_FILES / part / name).resolve() == ROOT / f"SKILL_{part}" / name
    assert (install_skills.SKILL_FILES / "references").resolve() == ROOT / "references"

"""A wheel holds everything that the commands need."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.cli import install_skills
from scripts.cli.doctor.dependencies import installed_version

ROOT = Path(__file__).resolve().parents[2]
#: As in pyproject.toml.
OLDEST_SETUPTOOLS = 77
BUILT_FROM = (
    "LICENSE",
    "README.md",
    "SKILL_diff",
    "SKILL_targets",
    "pyproject.toml",
    "references",
    "scripts",
    "setup.py",
)


def pip(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments, "--no-deps", "--no-index"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_skills_are_installed_from_a_wheel(tmp_path):
    versions = {name: installed_version(name) or "0" for name in ("pip", "setuptools")}
    if int(versions["setuptools"].partition(".")[0]) < OLDEST_SETUPTOOLS or versions["pip"] == "0":
        pytest.skip(f"pip and setuptools {OLDEST_SETUPTOOLS} are needed; here are {versions}")
    source = tmp_path / "source"
    source.mkdir()
    for name in BUILT_FROM:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        options = {"symlinks": True, "ignore": shutil.ignore_patterns("__pycache__")} if (ROOT / name).is_dir() else {}
        copy(ROOT / name, source / name, **options)
    built = pip("wheel", "--no-build-isolation", "--wheel-dir", str(tmp_path), str(source))
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    assert pip("install", "--target", str(tmp_path / "site"), str(wheel)).returncode == 0
    names = {path.name for path in (tmp_path / "site").iterdir()}
    assert "chipatlas_skills" in names and "scripts" not in names
    assert (tmp_path / "site" / "bin" / "chip-atlas").is_file()
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "site")}
    for arguments in (["install-skills", str(tmp_path / "skills")], ["doctor", "--offline"]):
        command = [sys.executable, "-m", "chipatlas_skills", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    for name, part in install_skills.SKILLS.items():
        folder = tmp_path / "skills" / name
        for path, content in install_skills.skill_contents(part).items():
            assert (folder / path).read_bytes() == content, path

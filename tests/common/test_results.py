from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scripts.common.errors import InputError
from scripts.common.files.names import existing_files
from scripts.common.results import require_keys


def test_complete_results_pass() -> None:
    require_keys({"a": [], "b": 0, "c": None}, ("a", "b"), "run_it")


@pytest.mark.parametrize("given", [{}, None, [], "a", {"b": 1, "a": None}])
def test_what_is_missing_is_named(given: Any) -> None:
    with pytest.raises(InputError, match=r"results lacks a.*; give what run_it\(\) returned, unchanged"):
        require_keys(given, ("a", "b"), "run_it")


def test_existing_files(tmp_path: Path) -> None:
    (tmp_path / "b.png").touch()
    (tmp_path / "a.png").touch()
    (tmp_path / "c.png").mkdir()
    assert existing_files(tmp_path, ("b.png", "x.png", "c.png", "a.png")) == ["b.png", "a.png"]

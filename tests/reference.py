"""Reference data outside the repository: read where it lies, skipped with a reason where it is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

REFERENCE = Path(__file__).resolve().parents[2] / "shared" / "data"


def reference_path(name: str) -> Path:
    """Path of a reference file; skips the test without it."""
    path = REFERENCE / name
    if not path.exists():
        pytest.skip(f"reference data not here: {name}")
    return path


def reference_text(name: str) -> str:
    """Text of a reference file."""
    return reference_path(name).read_text("utf-8")


def reference_json(name: str) -> Any:
    """Content of a JSON reference file."""
    return json.loads(reference_text(name))

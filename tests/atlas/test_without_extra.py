"""The atlas is light to import, and says what is missing."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import scripts.atlas
from scripts.atlas import build_atlas
from scripts.common.errors import MissingExtraError

HEAVY = ("pyarrow", "duckdb", "dask", "distributed", "plotnine", "matplotlib")


def test_imports_are_light() -> None:
    names = [f"scripts.atlas.{module.name}" for module in pkgutil.iter_modules(scripts.atlas.__path__)]
    # pandas may import pyarrow by itself; a finder that refuses it shows that ours needs none.
    code = (
        "import sys\n"
        f"heavy = {HEAVY!r}\n"
        "class Refuse:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in heavy:\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Refuse())\n"
        f"import scripts.__main__, {', '.join(names)}\n"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(
        MissingExtraError, match=r"needs duckdb, which is not installed\.\n.*pip install -r .*requirements-atlas\.txt"
    ):
        build_atlas("hg38", tmp_path / "atlas")
    assert not (tmp_path / "atlas").exists()


def test_no_submodule_hides_an_exported_function() -> None:
    modules = {module.name for module in pkgutil.iter_modules(scripts.atlas.__path__)}
    assert not modules & set(scripts.atlas.__all__)
    assert all(callable(getattr(scripts.atlas, name)) for name in scripts.atlas.__all__)

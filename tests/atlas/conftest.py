"""A folder of all simulated tables of hg38, and the atlas of them, made once a worker."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.file_server import server, small  # noqa: F401 - fixtures

GENOME = "hg38"
#: What alone differs between two builds of the same tables.
_TIMES = ("built_at",)


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a dataset, the manifest's without the time of the build."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            if path.name == "manifest.json":
                manifest = json.loads(content)
                content = json.dumps({name: manifest[name] for name in manifest if name not in _TIMES}).encode()
            found[path.relative_to(folder).as_posix()] = hashlib.sha256(content).hexdigest()
    return found


@pytest.fixture(scope="session", autouse=True)
def extra() -> None:
    """Every test here needs the `atlas` extra."""
    for package in ("pyarrow", "duckdb", "distributed"):
        pytest.importorskip(package, reason="the atlas extra is not installed")


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of all simulated factors of hg38, as files."""
    pytest.importorskip("flask")
    from scripts.emulator.simulation.factors.target_tables import FACTORS, target_table

    folder = tmp_path_factory.mktemp("tables")
    for factor in FACTORS[GENOME]:
        content = target_table(GENOME, factor, 5)
        if content is not None:
            (folder / f"{factor}.5.tsv").write_bytes(content)
    (folder / "SIMULATED.txt").write_text("SIMULATED\n")
    return folder


@pytest.fixture(scope="session")
def built(tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Their atlas, built in one process. Not to be changed."""
    from scripts.atlas import build_atlas

    folder = tmp_path_factory.mktemp("atlas") / "atlas"
    build_atlas(GENOME, folder, source=tables, scheduler="synchronous")
    return folder

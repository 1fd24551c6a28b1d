"""Both skills write into their output folder and the cache, and nowhere else."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scripts.emulator import Atlas
from tests.reliability.figures import SAME, figure
from tests.reliability.processes import PATIENCE_SECONDS, ROOT

CODE = {
    "diff": "from scripts.diff import run_all; run_all('official_sacCer3_diffbind', output_dir={output!r})",
    "targets": "from scripts.targets import run_all; run_all('RAP1', 'sacCer3', output_dir={output!r})",
}
#: Files of a tree -> what changes when they are written to.
Snapshot = dict[str, tuple[int, int]]


def snapshot(folder: Path) -> Snapshot:
    """Size and time of every file and folder below a folder, and of the folder itself."""
    paths = [folder, *folder.rglob("*")]
    if folder == ROOT / "scripts":
        # Other tests compile the package's modules meanwhile: of it, the files that are its own are watched.
        paths = [path for path in paths if path.is_file() and "__pycache__" not in path.parts]
    return {str(path): (path.lstat().st_size, path.lstat().st_mtime_ns) for path in paths}


@pytest.fixture
def read_only_home(tmp_path: Path) -> Iterator[Path]:
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(stat.S_IRUSR | stat.S_IXUSR)
    yield home
    home.chmod(stat.S_IRWXU)


@pytest.mark.slow
@pytest.mark.parametrize("skill", list(CODE))
def test_nothing_is_written_elsewhere(
    skill: str,
    fast_atlas: Atlas,
    tmp_path: Path,
    read_only_home: Path,
    record_property: Callable[[str, object], None],
) -> None:
    places = {"home": read_only_home, "package": ROOT / "scripts"}
    for name in ("work", "tmp"):
        places[name] = tmp_path / name
        places[name].mkdir()
    output, cache = tmp_path / "output", tmp_path / "cache"
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "MPL"))}
    environment = keep | fast_atlas.environment | {
        "HOME": str(read_only_home),
        "TMPDIR": str(places["tmp"]),
        "CHIPATLAS_CACHE_DIR": str(cache),
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",  # Python's own, and the user's to say
    }  # fmt: skip
    before = {name: snapshot(place) for name, place in places.items()}
    done = subprocess.run(
        [sys.executable, "-c", CODE[skill].format(output=str(output))],
        env=environment,
        cwd=places["work"],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # Python itself tries a temporary folder out when it is first asked for one: what counts there is what stays.
    before["tmp"].pop(str(places["tmp"]))
    after = {name: snapshot(place) for name, place in places.items()}
    after["tmp"].pop(str(places["tmp"]))
    stray = [
        f"{name}: {path}" for name in places for path in sorted(set(before[name].items()) ^ set(after[name].items()))
    ]
    assert stray == []
    assert any(output.iterdir())
    record_property("reliability", figure("stray writes", SAME, 0.0))

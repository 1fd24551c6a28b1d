"""One file: what was written is read, and what is not ours, damaged or of another place is refused with a remedy."""

from __future__ import annotations

import contextlib
import json
import random
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scripts.common.errors import InputError, NotFoundError
from scripts.targets import load_background
from scripts.targets.background.background import Background
from scripts.targets.background.store import FORMAT, background_path, read_background, save_background
from tests.file_server import FileServer
from tests.targets.background.made import background_of, independent


@pytest.fixture
def made() -> Background:
    return background_of(*(independent(name, seed) for seed, name in enumerate(["AAA", "BBB", "GFP", "E(z)"])))


def rewritten(path: Path, **changes: Any) -> None:
    """The same file with another header or other parts."""
    with np.load(path) as opened:
        parts = {name: opened[name] for name in opened.files}
    header = json.loads(parts["header"].tobytes())
    header |= {name: value for name, value in changes.items() if name not in parts}
    parts |= {name: value for name, value in changes.items() if name in parts}
    parts["header"] = np.frombuffer(json.dumps(header).encode(), dtype=np.uint8)
    np.savez_compressed(path, **parts)


def test_what_is_written_is_read(made: Background, tmp_path: Path) -> None:
    path = save_background(made, tmp_path / "shared" / "mine.npz")
    read = read_background(path)
    assert replace(read, genes=made.genes, percentile=made.percentile, bound_share=made.bound_share, score=made.score,
                   source="") == made  # fmt: skip
    for name in ("genes", "percentile", "bound_share", "score"):
        assert (getattr(read, name) == getattr(made, name)).all()
    assert read.source == str(path)
    assert read.members[0]["url"] == "file:///AAA.5.tsv"
    assert read.hot_share("AAA").equals(made.hot_share("AAA"))
    first = path.read_bytes()
    assert save_background(made, path).read_bytes() == first


def test_precision_is_what_the_reference_says(made: Background) -> None:
    for one, row in zip([independent("AAA", 0)], [0], strict=True):
        at = np.searchsorted(made.genes.astype(str), one.genes.astype(str))
        kept = made.score[row, at].astype(float)
        assert (np.abs(kept - one.average) / one.average).max() < 0.0005
        assert (made.bound_share[row, at] == 255).all()


def test_auto_takes_the_one_in_the_cache(made: Background) -> None:
    assert save_background(made) == background_path("hg38", 5)
    found = load_background("hg38", 5)
    assert found is not None and found.names == made.names
    assert load_background("hg38", 5, None) is None and load_background("hg38", 5, "none") is None


def test_auto_without_a_file_asks_nobody(server: FileServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert load_background("hg38", 5) is None
    assert server.requests == []
    printed = capsys.readouterr().out.strip().splitlines()
    assert len(printed) == 1 and "background build --genome hg38 --distance 5" in printed[0]


def test_a_simulated_one_is_never_taken_for_real(made: Background, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save_background(replace(made, simulated=True))
    assert "SIMULATED" in path.name and not background_path("hg38", 5).exists()
    assert load_background("hg38", 5) is None, "the public service is asked otherwise"
    assert load_background("hg38", 5, simulated=False) is None
    monkeypatch.setenv("CHIPATLAS_DATA_URL", "http://127.0.0.1:1/data")
    found = load_background("hg38", 5)
    assert found is not None and found.simulated
    with pytest.raises(InputError, match="made of SIMULATED tables"):
        load_background("hg38", 5, path, simulated=False)


@pytest.mark.parametrize(("genome", "distance"), [("mm10", 5), ("hg38", 1)])
def test_another_place_is_refused(made: Background, tmp_path: Path, genome: str, distance: int) -> None:
    path = save_background(made, tmp_path / "a.npz")
    with pytest.raises(InputError, match=rf"a background of hg38, ±5kb, not of {genome}, ±{distance}kb") as told:
        load_background(genome, distance, path)
    assert len(str(told.value).splitlines()) <= 3


def test_another_version_is_refused(made: Background, tmp_path: Path) -> None:
    path = save_background(made, tmp_path / "a.npz")
    rewritten(path, format=FORMAT + 1)
    with pytest.raises(InputError, match=rf"of format {FORMAT + 1}; this version reads format {FORMAT}.\nBuild it"):
        read_background(path)


DAMAGE: dict[str, Any] = {
    "cut off": lambda data: data[: len(data) // 2],
    "empty": lambda data: b"",
    "another file": lambda data: b"<html>maintenance</html>",
    "a flipped byte": lambda data: data[:2000] + bytes([data[2000] ^ 0xFF]) + data[2001:],
}


@pytest.mark.parametrize("how", DAMAGE)
def test_damage_is_told(made: Background, tmp_path: Path, how: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = save_background(made)
    path.write_bytes(DAMAGE[how](path.read_bytes()))
    with pytest.raises(InputError, match=r"is no background, or a damaged one \(.*\)\.\nBuild it again"):
        read_background(path)
    assert load_background("hg38", 5) is None, "auto goes without, and says so"
    assert "The background in the cache is not used" in capsys.readouterr().out


@pytest.mark.parametrize(
    "changes",
    [
        {"percentile": np.zeros((2, 2), dtype=np.uint8)},
        {"score": np.zeros((4, 4), dtype=np.float64)},
        {"members": [{"name": 3}]},
        {"genes": np.frombuffer(b'["A", "A"]', dtype=np.uint8)},
        {"genes": np.frombuffer(b"[[[", dtype=np.uint8)},
        {"simulated": "no"},
        {"distance": 7},
    ],
)
def test_parts_that_do_not_fit(made: Background, tmp_path: Path, changes: dict[str, Any]) -> None:
    path = save_background(made, tmp_path / "a.npz")
    rewritten(path, **changes)
    with pytest.raises(InputError):
        read_background(path)


def test_a_pickle_inside_is_not_loaded(made: Background, tmp_path: Path) -> None:
    path = save_background(made, tmp_path / "a.npz")
    rewritten(path, score=np.array([{"a": 1}], dtype=object))
    with pytest.raises(InputError, match="damaged"):
        read_background(path)


@pytest.mark.parametrize(
    ("given", "error", "match"),
    [("nothing.npz", NotFoundError, "is no file"), (3, InputError, "background is 3"), ("", InputError, "is ''")],
)
def test_unusable(given: Any, error: type[InputError], match: str) -> None:
    with pytest.raises(error, match=match):
        load_background("hg38", 5, given)


def test_mutated_files_are_read_or_refused(made: Background, tmp_path: Path) -> None:
    """Bytes of the archive, and of the arrays' heads in an archive whose checksums fit."""
    path = save_background(made, tmp_path / "a.npz")
    whole, rng = path.read_bytes(), random.Random(1)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}

    def mutated(content: bytes) -> bytes:
        at, kind = rng.randrange(min(len(content), 400)), rng.random()
        if kind < 0.4:
            return content[:at] + bytes([rng.randrange(256)]) + content[at + 1 :]
        return content[:at] + (b"" if kind < 0.6 else b"9(,'" * rng.randint(1, 3)) + content[at + 5 :]

    for number in range(300):
        if number % 3 == 0:
            path.write_bytes(mutated(whole))
        else:
            changed = rng.choice(list(parts))
            with zipfile.ZipFile(path, "w") as archive:
                for name, content in parts.items():
                    archive.writestr(name, mutated(content) if name == changed else content)
        with contextlib.suppress(InputError):
            read_background(path)

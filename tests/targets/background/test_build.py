"""From tables to a background: folders, archives, and a sample of the service's, politely."""

from __future__ import annotations

import gzip
import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from scripts.common.errors import BadResponseError, InputError, NotFoundError, ServiceUnavailableError
from scripts.targets import build_background, load_background
from scripts.targets.background import sample
from scripts.targets.background.sample import candidates, middle_first
from scripts.targets.background.store import background_path
from tests.file_server import FileServer
from tests.targets.tables import SMALL_COLUMNS, SMALL_ROWS, random_table, table_text

NAMES = ("AAA1", "BBB1", "GFP")


def text_of(name: str, seed: int = 0) -> bytes:
    return table_text(*random_table(60, 5, seed=seed), name).encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "tables"
    (made / "deeper").mkdir(parents=True)
    (made / "AAA1.5.tsv").write_bytes(text_of("AAA1", 1))
    (made / "deeper" / "BBB1.5.tsv.gz").write_bytes(gzip.compress(text_of("BBB1", 2)))
    (made / "GFP.5.tsv").write_bytes(text_of("GFP", 3))
    (made / "AAA1.10.tsv").write_bytes(text_of("AAA1", 4))
    (made / "notes.txt").write_text("mine")
    return made


def packed(folder: Path, path: Path) -> Path:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for file in folder.rglob("*.*"):
                archive.write(file, file.relative_to(folder))
    else:
        with tarfile.open(path, "w:gz") as archive:
            archive.add(folder, "some/where")
    return path


@pytest.mark.parametrize("kind", ["folder", "a.zip", "a.tar.gz"])
def test_local_tables(folder: Path, tmp_path: Path, kind: str, server: FileServer) -> None:
    source = folder if kind == "folder" else packed(folder, tmp_path / kind)
    made, path = build_background("hg38", source=source)
    assert tuple(made.names) == NAMES and not made.simulated
    assert path == background_path("hg38", 5)
    assert server.requests == []
    bound = made.of_gene("SIM0001")
    expected = {
        name: row[1]
        for name in NAMES
        for row in [next(r for r in random_table(60, 5, seed=NAMES.index(name) + 1)[0] if r[0] == "SIM0001")]
    }
    for name, share, score in zip(bound["name"], bound["bound_share"], bound["score"], strict=True):
        values = expected[name]
        assert share == pytest.approx(sum(value > 0 for value in values) / 5, abs=0.002)
        assert score == pytest.approx(sum(values) / 5, rel=0.0006)
    assert "ONLY0" not in made.genes, "listed for STRING alone"
    assert all(len(one["sha256"]) == 64 for one in made.members)


def test_the_marker_makes_it_simulated(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "SIMULATED.txt").write_text("SIMULATED")
    for source in (folder, packed(folder, tmp_path / "a.tar.gz"), packed(folder, tmp_path / "a.zip")):
        assert build_background("hg38", source=source)[0].simulated
    assert "SIMULATED" in capsys.readouterr().out and not background_path("hg38", 5).exists()


def test_some_of_them(folder: Path) -> None:
    (folder / "CCC1.5.tsv").write_bytes(text_of("CCC1", 9))
    assert build_background("hg38", source=folder, factors=["CCC1", "AAA1"])[0].names == ["AAA1", "CCC1"]
    with pytest.raises(NotFoundError, match=r"No table of DDD1 in "):
        build_background("hg38", source=folder, factors=["AAA1", "DDD1"])


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ({"source": "absent"}, NotFoundError, "does not exist"),
        ({"distance": 1}, NotFoundError, "FACTOR.1.tsv or .tsv.gz"),
        ({"genome": "hg37"}, NotFoundError, "Unknown genome"),
        ({"factors": ["AAA1"]}, InputError, "2 or more names"),
        ({"factors": "AAA1"}, InputError, "give a list"),
        ({"number": 1}, InputError, "number is 1"),
    ],
)
def test_unusable(folder: Path, arguments: dict[str, Any], error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        build_background(**{"genome": "hg38", "source": folder, **arguments})


def test_damaged_sources(folder: Path, tmp_path: Path) -> None:
    (folder / "ZZZ1.5.tsv").write_text("<html>maintenance</html>")
    with pytest.raises(BadResponseError, match="ZZZ1.5.tsv"):
        build_background("hg38", source=folder)
    (folder / "ZZZ1.5.tsv").unlink()
    (folder / "AAA1.5.tsv.gz").write_bytes(gzip.compress(text_of("AAA1")))
    with pytest.raises(InputError, match="two tables of 'AAA1'"):
        build_background("hg38", source=folder)
    (folder / "AAA1.5.tsv.gz").write_bytes(gzip.compress(text_of("AAA1"))[:200])
    (folder / "AAA1.5.tsv").unlink()
    with pytest.raises(InputError, match="cannot be read to its end"):
        build_background("hg38", source=folder)
    (tmp_path / "x.txt").write_text("no archive")
    with pytest.raises(InputError, match="neither a folder nor"):
        build_background("hg38", source=tmp_path / "x.txt")
    assert not background_path("hg38", 5).exists()


def test_candidates_are_the_same_at_every_call_and_factors_alone() -> None:
    listed = [f"F{number}" for number in range(100)] + ["GFP", "H3K27ac", "ATAC-Seq"]
    chosen = candidates(listed, "hg38", 5)
    assert chosen == candidates(listed[::-1], "hg38", 5) and len(chosen) == 15
    assert chosen != candidates(listed, "mm10", 5) and not {"GFP", "H3K27ac", "ATAC-Seq"} & set(chosen)
    assert set(candidates(listed + ["NEWONE"], "hg38", 5)) - {"NEWONE"} <= set(chosen), "a new factor moves no other"


def test_the_middle_comes_first() -> None:
    sizes = {"tiny": 1, "small": 10, "middle": 20, "large": 30, "huge": 9000}
    assert middle_first(sizes) == ["middle", "small", "large", "tiny", "huge"]
    assert middle_first({}) == []


@pytest.fixture
def service(server: FileServer) -> FileServer:
    """Seven factors of growing size, one of them a header alone, and controls."""
    listed = ["GFP", "H3K27ac", "EMPTY", "GONE", *(f"F{number}" for number in range(1, 7))]
    server.files["/data/target_genes_analysis.json"] = json.dumps({"hg38": listed}).encode()
    for number in range(1, 7):
        server.put_table(table_text(*random_table(20 * number, 5, seed=number), f"F{number}"), f"F{number}.5.tsv")
    server.put_table(table_text([], [f"SRX{i}|K-562" for i in range(130)], "EMPTY"), "EMPTY.5.tsv")
    server.put_table(table_text(SMALL_ROWS, SMALL_COLUMNS, "GFP"), "GFP.5.tsv")
    return server


def test_a_sample(service: FileServer, capsys: pytest.CaptureFixture[str]) -> None:
    made, _ = build_background("hg38", number=4)
    assert "GFP" in made.names and made.counts() == {"factor": 4, "control": 1, "mark": 0}
    got = [path for verb, path in service.requests if verb == "GET" and path.endswith(".tsv")]
    assert len(got) == len(set(got)) and len(got) <= 6
    printed = capsys.readouterr().out
    said = printed.index("To fetch: 4 tables")
    assert "and 1 control (GFP)" in printed and "bytes in all" in printed and said < printed.index("✓ Background built")
    service.requests.clear()
    assert build_background("hg38", number=4)[0].names == made.names
    assert load_background("hg38", 5) is not None


def test_what_has_no_data_is_replaced(service: FileServer, capsys: pytest.CaptureFixture[str]) -> None:
    made, _ = build_background("hg38", number=6)
    assert made.counts()["factor"] == 6 and "EMPTY" not in made.names
    assert "EMPTY: no data" in capsys.readouterr().out


def test_named_factors_of_the_service(service: FileServer) -> None:
    assert build_background("hg38", factors=["F1", "F6", "GFP"])[0].names == ["F1", "F6", "GFP"]
    with pytest.raises(NotFoundError, match="GONE"):
        build_background("hg38", factors=["F1", "GONE"])


def test_too_large_a_control_is_said(
    service: FileServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sample, "MOST_CONTROL_BYTES", 10)
    assert build_background("hg38", number=2)[0].counts()["control"] == 0
    assert "GFP is left out" in capsys.readouterr().out


def test_a_site_that_does_not_tell(service: FileServer) -> None:
    service.status["/data/target_genes_analysis.json"] = 500
    service.files["/data/target_genes_analysis.json"] = b"no"
    with pytest.raises(ServiceUnavailableError, match="list of factors cannot be read"):
        build_background("hg38", number=2)


def test_downloads_take_turns(service: FileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []
    original = sample.taking_turns

    def counted(url: str) -> Any:
        taken.append(url)
        return original(url)

    monkeypatch.setattr(sample, "taking_turns", counted)
    build_background("hg38", number=2)
    assert len(taken) == 3

"""From tables to a dataset: outcomes, restarts, sources, pace."""

from __future__ import annotations

import json
import shutil
import tarfile
import threading
import time
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from filelock import FileLock

from scripts.atlas import build_atlas, targets_of
from scripts.atlas.building.build import _outcome
from scripts.atlas.building.partition import Task, write_partition
from scripts.chipatlas.cache import rate
from scripts.common.errors import (
    BadResponseError,
    InputError,
    MissingExtraError,
    NotFoundError,
    OutputError,
    ServiceUnavailableError,
)
from scripts.targets.table.download_target_genes import download_target_genes
from tests.atlas.conftest import digests
from tests.file_server import FileServer
from tests.targets.tables import SMALL_COLUMNS, SMALL_ROWS, random_table, table_text


def build(out: Path, **options: Any) -> dict[str, Any]:
    return build_atlas("hg38", out, **{"scheduler": "synchronous", **options})


def requested(server: FileServer) -> list[str]:
    return [path.rpartition("/")[2] for _, path in server.requests if "/target/" in path]


@pytest.fixture
def three(server: FileServer) -> FileServer:
    """TP53 and MYC have tables, E2F1 a header alone; the index lists six factors."""
    server.put_table(table_text(SMALL_ROWS, SMALL_COLUMNS))
    rows, columns = random_table(50, 7, seed=3)
    server.put_table(table_text(rows, columns, "MYC"), "MYC.5.tsv")
    server.put_table(table_text([], columns, "E2F1"), "E2F1.5.tsv")
    return server


def test_every_factor_of_the_index_has_an_outcome(three: FileServer, tmp_path: Path) -> None:
    result = build(tmp_path / "atlas")
    assert result["outcomes"] == {
        "E2F1": "no data", "MYC": "built", "NKX2-1": "missing", "TP53": "built", "TP63": "missing", "wdr-5": "missing",
    }  # fmt: skip
    manifest = json.loads((tmp_path / "atlas" / "manifest.json").read_text())
    entry = manifest["factors"]["TP53"]
    text = three.files["/data/hg38/target/TP53.5.tsv"]
    assert entry["url"] == f"{three.url}/data/hg38/target/TP53.5.tsv"
    assert entry["bytes"] == len(text)
    assert len(entry["sha256"]) == 64 and entry["retrieved_at"]
    assert (entry["genes"], entry["pairs"], entry["string_only"], entry["experiments"]) == (4, 12, 1, 4)
    assert manifest["complete"] and not manifest["simulated"]
    assert manifest["factors"]["TP63"]["detail"] == "listed, but the file does not exist (HTTP 404)"
    assert not (tmp_path / "atlas" / ".spool").exists()


def test_string_only_genes_are_no_targets(three: FileServer, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    build(tmp_path, factors=["TP53"])
    for name in ("pairs/factor=TP53/pairs.parquet", "summary.parquet", "genes.parquet"):
        genes = pq.ParquetFile(tmp_path / name).read(columns=["gene"])["gene"].to_pylist()
        assert set(genes) == {"AAA", "BBB", "CCC", "FEW"}
    pairs = pq.ParquetFile(tmp_path / "pairs/factor=TP53/pairs.parquet").read().to_pandas()
    assert list(pairs) == ["gene", "experiment", "cell_type", "score"]
    assert pairs.iloc[0].tolist() == ["AAA", "SRX1", "K-562", 1200]
    assert (pairs["score"] > 0).all()
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["totals"]["string_only"] == 1


def test_numbers_are_those_of_the_single_factor(atlas: Any, tmp_path: Path) -> None:
    result = build(tmp_path, factors=["E2F1", "SIMTF001", "SIMHEADERONLY", "SIMMISSING", "SIMTF01"])
    assert result["manifest"]["simulated"] and (tmp_path / "SIMULATED.txt").exists()
    assert sorted(result["outcomes"].values()) == ["built", "built", "missing", "missing", "no data"]
    assert "did you mean: SIMTF0" in result["manifest"]["factors"]["SIMTF01"]["detail"]
    for factor in ("E2F1", "SIMTF001"):
        summary, _ = download_target_genes(factor)
        bound = summary[summary["num_bound"] > 0].reset_index(drop=True)
        answer = targets_of(factor, tmp_path)
        names = ["gene", "avg_score", "max_score", "num_bound", "num_experiments", "binding_rate", "string_score"]
        for name in [*names, "cell_balanced_score"]:
            assert answer[name].tolist() == bound[name].tolist(), name


def test_restart_touches_nothing_that_is_done(three: FileServer, tmp_path: Path) -> None:
    build(tmp_path)
    before = digests(tmp_path)
    three.requests.clear()
    build(tmp_path)
    assert requested(three) == []
    assert digests(tmp_path) == before


@pytest.mark.parametrize("damage", ["remove", "change"])
def test_restart_mends_what_is_not_as_it_was_written(three: FileServer, tmp_path: Path, damage: str) -> None:
    build(tmp_path)
    before = digests(tmp_path)
    path = tmp_path / "pairs/factor=MYC/pairs.parquet"
    if damage == "remove":
        path.unlink()
    else:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    three.requests.clear()
    build(tmp_path)
    assert requested(three) == ["MYC.5.tsv"]
    after = digests(tmp_path)
    assert {name: after[name] for name in after if name != "manifest.json"} == {
        name: before[name] for name in before if name != "manifest.json"
    }


def test_one_bad_table_stops_nothing(three: FileServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    three.files["/data/hg38/target/MYC.5.tsv"] = b"Target_genes\tMYC|Average\tSRX1|K-562\tSTRING\nA\t1.0\tx\t0\n"
    result = build(tmp_path)
    assert result["outcomes"]["MYC"] == "failed" and result["outcomes"]["TP53"] == "built"
    assert "'x' is not a whole number" in result["manifest"]["factors"]["MYC"]["detail"]
    assert "failed: MYC" in capsys.readouterr().out
    rows, columns = random_table(50, 7, seed=3)
    three.put_table(table_text(rows, columns, "MYC"), "MYC.5.tsv")
    three.requests.clear()
    assert build(tmp_path)["outcomes"]["MYC"] == "built"
    assert requested(three) == ["MYC.5.tsv"]


def test_a_service_that_is_down_is_left_alone(three: FileServer, tmp_path: Path) -> None:
    build(tmp_path, factors=["TP53"])
    for name in ("E2F1", "MYC", "NKX2-1", "TP63", "wdr-5"):
        three.status[f"/data/hg38/target/{name}.5.tsv"] = 503
    three.requests.clear()
    with pytest.raises(ServiceUnavailableError, match="3 downloads in a row failed"):
        build(tmp_path)
    assert set(requested(three)) == {"E2F1.5.tsv", "MYC.5.tsv", "NKX2-1.5.tsv"}
    with pytest.raises(InputError, match="half-written"):
        targets_of("TP53", tmp_path)
    three.status.clear()
    assert build(tmp_path)["outcomes"]["MYC"] == "built"
    assert len(targets_of("TP53", tmp_path)) == 4


def test_refresh_asks_for_everything_and_keeps_what_it_cannot_get(three: FileServer, tmp_path: Path) -> None:
    build(tmp_path, factors=["TP53", "MYC"])
    rows, columns = random_table(20, 3, seed=9)
    three.put_table(table_text(rows, columns, "MYC"), "MYC.5.tsv")
    three.status["/data/hg38/target/TP53.5.tsv"] = 503
    result = build(tmp_path, factors=["TP53", "MYC"], refresh=True)
    assert result["manifest"]["factors"]["MYC"]["experiments"] == 3
    kept = result["manifest"]["factors"]["TP53"]
    assert kept["outcome"] == "built" and "503" in kept["not_refreshed"]
    assert len(targets_of("TP53", tmp_path)) == 4


def test_a_factor_that_is_gone_leaves_no_files(three: FileServer, tmp_path: Path) -> None:
    build(tmp_path)
    del three.files["/data/hg38/target/MYC.5.tsv"]
    assert build(tmp_path, refresh=True)["outcomes"]["MYC"] == "missing"
    assert not list(tmp_path.rglob("factor=MYC/*"))


def test_the_index_is_needed_only_for_all_factors(three: FileServer, tmp_path: Path) -> None:
    del three.files["/data/target_genes_analysis.json"]
    with pytest.raises(ServiceUnavailableError, match="'all factors' is unknown"):
        build(tmp_path / "a")
    assert not (tmp_path / "a").exists()
    assert build(tmp_path / "b", factors=["TP53"])["outcomes"] == {"TP53": "built"}


def test_unusable_questions(three: FileServer, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="Unknown genome 'hg39'"):
        build_atlas("hg39", tmp_path)
    with pytest.raises(InputError, match="distance is 3"):
        build(tmp_path, distance=3)
    with pytest.raises(InputError, match="factors is 'TP53'"):
        build(tmp_path, factors="TP53")
    with pytest.raises(InputError, match="factors is empty"):
        build(tmp_path, factors=[])
    with pytest.raises(NotFoundError, match="does not exist"):
        build(tmp_path, source=tmp_path / "nowhere")
    with pytest.raises(NotFoundError, match="lists no factor for rn6"):
        build_atlas("rn6", tmp_path)
    with pytest.raises(NotFoundError, match=r"None of 1 factor has data\.\nTP63: listed, but"):
        build(tmp_path / "none", factors=["TP63"])


def test_a_folder_that_cannot_be_written(three: FileServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="Cannot write into output_dir"):
        build(tmp_path / "file" / "atlas")


def test_a_folder_of_another_atlas(three: FileServer, tmp_path: Path) -> None:
    build(tmp_path, factors=["TP53"])
    three.put_table(table_text(SMALL_ROWS, SMALL_COLUMNS, "Trp53"), "Trp53.5.tsv", "mm10")
    with pytest.raises(InputError, match="holds an atlas of genome 'hg38', not of 'mm10'"):
        build_atlas("mm10", tmp_path, factors=["Trp53"])
    with pytest.raises(InputError, match="distance 5, not of 10"):
        build(tmp_path, distance=10)
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(InputError, match="no manifest of this version"):
        build(tmp_path)


def test_one_build_at_a_time(three: FileServer, tmp_path: Path) -> None:
    tmp_path.joinpath("atlas").mkdir()
    with FileLock(tmp_path / "atlas" / ".build.lock"), pytest.raises(InputError, match="Another build is at work"):
        build(tmp_path / "atlas")


def test_archive_and_folder_give_the_same(tables: Path, built: Path, tmp_path: Path) -> None:
    names = ["NKX2-1.5.tsv", "SIMHEADERONLY.5.tsv", "SIMTF001.5.tsv", "SIMULATED.txt"]
    archive = tmp_path / "target_genes_hg38.tar.gz"
    with tarfile.open(archive, "w:gz") as writer:
        for name in names:
            writer.add(tables / name, f"target_genes/hg38/{name}")
        writer.add(tables / "TP53.5.tsv", "target_genes/hg38/TP53.10.tsv")
    result = build(tmp_path / "atlas", source=archive)
    assert result["outcomes"] == {"NKX2-1": "built", "SIMHEADERONLY": "no data", "SIMTF001": "built"}
    assert result["manifest"]["simulated"]
    whole, part = digests(built), digests(tmp_path / "atlas")
    partitions = [name for name in part if "factor=" in name]
    assert len(partitions) == 6 and all(part[name] == whole[name] for name in partitions)
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "atlas").rglob("pairs.parquet")}
    build(tmp_path / "atlas", source=archive)
    assert stamps == {path: path.stat().st_mtime_ns for path in stamps}


def test_a_damaged_archive_keeps_what_was_read(tables: Path, tmp_path: Path) -> None:
    archive = tmp_path / "tables.tar.gz"
    with tarfile.open(archive, "w:gz") as writer:
        for name in ("SIMTF001.5.tsv", "SIMTF002.5.tsv", "TP53.5.tsv"):
            writer.add(tables / name, name)
    whole = archive.read_bytes()
    archive.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadResponseError, match="is damaged after 3 tables"):
        build(tmp_path / "atlas", source=archive)
    assert (tmp_path / "atlas/pairs/factor=SIMTF001").exists()
    archive.write_bytes(whole)
    assert set(build(tmp_path / "atlas", source=archive)["outcomes"].values()) == {"built"}


def test_local_tables_that_are_wanted_and_absent(tables: Path, tmp_path: Path) -> None:
    for _ in range(2):
        result = build(tmp_path, source=tables, factors=["SIMTF001", "NOSUCH"])
        assert result["outcomes"] == {"NOSUCH": "missing", "SIMTF001": "built"}


def test_names_that_differ_in_case_alone_need_a_file_system_that_tells_case(tables: Path, tmp_path: Path) -> None:
    copy = tmp_path / "tables"
    copy.mkdir()
    for name in ("dl", "Dl"):
        shutil.copy(tables / "SIMTF001.5.tsv", copy / f"{name}.5.tsv")
    out = tmp_path / "atlas"
    assert build(out, source=copy)["outcomes"] == {"Dl": "built", "dl": "built"}
    (out / "MANIFEST.JSON").write_text("")  # as a file system answers that ignores case
    with pytest.raises(InputError, match="'Dl' and 'dl' would share a folder"):
        build(out, source=copy)


def test_a_worker_without_the_package_is_named() -> None:
    future: Future[dict[str, Any]] = Future()
    future.set_exception(ModuleNotFoundError("No module named 'scripts'", name="scripts"))
    with pytest.raises(MissingExtraError, match="A worker cannot import scripts"):
        _outcome(future)
    died: Future[dict[str, Any]] = Future()
    died.set_exception(RuntimeError("the worker died four times"))
    assert _outcome(died) == {"outcome": "failed", "detail": "RuntimeError: the worker died four times"}


def test_a_local_table_that_has_changed_is_read_again(tables: Path, tmp_path: Path) -> None:
    copy = tmp_path / "tables"
    copy.mkdir()
    for name in ("SIMTF001", "SIMTF002"):
        shutil.copy(tables / f"{name}.5.tsv", copy)
    build(tmp_path / "atlas", source=copy)
    shutil.copy(tables / "SIMTF003.5.tsv", copy / "SIMTF002.5.tsv")
    before = (tmp_path / "atlas/pairs/factor=SIMTF001/pairs.parquet").stat().st_mtime_ns
    result = build(tmp_path / "atlas", source=copy)
    assert "check the factor" in result["manifest"]["factors"]["SIMTF002"]["notes"][0]
    assert (tmp_path / "atlas/pairs/factor=SIMTF001/pairs.parquet").stat().st_mtime_ns == before


def test_two_tables_of_one_factor_are_refused(tables: Path, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    shutil.copy(tables / "SIMTF001.5.tsv", tmp_path)
    shutil.copy(tables / "SIMTF001.5.tsv", tmp_path / "a")
    with pytest.raises(InputError, match="two tables of 'SIMTF001'"):
        build(tmp_path / "out", source=tmp_path)


def test_a_worker_that_does_not_see_the_folder_says_so(tables: Path, tmp_path: Path) -> None:
    task = Task("TP53", str(tables / "TP53.5.tsv"), "TP53.5.tsv", str(tmp_path / "elsewhere"))
    with pytest.raises(OutputError, match=r"does not see the folder of the atlas.*\nWorkers on other machines"):
        write_partition(task)


def test_pace() -> None:
    assert rate.rest_seconds("https://example.org/x", 0, 5.0) == 1.0
    assert rate.rest_seconds("https://example.org/x", 100_000_000, 8.0) == pytest.approx(12.0)
    assert rate.rest_seconds("http://127.0.0.1:1/x", 100_000_000, 8.0) == pytest.approx(0.02)


def test_workers_and_builds_share_one_line_of_requests(atlas: Any, tmp_path: Path) -> None:
    """Two builds, each with four threads: still one download after the other, the pause between them."""
    asked: list[float] = []

    def note(request: Any) -> None:
        if "/target/" in request.path:
            asked.append(time.monotonic())

    atlas.faults.append(note)
    builds = [
        threading.Thread(
            target=build_atlas,
            args=("hg38", tmp_path / f"{first}"),
            kwargs={
                "factors": [f"SIMTF{number:03d}" for number in range(first, first + 8)],
                "scheduler": "threads",
                "workers": 4,
            },
        )
        for first in (1, 11)
    ]
    for thread in builds:
        thread.start()
    for thread in builds:
        thread.join()
    assert len(asked) == 16
    assert pd.Series(sorted(asked)).diff().min() > 0.02

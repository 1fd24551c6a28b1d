"""The same dataset from one process, from two, and from a Dask cluster; a worker that is killed changes nothing."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.atlas import build_atlas
from scripts.atlas.building import workers
from scripts.common.errors import InputError, ServiceUnavailableError
from tests.atlas.conftest import GENOME, digests


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A Dask cluster of two workers on loopback, each a process."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    ) as running:
        yield running


@pytest.mark.slow
def test_cluster_by_its_address(cluster: Any, tables: Path, built: Path, tmp_path: Path) -> None:
    build_atlas(GENOME, tmp_path / "atlas", source=tables, scheduler=cluster.scheduler_address)
    assert digests(tmp_path / "atlas") == digests(built)


@pytest.mark.slow
def test_two_processes_of_this_machine(tables: Path, built: Path, tmp_path: Path) -> None:
    build_atlas(GENOME, tmp_path / "atlas", source=tables, scheduler="processes", workers=2)
    assert digests(tmp_path / "atlas") == digests(built)


@pytest.mark.slow
def test_a_worker_killed_half_way_changes_nothing(cluster: Any, tables: Path, built: Path, tmp_path: Path) -> None:
    from distributed import Client

    out = tmp_path / "atlas"
    killed: list[int] = []

    def kill_one(processes: dict[str, int]) -> None:
        while len(list(out.glob("pairs/*/pairs.parquet"))) < 60:
            time.sleep(0.002)
        number = next(iter(processes.values()))
        os.kill(number, signal.SIGKILL)
        killed.append(len(list(out.glob("pairs/*/pairs.parquet"))))

    with Client(cluster) as client:
        killer = threading.Thread(target=kill_one, args=(client.run(os.getpid),), daemon=True)
        killer.start()
        result = build_atlas(GENOME, out, source=tables, scheduler=client)
        killer.join(timeout=1)
        assert client.status == "running", "the caller's client stays open"
    assert killed and 60 <= killed[0] < 235, "it died half-way"
    assert "failed" not in result["outcomes"].values()
    assert digests(out) == digests(built)


def test_a_scheduler_that_does_not_answer(tables: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "SCHEDULER_SECONDS", 0.5)
    with pytest.raises(ServiceUnavailableError, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:9 within"):
        build_atlas(GENOME, tmp_path / "atlas", source=tables, scheduler="tcp://127.0.0.1:9")
    assert not (tmp_path / "atlas").exists(), "nothing is left"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scheduler": "10.0.0.1"}, "give an address such as 'tcp://10.0.0.1:8786'"),
        ({"scheduler": 7}, "scheduler is 7"),
        ({"scheduler": "nonsense://x"}, "is no address"),
        ({"workers": 0}, "workers is 0"),
        ({"scheduler": "tcp://127.0.0.1:9", "workers": 2}, "how many a cluster has is decided there"),
    ],
)
def test_unusable_schedulers(options: dict[str, Any], message: str, tables: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        build_atlas(GENOME, tmp_path / "atlas", source=tables, **options)

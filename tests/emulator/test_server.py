"""Starting, stopping, inspecting, and the same bytes from every process."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import flask
import pytest
import requests

from scripts.chipatlas.endpoints import DEFAULTS, data_url, site_url, ucsc_url, wabi_url
from scripts.chipatlas.transport.client import Client
from scripts.common.errors import InputError
from scripts.emulator import Atlas, serve

ROOT = Path(__file__).resolve().parents[2]

#: Prints one digest over a table, peaks, coverage, genes, methylation and the truth.
DIGEST = """
import hashlib
from scripts.emulator import truth
from scripts.emulator.simulation.factors import target_tables
from scripts.emulator.simulation.genome import genes
from scripts.emulator.simulation.tracks import methylation, signal
digest = hashlib.sha256(target_tables.target_table("hg38", "MYC", 5))
for frame in (
    signal.peaks("SRX5865959", "hg38"),
    signal.coverage("SRX5865959", "hg38"),
    genes.transcripts("mm10"),
    methylation.methylation_table(["SRX6831786", "SRX6831796"], "hg38"),
    truth(["SRX5865959"], ["SRX5865967"]),
):
    digest.update(frame.to_csv().encode())
print(digest.hexdigest())
"""


def test_variables_are_set_and_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIPATLAS_DATA_URL", "http://mirror.example/data")
    monkeypatch.setenv("NO_PROXY", "intranet")
    with serve() as running:
        assert wabi_url("x") == f"{running.url}/wabi/chipatlas/x"
        assert data_url("hg38") == f"{running.url}/data/hg38"
        assert site_url("a") == f"{running.url}/site/a"
        assert ucsc_url("a") == f"{running.url}/ucsc/a"
        assert set(running.environment) == set(DEFAULTS)
        assert os.environ["NO_PROXY"] == "intranet,127.0.0.1,localhost"
    assert os.environ["CHIPATLAS_DATA_URL"] == "http://mirror.example/data"
    assert "CHIPATLAS_WABI_URL" not in os.environ
    assert os.environ["NO_PROXY"] == "intranet"
    with pytest.raises(requests.ConnectionError):
        requests.get(running.url, timeout=1)


def test_it_starts_in_less_than_a_second() -> None:
    begun = time.monotonic()
    with serve(set_environment=False) as running:
        assert requests.get(running.environment["CHIPATLAS_WABI_URL"], timeout=5).text == "chipatlas"
    assert time.monotonic() - begun < 2


def test_a_taken_port_is_an_error_not_an_exit(capfd: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"Port {port} of 127.0.0.1 cannot be used .*Give another"), serve(port):
            pass
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("port", [-1, 65_536, 70_000])
def test_a_port_that_is_none(port: int) -> None:
    with pytest.raises(InputError, match=f"Port {port} does not exist"), serve(port):
        pass


def test_a_port_of_ones_own_choice() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with serve(port, set_environment=False) as running:
        assert running.url == f"http://127.0.0.1:{port}"
        assert requests.get(running.environment["CHIPATLAS_WABI_URL"], timeout=5).text == "chipatlas"


def test_requests_are_remembered_and_replies_marked(atlas: Atlas) -> None:
    with Client() as client:
        client.get(f"{atlas.url}/data/none?x=1")
        assert client.simulated
    assert list(atlas.requests) == [("GET", "/data/none?x=1")]


def test_a_fault_replaces_a_reply(atlas: Atlas) -> None:
    def maintenance(request: flask.Request) -> flask.Response | None:
        return flask.Response("down", status=503) if request.path.startswith("/wabi") else None

    atlas.faults.append(maintenance)
    assert requests.get(atlas.environment["CHIPATLAS_WABI_URL"], timeout=5).status_code == 503
    assert requests.get(f"{atlas.url}/site/data/exp_metadata.json?expid=SRX1", timeout=5).status_code == 200


def test_unknown_paths_are_404(atlas: Atlas) -> None:
    assert requests.get(f"{atlas.url}/elsewhere", timeout=5).status_code == 404


def test_truth_is_at_hand(atlas: Atlas) -> None:
    assert atlas.truth(["SRX5865959"], ["SRX5865967"]).columns.tolist()[-2:] == ["log2FC", "kind"]


def test_two_processes_simulate_the_same_bytes() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", DIGEST],
            check=True,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert len(digests) == 1
    assert len(digests.pop()) == hashlib.sha256().digest_size * 2


def test_importing_the_package_is_light() -> None:
    heavy = "{'flask', 'edgepython', 'scipy', 'numba'}"
    code = f"import sys, scripts.emulator, scripts.engine; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "set()"

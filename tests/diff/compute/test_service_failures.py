"""A failing service never costs a job: what the client believes, waits for, and leaves for the next call."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from flask import Request, Response

from scripts.chipatlas.transport import client as http
from scripts.chipatlas.transport.client import Client
from scripts.chipatlas.wabi.job_file import read_record
from scripts.chipatlas.wabi.query_chipatlas_api import poll_job_status
from scripts.chipatlas.wabi.replies import job_time
from scripts.common.errors import (
    BadResponseError,
    JobTimeoutError,
    RefusedError,
    ServiceUnavailableError,
    SubmissionError,
)
from scripts.diff import load_example_data, run_diff_workflow
from scripts.emulator import Atlas

DATA = load_example_data("official_sacCer3_diffbind")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "LOOPBACK_BACKOFF_SECONDS", 0.0)
    monkeypatch.setenv("CHIPATLAS_POLL_SECONDS", "0.01")


@pytest.fixture
def service(atlas: Atlas) -> Iterator[Atlas]:
    yield atlas
    atlas.faults.clear()


def run(folder: Path, **options: Any) -> dict[str, Any]:
    return run_diff_workflow(DATA["experiments_a"], DATA["experiments_b"], DATA["genome"], output_dir=folder, **options)


def submissions(atlas: Atlas) -> int:
    return sum(method == "POST" for method, _ in atlas.requests)


def states(*replies: str | int) -> Callable[[Request], Response | None]:
    """Status calls answered in this order, the last one for ever: a state, or an HTTP status."""
    left = list(replies)

    def answer(request: Request) -> Response | None:
        if request.args.get("info") != "status":
            return None
        reply = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(reply, int):
            return Response("<html>not here</html>", status=reply, content_type="text/html")
        return Response(f"request-ID: x\nstatus: {reply}\nsystem-info: \n", content_type="text/plain")

    return answer


def test_one_not_found_late_in_a_job_does_not_lose_it(service, monkeypatch) -> None:
    monkeypatch.setattr("scripts.chipatlas.wabi.query_chipatlas_api.NOT_FOUND_SECONDS", 0.05)
    service.faults.append(states(*["running"] * 20, "not-found", "finished"))
    with Client() as client:
        assert poll_job_status("wabi_1", client, timeout=30).state == "finished"


@pytest.mark.parametrize("status", [400, 404])
def test_a_gateways_page_does_not_lose_a_job(service, monkeypatch, status) -> None:
    monkeypatch.setattr("scripts.chipatlas.wabi.query_chipatlas_api.NOT_FOUND_SECONDS", 0.05)
    service.faults.append(states(*[status] * 20, "finished"))
    with Client() as client:
        assert poll_job_status("wabi_1", client, timeout=30).state == "finished"


def test_the_services_own_report_of_an_unknown_job_is_not_found(service) -> None:
    with Client() as client, pytest.raises(JobTimeoutError, match="still 'not-found'"):
        poll_job_status("wabi_chipatlas_of_nobody", client, timeout=0.1)


def test_a_pause_that_the_service_asks_for_is_kept_between_polls(service) -> None:
    busy = service.fault("wabi-status", "http-429-1h")
    with Client() as client, pytest.raises(JobTimeoutError, match="HTTP 429"):
        poll_job_status("wabi_1", client, timeout=900)
    assert busy.hits == 1


def test_the_state_of_another_job_is_not_believed(service, tmp_path) -> None:
    service.fault("wabi-status", "other-status", 3)
    results = run(tmp_path)
    assert len(results["diff_regions"]) > 100
    assert submissions(service) == 1


@pytest.mark.parametrize("name", ["dropped", "http-503", "redirect-away", "ten-gigabytes", "gzip-noise"])
def test_no_result_hangs_on_the_log(service, tmp_path, name) -> None:
    service.fault("wabi-log", name)
    assert len(run(tmp_path)["diff_regions"]) > 100


@pytest.mark.parametrize(
    ("service_says", "mirror_says", "error", "message"),
    [
        ("dropped", "dropped", ServiceUnavailableError, "No answer from"),
        ("http-404", "no-such-key", ServiceUnavailableError, "ended well, but neither the service nor its mirror"),
        ("no-such-key-200", "maintenance-page", ServiceUnavailableError, "nothing is submitted twice"),
        ("zip-truncated", "zip-truncated", BadResponseError, "no readable zip archive"),
        ("zip-of-another", "zip-of-another", BadResponseError, "that of another request"),
        ("redirect-away", "ten-gigabytes", BadResponseError, "sends more than 1,073,741,824 bytes"),
    ],
)
def test_a_finished_job_outlives_a_result_that_cannot_be_had(
    service, tmp_path, service_says, mirror_says, error, message
) -> None:
    service.fault("wabi-result-zip", service_says)
    service.fault("data-mirror", mirror_says)
    with pytest.raises(error, match=message):
        run(tmp_path)
    record = read_record(tmp_path)
    assert record is not None and record.outcome == ""
    assert [path.name for path in tmp_path.iterdir()] == ["job.json"]
    service.faults.clear()
    assert run(tmp_path)["provenance"]["request_id"] == record.request_id
    assert submissions(service) == 1


def test_the_mirror_stands_in_for_a_bad_archive(service, tmp_path) -> None:
    right = run(tmp_path / "right")["diff_regions"]
    for name in ("zip-truncated", "zip-bomb", "zip-of-another"):
        service.faults.clear()
        switch = service.fault("wabi-result-zip", name)
        results = run(tmp_path / name)
        pd.testing.assert_frame_equal(results["diff_regions"], right)
        assert switch.hits == 1  # what is wrong there stays wrong
        assert {path.name for path in (tmp_path / name / "raw_results").iterdir()} == {
            "README.md",
            "wabi_result.bed",
            "wabi_result.igv.bed",
            "wabi_result.log",
            "wabi_result.xml",
        }


@pytest.mark.parametrize(
    "name", ["dropped", "reset", "cut", "http-500", "http-502", "ten-gigabytes", "gzip-noise", "redirect-away", "empty"]
)
def test_a_submission_without_an_answer_is_not_sent_again_until_told_to(service, tmp_path, name) -> None:
    switch = service.fault("wabi-submit", name)
    with pytest.raises(SubmissionError, match="sent once, and is not sent again by itself: a job may have"):
        run(tmp_path)
    service.faults.remove(switch)
    with pytest.raises(SubmissionError, match="This request was sent before .*without an answer"):
        run(tmp_path)
    assert submissions(service) == 1
    assert len(run(tmp_path, resume=False)["diff_regions"]) > 100
    assert submissions(service) == 2
    assert read_record(tmp_path).request_id


@pytest.mark.parametrize("name", ["http-429", "http-503", "http-429-1h", "http-400"])
@pytest.mark.parametrize("earlier", [True, False])
def test_a_submission_that_was_turned_away_leaves_no_trace(service, tmp_path, name, earlier) -> None:
    folder = tmp_path / "results"
    if earlier:
        run(folder, description_a="Earlier")
    before = (folder / "job.json").read_bytes() if earlier else None
    switch = service.fault("wabi-submit", name)
    with pytest.raises((ServiceUnavailableError, RefusedError)):
        run(folder)
    assert folder.exists() == earlier
    if earlier:
        assert (folder / "job.json").read_bytes() == before
    service.faults.remove(switch)
    assert len(run(folder)["diff_regions"]) > 100


def test_a_service_that_cannot_be_reached_has_started_nothing(service, tmp_path, monkeypatch) -> None:
    from scripts.diff.compute import server_job

    monkeypatch.setattr(server_job, "check_health", lambda client: monkeypatch.setenv("CHIPATLAS_WABI_URL", nobody))
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))  # and does not listen
        nobody = f"http://127.0.0.1:{reserved.getsockname()[1]}/"
        with pytest.raises(ServiceUnavailableError, match="No answer from"):
            run(tmp_path / "results", preflight=False)
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(("name", "asked"), [("reset", 2), ("http-429-1h", 1), ("zip-truncated", 1), ("http-404", 6)])
def test_how_often_a_result_is_asked_for_before_the_mirror(service, tmp_path, name, asked) -> None:
    switch = service.fault("wabi-result-zip", name)
    assert len(run(tmp_path)["diff_regions"]) > 100
    assert switch.hits == asked


@pytest.mark.parametrize(
    ("route", "fault"),
    [("health", "http-503"), ("health", "maintenance-page"), ("health", "http-403"), ("wabi-submit", "http-400")],
)
def test_a_server_that_is_away_or_refuses_is_not_the_only_one(
    service: Atlas, tmp_path: Path, route: str, fault: str
) -> None:
    """The error holds the call that computes the same comparison here, ready to be pasted."""
    service.fault(route, fault)
    with pytest.raises((ServiceUnavailableError, RefusedError)) as caught:
        run(tmp_path / "results", description_a="a 'quoted' label")
    line = str(caught.value).splitlines()[-1]
    assert line.startswith("Or compute it on this machine (the `local` extra): run_diff_workflow(['SRX")
    service.faults.clear()
    pytest.importorskip("edgepython")
    results = eval(line.partition(": ")[2], {"run_diff_workflow": run_diff_workflow})
    assert results["provenance"]["engine"] == "local"
    assert results["parameters"]["description_a"] == "a 'quoted' label"
    assert (tmp_path / "results" / "raw_results").is_dir()


def test_nobody_listens_there(service: Atlas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        monkeypatch.setenv("CHIPATLAS_WABI_URL", f"http://127.0.0.1:{reserved.getsockname()[1]}/")
        with pytest.raises(ServiceUnavailableError, match="(?s)refused.*engine='local'"):
            run(tmp_path / "results")


def test_a_site_that_says_diff_analysis_is_unavailable(
    new_atlas_server: Atlas, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in new_atlas_server.environment.items():
        monkeypatch.setenv(name, value)
    new_atlas_server.requests.clear()

    def unavailable(request: Request) -> Response | None:
        body = b'{"services": {"wabi": "ok"}, "features": {"diff_analysis": "unavailable"}}'
        return Response(body) if request.path == "/site/status" else None

    new_atlas_server.faults.append(unavailable)
    try:
        with pytest.raises(ServiceUnavailableError, match="(?s)Diff Analysis is unavailable now.*engine='local'"):
            run(tmp_path / "results")
        assert submissions(new_atlas_server) == 0
        assert run(tmp_path / "results", preflight=False)["diff_regions"] is not None
    finally:
        new_atlas_server.faults.clear()


def test_a_site_that_does_not_say_is_no_obstacle(service: Atlas, tmp_path: Path) -> None:
    service.fault("site-status", "http-503")
    assert len(run(tmp_path)["diff_regions"])


def test_the_time_in_a_job_id_is_japans(service: Atlas, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    request_id = run(tmp_path)["provenance"]["request_id"]
    submitted = next(line for line in capsys.readouterr().out.splitlines() if "Job submitted" in line)
    assert submitted == f"  Job submitted: {request_id} ({job_time(request_id)})"
    shown = datetime.strptime(job_time(request_id), "%Y-%m-%d %H:%M:%S in Japan (UTC+9)")
    assert abs((datetime.now(timezone.utc) + timedelta(hours=9)).replace(tzinfo=None) - shown) < timedelta(minutes=5)


@pytest.mark.parametrize(
    ("request_id", "expected"),
    [
        ("wabi_chipatlas_2026-0922-1049-51-199-173766", "2026-09-22 10:49:51 in Japan (UTC+9)"),
        ("wabi_chipatlas_1", ""),
        ("", ""),
    ],
)
def test_time_of_a_job_id(request_id: str, expected: str) -> None:
    assert job_time(request_id) == expected

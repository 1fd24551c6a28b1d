"""The Diff Analysis routes against the protocol."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
import requests

from scripts.chipatlas.transport.client import SIMULATED_HEADER
from scripts.emulator import Atlas, serve
from scripts.emulator.wabi import analysis
from tests.emulator.jobs import (
    DMSO,
    HG38_DMR_A,
    HG38_DMR_B,
    K562,
    MOLM13,
    bed_of,
    files_of,
    form,
    get,
    key_values,
    log_of,
    service,
    submit,
    wait,
)
from tests.reference import reference_json, reference_text


def test_health_is_one_word(atlas: Atlas) -> None:
    for url in (service(atlas), service(atlas).rstrip("/")):
        reply = requests.get(url, timeout=5)
        assert (reply.status_code, reply.text) == (200, "chipatlas")
        assert reply.headers[SIMULATED_HEADER] == "1"


def test_head_is_refused(atlas: Atlas) -> None:
    assert requests.head(service(atlas), timeout=5).status_code == 405
    assert requests.head(service(atlas) + "wabi_chipatlas_x", timeout=5).status_code == 405


def test_submission_answers_with_key_value_lines(atlas: Atlas) -> None:
    reply = requests.post(service(atlas), data=form(MOLM13, K562), timeout=5)
    assert reply.headers["Content-Type"].startswith("text/plain")
    lines = reply.text.splitlines()
    keys = [line.split(":")[0] for line in lines]
    assert keys == ["requestId", "parameters", "current-time", "start-time", "current-state"]
    assert re.fullmatch(r"requestId: wabi_chipatlas_\d{4}-\d{4}-\d{4}-\d\d-\d{3}-\d{6}", lines[0])


def test_a_job_from_submission_to_archive(atlas: Atlas) -> None:
    job_id = submit(atlas, MOLM13, K562)
    assert get(atlas, job_id, info="result", format="zip").status_code == 404
    states = wait(atlas, job_id)
    assert states[0] == "not-found"
    assert states[-1] == "finished"
    assert set(states) <= {"not-found", "waiting", "running", "finished"}

    archive = get(atlas, job_id, info="result", format="zip").content
    files = files_of(archive)
    names = ["README.md", "wabi_result.bed", "wabi_result.igv.bed", "wabi_result.log", "wabi_result.xml"]
    assert sorted(files) == [f"wabi_result/{name}" for name in names]
    bed = bed_of(archive)
    assert bed.shape[1] == 8
    assert bed[3].str.count(",").eq(3).all()
    assert bed[7].between(0, 1).all()
    assert ElementTree.fromstring(files["wabi_result/wabi_result.xml"]).get("genome") == "hg38"
    assert b"SIMULATED" in files["wabi_result/wabi_result.igv.bed"].splitlines()[0]

    log = log_of(atlas, job_id)
    samples = re.findall(r"<samples> (\S+) ([AB])", log)
    assert samples == sorted([(name, "A") for name in MOLM13] + [(name, "B") for name in K562])
    assert f'<parameter> WABI_ID="{job_id}"' in log
    assert re.search(r"Duration: \d+ seconds", log)

    mirror = requests.get(f"{atlas.url}/data/query/{job_id}.zip", timeout=5)
    assert mirror.content == archive
    assert get(atlas, job_id, info="result", format="tsv").content == files["wabi_result/wabi_result.bed"]
    assert "SIMULATED" in get(atlas, job_id, info="result", format="html").text


def test_a_methylation_job_has_ten_columns(atlas: Atlas) -> None:
    job_id = submit(atlas, HG38_DMR_A, HG38_DMR_B, antigenClass="dmr")
    wait(atlas, job_id)
    bed = bed_of(get(atlas, job_id, info="result", format="zip").content)
    assert bed.shape[1] == 10
    assert bed[[8, 9]].stack().between(0, 1).all()
    assert (bed[5] >= 10).all()


def test_finished_status_reads_like_the_real_one(atlas: Atlas) -> None:
    real = reference_text("wabi_status_finished.txt")
    job_id = submit(atlas, MOLM13, K562)
    wait(atlas, job_id)
    ours = get(atlas, job_id, info="status").text
    assert list(key_values(ours)) == list(key_values(real))
    assert ours.count("COMPLETED") == real.count("COMPLETED")


def test_unknown_id_is_a_bad_request_in_json(atlas: Atlas) -> None:
    reply = get(atlas, "wabi_chipatlas_2020-0101-0000-00-000-000000", info="status")
    assert reply.status_code == 400
    assert reply.json() == reference_json("wabi_unknown_id.json")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("genome", "hg99"),
        ("antigenClass", "TFs"),
        ("threshold", "7"),
        ("format", "json"),
        ("result", "mail"),
        ("typeA", "bed"),
        ("bedBFile", ""),
        ("bedBFile", " \n \n"),
        ("title", "x\n[ERROR] made up"),
        ("descriptionA", "$(date)"),
        ("descriptionB", "a;b"),
    ],
)
def test_an_invalid_form_is_a_bad_request(atlas: Atlas, field: str, value: str) -> None:
    before = len(atlas.jobs)
    reply = requests.post(service(atlas), data=form(MOLM13, K562) | {field: value}, timeout=5)
    assert reply.status_code == 400
    assert reply.json()["Message"] == "Error"
    assert len(atlas.jobs) == before


@pytest.mark.parametrize(
    ("ids_a", "changes", "message"),
    [
        (["SRX1", *MOLM13], {}, '[ERROR] "SRX1" does not correspond to an experiment for hg38.'),
        (MOLM13, {"genome": "mm10"}, '[ERROR] "SRX5865975" does not correspond to an experiment for mm10.'),
        (HG38_DMR_A, {}, '[ERROR] "SRX6831786" is Bisulfite-Seq'),
        (MOLM13, {"antigenClass": "dmr"}, '[ERROR] "SRX5865975" is not Bisulfite-Seq'),
        (K562, {}, "[ERROR] An experiment is in both groups."),
        (["GSM1"], {}, "[ERROR] No valid experiment in dataset A."),
        (
            ["http://host.example/x.bw http://host.example/x.bed 50"],
            {},
            '[ERROR] "http://host.example/x.bw http://host.example/x.bed 50" is user data; the embedded service takes',
        ),
    ],
)
def test_a_job_that_cannot_run_is_finished_and_failed(
    atlas: Atlas, ids_a: list[str], changes: dict[str, str], message: str
) -> None:
    job_id = submit(atlas, ids_a, K562, **changes)
    wait(atlas, job_id)
    status = get(atlas, job_id, info="status").text
    assert "FAILED" in status
    assert "COMPLETED" not in status
    assert message in log_of(atlas, job_id)
    assert get(atlas, job_id, info="result", format="zip").status_code == 404
    assert requests.get(f"{atlas.url}/data/query/{job_id}.zip", timeout=5).status_code == 404


def test_what_the_service_ignores_it_says(atlas: Atlas) -> None:
    job_id = submit(atlas, ["GSM3781508", "x", "GSM1", *MOLM13[1:]], K562)
    wait(atlas, job_id)
    log = log_of(atlas, job_id)
    assert '[WARNING] "x" is not a valid SRX or GSM ID and has been ignored.' in log
    assert '[WARNING] "GSM1" unmapped for hg38 and has been ignored.' in log
    # The GSM number is that of the first MOLM-13 experiment.
    assert "<samples> SRX5865975 A" in log
    archived = files_of(get(atlas, job_id, info="result", format="zip").content)["wabi_result/wabi_result.log"]
    assert archived.decode().count("[WARNING]") == 2


def test_a_line_holds_one_experiment(atlas: Atlas) -> None:
    job_id = submit(atlas, ["SRX1 SRX2", "  ", *MOLM13], K562)
    wait(atlas, job_id)
    log = log_of(atlas, job_id)
    assert '[WARNING] "SRX1 SRX2" is not a valid SRX or GSM ID and has been ignored.' in log
    assert log.count("[WARNING]") == 1


@pytest.mark.parametrize("set_environment", [True, False])
def test_session_names_tracks_of_the_server_itself(monkeypatch: pytest.MonkeyPatch, set_environment: bool) -> None:
    monkeypatch.setenv("CHIPATLAS_DATA_URL", "http://mirror.example/data")
    clock = {"waiting_seconds": 0.0, "running_seconds": 0.0, "not_found_polls": 0}
    with serve(set_environment=set_environment, **clock) as running:  # type: ignore[arg-type]
        job_id = submit(running, HG38_DMR_A[:1], HG38_DMR_B[:1], antigenClass="dmr")
        wait(running, job_id)
        files = files_of(get(running, job_id, info="result", format="zip").content)
        session = ElementTree.fromstring(files["wabi_result/wabi_result.xml"])
        tracks = [item.get("path") for item in session.iter("Resource")][1:]
        folder = f"{running.url}/data/hg38/eachData/bs/methyl"
        assert tracks == [f"{folder}/{name}.methyl.bw" for name in (HG38_DMR_A[0], HG38_DMR_B[0])]


def test_an_unexpected_error_fails_the_job(atlas: Atlas, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(analysis, "_compare", broken)
    job_id = submit(atlas, MOLM13, K562)
    wait(atlas, job_id)
    assert "FAILED" in get(atlas, job_id, info="status").text
    log = log_of(atlas, job_id)
    errors = [line for line in log.splitlines() if line.startswith("[ERROR]")]
    assert len(errors) == 1
    assert errors[0].startswith("[ERROR] Embedded service: internal error (ZeroDivisionError: planted)")
    assert "[INFO] <traceback> Traceback" in log


def test_no_replicates(atlas: Atlas) -> None:
    job_id = submit(atlas, MOLM13[:1], K562[:1])
    wait(atlas, job_id)
    bed = bed_of(get(atlas, job_id, info="result", format="zip").content)
    assert bed.shape[1] == 8
    assert bed[3].dtype.kind == "f"


def test_slow_clock_passes_every_state() -> None:
    with serve(waiting_seconds=0.15, running_seconds=0.15, not_found_polls=2, set_environment=False) as slow:
        job_id = submit(slow, MOLM13, K562)
        assert wait(slow, job_id) == ["not-found", "waiting", "running", "finished"]


def test_experiments_are_listed_by_name(atlas: Atlas) -> None:
    job_id = submit(atlas, list(reversed(DMSO[:3])), K562[3:])
    wait(atlas, job_id)
    assert re.findall(r"<samples> (\S+) A", log_of(atlas, job_id)) == DMSO[:3]

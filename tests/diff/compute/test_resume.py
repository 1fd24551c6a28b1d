"""A broken-off run goes on with its job; one job on the server whatever happens to the client."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from scripts.chipatlas.wabi.job_file import JOB_FILE, read_record, read_records, write_record
from scripts.common.errors import JobFailedError, JobLostError, JobTimeoutError
from scripts.diff import export_all, load_example_data, run_diff_workflow

ROOT = Path(__file__).resolve().parents[3]
DATA = load_example_data("official_ce11_diffbind")
A, B = DATA["experiments_a"], DATA["experiments_b"]


def run(folder, **options):
    return run_diff_workflow(A, B, "ce11", output_dir=folder, **options)


def submissions(atlas):
    return [path for method, path in atlas.requests if method == "POST" and path.startswith("/wabi")]


def test_job_file_is_written_before_the_first_poll(atlas, tmp_path):
    seen = []

    def look(request):
        if request.args.get("info") == "status":
            seen.append((tmp_path / JOB_FILE).exists())

    atlas.faults.append(look)
    results = run(tmp_path)
    assert seen[0] is True
    record = json.loads((tmp_path / JOB_FILE).read_text())
    assert record["request_id"] == results["provenance"]["request_id"]
    assert record["form"]["bedAFile"].splitlines() == A


def test_the_same_call_resumes_and_a_changed_one_does_not(atlas, tmp_path):
    first = run(tmp_path)
    again = run(tmp_path)
    assert len(submissions(atlas)) == 1
    assert again["provenance"]["request_id"] == first["provenance"]["request_id"]
    pd.testing.assert_frame_equal(again["diff_regions"], first["diff_regions"])
    run(tmp_path, description_a="Another label")
    assert len(submissions(atlas)) == 2
    run(tmp_path, description_a="Another label", resume=False)
    assert len(submissions(atlas)) == 3


def test_another_comparison_in_between_loses_no_job(atlas, tmp_path, capsys):
    """One folder, as the default of step 2 is: what is asked again goes on, whatever was asked meanwhile."""
    with pytest.raises(JobTimeoutError):
        run(tmp_path, timeout=1e-6)
    first = read_record(tmp_path).request_id
    run(tmp_path, description_a="Another label")
    assert [record.request_id for record in read_records(tmp_path)][1:] == [first]
    assert run(tmp_path)["provenance"]["request_id"] == first
    assert len(submissions(atlas)) == 2
    assert read_record(tmp_path).request_id == first
    assert capsys.readouterr().out.count("held the results of an earlier run") == 0  # nothing was exported


def test_an_old_job_that_is_gone_is_given_up_soon(atlas, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("scripts.chipatlas.wabi.query_chipatlas_api.OLD_NOT_FOUND_SECONDS", 0.05)
    run(tmp_path)
    record = read_record(tmp_path)
    write_record(tmp_path, replace(record, submitted_at="2020-01-01T00:00:00+00:00"))
    atlas.jobs.clear()
    capsys.readouterr()
    begun = time.monotonic()
    with pytest.raises(JobLostError, match="was lost, or its result was removed"):
        run(tmp_path)
    assert time.monotonic() - begun < 30
    assert "normal right after a submission" not in capsys.readouterr().out
    assert len(run(tmp_path)["diff_regions"])


def test_results_that_are_replaced_are_said_to_be(atlas, tmp_path, capsys):
    export_all(run(tmp_path), tmp_path, annotation="none")
    capsys.readouterr()
    run(tmp_path, description_a="Another label")
    assert f"{tmp_path} held the results of an earlier run:" in capsys.readouterr().out


def test_after_a_time_out(atlas, tmp_path):
    with pytest.raises(JobTimeoutError, match="Run the same call again, in the same folder"):
        run(tmp_path, timeout=1e-6)
    assert len(run(tmp_path)["diff_regions"])
    assert len(submissions(atlas)) == 1


def test_killed_while_waiting(atlas, tmp_path):
    code = (
        "from scripts.diff import run_diff_workflow\n"
        f"run_diff_workflow({A!r}, {B!r}, 'ce11', output_dir={str(tmp_path)!r})"
    )
    held = []

    def hold(request):
        """Let the job look as if it were running until the client has been killed."""
        if request.args.get("info") == "status" and not held:
            from flask import Response

            return Response("request-ID: x\nstatus: running\nsystem-info: \n", content_type="text/plain")
        return None

    atlas.faults.append(hold)
    environment = os.environ | atlas.environment | {"CHIPATLAS_POLL_SECONDS": "0.05", "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.DEVNULL) as client:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and sum("/wabi" in path for _, path in atlas.requests) < 6:
            time.sleep(0.02)
        client.send_signal(signal.SIGKILL)
        client.wait(timeout=10)
    held.append(True)
    assert (tmp_path / JOB_FILE).exists() and not (tmp_path / "raw_results").exists()
    results = run(tmp_path)
    fresh = run(tmp_path / "fresh")
    pd.testing.assert_frame_equal(results["diff_regions"], fresh["diff_regions"])
    assert len(submissions(atlas)) == 2  # one for this folder, one for the fresh one


def test_failed_job_is_not_resumed(atlas, tmp_path):
    for n in (1, 2):
        with pytest.raises(JobFailedError, match=r"\[ERROR\] \"SRX1\""):
            run_diff_workflow(["SRX1", A[0]], B, "ce11", output_dir=tmp_path, preflight=False)
        assert len(submissions(atlas)) == n
    assert "failed" in read_record(tmp_path).outcome


def test_lost_job_is_submitted_anew_the_next_time(atlas, tmp_path, monkeypatch):
    monkeypatch.setattr("scripts.chipatlas.wabi.query_chipatlas_api.NOT_FOUND_SECONDS", 0.1)
    lost = []

    def lose(request):
        if request.args.get("info") == "status" and not lost:
            from flask import Response

            return Response("request-ID: x\nstatus: not-found\n", content_type="text/plain")
        return None

    atlas.faults.append(lose)
    with pytest.raises(JobLostError, match="was lost"):
        run(tmp_path)
    lost.append(True)
    assert len(run(tmp_path)["diff_regions"])
    assert len(submissions(atlas)) == 2


@pytest.mark.parametrize("content", ["", "{", "[]", '{"request_id": 1}', "\x00"])
def test_damaged_job_file_is_said_and_replaced(atlas, tmp_path, capsys, content):
    (tmp_path / JOB_FILE).write_text(content)
    run(tmp_path)
    assert "a new job is submitted" in capsys.readouterr().out
    assert read_record(tmp_path) is not None


def test_service_that_falters_while_the_job_runs(atlas, tmp_path):
    replies = []

    def falter(request):
        if request.args.get("info") == "status" and len(replies) < 12:
            from flask import Response

            replies.append(1)
            if len(replies) % 2:
                return Response("<html>maintenance</html>", content_type="text/html")
            return Response("busy", status=503)
        return None

    atlas.faults.append(falter)
    assert len(run(tmp_path)["diff_regions"])
    assert len(submissions(atlas)) == 1


def test_finished_is_not_success(atlas, tmp_path):
    def fail(request):
        from flask import Response

        if request.args.get("info") == "status":
            return Response("request-ID: x\nstatus: finished\nsystem-info: 1 a b\n", content_type="text/plain")
        if request.args.get("format") == "log":
            return Response("[INFO] Start\n[ERROR] The following file was not correctly downloaded or identified.\n")
        return None

    atlas.faults.append(fail)
    with pytest.raises(JobFailedError, match=r"\[ERROR\] The following file was not correctly downloaded"):
        run(tmp_path)
    assert not (tmp_path / "raw_results").exists()


def test_two_experiments_that_the_server_ignored(atlas, tmp_path):
    results = run_diff_workflow([*A, "GSM1", "GSM2"], B, "ce11", output_dir=tmp_path, preflight=False)
    first = results["qc_warnings"][0]
    assert first["issue"] == "Experiments not used by the server"
    assert "GSM1, GSM2 took no part; the comparison is 2 (group_A) vs 2 (group_B)" in first["details"]
    assert results["samples"]["accession"].tolist() == sorted(A) + sorted(B)
    plain = run(tmp_path / "plain")
    pd.testing.assert_frame_equal(results["counts"], plain["counts"])


def test_counts_belong_to_their_experiments(atlas, tmp_path):
    """Whatever the order of submission, a column is the experiment it is named after."""
    forward, backward = run(tmp_path / "1"), run_diff_workflow(A[::-1], B[::-1], "ce11", output_dir=tmp_path / "2")
    pd.testing.assert_frame_equal(forward["counts"], backward["counts"])
    regions, counts = forward["diff_regions"], forward["counts"]
    assert counts[sorted(A)].mean(axis=1).to_numpy() == pytest.approx(regions["mean_count_a"].to_numpy())


def test_result_without_its_bed_is_read_from_the_igv_track(atlas, tmp_path, monkeypatch):
    import scripts.diff.compute.server_job as server_job

    retrieve = server_job.retrieve_zip_results

    def without_bed(*arguments, **options):
        found = retrieve(*arguments, **options)
        found.pop("bed").unlink()
        return found

    whole = run(tmp_path / "whole")["diff_regions"]
    monkeypatch.setattr(server_job, "retrieve_zip_results", without_bed)
    results = run(tmp_path / "track")
    assert results["provenance"]["from_igv_track"] is True
    assert results["counts"] is None
    regions = results["diff_regions"]
    expected = whole[whole["qvalue"] < 0.1]
    assert len(regions) == len(expected)
    assert set(regions["direction"]) == set(expected["direction"])
    assert regions["qvalue"].to_numpy() == pytest.approx(expected["qvalue"].to_numpy(), rel=0.01)
    assert "Fragmented peaks" in [item["issue"] for item in results["qc_warnings"]] or len(regions)


def test_servers_warnings_are_shown_while_the_job_runs(atlas, tmp_path, capsys):
    polls = []

    def run_slowly(request):
        from flask import Response

        if request.args.get("info") == "status" and len(polls) < 10:
            polls.append(1)
            return Response("request-ID: x\nstatus: running\n", content_type="text/plain")
        if request.args.get("format") == "log" and len(polls) < 10:
            return Response('[INFO] Start\n[WARNING] "GSM1" unmapped for ce11 and has been ignored.\n')
        return None

    atlas.faults.append(run_slowly)
    run(tmp_path)
    printed = capsys.readouterr().out
    assert printed.count('Server: [WARNING] "GSM1" unmapped for ce11') == 1
    assert printed.index("Job running") < printed.index("Server: [WARNING]") < printed.index("Job finished")


@pytest.mark.parametrize("change", [{"request_id": 5}, {"outcome": None}, {"fingerprint": ["x"]}, {"submitted_at": {}}])
def test_a_record_of_other_types_is_damaged(tmp_path, capsys, change):
    record = {"request_id": "x", "fingerprint": "f", "endpoint": "e", "submitted_at": "s", "form": {}, "outcome": ""}
    (tmp_path / "job.json").write_text(json.dumps(record))
    assert read_record(tmp_path).request_id == "x"
    (tmp_path / "job.json").write_text(json.dumps(record | change))
    assert read_record(tmp_path) is None
    assert capsys.readouterr().out.count("is damaged; a new job is submitted") == 1


def test_the_job_file_holds_the_call_that_goes_on_with_it(atlas, tmp_path):
    """Whoever finds a folder can finish its comparison as it was asked for; a table in memory stands in no file."""
    import pandas as pd

    from scripts.chipatlas.wabi.job_file import read_record
    from scripts.diff.compute.server_job import start_on_server
    from scripts.diff.inputs.examples import get_example
    from scripts.diff.inputs.request import DiffRequest

    example = get_example("tp53_k562_dmso_vs_daunorubicin")
    groups = example.experiments_a, example.experiments_b
    given = {"genome": "hg38", "description_a": "Ä (1)", "min_region_size": 50, "blacklist": "encode"}
    started = start_on_server(DiffRequest.checked(*groups, **given), tmp_path)
    call = read_record(tmp_path).call
    assert started.submitted and given.items() <= call.items()
    again = DiffRequest.checked(**call)
    assert again.call() == call and again.form() == DiffRequest.checked(*groups, **given).form()
    resumed = start_on_server(DiffRequest.checked(*groups, **{**given, "min_region_size": 10}), tmp_path)
    assert not resumed.submitted and resumed.record.request_id == started.record.request_id
    assert read_record(tmp_path).call["min_region_size"] == 10
    assert DiffRequest.checked(*groups, blacklist=pd.DataFrame({"chrom": [], "start": [], "end": []})).call() == {}

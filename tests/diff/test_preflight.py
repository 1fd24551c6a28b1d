"""Before submitting: what is refused, what is found, and that nothing hangs on the metadata."""

import pandas as pd
import pytest

from scripts.diff import run_diff_workflow
from scripts.diff.analysis import DIFFBIND, DMR
from scripts.diff.preflight import check_before_submitting, run_time
from scripts.shared.errors import InputError, NotFoundError
from scripts.shared.http import Client

A = ["SRX5865959", "SRX5865960"]
B = ["SRX5865967", "SRX5865968"]
BISULFITE = ["SRX6831786", "SRX6831787"]


def submissions(atlas):
    return [path for method, path in atlas.requests if method == "POST" and path.startswith("/wabi")]


def test_table_of_both_groups(atlas, capsys):
    with Client() as client:
        known = check_before_submitting(A, B, "hg38", DIFFBIND, client)
    table = known.experiments
    assert table["requested"].tolist() == A + B
    assert table["group"].tolist() == list("AABB")
    assert set(table["antigen"]) == {"TP53"} and set(table["cell_type"]) == {"K-562"}
    assert table["mapped_percent"].max() > 100
    assert known.expected_seconds == pytest.approx(1.8e-6 * float(table["reads"].sum()) + 119.38 + 600)
    printed = capsys.readouterr().out
    assert all(accession in printed for accession in A + B)


def test_geo_samples_are_found_by_their_title(atlas, tmp_path):
    results = run_diff_workflow(["GSM3781492", "SRX5865960"], B, output_dir=tmp_path)
    assert results["experiments"]["accession"].tolist()[:2] == A
    assert results["samples"]["accession"].tolist()[:2] == A
    assert not [item for item in results["qc_warnings"] if item["issue"].startswith("Experiments not used")]


@pytest.mark.parametrize(
    ("a", "genome", "analysis", "error", "message"),
    [
        (["SRX1", A[0]], "hg38", "diffbind", NotFoundError, "does not know SRX1"),
        (
            ["SRX18419259", A[0]],
            "hg38",
            "diffbind",
            NotFoundError,
            "not processed for hg38; ChIP-Atlas has it for mm10",
        ),
        ([*BISULFITE], "hg38", "diffbind", InputError, "does not fit SRX6831786, SRX6831787"),
        ([*A], "hg38", "dmr", InputError, "does not fit SRX5865959"),
        (["GSM3781492", A[0]], "hg38", "diffbind", InputError, "are the same experiment"),
    ],
)
def test_what_the_server_would_refuse_is_not_submitted(atlas, tmp_path, a, genome, analysis, error, message):
    folder = tmp_path / "results"
    with pytest.raises(error, match=message):
        run_diff_workflow(a, B, genome, analysis, output_dir=folder)
    assert submissions(atlas) == []
    assert not folder.exists()


def test_without_metadata_it_goes_on_and_says_so(atlas, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CHIPATLAS_SITE_URL", "http://127.0.0.1:9")
    results = run_diff_workflow(A, B, output_dir=tmp_path)
    assert "No preflight" in capsys.readouterr().out
    assert results["experiments"].empty
    assert "127.0.0.1:9" in results["provenance"]["metadata_unavailable"]
    assert len(results["diff_regions"])


def test_site_that_moved_its_json(atlas):
    from flask import Response

    from scripts.emulator.site import experiment_metadata

    def only_under_api(request):
        if request.path.startswith("/site/data/"):
            return Response("gone", status=404)
        return experiment_metadata() if request.path == "/site/api/exp_metadata.json" else None

    atlas.faults.append(only_under_api)
    with Client() as client:
        known = check_before_submitting(A, B, "hg38", DIFFBIND, client)
    assert len(known.experiments) == 4


@pytest.mark.parametrize(
    ("reads", "analysis", "seconds"),
    [([1e8], DIFFBIND, 180 + 719.38), ([1e9], DMR, 414.8 + 600), ([pd.NA], DIFFBIND, None), ([], DIFFBIND, None)],
)
def test_expected_run_time(reads, analysis, seconds):
    found = run_time(pd.Series(reads, dtype="Float64"), analysis)
    assert found == (None if seconds is None else pytest.approx(seconds, abs=1))

"""Before submitting: what is refused, what is found, and that nothing hangs on the metadata."""

import pandas as pd
import pytest

from scripts.chipatlas.site.api import Site
from scripts.chipatlas.transport.client import Client
from scripts.common.errors import InputError, NotFoundError
from scripts.diff import run_diff_workflow
from scripts.diff.analysis import DIFFBIND, DMR
from scripts.diff.inputs.preflight import check_before_submitting, run_time, shown

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


#: What is asked for -> what is found: accessions, or the error and a part of what it says.
QUESTIONS = {
    "SRX only": (A, "hg38", DIFFBIND, A),
    "GSM only": (["GSM3781492", "GSM3781493"], "hg38", DIFFBIND, A),
    "mixed": ([A[0], "GSM3781493"], "hg38", DIFFBIND, A),
    "GSM with two SRX": (
        ["GSM99000121", A[0]],
        "hg38",
        DIFFBIND,
        (InputError, r"GSM99000121 is the sample of 2 experiments on hg38: SRX99000121, SRX99000122\.\nGive"),
    ),
    "two GSM of one SRX": (
        ["GSM99000123", "GSM99000124"],
        "hg38",
        DIFFBIND,
        (InputError, r"GSM99000123 and GSM99000124 are the same experiment \(SRX99000123\)\. Give it once"),
    ),
    "unknown SRX": (["SRX1", A[0]], "hg38", DIFFBIND, (NotFoundError, "does not know SRX1")),
    "unknown GSM": (["GSM1", A[0]], "hg38", DIFFBIND, (NotFoundError, "does not know GSM1")),
    "GSM of another assembly": (
        ["GSM3781492", A[1]],
        "mm10",
        DIFFBIND,
        (NotFoundError, "GSM3781492, SRX5865960 were not processed for mm10; ChIP-Atlas has them for hg38"),
    ),
    "bisulfite": (BISULFITE, "hg38", DMR, BISULFITE),
    "bisulfite as peaks": (BISULFITE, "hg38", DIFFBIND, (InputError, "does not fit SRX6831786, SRX6831787")),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_both_dialects_of_the_site_give_the_same_answer(either_atlas, question):
    wanted, genome, analysis, expected = QUESTIONS[question]
    with Client() as client:
        if isinstance(expected, tuple):
            with pytest.raises(expected[0], match=expected[1]):
                check_before_submitting(wanted, [], genome, analysis, client)
            return
        known = check_before_submitting(wanted, [], genome, analysis, client)
    assert known.experiments["requested"].tolist() == wanted
    assert known.experiments["accession"].tolist() == expected
    assert (known.experiments["reads"] > 1e6).all()
    assert (known.experiments["antigen"] != "").all()


@pytest.mark.parametrize(("genome", "dialect"), [("hg19", "new"), ("TAIR12", "old")])
def test_an_assembly_that_only_one_of_the_sites_knows(either_atlas, capsys, genome, dialect):
    """The data server keeps the files of hg19 when the site forgets them."""
    members = {"hg19": A, "TAIR12": ["SRX99000131", "SRX99000132"]}[genome]
    with Client() as client:
        known = check_before_submitting(members, [], genome, DIFFBIND, client)
        spoken = Site(client).dialect.name
    printed = capsys.readouterr().out
    if spoken != dialect:
        assert known.experiments["accession"].tolist() == members and known.unavailable == ""
        return
    assert known.experiments.empty
    assert f"No preflight: the site has no metadata of {genome}, only of hg38, " in printed
    assert known.unavailable in printed


def test_comparison_of_geo_samples_alone(either_atlas, tmp_path):
    names = {"GSM3781492": "SRX5865959", "GSM3781493": "SRX5865960"}
    results = run_diff_workflow([*names], B, output_dir=tmp_path)
    assert results["samples"]["accession"].tolist()[:2] == [*names.values()]
    assert results["experiments"]["reads"].notna().all()
    assert results["provenance"]["metadata_unavailable"] == ""


@pytest.mark.parametrize(
    ("reads", "analysis", "seconds"),
    [([1e8], DIFFBIND, 180 + 719.38), ([1e9], DMR, 414.8 + 600), ([pd.NA], DIFFBIND, None), ([], DIFFBIND, None)],
)
def test_expected_run_time(reads, analysis, seconds):
    found = run_time(pd.Series(reads, dtype="Float64"), analysis)
    assert found == (None if seconds is None else pytest.approx(seconds, abs=1))


def test_the_site_estimates_what_the_metadata_do_not_tell(either_atlas):
    """Experiments of the tables of target genes carry no reads here."""
    with Client() as client:
        known = check_before_submitting(["SRX98002166", "SRX98002722"], [], "hg38", DIFFBIND, client)
        site = Site(client)
        assert known.experiments["reads"].isna().all()
        assert known.expected_seconds == 60 * site.expected_minutes(["SRX98002166", "SRX98002722"], "diffbind") == 720
    either_atlas.fault("site-estimate", "http-500")
    with Client() as client:
        again = check_before_submitting(["SRX98002166", "SRX98002722"], [], "hg38", DIFFBIND, client)
    assert again.expected_seconds is None


def test_the_table_on_the_console(atlas, capsys):
    """A GEO sample under its SRX, group A before group B, peaks but for bisulfite experiments."""
    with Client() as client:
        table = check_before_submitting(["GSM3781492"], B[:1], "hg38", DIFFBIND, client).experiments
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "  Group A:" and lines[2] == "  Group B:"
    for line, row, alias in zip((lines[1], lines[3]), table.to_dict("records"), (" (GSM3781492)", ""), strict=True):
        assert line.startswith(
            f"    {row['accession']}{alias}  TP53 | K-562 | {row['reads']:,} reads, {row['mapped_percent']:.1f}% mapped"
            f", {row['peaks']:,} peaks | "
        )
    with Client() as client:
        check_before_submitting(BISULFITE[:1], BISULFITE[1:], "hg38", DMR, client)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith(f"    {BISULFITE[0]}  ") and "% mapped | " in lines[1] and "peaks" not in lines[1]


def test_a_number_that_is_missing_is_a_question_mark():
    assert shown(pd.NA, ",") == shown(None, ".1f") == "?"
    assert shown(1234567, ",") == "1,234,567" and shown(99.5, ".1f") == "99.5" and shown(0, ",") == "0"


def test_names_and_groups_of_the_table(atlas):
    with Client() as client:
        known = check_before_submitting(["GSM3781492"], [B[0]], "hg38", DIFFBIND, client)
    assert known.names == {"GSM3781492": A[0], B[0]: B[0]}
    assert known.experiments["group"].tolist() == ["A", "B"]
    assert [*known.infos] == ["GSM3781492", B[0]]

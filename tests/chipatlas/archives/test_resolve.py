"""Accessions of other kinds against the embedded archives, whose truth is known."""

from __future__ import annotations

import codecs

import pytest

from scripts.chipatlas.accessions import kind_of
from scripts.chipatlas.archives.resolve import resolve
from scripts.chipatlas.transport.client import Client
from scripts.common.errors import BadResponseError, InputError, NotFoundError, ServiceUnavailableError
from scripts.diff.inputs.load import load_sample_sheet, load_user_data
from scripts.emulator import serve
from scripts.emulator.simulation.samples.archive_records import ENCODE_ID, SUPERSERIES, series, studies
from scripts.experiments.search import find_experiments

TP53 = next(study for study in studies() if study.series == "GSE131484")
HEPG2 = next(study for study in studies() if ENCODE_ID in study.title)
PROCESSED = list(
    dict.fromkeys(run["experiment_accession"] for run in TP53.runs if run["library_strategy"] != "RNA-Seq")
)
RUNS = {run["run_accession"]: run["experiment_accession"] for run in TP53.runs}


@pytest.fixture
def atlas():
    with serve() as service:
        yield service


def asked(atlas, part):
    return [path for _, path in atlas.requests if part in path]


def experiments(names):
    with Client() as client:
        return resolve(names, client)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("srx1", "experiment"),
        ("GSM1", "experiment"),
        ("ERR12", "run"),
        ("DRP1", "study"),
        ("PRJEB12", "study"),
        ("SAMEA1", "sample"),
        ("SRS1", "sample"),
        ("GSE1", "series"),
        ("ENCSR000AAA", "ENCODE experiment"),
        ("ENCFF000AAA", ""),
        ("GPL570", ""),
        ("PRJXX1", ""),
        ("SRR", ""),
    ],
)
def test_kinds(text, kind):
    assert kind_of(text) == kind


@pytest.mark.parametrize("name", [TP53.accession, TP53.project, TP53.series])
def test_a_study_and_a_series_are_their_experiments(atlas, name):
    found = experiments([name])
    assert found.accessions == PROCESSED
    assert [(one.given, one.accession[:3]) for one in found.left_out] == [(name, "SRX")]
    assert "RNA-Seq (Homo sapiens): ChIP-Atlas processes ChIP-Seq" in found.left_out[0].reason
    assert set(found.studies.values()) == {TP53.accession}


def test_a_run_and_a_sample_are_one_experiment_each(atlas):
    run = TP53.runs[3]
    names = [run["run_accession"], run["sample_accession"], run["secondary_sample_accession"]]
    found = experiments(names)
    assert found.experiments == {name: [run["experiment_accession"]] for name in names}


def test_many_runs_cost_two_requests(atlas):
    names = list(RUNS)[:20]
    assert list(experiments(names).experiments.values()) == [[RUNS[name]] for name in names]
    assert len(asked(atlas, "/ena/")) == 2


def test_two_runs_of_one_experiment_are_one(atlas):
    both = [name for name, experiment in RUNS.items() if list(RUNS.values()).count(experiment) == 2][:2]
    assert len(experiments(both).accessions) == 1


def test_an_experiment_of_encode_is_its_series(atlas):
    wanted = {run["experiment_accession"] for run in HEPG2.runs if run["library_strategy"] == "ChIP-Seq"}
    assert set(experiments([ENCODE_ID]).accessions) == wanted


def test_a_series_without_a_study_of_its_own_gives_its_samples(atlas):
    found = experiments([SUPERSERIES])
    assert found.accessions == list(dict.fromkeys(gsm for study in series()[SUPERSERIES] for gsm in study.gsms))


def test_experiments_and_samples_of_geo_ask_nobody(atlas):
    assert load_user_data(["SRX5865959", "GSM3781493"]) == ["SRX5865959", "GSM3781493"]
    assert not atlas.requests


@pytest.mark.parametrize("name", ["SRR1", "SRP1", "GSE1", "ENCSR000AAA", "SAMN1"])
def test_what_the_archives_do_not_know_is_no_group(atlas, name):
    with pytest.raises(NotFoundError, match=rf"No experiment .* for {name} \(the archives know no public"):
        load_user_data([name])


def test_a_series_where_experiments_are_wanted(atlas, capsys):
    assert load_user_data(TP53.series) == PROCESSED
    printed = capsys.readouterr().out
    assert f"series GSE131484: {len(PROCESSED)} experiments" in printed
    assert "Left out:" in printed and "RNA-Seq" in printed


def test_a_run_table_without_experiments_in_utf_16(atlas, tmp_path):
    names = list(RUNS)[:3]
    path = tmp_path / "SraRunTable.csv"
    path.write_bytes(
        codecs.BOM_UTF16_LE + "\n".join(["Run,Bases", *(f"{name},5" for name in names)]).encode("utf-16-le")
    )
    assert load_user_data(path) == [RUNS[name] for name in names]


def test_a_run_table_with_the_assay(tmp_path, capsys):
    path = tmp_path / "RunInfo.csv"
    rows = ["Run,Experiment,LibraryStrategy", "SRR1,SRX1,ChIP-Seq", "SRR2,SRX1,ChIP-Seq", "SRR3,SRX3,RNA-Seq"]
    path.write_text("\n".join([*rows, "SRR4,SRX4,ATAC-seq"]))
    assert load_user_data(path) == ["SRX1", "SRX4"]
    printed = capsys.readouterr().out
    assert "Left out: 1 row of" in printed and "of RNA-Seq; ChIP-Atlas processes ChIP-Seq" in printed
    assert "further runs of an experiment" in printed and "duplicate" not in printed
    path.write_text("Run,Assay Type\nSRR1,RNA-Seq\n")
    with pytest.raises(InputError, match="holds RNA-Seq alone"):
        load_user_data(path)


def test_a_sheet_of_runs(atlas, tmp_path):
    a, b = list(RUNS)[:2], list(RUNS)[6:8]
    path = tmp_path / "samples.csv"
    path.write_text("\n".join(["sample,group", *(f"{name},wt" for name in a), *(f"{name},ko" for name in b)]))
    groups = load_sample_sheet(path)
    assert groups["experiments_a"] == [RUNS[name] for name in a]
    assert groups["experiments_b"] == [RUNS[name] for name in b]


def test_a_sheet_of_runs_and_own_files_keeps_its_order(atlas, tmp_path):
    (tmp_path / "mine.bw").touch()
    runs = list(RUNS)[:3]
    rows = ["sample,group,bigwig", f"{runs[0]},a,", "mine,a,mine.bw", f"{runs[1]},a,", f"{runs[2]},b,"]
    path = tmp_path / "samples.csv"
    path.write_text("\n".join(rows))
    members = load_sample_sheet(path)["experiments_a"]
    assert [one if isinstance(one, str) else one.name for one in members] == [RUNS[runs[0]], "mine", RUNS[runs[1]]]


def test_numbers_of_an_experiment_beside_a_run_are_refused(atlas, tmp_path):
    path = tmp_path / "samples.csv"
    path.write_text("sample,group,bigwig,read_length\nSRR1,a,,51\nSRX1,b,,51\n")
    with pytest.raises(InputError, match="SRR1 is a run, and read_length are of an experiment"):
        load_sample_sheet(path)


@pytest.mark.parametrize("site", ["old", "new"])
def test_a_question_about_a_series(site):
    with serve(site=site):
        table = find_experiments("GSE131484 daunorubicin", genome="hg38")
        everything = find_experiments(accessions=TP53.accession, genome="hg38")
    assert set(table["accession"]) < set(everything["accession"]) < set(PROCESSED)
    assert table["title"].str.contains("Daunorubicin").all()
    assert table["reads"].notna().all() and set(everything["study"]) == {TP53.accession}
    missing = everything.attrs["not_processed"]
    assert {one["accession"] for one in missing} == {r["experiment_accession"] for r in TP53.runs} - set(
        everything["accession"]
    )
    assert {one["reason"].split(":")[0] for one in missing} == {
        "RNA-Seq (Homo sapiens)",
        "ChIP-Atlas has no record of it",
    }


def test_another_assembly_is_a_reason(atlas):
    table = find_experiments(accessions=["SRX5865959", "SRX99000311"], genome="hg38")
    assert table["accession"].tolist() == ["SRX5865959"]
    assert table.attrs["not_processed"] == [
        {"given": "SRX99000311", "accession": "SRX99000311", "reason": "not processed for hg38, only for mm10"}
    ]


@pytest.mark.parametrize(
    ("route", "fault", "name", "error"),
    [
        ("ena", "dropped", "SRP990000001", ServiceUnavailableError),
        ("ena", "maintenance-page", "SRP990000001", BadResponseError),
        ("ena", "other-json", "SRP990000001", BadResponseError),
        ("ena", "empty", "SRP990000001", BadResponseError),
        ("ncbi-search", "http-429-1h", "GSE131484", ServiceUnavailableError),
        ("ncbi-search", "other-json", "GSE131484", BadResponseError),
        ("ncbi-summary", "not-utf8", "GSE131484", BadResponseError),
        ("ncbi-summary", "other-json", "GSE131484", BadResponseError),
    ],
)
def test_archives_out_of_order(atlas, route, fault, name, error):
    atlas.fault(route, fault)
    with pytest.raises(error, match="could not be asked what .* stand for.*Give experiment accessions") as caught:
        experiments([name])
    assert len(str(caught.value).splitlines()) <= 3


def test_a_stumble_is_survived(atlas):
    atlas.fault("ena", "http-503", times=1)
    assert experiments([TP53.accession]).accessions == PROCESSED

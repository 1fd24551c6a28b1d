"""Enrichment Analysis end to end on the embedded service: planted factors found, one job a set, the exact form."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from flask import Request

from scripts.chipatlas.wabi.job_file import JOB_FILE
from scripts.common.errors import (
    BadResponseError,
    InputError,
    JobTimeoutError,
    NotFoundError,
    NothingLeftError,
    RefusedError,
)
from scripts.diff import enrich_factors
from scripts.emulator import Atlas
from scripts.emulator.routes import route_of
from scripts.emulator.simulation.binding.antigens import binding_truth
from scripts.emulator.simulation.tracks.methylation import FIRST, SECOND
from scripts.factors.outputs import FACTOR_FILES, JOBS_FOLDER
from scripts.factors.result import EnrichedFactors
from tests.factors.planted import GENOME, LOWER_IN, methylation_results, null_results, planted_results

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def found(atlas_server: Atlas, tmp_path_factory: pytest.TempPathFactory) -> EnrichedFactors:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**atlas_server.environment, "CHIPATLAS_POLL_SECONDS": "0.05"}.items():
            patch.setenv(name, value)
        return enrich_factors(planted_results(tmp_path_factory.mktemp("found")))


class Forms:
    """Keeps every form that is submitted. Put among the faults, it only looks on."""

    def __init__(self) -> None:
        self.sent: list[dict[str, str]] = []

    def __call__(self, request: Request) -> None:
        if route_of(request) == "wabi-submit":
            self.sent.append(request.form.to_dict())


def planted(genome: str, lower_in: str) -> str:
    truth = binding_truth(genome)
    return str(truth.loc[truth["lower_in"] == lower_in, "antigen"].iloc[0])


def test_planted_factors_are_found_in_their_direction_and_nothing_else(found: EnrichedFactors) -> None:
    for direction, label in LOWER_IN.items():
        rows = found.table[found.table["direction"] == direction]
        assert rows.loc[rows["enriched"].astype(bool), "antigen"].tolist() == [planted(GENOME, label)]
        first = rows.iloc[0]
        assert (first["rank"], first["num_enriched"], first["num_studies"]) == (1, 6, 3)
        assert first["specific_log2_odds"] > 2 and first["qvalue"] < 1e-3
        assert first["top_experiments"].startswith("SRX97")


def test_an_experiment_with_peaks_everywhere_is_not_first(found: EnrichedFactors) -> None:
    wide = found.table[found.table["antigen"] == "SIMBFWIDE"]
    assert len(wide) == 2 and not wide["enriched"].any() and (wide["rank"] > 1).all()
    assert (wide["median_peaks"] > found.table["median_peaks"].quantile(0.9)).all()


def test_tags_and_controls_are_told(found: EnrichedFactors) -> None:
    remarks = found.table.drop_duplicates("antigen").set_index("antigen")["remark"]
    assert remarks["GFP"] == "a tag, which stands for any protein"
    assert remarks["SIMBF01"] == ""


def test_the_background_is_told_and_like_the_regions(found: EnrichedFactors) -> None:
    gained, lost = found.sets
    assert len(gained.given) == len(lost.given) == 57
    assert 50 <= len(gained.background) <= 57 and not set(gained.given) & set(gained.background)
    assert "of like width and signal out of 1,0" in gained.told
    assert found.experiments["size_a"].unique().tolist() == [57]


@pytest.mark.parametrize("number", [0, *(pytest.param(number, marks=pytest.mark.slow) for number in range(1, 6))])
def test_random_regions_are_quiet(number: int, atlas: Atlas, tmp_path: Path) -> None:
    assert not enrich_factors(null_results(tmp_path, number)).table["enriched"].any()


@pytest.mark.slow
def test_methylation(atlas: Atlas, tmp_path: Path) -> None:
    table = enrich_factors(methylation_results(tmp_path)).table
    for direction, label in {"gained": SECOND, "lost": FIRST}.items():
        rows = table[table["direction"] == direction]
        assert rows["antigen"].iloc[0] == planted("mm10", label) and rows["enriched"].iloc[0]


def test_the_form_is_the_services(atlas: Atlas, tmp_path: Path) -> None:
    forms = Forms()
    atlas.faults.append(forms)
    results = planted_results(tmp_path)
    enrich_factors(results, "Blood", "All antigens", 100)
    gained, lost = forms.sent
    regions = gained.pop("bedAFile").split("\n"), gained.pop("bedBFile").split("\n")
    assert gained == {
        "address": "",
        "format": "text",
        "result": "www",
        "genome": "ce11",
        "antigenClass": "All antigens",
        "cellClass": "Blood",
        "threshold": "100",
        "typeA": "bed",
        "typeB": "bed",
        "permTime": "1",
        "title": "Factors higher in Treated",
        "descriptionA": "higher in Treated",
        "descriptionB": "matched background",
    }
    assert lost["descriptionA"] == "higher in Control"
    changed = results.diff_regions.query("significant and direction == 'A_enriched'")
    wanted = {f"{row.chrom}\t{row.chromStart}\t{row.chromEnd}" for row in changed.itertuples()}
    assert len(regions[0]) == len(set(regions[0])) and set(regions[0]) == wanted


def test_the_same_call_submits_nothing_twice(atlas: Atlas, tmp_path: Path) -> None:
    forms = Forms()
    atlas.faults.append(forms)
    first = enrich_factors(planted_results(tmp_path))
    again = enrich_factors(planted_results(tmp_path))
    assert len(forms.sent) == 2
    pd.testing.assert_frame_equal(first.table, again.table)
    assert first.provenance["jobs"] == again.provenance["jobs"]
    enrich_factors(planted_results(tmp_path), resume=False)
    assert len(forms.sent) == 4


_PROGRAM = """
from pathlib import Path
from scripts.diff import enrich_factors
from tests.factors.planted import planted_results
enrich_factors(planted_results(Path({folder!r})))
"""


@pytest.mark.parametrize("job", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_killed_and_resumed_with_one_job_each(job: int, atlas: Atlas, tmp_path: Path, found: EnrichedFactors) -> None:
    """SIGKILL at the first question about the first or the second job."""
    forms = Forms()
    process: list[subprocess.Popen[bytes]] = []

    def kill(request: Request) -> None:
        if process and route_of(request) == "wabi-status" and len(forms.sent) == job:
            process.pop().send_signal(signal.SIGKILL)

    atlas.faults += [forms, kill]
    environment = {**os.environ, **atlas.environment, "PYTHONPATH": str(ROOT)}
    started = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM.format(folder=str(tmp_path))], env=environment, stdout=subprocess.DEVNULL
    )
    process.append(started)
    assert started.wait(timeout=120) == -signal.SIGKILL
    assert len(forms.sent) == job
    result = enrich_factors(planted_results(tmp_path))
    assert len(forms.sent) == 2
    pd.testing.assert_frame_equal(result.table, found.table)


def test_a_time_out_keeps_the_job(atlas: Atlas, tmp_path: Path) -> None:
    forms = Forms()
    atlas.faults.append(forms)
    with pytest.raises(JobTimeoutError, match="nothing is submitted twice"):
        enrich_factors(planted_results(tmp_path), timeout=1e-6)
    record = json.loads((tmp_path / JOBS_FOLDER / "gained" / JOB_FILE).read_text())
    result = enrich_factors(planted_results(tmp_path))
    assert result.provenance["jobs"]["gained"]["request_id"] == record["request_id"]
    assert len(forms.sent) == 2


def test_a_malformed_table_is_refused_and_the_job_kept(atlas: Atlas, tmp_path: Path) -> None:
    atlas.fault("wabi-result-other", "table-columns", times=1)
    with pytest.raises(BadResponseError, match=r"wabi_result\.tsv of job wabi_\S+, line 1: 10 columns, where a"):
        enrich_factors(planted_results(tmp_path))
    assert not (tmp_path / JOBS_FOLDER / "gained" / "raw_results").exists()
    assert len(enrich_factors(planted_results(tmp_path)).table)


def test_another_jobs_table_is_refused(atlas: Atlas, tmp_path: Path) -> None:
    atlas.fault("wabi-result-other", "table-of-another")
    with pytest.raises(BadResponseError, match="overlaps A are not of 57, as sent"):
        enrich_factors(planted_results(tmp_path))


def test_a_refused_form_leaves_nothing(atlas: Atlas, tmp_path: Path) -> None:
    atlas.fault("wabi-submit", "http-400")
    with pytest.raises(RefusedError, match="Check that antigen_class='TFs and others'"):
        enrich_factors(planted_results(tmp_path))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"antigen_class": "Histones"}, NotFoundError, "Did you mean: Histone"),
        ({"cell_class": ""}, InputError, "cell_class is ''"),
        ({"threshold": 60}, InputError, "give one of: 50, 100, 200, 500"),
        ({"seed": -1}, InputError, "seed is -1"),
        ({"resume": "no"}, InputError, "give True or False"),
        ({"timeout": 0}, InputError, "timeout is 0"),
    ],
    ids=["antigens", "cells", "threshold", "seed", "resume", "timeout"],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_sent(
    given: dict[str, object], error: type[Exception], message: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=message):
        enrich_factors(planted_results(tmp_path), **given)  # type: ignore[arg-type]


def test_too_few_regions(tmp_path: Path) -> None:
    results = planted_results(tmp_path)
    results["diff_regions"] = results["diff_regions"].assign(significant=False)
    with pytest.raises(NothingLeftError, match="0 regions higher in Treated: at least 10 are needed"):
        enrich_factors(results)


def test_too_few_unchanged_regions(tmp_path: Path) -> None:
    results = planted_results(tmp_path)
    results["diff_regions"] = results["diff_regions"].query("significant").reset_index(drop=True)
    with pytest.raises(NothingLeftError, match="0 regions to hold the 57 higher in Treated against"):
        enrich_factors(results)


def test_files_and_words(found: EnrichedFactors, tmp_path: Path) -> None:
    names = found.write(tmp_path)
    assert sorted(names) == sorted(FACTOR_FILES)
    table = pd.read_csv(tmp_path / "enriched_factors.csv")
    assert list(table["antigen"]) == list(found.table["antigen"])
    (text,) = found.sections().values()
    assert "57 regions higher in Treated" in text and "a tag, which stands for any protein" in text
    assert "SIMULATED" in repr(found) and "1 of 30 antigens enriched at 57 higher in Treated" in repr(found)
    assert "<table" in found._repr_html_() and "SIMULATED" in found._repr_html_()

"""Sets from files, and ``chip-atlas enrich`` on folders and files."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import pandas as pd
import pytest

from scripts.__main__ import main
from scripts.cli.results import enrich
from scripts.common.errors import InputError
from scripts.common.files.manifest import verify_folder
from scripts.diff import enrich_factors, export_all, load_results
from scripts.emulator import Atlas
from scripts.emulator.simulation.genome.genes import tss_library
from scripts.emulator.simulation.genome.landscape import peak_sites
from scripts.emulator.simulation.samples.effects import label_effects
from scripts.factors.options import Options
from scripts.factors.outputs import FACTOR_FILES
from scripts.factors.own_sets import enrich_sets
from scripts.targets import enrich_factors as enrich_genes
from tests.factors.planted import GENOME, LOWER_IN, planted_results
from tests.factors.test_enrich_factors import planted


def test_options_and_defaults_are_the_functions_own() -> None:
    parameters = {name: one for name, one in inspect.signature(enrich_genes).parameters.items() if name != "results"}
    options = {param.name: param for param in enrich.command.params if param.param_type_name == "option"}
    assert set(options) - {"quiet"} == set(parameters) | {"regions", "background", "genome", "as_json"}
    assert set(inspect.signature(enrich_factors).parameters) - {"results"} == set(parameters) - {"top"}
    for name, parameter in parameters.items():
        assert options[name].help and options[name].default == parameter.default


def test_a_part_of_the_export_and_the_command_on_its_folder(
    atlas: Atlas, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = planted_results(tmp_path)
    part = enrich_factors(results)
    export_all(results, tmp_path, annotation="none", parts=[part])
    assert planted(GENOME, LOWER_IN["gained"]) in (tmp_path / "summary_report.md").read_text()
    assert (
        "enriched_factors.png" in (tmp_path / "report.html").read_text()
        or "Factors" in (tmp_path / "report.html").read_text()
    )
    assert verify_folder(tmp_path).ok
    jobs = len(atlas.jobs)
    capsys.readouterr()
    assert main(["enrich", str(tmp_path), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [row["antigen"] for row in answer["enriched"]] == part.table.loc[part.table["enriched"], "antigen"].tolist()
    assert answer["files"] == list(FACTOR_FILES) and answer["simulated"]
    assert len(atlas.jobs) == jobs and verify_folder(tmp_path).ok
    assert part.fingerprint == load_results(tmp_path).fingerprint()


def test_genes_of_a_planted_factor(atlas: Atlas, tmp_path: Path) -> None:
    """Genes within 5 kb of a factor's sites, against others near sites."""
    sites, library = peak_sites(GENOME), tss_library(GENOME)
    preferred = label_effects(GENOME)[LOWER_IN["gained"]] < 0

    def genes_near(where: pd.DataFrame) -> set[str]:
        found: set[str] = set()
        for chrom, start, end in where[["chrom", "start", "end"]].itertuples(index=False):
            here = library["chrom"].eq(chrom) & library["start"].between(start - 3000, end + 3000)
            found.update(library.loc[here, "gene"])
        return found

    near, other = genes_near(sites[preferred]), genes_near(sites[~preferred])
    (tmp_path / "given.txt").write_text("\n".join(sorted(near)) + "\n")
    (tmp_path / "other.txt").write_text("\n".join(sorted(other - near)[:200]) + "\n")
    found = enrich_sets(tmp_path / "given.txt", tmp_path / "other.txt", GENOME, output_dir=tmp_path / "out")
    assert found.table["antigen"].iloc[0] == planted(GENOME, LOWER_IN["gained"])
    assert found.sets[0].form(GENOME, Options.checked(tmp_path))["distanceUp"] == "5000"


@pytest.mark.slow
def test_bed_files_by_the_command(atlas: Atlas, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gained = planted_results(tmp_path).diff_regions.query("direction == 'A_enriched'")
    for name, part in (("given", gained.query("significant")), ("other", gained.query("not significant").head(300))):
        part[["chrom", "chromStart", "chromEnd"]].to_csv(tmp_path / f"{name}.bed", sep="\t", header=False, index=False)
    command = ["enrich", "--regions", str(tmp_path / "given.bed"), "--background", str(tmp_path / "other.bed")]
    assert main([*command, "--genome", GENOME, "--out", str(tmp_path / "out")]) == 0
    assert planted(GENOME, LOWER_IN["gained"]) in capsys.readouterr().out
    table = pd.read_csv(tmp_path / "out" / "enriched_factors.csv")
    assert table["antigen"].iloc[0] == planted(GENOME, LOWER_IN["gained"])
    assert main([*command, "--out", str(tmp_path / "out")]) == 3


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("", "holds no region and no gene"),
        ("chr1\t5\t9\nSIM1\n", "line 2: 'SIM1' is no region"),
        ("chr1\t9\t5\n", r"line 1: .* the start below the end"),
        ("SIM1\nSIM 2\n", "line 2: 'SIM 2' is no gene symbol"),
        ("SIM1\n", "Give two BED files or two lists"),
        ("chr1\t5\t9\n", "at least 10 are needed"),
    ],
    ids=["empty", "mixed", "reversed", "words", "two kinds", "few"],
)
def test_files_that_cannot_be_sent(given: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "given").write_text(given)
    (tmp_path / "other").write_text("track name=x\nchr2\t5\t9\n")
    with pytest.raises(InputError, match=message):
        enrich_sets(tmp_path / "given", tmp_path / "other", GENOME, output_dir=tmp_path / "out")

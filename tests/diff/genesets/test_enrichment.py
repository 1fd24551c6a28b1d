"""Gene sets near the regions of a comparison, from results to report, on planted regions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scripts.cli.main import main
from scripts.common.errors import InputError, NothingLeftError
from scripts.common.files.manifest import verify_folder
from scripts.diff import export_all, gene_set_enrichment, recut
from scripts.diff.annotate.features.assign import tss_of
from scripts.diff.annotate.features.gene_models import GeneModels
from scripts.diff.diff_result import DiffResult
from scripts.emulator.simulation.genome.genes import gene_symbols, transcripts
from scripts.genesets.outputs import GENE_SET_FILES
from tests.diff.tables import make_results, methylation, peaks

pytest.importorskip("gseapy")

SIZE = 30


@pytest.fixture(scope="module")
def models() -> GeneModels:
    return GeneModels(transcripts("hg38").rename(columns={"name2": "gene"}), pd.DataFrame(), "the simulated genes")


@pytest.fixture(scope="module")
def planted(models) -> tuple[list[dict], dict[str, list[str]]]:
    """A region at the first TSS of 600 genes; most genes of one set are higher in A, of another in B."""
    rng = np.random.default_rng(2)
    tss = tss_of(models).drop_duplicates("gene")
    genes = tss[~tss["chrom"].str.contains("_|M|X|Y")].sample(600, random_state=4).reset_index(drop=True)
    up, down, none = (genes["gene"].iloc[first : first + SIZE].tolist() for first in (0, SIZE, 2 * SIZE))
    rows = []
    for number, one in enumerate(genes.itertuples()):
        side = 1 if number < SIZE else -1 if number < 2 * SIZE else rng.choice([1, -1])
        called = rng.random() < (0.8 if number < 2 * SIZE else 0.1)
        start = max(int(one.tss) - 150, 0)
        rows.append({"chrom": one.chrom, "start": start, "logFC": 2.0 * side, "q": 1e-5 if called else 0.7})
    sets = {"up": up, "down": down, "none": none, "tiny": up[:3], "every": [*gene_symbols("hg38")]}
    return rows, sets


def enriched(result, direction):
    return set(result.enriched().query("direction == @direction")["gene_set"])


@pytest.mark.parametrize("rule", ["nearest", "promoter", "great"])
def test_planted_sets_are_found_in_their_direction(planted, models, rule):
    rows, sets = planted
    result = gene_set_enrichment(make_results(peaks(rows)), sets, rule=rule, models=models)
    assert enriched(result, "A_enriched") == {"up"} and enriched(result, "B_enriched") == {"down"}
    assert set(result.table["gene_set"]) == {"up", "down", "none"}
    left_out = "1 set with fewer than 10 genes and 1 set with more than 500 genes"
    assert any(left_out in line for line in result.statements)
    first = result.table.iloc[0]
    assert first["gene_set"] == "up" and set(first["genes"].split("; ")) <= set(sets["up"])
    assert len(first["genes"].split("; ")) == first["genes_hit"]


def test_pieces_of_a_peak_count_once_unless_asked_for(planted, models):
    rows, sets = planted
    pieces = [row | {"start": row["start"] + 300} for row in rows]
    results = make_results(peaks([*rows, *pieces]))
    once = gene_set_enrichment(results, sets, models=models).table.iloc[0]
    every = gene_set_enrichment(results, sets, models=models, unit="region").table.iloc[0]
    assert once["regions_background"] == 600 and every["regions_background"] == 1200
    assert (every["regions_hit"], every["genes_hit"]) == (2 * once["regions_hit"], once["genes_hit"])


def test_methylation_says_what_its_background_lacks(planted, models):
    rows, sets = planted
    table = [
        {"chrom": row["chrom"], "start": row["start"], "difference": row["logFC"] / 5, "q": row["q"]} for row in rows
    ]
    result = gene_set_enrichment(make_results(methylation(table)), sets, models=models)
    assert enriched(result, "A_enriched") == {"up"}
    assert any("did not report" in line for line in result.statements)
    assert result.labels["A_enriched"].startswith("methylation higher in")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rule": "closest"}, "rule is 'closest'"),
        ({"unit": "peak"}, "unit is 'peak'; use one of: locus, region"),
        ({"min_size": 0}, "min_size is 0"),
        ({"min_size": 20, "max_size": 10}, r"max_size is 10; give a whole number of genes, min_size \(20\) or more"),
        ({"min_size": 700, "max_size": 900}, "No gene set has 700 to 900 genes"),
    ],
)
def test_unusable_arguments_are_refused(planted, models, options, message):
    rows, sets = planted
    with pytest.raises(InputError, match=message):
        gene_set_enrichment(make_results(peaks(rows)), sets, models=models, **options)


def test_sets_of_other_names_and_regions_without_a_gene_are_refused(planted, models):
    rows, _ = planted
    with pytest.raises(
        InputError, match=r"0 are known to the simulated genes; not ENSG1.*\nGive sets of the same species"
    ):
        gene_set_enrichment(make_results(peaks(rows)), {"A": ["ENSG1", "ENSG2"]}, models=models)
    away = GeneModels(models.transcripts[models.transcripts["chrom"] == "chrX"].reset_index(drop=True), pd.DataFrame())
    known = {"A": away.transcripts["gene"].unique()[:40].tolist()}
    with pytest.raises(NothingLeftError, match="belongs to a gene by rule='nearest'"):
        gene_set_enrichment(make_results(peaks(rows)), known, models=away)


def test_as_a_part_of_the_export(planted, models, tmp_path):
    rows, sets = planted
    results = DiffResult.of(make_results(peaks(rows)))
    part = gene_set_enrichment(results, sets, models=models)
    written = export_all(results, tmp_path, annotation="none", parts=[part])
    assert set(GENE_SET_FILES) <= {path.name for path in tmp_path.iterdir()}
    assert verify_folder(tmp_path).ok and "gene_set_enrichment.csv" in {path.name for path in written.values()}
    report = (tmp_path / "summary_report.md").read_text("utf-8")
    assert "## Gene sets" in report and "| up | " in report and "trust sets that pass both" in report
    assert "Gene sets" in (tmp_path / "report.html").read_text("utf-8")
    with pytest.raises(InputError, match="of other results or of another cut"):
        export_all(recut(results, qvalue=1e-9), tmp_path / "other", annotation="none", parts=[part])


def test_how_it_shows_itself(planted, models):
    rows, sets = planted
    result = gene_set_enrichment(make_results(peaks(rows)), sets, models=models)
    assert "3 gene sets tested; q < 0.05 by genes and by regions: 1 (higher in" in repr(result)
    assert "sets enriched, higher in" in result._repr_html_()


@pytest.mark.slow
def test_the_command_takes_a_library_by_name(atlas, planted, tmp_path, capsys):
    rows, _ = planted
    results = DiffResult.of(make_results(peaks(rows)))
    export_all(results, tmp_path / "results", annotation="none")
    arguments = ["genesets", str(tmp_path / "results"), "--gene-sets", "SIMULATED_Gene_Sets", "--rule", "great"]
    assert main([*arguments, "--min-size", "5"]) == 0
    shown = capsys.readouterr().out
    assert "✓ Gene sets tested successfully!" in shown and "SIMULATED" in shown
    assert verify_folder(tmp_path / "results").ok
    assert set(GENE_SET_FILES) <= {path.name for path in (tmp_path / "results").iterdir()}
    assert main([*arguments, "--top-n", "5"]) == InputError.exit_status
    assert "--top-n is for target genes" in capsys.readouterr().err

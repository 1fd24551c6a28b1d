"""Gene sets among the targets of a factor: planted ones, co-located groups, and what the background is."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import hypergeom

from scripts.cli.main import main
from scripts.common.errors import InputError
from scripts.common.files.manifest import verify_folder
from scripts.emulator import module_truth
from scripts.genesets.outputs import GENE_SET_FILES
from scripts.targets import export_all, gene_set_enrichment, run_target_genes_workflow
from scripts.targets.genesets.enrichment import enrichment_table, units_of

pytest.importorskip("gseapy")


def table_of(genes, groups=None):
    return pd.DataFrame({"gene": genes, "colocated_group": [(groups or {}).get(gene, "") for gene in genes]})


def test_a_group_of_five_counts_once():
    genes = [f"G{i}" for i in range(40)]
    unit_of = units_of(table_of(genes, {f"G{i}": "locus_1" for i in range(5)}))
    sets = {("l", "family"): frozenset(genes[:5]), ("l", "with one of it"): frozenset([genes[4], *genes[20:25]])}
    table = enrichment_table(sets, {"G0", "G1", "G2", "G3", "G4", "G30"}, unit_of).set_index("gene_set")
    family = table.loc["family"]
    assert (family["genes_hit"], family["genes_selected"], family["genes_in_set"], family["genes_background"]) == (
        1,
        2,
        1,
        36,
    )
    assert family["pvalue"] == pytest.approx(hypergeom.sf(0, 36, 1, 2)) and family["genes"] == "G0/G1/G2/G3/G4"
    assert table.loc["with one of it", ["genes_hit", "genes_in_set"]].tolist() == [1, 6]
    assert table.loc["with one of it", "genes"] == "G4"


def test_without_counting_groups_once_a_family_would_be_found():
    """A family of six under one peak is chosen as one: six hits of six look like much, and are one event."""
    genes = [f"G{i}" for i in range(200)]
    groups = {f"G{i}": "locus_1" for i in range(6)}
    sets = {("l", "family"): frozenset(genes[:6])}
    chosen = set(genes[:20])
    once = enrichment_table(sets, chosen, units_of(table_of(genes, groups)))["pvalue"].iloc[0]
    each = enrichment_table(sets, chosen, units_of(table_of(genes)))["pvalue"].iloc[0]
    assert each < 1e-5 and once > 0.05


def test_a_gene_named_as_a_group_is_not_that_group():
    assert units_of(table_of(["locus_1", "A", "B"], {"A": "locus_1", "B": "locus_1"})) == {
        "locus_1": "locus_1",
        "A": "group locus_1",
        "B": "group locus_1",
    }


@pytest.fixture
def results(atlas, tmp_path):
    return run_target_genes_workflow("E2F1", top_n=None, output_dir=tmp_path / "results")


@pytest.fixture
def planted(results):
    """A set of which most genes are among the first, and one drawn from all genes."""
    genes = results["target_genes"]["gene"].to_numpy()
    rng = np.random.default_rng(3)
    mostly_first = [*rng.choice(genes[:500], 60, replace=False), *rng.choice(genes, 20, replace=False)]
    return {"first": mostly_first, "any": [*rng.choice(genes, 80, replace=False)]}


def test_planted_sets_are_found_and_others_not(results, planted):
    result = gene_set_enrichment(results, planted)
    table = result.table.set_index("gene_set")
    assert list(table.index) == ["first", "any"] and result.labels["targets"].startswith("first 500 targets of E2F1")
    assert table.loc["first", "qvalue"] < 1e-10 and table.loc["any", "qvalue"] > 0.05
    assert "region_pvalue" not in table and set(result.enriched()["gene_set"]) == {"first"}
    info = results["metadata"]["colocated_info"]
    assert table["genes_background"].iloc[0] == info["independent_loci"]
    assert any(f"{info['independent_loci']:,} independent loci" in line for line in result.statements)


def test_results_with_a_part_of_the_table_have_all_of_it_as_background(results, planted, tmp_path):
    whole = gene_set_enrichment(results, planted, top_n=300).table
    part = run_target_genes_workflow("E2F1", top_n=300, output_dir=tmp_path / "part")
    result = gene_set_enrichment(part, planted)
    assert result.labels == {"targets": "all reported targets of E2F1"}
    pd.testing.assert_frame_equal(result.table, whole)
    cells = run_target_genes_workflow("E2F1", top_n=300, cell_types=["K-562", "MCF-7"], output_dir=tmp_path / "cells")
    used = gene_set_enrichment(cells, planted).table["genes_background"].iloc[0]
    assert used <= cells["metadata"]["n_genes_bound_used"] < results["metadata"]["n_genes_bound_used"]


def test_the_targets_by_score_and_number(results, planted):
    genes = results["target_genes"]
    least = float(genes["avg_score"].iloc[199])
    by_score = gene_set_enrichment(results, planted, min_score=least)
    by_number = gene_set_enrichment(results, planted, top_n=int((genes["avg_score"] >= least).sum()))
    pd.testing.assert_frame_equal(by_score.table, by_number.table)
    assert by_score.labels["targets"] == f"targets of an average score of {least:g} or more of E2F1"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"top_n": 0}, "top_n is 0"),
        ({"min_score": -1}, "min_score is -1"),
        ({"min_score": 1e9}, r"0 genes of .* would be targets.*\nSet top_n or min_score"),
        ({"top_n": 100_000}, r"genes of .* would be targets"),
    ],
)
def test_a_choice_of_all_or_none_is_refused(results, planted, options, message):
    with pytest.raises(InputError, match=message):
        gene_set_enrichment(results, planted, **options)


def test_a_module_is_found_in_the_served_library_for_its_factors(atlas, tmp_path):
    """The modules are weak in one factor: over several factors, most p-values of the right one are small."""
    truth = module_truth()
    factors = truth[(truth["kind"] == "factor") & (truth["module"] == 5)]["name"]
    found = []
    for factor in factors.iloc[:3]:
        one = run_target_genes_workflow(factor, top_n=100, output_dir=tmp_path / factor)
        table = gene_set_enrichment(one, "SIMULATED_Gene_Sets", min_size=5).table.set_index("gene_set")
        found.append(table.loc["SIMULATED module 5", "pvalue"])
    assert np.median(found) < 0.05


def test_the_command_and_the_part(results, planted, tmp_path, capsys):
    folder = tmp_path / "results"
    export_all(results, folder, parts=[gene_set_enrichment(results, planted)])
    assert "## Gene sets" in (folder / "summary_report.md").read_text("utf-8")
    assert verify_folder(folder).ok and set(GENE_SET_FILES) <= {path.name for path in folder.iterdir()}
    file = tmp_path / "own.gmt"
    file.write_text("".join(f"{name}\tmade\t{chr(9).join(genes)}\n" for name, genes in planted.items()), "utf-8")
    capsys.readouterr()
    out = tmp_path / "out"
    assert main(["genesets", str(folder), "--gene-sets", str(file), "--top-n", "300", "--out", str(out), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] and [row["gene_set"] for row in answer["enriched"]] == ["first"]
    assert sorted(answer["files"]) == sorted(GENE_SET_FILES) and (out / "gene_sets.png").is_file()
    assert main(["genesets", str(folder), "--gene-sets", str(file), "--rule", "great"]) == InputError.exit_status

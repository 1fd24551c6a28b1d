"""Chromosomes of an assembly without an agreed spelling, as the data spell them: filters, checks, plots, report."""

from __future__ import annotations

import pytest

from scripts.chipatlas.browser_links import link_targets, locus
from scripts.diff import run_all
from scripts.diff.analysis import Cut
from scripts.diff.plots.region_plots import chromosome_counts
from scripts.diff.plots.view import PlotView
from scripts.diff.qc.chromosomes import check_mitochondrial, suspect_regions
from scripts.diff.results.filter_regions import filter_regions
from tests.diff.tables import compare, peaks

SPELLINGS = {
    "Chr1": ("Chr1", "Chr2", "ChrM", "ChrC"),
    "chr1": ("chr1", "chr2", "chrM", "chrC"),
    "1": ("1", "2", "Mt", "Pt"),
}


@pytest.fixture(params=SPELLINGS)
def regions(request):
    first, second, mitochondrion, plastid = SPELLINGS[request.param]
    contigs = [first] * 4 + [second] * 2 + [mitochondrion, plastid, "scaffold_9"]
    return peaks([{"chrom": name, "chromStart": 1000 * row, "logFC": 2.0} for row, name in enumerate(contigs)])


def test_filter_takes_scaffolds_alone(regions):
    kept, counts = filter_regions(regions, "TAIR12")
    assert counts.nonstandard_contig == 1
    assert set(regions["chrom"]) - set(kept["chrom"]) == {"scaffold_9"}


def test_organelles_are_found(regions):
    comparison = compare(regions, genome="TAIR12")
    (found,) = check_mitochondrial(comparison)
    named = sorted(set(regions["chrom"]) - {"scaffold_9"} - set(comparison.assembly.autosomes))
    assert len(named) == 2
    assert f"2 significant regions on {' and '.join(named)}" in found["details"]
    assert "Mitochondrial and plastid DNA" in found["recommendation"]
    suspect = suspect_regions(regions, [found])
    assert sorted(regions.loc[suspect, "chrom"]) == named


def test_every_chromosome_stands_on_the_axis(regions):
    view = PlotView(regions, labels=("a", "b"), genome="TAIR12", cut=Cut(), simulated=False)
    counted = chromosome_counts(view)
    assert len(counted["chrom"].cat.categories) == 7
    assert counted["regions"].sum() == 8
    assert set(counted["chrom"]) <= set(regions["chrom"])


@pytest.mark.slow
def test_from_accessions_to_the_report(new_atlas_server, monkeypatch, tmp_path, capsys):
    for name, value in new_atlas_server.environment.items():
        monkeypatch.setenv(name, value)
    groups = [f"SRX9900013{number}" for number in (1, 2, 3)], [f"SRX9900013{number}" for number in (4, 5, 6)]
    results = run_all(*groups, genome="TAIR12", output_dir=tmp_path)
    assert set(results["diff_regions"]["chrom"]) == {"Chr1", "Chr2", "Chr3", "Chr4", "Chr5", "ChrM", "ChrC"}
    assert "UCSC holds no TAIR12" in capsys.readouterr().out
    assert "Arabidopsis thaliana" in (tmp_path / "report.html").read_text("utf-8")
    assert results["experiments"]["antigen"].unique().tolist() == ["SEP3"]


def test_no_link_leads_to_a_browser_without_the_assembly():
    assert "UCSC" not in locus("Chr1:1-2", "Chr1:2-2", "TAIR12")
    assert link_targets("TAIR12", "region")["ucsc"] == ""

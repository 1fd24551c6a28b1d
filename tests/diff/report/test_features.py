"""Features through the export: columns, table, plot and sections; and the export without gene models."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scripts.cli.main import main
from scripts.common.errors import InputError
from scripts.common.files.manifest import verify_folder
from scripts.common.plotting.drawing import drawing
from scripts.diff import recut
from scripts.diff.annotate.features.assign import FEATURE_COLUMNS, tss_of
from scripts.diff.annotate.features.enrichment import feature_enrichment
from scripts.diff.annotate.features.gene_models import GeneModels
from scripts.diff.diff_result import DiffResult
from scripts.diff.outputs import CCRE_FILES, FEATURE_ENRICHMENT, FEATURE_FILES
from scripts.diff.plots.feature_plot import feature_distribution, feature_shares
from scripts.diff.plots.view import PlotView
from scripts.diff.report.export import export_all
from scripts.emulator.simulation.genome.genes import transcripts
from tests.diff.tables import make_results, methylation, peaks

TABLES = ("all", "significant", "top50", "unfiltered", "merged")


def planted():
    """Forty regions at TSS of simulated genes, higher in A; 300 anywhere on chr1, unchanged."""
    table = transcripts("hg38").rename(columns={"name2": "gene"})
    tss = tss_of(GeneModels(table[table["chrom"].isin(["chr2", "chr3"])], pd.DataFrame())).iloc[:300:7].head(40)
    at_tss = [
        {"chrom": chrom, "start": int(place) - 150, "logFC": 2.0, "q": 1e-5}
        for chrom, place in zip(tss["chrom"], tss["tss"], strict=True)
    ]
    anywhere = np.random.default_rng(4).integers(1_000_000, 200_000_000, 300)
    rows = at_tss + [{"start": int(place), "logFC": 0.2, "q": 0.6} for place in anywhere]
    return peaks([row | {"start": max(row["start"], 0)} for row in rows])


@pytest.fixture
def exported(atlas, tmp_path):
    results = make_results(planted())
    return results, export_all(results, tmp_path, annotation="features")


def test_every_table_ends_with_the_columns(atlas, exported, tmp_path):
    for name in TABLES:
        table = pd.read_csv(tmp_path / f"diff_regions_{name}.csv")
        assert tuple(table.columns[-3:]) == FEATURE_COLUMNS
        assert table["feature_gene"].str.startswith("SIM").all()
        assert np.isfinite(table["distance_to_tss"]).all()
    top = pd.read_csv(tmp_path / "diff_regions_significant.csv")
    assert top["feature"].eq("promoter").all() and top["distance_to_tss"].eq(0).all()
    assert not [path for _, path in list(atlas.requests)[-3:] if path.startswith("/ucsc")]


def test_the_planted_feature_is_in_every_output(exported, tmp_path):
    _, written = exported
    table = pd.read_csv(written[FEATURE_ENRICHMENT]).set_index(["direction", "feature"])
    assert table.loc[("A_enriched", "promoter"), "qvalue"] < 1e-10
    assert table.loc["B_enriched", "pvalue"].isna().all()
    report = (tmp_path / "summary_report.md").read_text()
    assert "## Genomic features" in report
    assert "Higher in Treated (40 loci): more often promoter; less often" in report
    assert "promoter of SIM" in report
    assert "centre from UCSC's ncbiRefSeq of hg38 [5, 6]" in report
    assert "[5] O'Leary NA" in report and "[6] Kent WJ" in report
    page = (tmp_path / "report.html").read_text()
    assert "Genomic features" in page and "gene of the feature" in page and "feature_distribution.svg" in page
    assert all((tmp_path / name).is_file() for name in (*FEATURE_FILES, "SIMULATED.txt"))
    assert "SIMULATED data" in (tmp_path / "feature_distribution.svg").read_text()
    checked = verify_folder(tmp_path)
    assert (checked.missing, checked.changed, checked.unexpected) == ([], [], [])


def test_an_export_without_features_leaves_none_of_an_earlier_one(exported, tmp_path):
    results, _ = exported
    export_all(results, tmp_path, annotation="none")
    assert not [name for name in FEATURE_FILES if (tmp_path / name).exists()]
    report = (tmp_path / "summary_report.md").read_text()
    assert "Genomic features" not in report and "O'Leary" not in report


def test_another_cut_is_drawn_anew(exported, tmp_path):
    results, _ = exported
    export_all(recut(results, qvalue=1e-9), tmp_path, annotation="features")
    assert pd.read_csv(tmp_path / FEATURE_ENRICHMENT)["significant"].eq(0).all()
    assert "No region with" in (tmp_path / "feature_distribution.svg").read_text()


def test_without_gene_models_the_export_is_complete_and_says_so(atlas, tmp_path, capsys):
    atlas.fault("ucsc-download", "http-404")
    written = export_all(make_results(planted()), tmp_path, annotation="features")
    assert "No features: UCSC has no gene models (ncbiRefSeq or refGene) of hg38." in capsys.readouterr().out
    assert all(path.exists() for path in written.values()) and FEATURE_ENRICHMENT not in written
    assert "feature" not in pd.read_csv(tmp_path / "diff_regions_all.csv")


def test_an_assembly_without_gene_models_is_said_not_failed(atlas, tmp_path, capsys):
    rows = [{"chrom": "Chr1", "start": 1000 * n} for n in range(1, 4)]
    export_all(make_results(peaks(rows), genome="TAIR12"), tmp_path, annotation="features")
    assert "No features: UCSC has no gene models (ncbiRefSeq or refGene) of TAIR12." in capsys.readouterr().out


def test_no_region_and_methylation(atlas, tmp_path):
    export_all(make_results(planted().iloc[:0]), tmp_path / "none", annotation="features")
    rows = [{"start": 100_000 * n, "difference": 0.3 * (-1) ** n} for n in range(1, 30)]
    export_all(make_results(methylation(rows)), tmp_path / "dmr", annotation="features")
    assert "did not report (difference < 0.1)" in (tmp_path / "dmr" / "summary_report.md").read_text()


def test_bars_are_the_shares_and_asterisks_the_test():
    regions = planted().assign(feature=["promoter"] * 40 + ["intron", "intergenic", "exon"] * 100)
    enrichment = feature_enrichment(regions)
    view = PlotView.of(DiffResult.of(make_results(regions)))
    bars, colors = feature_shares(view, enrichment)
    assert list(colors) == ["All tested (n=340)", "Higher in Treated (n=40)", "Higher in Control (n=0)"]
    drawn = bars.set_index(["loci", "feature"])
    assert drawn.loc[("Higher in Treated (n=40)", "promoter")].tolist() == [100.0, "*"]
    assert drawn.loc[("All tested (n=340)", "promoter"), "percent"] == pytest.approx(100 * 40 / 340)
    assert drawn.loc["All tested (n=340)", "mark"].eq("").all()
    with drawing():
        figure = feature_distribution(view, enrichment).draw()
    paths = [path for collection in figure.axes[0].collections for path in collection.get_paths()]
    heights = sorted(path.get_extents().height for path in paths)
    assert heights[-1] == pytest.approx(100) and len(heights) == 21
    assert [text.get_text() for text in figure.axes[0].texts].count("*") >= 1


def test_the_command_line_offers_it(capsys):
    assert main(["diff", "--help"]) == 0
    assert "[ucsc|tss|features|features+ccre|none]" in capsys.readouterr().out


def test_regulatory_elements_through_the_export(atlas, tmp_path):
    pytest.importorskip("pybigtools")
    written = export_all(make_results(planted()), tmp_path, annotation="features+ccre")
    for name in TABLES:
        table = pd.read_csv(tmp_path / f"diff_regions_{name}.csv", keep_default_na=False)
        assert tuple(table.columns[-4:]) == (*FEATURE_COLUMNS, "ccre")
    assert pd.read_csv(tmp_path / "diff_regions_significant.csv")["ccre"].eq("PLS").all()
    table = pd.read_csv(written[FEATURE_ENRICHMENT]).set_index(["kind", "direction", "feature"])
    assert table.loc[("ccre", "A_enriched", "PLS"), "qvalue"] < 1e-10 and len(table) == 14 + 10
    report = (tmp_path / "summary_report.md").read_text()
    assert "from UCSC's encodeCcreCombined of hg38" in report and "more often PLS" in report
    assert "ccre_distribution.svg" in (tmp_path / "report.html").read_text()
    assert all((tmp_path / name).is_file() for name in (*FEATURE_FILES, *CCRE_FILES))
    checked = verify_folder(tmp_path)
    assert (checked.missing, checked.changed, checked.unexpected) == ([], [], [])
    export_all(make_results(planted()), tmp_path, annotation="features")
    assert not [name for name in CCRE_FILES if (tmp_path / name).exists()]
    assert "kind" not in pd.read_csv(tmp_path / FEATURE_ENRICHMENT)


def test_regulatory_elements_of_methylation_and_of_another_assembly(atlas, tmp_path):
    pytest.importorskip("pybigtools")
    rows = [{"start": 100_000 * n, "difference": 0.3 * (-1) ** n} for n in range(1, 30)]
    written = export_all(make_results(methylation(rows)), tmp_path / "dmr", annotation="features+ccre")
    assert set(pd.read_csv(written[FEATURE_ENRICHMENT])["kind"]) == {"feature", "ccre"}
    before = len(atlas.requests)
    with pytest.raises(InputError, match="this is hg19"):
        export_all(make_results(planted(), genome="hg19"), tmp_path / "hg19", annotation="features+ccre")
    assert len(atlas.requests) == before and not (tmp_path / "hg19").exists()

"""Expression evidence through the four steps."""

import numpy as np
import pandas as pd

from scripts.targets import export_all, generate_all_plots, run_target_genes_workflow


def test_four_steps_with_expression(atlas, tmp_path):
    plain = run_target_genes_workflow("E2F1", top_n=None, output_dir=tmp_path / "plain")
    rng = np.random.default_rng(0)
    genes = plain["target_genes"]["gene"].tolist() + [f"OTHER{n}" for n in range(500)]
    table = pd.DataFrame({"gene": genes, "log2FC": rng.normal(0, 2, len(genes)), "padj": rng.uniform(0, 1, len(genes))})
    table.to_csv(tmp_path / "deseq2.csv", index=False)

    folder = tmp_path / "with"
    results = run_target_genes_workflow("E2F1", top_n=100, expression=tmp_path / "deseq2.csv", output_dir=folder)
    assert len(results["target_genes"]) == 100
    assert len(results["expression"]["genes"]) == len(plain["target_genes"])
    assert "target_genes_binding_vs_expression" in generate_all_plots(results, folder)
    assert "target_genes_with_expression.csv" in export_all(results, folder)
    report = (folder / "summary_report.md").read_text()
    assert "## Expression evidence" in report
    assert len(pd.read_csv(folder / "target_genes_with_expression.csv")) == len(plain["target_genes"])

    run_target_genes_workflow("E2F1", top_n=100, output_dir=folder)
    assert not list(folder.glob("*expression*"))

"""Differential regions between two groups of ChIP-Atlas experiments.

The four steps are `load_example_data`, `load_user_data` or `load_sample_sheet`, `run_diff_workflow`,
`generate_all_plots` and `export_all`; `run_all` takes them in one call. The other names are the parts they are made of.
A submodule never bears the name of an exported function: importing it would replace the function.
"""

from ..common.lazy import lazy_exports

_EXPORTS = {
    "load_example_data": ".inputs.load",
    "load_user_data": ".inputs.load",
    "load_sample_sheet": ".inputs.load",
    "run_diff_workflow": ".workflow",
    "generate_all_plots": ".plots.all_plots",
    "export_all": ".report.export",
    "load_results": ".report.stored",
    "enrich_factors": ".factors_of_regions",
    "export_tracks": ".report.takeaway",
    "signal_matrix": ".signal.matrix",
    "signal_profile": ".signal.figures",
    "signal_heatmap": ".signal.figures",
    "top_loci": ".signal.loci",
    "signal_panels": ".signal.panels",
    "signal_part": ".signal.part",
    "run_all": ".run",
    "recut": ".another_cut",
    "join_comparisons": ".joint.join",
    "contrasts_of": ".joint.compared",
    "export_joint": ".joint.export",
    "DiffRequest": ".inputs.request",
    "DiffResult": ".diff_result",
    "Comparison": ".qc.comparison",
    "fetch_gene_models": ".annotate.features.gene_models",
    "assign_features": ".annotate.features.assign",
    "feature_enrichment": ".annotate.features.enrichment",
    "fetch_ccres": ".annotate.features.ccres",
    "assign_ccres": ".annotate.features.ccres",
    "gene_set_enrichment": ".genesets.enrichment",
    "annotate_nearest_genes": ".annotate.annotate_genes",
    "filter_regions": ".results.filter_regions",
    "merge_loci": ".results.loci",
    "parse_bed_results": ".results.parse_bed_results",
    "run_qc_checks": ".qc.qc_checks",
    "guard": "..common.files.spreadsheet",
    "unguard": "..common.files.spreadsheet",
}

__all__ = list(_EXPORTS)
__getattr__ = lazy_exports(__name__, _EXPORTS)

"""Target genes of a transcription factor: load a query, run, plot, export; `run_all` does the four steps.

`compare_targets` sets several factors beside each other, `compare_cell_types` cell types of one factor; `edge_evidence`
and `co_binding` are of pairs of factor and gene, and of genes that several factors bind. The other names are the parts
that the steps are made of. A submodule never bears the name of an exported function: importing it would replace the
function.
"""

from ..common.lazy import lazy_exports

_EXPORTS = {
    "load_example_query": ".query.load",
    "load_user_query": ".query.load",
    "run_target_genes_workflow": ".workflow",
    "generate_all_plots": ".plots.all_plots",
    "export_all": ".report.export",
    "load_results": ".report.stored",
    "run_all": ".run",
    "compare_targets": ".compare.comparison",
    "Background": ".background.background",
    "build_background": ".background.build",
    "load_background": ".background.store",
    "compare_cell_types": ".cells.comparison",
    "edge_evidence": ".pairs.evidence",
    "enrich_factors": ".factors_of_genes",
    "co_binding": ".pairs.shared_genes",
    "gene_set_enrichment": ".genesets.enrichment",
    "TargetQuery": ".target_query",
    "TargetsResult": ".targets_result",
    "check_antigen_available": ".table.download_target_genes",
    "download_target_genes": ".table.download_target_genes",
    "expression_section": ".expression.report",
    "filter_targets": ".ranking.filter_targets",
    "join_expression": ".expression.evidence",
    "parse_target_genes": ".table.parse_target_genes",
    "read_expression": ".expression.table",
    "summarise": ".table.scores",
    "guard": "..common.files.spreadsheet",
    "unguard": "..common.files.spreadsheet",
}

__all__ = list(_EXPORTS)
__getattr__ = lazy_exports(__name__, _EXPORTS)

"""Names of the files that an enrichment of gene sets leaves."""

ENRICHMENT_TABLE = "gene_set_enrichment.csv"
DOT_PLOT = "gene_sets"
GENE_SET_FILES = (ENRICHMENT_TABLE, f"{DOT_PLOT}.png", f"{DOT_PLOT}.svg")

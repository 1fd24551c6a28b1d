"""Enrichment of gene sets among chosen genes, beside a background of its own: what both skills share."""

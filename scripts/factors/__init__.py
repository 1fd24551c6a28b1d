"""Which factors bind at some regions or near some genes, by ChIP-Atlas's Enrichment Analysis.

What both skills share: `diff.enrich_factors` and `targets.enrich_factors` choose the two sets, `ask` has the service
count the overlaps, and an `EnrichedFactors` holds what that says of every antigen.
"""

"""Several comparisons beside each other: shared loci, effects against effects, one table, one report."""

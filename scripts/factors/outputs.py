"""Names of the files that enriched factors leave in a results folder."""

from __future__ import annotations

#: One row an antigen, and one an experiment.
ANTIGENS_CSV, EXPERIMENTS_CSV = "enriched_factors.csv", "enriched_factors_experiments.csv"
PLOT = "enriched_factors"
FACTOR_FILES = (ANTIGENS_CSV, EXPERIMENTS_CSV, f"{PLOT}.png", f"{PLOT}.svg")
#: Each job's ``job.json`` and the service's own table, in a folder named after its set.
JOBS_FOLDER = "enriched_factors_jobs"
RAW_TABLE = "wabi_result.tsv"

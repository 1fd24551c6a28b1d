"""Which experiments the server used, and in which order their counts stand."""

from __future__ import annotations

import pandas as pd

from scripts.diff.wabi_text import JobLog


def used_samples(log: JobLog, experiments_a: list[str], experiments_b: list[str]) -> pd.DataFrame:
    """The experiments in the order of the counts inside each group.

    The server prints them in its log; without those lines, the order is that of its count files: by name.

    Returns
    -------
    DataFrame
        ``accession``, ``group`` ("A" or "B"); group A first.
    """
    pairs = log.samples or [(name, "A") for name in sorted(experiments_a)] + [
        (name, "B") for name in sorted(experiments_b)
    ]
    samples = pd.DataFrame(pairs, columns=["accession", "group"]).drop_duplicates()
    return samples.sort_values("group", kind="stable").reset_index(drop=True)


def ignored_experiments(log: JobLog, experiments_a: list[str], experiments_b: list[str]) -> list[str]:
    """Requested experiments that the server says it ignored, or that its list of samples lacks.

    GEO samples (GSM) are listed under their SRX, so only the server's warning can tell that one was left out.
    """
    listed = {accession for accession, _ in log.samples}
    warned = set(log.ignored)
    return [
        name
        for name in [*experiments_a, *experiments_b]
        if name in warned or (listed and not name.startswith("GSM") and name not in listed)
    ]

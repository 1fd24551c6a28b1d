"""From peaks and coverage to the table."""

from __future__ import annotations

import pandas as pd
import pytest

from scripts.common.errors import InputError
from scripts.engine import Sample, compare_peaks


def sample(name: str, group: str, value: float, *, end: int = 300) -> Sample:
    starts = range(100, 20_000, 1000)
    peaks = pd.DataFrame({"chrom": "chr1", "start": starts, "end": [start + end - 100 for start in starts]})
    records = peaks.assign(value=value)
    records.loc[0, "value"] = value * (8 if group == "A" else 1)
    return Sample(name, group, peaks, records, 1.0, 50)


def test_columns_follow_the_names_not_the_submission() -> None:
    samples = [sample("SRX9", "A", 20), sample("SRX10", "B", 22), sample("SRX2", "B", 18), sample("SRX1", "A", 21)]
    found = compare_peaks(samples)
    assert found.columns.tolist()[6:] == ["SRX1", "SRX10", "SRX2", "SRX9"]
    assert found.iloc[0][["chrom", "start", "end"]].tolist() == ["chr1", 100, 300]
    assert found.iloc[0]["logFC"] > 2
    assert len(found) == 20


def test_peaks_are_cut_at_every_edge() -> None:
    samples = [sample("a", "A", 20, end=300), sample("b", "A", 20, end=250), sample("c", "B", 20), sample("d", "B", 21)]
    assert compare_peaks(samples)["end"].tolist()[:2] == [250, 300]


def test_same_name_twice() -> None:
    with pytest.raises(InputError, match="same name"):
        compare_peaks([sample("a", "A", 20), sample("a", "B", 20)])


def test_no_peaks_at_all() -> None:
    empty = Sample("a", "A", pd.DataFrame(columns=["chrom", "start", "end"]), pd.DataFrame(), 1.0, 50)
    other = Sample("b", "B", empty.peaks, empty.records, 1.0, 50)
    with pytest.raises(InputError, match="None of the 2 experiments has a peak"):
        compare_peaks([empty, other])

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.chipatlas.transport.client import Client
from scripts.common.errors import BadResponseError
from scripts.diff.annotate.annotate_tss import fetch_tss_library, nearest_tss, parse_tss_library
from scripts.diff.report.export import export_all
from tests.diff.tables import make_results, peaks

LIBRARY = pd.DataFrame(
    [("chr1", 1000, "PLUS", "+"), ("chr1", 9000, "MINUS", "-"), ("chr2", 50, "OTHER", "+")],
    columns=["chrom", "tss", "gene", "strand"],
)


@pytest.mark.parametrize(
    ("chrom", "start", "end", "gene", "distance"),
    [
        ("chr1", 900, 1001, "PLUS", 0),
        ("chr1", 900, 1000, "PLUS", -1),
        ("chr1", 1001, 1100, "PLUS", 1),
        ("chr1", 500, 600, "PLUS", -401),
        ("chr1", 8000, 8500, "MINUS", 501),
        ("chr1", 9500, 9600, "MINUS", -500),
        ("chr9", 10, 20, "", None),
    ],
)
def test_distance_is_edge_to_tss_and_signed_by_strand(chrom, start, end, gene, distance):
    regions = pd.DataFrame({"chrom": [chrom], "chromStart": [start], "chromEnd": [end]}, index=[7])
    found = nearest_tss(regions, LIBRARY)
    assert found.index.tolist() == [7]
    assert found["tss_gene"].iloc[0] == gene
    assert (None if distance is None else found["tss_distance"].iloc[0]) == distance


@given(
    st.lists(st.integers(0, 500), min_size=1, max_size=15, unique=True),
    st.lists(st.tuples(st.integers(0, 500), st.integers(1, 60)), min_size=1, max_size=15),
)
def test_against_every_pair(positions, spans):
    library = pd.DataFrame({"chrom": "chr1", "tss": positions, "gene": [f"G{n}" for n in positions], "strand": "+"})
    regions = pd.DataFrame(
        [("chr1", start, start + size) for start, size in spans], columns=["chrom", "chromStart", "chromEnd"]
    )
    found = nearest_tss(regions, library)
    for (start, size), distance in zip(spans, found["tss_distance"], strict=True):
        expected = min(max(start - tss, tss - (start + size - 1), 0) for tss in positions)
        assert abs(distance) == expected


def test_library_without_strand_and_with_score():
    plain = parse_tss_library(b"chr1\t5\t6\tG\n")
    assert plain.iloc[0].tolist() == ["chr1", 5, "G", ""]
    scored = parse_tss_library(b"chr1\t5\t6\tG\t0\t-\n")
    assert scored.iloc[0].tolist() == ["chr1", 5, "G", "-"]
    assert nearest_tss(pd.DataFrame({"chrom": ["chr1"], "chromStart": [9], "chromEnd": [10]}), plain)[
        "tss_distance"
    ].tolist() == [4]


@pytest.mark.parametrize("content", [b"", b"<html></html>", b"chr1\tx\t6\tG\n", b"chr1\t5\t6\n"])
def test_no_library(content):
    with pytest.raises(BadResponseError, match="TSS library"):
        parse_tss_library(content)


def test_every_region_of_every_table(atlas, tmp_path):
    with Client() as client:
        assert len(fetch_tss_library("hg38", client)) > 1000
    rows = [{"q": 10.0**-n, "start": 10_000_000 * n} for n in range(1, 9)]
    export_all(make_results(peaks(rows)), tmp_path, annotation="tss")
    for name in ("all", "significant", "top50", "unfiltered", "merged"):
        table = pd.read_csv(tmp_path / f"diff_regions_{name}.csv")
        assert table["tss_gene"].str.startswith("SIM").all()
        assert np.isfinite(table["tss_distance"]).all()
    assert len([path for _, path in atlas.requests if "TSS" in path]) == 2
    assert not [path for _, path in atlas.requests if path.startswith("/ucsc")]
    assert (tmp_path / "SIMULATED.txt").exists()


def test_without_the_library_the_export_is_complete(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CHIPATLAS_DATA_URL", "http://127.0.0.1:9/data")
    written = export_all(make_results(peaks([{}])), tmp_path, annotation="tss")
    assert "No nearest TSS" in capsys.readouterr().out
    assert all(path.exists() for path in written.values())


def test_a_library_that_was_cut_off_is_refused(atlas):
    """The server announces the shorter length, so that nothing else tells."""
    atlas.fault("data-tss", "short-length")
    with Client() as client, pytest.raises(BadResponseError, match="ends in the middle of a line"):
        fetch_tss_library("sacCer3", client)


def test_a_start_that_is_missing_is_no_library():
    with pytest.raises(BadResponseError, match="is no BED file"):
        parse_tss_library(b"chr1\t1\t2\tGENE\nchr1\n")


@pytest.mark.parametrize(
    "text",
    [
        "chr1\tx\t2\tA\n",
        "chr1\t\t2\tA\n",
        "chr1\t-1\t2\tA\n",
        "chr1\t1e3\t2\tA\n",
        "chr1\t99999999999999999999\t2\tA\n",
        "chr1\t1\t2\t+\n",
        "chr1\t1\t2\tA\nchr1\n",
    ],
)
def test_rows_that_no_library_holds(text):
    with pytest.raises(BadResponseError, match=r"TSS library"):
        parse_tss_library(text.encode())


def test_a_quote_in_a_name_swallows_no_rows():
    library = parse_tss_library(b'chr1\t1\t2\t"A\t0\t+\r\nchr1\t5\t6\tB\x1b[3m\t0\t-\r\n')
    assert library["gene"].tolist() == ['"A', "B [3m"]
    assert library["strand"].tolist() == ["+", "-"]

"""Antigens that are no factors, from real tables of ChIP-Atlas's next pipeline: whatever the index lists is served."""

from __future__ import annotations

import gzip
import json

import pandas as pd
import pytest

from scripts.common.errors import NotFoundError
from scripts.targets import load_user_query, run_all
from scripts.targets.plots.text import title
from tests.file_server import FileServer
from tests.reference import reference_path

LISTED = ["fkh-7", "H3K27ac", "ATAC-Seq"]


@pytest.fixture
def listed(server: FileServer) -> FileServer:
    for name in LISTED:
        path = reference_path(f"ce11_target_tables/{name}.5.tsv.gz")
        server.put_table(gzip.decompress(path.read_bytes()).decode(), f"{name}.5.tsv", "ce11")
    del server.files["/data/target_genes_analysis.json"]
    server.files["/api/target_genes_index"] = json.dumps({"ce11": LISTED}).encode()
    return server


@pytest.mark.parametrize(
    ("antigen", "caveat"),
    [("H3K27ac", "H3K27ac is a histone mark."), ("ATAC-Seq", "ATAC-Seq is an assay of accessibility"), ("fkh-7", "")],
)
def test_to_the_report(listed: FileServer, tmp_path, antigen, caveat):
    results = run_all(antigen, "ce11", output_dir=tmp_path)
    raw = pd.read_csv(reference_path(f"ce11_target_tables/{antigen}.5.tsv.gz"), sep="\t", index_col=0)
    assert results["target_genes"]["gene"].iloc[0] in set(raw.index[raw.iloc[:, 0] == raw.iloc[:, 0].max()])
    assert results["metadata"]["n_experiments_total"] == raw.shape[1] - 2
    report = (tmp_path / "summary_report.md").read_text("utf-8")
    page = (tmp_path / "report.html").read_text("utf-8")
    assert (caveat in report.replace("**", "")) and (not caveat or caveat.split(" is ")[1] in page)
    assert ("names no regulator" in report) == bool(caveat)
    heading = title(results, "binding of the top 25 genes").splitlines()[0]
    assert heading == f"{antigen}: {'signal' if caveat else 'binding'} of the top 25 genes"
    assert (tmp_path / "target_genes_heatmap.png").stat().st_size > 10_000


def test_a_mark_that_is_not_listed_where_others_are(listed: FileServer, tmp_path):
    with pytest.raises(NotFoundError, match="(?s)The site lists 3 antigens for ce11, not this one") as caught:
        run_all("H3K4me3", "ce11", output_dir=tmp_path)
    assert "today" not in str(caught.value)


def test_a_mark_where_no_mark_is_listed_is_told_why(listed: FileServer, tmp_path):
    listed.files["/api/target_genes_index"] = json.dumps({"ce11": ["fkh-7"]}).encode()
    with pytest.raises(NotFoundError, match="H3K4me3.*\n.*is a histone mark, and those have no tables"):
        run_all("H3K4me3", "ce11", output_dir=tmp_path)


def test_what_it_is_is_said_at_once(capsys):
    load_user_query("H3K27ac", "ce11")
    assert capsys.readouterr().out.splitlines() == [
        "  H3K27ac is a histone mark: its scores say where the signal is, and name no regulator.",
        "✓ Query loaded: H3K27ac target genes (ce11, ±5kb)",
    ]


def test_another_spelling_of_what_is_listed(listed: FileServer, tmp_path):
    with pytest.raises(NotFoundError) as caught:
        run_all("H3K27Ac", "ce11", output_dir=tmp_path)
    assert caught.value.matches == ["H3K27ac"]

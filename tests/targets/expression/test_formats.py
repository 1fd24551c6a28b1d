"""Tables as the programs of the field and spreadsheets write them."""

from __future__ import annotations

import io
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scripts.common.errors import InputError
from scripts.targets.expression.table import read_expression

FORMATS = {
    "Seurat, FindMarkers": '"","p_val","avg_log2FC","pct.1","pct.2","p_val_adj"\n'
    '"AAA",1e-5,1.5,0.9,0.1,0.01\n"BBB",1e-9,-2,0.5,0.6,NA\n',
    "Seurat, FindAllMarkers": '"","p_val","avg_log2FC","pct.1","pct.2","p_val_adj","cluster","gene"\n'
    '"AAA.1",1e-5,1.5,0.9,0.1,0.01,"T","AAA"\n"BBB.1",1e-9,-2,0.5,0.6,NA,"T","BBB"\n',
    "scanpy": ",names,scores,logfoldchanges,pvals,pvals_adj\n0,AAA,12,1.5,1e-5,0.01\n1,BBB,-3,-2,0.9,\n",
    "scanpy, group": "group,names,scores,logfoldchanges,pvals,pvals_adj\nT,AAA,12,1.5,1e-5,0.01\nT,BBB,-3,-2,0.9,\n",
    "other case": "GENE_SYMBOL\tLOG2FOLDCHANGE\tPADJ\nAAA\t1.5\t0.01\nBBB\t-2\t\n",
    "decimal commas": "gene;log2FC;padj\nAAA;1,5;0,01\nBBB;-2;NA\n",
    "decimal commas, tabs": "gene\tlog2FC\tpadj\nAAA\t1,5\t1,0E-2\nBBB\t-2,0\t\n",
    "decimal commas, quoted": 'gene,log2FC,padj\nAAA,"1,5","0,01"\nBBB,"-2,0",\n',
    "Excel's first line": "sep=;\r\ngene;log2FC;padj\r\nAAA;1,5;0,01\r\nBBB;-2,0;\r\n",
    "a comma in a heading": 'gene;"log2FC";padj;"mean, normalised"\nAAA;1.5;0.01;3\nBBB;-2;;4\n',
}
#: As ChIP-Atlas would list it; Windows-1252 has no NUL and no letter beyond ÿ.
PLAIN = "gene;log2FC;padj;Bemerkung\r\nAAA;1,5;0,01;größer\r\nBBB;-2;;µ\r\n"


def written(tmp_path: Path, content: str | bytes, name: str = "expression.txt") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def check_plain(frame: pd.DataFrame) -> None:
    assert frame["gene"].tolist() == ["AAA", "BBB"]
    assert frame["log2FC"].tolist() == [1.5, -2.0]
    assert frame["padj"].iloc[0] == 0.01 and np.isnan(frame["padj"].iloc[1])


@pytest.mark.parametrize("text", FORMATS.values(), ids=FORMATS)
def test_formats_read_alike(tmp_path: Path, text: str) -> None:
    check_plain(read_expression(written(tmp_path, text)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    frame = read_expression(written(tmp_path, PLAIN.encode(encoding)))
    check_plain(frame)
    assert ("not UTF-8: read as Windows-1252" in frame.attrs["notes"]) == (encoding == "cp1252")


@pytest.mark.parametrize("content", [b"\xff\xfegene\x00\x00\xd8", b"gene,log2FC\x00\x81\x02\x03", bytes(range(1, 256))])
def test_no_text(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InputError, match=r"no UTF-8 text|damaged UTF-16 text"):
        read_expression(written(tmp_path, content))


def test_frames_of_seurat_and_scanpy() -> None:
    seurat = pd.DataFrame({"avg_log2FC": [1.5, -2.0], "p_val_adj": [0.01, np.nan]}, index=["AAA", "BBB"])
    check_plain(read_expression(seurat))
    scanpy = pd.DataFrame({"names": ["AAA", "BBB"], "logfoldchanges": [1.5, -2.0], "pvals_adj": [0.01, np.nan]})
    check_plain(read_expression(scanpy))
    check_plain(read_expression(scanpy.astype({"logfoldchanges": "float32"})))


def test_what_seurat_leaves_out_is_said(tmp_path: Path) -> None:
    notes = read_expression(written(tmp_path, FORMATS["Seurat, FindMarkers"])).attrs["notes"]
    assert any("logfc.threshold = 0 and min.pct = 0" in note for note in notes)


def test_several_comparisons_are_not_mixed(tmp_path: Path) -> None:
    both = FORMATS["scanpy, group"] + "B,AAA,1,0.1,0.5,0.6\n"
    with pytest.raises(InputError, match=r"holds 2 comparisons \(column 'group': 'T', 'B'\).\nGive the rows of one"):
        read_expression(written(tmp_path, both))
    distinct = FORMATS["scanpy, group"].replace("T,BBB", "B,BBB")
    check_plain(read_expression(written(tmp_path, distinct)))


@pytest.mark.parametrize(
    ("heading", "match"),
    [
        ("FoldChange", r"'FoldChange' of .* is a linear fold change.*\n.*log2FC = log2\(FC\); .* sign\(FC\) \* log2"),
        ("fold_change", "'fold_change' of .* linear fold change"),
        ("FC", "'FC' of .* linear"),
        ("fc", "'fc' of .* linear"),
        ("avg_logFC", r"'avg_logFC' of .* natural logarithm \(Seurat before version 4\).*\n.*ln\(FC\) / 0.6931"),
        ("log10FC", "'log10FC' of .* base 10"),
    ],
)
def test_other_scales_are_refused_by_name(tmp_path: Path, heading: str, match: str) -> None:
    with pytest.raises(InputError, match=f"(?s){match}"):
        read_expression(written(tmp_path, f"gene,{heading},padj\nAAA,2,0.1\n"))
    beside = read_expression(written(tmp_path, f"gene,{heading},log2FC,padj\nAAA,2,1,0.1\n"))
    assert beside["log2FC"].tolist() == [1.0]


def test_ratios_under_another_name_are_recognised() -> None:
    rng = np.random.default_rng(1)
    log2 = rng.normal(0, 1, 5000)
    frame = pd.DataFrame({"gene": [f"G{i}" for i in range(5000)], "log2FC": log2, "padj": rng.random(5000)})
    assert len(read_expression(frame)) == 5000
    for ratios in (2**log2, 2 ** (0.6 * log2), 2**log2 * rng.choice([1, 80], 5000, p=[0.99, 0.01])):
        with pytest.raises(InputError, match=r"All 5,000 values of 'log2FC' in a DataFrame are above 0 .*linear"):
            read_expression(frame.assign(log2FC=ratios))
    # Markers that go up alone, from a threshold on, are log2 all the same.
    assert len(read_expression(frame.assign(log2FC=0.25 + rng.exponential(0.5, 5000)))) == 5000
    assert len(read_expression(frame.head(5).assign(log2FC=[1, 2, 3, 0.5, 0.7]))) == 5


def test_points_and_commas_in_one_table_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"'1,5' for gene 'A'.\nWrite all numbers with a decimal point, or all with"):
        read_expression(written(tmp_path, "gene;log2FC;padj\nA;1,5;0.1\nB;1,5;0.2\n"))


@pytest.mark.parametrize("name", ["1-Mar", "Sep-09", "2-Sept", "9-Sep-2026", "2026-09-09", "2026-09-09 00:00:00"])
def test_dates_are_named_with_what_to_do(tmp_path: Path, name: str) -> None:
    notes = read_expression(written(tmp_path, f"gene,log2FC,padj\n{name},1,0.1\nAAA,1,0.1\n")).attrs["notes"]
    assert any(f"1 name written like a date ({name}):" in note and "as text" in note for note in notes)


def test_numbers_of_clones_are_named(tmp_path: Path) -> None:
    notes = read_expression(written(tmp_path, "gene,log2FC,padj\n2.31E+19,1,0.1\nAAA,1,0.1\n")).attrs["notes"]
    assert any("1 name written like a number (2.31E+19)" in note for note in notes)


@pytest.mark.parametrize("separator", [",", ";"])
def test_a_real_size_table_is_read_within_a_second(tmp_path: Path, separator: str) -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        rng.normal(size=(20_000, 6)), columns=["baseMean", "log2FoldChange", "lfcSE", "stat", "p", "padj"]
    )
    table["padj"] = rng.random(20_000)
    table.insert(0, "gene", [f"GENE{i}" for i in range(20_000)])
    text = io.StringIO()
    table.to_csv(text, index=False, sep=separator, decimal="," if separator == ";" else ".")
    path = written(tmp_path, text.getvalue())
    started = time.process_time()
    frame = read_expression(path)
    seconds = time.process_time() - started
    print(f"20,000 genes, separator {separator!r}: {seconds:.2f} s")
    assert seconds < 1
    np.testing.assert_allclose(frame["log2FC"], table["log2FoldChange"], rtol=1e-9)

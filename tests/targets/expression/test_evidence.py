from __future__ import annotations

import gzip
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.common.errors import InputError
from scripts.common.plotting.drawing import SIMULATED_CAPTION, save_plots
from scripts.emulator import Atlas
from scripts.targets.expression.evidence import (
    CLASSES,
    expression_classes,
    fisher,
    join_expression,
    rank_association,
)
from scripts.targets.expression.report import expression_section, inference_limits, odds_text, p_text
from scripts.targets.expression.table import read_expression
from scripts.targets.plots.expression_plot import plot_binding_vs_expression
from scripts.targets.table.scores import COLUMNS
from scripts.targets.workflow import run_target_genes_workflow

FORMATS = {
    "DESeq2, write.csv": ',"baseMean","log2FoldChange","lfcSE","stat","pvalue","padj"\n'
    '"AAA",10,1.5,0.1,3,0.001,0.01\n"BBB",9,-2,0.1,3,0.001,NA\n',
    "DESeq2, write.table": '"baseMean"\t"log2FoldChange"\t"padj"\n"AAA"\t10\t1.5\t0.01\n"BBB"\t9\t-2\tNA\n',
    "R's default": '"baseMean" "log2FoldChange" "padj"\n"AAA" 10 1.5 0.01\n"BBB" 9 -2 NA\n',
    "edgeR": "genes\tlogFC\tlogCPM\tPValue\tFDR\nAAA\t1.5\t3\t0.001\t0.01\nBBB\t-2\t3\t0.5\tNA\n",
    "limma, GEO2R": '"ID"\t"adj.P.Val"\t"P.Value"\t"logFC"\t"Gene.symbol"\n'
    '"1_at"\t"0.01"\t"1e-3"\t"1.5"\t"AAA"\n"2_at"\t""\t""\t"-2"\t"BBB"\n',
    "limma, ID": "ID,logFC,adj.P.Val\nAAA,1.5,0.01\nBBB,-2,\n",
    "plain": "# made by hand\ngene,log2FC,padj\nAAA,1.5,0.01\n BBB ,-2,nan\n",
    "semicolons": "gene;log2FC;padj\r\nAAA;1.5;0.01\r\nBBB;-2;\r\n",
}


def table_of(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "expression.txt"
    path.write_bytes(text.encode("utf-8-sig"))
    return path


def ranking(*rows: tuple[str, float, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["gene", "avg_score", "num_bound"])


def expression(**genes: tuple[float, float]) -> pd.DataFrame:
    return read_expression(pd.DataFrame([(name, *v) for name, v in genes.items()], columns=["gene", "log2FC", "padj"]))


@pytest.mark.parametrize("text", FORMATS.values(), ids=FORMATS)
def test_the_common_formats_read_alike(tmp_path: Path, text: str) -> None:
    frame = read_expression(table_of(tmp_path, text))
    assert frame["gene"].tolist() == ["AAA", "BBB"]
    assert frame["log2FC"].tolist() == [1.5, -2.0]
    assert frame["padj"].iloc[0] == 0.01 and np.isnan(frame["padj"].iloc[1])
    assert frame.attrs["notes"] == ["1 gene without padj or log2FC: not tested"]


def test_compressed_and_frames(tmp_path: Path) -> None:
    path = tmp_path / "e.csv.gz"
    path.write_bytes(gzip.compress(FORMATS["edgeR"].encode()))
    expected = read_expression(path)
    by_name = pd.DataFrame({"log2FoldChange": [1.5, -2], "padj": [0.01, np.nan]}, index=["AAA", "BBB"])
    pd.testing.assert_frame_equal(read_expression(by_name), expected)
    nullable = pd.DataFrame({"symbol": ["AAA", "BBB"], "logFC": [1.5, -2.0], "FDR": [0.01, None]}, index=[7, 3])
    pd.testing.assert_frame_equal(read_expression(nullable.convert_dtypes()), expected)
    assert read_expression(by_name).attrs["columns"]["gene"] == "(row names)"


def test_a_symbol_goes_before_row_names_and_ids() -> None:
    frame = pd.DataFrame(
        {"gene_id": ["ENSG1"], "SYMBOL": ["AAA"], "log2FoldChange": [1.0], "padj": [0.5]}, index=["ENSG1"]
    )
    assert read_expression(frame)["gene"].tolist() == ["AAA"]


def test_one_row_a_gene_counted_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        "AAA,1,0.5",
        "AAA,2,0.1",
        "AAA,3,NA",
        "BBB,1,NA",
        "BBB,2,0.3",
        ",9,0.1",
        "C///D,1,0.1",
        "1-Mar,1,1",
        "E,5,NA",
    ]
    frame = read_expression(table_of(tmp_path, "gene,log2FC,padj\n" + "\n".join(rows)))
    assert dict(zip(frame["gene"], frame["log2FC"], strict=True)) == {"AAA": 2, "BBB": 2, "1-Mar": 1, "E": 5}
    assert frame.attrs["notes"] == [
        "1 row without a gene name passed over",
        "1 row naming several genes (///) passed over",
        "3 further rows of 2 genes dropped: the smallest padj is kept",
        "1 gene without padj or log2FC: not tested",
        "1 name written like a date (1-Mar): a spreadsheet has changed gene symbols such as SEPT9 or MARCH1, today's "
        "SEPTIN9 and MARCHF1; import the table anew with the column of genes as text",
    ]
    out = capsys.readouterr().out
    assert all(note in out for note in frame.attrs["notes"])


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("gene,logFC,PValue\nA,1,0.1\n", "No column for padj .*'gene', 'logFC', 'PValue'.*\n.*not adjusted"),
        ("a,b\n1,2\n", "No column for gene, log2FC, padj"),
        ("gene,logFC,log.FC,padj\nA,1,2,0.1\n", "more than one column 'logfc'"),
        ("gene;log2FC;padj\nA;1,5;0.1\n", "1 cell of column 'log2FC' .* '1,5' for gene 'A'.\n.*decimal point"),
        ("gene,log2FC,padj\nA,1,12.5\n", "outside 0..1, such as 12.5"),
        ("gene,log2FC,padj\n", "No genes in"),
        ("\n# remark\n", "is empty"),
        ("gene,log2FC,padj\nA,1,0.1\nB,1,0.1,3,4\n", "no readable table"),
    ],
)
def test_unusable_tables(tmp_path: Path, text: str, match: str) -> None:
    with pytest.raises(InputError, match=f"(?s){match}"):
        read_expression(table_of(tmp_path, text))


@pytest.mark.parametrize(
    ("source", "match"),
    [("", "give the path"), (3, "give the path"), ("nowhere.csv", "Cannot read nowhere.csv: No such")],
)
def test_unusable_sources(source: Any, match: str) -> None:
    with pytest.raises(InputError, match=match):
        read_expression(source)


def test_classes_at_their_limits() -> None:
    change = np.array([1.0, -1.0, 1.0, 0.99, 0.0, np.nan, 2.0, np.inf])
    padj = np.array([0.049, 0.0, 0.05, 0.0, 0.0, 0.0, np.nan, 0.01])
    expected = ["up", "down", "unchanged", "unchanged", "unchanged", "not tested", "not tested", "up"]
    assert expression_classes(change, padj, 0.05, 1.0).tolist() == expected


def test_bound_is_the_whole_table_and_the_universe_is_what_was_tested() -> None:
    genes, evidence = join_expression(
        ranking(("A", 900, 4), ("B", 500, 3), ("C", 90, 1), ("D", 9, 1), ("MISSING", 5, 1), ("STRINGONLY", 0, 0)),
        expression(
            D=(0.1, 0.9), A=(2, 0.001), B=(-2, 0.01), C=(1, np.nan), STRINGONLY=(3, 0.01), U1=(0, 1), U2=(-1, 0.02),
            U3=(1, np.nan),
        ),
    )  # fmt: skip
    assert genes["gene"].tolist() == ["A", "B", "C", "D", "MISSING"]
    assert genes["expression_class"].tolist() == ["up", "down", "not tested", "unchanged", "not tested"]
    assert evidence["counts"] == {
        "bound": {"up": 1, "down": 1, "unchanged": 1, "not tested": 2},
        "unbound": {"up": 1, "down": 1, "unchanged": 1, "not tested": 1},
    }
    assert (evidence["n_tested"], evidence["not_in_table"], evidence["unlisted"]) == (6, 1, 2)
    assert evidence["tests"]["changed"]["table"] == [[2, 1], [2, 1]]
    assert evidence["tests"]["up"]["table"] == [[1, 2], [1, 2]]
    assert evidence["tests"]["changed"]["odds_ratio"] == 1 and evidence["tests"]["changed"]["pvalue"] == 1
    assert type(evidence) is dict


def exact_p(a: int, b: int, c: int, d: int) -> Fraction:
    """Two-sided p by the hypergeometric distribution, in whole numbers."""
    row, column, total = a + b, a + c, a + b + c + d
    weights = [
        math.comb(column, k) * math.comb(total - column, row - k)
        for k in range(max(0, row + column - total), min(row, column) + 1)
    ]
    observed = math.comb(column, a) * math.comb(total - column, b)
    return Fraction(sum(weight for weight in weights if weight <= observed), sum(weights))


@settings(max_examples=60, deadline=None)
@given(st.tuples(*[st.integers(0, 60)] * 4), st.tuples(*[st.integers(0, 60)] * 2))
def test_fisher_equals_the_hypergeometric_sum(bound_and_unbound: tuple[int, ...], down: tuple[int, int]) -> None:
    up1, un1, up2, un2 = bound_and_unbound
    counts = {
        "bound": {"up": up1, "down": down[0], "unchanged": un1, "not tested": 99},
        "unbound": {"up": up2, "down": down[1], "unchanged": un2, "not tested": 99},
    }
    for yes, (a, b, c, d) in {
        ("up", "down"): (up1 + down[0], un1, up2 + down[1], un2),
        ("up",): (up1, un1 + down[0], up2, un2 + down[1]),
        ("down",): (down[0], un1 + up1, down[1], un2 + up2),
    }.items():
        test = fisher(counts, yes)
        assert test["table"] == [[a, b], [c, d]]
        assert test["pvalue"] == pytest.approx(float(exact_p(a, b, c, d)), rel=1e-7)
        # An empty row or column of the table leaves the odds ratio undefined.
        if 0 in (a + b, c + d, a + c, b + d):
            assert np.isnan(test["odds_ratio"])
        elif b * c:
            assert test["odds_ratio"] == pytest.approx(a * d / (b * c))
        else:
            assert np.isinf(test["odds_ratio"])


def test_rank_association_equals_the_correlation_of_ranks() -> None:
    rng = np.random.default_rng(3)
    genes = pd.DataFrame({"avg_score": rng.integers(0, 30, 200) / 7, "log2FC": rng.normal(size=200).round(1)})
    genes["expression_class"] = np.where(rng.random(200) < 0.2, "not tested", "unchanged")
    tested = genes[genes["expression_class"] != "not tested"]
    expected = np.corrcoef(tested["avg_score"].rank(), tested["log2FC"].abs().rank())[0, 1]
    found = rank_association(genes)
    assert found["rho"] == pytest.approx(expected, rel=1e-12) and found["n"] == len(tested)
    assert 0 < found["pvalue"] <= 1
    assert np.isnan(rank_association(genes.assign(avg_score=1.0))["rho"])
    assert np.isnan(rank_association(genes.head(0))["pvalue"])


@pytest.mark.parametrize(
    ("names", "match"),
    [
        (["ENSG00000141510.18"], "Ensembl IDs"),
        (["7157"], "Entrez"),
        (["aaa"], "another species"),
        (["ZZZ"], "official gene symbols"),
    ],
)
def test_no_name_in_common(names: list[str], match: str) -> None:
    table = read_expression(pd.DataFrame({"gene": names, "log2FC": 1.0, "padj": 0.1}))
    with pytest.raises(InputError, match=f"(?s)No bound gene is in the expression table.*{match}"):
        join_expression(ranking(("AAA", 9, 1)), table)


def test_settings_and_frames_are_checked() -> None:
    table = expression(A=(1, 0.1))
    for options, match in (
        ({"padj_threshold": 0}, "padj_threshold is 0"),
        ({"min_abs_log2fc": -1}, "min_abs_log2fc is -1"),
    ):
        with pytest.raises(InputError, match=match):
            join_expression(ranking(("A", 9, 1)), table, **options)
    with pytest.raises(InputError, match="ranking has no column num_bound"):
        join_expression(pd.DataFrame({"gene": ["A"], "avg_score": [1]}), table)
    with pytest.raises(InputError, match="expression has a gene twice"):
        join_expression(ranking(("A", 9, 1)), pd.concat([table, table]))


def test_tables_that_make_the_test_void_are_noted() -> None:
    _, evidence = join_expression(
        ranking(("A", 9, 1), ("B", 8, 1), ("C", 7, 1)), expression(A=(1, 0.01), X=(2, 0.01), Y=(-1, 0.001))
    )
    assert [note.split(":")[0] for note in evidence["notes"]] == [
        "only 1 of 3 bound genes are in the expression table",
        "every tested gene counts as changed",
    ]
    assert "| Bound × changed | 1 | 0 | 2 | 0 | not defined | 1 |" in expression_section(evidence, "TP53", 5)


def test_no_unbound_gene_is_noted() -> None:
    _, evidence = join_expression(ranking(("A", 9, 1), ("B", 8, 1)), expression(A=(1, 0.01), B=(1, 0.9)))
    assert evidence["notes"] == ["every tested gene is bound: there is nothing to compare with"]
    assert np.isnan(evidence["tests"]["changed"]["odds_ratio"])


def test_words_for_numbers() -> None:
    assert [p_text(p) for p in (0.0, 0.04999, 1.0, float("nan"))] == ["< 1e-300", "0.05", "1", "not defined"]
    assert [odds_text({"odds_ratio": o}) for o in (np.inf, np.nan, 2.0)] == ["infinite", "not defined", "2.000"]


@pytest.fixture
def joined(atlas: Atlas, tmp_path: Path) -> tuple[dict[str, Any], pd.DataFrame, Any]:
    results = run_target_genes_workflow("TP53", output_dir=tmp_path, top_n=None)
    targets = results["target_genes"]
    rng = np.random.default_rng(0)
    names = [*targets["gene"].head(2000), *(f"OTHER{i}" for i in range(500))]
    table = pd.DataFrame({"gene": names, "log2FC": rng.normal(size=2500), "padj": rng.random(2500) ** 4})
    table.loc[rng.random(2500) < 0.1, "padj"] = np.nan
    genes, evidence = join_expression(targets, read_expression(table))
    return results, genes, evidence


def test_report_section_holds_the_numbers_of_the_table(joined: tuple[dict[str, Any], pd.DataFrame, Any]) -> None:
    results, genes, evidence = joined
    assert tuple(genes.columns) == (*COLUMNS, "log2FC", "padj", "expression_class")
    assert genes["gene"].tolist() == results["target_genes"]["gene"].tolist()
    counts = genes["expression_class"].value_counts()
    assert {name: int(counts[name]) for name in CLASSES} == evidence["counts"]["bound"]
    text = expression_section(evidence, "TP53", 5)
    row = " | ".join(f"{counts[name]:,}" for name in CLASSES)
    assert f"| Bound | {row} | {len(genes):,} |" in text
    assert p_text(evidence["tests"]["up"]["pvalue"]) in text
    for said in ("Direct or indirect cannot be told", "±5 kb", "universe", *inference_limits(evidence, "TP53", 5)):
        assert said in text


def test_plot(joined: tuple[dict[str, Any], pd.DataFrame, Any], tmp_path: Path) -> None:
    results, genes, evidence = joined
    save_plots([("plot", lambda: plot_binding_vs_expression(results, genes, evidence))], tmp_path)
    svg = (tmp_path / "plot.svg").read_text(encoding="utf-8")
    counts = evidence["counts"]["bound"]
    assert SIMULATED_CAPTION in svg
    assert f"up: {counts['up']:,} genes" in svg and f"unchanged: {counts['unchanged']:,} genes" in svg
    assert (tmp_path / "plot.png").stat().st_size > 10_000


@pytest.mark.parametrize("change", [np.nan, np.inf, 0.0])
def test_odd_tables_can_be_drawn(
    joined: tuple[dict[str, Any], pd.DataFrame, Any], tmp_path: Path, change: float
) -> None:
    results, genes, _ = joined
    few = genes.drop(columns=["log2FC", "padj", "expression_class"]).head(2)
    table = read_expression(pd.DataFrame({"gene": few["gene"], "log2FC": change, "padj": 0.01}))
    save_plots([("plot", lambda: plot_binding_vs_expression(results, *join_expression(few, table)))], tmp_path)
    assert (tmp_path / "plot.png").stat().st_size > 1000


def test_control_characters_in_names_are_taken_out(tmp_path: Path) -> None:
    frame = read_expression(table_of(tmp_path, "gene,log2FC,padj\nA\x00B,1,0.1\nC\x1b[3m,1,0.1\n \u200bD\t,1,0.1\n"))
    assert frame["gene"].tolist() == ["A B", "C [3m", "D"]


@pytest.mark.parametrize(
    ("highest", "genes", "noted"), [(0.0499, 300, True), (0.0999, 300, True), (1.0, 300, False), (0.0999, 90, False)]
)
def test_a_table_without_the_unchanged_genes_is_noticed(highest: float, genes: int, noted: bool) -> None:
    """SIMULATED: adjusted p-values up to where a table was cut, over half bound genes."""
    rng = np.random.default_rng(3)
    names = [f"G{number}" for number in range(genes)]
    table = pd.DataFrame({"gene": names, "log2FC": rng.normal(0, 2, genes), "padj": rng.uniform(0, highest, genes)})
    bound = ranking(*((name, 10.0, 1) for name in names[::2]))
    _, evidence = join_expression(bound, read_expression(table))
    assert any("the table seems to be cut there" in note for note in evidence["notes"]) is noted


def test_a_whole_table_of_a_factor_that_changes_most_genes_is_not_taken_for_a_cut_one() -> None:
    """SIMULATED: nine in ten genes change beyond doubt."""
    rng = np.random.default_rng(4)
    pvalues = np.where(rng.random(2000) < 0.9, 1e-8 * rng.random(2000), rng.random(2000))
    table = pd.DataFrame({"gene": [f"G{n}" for n in range(2000)], "log2FC": rng.normal(0, 2, 2000), "padj": pvalues})
    _, evidence = join_expression(ranking(("G1", 10.0, 1), ("G2", 9.0, 1)), read_expression(table))
    assert not any("cut" in note for note in evidence["notes"])

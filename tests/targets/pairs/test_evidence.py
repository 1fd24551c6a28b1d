"""Evidence for pairs, beside a plain recomputation from the tables as the server has them."""

from __future__ import annotations

import io
import urllib.request
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scripts.common.errors import InputError, ServiceUnavailableError
from scripts.emulator import Atlas
from scripts.emulator.simulation.factors.target_tables import factor_index, target_table
from scripts.targets import edge_evidence
from scripts.targets.pairs.evidence import COLUMNS
from tests.file_server import FileServer
from tests.targets.tables import SMALL_COLUMNS, SMALL_ROWS, table_text


class Hot:
    """Stands for a background: every gene's share is that of its number's last digit."""

    def hot_share(self, protein: str) -> pd.Series:
        names = [f"SIM{i:04d}" for i in range(1, 4001)] + ["AAA", "BBB"]
        return pd.Series([int(name[-1]) / 10 if name[-1].isdigit() else 0.5 for name in names], index=names)


def random_pairs(n_factors: int, count: int, seed: int = 1) -> list[tuple[str, str]]:
    """Pairs of simulated factors, two thirds with a gene of the factor's own table, the others with any."""
    rng = np.random.default_rng(seed)
    factors = rng.choice(
        [name for name in factor_index()["hg38"] if name.startswith("SIMTF")], n_factors, replace=False
    )
    pairs = []
    for number, factor in enumerate(np.resize(factors, count).tolist()):
        own = read_plainly(text_of(factor)).index
        any_gene = f"SIM{rng.integers(1, 5001):04d}"
        pairs.append((factor, any_gene if number % 3 == 0 else str(own[rng.integers(len(own))])))
    return pairs


@cache
def text_of(factor: str) -> str:
    return (target_table("hg38", factor, 5) or b"").decode()


@cache
def read_plainly(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), sep="\t", keep_default_na=False).set_index("Target_genes")


def plainly(pair: tuple[str, str], text: str, cells: set[str] | None = None) -> dict[str, object]:
    """The numbers of one pair from the file itself."""
    table = read_plainly(text)
    columns = [name for name in table.columns[1:-1] if cells is None or name.split("|", 1)[1] in cells]
    scores = table[columns]
    averages = pd.DataFrame({"avg": scores.mean(axis=1), "best": scores.max(axis=1)})
    if cells is None:
        averages["avg"] = table.iloc[:, 0]
    bound = averages[averages["best"] > 0].reset_index()
    order = bound.sort_values(["avg", "best", "Target_genes"], ascending=[False, False, True])["Target_genes"].tolist()
    gene = pair[1]
    if gene not in table.index:
        return {"num_bound": 0, "num_experiments": len(columns), "avg_score": 0.0, "max_score": 0, "string_score": 0}
    own = scores.loc[gene]
    numbers = {
        "num_bound": int((own > 0).sum()),
        "num_experiments": len(columns),
        "avg_score": float(averages.loc[gene, "avg"]),
        "max_score": int(own.max()),
        "string_score": int(table.loc[gene, "STRING"]),
        "cell_types_bound": "; ".join(sorted({name.split("|", 1)[1] for name in own.index[own > 0]})),
        "num_ranked": len(order),
    }
    if gene in order:
        rank = order.index(gene) + 1
        numbers |= {"rank": rank, "percentile": 100 * (len(order) - rank + 1) / len(order)}
    return numbers


@pytest.mark.parametrize("cell_types", [None, ["k562", "MCF-7", "HCT 116"]])
def test_770_pairs_of_40_factors_equal_a_plain_recomputation(atlas: Atlas, tmp_path: Path, cell_types) -> None:
    pairs = random_pairs(40, 770)
    found = edge_evidence(pairs, cell_types=cell_types, background=Hot(), output_dir=tmp_path)
    requests = [line for line in atlas.requests if "/target/" in str(line)]
    assert len(requests) == len({str(line) for line in requests}) == 40
    assert list(zip(found["factor"], found["gene"], strict=True)) == pairs
    assert list(found.columns) == list(COLUMNS)
    texts = {name: text_of(name) for name, _ in pairs}
    cells = None if cell_types is None else {"K-562", "MCF-7", "HCT_116"}
    checked = 0
    for row in found.to_dict("records"):
        if row["status"] == "no experiment":
            assert not cells & {name.split("|")[1] for name in texts[row["factor"]].split("\n")[0].split("\t")[2:-1]}
            continue
        if row["status"] == "gene not listed":
            assert all(f"\n{row['gene']}\t" not in text for text in texts.values()) and pd.isna(row["avg_score"])
            continue
        for name, value in plainly((row["factor"], row["gene"]), texts[row["factor"]], cells).items():
            assert row[name] == (pytest.approx(value, abs=1e-6) if isinstance(value, float) else value), (row, name)
        assert (row["status"] == "bound") == (row["num_bound"] > 0) and bool(row["reason"]) == (
            row["status"] != "bound"
        )
        checked += 1
    assert checked > 400
    known = found["gene"].str.slice(3).astype(int) <= 4000
    assert (found["hot_share"][known] == found["gene"][known].str[-1].astype(int) / 10).all()
    assert found["hot_share"][~known].isna().all()
    written = pd.read_csv(tmp_path / "edge_evidence.csv", keep_default_na=False)
    assert written["status"].tolist() == found["status"].tolist() and (tmp_path / "SIMULATED.txt").exists()


def test_what_is_missing_is_named_with_its_reason(server: FileServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.put_table(table_text(SMALL_ROWS, SMALL_COLUMNS))
    server.put_table(table_text([("ELSE", [60], 0)], ["SRX9|K-562"], "MYC"), "MYC.5.tsv")
    pairs = [
        ("TP53", "FEW"), ("TP54", "AAA"), ("TP53", "ONLY"), ("TP53", "ELSE"), ("myc", "AAA"), ("TP53", "aaa"),
        ("MYC", "BBB"), ("TP53", "FEW"),
    ]  # fmt: skip
    found = edge_evidence(pairs, min_score=71)
    assert found["status"].tolist() == [
        "not bound", "no table", "not bound", "not bound", "no table", "gene not listed", "not bound", "not bound",
    ]  # fmt: skip
    reason = found["reason"].tolist()
    assert reason[0] == reason[7] == "no peak from 71 on" and found["rank"].tolist()[0] == 4
    assert "does not exist" in reason[1] and "Did you mean: TP53" in reason[1]
    assert reason[2] == "no peak in an experiment used" and found["string_score"][2] == 650
    assert reason[3].startswith("not in the factor's table") and found["num_bound"][3] == 0
    assert "all lower case" in reason[4] and "MYC" in reason[4]
    assert (
        "in none of 2 tables read" in reason[5] and reason[5].endswith("near: AAA") and pd.isna(found["num_bound"][5])
    )
    assert found["rank"].isna().tolist() == [False, True, True, True, True, True, True, False]
    assert found.attrs["factors"] == {"asked": 4, "with_table": 2}
    printed = capsys.readouterr().out
    assert "  1 of 4, TP53: 4 experiments" in printed
    assert printed.splitlines()[-1] == "✓ Evidence found for 0 of 8 pairs"
    tables = [path for _, path in server.requests if "/target/" in path]
    assert tables[0].endswith("TP53.5.tsv") and tables.count(tables[0]) == 1


def test_a_class_of_cell_types(atlas: Atlas) -> None:
    found = edge_evidence([("MYC", "SIM0002"), ("TP73", "SIM0002")], cell_type_class="Blood")
    blood = ["K-562", "MOLM-13", "CD4+ T cells", "B-cell_(CD19+)", "Macrophages", "Dendritic cells,_plasmacytoid"]
    by_type = edge_evidence([("MYC", "SIM0002")], cell_types=blood)
    assert found.loc[0, "num_experiments"] == by_type.loc[0, "num_experiments"] < 90
    assert found.loc[0, "status"] in ("bound", "not bound")


def test_an_outage_ends_it_and_names_the_factor(server: FileServer) -> None:
    server.put_table(table_text(SMALL_ROWS, SMALL_COLUMNS))
    server.status["/data/hg38/target/MYC.5.tsv"] = 503
    with pytest.raises(ServiceUnavailableError, match=r"Factor 2 of 2, 'MYC', failed"):
        edge_evidence([("TP53", "AAA"), ("MYC", "AAA")])


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"min_score": -1}, "min_score"), ({"distance": 3}, "distance is 3"), ({"genome": "hg99"}, "hg99"),
        ({"cell_types": [""]}, "cell_types is"), ({"cell_type_class": " "}, "cell_type_class is"),
    ],
)  # fmt: skip
def test_unusable_settings_are_refused_before_any_request(server: FileServer, given: dict, match: str) -> None:
    with pytest.raises(InputError, match=match):
        edge_evidence([("TP53", "AAA")], **given)
    assert server.requests == []


def test_the_plain_recomputation_reads_what_the_server_sends(atlas: Atlas) -> None:
    """Or the comparison above would compare two readings of something else."""
    name = random_pairs(1, 1)[0][0]
    address = f"{atlas.environment['CHIPATLAS_DATA_URL']}/hg38/target/{name}.5.tsv"
    with urllib.request.urlopen(address) as reply:
        assert reply.read() == target_table("hg38", name, 5)

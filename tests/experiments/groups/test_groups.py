"""Contrasts in tables whose truth is known, and groups made of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from scripts.chipatlas.site.metadata import gsm_of_title, parse_read_info
from scripts.common.errors import InputError, NotFoundError, TooFewError
from scripts.diff import load_sample_sheet, run_all
from scripts.experiments import find_experiments, make_groups, suggest_groups
from scripts.experiments.groups.suggest import how_shared
from scripts.experiments.table import FIXED, as_table, rows_of
from tests.reference import reference_path


def table_of(rows: list[dict[str, Any]], genome: str = "hg38") -> pd.DataFrame:
    """A table as a search gives it; what a row does not say is unremarkable."""
    default = dict.fromkeys((*FIXED, "attributes"), "") | {
        "antigen_class": "TFs and others", "antigen": "TP53", "cell_type_class": "Blood", "cell_type": "K-562",
        "title": "a title", "reads": 30_000_000, "mapped": 95.0, "duplicates": 5.0, "peaks": 5000, "assemblies": genome,
    }  # fmt: skip
    del default["study"]
    records = [default | {"accession": f"SRX{number}"} | row for number, row in enumerate(rows, start=1)]
    return as_table(rows_of(records), genome=genome, source="made by hand", simulated=False)


def treated(*values: str, **columns: list[str]) -> pd.DataFrame:
    """Experiments by their treatment, with further columns."""
    rows = [{"attributes": f"treatment={value}"} for value in values]
    for name, texts in columns.items():
        for row, text in zip(rows, texts, strict=True):
            if name in FIXED:
                row[name] = text
            else:
                row["attributes"] += f"\t{name}={text}"
    return table_of(rows)


def shown(suggested: pd.DataFrame) -> list[tuple[Any, ...]]:
    columns = ["by", "a", "b", "n_a", "n_b", "also_differs", "unbalanced", "clean"]
    return [tuple(row) for row in suggested[columns].itertuples(index=False)]


def test_a_clean_contrast():
    found = suggest_groups(treated("DMSO", "DMSO", "drug", "drug"))
    assert shown(found) == [("treatment", "DMSO", "drug", 2, 2, "", "", True)]
    assert found["accessions_a"][0] == ["SRX1", "SRX2"] and found["within"][0] == "TP53, K-562"


def test_values_that_are_spelled_otherwise_are_one():
    found = suggest_groups(treated("DMSO", "dmso ", "Drug-1", "drug 1"))
    assert [(row[3], row[4]) for row in shown(found)] == [(2, 2)]


@pytest.mark.parametrize(
    "values", [("DMSO", "DMSO", "drug"), ("a", "b", "c", "d"), ("same", "same", "same", "same"), ("", "", "x", "x")]
)
def test_without_replicates_there_is_no_contrast(values):
    assert suggest_groups(treated(*values)).empty


def test_what_cannot_be_told_from_the_contrast_is_named():
    found = suggest_groups(treated(*["DMSO"] * 2, *["drug"] * 2, donor=["1", "1", "2", "2"], sex=["F", "M", "F", "M"]))
    # Donor splits just as treatment does: the same experiments, and no way to tell the two apart.
    assert shown(found)[-1] == ("treatment", "DMSO", "drug", 2, 2, "donor", "", False)
    four = suggest_groups(
        treated(*["DMSO"] * 4, *["drug"] * 4, donor=["1", "1", "2", "2", "3", "3", "4", "4"], sex=["F"] * 3 + ["M"] * 5)
    )
    by = {row[0]: row for row in shown(four)}["treatment"]
    assert by[5:] == ("donor", "sex", False)


def test_a_balanced_factor_does_no_harm():
    found = suggest_groups(treated(*["DMSO"] * 4, *["drug"] * 4, donor=["1", "2", "3", "4"] * 2))
    assert ("treatment", "DMSO", "drug", 4, 4, "", "", True) in shown(found)


def test_cell_types_are_not_mixed_within_a_group():
    found = suggest_groups(
        treated(
            *["DMSO", "DMSO", "drug", "drug"] * 2,
            cell_type=["K-562"] * 4 + ["MCF-7"] * 4,
            cell_line=["K562"] * 4 + ["MCF7"] * 4,
        )
    )
    within = [(row["by"].split(", ")[0], row["within"]) for row in found.to_dict("records")]
    assert ("treatment", "TP53, K-562") in within and ("treatment", "TP53, MCF-7") in within
    # The cell line as its submitter calls it is the annotation's own fact, no confounder of it.
    lines = found[found["by"].str.startswith("cell_type")]
    assert len(lines) == 1 and lines["also_differs"].tolist() == [""]


def test_columns_that_say_the_same_are_named_together():
    found = suggest_groups(treated(*["DMSO"] * 2, *["drug"] * 2, source_name=["K562_DMSO"] * 2 + ["K562 drug"] * 2))
    assert shown(found) == [("treatment, source_name", "DMSO", "drug", 2, 2, "", "", True)]


def test_titles_split_where_no_attribute_does():
    titles = [f"K562 {what} rep{n}; ChIP-seq" for what in ("vehicle", "dox") for n in (1, 2)]
    found = suggest_groups(table_of([{"title": title} for title in titles]))
    assert shown(found)[0][:5] == ("title", "vehicle", "dox", 2, 2)


def test_nothing_is_suggested_of_nothing(capsys):
    assert suggest_groups(table_of([])).empty
    assert "0 contrasts with replicates" in capsys.readouterr().out


def listing() -> pd.DataFrame:
    """The real listing of TP53, hg38."""
    listed = pd.read_csv(reference_path("chip_atlas_TP53_experiment_list.csv"), dtype=str, keep_default_na=False)
    listed = listed[listed["Genome assembly"] == "hg38"]
    rows = []
    for row in listed.to_dict("records"):
        numbers = dict(
            zip(("reads", "mapped", "duplicates", "peaks"), parse_read_info(row["Processing logs"]), strict=True)
        )
        rows.append(
            {
                "accession": row["Experimental ID"],
                "gsm": gsm_of_title(row["Title"]),
                "antigen_class": row["Antigen class"],
                "antigen": row["Antigen"],
                "cell_type_class": row["Cell type class"],
                "cell_type": row["Cell type"],
                "title": row["Title"],
                "attributes": "\t".join(part.strip() for part in row["Meta data"].split("||")),
                **numbers,
            }
        )
    return table_of(rows)


def test_the_real_series_offers_its_two_treatments_first():
    table = listing()
    series = table[table["accession"].between("SRX5865959", "SRX5865990")]
    found = suggest_groups(series)
    best = found[found["by"].str.contains("treatment")].head(2)
    assert best.index.max() <= 2 and best["clean"].all()
    assert best[["a", "b", "n_a", "n_b"]].to_numpy().tolist() == [["DMSO", "Daunorubicin", 8, 8]] * 2
    assert best["within"].tolist() == ["TP53, K-562", "TP53, MOLM-13"]
    assert set(best["accessions_b"].iloc[0]) == {f"SRX{number}" for number in range(5865967, 5865975)}


def test_a_whole_listing_is_looked_through_at_once():
    found = suggest_groups(listing())
    assert len(found) > 50 and (found[["n_a", "n_b"]] >= 2).all(axis=None)
    assert found["clean"].tolist() == sorted(found["clean"], reverse=True)


def test_groups_by_name():
    table = treated("DMSO", "dmso", "drug", "drug", "other", "other", donor=["1", "2", "1", "2", "1", "2"])
    made = make_groups(table, "treatment", "DMSO", "Drug", block="donor")
    assert made["experiments_a"] == ["SRX1", "SRX2"] and made["experiments_b"] == ["SRX3", "SRX4"]
    assert (made["genome"], made["analysis_type"]) == ("hg38", "diffbind")
    assert (made["description_a"], made["description_b"]) == ("DMSO", "Drug")
    assert made["samples"]["block"].tolist() == ["1", "2", "1", "2"]
    assert list(made["samples"])[:3] == ["sample", "group", "block"]
    assert make_groups(table, "treatment", ["DMSO", "drug"], "other")["description_a"] == "DMSO or drug"


def test_only_what_is_kept_takes_part():
    table = treated(*["DMSO", "DMSO", "drug", "drug"] * 2, cell_type=["K-562"] * 4 + ["MCF-7"] * 4)
    made = make_groups(table, "treatment", "DMSO", "drug", keep={"cell_type": "k562"})
    assert made["experiments_a"] == ["SRX1", "SRX2"]
    assert len(make_groups(table, "treatment", "DMSO", "drug", keep={"cell_type": ["k562", "mcf7"]})["samples"]) == 8


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"by": "dose"}, InputError, "by is 'dose', no column of the table; it has: accession"),
        ({"b": "drgu"}, NotFoundError, r"No experiment of the table has treatment 'drgu'. There are: DMSO, drug"),
        ({"b": "DMSO"}, InputError, "In both groups"),
        ({"b": "once"}, TooFewError, r"Group B \(once\) has 1 experiment"),
        ({"a": []}, InputError, "a is "),
        ({"block": "donor"}, InputError, "block is 'donor'"),
        ({"keep": {"cell_type": "HeLa"}}, NotFoundError, "no experiment|No experiment"),
    ],
)
def test_what_cannot_be_made(options, error, message):
    table = treated("DMSO", "DMSO", "drug", "drug", "once")
    with pytest.raises(error, match=message):
        make_groups(table, **({"by": "treatment", "a": "DMSO", "b": "drug"} | options))


@pytest.mark.parametrize(
    "control", [{"antigen": "Input control", "antigen_class": "Input control"}, {"antigen": "IgG"}]
)
def test_controls_are_refused(control):
    table = table_of(
        [{"attributes": f"treatment={value}"} | (control if n == 3 else {}) for n, value in enumerate("aabb")]
    )
    with pytest.raises(InputError, match="Controls among the groups: SRX4"):
        make_groups(table, "treatment", "a", "b")


def test_assays_are_not_mixed():
    other = {"antigen_class": "Bisulfite-Seq", "antigen": "Bisulfite-Seq"}
    table = table_of([{"attributes": f"treatment={value}"} | (other if value == "b" else {}) for value in "aabb"])
    with pytest.raises(InputError, match="Several assays"):
        make_groups(table, "treatment", "a", "b")
    both = table_of([{"attributes": f"treatment={value}"} | other for value in "aabb"])
    assert make_groups(both, "treatment", "a", "b")["analysis_type"] == "dmr"


@pytest.mark.slow
def test_from_a_question_to_a_report(atlas, tmp_path):
    table = find_experiments("TP53 K-562", genome="hg38", attributes={"genotype": ["R175H", "Y220C", "M237I"]})
    best = suggest_groups(table).iloc[0]
    assert (best["by"], best["a"], best["b"], best["clean"]) == ("treatment", "DMSO", "Daunorubicin", True)
    made = make_groups(table, best["by"], best["a"], best["b"], block="genotype", output=tmp_path / "sheet.csv")
    loaded = load_sample_sheet(tmp_path / "sheet.csv")
    assert {key: loaded[key] for key in ("experiments_a", "experiments_b", "description_a", "description_b")} == {
        key: made[key] for key in ("experiments_a", "experiments_b", "description_a", "description_b")
    }
    results = run_all(tmp_path / "sheet.csv", output_dir=tmp_path / "out", annotation="none", genome=made["genome"])
    assert results.parameters["description_b"] == "Daunorubicin"
    assert (tmp_path / "out" / "report.html").is_file()


def test_groups_that_pool_cell_types_say_so(atlas, capsys):
    table = find_experiments("GSE131484", genome="hg38")
    made = make_groups(table, "treatment", "daunorubicin", "DMSO")
    assert len(made["caveats"]) == 2 and "group A (daunorubicin) pools K-562, MOLM-13" in made["caveats"][0]
    assert "Caution: group B" in capsys.readouterr().out
    kept = make_groups(table, "treatment", "daunorubicin", "DMSO", keep={"cell_type": "K-562"})
    assert kept["caveats"] == []


def test_a_contrast_between_two_studies_is_not_clean(atlas, capsys):
    table = find_experiments("CTCF keratinocytes", genome="hg38")
    (row,) = suggest_groups(table).to_dict("records")
    assert row["also_differs"] == "study (inferred)" and not row["clean"]
    made = make_groups(table, "condition", "official first", "official second")
    (caveat,) = made["caveats"]
    assert caveat.startswith("study (inferred) differs, too (near SRX4099758 against near SRX3481056)")
    assert "; clean" not in capsys.readouterr().out


def test_an_inferred_study_that_both_groups_have_is_not_spoken_of():
    table = treated("DMSO", "DMSO", "drug", "drug", accession=["SRX1", "SRX9000", "SRX2", "SRX80000"])
    assert shown(suggest_groups(table)) == [("treatment", "DMSO", "drug", 2, 2, "", "", True)]


def test_a_study_that_an_archive_names_is_taken_as_it_is():
    table = treated("DMSO", "DMSO", "drug", "drug").assign(study=["SRP1", "SRP1", "SRP2", "SRP2"])
    assert suggest_groups(table)["also_differs"].tolist() == ["study"]


def test_a_blank_is_no_shared_value():
    assert how_shared(np.array([0, 0, -1]), np.array([1, 1, -1])) == "differs"
    assert how_shared(np.array([0, 1, -1]), np.array([0, 1])) == "uneven"
    assert how_shared(np.array([0, 1]), np.array([0, 1])) == ""
    assert how_shared(np.array([-1, -1]), np.array([0, 1])) == "uneven"
    assert how_shared(np.array([-1]), np.array([-1])) == ""


def test_wild_type_by_its_other_names(atlas):
    table = find_experiments("TP53 K-562", genome="hg38")
    made = make_groups(table, "genotype", "wild-type", "knockout")
    assert [len(made[f"experiments_{letter}"]) for letter in "ab"] == [2, 2]

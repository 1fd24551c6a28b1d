"""What is compared, what goes with it: on designs whose truth is known."""

from __future__ import annotations

import pandas as pd
import pytest

from scripts.common.errors import InputError
from scripts.diff import load_example_data, run_diff_workflow
from scripts.diff.inputs.balance import balance_of
from scripts.diff.qc.design import check_design
from tests.diff.tables import experiments


def design(n: int = 4, **attributes: list[str]) -> pd.DataFrame:
    """Two groups of `n`, the attributes given for A and then for B."""
    names = [[f"SRX{100 + number}" for number in range(start, start + n)] for start in (0, n)]
    texts = ["\t".join(f"{key}={values[row]}" for key, values in attributes.items()) for row in range(2 * n)]
    return experiments((names[0], names[1]), attributes=texts)


TREATED = ["DMSO"] * 4 + ["drug"] * 4


def codes(table: pd.DataFrame, label_a: str = "Control", label_b: str = "Treated") -> list[str]:
    return [item.code for item in check_design(table, label_a, label_b)]


@pytest.mark.parametrize("labels", [("DMSO", "drug"), ("Control", "Treated"), ("", "")])
def test_the_one_thing_that_differs_is_the_question(labels):
    balance = balance_of(design(treatment=TREATED, donor=["1", "2", "3", "4"] * 2), *labels)
    assert (balance.question, balance.confounded, balance.partial) == (["treatment"], [], {})
    assert codes(design(treatment=TREATED, donor=["1", "2", "3", "4"] * 2)) == []


def test_the_same_in_other_words_is_one_thing():
    words = [f"K562 {value}" for value in TREATED]
    balance = balance_of(design(treatment=TREATED, source_name=words), "a", "b")
    assert balance.question == ["treatment", "source_name"] and not balance.confounded


def test_two_things_that_differ_are_confounded():
    table = design(treatment=TREATED, donor=["1", "1", "2", "2", "3", "3", "4", "4"])
    balance = balance_of(table, "DMSO", "drug")
    assert (balance.question, balance.confounded) == (["treatment"], ["donor"])
    (found,) = check_design(table, "DMSO", "drug")
    assert (found.code, found.severity) == ("confounded-attributes", "major")
    assert (
        "share no value of donor (treatment is what is compared): donor: 1 (2), 2 (2) vs 3 (2), 4 (2)." in found.details
    )


def test_where_no_name_says_which_all_are_named():
    balance = balance_of(design(treatment=TREATED, donor=["x"] * 4 + ["y"] * 4), "one", "other")
    assert (balance.question, balance.confounded) == ([], ["treatment", "donor"])


@pytest.mark.parametrize(
    ("sexes", "share", "found"),
    [
        ("FFMM" + "FMMM", 0.75, False),
        ("FFFM" + "MMMF", 0.5, True),
        ("FFFF" + "FFFM", 0.75, False),
        ("FMFM" * 2, 1, False),
    ],
)
def test_partial_confounding_is_named_with_its_share(sexes, share, found):
    table = design(treatment=TREATED, sex=list(sexes))
    balance = balance_of(table, "DMSO", "drug")
    assert balance.partial.get("sex", 1) == pytest.approx(share)
    findings = check_design(table, "DMSO", "drug")
    assert [item.code for item in findings] == (["unbalanced-attributes"] if found else [])
    if found:
        assert "sex (50% shared): sex: F (3), M (1) vs M (3), F (1)." in findings[0].details


def test_cell_types_bring_their_donors():
    table = design(sex=["F"] * 4 + ["M"] * 4, cell_line=["K562"] * 4 + ["MOLM13"] * 4, antibody=["a", "b"] * 4)
    table["cell_type"] = ["K-562"] * 4 + ["MOLM-13"] * 4
    balance = balance_of(table, "K-562", "MOLM-13")
    assert balance.question[0] == "cell_type" and balance.confounded == []
    table = design(sex=["F"] * 4 + ["M"] * 4, antibody=["a"] * 4 + ["b"] * 4)
    table["cell_type"] = ["K-562"] * 4 + ["MOLM-13"] * 4
    assert balance_of(table, "K-562", "MOLM-13").confounded == ["antibody"]


@pytest.mark.parametrize(
    "values", [list("abcdefgh"), ["same"] * 8, ["x", "", "", "", "y", "y", "", ""], ["only here"] + [""] * 7]
)
def test_what_names_samples_or_is_not_known_is_no_factor(values):
    table = design(treatment=TREATED, note=values)
    assert "note" not in balance_of(table).table["factor"].tolist()
    assert not balance_of(table, "DMSO", "drug").confounded and codes(table, "DMSO", "drug") == []


def test_the_table_sets_the_groups_beside_each_other():
    table = balance_of(design(treatment=TREATED), "DMSO", "drug").table.set_index("factor")
    assert table.loc["treatment"].tolist() == ["DMSO (4)", "drug (4)"]
    assert table.loc["cell type"].tolist() == ["K-562 (4)", "K-562 (4)"]
    assert table.loc["reads (median)"].tolist() == ["30,000,000", "30,000,000"]


def test_one_group_alone_has_no_balance():
    table = design(treatment=TREATED)
    assert balance_of(table[table["group"] == "A"]).table.empty


def test_a_sample_sequenced_twice_is_pointed_out():
    table = design(treatment=TREATED)
    table.loc[1, "gsm"] = table.loc[0, "gsm"]
    (found,) = check_design(table, "DMSO", "drug")
    assert found.code == "same-sample-twice" and found.details == "SRX100, SRX101 (GSM1, DMSO)."
    assert found.severity == "minor"
    table["gsm"] = ""
    assert check_design(table, "DMSO", "drug") == []


def test_a_group_that_is_one_sample_has_no_replicates():
    table = design(treatment=TREATED)
    table.loc[table["group"] == "A", "gsm"] = "GSM1"
    (found,) = check_design(table, "DMSO", "drug")
    assert found.code == "same-sample-twice" and found.severity == "major"
    assert found.details.endswith("DMSO: one sample is all there is, so the comparison has no replicates.")
    (part,) = check_design(table, "DMSO", "drug", whole=False)
    assert part.severity == "minor"


def test_controls_are_refused_before_anything_is_submitted(atlas, tmp_path):
    with pytest.raises(InputError, match=r"SRX\d+, SRX\d+: controls \(Input control\), which show no binding"):
        run_diff_workflow(["SRX5865959", "SRX5865960"], INPUTS, output_dir=tmp_path / "out")
    assert not [path for method, path in atlas.requests if method == "POST"]


INPUTS = ["SRX99000107", "SRX99000108"]


@pytest.mark.parametrize(
    ("example", "factor", "values"),
    [
        ("tp53_k562_dmso_vs_daunorubicin", "treatment", ["DMSO (8)", "Daunorubicin (8)"]),
        ("tp53_molm13_vs_k562", "cell type", ["MOLM-13 (4)", "K-562 (4)"]),
    ],
)
def test_the_examples_are_balanced(example, factor, values, atlas, tmp_path, capsys):
    data = load_example_data(example)
    keys = ("experiments_a", "experiments_b", "genome", "analysis_type", "description_a", "description_b")
    results = run_diff_workflow(**{key: data[key] for key in keys}, output_dir=tmp_path)
    found = {item.code for item in results.qc_warnings}
    assert not found & {"confounded-attributes", "unbalanced-attributes", "same-sample-twice"}
    table = balance_of(results.experiments, data["description_a"], data["description_b"]).table.set_index("factor")
    assert table.loc[factor].tolist() == values
    assert "  Balance (A | B):" in capsys.readouterr().out

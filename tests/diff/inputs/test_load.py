import pytest

from scripts.common.errors import InputError, NotFoundError
from scripts.diff.inputs.examples import EXAMPLES, find_example
from scripts.diff.inputs.load import load_example_data, load_user_data
from tests.reference import reference_json


def test_example_carries_groups_labels_and_caveat(capsys):
    data = load_example_data("tp53_k562_dmso_vs_daunorubicin")
    assert data["experiments_a"] == [f"SRX{number}" for number in range(5865959, 5865967)]
    assert data["experiments_b"] == [f"SRX{number}" for number in range(5865967, 5865975)]
    assert (data["genome"], data["analysis_type"], data["series"]) == ("hg38", "diffbind", "GSE131484")
    assert (data["description_a"], data["description_b"]) == ("DMSO", "Daunorubicin")
    assert "not biological replicates" in data["design_caveat"]
    assert capsys.readouterr().out.splitlines()[-1] == "✓ Data loaded successfully"


def test_molm13_example():
    data = load_example_data("tp53_molm13_vs_k562")
    assert data["experiments_a"] == ["SRX5865975", "SRX5865976", "SRX5865977", "SRX5865982"]
    assert data["experiments_b"] == ["SRX5865959", "SRX5865960", "SRX5865961", "SRX5865966"]


def test_every_official_example_is_offered():
    assemblies = {"hg": "hg38", "mm": "mm10", "rn": "rn6", "dm": "dm6", "ce": "ce11", "sacCer": "sacCer3"}
    for prefix, kinds in reference_json("official_examples.json").items():
        for kind, groups in kinds.items():
            name = f"official_{assemblies[prefix]}_{kind}"
            if not groups["dataSetA"]:
                assert name not in EXAMPLES
                continue
            data = load_example_data(name)
            assert (data["experiments_a"], data["experiments_b"]) == (groups["dataSetA"], groups["dataSetB"])
            assert (data["genome"], data["analysis_type"]) == (assemblies[prefix], kind)


def test_no_example_has_an_experiment_twice():
    for example in EXAMPLES.values():
        members = example.experiments_a + example.experiments_b
        assert len(members) == len(set(members)), example.name


def test_unknown_example_names_those_there_are():
    with pytest.raises(NotFoundError, match="official_sacCer3_dmr") as raised:
        load_example_data("tp53_k562")
    assert "tp53_k562_dmso_vs_daunorubicin" in raised.value.matches


def test_example_is_recognised_by_its_groups_in_any_order():
    data = load_example_data("tp53_molm13_vs_k562")
    found = find_example(data["experiments_b"][::-1], data["experiments_a"])
    assert found is not None and found.name == "tp53_molm13_vs_k562"
    assert find_example(["SRX1", "SRX2"], ["SRX3", "SRX4"]) is None


def test_user_data_from_a_file(tmp_path, capsys):
    path = tmp_path / "group_a.txt"
    path.write_text("# treated\nSRX1234\n\nGSM99\nsrx1234\n")
    assert load_user_data(path) == ["SRX1234", "GSM99"]
    printed = capsys.readouterr().out
    assert "Dropped 1 duplicate ID" in printed and "SRX1234" in printed
    assert printed.splitlines()[-1] == "✓ Data loaded successfully"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("GPL123\n", "GPL123"),
        ("name,size\nSRX1,4\n", "name, size"),
    ],
)
def test_unusable_file(tmp_path, content, message):
    path = tmp_path / "group.csv"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        load_user_data(path)


def test_missing_file(tmp_path):
    with pytest.raises(InputError, match="nowhere.txt"):
        load_user_data(tmp_path / "nowhere.txt")

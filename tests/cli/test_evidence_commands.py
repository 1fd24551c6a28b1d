"""``edges``, ``cells`` and ``cobinding``: the functions' own options and answers."""

from __future__ import annotations

import inspect
import json

import pandas as pd
import pytest

from scripts.__main__ import main
from scripts.cli.evidence import cells, cobinding, edges
from scripts.common import errors
from scripts.targets import co_binding, compare_cell_types, edge_evidence

COMMANDS = [
    (edges.command, edge_evidence, {"edges"}),
    (cells.command, compare_cell_types, {"protein"}),
    (cobinding.command, co_binding, {"factors"}),
]


@pytest.mark.parametrize(("command", "function", "without"), COMMANDS, ids=["edges", "cells", "cobinding"])
def test_options_and_defaults_are_the_functions_own(command, function, without):
    parameters = {name: one for name, one in inspect.signature(function).parameters.items() if name not in without}
    options = {param.name: param for param in command.params if param.param_type_name == "option"}
    assert set(options) - {"quiet"} == set(parameters) | {"as_json"}
    for name, parameter in parameters.items():
        assert options[name].help and "`" not in options[name].help
        assert options[name].default == parameter.default or options[name].multiple or options[name].required


def test_edges_answers_in_json(atlas, tmp_path, capsys):
    network = tmp_path / "net.tsv"
    network.write_text("TF\ttarget\tweight\nTP53\tSIM4608\t1\nNOPE\tSIM0001\t2\n")
    assert main(["edges", str(network), "--cell-types", "K-562", "--out", str(tmp_path / "out"), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] and answer["simulated"] and answer["statuses"] == {"bound": 1, "no table": 1}
    assert answer["files"] == ["edge_evidence.csv", "edge_evidence.graphml"] and answer["parameters"]["cell_types"] == [
        "K-562"
    ]
    assert pd.read_csv(tmp_path / "out" / "edge_evidence.csv")["input_weight"].tolist() == [1, 2]
    assert main(["edges", str(network)]) == 0
    assert "✓ Evidence found for 1 of 2 pairs" in capsys.readouterr().out


def test_cells_answers_in_json(atlas, tmp_path, capsys):
    given = ["cells", "TP53", "--a", "K-562", "--a", "MOLM-13", "--b", "Breast", "--test", "rank"]
    assert main([*given, "--out", str(tmp_path / "out"), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["parameters"]["a"] == ["K-562", "MOLM-13"] and answer["parameters"]["b"] == ["Breast"]
    assert answer["num_tested"] > 1000 and "cell_types_comparison.png" in answer["files"]


def test_cobinding_answers_in_json(atlas, capsys):
    assert main(["cobinding", "TP53", "MYC", "E2F1", "--at-least-factors", "2", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["parameters"]["at_least_factors"] == 2 and "files" not in answer
    assert answer["chance"][0]["expected_given_hot"] is None and len(answer["genes"]) == answer["chance"][1]["observed"]


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["edges", "nowhere.tsv"], errors.NotFoundError.exit_status),
        (["cells", "TP53"], 2),
        (["cells", "TP53", "--a", "K-563"], errors.NotFoundError.exit_status),
        (["cobinding", "TP53"], errors.InputError.exit_status),
    ],
)
def test_how_they_end(atlas, arguments, status, capsys):
    assert main([*arguments, "--json"]) == status
    assert json.loads(capsys.readouterr().out)["ok"] is False

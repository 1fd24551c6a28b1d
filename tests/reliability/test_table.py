"""The tables of tests/README.md are there and say what is so."""

from __future__ import annotations

import json

import pytest

from scripts.emulator.faults.switch import FAULTS, describe_faults
from tests.reliability.cases import possible
from tests.reliability.figures import FIGURES, OPTION, between, figure, read_figures, render, summarise


@pytest.fixture
def written(request: pytest.FixtureRequest) -> None:
    if request.config.getoption(OPTION):
        pytest.skip("this run writes them")


@pytest.mark.usefixtures("written")
def test_the_figures_are_in_the_readme() -> None:
    suites = read_figures()
    assert between("reliability") == render(suites)
    assert {"faults, diff", "faults, factors", "faults, targets"} <= set(suites)
    assert {"kills, diff", "kills, targets", "stray writes"} <= set(suites)
    assert all(row["tried"] == row["same"] + row["less"] + row["error"] for row in suites.values())


@pytest.mark.usefixtures("written")
def test_the_figures_are_those_of_the_whole_matrix() -> None:
    suites = json.loads(FIGURES.read_text("utf-8"))
    assert sum(row["tried"] for name, row in suites.items() if name.startswith("faults, ")) == 2 * len(possible())


def test_every_fault_is_described_in_the_readme() -> None:
    assert between("faults") == describe_faults()
    assert all(fault.name == name and fault.description for name, fault in FAULTS.items())


def test_cases_of_a_suite_are_counted() -> None:
    cases = [figure("a", "same", 0.24), figure("a", "error", 3.0), figure("b", "less", 1.0)]
    assert summarise(cases) == {
        "a": {"tried": 2, "same": 1, "less": 0, "error": 1, "longest_seconds": 3.0},
        "b": {"tried": 1, "same": 0, "less": 1, "error": 0, "longest_seconds": 1.0},
    }
    assert "| a | 2 | 1 | 0 | 1 | 3.0 s |" in render(summarise(cases))

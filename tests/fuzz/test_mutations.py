"""Valid files with damages: every parser reads them or refuses them with an error of ours."""

from __future__ import annotations

import os

import pytest

from tests.fuzz.mutate import mutated
from tests.fuzz.parsers import PARSERS
from tests.fuzz.run import run

QUICK = 300
#: More in the slow suite; as many as one likes by this variable (the table of tests/README.md: 10,000).
THOROUGH = int(os.environ.get("CHIPATLAS_FUZZ_INPUTS", "2500"))


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setenv("CHIPATLAS_QUIET", "1")


@pytest.mark.parametrize("name", PARSERS)
def test_valid_files_are_read(name):
    parser = PARSERS[name]
    figures = run(name, parser, parser.seeds)
    assert figures.read == len(parser.seeds)


@pytest.mark.parametrize("name", PARSERS)
def test_damaged_files(name):
    parser = PARSERS[name]
    figures = run(name, parser, (mutated(parser.seeds, number, name) for number in range(QUICK)))
    assert figures.inputs == QUICK


@pytest.mark.slow
@pytest.mark.parametrize("name", PARSERS)
def test_many_damaged_files(name):
    parser = PARSERS[name]
    numbers = range(QUICK, QUICK + THOROUGH)
    assert run(name, parser, (mutated(parser.seeds, number, name) for number in numbers)).inputs == THOROUGH


def test_a_damage_is_the_same_every_time():
    seeds = PARSERS["result BED"].seeds
    assert [mutated(seeds, number) for number in range(50)] == [mutated(seeds, number) for number in range(50)]
    assert len({mutated(seeds, number) for number in range(50)}) > 40

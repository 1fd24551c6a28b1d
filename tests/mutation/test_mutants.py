"""The changes that `make mutation` makes, and which of them it draws."""

import pytest

pytest.importorskip("cosmic_ray", reason="cosmic-ray comes with the extra `mutation`")
pytest.importorskip("tomllib")

from cosmic_ray.mutating import mutate_code

from tests.mutation import mutants
from tests.mutation.operators import Opposite, Twin, Word, operators
from tests.mutation.runner import own_tests

SOURCE = '''
def count(a: int | None, b: int, *, least: int = 3) -> int | None:
    """A text of several words."""
    names = {"higher_a": "several words", "higher_b": f"{a} is one"}
    total = a + b
    for pair in zip(names, names, strict=True):
        total += len(pair)
    return total if total >= least and "higher_a" in names else None
'''


def changes_of(source):
    """Each changed line, by operator."""
    found = {}
    for changes in mutants._places(source).values():
        for name, occurrence in changes:
            mutant = mutants._mutant("x.py", source, name, occurrence)
            if mutant is not None:
                found.setdefault(name, []).append(mutant.after)
    return found


@pytest.mark.parametrize("operator", [Opposite, Twin, Word])
def test_each_change_is_as_its_examples_say(operator):
    for example in operator.examples():
        assert mutate_code(example.pre_mutation_code, operator(), example.occurrence) == example.post_mutation_code


def test_every_change_is_known_to_cosmic_ray():
    assert len(operators()) > 30


def test_limits_sums_words_and_sides_are_changed():
    found = changes_of(SOURCE)
    assert found["ReplaceBinaryOperator_Add_Sub"] == ["total = a - b"]
    assert [line.split("if")[1].split()[1] for line in found["ReplaceComparisonOperator_GtE_Gt"]] == [">"]
    assert found["Opposite"][0] == "total -= len(pair)" and '"higher_a" not in names' in found["Opposite"][1]
    assert len(found["Word"]) == 3 and '"higher_aX": "several words"' in found["Word"][0]
    assert 'names = {"higher_b": "several words"' in found["Twin"][0] and "total = b + b" in found["Twin"]
    assert [line.partition("least: int =")[2].split(")")[0].strip() for line in found["NumberReplacer"]] == ["4", "2"]


def test_what_says_nothing_is_left_alone():
    lines = [line for changed in changes_of(SOURCE).values() for line in changed]
    assert not [line for line in lines if "strict=False" in line]
    assert not [line for line in lines if line.startswith("def") and "int | None, b: int, *, least" not in line]
    assert not [line for line in lines if "several wordsX" in line or "wordsX" in line]


def test_a_sample_is_that_of_its_seed():
    one, again, other = (mutants.sample(5, seed, "diff/qc") for seed in (1, 1, 2))
    assert one == again != other
    assert all(mutant.module.startswith("scripts/diff/qc/") and mutant.source != mutant.original for mutant in one)


def test_equivalent_mutants_are_not_drawn(monkeypatch):
    drawn = mutants.sample(3, 7, "results/loci")
    monkeypatch.setattr(mutants, "equivalent", lambda: {drawn[0].key: "known"})
    assert drawn[0].key not in [mutant.key for mutant in mutants.sample(10_000, 7, "results/loci")]


def test_modules_and_their_tests_are_there():
    assert len(mutants.modules()) > 20
    for module in mutants.modules():
        assert own_tests(module), module
    assert own_tests("scripts/diff/results/loci.py")[0] == "tests/diff/results/test_loci.py"

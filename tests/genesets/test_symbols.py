"""Which genes of the sets are known: by their spelling, by another case, or not; and when that is too few."""

from __future__ import annotations

import pytest

from scripts.common.errors import InputError
from scripts.genesets.gmt import GeneSets
from scripts.genesets.symbols import known_sets

SETS = [GeneSets({"A": ("TP53", "MYC", "OLD1"), "B": ("MYC", "Actb")}, "lib")]


def test_case_is_forgiven_and_counted():
    found = known_sets(SETS, ["Trp53", "Myc", "TP53", "Actb"], "the gene models", 0.5)
    assert found.sets == {("lib", "A"): {"TP53", "Myc"}, ("lib", "B"): {"Myc", "Actb"}}
    assert (found.total, found.known, found.by_case) == (4, 3, 1)
    assert found.statement("x").startswith(
        "3 of the 4 genes of the sets (75%) are known to x, 1 of them by another case"
    )


def test_two_names_of_one_spelling_are_not_guessed():
    found = known_sets([GeneSets({"A": ("abc", "TP53")}, "lib")], ["Abc", "ABC", "TP53"], "x", 0.5)
    assert found.sets == {("lib", "A"): {"TP53"}}


@pytest.mark.parametrize(("names", "least"), [(["Actb", "G2", "G3", "G4"], 0.5), (["G1", "G2"], 0.0)])
def test_sets_of_another_species_are_refused(names, least):
    with pytest.raises(
        InputError, match=r"Of the 4 genes .* are known to the models; not .*\nGive sets of the same species"
    ):
        known_sets(SETS, names, "the models", least)

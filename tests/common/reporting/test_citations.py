from __future__ import annotations

import re

import pytest

from scripts.common.reporting import citations

ALL = {name: text for name, text in vars(citations).items() if name.isupper()}


@pytest.mark.parametrize("name", ALL)
def test_each_has_authors_a_year_and_one_doi_at_its_end(name):
    assert re.fullmatch(r"\S.* \((?:19|20)\d\d\)\. .+ doi:10\.\d{4,}/\S+[^.\s]", ALL[name])
    assert "\n" not in ALL[name]
    assert ALL[name].count("doi:") == 1


def test_no_doi_is_given_twice():
    dois = [text.rsplit("doi:", 1)[1] for text in ALL.values()]
    assert len(set(dois)) == len(dois) >= 7


@pytest.mark.parametrize("name", [name for name in ALL if name[-4:].isdigit()])
def test_the_year_in_the_name_is_the_year_in_the_text(name):
    assert f"({name[-4:]})." in ALL[name]

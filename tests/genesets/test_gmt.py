"""GMT files as they come: line ends, blank lines, descriptions, duplicates, gzip; and what is none."""

from __future__ import annotations

import gzip

import pytest

from scripts.common.errors import InputError, NotFoundError
from scripts.genesets.gmt import own_sets, parse_gmt, read_gmt

PLAIN = "SET_ONE\tabout it\tTP53\tMDM2\nSET_TWO\t\tMYC\n"
SETS = {"SET_ONE": ("TP53", "MDM2"), "SET_TWO": ("MYC",)}


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        PLAIN.removesuffix("\n"),
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "\r"),
        "\n\n" + PLAIN.replace("\n", "\n \n\t\n"),
        "\ufeff" + PLAIN,
        PLAIN.replace("\n", "\t\t\n"),
        PLAIN.replace("MDM2", " MDM2 "),
        PLAIN.replace("MDM2", "MDM2,0.75").replace("TP53", "TP53,1.0"),
    ],
    ids=["plain", "no end", "windows", "old mac", "blank", "mark", "tabs at the end", "blanks", "weights"],
)
def test_one_meaning_in_many_forms(text):
    found = parse_gmt(text.encode(), "x.gmt")
    assert found.sets == SETS and found.source == "x.gmt" and found.notes == ()


def test_the_description_is_no_gene():
    assert parse_gmt(b"A\tTP53\tMYC\n", "x").sets == {"A": ("MYC",)}


def test_oddities_are_counted():
    found = parse_gmt(b"A\t\tG1\tG2\tG1\nB\t\nC\t\t\t\nA\tx\tG3\tG2\n", "x")
    assert found.sets == {"A": ("G1", "G2", "G3")}
    assert found.notes == (
        "1 gene named twice in one set: counted once",
        "2 sets without a gene: left out",
        "1 further set of a name that was there: made one",
    )


def test_packed_or_not(tmp_path):
    (tmp_path / "a.gmt").write_text(PLAIN, "utf-8")
    (tmp_path / "b.gmt").write_bytes(gzip.compress(PLAIN.encode()))
    assert read_gmt(tmp_path / "a.gmt").sets == read_gmt(tmp_path / "b.gmt").sets == SETS
    with pytest.raises(NotFoundError, match=r"no file .*c.gmt.*Enrichr library"):
        read_gmt(tmp_path / "c.gmt")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"<!doctype html>\n<p>no</p>\n", r"line 1, is no set of a GMT file: '<!doctype html>'"),
        (b"A\t\tG1\nB,G1,G2\n", "line 2, is no set"),
        (b"\t\tG1\n", "line 1, is no set"),
        (b"A\tx\nB\ty\n", "holds no gene set with a gene"),
        (b"", "holds no gene set with a gene"),
        (b"\xff\xfe\x00\x81", "no text in UTF-8"),
    ],
)
def test_what_is_no_gmt_is_refused(content, what):
    with pytest.raises(InputError, match=rf"^x\.gmt.*{what}(.|\n)*name, description, then genes"):
        parse_gmt(content, "x.gmt")


def test_sets_of_a_mapping():
    assert own_sets({"A\n": ["G1", "G1 ", "", "G2"]}).sets == {"A": ("G1", "G2")}
    with pytest.raises(InputError, match=r"gene_sets\['A'\] is no list of genes"):
        own_sets({"A": "TP53"})
    with pytest.raises(InputError, match="empty mapping"):
        own_sets({})


def test_names_cannot_steer_a_terminal():
    assert list(parse_gmt("A\x1b[31m\u202eB\t\tG1\x07\n".encode(), "x").sets.items()) == [("A [31m B", ("G1",))]

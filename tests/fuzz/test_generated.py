"""Inputs that hypothesis makes: bytes, tables and JSON of any shape, and values that no file holds."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scripts.chipatlas.site.dialects import FIELDS, read_record
from scripts.chipatlas.site.metadata import from_record, parse_read_info
from scripts.common.errors import InputError
from scripts.diff.inputs.experiments import read_experiment_ids
from scripts.targets.expression.table import read_expression
from tests.fuzz.mutate import TOKENS
from tests.fuzz.parsers import PARSERS
from tests.fuzz.run import check_message, run
from tests.hostile import check_console

#: Slow machines and first calls: the alarm of `run` is what ends a hang.
FUZZ = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))

cells = st.one_of(
    st.sampled_from([token for token in TOKENS if len(token) < 100]),
    st.integers(-5, 10**13).map(lambda number: str(number).encode()),
    st.floats().map(lambda number: repr(number).encode()),
    st.text(max_size=8).map(lambda text: text.encode("utf-8", "surrogatepass")),
)
#: As wide as the tables of the service are, mostly.
tables = st.tuples(st.sampled_from([b"\t", b",", b";", b" "]), st.sampled_from([1, 3, 4, 6, 8, 9, 10])).flatmap(
    lambda shape: st.lists(st.lists(cells, min_size=shape[1], max_size=shape[1]).map(shape[0].join), max_size=6).map(
        b"\n".join
    )
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


def with_values_of(seed: bytes) -> st.SearchStrategy[bytes]:
    """A JSON document in which some values are others."""
    document = json.loads(seed)

    def change(document: object, values: list) -> object:
        if not values:
            return document
        if isinstance(document, dict) and document:
            key = sorted(document)[len(values) % len(document)]
            return document | {key: values[0] if len(values) == 1 else change(document[key], values[1:])}
        if isinstance(document, list) and document:
            return [change(document[0], values), *document[1:]]
        return values[0]

    lists = st.lists(json_values, min_size=1, max_size=4)
    return lists.map(lambda values: json.dumps(change(document, values)).encode())


@pytest.mark.parametrize("name", PARSERS)
def test_any_bytes(name):
    @FUZZ
    @given(st.binary(max_size=300))
    def check(content: bytes) -> None:
        run(name, PARSERS[name], [content])

    check()


@pytest.mark.parametrize(
    "name",
    [
        "result BED",
        "IGV track",
        "job log",
        "WABI reply",
        "Target Genes table",
        "ID file",
        "expression table",
        "TSS library",
    ],
)
def test_any_table(name):
    header = {
        "Target Genes table": PARSERS[name].seeds[0].splitlines()[0] + b"\n",
        "expression table": b"gene,padj,lfc\n",
    }

    @FUZZ
    @given(tables)
    def check(content: bytes) -> None:
        run(name, PARSERS[name], [content, header.get(name, b"") + content])

    check()


@pytest.mark.parametrize(
    "name", ["UCSC reply", "metadata JSON", "index of factors", "job.json", "cache record", "manifest"]
)
def test_any_json(name):
    parser = PARSERS[name]

    @FUZZ
    @given(st.one_of(json_values.map(lambda value: json.dumps(value).encode()), *map(with_values_of, parser.seeds)))
    def check(content: bytes) -> None:
        run(name, parser, [content])

    check()


@FUZZ
@given(st.one_of(json_values, st.lists(st.one_of(st.text(), st.integers(), st.none(), st.binary()))))
def test_any_list_of_ids(given_ids):
    try:
        read = read_experiment_ids(given_ids)
    except InputError as error:
        check_message(error)
    else:
        assert read


@FUZZ
@given(json_values)
def test_any_read_info(value):
    reads, mapped, duplicates, peaks = parse_read_info(value)
    assert all(number is None or number >= 0 for number in (reads, mapped, duplicates, peaks))


@FUZZ
@given(
    st.dictionaries(st.sampled_from(["genome", "title", "readInfo", "clSubClass", "geo_id"]), json_values),
    st.sampled_from([0, 1]),
    st.lists(json_values, min_size=4, max_size=4),
)
def test_any_metadata_entry(entry, dialect, values):
    needed = [FIELDS[name][dialect] for name in ("accession", "genome", "antigen_class", "antigen")]
    record = read_record(entry | dict(zip(needed, values, strict=True)))
    if record is None:
        return
    info = from_record(record)
    for text in (info.accession, info.genome, info.title, info.cell_type):
        check_console(text)
        assert "\n" not in text and "\t" not in text


@FUZZ
@given(
    st.dictionaries(
        st.sampled_from(["gene", "log2FC", "padj", "symbol", "logFC", "FDR", ""]),
        st.lists(st.one_of(st.none(), st.text(max_size=5), st.floats(), st.integers()), min_size=3, max_size=3),
    )
)
def test_any_frame_of_expression(columns):
    try:
        frame = read_expression(pd.DataFrame(columns, dtype=object))
    except InputError as error:
        check_message(error)
    else:
        assert frame["gene"].is_unique and frame["padj"].dropna().between(0, 1).all()

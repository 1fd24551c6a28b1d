"""What is printed belongs to nobody's stdout; columns are explained where the references say what they are."""

from __future__ import annotations

import io
import sys

import pytest

pytest.importorskip("mcp")

from scripts.common.console import say
from scripts.diff.analysis import DIFFBIND, DMR
from scripts.experiments.groups.suggest import COLUMNS as CONTRASTS
from scripts.mcp_server.console import Listener, checkpoint, listening, telling
from scripts.mcp_server.references import explain
from scripts.targets.pairs.evidence import COLUMNS as PAIRS
from scripts.targets.table.scores import COLUMNS as GENES


def test_lines_go_to_stderr_and_to_the_listener(capsys):
    heard: list[str] = []
    with telling():
        say("before")
        with listening(Listener(heard.append, lambda: None)):
            say("  one\ntwo")
            sys.stdout.write("no line end")
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err == "before\n  one\ntwo\nno line end"
    assert heard == ["one", "two"]
    assert not isinstance(sys.stdout, io.TextIOBase) or "Told" not in type(sys.stdout).__name__


def test_a_call_that_is_not_wanted_ends_at_a_checkpoint():
    def stop() -> None:
        raise KeyboardInterrupt

    checkpoint()
    with listening(Listener(lambda line: None, stop)), pytest.raises(KeyboardInterrupt):
        checkpoint()


@pytest.mark.parametrize(
    "column", sorted({*DIFFBIND.columns, *DMR.columns, *CONTRASTS, *PAIRS, *GENES, "best_chromStart", "n_significant"})
)
def test_every_column_of_an_answer_is_explained(column):
    assert all(one.text and one.reference.startswith("chip-atlas://references/") for one in explain(column))

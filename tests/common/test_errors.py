from __future__ import annotations

import copy
import inspect
import pickle

import pytest

from scripts.common import errors

#: class -> (parent in the tree, builtin that a caller may catch instead)
TREE = {
    errors.InputError: (errors.ChipAtlasError, ValueError),
    errors.NotFoundError: (errors.InputError, LookupError),
    errors.NoDataError: (errors.NotFoundError, LookupError),
    errors.TooFewError: (errors.InputError, ValueError),
    errors.RefusedError: (errors.InputError, ValueError),
    errors.NothingLeftError: (errors.InputError, ValueError),
    errors.OutputError: (errors.ChipAtlasError, OSError),
    errors.MissingExtraError: (errors.ChipAtlasError, ImportError),
    errors.ServiceUnavailableError: (errors.ChipAtlasError, ConnectionError),
    errors.BadResponseError: (errors.ChipAtlasError, Exception),
    errors.SubmissionError: (errors.BadResponseError, Exception),
    errors.JobFailedError: (errors.ChipAtlasError, Exception),
    errors.JobLostError: (errors.JobFailedError, Exception),
    errors.SomeFailedError: (errors.ChipAtlasError, Exception),
    errors.JobTimeoutError: (errors.ChipAtlasError, TimeoutError),
}


def test_the_tree_is_complete_and_drawn():
    defined = {item for _, item in inspect.getmembers(errors, inspect.isclass) if issubclass(item, Exception)}
    assert defined == {errors.ChipAtlasError, *TREE}
    assert all(item.__name__ in errors.__doc__ for item in defined)


@pytest.mark.parametrize("kind", TREE)
def test_each_is_what_it_promises(kind):
    parent, builtin = TREE[kind]
    assert parent in kind.__bases__
    assert issubclass(kind, builtin)


@pytest.mark.parametrize("kind", [errors.ServiceUnavailableError, errors.JobTimeoutError, errors.JobFailedError])
def test_failure_of_the_service_is_no_bad_input(kind):
    assert not issubclass(kind, (ValueError, LookupError))


EXAMPLES = [kind("First line.\nSecond line: é ✓") for kind in (errors.ChipAtlasError, *TREE)] + [
    errors.NotFoundError("No TP35.", ["TP53", "TP63"]),
    errors.JobTimeoutError("Still running.\nRun it again.", "wabi_1"),
    errors.SomeFailedError("1 of 2 failed.\nRun it again.", {"A": 1}, {}),
    errors.BadResponseError("Expected JSON.", "<html>\n  down  </html>" * 50),
    errors.BadResponseError("Expected JSON.", b"\xff\x00zip"),
]


@pytest.mark.parametrize("protocol", [2, 4, pickle.HIGHEST_PROTOCOL])
@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_each_survives_pickling_and_copying(error, protocol):
    for twin in (pickle.loads(pickle.dumps(error, protocol)), copy.copy(error), copy.deepcopy(error)):
        assert type(twin) is type(error)
        assert str(twin) == str(error)
        assert twin.__dict__ == error.__dict__


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_the_message_is_shown_as_written(error):
    # The builtins have ideas of their own: KeyError quotes its message, OSError of two arguments numbers it.
    assert "\n" in str(error) or "No TP35." in str(error)
    assert not str(error).startswith(("'", '"', "["))


def test_not_found_lists_the_matches():
    error = errors.NotFoundError("No TP35 for hg38.", iter(["TP53", "TP63"]))
    assert error.matches == ["TP53", "TP63"]
    assert str(error) == "No TP35 for hg38.\nDid you mean: TP53, TP63?"


def test_not_found_without_matches_asks_nothing():
    error = errors.NotFoundError("No TP35.")
    assert error.matches == []
    assert str(error) == "No TP35."


def test_bad_response_quotes_200_characters():
    error = errors.BadResponseError("Expected a zip.", "x" * 199 + "yz")
    assert error.body == "x" * 199 + "y"
    assert str(error) == f"Expected a zip.\nIt answered: {'x' * 199}y"


def test_bad_response_quotes_on_one_line():
    error = errors.BadResponseError("Expected a zip.", "<html>\r\n\t<body>\n\nDown</body>")
    assert str(error) == "Expected a zip.\nIt answered: <html> <body> Down</body>"


def test_bad_response_counts_characters_not_bytes():
    assert errors.BadResponseError("m", ("é" * 300).encode()).body == "é" * 200


@pytest.mark.parametrize("body", ["", b"", " \n\t "])
def test_bad_response_without_a_body_quotes_nothing(body):
    assert str(errors.BadResponseError("Expected a zip.", body)) == "Expected a zip."

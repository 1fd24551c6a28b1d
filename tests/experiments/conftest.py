"""A data server and site of a few files."""

from tests.file_server import server  # noqa: F401 - a fixture

"""A data server and site of a few files."""

from tests.file_server import server, small  # noqa: F401 - fixtures

"""No variable of the person who runs the tests."""

from tests.tiny_server import clean_environment  # noqa: F401 - a fixture

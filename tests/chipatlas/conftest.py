"""A server that replies as told, and no variable of the person who runs the tests."""

from tests.tiny_server import clean_environment, server  # noqa: F401 - fixtures

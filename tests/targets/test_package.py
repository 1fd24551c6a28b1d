from __future__ import annotations

import importlib
import pkgutil

import pytest

import scripts.targets


def test_no_submodule_hides_an_exported_function() -> None:
    modules = [module.name for module in pkgutil.iter_modules(scripts.targets.__path__)]
    for name in modules:
        importlib.import_module(f"scripts.targets.{name}")
    assert not set(modules) & set(scripts.targets.__all__)
    assert all(callable(getattr(scripts.targets, name)) for name in scripts.targets.__all__)


def test_unknown_name() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = scripts.targets.nothing

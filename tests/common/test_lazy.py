from __future__ import annotations

import sys

import pytest

from scripts.common.lazy import lazy_exports


@pytest.fixture
def modules(tmp_path, monkeypatch):
    (tmp_path / "heavy_example.py").write_text("def work():\n    return 42\n")
    (tmp_path / "broken_example.py").write_text("import a_package_that_is_not_there\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield lazy_exports("package", {"work": "heavy_example", "gone": "heavy_example", "broken": "broken_example"})
    for name in ("heavy_example", "broken_example"):
        sys.modules.pop(name, None)


def test_a_module_is_imported_when_its_name_is_first_used(modules):
    assert "heavy_example" not in sys.modules
    assert modules("work")() == 42
    assert "heavy_example" in sys.modules


def test_an_unknown_name_is_an_attribute_error_as_python_words_it(modules):
    with pytest.raises(AttributeError, match="module 'package' has no attribute 'other'"):
        modules("other")
    assert "heavy_example" not in sys.modules


def test_a_name_that_its_module_lacks(modules):
    with pytest.raises(AttributeError, match="gone"):
        modules("gone")


def test_a_missing_dependency_is_not_hidden(modules):
    with pytest.raises(ModuleNotFoundError, match="a_package_that_is_not_there"):
        modules("broken")

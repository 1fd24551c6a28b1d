from __future__ import annotations

import json
import platform
from datetime import datetime, timedelta, timezone
from importlib import metadata

from scripts import __version__
from scripts.common import provenance


def test_now_is_utc_to_the_second():
    text = provenance.now_utc()
    parsed = datetime.fromisoformat(text)
    assert parsed.utcoffset() == timedelta(0)
    assert parsed.microsecond == 0
    assert abs(datetime.now(timezone.utc) - parsed) < timedelta(seconds=10)
    assert text.endswith("+00:00")


def test_versions_are_those_installed():
    found = provenance.versions()
    assert found["chip-atlas-skills"] == __version__
    assert found["python"] == platform.python_version()
    assert found["pandas"] == metadata.version("pandas")
    assert set(provenance.REPORTED_PACKAGES) < set(found)
    assert json.loads(json.dumps(found)) == found


def test_a_missing_package_is_said(monkeypatch):
    monkeypatch.setattr(provenance, "REPORTED_PACKAGES", ("no-such-package-anywhere",))
    assert provenance.versions()["no-such-package-anywhere"] == "not installed"

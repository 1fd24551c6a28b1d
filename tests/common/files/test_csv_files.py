"""CSV files are what pandas' `to_csv` writes of the guarded frame, byte for byte, and are read back as they were."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.common.files.csv_files import write_csv
from scripts.common.files.spreadsheet import guarded

ROOT = Path(__file__).resolve().parents[3]


def awkward(n: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    texts = ["chr1", "1.5,2.0", 'a "b"', "two\nlines", "", " x ", "é", "NA", "a\rb", "=1+1", "null"]
    frame = pd.DataFrame(
        {
            "text": rng.choice(texts, n),
            "whole": rng.integers(-(10**12), 10**12, n),
            "float": rng.normal(size=n) * 10.0 ** rng.integers(-300, 300, n),
            "small": rng.choice([0.0, -0.0, np.nan, np.inf, -np.inf, 1e-5, 1e16, 0.1, 1e22, 1.0], n),
            "flag": rng.random(n) < 0.5,
            "commas": rng.choice(["12.00,8.50", "1.00"], n),
            "nothing": [None] * n,
        }
    )
    frame.loc[3, "text"] = None
    return frame


def by_pandas(frame: pd.DataFrame) -> bytes:
    return guarded(frame).to_csv(index=False, lineterminator="\n").encode("utf-8", "backslashreplace")


@pytest.mark.parametrize("rows", [1, 7, 199, 200, 4096])
def test_chunks_do_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    monkeypatch.setattr("scripts.common.files.csv_files._ROWS", rows)
    frame = awkward()
    for table in (frame, frame[frame["flag"]], frame.iloc[::-1], frame[["text", "small"]]):
        assert write_csv(tmp_path / "a.csv", table).read_bytes() == by_pandas(table)


@pytest.mark.parametrize(
    "change",
    [
        {"text": pd.array([1, None] * 5, dtype="Int64")},
        {"text": pd.array([1.5, None] * 5, dtype="Float64")},
        {"text": pd.array([True, None] * 5, dtype="boolean")},
        {"text": pd.array(["x,y", None] * 5, dtype="string")},
        {"text": pd.Categorical(["=x", None] * 5)},
        {"text": pd.to_datetime(["2026-01-01", None] * 5)},
        {"text": np.arange(10, dtype=np.int32)},
        {"text": np.arange(10, dtype=np.uint64) + np.uint64(2**63)},
        {"text": np.linspace(0, 1, 10, dtype=np.float32)},
        {"text": [1, "a,b", None, 2.5, True, np.nan, pd.NA, -0.0, ["x", "y"], {"k": 'v"'}]},
        {"text": [False] * 10},
        {"text": ["\udcff,"] * 10},
    ],
    ids=lambda change: str(getattr(change["text"], "dtype", type(change["text"][0]).__name__)),
)
def test_every_kind_of_column(tmp_path: Path, change: dict[str, object]) -> None:
    frame = awkward(10).assign(**change)
    assert write_csv(tmp_path / "a.csv", frame).read_bytes() == by_pandas(frame)


@pytest.mark.parametrize(
    "frame",
    [
        awkward().head(0),
        pd.DataFrame(),
        pd.DataFrame({"alone": ["", None, "x"]}),
        pd.DataFrame({"alone": [1.0, np.nan]}),
        pd.DataFrame([["=x", "=y", 1]], columns=["a", "a", 3]),
        pd.DataFrame([[1, 2.5]], columns=["=a,b", 'c"d\n']),
        pd.DataFrame([[1, 2.5]], columns=pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")])),
        pd.DataFrame([[None, None], ["", np.nan]], columns=["a", "b"]),
    ],
    ids=["no rows", "nothing", "one text", "one float", "same names", "hostile names", "two headers", "all missing"],
)
def test_frames_of_every_shape(tmp_path: Path, frame: pd.DataFrame) -> None:
    assert write_csv(tmp_path / "a.csv", frame).read_bytes() == by_pandas(frame)


floats = st.one_of(st.floats(), st.floats(1e-12, 1e-3), st.floats(1e14, 1e18), st.integers(-5, 5).map(float))
names = st.one_of(st.none(), st.text(max_size=6), st.text(",\"'=-@\r\n a1.\udcff", max_size=6))


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(floats, st.integers(-(2**63), 2**63 - 1), names, st.booleans()), min_size=1, max_size=20))
def test_whatever_is_written(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[object, ...]]) -> None:
    frame = pd.DataFrame(rows, columns=["float", "whole", "name", "flag"])
    frame["name"] = frame["name"].astype(object)
    assert write_csv(tmp_path_factory.mktemp("csv") / "a.csv", frame).read_bytes() == by_pandas(frame)


def test_every_size_of_float_is_written_as_python_does(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    powers = np.concatenate([np.ldexp(1.0, np.arange(-1074, 1024)), 10.0 ** np.arange(-323, 309)])
    beside = (powers.view(np.int64) + rng.integers(-2, 3, (4, len(powers)))).ravel().view(float)
    anything = rng.integers(0, 2**64, 50_000, dtype=np.uint64).view(float)
    values = np.concatenate([powers, beside, anything, 10.0 ** rng.uniform(-11, 17, 20_000)])
    write_csv(tmp_path / "a.csv", pd.DataFrame({"x": values, "y": 1}))
    written = [line.partition(",")[0] for line in (tmp_path / "a.csv").read_text().splitlines()[1:]]
    assert written == ["" if value != value else repr(value) for value in values.tolist()]


def test_what_is_read_back(tmp_path: Path) -> None:
    frame = awkward(5000).drop(columns=["text", "nothing"])
    back = pd.read_csv(write_csv(tmp_path / "a.csv", frame), float_precision="round_trip")
    pd.testing.assert_frame_equal(back, frame, check_exact=True)


def test_write_csv_keeps_full_precision_and_no_index(tmp_path: Path) -> None:
    frame = pd.DataFrame({"gene": ["A", "B,C"], "q": [0.1 + 0.2, 1e-300]}, index=[7, 8])
    assert write_csv(tmp_path / "a.csv", frame).read_text() == ('gene,q\nA,0.30000000000000004\n"B,C",1e-300\n')


def test_write_csv_of_no_rows_keeps_the_header(tmp_path: Path) -> None:
    assert write_csv(tmp_path / "a.csv", pd.DataFrame(columns=["a", "b"])).read_text() == "a,b\n"


def test_what_writes_numbers_is_loaded_when_something_is_written() -> None:
    code = "import sys, scripts.diff.report.export, scripts.targets.report.export; print('orjson' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

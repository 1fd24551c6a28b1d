"""CSV files are those of `write_csv`, byte for byte, however they were put together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scripts.common.files.csv_files import CsvWriter, positions_in, write_csv


def awkward(n: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    texts = ["chr1", "1.5,2.0", 'a "b"', "two\nlines", "", " x ", "é", "NA", "a\rb"]
    frame = pd.DataFrame(
        {
            "text": rng.choice(texts, n),
            "whole": rng.integers(-(10**12), 10**12, n),
            "float": rng.normal(size=n) * 10.0 ** rng.integers(-300, 300, n),
            "small": rng.choice([0.0, -0.0, np.nan, np.inf, -np.inf, 1e-5, 1e16, 0.1, 1e22], n),
            "flag": rng.random(n) < 0.5,
            "perhaps": pd.array(rng.choice([1, 2, None], n), dtype="Int64"),
            "nothing": [None] * n,
        }
    )
    frame.loc[3, "text"] = None
    return frame


def same_as_written_alone(path: Path, frame: pd.DataFrame) -> None:
    expected = path.with_suffix(".expected")
    write_csv(expected, frame)
    assert path.read_bytes() == expected.read_bytes()


@pytest.mark.parametrize("rows", [7, 10_000])
def test_every_table_is_written_as_it_is_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    monkeypatch.setattr("scripts.common.files.csv_files._ROWS", rows)
    frame = awkward()
    writer = CsvWriter()
    tables = [
        frame,
        frame[frame["flag"]],
        frame.iloc[::-1].reset_index(drop=True),
        frame.head(0),
        frame[["text"]],
        frame.rename(columns={"text": "a,b"}),
        frame.assign(whole=frame["whole"] + 1),
        frame.assign(text="other"),
        pd.concat([frame, frame.head(2)]),
    ]
    for number, table in enumerate(tables):
        path = tmp_path / f"{number}.csv"
        writer.write(path, table)
        same_as_written_alone(path, table)


def test_positions_of_rows() -> None:
    frame = awkward()
    assert positions_in(frame, frame.iloc[[5, 2, 2]]).tolist() == [5, 2, 2]  # type: ignore[union-attr]


@pytest.mark.parametrize("change", [{"text": "y"}, {"whole": 7}, {"flag": True}, {"small": 3.25}])
def test_a_row_that_differs_in_one_cell_is_not_found(change: dict[str, object]) -> None:
    frame = awkward()
    assert positions_in(frame, frame.iloc[[1]].assign(**change)) is None


def test_rows_alike_in_their_numbers_are_written_anew(tmp_path: Path) -> None:
    frame = pd.DataFrame({"number": [1, 1, 2], "text": ["a", "b", "c"]})
    writer = CsvWriter()
    for number, table in enumerate([frame, frame.iloc[[1]]]):
        writer.write(tmp_path / f"{number}.csv", table)
        same_as_written_alone(tmp_path / f"{number}.csv", table)


def test_write_csv_keeps_full_precision_and_no_index(tmp_path: Path) -> None:
    frame = pd.DataFrame({"gene": ["A", "B,C"], "q": [0.1 + 0.2, 1e-300]}, index=[7, 8])
    assert write_csv(tmp_path / "a.csv", frame).read_text() == ('gene,q\nA,0.30000000000000004\n"B,C",1e-300\n')


def test_write_csv_of_no_rows_keeps_the_header(tmp_path: Path) -> None:
    assert write_csv(tmp_path / "a.csv", pd.DataFrame(columns=["a", "b"])).read_text() == "a,b\n"

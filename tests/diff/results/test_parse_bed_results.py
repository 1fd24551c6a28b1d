import gzip

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.common.errors import BadResponseError, ChipAtlasError, InputError
from scripts.diff.analysis import DIFFBIND, DMR
from scripts.diff.results.parse_bed_results import (
    bed_score,
    careful_cells,
    parse_bed_results,
    parse_counts,
    quick_cells,
)
from tests.reference import reference_path


def write(tmp_path, text):
    path = tmp_path / "wabi_result.bed"
    path.write_text(text)
    return path


def test_peaks(tmp_path):
    path = write(
        tmp_path,
        "chr2\t100\t400\t10.00,20.00\t1.00,3.00\t2.5\t1e-8\t1e-6\n"
        "chr1\t500\t900\t1.00,1.00\t4.00,4.00\t-2\t1e-300\t0\n"
        "chr1\t10\t40\t5.00,5.00\t5.00,5.00\t0\t1\t1\n",
    )
    regions = parse_bed_results(path)
    assert list(regions.columns) == list(DIFFBIND.columns)
    assert regions["chromStart"].tolist() == [500, 100, 10]
    assert regions["direction"].tolist() == ["B_enriched", "A_enriched", "unchanged"]
    assert regions["significant"].tolist() == [True, True, False]
    assert regions["mean_count_a"].tolist() == [1.0, 15.0, 5.0]
    assert regions["mean_count_b"].tolist() == [4.0, 2.0, 5.0]
    assert regions["score"].tolist() == [1000, 60, 0]
    assert regions["region_size"].tolist() == [400, 300, 30]
    assert regions["counts_a"].tolist() == ["1.00,1.00", "10.00,20.00", "5.00,5.00"]


def test_methylation(tmp_path):
    path = write(
        tmp_path,
        "chr1\t99\t600\t0.3\t0.25\t14\t0.01\t0.02\t0.75\t0.5\n"
        "chr1\t1099\t1600\t1e-9\t-0.4\t20\t1e-12\t1e-11\t0.1\t0.5\n"
        "chr1\t2099\t2600\t1e-4\t0.4\t20\t1e-8\t1e-6\t0.9\t0.5\n",
    )
    regions = parse_bed_results(path, "dmr")
    assert list(regions.columns) == list(DMR.columns)
    assert regions["qvalue"].tolist() == [1e-9, 1e-4, 0.3]
    assert regions["significant"].tolist() == [True, True, False]
    assert regions["direction"].tolist() == ["B_enriched", "A_enriched", "A_enriched"]
    assert regions["pvalue"].tolist() == [1e-11, 1e-6, 0.02]
    assert regions["pvalue_mwu"].tolist() == [1e-12, 1e-8, 0.01]
    sign = np.sign(regions["mean_methylation_a"] - regions["mean_methylation_b"])
    assert (sign == np.sign(regions["methylation_difference"])).all()


def test_methylation_in_per_cent_becomes_fractions(tmp_path):
    regions = parse_bed_results(write(tmp_path, "chr1\t99\t600\t0.3\t25\t14\t0.01\t0.02\t75\t50\n"))
    assert regions[["methylation_difference", "mean_methylation_a", "mean_methylation_b"]].iloc[0].tolist() == [
        0.25,
        0.75,
        0.5,
    ]


@pytest.mark.parametrize(("kind", "analysis"), [("diffbind", DIFFBIND), ("dmr", DMR), (None, DIFFBIND)])
def test_empty_result_is_a_result(tmp_path, kind, analysis):
    regions = parse_bed_results(write(tmp_path, ""), kind)
    assert regions.empty and list(regions.columns) == list(analysis.columns)
    assert not regions["significant"].any()


def test_reference_result(tmp_path):
    path = tmp_path / "expected.bed"
    path.write_bytes(gzip.decompress(reference_path("edger/8v8/expected.bed.gz").read_bytes()))
    raw = pd.read_csv(path, sep="\t", header=None, dtype=str)
    raw = raw.astype({1: int})
    raw[[5, 7]] = raw[[5, 7]].map(float)  # Python's own reading: the exact number that is written there
    regions = parse_bed_results(path, "diffbind")
    assert len(regions) == len(raw)
    assert regions["significant"].sum() == (raw[7] < 0.05).sum()
    matched = raw.set_index([0, 1]).loc[list(zip(regions["chrom"], regions["chromStart"], strict=True))]
    assert (matched[5].to_numpy() == regions["logFC"].to_numpy()).all()
    independent = [np.mean([float(cell) for cell in text.split(",")]) for text in matched[3]]
    assert np.allclose(independent, regions["mean_count_a"])


def test_na_statistics_stay_missing_and_are_not_significant(tmp_path):
    regions = parse_bed_results(write(tmp_path, "chr1\t1\t50\t1.00\t2.00\tNA\tNA\tNA\n"))
    assert regions["qvalue"].isna().all()
    assert not regions["significant"].any()
    assert regions["direction"].tolist() == ["unchanged"]
    assert regions["score"].tolist() == [0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("chr1\t1\t50\t1,2\t3,4\t1.0\t0.1\n", "7 columns"),
        ("chr1\tx\t50\t1,2\t3,4\t1.0\t0.1\t0.2\n", "line 1: chromStart is no number"),
        ("chr1\t1\t50\t1,2\t3,4\t1.0\t0.1\t0.2\nchr1\t1\t50\t1,2\t3,4\tabc\t0.1\t0.2\n", "line 2: logFC"),
        ("chr1\t1\t50\t1,2\t3,4\t1.0\t0.1\t0.2\nchr1\t1\t50\t1\t3,4\t1.0\t0.1\t0.2\n", "line 2: 1 counts"),
        ("chr1\t1\t50\tx,2\t3,4\t1.0\t0.1\t0.2\n", "no numbers"),
        ("<html><body>503</body></html>\n", "1 columns"),
    ],
)
def test_rows_that_do_not_fit(tmp_path, text, message):
    with pytest.raises(BadResponseError, match=message):
        parse_bed_results(write(tmp_path, text))


def test_other_kind_than_asked_for(tmp_path):
    path = write(tmp_path, "chr1\t1\t50\t1,2\t3,4\t1.0\t0.1\t0.2\n")
    with pytest.raises(BadResponseError, match="holds a diffbind result, where dmr was asked for"):
        parse_bed_results(path, "dmr")


def test_missing_file(tmp_path):
    with pytest.raises(InputError, match="wabi_result.bed"):
        parse_bed_results(tmp_path / "wabi_result.bed")


def test_ties_are_ordered_by_effect_then_position(tmp_path):
    rows = [("chr2", 5, 1.0), ("chr1", 9, -3.0), ("chr1", 5, 1.0), ("chr1", 1, 2.0)]
    text = "".join(f"{chrom}\t{start}\t{start + 50}\t1\t2\t{effect}\t0.001\t0.01\n" for chrom, start, effect in rows)
    regions = parse_bed_results(write(tmp_path, text))
    assert list(zip(regions["chrom"], regions["chromStart"], strict=True)) == [
        ("chr1", 9),
        ("chr1", 1),
        ("chr1", 5),
        ("chr2", 5),
    ]


def test_bed_score_bounds():
    assert bed_score(np.array([0.0, 1e-200, 1e-5, 0.5, 1.0, np.nan])).tolist() == [1000, 1000, 50, 3, 0, 0]


@given(st.lists(st.lists(st.floats(0, 1e6), min_size=3, max_size=3), min_size=1, max_size=20))
def test_counts_come_back_as_they_were(matrix):
    column = pd.Series([",".join(f"{value:.2f}" for value in row) for row in matrix])
    assert np.allclose(parse_counts(column), matrix, rtol=0, atol=0.00501)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_parses_or_raises_an_error_of_ours(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("bed") / "wabi_result.bed"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        parse_bed_results(path)
    except ChipAtlasError:
        pass


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("chr1\t-5\t50\t1\t2\t1.0\t0.1\t0.2", "chromStart is no number from 0 up"),
        ("chr1\t1e300\t1e300\t1\t2\t1.0\t0.1\t0.2", "chromStart is no number from 0 up"),
        ("chr1\t60\t50\t1\t2\t1.0\t0.1\t0.2", "chromEnd is before chromStart"),
        ("\t10\t50\t1\t2\t1.0\t0.1\t0.2", "chrom is empty"),
        ("chr1\t10\t50\t1\t2\t1.0\t0.1\t1.2", "qvalue is not from 0 to 1"),
        ("chr1\t10\t50\t1\t2\t1.0\t-0.1\t0.2", "pvalue is not from 0 to 1"),
        ("chr1\t10\t50\tinf\t2\t1.0\t0.1\t0.2", "counts that cannot be"),
        ("chr1\t10\t50\t1\t-2\t1.0\t0.1\t0.2", "counts that cannot be"),
        ("chr1\t10\t50\tnan\t2\t1.0\t0.1\t0.2", "counts that cannot be"),
    ],
)
def test_values_that_no_result_can_hold(tmp_path, row, message):
    path = tmp_path / "wabi_result.bed"
    path.write_text(f"{row}\n")
    with pytest.raises(BadResponseError, match=message):
        parse_bed_results(path)


def test_the_quick_way_reads_what_the_careful_way_reads(tmp_path, monkeypatch):
    """Awkward but readable results, the whole table compared, types included."""
    rng = np.random.default_rng(8)
    rows = []
    for n in range(500):
        counts = [",".join(f"{value:.2f}" for value in rng.lognormal(3, 2, size)) for size in (3, 4)]
        numbers = [repr(float(value)) for value in (rng.normal(), rng.random() ** 40, rng.random())]
        if n % 50 == 0:
            numbers = ["NA", ".", "nan"]
        rows.append("\t".join([f"chr{rng.integers(1, 23)}", str(n * 100), str(n * 100 + 50), *counts, *numbers]))
    plain = "\n".join(rows) + "\n"
    careful_only = [plain.replace("chr1\t", "chr1\r\t"), plain.replace("\t100\t", "\t100.0\t"), plain]
    for number, text in enumerate([*careful_only, plain.replace("\n", "\r\n"), plain.replace("chr2\t", '"ü\t')]):
        path = tmp_path / f"{number}.bed"
        path.write_bytes(text.encode())
        quick = parse_bed_results(path)
        with monkeypatch.context() as patched:
            patched.setattr("scripts.diff.results.parse_bed_results.quick_cells", lambda *_: None)
            patched.setattr("scripts.diff.results.count_cells.quick_counts", lambda *_: None)
            careful = parse_bed_results(path)
        pd.testing.assert_frame_equal(quick, careful, check_exact=True)


@pytest.mark.parametrize("text", ["1.50,2.25", "1,2", "123456789012.34,0.00", "0.5,1.25", ".50,2.00", "1e3,2", "5.,6."])
def test_counts_are_the_numbers_they_are_written_as(text):
    found = parse_counts(pd.Series([text, text]))
    assert found.tolist() == [[float(cell) for cell in text.split(",")]] * 2


ROW = "chr1\t1\t50\t1,2\t3,4\t1.0\t0.1\t0.2"
DMR_ROW = "chr1\t99\t600\t0.3\t0.25\t14\t0.01\t0.02\t0.75\t0.5"


def changed(row, place, value):
    cells = row.split("\t")
    cells[place] = value
    return "\t".join(cells)


@pytest.mark.parametrize("end", ["\n", "\r\n", "", "\n\n"])
def test_line_ends(tmp_path, end):
    path = tmp_path / "wabi_result.bed"
    path.write_bytes((ROW + (end if "\r" in end else "\n") + ROW + end).encode())
    found = parse_bed_results(path)
    assert found["chromEnd"].tolist() == [50, 50] and found["qvalue"].tolist() == [0.2, 0.2]


@pytest.mark.parametrize("place", [1, 2])
def test_the_largest_position(tmp_path, place):
    """A trillion; written plainly, as a decimal, and where the careful way reads."""
    largest = changed(changed(ROW, 1, "5"), 2, "1000000000000")
    for row in (largest, largest.replace("chr1", "chr1\r")):
        assert parse_bed_results(write(tmp_path, f"{row}\n"))["chromEnd"].tolist() == [10**12]
    beyond = changed(largest, place, "1000000000001")
    for row in (beyond, beyond.replace("1000000000001", "1000000000001.0"), beyond.replace("chr1", "chr1\r")):
        with pytest.raises(BadResponseError, match="line 2: chrom(Start|End) is no number from 0 up"):
            parse_bed_results(write(tmp_path, f"{ROW}\n{row}\n"))


@pytest.mark.parametrize("value", ["-1", "0.5", "NA", "", "inf", "-1.0", "x"])
@pytest.mark.parametrize("row", [ROW, ROW.replace("chr1", "chr1\r")])
def test_positions_are_whole_numbers_from_zero_up(tmp_path, value, row):
    assert parse_bed_results(write(tmp_path, changed(row, 1, "0") + "\n"))["chromStart"].tolist() == [0]
    with pytest.raises(BadResponseError, match="line 2: chromStart is no number from 0 up"):
        parse_bed_results(write(tmp_path, f"{row}\n{changed(row, 1, value)}\n"))


@pytest.mark.parametrize("value", ["x", "inf", "-inf", "1_0x", ""])
def test_effects_are_finite_numbers(tmp_path, value):
    with pytest.raises(BadResponseError, match="line 2: logFC is no number$|line 2: logFC is no number\n"):
        parse_bed_results(write(tmp_path, f"{ROW}\n{changed(ROW, 5, value)}\n"))


@pytest.mark.parametrize("value", ["NA", "NaN", "nan", "."])
def test_words_for_no_number(tmp_path, value):
    found = parse_bed_results(write(tmp_path, f"{changed(ROW, 7, value)}\n{ROW}\n"))
    assert found["qvalue"].tolist()[0] == 0.2 and np.isnan(found["qvalue"].tolist()[1])


@pytest.mark.parametrize(
    ("row", "place", "name"),
    [
        (ROW, 6, "pvalue"),
        (ROW, 7, "qvalue"),
        (DMR_ROW, 3, "qvalue"),
        (DMR_ROW, 6, "pvalue_mwu"),
        (DMR_ROW, 7, "pvalue"),
    ],
)
def test_shares_run_from_0_to_1(tmp_path, row, place, name):
    for value in ("0", "1"):
        assert parse_bed_results(write(tmp_path, changed(row, place, value) + "\n"))[name].tolist() == [float(value)]
    for value in ("-0.001", "1.001"):
        with pytest.raises(BadResponseError, match=f"region 2: {name} is not from 0 to 1"):
            parse_bed_results(write(tmp_path, f"{row}\n{changed(row, place, value)}\n"))


def test_a_region_may_be_empty_but_not_backward(tmp_path):
    assert parse_bed_results(write(tmp_path, changed(ROW, 1, "50") + "\n"))["region_size"].tolist() == [0]
    with pytest.raises(BadResponseError, match="region 2: chromEnd is before chromStart"):
        parse_bed_results(write(tmp_path, f"{ROW}\n{changed(ROW, 1, '51')}\n"))


def test_significant_is_below_5_per_cent(tmp_path):
    rows = [changed(ROW, 7, value) for value in ("0.05", "0.0499999")]
    assert parse_bed_results(write(tmp_path, "\n".join(rows)))["significant"].tolist() == [True, False]


def test_a_region_without_effect_comes_after_those_that_have_one(tmp_path):
    rows = [changed(changed(ROW, 5, effect), 1, str(n)) for n, effect in enumerate(["NA", "-0.5", "0.1"])]
    found = parse_bed_results(write(tmp_path, "\n".join(rows)))
    assert found["chromStart"].tolist() == [1, 2, 0]


def test_an_odd_row_is_quoted(tmp_path):
    with pytest.raises(BadResponseError, match="line 2: 3 columns, where line 1 has 8") as caught:
        parse_bed_results(write(tmp_path, f"{ROW}\nchr7\todd\trow\n{ROW}\nanother\n"))
    assert "chr7\todd\trow" in str(caught.value).expandtabs(1).replace(" ", "\t") and "0.2" not in str(caught.value)


def test_the_last_row_may_be_the_odd_one(tmp_path):
    with pytest.raises(BadResponseError, match="line 3: 9 columns, where line 1 has 8"):
        parse_bed_results(write(tmp_path, f"{ROW}\n{ROW}\n{ROW}\tmore\n"))


def test_the_first_row_is_quoted_where_no_result_is_recognised(tmp_path):
    with pytest.raises(BadResponseError, match="has 2 columns; a result has 8 .* or 10 ") as caught:
        parse_bed_results(write(tmp_path, "only\ttwo\nsecond\trow\n"))
    assert "only" in str(caught.value) and "second" not in str(caught.value)


@pytest.mark.parametrize(("level", "converted"), [(1.5, False), (1.51, True), (-1.51, True)])
def test_a_level_above_one_and_a_half_can_only_be_per_cent(tmp_path, capsys, level, converted):
    rows = [changed(DMR_ROW, place, str(level)) for place in (8, 9)]
    for place, row in enumerate(rows):
        found = parse_bed_results(write(tmp_path, f"{row}\n{DMR_ROW}\n"))
        scale = 100 if converted else 1
        assert ("given in per cent" in capsys.readouterr().out) is converted
        assert sorted(found["methylation_difference"]) == [0.25 / scale] * 2
        name = "mean_methylation_a" if place == 0 else "mean_methylation_b"
        assert level / scale in found[name].tolist()
        assert found["pvalue"].tolist() == [0.02, 0.02]


@pytest.mark.parametrize(("analysis", "row"), [(DIFFBIND, ROW), (DMR, DMR_ROW)])
def test_an_empty_result_has_the_types_of_a_full_one(tmp_path, analysis, row):
    empty = parse_bed_results(write(tmp_path, ""), analysis.name)
    full = parse_bed_results(write(tmp_path, f"{row}\n"), analysis.name)
    assert empty.dtypes.to_dict() == full.dtypes.to_dict()


def test_what_the_quick_way_leaves_to_the_careful_one():
    plain = f"{ROW}\n{ROW}".encode()
    assert quick_cells(plain, DIFFBIND)["chromStart"].tolist() == [1, 1]
    for mark in (b"\r", b"\0", b"\xef\xbb\xbf"):
        assert quick_cells(plain.replace(b"chr1", b"chr1" + mark), DIFFBIND) is None
    assert quick_cells(plain.replace(b"\t50\t", b"\t50.5\t"), DIFFBIND) is None


@pytest.mark.parametrize("chrom", [b"NA", b'"a', b"\xff", b" chr1 ", b"nan", b"1"])
def test_both_ways_read_any_name(chrom):
    content = ROW.encode().replace(b"chr1", chrom)
    quick, careful = quick_cells(content, DIFFBIND), careful_cells(content, DIFFBIND)
    assert quick["chrom"].tolist() == careful["chrom"].tolist() == [chrom.decode("utf-8", "replace")]
    assert quick["qvalue"].tolist() == careful["qvalue"].tolist() == ["0.2"]


def test_an_odd_row_is_quoted_as_far_as_it_is_text(tmp_path):
    path = tmp_path / "wabi_result.bed"
    for content in (ROW.encode() + b"\nodd\xff\n", b"odd\xff\trow\n"):
        path.write_bytes(content)
        with pytest.raises(BadResponseError, match="columns") as caught:
            parse_bed_results(path)
        assert "odd\ufffd" in str(caught.value)


@pytest.mark.parametrize(
    ("place", "problem"), [(5, "line 2: logFC is no"), (1, "line 2: chromStart is no"), (7, "region 2: q")]
)
def test_the_first_of_several_wrong_rows_is_named(tmp_path, place, problem):
    rows = [ROW, *[changed(ROW, place, value) for value in ("-7", "-8")]]
    if place == 5:
        rows = [row.replace("-7", "seven").replace("-8", "eight") for row in rows]
    with pytest.raises(BadResponseError, match=problem) as caught:
        parse_bed_results(write(tmp_path, "\n".join(rows)))
    # The folder of a test may be called pytest-80.
    told = str(caught.value).replace(str(tmp_path), "")
    assert "-8" not in told and "eight" not in told

import pytest

from scripts.common.errors import BadResponseError
from scripts.diff.analysis import DIFFBIND, DMR
from scripts.diff.results.parse_igv_bed import parse_igv_bed

TRACK = 'track name="A vs B" gffTags="on"\n'


def write(tmp_path, text):
    path = tmp_path / "wabi_result.igv.bed"
    path.write_text(text)
    return path


def test_peaks(tmp_path):
    tags = "Name=x%20y;logFC=-2.5;PValue=1e-9;QValue=2e-7;"
    regions = parse_igv_bed(write(tmp_path, f"{TRACK}chr1\t10\t90\t{tags}\t67\t.\t10\t90\t106,153,208\n"), DIFFBIND)
    assert list(regions.columns) == list(DIFFBIND.columns)
    row = regions.iloc[0]
    assert (row["logFC"], row["qvalue"], row["direction"], row["significant"]) == (-2.5, 2e-7, "B_enriched", True)
    assert row["counts_a"] == "" and row["mean_count_a"] != row["mean_count_a"]


def test_methylation_and_other_spellings(tmp_path):
    tags = "mean%5Fdifference=0.3;p-value=1e-4;FDR=0.01"
    regions = parse_igv_bed(write(tmp_path, f"{TRACK}chr1\t10\t90\t{tags}\t20\t.\n"), DMR)
    assert list(regions.columns) == list(DMR.columns)
    assert regions["methylation_difference"].tolist() == [0.3]
    assert regions["qvalue"].tolist() == [0.01]


def test_track_line_alone_is_an_empty_result(tmp_path):
    assert parse_igv_bed(write(tmp_path, TRACK), DIFFBIND).empty


@pytest.mark.parametrize("row", ["chr1\t10", "chr1\tx\t90\tlogFC=1;", "chr1\t1\t90\tlogFC=high;"])
def test_row_that_does_not_fit(tmp_path, row):
    with pytest.raises(BadResponseError, match="line 2"):
        parse_igv_bed(write(tmp_path, f"{TRACK}{row}\n"), DIFFBIND)


def test_a_number_goes_by_any_of_its_names(tmp_path):
    for tags in (
        "log2fc=1.5;p=0.01;q=0.02",
        "Log2 Fold Change=1.5;pval=0.01;qval=0.02",
        "logFC=1.5;P-Value=0.01;Adjusted_P_value=0.02",
    ):
        row = parse_igv_bed(write(tmp_path, f"chr1\t10\t90\t{tags}\n"), DIFFBIND).iloc[0]
        assert (row["logFC"], row["pvalue"], row["qvalue"]) == (1.5, 0.01, 0.02)
    for name in ("meanMethylation", "methylation difference", "diff", "difference"):
        row = parse_igv_bed(write(tmp_path, f"chr1\t10\t90\t{name}=-0.25;p(2D KS)=0.01;q=0.02\n"), DMR).iloc[0]
        assert (row["methylation_difference"], row["pvalue"], row["qvalue"]) == (-0.25, 0.01, 0.02)


def test_lines_that_are_no_rows(tmp_path):
    text = f"browser position chr1\n#comment\n{TRACK}\n   \nchr1\t10\t90\tlogFC=1;p=0.1;q=0.2\r\n"
    text += "chr2\t5\t9\tlogFC=2;p=0.1;q=0.2"
    found = parse_igv_bed(write(tmp_path, text), DIFFBIND)
    assert found[["chrom", "chromStart", "chromEnd"]].to_numpy().tolist() == [["chr2", 5, 9], ["chr1", 10, 90]]


def test_what_the_track_does_not_carry_is_missing(tmp_path):
    row = parse_igv_bed(write(tmp_path, "chr1\t10\t90\tName=x\n"), DIFFBIND).iloc[0]
    assert (row["counts_a"], row["counts_b"]) == ("", "")
    assert row[["logFC", "pvalue", "qvalue", "mean_count_a", "mean_count_b"]].isna().all()
    assert row["direction"] == "unchanged" and not row["significant"]
    row = parse_igv_bed(write(tmp_path, "chr1\t10\t90\tdiff=0.5;p=0.1;q=0.2\n"), DMR).iloc[0]
    assert row[["n_cpgs", "pvalue_mwu", "mean_methylation_a", "mean_methylation_b"]].isna().all()


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("chr1\t1\t1000000000000\tq=0.1", "'1000000000000' is no position"),  # 13 digits
        ("chr1\t-1\t90\tq=0.1", "'-1' is no position"),
        ("chr1\t١\t90\tq=0.1", "is no position"),
        ("chr1\t1\t90\tlogFC=-inf;q=0.1", "logFC is infinite"),
        ("chr1\t1\t90\tlogFC=1;q=inf", "qvalue is infinite"),
    ],
)
def test_numbers_that_cannot_be(tmp_path, row, problem):
    with pytest.raises(BadResponseError, match=f"line 3: no row of an IGV track .*{problem}"):
        parse_igv_bed(write(tmp_path, f"{TRACK}chr1\t1\t999999999999\tq=0.1\n{row}\n"), DIFFBIND)


def test_a_region_that_ends_before_it_begins(tmp_path):
    with pytest.raises(BadResponseError, match="region 1: chromEnd is before chromStart"):
        parse_igv_bed(write(tmp_path, f"{TRACK}chr1\t90\t10\tq=0.1\n"), DIFFBIND)


def test_bytes_that_are_no_text_are_read_past(tmp_path):
    path = tmp_path / "wabi_result.igv.bed"
    path.write_bytes(b"chr\xff\t10\t90\tlogFC=1;p=0.1;q=0.2\n")
    assert parse_igv_bed(path, DIFFBIND)["chrom"].tolist() == ["chr\ufffd"]

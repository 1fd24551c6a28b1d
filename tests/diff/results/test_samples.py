"""Which experiments were used, and whose a count is."""

import pandas as pd
import pytest

from scripts.chipatlas.wabi.replies import JobLog, parse_log
from scripts.diff.results.samples import counts_matrix, ignored_experiments, used_samples
from tests.diff.tables import peaks

A, B = ["SRX2", "SRX1"], ["SRX4", "SRX3"]


def log(samples=(), ignored=()) -> JobLog:
    return JobLog(samples=list(samples), ignored=list(ignored), warnings=[], errors=[], request_id="")


def test_the_log_tells_the_order_inside_each_group():
    samples = used_samples(log([("SRX4", "B"), ("SRX2", "A"), ("SRX3", "B"), ("SRX1", "A"), ("SRX2", "A")]), A, B)
    assert samples.columns.tolist() == ["accession", "group"]
    assert samples.to_numpy().tolist() == [["SRX2", "A"], ["SRX1", "A"], ["SRX4", "B"], ["SRX3", "B"]]
    assert samples.index.tolist() == [0, 1, 2, 3]


def test_without_a_log_the_order_is_by_name():
    samples = used_samples(parse_log(""), A, B)
    assert samples.to_numpy().tolist() == [["SRX1", "A"], ["SRX2", "A"], ["SRX3", "B"], ["SRX4", "B"]]


@pytest.mark.parametrize(
    ("listed", "warned", "names", "ignored"),
    [
        ([*A, *B], [], None, []),
        ([*A, "SRX3"], [], None, ["SRX4"]),
        (["SRX1", *B], [], None, ["SRX2"]),
        ([], [], None, []),  # a log without a list says nothing
        ([], ["SRX1", "SRX4"], None, ["SRX1", "SRX4"]),
        ([*A, *B], ["SRX1"], None, ["SRX1"]),
    ],
)
def test_ignored_are_those_that_the_server_names_or_does_not_list(listed, warned, names, ignored):
    said = log([(name, "A" if name in A else "B") for name in listed], warned)
    assert ignored_experiments(said, A, B, names) == sorted(ignored, key=[*A, *B].index)


@pytest.mark.parametrize(
    ("names", "listed", "warned", "ignored"),
    [
        ({"GSM1": "SRX1"}, ["SRX1", "SRX3"], [], []),
        ({"GSM1": "SRX9"}, ["SRX1", "SRX3"], [], ["GSM1"]),
        ({}, ["SRX1", "SRX3"], [], []),  # nobody knows its SRX: it is not missed
        ({}, ["SRX3"], ["GSM1"], ["GSM1"]),
        ({"GSM1": "SRX1"}, ["SRX3"], ["SRX1"], ["GSM1"]),
    ],
)
def test_a_geo_sample_is_listed_under_another_name(names, listed, warned, ignored):
    assert ignored_experiments(log([(name, "A") for name in listed], warned), ["GSM1"], ["SRX3"], names) == ignored


class TestCountsMatrix:
    SAMPLES = pd.DataFrame({"accession": ["SRX1", "SRX2", "SRX3", "SRX4"], "group": list("AABB")})

    @staticmethod
    def regions():
        regions = peaks([{}, {"start": 50_000}])
        return regions.assign(counts_a=["1.00,2.00", "3.00,4.00"], counts_b=["5.00,6.00", "7.00,8.00"], index=[7, 9])

    def test_each_count_stands_under_its_experiment(self):
        regions = self.regions().set_index("index")
        counts, matched = counts_matrix(regions, self.SAMPLES)
        assert matched
        assert counts.columns.tolist() == ["SRX1", "SRX2", "SRX3", "SRX4"] and counts.index.tolist() == [7, 9]
        assert counts.to_numpy().tolist() == [[1, 2, 5, 6], [3, 4, 7, 8]]

    @pytest.mark.parametrize(
        "samples",
        [
            SAMPLES.head(3),  # one too few in group B
            SAMPLES.tail(3),  # in group A
            SAMPLES.assign(accession=["SRX1", "SRX2", "SRX3", "SRX3"]),
            SAMPLES.assign(accession=["SRX1", "SRX1", "SRX3", "SRX4"]),
        ],
    )
    def test_counts_that_are_nobodys_have_numbers(self, samples):
        counts, matched = counts_matrix(self.regions(), samples)
        assert not matched
        assert counts.columns.tolist() == ["A1", "A2", "B1", "B2"]
        assert counts.to_numpy().tolist() == [[1, 2, 5, 6], [3, 4, 7, 8]]

    def test_of_no_regions(self):
        counts, matched = counts_matrix(self.regions().head(0), self.SAMPLES.assign(accession="SRX1"))
        assert matched and counts.shape == (0, 4)
        assert counts_matrix(self.regions().head(0), self.SAMPLES)[0].columns.tolist() == [
            "SRX1",
            "SRX2",
            "SRX3",
            "SRX4",
        ]

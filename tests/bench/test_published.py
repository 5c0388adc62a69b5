"""bench/data/published.toml: every figure says what it is and where it comes from."""

import json
import sys

import pytest

from bench.__main__ import main
from bench.errors import Unusable
from bench.measure.results import RESULTS
from bench.published import FILE, figures

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="TOML is read by Python 3.11 and later")


def test_every_figure_is_complete_and_there_once():
    rows = figures()
    assert len(rows) > 50
    assert all(0 < row["value"] < 10 and row["source"] for row in rows)
    assert {row["kind"] for row in rows} == {"actual", "estimate"}


def test_the_committed_result_is_what_the_file_says():
    assert json.loads((RESULTS / "published.json").read_text())["figures"]["rows"] == figures()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('kind = "actual"', 'kind = "guess"'),
        ("value = 2.604", 'value = "2.604"'),
        ("source =", "sorce ="),
        ('method = "BMF -s"', 'method = "EMMA"'),
    ],
)
def test_a_figure_that_is_wrong_is_named(tmp_path, old, new):
    (tmp_path / "published.toml").write_text(FILE.read_text().replace(old, new, 1))
    with pytest.raises(Unusable, match="EMMA"):
        figures(tmp_path / "published.toml")


def test_the_command_writes_what_it_read(tmp_path):
    assert main(["published", "--folder", str(tmp_path)]) == 0
    assert json.loads((tmp_path / "published.json").read_text())["figures"]["rows"] == figures()

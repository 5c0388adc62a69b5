"""bench/report/charts.py: charts are well formed, and their axes have round ticks."""

import pytest
from helpers.html_reader import Reader

from bench.report.charts import Axis, Series, bars, heat, histogram, plot


def test_ticks_are_round_and_within_the_axis():
    assert Axis("", 0.0, 10.0).ticks() == [0, 2, 4, 6, 8, 10]
    assert Axis("", 0.02, 300.0, True).ticks() == pytest.approx([0.1, 1, 10, 100])
    assert Axis("", 1.5, 12.0, True).ticks() == pytest.approx([2, 5, 10])
    axis = Axis.around("", [3.0651, 3.0728])
    assert len({axis.text(tick) for tick in axis.ticks()}) == len(axis.ticks()) > 2


@pytest.mark.parametrize("values", [[2.0], [2.0, 2.0], [0.0], [-1.0, 5.0]])
def test_an_axis_has_room_around_any_values(values):
    axis = Axis.around("", values)
    assert axis.low < min(values) <= max(values) < axis.high and axis.ticks()


def test_charts_are_well_formed():
    axis = Axis.around("x", [1.0, 2.0])
    series = [Series("a", [(1.0, 1.0), (2.0, 2.0)], 1, True, ["<one>", "two"], ["1", "2"], [0.1, 0.1])]
    made = [
        plot("title", "words", axis, axis, series, [[(1.0, 1.0), (2.0, 2.0)]]),
        histogram("title", "words", "x", [("a", [1.0, 1.0]), ("b", [2.0, 3.0])]),
        bars("title", "words", [("a", -1.0, "-1"), ("b", 2.0, "2")]),
        heat("title", "words", [[0.0, 1.0], [2.0]], 2.0),
    ]
    for text in made:
        assert Reader(text).elements[0][1]["aria-label"] == "title. words"
        assert "nan" not in text

"""The tables of bench/report: what is joined, chosen, left out and rounded."""

import pytest

from bench.measure.results import Result
from bench.report.core_tables import core_summary
from bench.report.experiments import experiments_table
from bench.report.set_tables import latents_table, photos_table, quantisation_table
from bench.report.table import rough


def result(bench, figures):
    return Result(bench, "", "", "", {}, {}, figures)


def texts(table):
    return [[cell.text for cell in row] for row in table.rows]


def peer(rate, speed=1.0):
    speeds = {f"{way}_mpix_per_s": speed for way in ("encode", "decode")}
    return {"mean_bits_per_dimension": rate, "total_bits_per_dimension": rate, **speeds, "memory_mb": {"encode": 100.0, "decode": 90.0}}


def test_photos_stand_on_both_sets_in_one_table():
    ours, theirs = "codec effort 5", "JPEG XL effort 7"
    sets = {"kodak": {"peers": {ours: peer(2.8, 0.5), theirs: peer(2.9, 0.25), "other": peer(1.0)}}}
    assert photos_table([result("peers", {"sets": sets})]) is None
    sets["val"] = {"peers": {ours: peer(2.6), theirs: peer(2.7, 0.25)}}
    assert texts(photos_table([result("peers", {"sets": sets})])) == [
        [f"**{ours}**", "2.8000", "2.6000", "1", "1", "100"],
        [theirs, "2.9000", "2.7000", "0.25", "0.25", "100"],
    ]
    plain = result("peers-plain", {"sets": {"kodak-plain": {"peers": {ours: peer(2.85)}}}})
    assert [row[:4] for row in texts(photos_table([result("peers", {"sets": sets}), plain]))] == [
        [f"**{ours}**", "2.8000", "2.8500", "2.6000"],
        [theirs, "2.9000", "2.9000", "2.7000"],
    ]


def test_floats_stand_beside_integers_with_where_that_was_measured():
    photos = {"kind": "pictures", "model": {"title": "photo"}, "quantisation": {"tiles": 48, "float": 2.0, "integer": 2.01}}
    digits = {"quantised": {"images": 500, "float_elbo": 0.2, "exported_elbo": 0.2, "cost_percent": 0.0}}
    some = [result("estimate", {"sets": {"kodak": photos, "val": photos}}), result("digits-codec", {"digits-gray": digits, "other": {}})]
    rows = texts(quantisation_table(some))
    assert [row[0] for row in rows] == ["photo", "digits-gray"] and [row[4] for row in rows] == ["+0.500 %", "+0.000 %"]
    assert "48 validation tiles" in rows[0][1] and rows[1][1] == "500 test images"
    assert quantisation_table([]) is None


def test_what_z_saves_stands_by_set():
    figures = {"sets": {"val": {"with_z": 2.6, "without_z": 2.61, "saves_percent": 0.383}}}
    assert texts(latents_table([result("latents", figures)])) == [["val", "2.60000", "2.61000", "0.38 %"]]
    assert latents_table([]) is None


def test_the_coder_in_a_few_rows_has_the_best_of_the_others():
    def one(rate):
        return {"push": {"millions_per_s": rate}, "pop": {"millions_per_s": rate}}

    names = {"codec, 8 lanes": 1.0, "codec, 64 lanes": 2.0, "craystack, 8 lanes, a call per lane vector": 3.0, "craystack, 64 lanes": 4.0}
    speed = {"intervals": {**{name: one(rate) for name, rate in names.items()}, "without a message": {"span": {}}}}
    assert [row[1] for row in texts(core_summary([result("core", {"speed": speed})]))] == ["codec, 64 lanes", "craystack, 64 lanes"]


def test_experiments_have_a_row_for_each_setting_and_say_a_note_once():
    rows = [
        {"study": "s", "setting": "a", "val": 2.6, "kodak": 2.7, "note": "n"},
        {"study": "s", "setting": "b", "relative_percent": -0.5, "note": "n"},
        {"study": "t", "setting": "c", "bits": 2.5},
    ]
    assert texts(experiments_table(rows)) == [
        ["s", "a", "2.6000 (val), 2.7000 (Kodak)", "-", "n"],
        ["s", "b", "-", "-0.50 %", "as above"],
        ["t", "c", "2.5000 (predictors alone)", "-", ""],
    ]
    assert experiments_table([]) is None


@pytest.mark.parametrize(("value", "text"), [(8388.7, "8,390"), (17879.5, "17,900"), (107.99, "108")])
def test_large_numbers_keep_three_digits(value, text):
    assert rough(value) == text

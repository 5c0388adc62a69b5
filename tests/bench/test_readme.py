"""bench/tables.py and bench/readme.py: README.md says what the results say."""

import json

import pytest

from bench.__main__ import main
from bench.digits import measured_before
from bench.measure.record import RESULTS, record
from bench.readme import PLACE, README, all_tables, filled, markdown
from bench.report.readme_tables import core_summary, photos_table, quantisation_table
from bench.report.tables import Cell, Result, Table, number, read_results, rough, sets_of
from codec.errors import BadInput

TABLE = Table("speed", "Speed", ("what", "MPix/s"), ((Cell("a|b"), number(1.25, ".1f")), (Cell("c"), number(None))))
TEXT = "before\n<!-- table speed -->\n| old |\n<!-- end speed -->\nafter\n"


def peer(rate, speed=1.0):
    speeds = {f"{way}_mpix_per_s": speed for way in ("encode", "decode")}
    return {"mean_bits_per_dimension": rate, "total_bits_per_dimension": rate, **speeds, "memory_mb": {"encode": 100.0, "decode": 90.0}}


def measured(**peers):
    """A set of two pictures as the peers bench has it."""
    facts = {"kind": "RGB", "pictures": [{}, {}], "timed_pictures": 2, "memory_of": [4, 5, 3], "missing_peers": []}
    return {**facts, "peers": peers}


@pytest.fixture
def results(tmp_path):
    """A folder of the committed results and one of codecs on a set."""
    folder = tmp_path / "results"
    found = measured(PNG=peer(4.0), codec=peer(2.8, 0.5))
    record("peers", {"sets": {"kodak": found}}, "python -m bench peers kodak", folder)
    for path in RESULTS.glob("*.json"):
        if not path.name.startswith("peers"):
            (folder / path.name).write_text(path.read_text())
    return folder


# ---------------------------------------------------------------- README.md


def test_readme_has_the_tables_of_the_committed_results():
    text = README.read_text()
    if not PLACE.search(text):
        pytest.skip("README.md has no places for tables")
    assert filled(text, all_tables(read_results([RESULTS]))) == text, "run: python -m bench readme"


def test_a_table_replaces_what_is_in_its_place_and_nothing_else():
    new = filled(TEXT, [TABLE])
    assert new == TEXT.replace("| old |\n", "| what | MPix/s |\n| --- | --- |\n| a\\|b | 1.2 |\n| c | - |\n")
    assert filled(new, [TABLE]) == new


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TEXT.replace("table speed", "table other").replace("end speed", "end other"), "other"),
        (TEXT.replace("<!-- end speed -->\n", ""), "does not end"),
        (TEXT.replace("end speed", "end other"), "does not end"),
    ],
)
def test_a_place_without_its_table_or_its_end_is_an_error(text, said):
    with pytest.raises(BadInput, match=said):
        filled(text, [TABLE])


def test_a_readme_that_differs_fails_the_check_and_is_mended(results, tmp_path, capsys):
    file = tmp_path / "README.md"
    file.write_text("<!-- table peers-kodak -->\n<!-- end peers-kodak -->\n")
    where = ["--file", str(file), "--results", str(results)]
    assert main(["readme", "--check", *where]) == 1
    assert "run python -m bench readme" in capsys.readouterr().err
    assert main(["readme", *where]) == 0
    lines = file.read_text().splitlines()
    assert lines[3].startswith("| codec | 2.8000 | 2.8000 | 0.5 | 0.5 | 100 |") and lines[4].startswith("| PNG | 4.0000 |")
    assert main(["readme", "--check", *where]) == 0
    content = json.loads((results / "peers.json").read_text())
    content["figures"]["sets"]["kodak"]["peers"]["PNG"]["mean_bits_per_dimension"] = 4.1
    (results / "peers.json").write_text(json.dumps(content))
    assert main(["readme", "--check", *where]) == 1


def test_the_tables_at_hand_can_be_listed(results, capsys):
    assert main(["readme", "--list", "--results", str(results)]) == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in ("peers-kodak", "digits", "density", "objectives", "core-speed"))


# ---------------------------------------------------------------- tables


def test_the_committed_results_give_tables_of_whole_rows():
    tables = all_tables(read_results([RESULTS]))
    assert len({table.name for table in tables}) == len(tables) > 3
    for table in tables:
        assert table.rows and {len(row) for row in table.rows} == {len(table.columns)}
        assert markdown(table).count("\n") == len(table.rows) + 2


def test_sets_of_the_main_result_come_first():
    some = [result("peers-digits", {"sets": {"mnist": 1}}), result("peers", {"sets": {"kodak": 2, "val": 3}})]
    assert sets_of(some, "peers") == [("kodak", 2), ("val", 3), ("mnist", 1)]


def result(bench, figures):
    return Result(bench, "", "", "", {}, {}, figures)


def test_photos_stand_on_both_sets_in_one_table():
    ours, theirs = "codec effort 5", "JPEG XL effort 7"
    sets = {"kodak": measured(**{ours: peer(2.8, 0.5), theirs: peer(2.9, 0.25), "other": peer(1.0)})}
    assert photos_table([result("peers", {"sets": sets})]) is None
    sets["val"] = measured(**{ours: peer(2.6), theirs: peer(2.7)})
    table = photos_table([result("peers", {"sets": sets})])
    assert [[cell.text for cell in row] for row in table.rows] == [
        [f"**{ours}**", "2.8000", "2.6000", "0.5", "0.5", "100"],
        [theirs, "2.9000", "2.7000", "0.25", "0.25", "100"],
    ]


def test_floats_stand_beside_integers_with_where_that_was_measured():
    photos = {"kind": "pictures", "model": {"title": "photo"}, "quantisation": {"tiles": 48, "float": 2.0, "integer": 2.01}}
    digits = {"quantised": {"images": 500, "float_elbo": 0.2, "exported_elbo": 0.2, "cost_percent": 0.0}}
    some = [result("estimate", {"sets": {"kodak": photos, "val": photos}}), result("digits-codec", {"digits-gray": digits, "other": {}})]
    rows = [[cell.text for cell in row] for row in quantisation_table(some).rows]
    assert [row[0] for row in rows] == ["photo", "digits-gray"] and [row[4] for row in rows] == ["+0.500 %", "+0.000 %"]
    assert "48 validation tiles" in rows[0][1] and rows[1][1] == "500 test images"
    assert quantisation_table([]) is None


def test_the_coder_in_a_few_rows_has_the_best_of_the_others():
    def one(rate):
        return {"push": {"millions_per_s": rate}, "pop": {"millions_per_s": rate}}

    names = {"codec, 8 lanes": 1.0, "codec, 64 lanes": 2.0, "craystack, 8 lanes, a call per lane vector": 3.0, "craystack, 64 lanes": 4.0}
    speed = {"intervals": {**{name: one(rate) for name, rate in names.items()}, "without a message": {"span": {}}}}
    table = core_summary([result("core", {"speed": speed})])
    assert [row[1].text for row in table.rows] == ["codec, 64 lanes", "craystack, 64 lanes"]


def test_what_quantisation_costs_stays_with_its_model_and_says_where_it_comes_from():
    path = RESULTS / "digits-codec.json"
    content = json.loads(path.read_text())
    model = content["figures"]["digits-gray"]
    found = measured_before(path, "digits-gray", model["model"]["sha256"])
    assert found["cost_percent"] == model["quantised"]["cost_percent"] and set(found["from"]) == {"date", "commit", "command"}
    assert measured_before(path, "digits-gray", "another") is None
    assert measured_before(RESULTS / "nothing.json", "digits-gray", "any") is None


def test_large_numbers_keep_three_digits():
    assert [rough(value) for value in (8388.7, 17879.5, 107.99)] == ["8,390", "17,900", "108"]


@pytest.mark.parametrize("content", ["", "[]", '{"bench": "x"}', "{"])
def test_a_file_that_is_no_result_is_an_error(tmp_path, content):
    (tmp_path / "bad.json").write_text(content)
    with pytest.raises(BadInput, match=r"bad\.json"):
        read_results([tmp_path])


def test_a_folder_without_results_is_an_error(tmp_path):
    with pytest.raises(BadInput, match="no results"):
        read_results([tmp_path])

"""bench/readme.py: README.md, docs and bench/results/README.md say what the results say."""

import json

import pytest

from bench.errors import Unusable
from bench.measure.record import record
from bench.measure.results import RESULTS, read_experiments, read_results
from bench.readme import PLACE, ROOT, filled, main, markdown, pages
from bench.report.table import Cell, Table, number
from bench.report.tables import all_tables

TABLE = Table("speed", "Speed", ("what", "MPix/s"), ((Cell("a|b"), number(1.25, ".1f")), (Cell("c"), number(None))))
TEXT = "before\n<!-- table speed -->\n| old |\n<!-- end speed -->\nafter\n"


@pytest.fixture
def results(tmp_path):
    """A folder of the committed results, but for codecs, of which there are two on one set."""

    def peer(rate, speed):
        speeds = {f"{way}_mpix_per_s": speed for way in ("encode", "decode")}
        rates = {"mean_bits_per_dimension": rate, "total_bits_per_dimension": rate}
        return {**rates, **speeds, "memory_mb": {"encode": 100.0, "decode": 90.0}}

    folder = tmp_path / "results"
    facts = {"kind": "RGB", "pictures": [{}, {}], "timed_pictures": 2, "memory_of": [4, 5, 3], "missing_peers": []}
    found = {**facts, "peers": {"PNG": peer(4.0, 1.0), "codec": peer(2.8, 0.5)}}
    record("peers", {"sets": {"kodak": found}}, "python -m bench peers kodak", folder)
    for path in RESULTS.glob("*.json"):
        if not path.name.startswith("peers"):
            (folder / path.name).write_text(path.read_text())
    return folder


def committed():
    return all_tables(read_results([RESULTS]), read_experiments(RESULTS))


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_pages_have_the_tables_of_the_committed_results(page):
    assert filled(page.read_text(), committed()) == page.read_text(), "run: python -m bench readme"


def test_the_page_of_results_has_every_table():
    text = (RESULTS / "README.md").read_text()
    assert {match["name"] for match in PLACE.finditer(text)} == {table.name for table in committed()}


def test_readme_has_one_table():
    assert len(PLACE.findall((ROOT / "README.md").read_text())) == 1


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
    with pytest.raises(Unusable, match=said):
        filled(text, [TABLE])


def test_a_page_that_differs_fails_the_check_and_is_mended(results, tmp_path, capsys):
    file = tmp_path / "page.md"
    file.write_text("<!-- table peers-kodak -->\n<!-- end peers-kodak -->\n")
    where = [str(file), "--results", str(results)]
    assert main(["--check", *where]) == 1
    assert "run python -m bench readme" in capsys.readouterr().err
    assert main(where) == 0
    lines = file.read_text().splitlines()
    assert lines[3].startswith("| codec | 2.8000 | 2.8000 | 0.5 | 0.5 | 100 |") and lines[4].startswith("| PNG | 4.0000 |")
    assert main(["--check", *where]) == 0
    content = json.loads((results / "peers.json").read_text())
    content["figures"]["sets"]["kodak"]["peers"]["PNG"]["mean_bits_per_dimension"] = 4.1
    (results / "peers.json").write_text(json.dumps(content))
    assert main(["--check", *where]) == 1


def test_the_tables_at_hand_can_be_listed(results, capsys):
    assert main(["--list", "--results", str(results)]) == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in ("peers-kodak", "digits", "density", "objectives", "core-speed"))


def test_the_committed_results_give_tables_of_whole_rows():
    tables = committed()
    assert len({table.name for table in tables}) == len(tables) > 3
    for table in tables:
        assert table.rows and {len(row) for row in table.rows} == {len(table.columns)}
        assert markdown(table).count("\n") == len(table.rows) + 2

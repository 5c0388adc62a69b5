"""bench/report/command.py: one page, whole in itself, that says in words what its charts show."""

import json
import re

import pytest
from helpers.html_reader import Reader
from helpers.loaded import loaded_by

from bench.__main__ import main
from bench.errors import Unusable
from bench.measure.record import record
from bench.measure.results import RESULTS
from bench.report.page import STYLE


def peer(rate, speed, sizes):
    speeds = {f"{way}_mpix_per_s": speed for way in ("encode", "decode")}
    rates = {"mean_bits_per_dimension": rate, "total_bits_per_dimension": rate}
    return {**rates, **speeds, "bytes": sizes, "memory_mb": {"encode": 100.0, "decode": 90.0}}


def estimate_row(name, estimate):
    some = [
        {
            "particles": count,
            "estimate": estimate - 0.001 * count,
            "standard_error": 0.0001,
            "net": estimate + 0.001,
            "total": estimate + 0.002,
            "net_gap_percent": 0.05,
            "total_gap_percent": 0.1,
        }
        for count in (1, 4)
    ]
    return {"name": name, "by_particles": some, "parts": {"prior": 0.1, "posterior": 0.05}, "heat": [[1.0, 2.0], [0.5, 3.0]]}


@pytest.fixture
def results(tmp_path):
    """The committed results, and made-up ones of codecs and estimates."""
    folder = tmp_path / "results"
    peers = {"PNG": peer(4.0, 9.0, [50, 60]), "JPEG XL effort 7": peer(2.9, 0.2, [40, 45]), "codec effort 5": peer(2.7, 0.5, [38, 46])}
    pictures = [{"name": "a<b>.png"}, {"name": "c.png"}]
    found = {"kind": "RGB", "pictures": pictures, "timed_pictures": 2, "memory_of": [4, 5, 3], "peers": peers}
    found |= {"missing_peers": ["FLIF -E100"], "left_out": ["gray.png"]}
    record("peers", {"sets": {"kodak": found}}, "python -m bench peers kodak", folder)
    rows = [estimate_row("a<b>.png", 2.7), estimate_row("c.png", 2.9)]
    sets = {"kodak": {"kind": "pictures", "rows": rows, "by_particles": estimate_row("", 2.8)["by_particles"]}}
    record("estimate", {"quick": False, "sets": sets}, "python -m bench estimate kodak", folder)
    for path in RESULTS.glob("*.json"):
        if path.stem not in ("peers", "estimate"):
            (folder / path.name).write_text(path.read_text())
    return folder


@pytest.fixture
def text(results, tmp_path):
    assert main(["report", str(results), "-o", str(tmp_path / "report.html")]) == 0
    return (tmp_path / "report.html").read_text()


# ---------------------------------------------------------------- the page


def test_the_page_is_well_formed_and_its_links_lead_somewhere(text):
    reader = Reader(text)
    places = [attributes["id"] for _, attributes, _ in reader.elements if "id" in attributes]
    assert len(set(places)) == len(places)
    assert {attributes["href"] for attributes, _ in reader.all("a")} == {f"#{place}" for place in places}
    assert {"summary", "peers-kodak", "estimate", "digits", "core", "published", "provenance"} <= set(places)


def test_the_page_needs_nothing_from_elsewhere(text):
    reader = Reader(text)
    assert not reader.all("img") and not reader.all("iframe")
    for _, attributes, _ in reader.elements:
        assert "src" not in attributes
        assert attributes.get("href", "#").startswith(("#", "data:"))
    assert "@import" not in text and "url(" not in text and "fetch(" not in text


def test_every_chart_says_in_words_what_it_shows(text):
    reader = Reader(text)
    shown = [attributes for attributes, _ in reader.all("svg") if "aria-hidden" not in attributes]
    assert len(shown) > 6
    for attributes in shown:
        assert attributes["role"] == "img"
        assert len(attributes["aria-label"]) > 20 and any(letter.isdigit() for letter in attributes["aria-label"])
    assert any("JPEG XL effort 7: 2.9000 bits/dim" in attributes["aria-label"] for attributes in shown)


def test_nothing_is_wider_than_a_narrow_screen(text):
    reader = Reader(text)
    assert all("div" in around for _, around in reader.all("table"))  # which scrolls by itself
    assert text.count('<div class="scroll"') == len(reader.all("table"))
    for tag, attributes, _ in reader.elements:
        assert "style" not in attributes and not (tag in ("svg", "table", "div") and "width" in attributes)
    assert "svg { display: block; width: 100%" in STYLE and ".scroll { overflow-x: auto" in STYLE
    assert not re.search(r"(?<!max-)width: \d+(px|rem)", STYLE.replace("border-width", ""))


def test_the_page_is_for_light_and_dark_and_paper(text):
    used = set(re.findall(r"var\((--\w+)\)", STYLE))
    blocks = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    assert len(blocks) == 3  # light, dark, paper
    for block in blocks:
        assert used <= set(re.findall(r"(--\w+):", block))
    assert "@media (prefers-color-scheme: dark)" in text and "@media print" in text


def test_tables_sort_by_any_column(text):
    reader = Reader(text)
    heads = reader.all("th")
    assert heads and sum(1 for _, around in reader.all("button") if around[-1] == "th") == len(heads)
    assert 'data-value="2.7"' in text and "aria-sort" in text


def test_names_are_text_and_never_markup(text):
    assert "a&lt;b&gt;.png" in text and "<b>" not in text


def test_missing_codecs_and_left_out_pictures_are_named(text):
    words = " ".join(Reader(text).words)
    assert "Not installed, not measured: FLIF -E100." in words and "gray.png" in words


def test_the_summary_compares_and_everything_says_where_it_comes_from(text, results):
    words = " ".join(Reader(text).words)
    assert "codec effort 5 takes 2.7000 bits/dim, 93.1 % of JPEG XL effort 7" in words
    for path in results.glob("*.json"):
        content = json.loads(path.read_text())
        assert content["command"] in words and content["date"] in words and content["commit"] in words


def test_a_page_is_made_of_any_one_result(results, tmp_path):
    for path in sorted(results.glob("*.json")):
        assert main(["report", str(path), "-o", str(tmp_path / "one.html")]) == 0
        Reader((tmp_path / "one.html").read_text())


def test_quick_results_are_called_no_figures(tmp_path):
    record("core", {"quick": True, "targets": []}, "python -m bench core --quick", tmp_path)
    assert main(["report", str(tmp_path), "-o", str(tmp_path / "report.html")]) == 0
    assert "quick runs" in (tmp_path / "report.html").read_text()


def test_no_result_is_an_error(tmp_path, capsys):
    assert main(["report", str(tmp_path / "nothing.json"), "-o", str(tmp_path / "report.html")]) == Unusable.exit_code
    assert "nothing.json" in capsys.readouterr().err and not (tmp_path / "report.html").exists()


def test_the_report_measures_nothing():
    loaded = loaded_by("bench.report.command")
    assert not {"numba", "PIL", "torch"} & loaded and not [name for name in loaded if name.split(".")[0] == "codec"]

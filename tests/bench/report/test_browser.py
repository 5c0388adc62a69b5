"""The report's page in a real browser: nothing complains, nothing is wider than the screen, tables sort. Skipped without Chromium."""

import tempfile
from pathlib import Path

import pytest
from helpers.browser import NAMES, Browser, program

from bench.measure.results import RESULTS
from bench.report.command import main

FREE = "[...document.querySelectorAll('body *')].filter(e => !e.closest('.scroll, svg'))"
WIDEST = f"Math.max(...{FREE}.map(e => e.getBoundingClientRect().right))"
COLUMN = "[...document.querySelector('{0} table').tBodies[0].rows].map(row => row.cells[{1}].dataset.value ?? row.cells[{1}].textContent)"
BACK = "getComputedStyle(document.body).backgroundColor"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The report of the committed results."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    assert main([str(RESULTS), "-o", str(path)]) == 0
    return path


@pytest.fixture(scope="module")
def browser():
    path = program()
    if path is None:
        pytest.skip(f"no Chromium on PATH ({', '.join(NAMES)}): the page is not looked at in a browser")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        opened = Browser(path, Path(profile))
        yield opened
        opened.close()


@pytest.fixture
def quiet(browser):
    """The browser, which must not complain."""
    browser.complaints.clear()
    yield browser
    assert browser.complaints == []


@pytest.mark.parametrize("width", [320, 400, 800, 1600])
def test_nothing_is_wider_than_the_screen(quiet, page, width):
    quiet.show(page, width)
    assert quiet.value("document.documentElement.scrollWidth") <= width
    assert quiet.value(WIDEST) <= width + 0.5


def test_nothing_is_wider_than_paper(quiet, page):
    quiet.show(page, 700, media="print")
    assert quiet.value("document.documentElement.scrollWidth") <= 700
    assert quiet.value(BACK) == "rgb(255, 255, 255)" and quiet.paper().startswith(b"%PDF")


def test_light_and_dark_are_as_the_reader_has_them(quiet, page):
    backs = []
    for scheme in ("light", "dark"):
        quiet.show(page, 1200, scheme=scheme)
        backs.append(quiet.value(BACK))
    assert backs[0] == "rgb(255, 255, 255)" and backs[1] != backs[0]
    light, dark = (sum(map(int, back[4:-1].split(", "))) for back in backs)
    assert dark < 100 < light


def test_a_press_on_a_heading_sorts_the_table_and_another_turns_it_round(quiet, page):
    quiet.show(page, 1200)
    heading = "document.querySelectorAll('#core th button')[2]"
    before = quiet.value(COLUMN.format("#core", 2))
    quiet.click(heading)
    up = quiet.value(COLUMN.format("#core", 2))
    quiet.click(heading)
    down = quiet.value(COLUMN.format("#core", 2))
    assert sorted(map(float, before)) == list(map(float, up)) == list(map(float, reversed(down))) and len(set(up)) > 2
    assert quiet.value("document.querySelectorAll('#core th')[2].getAttribute('aria-sort')") == "descending"


def test_every_chart_is_drawn_and_has_words(quiet, page):
    quiet.show(page, 400)
    charts = quiet.value("[...document.querySelectorAll('svg[role=img]')].map(e => [e.getBoundingClientRect().height, e.ariaLabel.length])")
    assert charts and all(height > 20 and words > 20 for height, words in charts)


def test_a_page_that_fails_is_noticed(browser, tmp_path):
    (tmp_path / "bad.html").write_text("<script>nothing.there();</script><script>console.error('said')</script>")
    browser.complaints.clear()
    browser.show(tmp_path / "bad.html", 400)
    assert len(browser.complaints) == 2

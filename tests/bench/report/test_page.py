"""bench/report/page.py: tables keep what they sort by, and sections their order."""

from helpers.html_reader import Reader

from bench.report.page import Section, page, table_html
from bench.report.table import Cell, Table, number


def test_a_table_keeps_what_it_sorts_by():
    text = table_html(Table("t", "A & B", ("what", "how much"), ((Cell("x"), number(1234.5, ",.0f")),)))
    assert '<td class="number" data-value="1234.5">1,234</td>' in text and "A &amp; B" in text


def test_a_page_has_its_parts_in_order():
    reader = Reader(page("title", [Section("one", "One", "<p>1</p>"), Section("two", "Two", "<p>2</p>")]))
    assert [attributes["id"] for attributes, _ in reader.all("section")] == ["one", "two"]

"""Reads a page of HTML strictly, for tests of the report."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "link", "br", "circle", "path", "rect"}
Attributes = dict[str, str | None]


class Reader(HTMLParser):
    """Elements with their attributes and what they are inside of; an element that does not end is an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, Attributes, tuple[str, ...]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open, f"these do not end: {self.open}"

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes), tuple(self.open)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes), tuple(self.open)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> inside of {self.open}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[tuple[Attributes, tuple[str, ...]]]:
        """The elements of a name: attributes, and what they are inside of."""
        return [(attributes, around) for name, attributes, around in self.elements if name == tag]

"""The usual form of a picture's file: a container of kind "P" with the sections that header.py specifies."""

from __future__ import annotations

from codec.container.container import Container
from codec.errors import BadFile
from codec.kinds.picture.checksum import Checksum
from codec.kinds.picture.header import PictureHeader, picture_numbers, read_header
from codec.media.form import Chunks
from codec.media.metadata import plain_bytes, read_metadata

KIND = "P"


class LongFile:
    """A picture's file of sections (file.Carrier)."""

    def __init__(self, container: Container) -> None:
        if container.kind != KIND:
            raise BadFile(f"a file of kind {container.kind!r}: no picture")
        container.check_tags("HMS")
        self.container = container
        self.header: PictureHeader = read_header(container.section("H"))
        self.stripes = container.view("S")
        self.stripes_length = container.span("S")[1]

    @property
    def data(self) -> bytes:
        return self.container.data

    @property
    def model(self) -> bytes:
        return self.container.model

    def check_length(self) -> None:
        self.container.check_length()

    def check(self) -> None:
        self.container.check()

    def metadata(self) -> Chunks:
        return read_metadata(self.container.section("M")) if "M" in self.container.spans else ()

    def single_checksum(self, metadata: Chunks | None) -> Checksum | None:
        """The digest takes in the metadata: without them the section's own checksum stands for it."""
        if metadata is None:
            return Checksum() if self.container.is_intact("S") else None
        return Checksum(None, picture_numbers(self.header.form) + plain_bytes(metadata), self.header.digest)

"""Reads the header of a picture's file, in whichever form it is, and tells what the file is."""

from __future__ import annotations

from typing import Protocol

from codec.container.container import is_short, read_container
from codec.errors import BadFile
from codec.kinds.picture.checksum import Checksum
from codec.kinds.picture.header import PictureHeader, stripe_spans
from codec.kinds.picture.info import PictureInfo, StripeCounts, info_of
from codec.kinds.picture.long import LongFile
from codec.kinds.picture.short import read_short
from codec.media.form import Chunks
from codec.methods.choice import method_of


class Carrier(Protocol):
    """A picture's file in one of its forms (long.py, short.py), whose header has been read. stripes: as they stand in the file, perhaps
    damaged, and fewer bytes than stripes_length in a file that is cut off; model: the name of the one that it needs, zeros if none."""

    @property
    def data(self) -> bytes: ...
    @property
    def header(self) -> PictureHeader: ...
    @property
    def model(self) -> bytes: ...
    @property
    def stripes(self) -> memoryview: ...
    @property
    def stripes_length(self) -> int: ...

    def check_length(self) -> None:
        """Raise BadFile for a file that is visibly cut off, or that something follows."""
        ...

    def check(self) -> None:
        """Raise BadFile unless the file has its length and all of its checksums that need no decoding."""
        ...

    def metadata(self) -> Chunks:
        """Raises BadFile if they are damaged."""
        ...

    def single_checksum(self, metadata: Chunks | None) -> Checksum | None:
        """What the pixels of a single stripe are checked against; metadata: None if they are lost; None for a stripe that is damaged."""
        ...


class PictureFile:
    """A picture's file, whose header has been checked against the bytes at hand. Raises BadFile."""

    def __init__(self, carrier: Carrier) -> None:
        self.carrier, self.header, self.stripes = carrier, carrier.header, carrier.stripes
        self.spans = stripe_spans(self.header, carrier.stripes_length)

    @classmethod
    def read(cls, data: bytes) -> PictureFile:
        """Of the bytes of a file."""
        return cls(read_short(data) if is_short(data) else LongFile(read_container(data)))

    def metadata(self) -> Chunks:
        """Raises BadFile if they are damaged."""
        return self.carrier.metadata()

    def check_stripe(self, number: int) -> str:
        """The name of the method of a stripe that can hold its rows. Raises BadFile for one that cannot."""
        (start, end), rows = self.spans[number], self.header.rows[number]
        data = self.stripes[start:end]
        try:
            method = method_of(data if end <= len(self.stripes) else data[:0], self.header.form, rows.stop - rows.start, self.header.single)
        except BadFile as error:
            raise BadFile(f"the file is damaged: {end - start} bytes for the rows {rows.start} to {rows.stop - 1}") from error
        return method.name

    def info(self) -> PictureInfo:
        """What it is; needs no model and decodes nothing. Raises BadFile."""
        self.carrier.check()
        counts = StripeCounts()
        for number, (start, end) in enumerate(self.spans):
            counts.add(self.stripes[start:end], self.check_stripe(number), self.header.form)
        payload, total = len(self.stripes) - len(self.spans), len(self.carrier.data)
        return info_of(self.header, self.carrier.model, self.metadata(), counts, payload, total)

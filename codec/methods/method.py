"""The contract of a method: one way to code rows of a picture. A method is one file, and one place in choice.METHODS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Protocol

from codec.media.form import Form, Pixels
from codec.system.records import record

if TYPE_CHECKING:  # what a file is can be told without numpy
    from codec.density.density import PlaceCosts, PlanesDensity

BEST = 9  # the effort that takes more time for smaller files, whatever codes them


@record(frozen=True)
class Setting:
    """How methods work. density: for those that need one; effort: how much time to take (density/efforts.py); places: whether costs by
    place are wanted; traces: whether to look for what pixels were before; small, chain: as density.PlanesForm has them."""

    density: PlanesDensity | None = None
    particles: int = 1
    effort: int = 5
    places: bool = False
    traces: bool = True
    small: bool = False
    chain: int = 0

    @property
    def slow(self) -> bool:
        """Whether methods without a model, too, take more time for smaller files."""
        return self.effort == BEST


@record(frozen=True)
class CodedRows:
    """Rows by one method. data: the method's number, and its bytes. density_bytes: of payloads of a density; bits: what these are for, as
    density.PLANES_BITS names them; places: where bits went, if that was wanted and the method knows."""

    data: bytes
    density_bytes: int = 0
    bits: Mapping[str, float] = field(default_factory=dict)
    places: PlaceCosts | None = None


class Method(Protocol):
    """A way to code rows of a picture. number: in files, never given twice; name: of it in `info`; asked_by: how a user asks for it, with
    others perhaps; single: whether it may code all rows of a picture as one stripe, and gains by that; noisy: whether it is for photos,
    and nothing else is; slow: whether it is left out where a quicker one does."""

    @property
    def number(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def asked_by(self) -> tuple[str, ...]: ...
    @property
    def single(self) -> bool: ...
    @property
    def noisy(self) -> bool: ...
    @property
    def slow(self) -> bool: ...

    def can_code(self, form: Form) -> bool:
        """Whether it codes pictures of this form."""
        ...

    def is_plausible(self, payload: memoryview, form: Form, rows: int) -> bool:
        """Whether a payload can hold so many rows: asked before anything is allocated for them."""
        ...

    def price(self, pixels: Pixels, form: Form, setting: Setting) -> float:
        """About how many bytes it takes for some rows of a picture, in far less time than for all of them: the choice between methods."""
        ...

    def encode(self, pixels: Pixels, form: Form, setting: Setting) -> CodedRows:
        """Code rows of a picture of this form. Raises BadInput where that is impossible, TooShort if a reader would refuse the result."""
        ...

    def decode(self, payload: memoryview, form: Form, rows: int, density: PlanesDensity | None) -> Pixels:
        """The pixels of so many rows. Raises BadFile."""
        ...

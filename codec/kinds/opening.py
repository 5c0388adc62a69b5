"""How a process of our own opens pictures' files, so that no file costs more than itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the command line's help does not wait for numpy
    from codec.media.read import Opener


@contextmanager
def opener_for(inputs: int, max_pixels: int) -> Iterator[Opener]:
    """What opens so many files, for Settings.opener: several in a child process, which is kept, ends with the context, and may crash.

    What libtiff prints on standard error is caught. max_pixels: the most that will be allowed."""
    if inputs > 1:
        from codec.media.apart import OpenerApart

        with OpenerApart(max_pixels) as opener:
            yield opener
    else:
        from codec.media.messages import open_quietly

        yield open_quietly

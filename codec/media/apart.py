"""Opens pictures' files in a child process, so that a decoder that crashes, hangs or takes all memory costs one file instead of a run.

    parent: OpenerApart(...)  --JSON, the file-->  child: python -m codec.media.apart  --JSON, metadata, bands of pixels-->  parent

What needs no decoder of Pillow's, a large PNG, is opened in the parent.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from types import TracebackType
from typing import IO

import numpy as np

from codec.errors import BadInput
from codec.media.form import CHANNELS, sample_type
from codec.media.formats import load_plugins
from codec.media.limits import MAX_PIXELS
from codec.media.messages import open_quietly
from codec.media.metadata import plain_bytes, read_metadata
from codec.media.picture import Picture
from codec.media.read import SourceFile, is_large_png, open_picture
from codec.system.kept_process import KeptProcess, read_frame, read_frame_into, serve
from codec.system.records import record

BAND_BYTES = 1 << 24  # of a picture that are sent together
BASE_BYTES, BYTES_PER_PIXEL = 1 << 28, 20  # of memory for a child: the decoder of WebP has four pictures of 4 bytes a pixel at once
SECONDS, PIXELS_PER_SECOND = 60.0, 1 << 21  # that the slowest of decoders may take, for as many pixels as are allowed


@record(frozen=True)
class Request:
    """What a child is asked, beside the file's bytes: see read.open_picture."""

    ending: str
    max_pixels: int
    needed: bool


@record(frozen=True)
class Answer:
    """What it says: the error, or what the file is. mode: of its picture, "" if there is none to send."""

    error: str = ""
    left: tuple[str, ...] = ()
    keep: str = ""
    format: str = ""
    mode: str = ""
    bits: int = 0
    width: int = 0
    height: int = 0


class OpenerApart:
    """An opener (read.Opener) that has a child process open files: one for all, as long as it lives. A context: the child ends with it.

    max_pixels: the most that will be allowed."""

    def __init__(self, max_pixels: int = MAX_PIXELS) -> None:
        most = BASE_BYTES + BYTES_PER_PIXEL * max_pixels
        self.child = KeptProcess("codec.media.apart", [str(most)], SECONDS + max_pixels / PIXELS_PER_SECOND)

    def __enter__(self) -> OpenerApart:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.child.close()

    def __call__(self, data: bytes, ending: str, max_pixels: int, needed: bool) -> SourceFile:
        if is_large_png(data, max_pixels):
            return open_picture(data, ending, max_pixels, needed)
        request = json.dumps(asdict(Request(ending, max_pixels, needed))).encode()
        try:
            found = self.child.ask([request, data], _take)
        except ChildProcessError as error:
            raise BadInput(f"cannot read it: its decoder {error}") from error
        if isinstance(found, str):
            raise BadInput(found)
        return found


def _take(file: IO[bytes]) -> SourceFile | str:
    """What a child answers: what the file is, or the error."""
    told = json.loads(read_frame(file))
    answer = Answer(**{**told, "left": tuple(told["left"])})
    if answer.error:
        return answer.error
    if not answer.mode:
        return SourceFile(None, answer.left, answer.keep, answer.format)
    metadata = read_metadata(read_frame(file))
    pixels = np.empty((answer.height, answer.width, CHANNELS[answer.mode]), sample_type(answer.mode))
    room = pixels.data.cast("B")
    while len(room):
        room = room[read_frame_into(file, room) :]
    return SourceFile(Picture(answer.mode, pixels, metadata, answer.bits), answer.left, answer.keep, answer.format)


# ---------------------------------------------------------------- the child


def _answer(file: IO[bytes]) -> Iterator[bytes]:
    """The frames of the answer to a request."""
    request = Request(**json.loads(read_frame(file)))
    data = read_frame(file)
    try:
        found = open_quietly(data, request.ending, request.max_pixels, request.needed)
    except BadInput as error:
        yield json.dumps(asdict(Answer(str(error)))).encode()
        return
    rows = found.rows
    if rows is None:
        yield json.dumps(asdict(Answer("", found.left, found.keep, found.format))).encode()
        return
    form = rows.mode, rows.bits, rows.width, rows.height
    yield json.dumps(asdict(Answer("", found.left, found.keep, found.format, *form))).encode()
    yield b"\0" + plain_bytes(rows.metadata)
    height = max(1, BAND_BYTES // (rows.width * CHANNELS[rows.mode] * sample_type(rows.mode).itemsize))
    for top in range(0, rows.height, height):
        (band,) = rows.bands([slice(top, min(top + height, rows.height))])
        yield band.tobytes()


def _limit_memory(most: int) -> None:
    """Bound this process's memory, where the system can."""
    try:
        import resource  # not on Windows
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


if __name__ == "__main__":
    _limit_memory(int(sys.argv[1]))
    load_plugins()
    serve(_answer)

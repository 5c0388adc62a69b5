"""Makes hostile files by the thousand: each gives the exact picture or a CodecError, soon, and without much memory.

    PYTHONPATH=tests python -m helpers.fuzz_files [mutants of each path] [paths ...]        100000 of every path if nothing is said

A mutant is a file of one of PATHS with something wrong: bits flipped, bytes cut, added or repeated, sections swapped, left out or taken
from another file, numbers of its header and lengths of its stripes forged, another model named. In half of them every CRC is right
again, so that the decoders behind it are reached; an eighth are asked for neither CRC nor digest of the pixels: any picture is right then.
"""

from __future__ import annotations

import contextlib
import io
import resource
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from codec.container.container import is_short, read_container, write_container
from codec.container.numbers import read_length, write_length
from codec.density.arrays import family as arrays
from codec.density.density import MAX_BATCH, ImagesDensity, PlanesDensity
from codec.density.photo import family as photos
from codec.errors import CodecError, UnknownModel
from codec.kinds.array.plain import describe, read_description, read_plain, samples_of, seen_as_picture, write_plain
from codec.kinds.array.stream import read_array_header, read_images, write_array
from codec.kinds.frames.kind import OpenedFrames, write_frames
from codec.kinds.frames.sequence import read_sequence, write_sequence
from codec.kinds.jpeg.pictures import take_apart
from codec.kinds.jpeg.stream import JpegReader, write_jpeg_file
from codec.kinds.original import OriginalFile, keep
from codec.kinds.picture.checksum import Checksum
from codec.kinds.picture.file import PictureFile
from codec.kinds.picture.read import StoredRows
from codec.kinds.picture.write import Plan, write_picture_file
from codec.kinds.requests import Restoring, Settings
from codec.media.array import Array
from codec.media.form import CHANNELS, sample_type
from codec.media.form import DEEP as MODES_OF_ITS_OWN
from codec.media.frames.series import Series, read_series, write_series
from codec.media.limits import MAX_PIXELS
from codec.media.messages import open_quietly
from codec.media.picture import Picture
from codec.media.pillow import to_pillow
from codec.media.write import fitting_ending, write_picture
from codec.methods.chain import CHAIN
from codec.methods.deep import DEEP
from codec.methods.drawing import DRAWING
from codec.methods.lzma import LZMA
from codec.methods.method import Method, Setting
from codec.methods.panes import PANES
from codec.methods.photo import PHOTO
from codec.methods.split import SPLIT
from codec.methods.webp import WEBP
from codec.nets.model_file import read_model
from helpers import jpeg_stand_in
from helpers.frame_files import frames_file
from helpers.jpeg_files import in_chunks, jpeg_file, with_profile
from helpers.pictures import PALETTE
from helpers.small_contexts import small_context
from helpers.small_hierarchies import small_hierarchy, small_pictures
from helpers.small_models import small_images, small_model
from helpers.small_photos import small_photo_model
from helpers.traced import from_map

MAX_SECONDS, MAX_BYTES = 2.0, 512 << 20
MODIFIED = 10**9
ONE = Settings(threads=1)
METADATA = ((b"iCCP", b"profile\0\0" + bytes(range(99))), (b"PLTE", PALETTE), (b"tEXt", b"Title\0" + b"a title " * 30))


@dataclass(frozen=True)
class Path:
    """A way through the decoders: the mode and height of a picture, the methods that its stripes are coded by, traces in its pixels:
    by name, or the number of a colour map and the byte of a layout."""

    mode: str
    methods: tuple[Method, ...]
    height: int = 20
    bits: int = 0
    single: bool = False
    trace: str = ""
    learning: str = "none"
    particles: int = 1
    short: bool = False
    chain: int = 0
    times: int = 1


PATHS = {
    "photo": Path("RGB", (PHOTO,)),
    "photo-gray": Path("L", (PHOTO,)),
    "photo-alpha": Path("RGBA", (PHOTO,), 12),
    "photo-stripes": Path("RGB", (PHOTO,), 412),
    "photo-high": Path("RGB", (PHOTO,), 840, times=2),
    "photo-jpeg": Path("RGB", (PHOTO,), 64, trace="jpeg"),
    "photo-levels": Path("L", (PHOTO,), 64, trace="levels"),
    "photo-line": Path("RGB", (PHOTO,), trace="line"),
    "photo-video": Path("RGB", (PHOTO,), 64, trace="1 0"),
    "photo-frame": Path("RGB", (PHOTO,), 64, trace="5 1"),
    "photo-field": Path("RGB", (PHOTO,), 64, trace="9 34"),
    "photo-cd": Path("RGB", (PHOTO,), 64, trace="0 19"),
    "photo-learning": Path("RGB", (PHOTO,), learning="all"),
    "photo-singles": Path("RGB", (PHOTO,), learning="all-whole"),
    "photo-groups": Path("YCbCr", (PHOTO,)),
    "photo-particles": Path("RGB", (PHOTO,), particles=4),
    "deep": Path("I;16", (DEEP,)),
    "deep-stripes": Path("RGB;16", (DEEP,), 412),
    "deep-alpha": Path("RGBA;16", (DEEP,), 12),
    "deep-whole": Path("RGB;16", (DEEP,), 24),
    "deep-levels": Path("LA;16", (DEEP,), 64, trace="levels"),
    "split": Path("F", (SPLIT,)),
    "split-levels": Path("F", (SPLIT,), 64, trace="outliers"),
    "split-quotients": Path("F", (SPLIT,), 64, trace="levels"),
    "split-stripes": Path("I", (SPLIT,), 412),
    "graphics": Path("RGBA", (WEBP,), single=True),
    "graphics-stripes": Path("P", (WEBP,), 700),
    "palette": Path("P", (WEBP,), bits=4),
    "drawing": Path("RGBA", (DRAWING,), single=True, trace="drawing"),
    "drawing-stripes": Path("RGB", (DRAWING,), 700, trace="drawing"),
    "drawing-gray": Path("LA", (DRAWING,), single=True, trace="drawing"),
    "drawing-palette": Path("P", (DRAWING,), bits=4, trace="drawing"),
    "panes": Path("RGB", (PANES,), 40, trace="panes"),
    "chain": Path("RGB", (CHAIN,), 24, single=True, learning="all", chain=4),
    "planes": Path("I;16", (LZMA,)),
    "planes-stripes": Path("F", (LZMA,), 420),
    "bits": Path("1", (LZMA,), 60),
    "raw": Path("LA", ()),
    "short-photo": Path("RGB", (PHOTO,), short=True),
    "short-gray": Path("L", (PHOTO,), 20, short=True),
    "short-particles": Path("RGB", (PHOTO,), particles=4, short=True),
    "short-palette": Path("P", (WEBP,), bits=4, short=True),
    "short-planes": Path("F", (LZMA,), 30, short=True),
    "short-deep": Path("RGB;16", (DEEP,), short=True),
    "short-chain": Path("L", (CHAIN,), 24, single=True, short=True, chain=3),
    "kept": Path("", ()),
    "kept-packed": Path("", ()),
    "array": Path("", ()),
    "array-gray": Path("", ()),
    "frames": Path("", ()),
    "frames-pages": Path("", ()),
    "array-order": Path("", ()),
    "array-parts": Path("", ()),
    "array-layers": Path("", ()),
    "array-beside": Path("", ()),
    "jpeg": Path("", ()),
    "jpeg-inside": Path("", ()),
    "jpeg-profile": Path("", ()),
    "jpeg-moved": Path("", ()),
    "plain-picture": Path("", ()),
    "plain-frames": Path("", ()),
    "plain-packed": Path("", ()),
    "plain-raw": Path("", ()),
}  # fmt: skip


@dataclass
class Outcome:
    """What became of the mutants of a path: how many gave the picture, and how many which error."""

    counts: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    grown: int = 0


class Failure(AssertionError):
    """A mutant that gave what no file may give."""


@cache
def photo_densities() -> dict[bytes, PlanesDensity]:
    """Two for gray and two for colour, one that learns from the pixels, and one in whole numbers, by name."""
    made = [small_photo_model(channels, seed) for channels in (1, 3) for seed in (0, 1)]
    files = [
        read_model(data) for data in [*made, small_photo_model(3, 0, "four", "all"), small_photo_model(3, 0, "four", "all-whole", True)]
    ]
    return {file.name: photos.load_density(file) for file in files}


@cache
def array_densities() -> dict[bytes, ImagesDensity]:
    """Of arrays of images: binary, gray, gray in order, and hierarchies in colour, without and beside a context, by name."""
    hierarchies = [small_hierarchy(context=context) for context in (False, True)]
    files = [read_model(data) for data in (small_model(2, 2), small_model(256, 2), small_context(), *hierarchies)]
    return {file.name: arrays.load_density(file) for file in files}


Density = TypeVar("Density")


def found_in(densities: Mapping[bytes, Density], name: bytes) -> Density:
    """The density of this name. Raises UnknownModel."""
    if name not in densities:
        raise UnknownModel("no such model")
    return densities[name]


def picture_of(path: Path) -> Picture:
    """The picture that a path's file is made of."""
    rng, kind = np.random.default_rng(path.height), sample_type(path.mode)
    width = 6 if path.height > 100 else 300 if path.trace == "panes" else 64 if path.trace else 17
    shape = path.height, width, CHANNELS[path.mode]
    y, x, c = np.indices(shape)
    values = 120 + 60 * np.sin(x / 5 + c) + 50 * np.cos(y / 9) + rng.normal(0, 1.5, shape)
    values = np.abs(values * (200 if {DEEP, SPLIT} & {*path.methods} else 1)).astype(kind)
    if path.trace == "jpeg":
        file = io.BytesIO()
        Image.fromarray(values).save(file, "JPEG", quality=90)
        values = np.asarray(Image.open(file))
    elif path.trace == "levels":
        values = values // (3 << 4 * (kind.itemsize - 1)) * (3 << 4 * (kind.itemsize - 1))
    elif path.trace == "drawing":
        values = np.where((x // 5 + y // 4) % 3 == 0, values // 64, 15)
        values = np.rint(values) if kind.kind == "f" else values
    elif path.trace == "outliers":
        values = np.where((y < 3)[:, :, :1], -1e30, values + 0.1234).astype(kind)
    elif path.trace == "panes":
        values = np.where(x < 100, values, 200)
    elif path.trace == "line":
        values = values[:, :, :1] // np.array([1, 2, 3], np.uint8)
    elif path.trace:
        number, code = map(int, path.trace.split())
        values = from_map(values, number, code)
    return Picture(
        path.mode, values & ((1 << path.bits) - 1) if path.bits else values % 2 if path.mode == "1" else values, METADATA, path.bits
    )


def plain_file(name: str) -> bytes:
    """The file of an array that is no data set: as a picture, packed, or as it is."""
    picture = seen_as_picture(describe(PLAIN[name]), samples_of(PLAIN[name])) if name == "plain-picture" else None
    written = None if picture is None else write_picture_file(picture, Plan((WEBP,), True), 1)
    frames = write_sequence([Picture("L", frame[:, :, None]) for frame in PLAIN[name]], ONE) if name == "plain-frames" else None
    return write_plain(PLAIN[name], None if written is None else (written.data, written.info), frames=frames)[0]


def plain_pictures(data: bytes, samples: int | None) -> list[Picture]:
    """The picture or the frames in the file of an array. Raises CodecError."""
    if samples is not None:
        return read_sequence(data, samples, Restoring(threads=1))
    return [StoredRows(PictureFile.read(data), threads=1).picture()]


@cache
def file_of(name: str) -> tuple[bytes, bytes]:
    """A file of this path, and what it gives back."""
    path = PATHS[name]
    if name.startswith("array"):
        of_arrays = list(array_densities().values())[{"array": 0, "array-gray": 1, "array-layers": 3, "array-beside": 4}.get(name, 2)]
        images = small_images(MAX_BATCH + 9 if name == "array-parts" else 9, of_arrays.levels)
        if name in ("array-layers", "array-beside"):
            images = small_pictures(9)
        return write_array(images, of_arrays, 2)[0], content_of_array(images)
    if name in PLAIN:
        return plain_file(name), content_of_array(PLAIN[name])
    if name in FRAMES:
        series = read_series(FRAMES[name], open_quietly, MAX_PIXELS)
        return write_frames(series, ".frames", MODIFIED, ONE)[0], content_of_series(series)
    if name in JPEGS:
        found = take_apart(JPEGS[name], MAX_PIXELS)
        return write_jpeg_file(JPEGS[name], found, jpeg_stand_in.DENSITY, ".jpg", MODIFIED, threads=1).data, JPEGS[name]
    if not path.mode:
        content = np.random.default_rng(1).bytes(600) + bytes(600 if name == "kept-packed" else 0)
        return keep(content, ".jpg", MODIFIED)[0], content
    picture = picture_of(path)
    one_plane = path.trace == "line" or (path.trace[:1].isdigit() and not path.trace.endswith(" 0"))
    wanted = 3 if path.mode.startswith("RGB") and not one_plane else 1, path.learning
    density = next(one for one in photo_densities().values() if (one.channels, one.file.metadata["learning"]) == wanted)
    setting = Setting(density if {PHOTO, PANES, CHAIN} & {*path.methods} else None, path.particles, chain=path.chain)
    plan = Plan(path.methods, path.single, setting, short=path.short, times=path.times)
    return write_picture_file(picture, plan, 1, modified=MODIFIED).data, content_of(picture)


def content_of(picture: Picture) -> bytes:
    """All that has to come back of a picture."""
    return repr((picture.mode, picture.bits, picture.metadata, picture.pixels.shape)).encode() + picture.pixels.tobytes()


def content_of_array(array: Array) -> bytes:
    """All that has to come back of an array."""
    return repr((array.dtype, array.shape)).encode() + array.tobytes()


def content_of_series(series: Series) -> bytes:
    """All that has to come back of frames."""
    return repr((series.format, series.rest)).encode() + b"".join(map(content_of, series.pictures))


def smooth_bytes() -> NDArray[np.uint8]:
    """An array that a picture's file makes smallest."""
    y, x = np.mgrid[:40, :30]
    return np.asarray((y // 5 * 20 + x // 3) % 200, np.uint8)


PLAIN: dict[str, Array] = {
    "plain-picture": smooth_bytes(),
    "plain-frames": np.stack([smooth_bytes(), smooth_bytes() // 2, smooth_bytes()]),
    "plain-packed": np.arange(500, dtype=">i4").reshape(5, 100, order="F") // 7,
    "plain-raw": np.random.default_rng(4).random((7, 3)).astype(np.float32),
}


JPEGS = {
    "jpeg": jpeg_file("rows"),
    "jpeg-inside": jpeg_file("exif") + jpeg_file("plain", "L", 20, 30) + b"a trailer",
    "jpeg-profile": with_profile(jpeg_file("plain", "L", 20, 30)) + with_profile(jpeg_file("plain", "L", 9, 9)),
    "jpeg-moved": in_chunks(jpeg_file("plain", "L", 20, 30), jpeg_file("444", "RGB", 17, 12), 500) + b"\1" + jpeg_file("422")[1:],
}


FRAMES = {"frames": frames_file("GIF", "P"), "frames-pages": frames_file("TIFF", "L", 6)}


class Credulous(StoredRows):
    """Rows whose checksums nobody compares: any picture is right then."""

    def _checksum(self, number: int) -> Checksum:
        return Checksum()


def decoded(data: bytes, credulous: bool = False) -> bytes:
    """What a file gives back; credulous: as if the CRC of every stripe and the digest were right. Raises CodecError."""
    if not is_short(data):
        container = read_container(data)
        if container.kind == "A" and "D" in container.spans:
            return content_of_array(read_plain(container, read_description(container), plain_pictures))
        if container.kind == "A":
            return content_of_array(read_images(container, read_array_header(container), partial(found_in, array_densities())))
        if container.kind == "F":
            return series_in(OpenedFrames(container))
        if container.kind == "J":
            return JpegReader(container).content(partial(found_in, {jpeg_stand_in.DENSITY.file.name: jpeg_stand_in.DENSITY}), 1)
        if "F" in container.spans:
            return OriginalFile(container).content()
    file = PictureFile.read(data)
    parts = [(0, rows.start, file.header.form.width, rows.stop - rows.start) for rows in file.header.rows]
    if credulous and len(parts) > 1:  # the digest of several is compared when all of them are wanted
        return b"".join(picture_in(Credulous(file, part, threads=1)) for part in parts)
    return picture_in((Credulous if credulous else StoredRows)(file, threads=1))


def series_in(opened: OpenedFrames) -> bytes:
    """The content of a file of frames, which can be written as a file again, too."""
    series = opened.series(Restoring(threads=1))
    write_series(series)
    return content_of_series(series)


def picture_in(rows: StoredRows) -> bytes:
    """The content of a picture in a file, which can be written to other files, too."""
    rows.find_density(partial(found_in, photo_densities()))
    picture = rows.picture()
    write_picture(picture, fitting_ending(picture.mode))
    if picture.mode not in MODES_OF_ITS_OWN:
        to_pillow(picture)
    return content_of(picture)


# ---------------------------------------------------------------- mutants


def changed_bytes(data: bytes, rng: np.random.Generator) -> bytes:
    """Some bits flipped, bytes cut, added, moved or repeated."""
    found, kind = bytearray(data), int(rng.integers(6))
    first, last = sorted(int(place) for place in rng.integers(0, len(data) + 1, 2))
    if kind == 0 or not found:
        return bytes(found[:first])
    if kind == 1:
        found[first:first] = rng.bytes(int(rng.integers(1, 9)))
    elif kind == 2:
        del found[first : min(last, first + 8)]
    elif kind == 3:
        found[first:first] = found[first:last]
    elif kind == 4:
        found[first : first + 4] = bytes([int(rng.choice([0, 1, 127, 128, 255]))]) * int(rng.integers(1, 5))
    else:
        for place in rng.integers(0, len(found), int(rng.integers(1, 4))):
            found[place] ^= 1 << int(rng.integers(8))
    return bytes(found)


def forged_number(data: bytes, rng: np.random.Generator) -> bytes:
    """One of the numbers at the beginning of a section made another one."""
    place = 0
    with contextlib.suppress(CodecError):
        for _ in range(int(rng.integers(6))):
            place = read_length(data, place)[1]
        value, end = read_length(data, place)
        others = [0, 1, 2, 3, 127, 128, 255, 256, 1 << 14, 1 << 16, 1 << 28, (1 << 42) - 1, value + 1, max(0, value - 1), 2 * value]
        return data[:place] + write_length(int(rng.choice(others)) % (1 << 42)) + data[end:]
    return data


def forged_short(data: bytes, rng: np.random.Generator) -> bytes:
    """A file in the short form whose version, numbers or stripe say something else."""
    kind = int(rng.integers(3))
    if kind == 0:
        return data[:4] + bytes([int(rng.integers(16, 256))]) + data[5:]
    if kind == 1:
        return data[:5] + forged_number(data[5:], rng)
    other = file_of(str(rng.choice([one for one, path in PATHS.items() if path.short])))[0]
    return data[: int(rng.integers(5, 30))] + other[int(rng.integers(5, 30)) :]


def mutant(name: str, rng: np.random.Generator) -> bytes:
    """A file of this path with something wrong; in half of them every CRC is right."""
    data, _ = file_of(name)
    if rng.random() < 0.5:
        return changed_bytes(data, rng)
    if PATHS[name].short:
        return forged_short(data, rng)
    container = read_container(data)
    sections = {tag: container.section(tag) for tag in container.spans}
    model, kind, tag = container.model, int(rng.integers(10)), str(rng.choice(list(sections)))
    if kind == 0:
        other = read_container(file_of(str(rng.choice([one for one, path in PATHS.items() if path.mode and not path.short])))[0])
        sections[tag] = other.section(str(rng.choice(list(other.spans))))
    elif kind == 1:
        one = str(rng.choice(list(sections)))
        sections[tag], sections[one] = sections[one], sections[tag]
    elif kind == 2:
        model = list(photo_densities())[int(rng.integers(len(photo_densities())))] if rng.random() < 0.8 else rng.bytes(8)
    elif kind == 3 and len(sections) > 1:
        del sections[tag]
    elif kind < 6:
        sections[tag] = forged_number(sections[tag], rng)
    else:
        sections[tag] = changed_bytes(sections[tag], rng)
    return write_container(container.kind, model, sections)


# ---------------------------------------------------------------- what becomes of them


def fuzz(name: str, count: int, seed: int = 0) -> Outcome:
    """Decode so many mutants of a path. Raises Failure for one that gives another picture, anything but a CodecError, or takes too much."""
    rng, outcome = np.random.default_rng([seed, *name.encode()]), Outcome()
    right, before = file_of(name)[1], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(count):
        data, trusting = mutant(name, rng), rng.random() < 0.125
        began = time.process_time()  # which does not count what else the machine does
        try:
            found = decoded(data, trusting)
            if not trusting and found != right:
                raise Failure(f"{name}, seed {seed}, mutant {number}: another picture")
            outcome.counts["exact" if found == right else "forged"] += 1
        except CodecError as error:
            if "\n" in str(error):
                raise Failure(f"{name}, seed {seed}, mutant {number}: more than one line") from error
            outcome.counts[type(error).__name__] += 1
        except Failure:
            raise
        except Exception as error:
            raise Failure(f"{name}, seed {seed}, mutant {number}: {error!r}") from error
        taken = time.process_time() - began
        outcome.slowest = max(outcome.slowest, taken)
        outcome.grown = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
        if taken > MAX_SECONDS or outcome.grown > MAX_BYTES:
            raise Failure(f"{name}, seed {seed}, mutant {number}: {taken:.1f} s, {outcome.grown >> 20} MiB more than before the first one")
    return outcome


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    for name in PATHS:  # which mutants of others take sections of: memory that is not theirs
        file_of(name)
    for name in sys.argv[2:] or PATHS:
        began = time.perf_counter()
        decoded(file_of(name)[0])
        outcome = fuzz(name, count)
        told = ", ".join(f"{many} {what}" for what, many in outcome.counts.most_common())
        spent = f"slowest {outcome.slowest:.2f} s, {outcome.grown >> 20} MiB more, {time.perf_counter() - began:.0f} s"
        print(f"{name:18} {count} mutants: {told}; {spent}", flush=True)


if __name__ == "__main__":
    main()
